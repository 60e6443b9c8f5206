//! The whole program with a tool beside it that listens on a port of its own: registering it, asking the person, telling it
//! that somebody is gone.

use std::{
    path::Path,
    sync::{Arc, Mutex},
};

use axum::{Router, body::Body, extract::State, routing::post};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::{
    accounts::{invitations, provider::sessions, store as accounts},
    clients::{
        ending,
        store::{self, By},
    },
    db::Db,
    members::Class,
    testing::{on_each_database, sealer},
    tokens,
};
use http::{Request, StatusCode, header};
use serde_json::{Value, json};

use super::{
    house::{BASE, Browser, json_of, query_of},
    tool::{VERIFIER, claims},
    whole::{PASSWORD, hidden, location, submit, text, to_the_page},
};
use crate::{
    clock,
    config::Config,
    http::with_state,
    outbox,
    state::{AppState, Shutdown},
};

/// A tool that keeps the logout tokens that it gets.
struct Listening {
    address: String,
    got: Arc<Mutex<Vec<String>>>,
}

impl Listening {
    async fn new() -> Self {
        let got = Arc::new(Mutex::new(Vec::new()));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let routes = Router::new()
            .route(
                "/logout",
                post(|State(got): State<Arc<Mutex<Vec<String>>>>, body: String| async move {
                    let token = body.strip_prefix("logout_token=").unwrap().to_owned();
                    got.lock().unwrap().push(token);
                }),
            )
            .route(
                "/broken",
                post(|| async { (StatusCode::BAD_REQUEST, r#"{"error":"invalid_request"}"#) }),
            )
            .with_state(got.clone());
        tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
        Self { address, got }
    }

    fn tokens(&self) -> Vec<String> {
        self.got.lock().unwrap().clone()
    }
}

pub(super) struct Hub {
    pub(super) state: AppState,
    pub(super) router: Router,
}

impl Hub {
    pub(super) fn new(db: Db) -> Self {
        let settings = [
            ("HUB_SERVER__BASE_URL", BASE),
            ("HUB_SIGN_ON__REGISTRATION", "open"),
            ("HUB_OUTGOING__PRIVATE_ADDRESSES", "true"),
        ];
        let config = Config::load_with(Path::new("/nonexistent"), &settings).unwrap();
        let state = AppState::new(config, db, sealer(), Shutdown::never()).unwrap();
        Self {
            router: with_state(state.clone()),
            state,
        }
    }

    /// Somebody who has just made an account; the first is the steward.
    pub(super) async fn person(&self, name: &str) -> Browser {
        let mut browser = Browser::of(self.router.clone());
        let email = format!("{}@example.org", name.to_lowercase().replace('á', "a"));
        let db = self.state.db();
        let registered = if accounts::hub_is_empty(db.read()).await.unwrap() {
            let fields = [("name", name), ("email", email.as_str()), ("password", PASSWORD)];
            submit(&mut browser, "/do/account/register-first", &fields).await
        } else {
            let link = invitations::invite_by_hand(db, clock::now(), "", &email, Class::default()).await;
            let link = link.unwrap();
            let token = link.strip_prefix("/invitations/").unwrap();
            let fields = [("name", name), ("password", PASSWORD), ("token", token)];
            submit(&mut browser, "/do/account/accept-invitation", &fields).await
        };
        let (path, _) = to_the_page(&mut browser, registered).await;
        assert_eq!(path, "/welcome");
        // The letters about it; what follows counts what tools are told.
        outbox::drain(&self.state).await;
        browser
    }

    /// Registers a tool as a steward does; name and secret, from the page that shows it once.
    pub(super) async fn tool(&self, steward: &mut Browser, name: &str, more: &[(&str, &str)]) -> (String, String) {
        let mut fields = vec![
            ("name", name),
            ("redirect_uris", "https://tool.example/cb"),
            ("door", "everybody"),
            ("scope_profile", "yes"),
        ];
        for (field, value) in more {
            fields.retain(|(known, _)| known != field);
            fields.push((field, value));
        }
        let made = submit(steward, "/do/clients/add", &fields).await;
        let (path, page) = to_the_page(steward, made).await;
        let secret = page
            .split("<code>")
            .nth(1)
            .and_then(|rest| rest.split("</code>").next())
            .unwrap()
            .to_owned();
        assert!(!text(steward.get(&path).await).await.contains(&secret), "shown once");
        (path.rsplit('/').next().unwrap().to_owned(), secret)
    }
}

fn ask(client: &str, scope: &str, more: &[(&str, &str)]) -> String {
    let challenge = tokens::fingerprint(VERIFIER);
    let query = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs([
            ("client_id", client),
            ("redirect_uri", "https://tool.example/cb"),
            ("response_type", "code"),
            ("scope", scope),
            ("state", "s"),
            ("code_challenge", challenge.as_str()),
            ("code_challenge_method", "S256"),
        ])
        .extend_pairs(more)
        .finish();
    format!("/oauth2/authorize?{query}")
}

/// Says yes on the page that asks; gives the code that the tool gets.
pub(super) async fn allow(browser: &mut Browser, asked: &str) -> String {
    let to_page = browser.get(asked).await;
    let page_at = location(&to_page);
    assert!(page_at.starts_with("/provider/consent?"), "{page_at}");
    let page = text(browser.get(&page_at).await).await;
    let fields = [
        ("client", hidden(&page, "client")),
        ("scope", hidden(&page, "scope")),
        ("next", hidden(&page, "next")),
        ("allow", "yes".to_owned()),
    ];
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let allowed = submit(browser, "/do/clients/consent", &fields).await;
    let back = browser.get(&location(&allowed)).await;
    query_of(&location(&back), "code").unwrap_or_else(|| panic!("{}", location(&back)))
}

async fn exchange(hub: &Hub, client: &str, secret: &str, code: &str) -> (StatusCode, Value) {
    let form = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs([
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", "https://tool.example/cb"),
            ("code_verifier", VERIFIER),
            ("client_id", client),
            ("client_secret", secret),
        ])
        .finish();
    let request = Request::post("/oauth2/token").header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    let answer = Browser::of(hub.router.clone())
        .send(request.body(Body::from(form)).unwrap())
        .await;
    (answer.status(), json_of(answer).await)
}

fn header_of(token: &str) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token.split('.').next().unwrap()).unwrap()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tool_is_registered_asks_and_hears_of_the_sign_out() {
    on_each_database(|db| async move {
        let (hub, tool) = (Hub::new(db), Listening::new().await);
        let mut ama = hub.person("Ama").await;
        let logout = format!("{}/logout", tool.address);
        let (client, secret) = hub
            .tool(&mut ama, "Files", &[("backchannel_logout_uri", &logout)])
            .await;
        assert_eq!(client, "files");

        let silent = ama.get(&ask(&client, "openid profile", &[("prompt", "none")])).await;
        assert_eq!(
            query_of(&location(&silent), "error").as_deref(),
            Some("consent_required")
        );
        let code = allow(&mut ama, &ask(&client, "openid profile", &[])).await;
        let (status, given) = exchange(&hub, &client, &secret, &code).await;
        assert_eq!(status, StatusCode::OK, "{given}");
        let id_token = claims(&given["id_token"]);
        let again = ama.get(&ask(&client, "openid profile", &[("prompt", "none")])).await;
        assert!(query_of(&location(&again), "code").is_some(), "asked once");
        let once_more = ama.get(&ask(&client, "openid profile", &[("prompt", "consent")])).await;
        assert!(
            location(&once_more).starts_with("/provider/consent?"),
            "asked anew where the tool wants it"
        );

        let page = text(ama.get("/account/tools").await).await;
        assert!(page.contains("Files") && page.contains("Asked last") && page.contains("Take it back"));
        let left = submit(
            &mut ama,
            "/do/clients/leave",
            &[("sid", &hidden(&page, "sid")), ("client", &client)],
        )
        .await;
        to_the_page(&mut ama, left).await;
        assert_eq!(outbox::drain(&hub.state).await, 1);
        let told = tool.tokens();
        assert_eq!(told.len(), 1);
        assert_eq!(header_of(&told[0])["typ"], "logout+jwt");
        let said = hub
            .state
            .sso
            .keys()
            .await
            .unwrap()
            .verify(&told[0], clock::now())
            .expect("our signature");
        assert_eq!((&said["iss"], &said["aud"]), (&json!(BASE), &json!(client)));
        assert_eq!((&said["sub"], &said["sid"]), (&id_token["sub"], &id_token["sid"]));
        assert_eq!(
            said["events"],
            json!({ "http://schemas.openid.net/event/backchannel-logout": {} })
        );
        assert!(said["jti"].as_str().is_some_and(|jti| jti.len() > 20));
        assert!(said["exp"].as_i64() > said["iat"].as_i64() && !said.contains_key("nonce"));
        assert_eq!(
            ama.get("/account").await.status(),
            StatusCode::OK,
            "the hub itself goes on"
        );

        let code = ama.get(&ask(&client, "openid profile", &[])).await;
        let code = query_of(&location(&code), "code").expect("still allowed");
        assert_eq!(exchange(&hub, &client, &secret, &code).await.0, StatusCode::OK);
        let out = ama.post("/sign-out", "").await;
        to_the_page(&mut ama, out).await;
        outbox::drain(&hub.state).await;
        assert_eq!(tool.tokens().len(), 2, "log-out logs out");
        assert_ne!(claims(&json!(tool.tokens()[1]))["jti"], said["jti"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_no_goes_back_to_the_tool_and_what_was_allowed_is_taken_back() {
    on_each_database(|db| async move {
        let hub = Hub::new(db);
        let mut ama = hub.person("Ama").await;
        let (client, secret) = hub.tool(&mut ama, "Files", &[("scope_email", "yes")]).await;
        let asked = ask(&client, "openid profile", &[]);
        let page_at = location(&ama.get(&asked).await);
        let page = text(ama.get(&page_at).await).await;
        assert!(page.contains("May Files know who you are?") && page.contains("Your name and handle"));
        assert!(!page.contains("Your e-mail address"), "only what it asks for");
        let next = hidden(&page, "next");
        let no: [(&str, &str); 2] = [("client", &client), ("next", &next)];
        let refused = submit(&mut ama, "/do/clients/consent", &no).await;
        let back = ama.get(&location(&refused)).await;
        assert_eq!(query_of(&location(&back), "error").as_deref(), Some("access_denied"));
        let again = ama.get(&asked).await;
        assert!(location(&again).starts_with("/provider/consent?"), "a no counts once");

        let code = allow(&mut ama, &asked).await;
        assert_eq!(exchange(&hub, &client, &secret, &code).await.0, StatusCode::OK);
        let more = location(&ama.get(&ask(&client, "openid profile email", &[])).await);
        assert!(
            more.starts_with("/provider/consent?"),
            "asked again where it wants more"
        );
        assert!(text(ama.get(&more).await).await.contains("It now asks for more"));
        let elsewhere = submit(
            &mut ama,
            "/do/clients/consent",
            &[("client", &client), ("allow", "yes"), ("next", "https://evil.example/")],
        )
        .await;
        assert_eq!(location(&elsewhere), "/", "an answer leads nowhere else");

        let taken = submit(&mut ama, "/do/clients/withdraw", &[("client", &client)]).await;
        let (_, page) = to_the_page(&mut ama, taken).await;
        assert!(page.contains("You have allowed no tool") && page.contains("You are signed in to no tool"));
        assert!(location(&ama.get(&asked).await).starts_with("/provider/consent?"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_enter_learns_why_and_whom_to_ask() {
    on_each_database(|db| async move {
        let hub = Hub::new(db);
        let mut ama = hub.person("Ama").await;
        let mut bo = hub.person("Bo").await;
        let (client, _) = hub.tool(&mut ama, "Files", &[("door", "members")]).await;
        let refused = bo.get(&ask(&client, "openid", &[])).await;
        let to = location(&refused);
        assert!(to.starts_with("/provider/no-entry?client=files"), "{to}");
        let answer = bo.get(&to).await;
        assert_eq!(answer.status(), StatusCode::FORBIDDEN);
        let page = text(answer).await;
        for words in [
            "Files is not open to you",
            "members of the co-operative",
            "is open to: Members",
            "signed in as Bo",
        ] {
            assert!(page.contains(words), "{words}");
        }
        let silent = bo.get(&ask(&client, "openid", &[("prompt", "none")])).await;
        assert_eq!(query_of(&location(&silent), "error").as_deref(), Some("access_denied"));
        assert!(location(&ama.get(&ask(&client, "openid", &[])).await).starts_with("/provider/consent?"));

        let mut nobody = Browser::of(hub.router.clone());
        for page in [
            "/tools/sign-on",
            "/tools/sign-on/new",
            "/tools/sign-on/files",
            "/tools/sign-on/tokens",
            "/account/tools",
        ] {
            assert_eq!(nobody.get(page).await.status(), StatusCode::UNAUTHORIZED, "{page}");
            let expected = if page == "/account/tools" {
                StatusCode::OK
            } else {
                StatusCode::FORBIDDEN
            };
            assert_eq!(bo.get(page).await.status(), expected, "{page}");
            assert_eq!(ama.get(page).await.status(), StatusCode::OK, "{page}");
        }
        assert_eq!(ama.get("/tools/sign-on/hub").await.status(), StatusCode::NOT_FOUND);
        let stolen = submit(&mut bo, "/do/clients/rotate", &[("client", &client)]).await;
        assert_eq!(location(&stolen), "/tools/sign-on/files");
        assert_eq!(store::list(hub.state.db().read()).await.unwrap().len(), 1);
        let wrong = [
            ("name", "Wiki"),
            ("redirect_uris", "http://wiki.example/cb"),
            ("door", "circle"),
        ];
        let wrong = submit(&mut ama, "/do/clients/add", &wrong).await;
        let (_, page) = to_the_page(&mut ama, wrong).await;
        assert!(
            page.contains("id=\"circle-error\"") && page.contains("http://wiki.example/cb"),
            "typed text is kept"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_steward_ends_access_and_sees_who_confirmed() {
    on_each_database(|db| async move {
        let (hub, tool) = (Hub::new(db), Listening::new().await);
        let mut ama = hub.person("Ama").await;
        let mut bo = hub.person("Bo").await;
        let logout = format!("{}/logout", tool.address);
        let broken = format!("{}/broken", tool.address);
        for (name, address) in [("Files", logout.as_str()), ("Forum", broken.as_str()), ("Pads", "")] {
            let (client, secret) = hub.tool(&mut ama, name, &[("backchannel_logout_uri", address)]).await;
            let code = allow(&mut bo, &ask(&client, "openid profile", &[])).await;
            assert_eq!(exchange(&hub, &client, &secret, &code).await.0, StatusCode::OK);
        }
        assert_eq!(bo.get("/members/bo/access").await.status(), StatusCode::FORBIDDEN);
        assert!(text(ama.get("/members/bo").await).await.contains("/members/bo/access"));
        assert!(
            text(ama.get("/members/ama/access").await)
                .await
                .contains("cannot end your own access")
        );
        let silent = submit(&mut ama, "/do/clients/end-access", &[("handle", "bo"), ("reason", "")]).await;
        assert!(to_the_page(&mut ama, silent).await.1.contains("id=\"reason-error\""));
        let ended = [("handle", "bo"), ("reason", "asked to leave by the assembly")];
        let ended = submit(&mut ama, "/do/clients/end-access", &ended).await;
        let (path, page) = to_the_page(&mut ama, ended).await;
        assert_eq!(path, "/members/bo/access");
        assert!(page.contains("On its way") && page.contains("A human has to finish this"));
        assert_eq!(outbox::drain(&hub.state).await, 1);
        let page = text(ama.get(&path).await).await;
        for words in [
            "Confirmed",
            "400 Bad Request invalid_request",
            "This tool cannot be told",
            "asked to leave by",
        ] {
            assert!(page.contains(words), "{words}");
        }
        let said = claims(&json!(tool.tokens()[0]));
        assert!(said.get("sid").is_none(), "all their sessions");
        assert_eq!(
            bo.get("/account").await.status(),
            StatusCode::UNAUTHORIZED,
            "and the hub's own"
        );
        let notice = hidden(&page, "notice");
        let by_hand: [(&str, &str); 2] = [("handle", "bo"), ("notice", &notice)];
        let by_hand = submit(&mut ama, "/do/clients/by-hand", &by_hand).await;
        assert!(to_the_page(&mut ama, by_hand).await.1.contains("Finished by hand"));
        let again = submit(&mut ama, "/do/clients/restore-access", &[("handle", "bo")]).await;
        assert!(to_the_page(&mut ama, again).await.1.contains("They can sign in again"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tool_registers_itself_and_looks_after_itself() {
    on_each_database(|db| async move {
        let hub = Hub::new(db);
        let mut ama = hub.person("Ama").await;
        let made = [("note", "Wiki farm"), ("uses", "1"), ("door", "everybody")];
        let made = submit(&mut ama, "/do/clients/make-token", &made).await;
        let page = to_the_page(&mut ama, made).await.1;
        let token = page
            .split("<code>")
            .nth(1)
            .unwrap()
            .split("</code>")
            .next()
            .unwrap()
            .to_owned();
        let mut program = Browser::of(hub.router.clone());
        let mut call = async |method: &str, path: &str, token: &str, body: Value| {
            let request = Request::builder()
                .method(method)
                .uri(path)
                .header(header::AUTHORIZATION, format!("Bearer {token}"))
                .header(header::CONTENT_TYPE, "application/json");
            let answer = program.send(request.body(Body::from(body.to_string())).unwrap()).await;
            let status = answer.status();
            let said = axum::body::to_bytes(answer.into_body(), 1 << 20).await.unwrap();
            (status, serde_json::from_slice::<Value>(&said).unwrap_or_default())
        };
        let wiki =
            json!({ "client_name": "Wiki", "redirect_uris": ["https://tool.example/cb"], "scope": "openid profile" });
        assert_eq!(
            call("POST", "/oauth2/register", "wrong", wiki.clone()).await.0,
            StatusCode::UNAUTHORIZED
        );
        for (wrong, error) in [
            (
                json!({ "redirect_uris": ["http://tool.example/cb"] }),
                "invalid_redirect_uri",
            ),
            (
                json!({ "redirect_uris": ["https://t.example/"], "grant_types": ["implicit"] }),
                "invalid_client_metadata",
            ),
            (json!(["no object"]), "invalid_client_metadata"),
        ] {
            let (status, said) = call("POST", "/oauth2/register", &token, wrong).await;
            assert_eq!(
                (status, said["error"].as_str()),
                (StatusCode::BAD_REQUEST, Some(error)),
                "and the token is good"
            );
        }
        let (status, made) = call("POST", "/oauth2/register", &token, wiki.clone()).await;
        assert_eq!(status, StatusCode::CREATED, "{made}");
        assert_eq!(
            call("POST", "/oauth2/register", &token, wiki.clone()).await.0,
            StatusCode::UNAUTHORIZED
        );
        let client = made["client_id"].as_str().unwrap();
        let own = made["registration_client_uri"]
            .as_str()
            .unwrap()
            .strip_prefix(BASE)
            .unwrap();
        let manage = made["registration_access_token"].as_str().unwrap();
        let code = allow(&mut ama, &ask(client, "openid profile", &[])).await;
        let (status, _) = exchange(&hub, client, made["client_secret"].as_str().unwrap(), &code).await;
        assert_eq!(status, StatusCode::OK);

        assert_eq!(call("GET", own, "wrong", json!({})).await.0, StatusCode::UNAUTHORIZED);
        assert_eq!(call("GET", own, manage, json!({})).await.1["client_name"], "Wiki");
        let mut renamed = wiki;
        renamed["client_name"] = "Our wiki".into();
        let (status, said) = call("PUT", own, manage, renamed.clone()).await;
        assert_eq!((status, &said["client_name"]), (StatusCode::OK, &json!("Our wiki")));
        renamed["client_id"] = "files".into();
        assert_eq!(call("PUT", own, manage, renamed).await.0, StatusCode::BAD_REQUEST);
        assert_eq!(call("DELETE", own, manage, json!({})).await.0, StatusCode::NO_CONTENT);
        assert_eq!(call("GET", own, manage, json!({})).await.0, StatusCode::UNAUTHORIZED);
        let closed = ama.get(&ask(client, "openid profile", &[])).await;
        assert_eq!(closed.status(), StatusCode::FORBIDDEN, "nobody enters any more");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_door_that_is_closed_reaches_those_inside() {
    on_each_database(|db| async move {
        let (hub, tool) = (Hub::new(db.clone()), Listening::new().await);
        let mut ama = hub.person("Ama").await;
        let logout = format!("{}/logout", tool.address);
        let (client, secret) = hub
            .tool(&mut ama, "Files", &[("backchannel_logout_uri", &logout)])
            .await;
        let code = allow(&mut ama, &ask(&client, "openid profile", &[])).await;
        let (_, given) = exchange(&hub, &client, &secret, &code).await;
        let sid = claims(&given["id_token"])["sid"].as_str().unwrap().to_owned();
        assert_eq!(ending::settle(&db, clock::now()).await.unwrap(), 0);
        store::close(&db, By::CommandLine, &client, true, clock::now())
            .await
            .unwrap();
        assert_eq!(ending::settle(&db, clock::now()).await.unwrap(), 1);
        outbox::drain(&hub.state).await;
        assert_eq!(claims(&json!(tool.tokens()[0]))["sid"], json!(sid));
        assert!(
            sessions::open(db.read(), &sid).await.unwrap().is_some(),
            "only the tool's part ended"
        );
        let refused = ama.get(&ask(&client, "openid profile", &[])).await;
        assert_eq!(refused.status(), StatusCode::FORBIDDEN);
        assert!(text(refused).await.contains("switched off"));
    })
    .await;
}
