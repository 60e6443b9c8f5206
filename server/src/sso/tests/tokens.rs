//! What tools get of the provider, and how it comes and goes.

use axum::body::Body;
use domain::{
    access::Audience,
    accounts::{
        devices::{self, Said},
        provider::{Algorithm, SubjectType, acr, keys::Reason, sessions},
        session_key,
    },
    testing::{on_each_database, sealer},
};
use http::{Request, StatusCode, header};
use serde_json::{Value, json};

use super::{
    house::{House, json_of, now, query_of},
    tool::{AFTER, Tool, claims, location, somebody, write},
};
use crate::sso::provider::keys;

async fn jwks(house: &House) -> Value {
    json_of(house.browser().get("/oauth2/jwks").await).await
}

#[tokio::test(flavor = "multi_thread")]
async fn discovery_says_what_there_is() {
    on_each_database(|db| async move {
        let house = House::new(db);
        let document = json_of(house.browser().get("/.well-known/openid-configuration").await).await;
        assert_eq!(document["issuer"], "https://hub.example");
        for (name, value) in document.as_object().unwrap() {
            if name.ends_with("_endpoint") || name == "jwks_uri" {
                let path = value.as_str().unwrap().strip_prefix("https://hub.example").unwrap();
                let status = house.browser().get(path).await.status();
                assert_ne!(status, StatusCode::NOT_FOUND, "{name}");
            }
        }
        for name in [
            "response_types_supported",
            "subject_types_supported",
            "id_token_signing_alg_values_supported",
        ] {
            assert!(document[name].is_array(), "{name}");
        }
        let keys = jwks(&house).await;
        let algorithms: Vec<_> = keys["keys"].as_array().unwrap().iter().map(|key| &key["alg"]).collect();
        assert!(
            algorithms.contains(&&json!("RS256")) && algorithms.contains(&&json!("ES256")),
            "{keys}"
        );
        assert!(!keys.to_string().contains("\"d\""), "no private half");
        let preflight = Request::options("/oauth2/token")
            .header(header::ORIGIN, "https://files.example")
            .header("access-control-request-method", "POST");
        let allowed = house.browser().send(preflight.body(Body::empty()).unwrap()).await;
        assert_eq!(allowed.headers()["access-control-allow-origin"], "*");
        assert!(!allowed.headers().contains_key("access-control-allow-credentials"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_id_token_says_who_signed_in_when_and_how() {
    on_each_database(|db| async move {
        let house = House::new(db);
        let (mut browser, account) = somebody(&house).await;
        let tool = Tool::new(&house, |_| {}).await;
        let tokens = tool
            .tokens(&mut browser, &[("scope", "openid profile email groups")])
            .await;
        let id = claims(&tokens["id_token"]);
        assert_eq!(
            (&id["iss"], &id["aud"], &id["sub"]),
            (
                &json!("https://hub.example"),
                &json!("files"),
                &json!(account.to_string())
            )
        );
        assert_eq!(
            (&id["nonce"], &id["auth_time"]),
            (&json!("n-1"), &json!(now().timestamp()))
        );
        assert_eq!((&id["acr"], &id["amr"]), (&json!(acr::ONE_FACTOR), &json!(["pwd"])));
        assert_eq!(id["sid"], browser.kept(session_key::PROVIDER_SID).await.unwrap());
        assert!(id["exp"].as_i64() > id["iat"].as_i64() && id["at_hash"].is_string());
        assert_eq!(id.get("email"), None, "the code flow tells it at userinfo");
        let (_, info) = tool.userinfo(&tokens["access_token"]).await;
        assert_eq!(
            (&info["sub"], &info["email"], &info["email_verified"]),
            (&id["sub"], &json!("ama@example.org"), &json!(false))
        );
        assert_eq!(
            (&info["name"], &info["preferred_username"]),
            (&json!("Ama Owusu"), &json!("ama-owusu"))
        );
        assert!(
            info["groups"].as_array().unwrap().contains(&json!("hub:steward")),
            "{info}"
        );
        assert_eq!(tokens.get("refresh_token"), None, "offline_access was not asked for");
        let map = sessions::clients_of(house.db.read(), id["sid"].as_str().unwrap())
            .await
            .unwrap();
        assert_eq!(
            (map[0].client_id.as_str(), map[0].subject.as_str()),
            ("files", id["sub"].as_str().unwrap())
        );
        assert!(map[0].claims.contains(&"groups".to_owned()));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn single_claims_are_told_where_they_were_asked_for() {
    on_each_database(|db| async move {
        let house = House::new(db);
        let (mut browser, _) = somebody(&house).await;
        let mut tool = Tool::new(&house, |client| client.scopes.retain(|scope| scope != "groups")).await;
        let asked = r#"{"id_token":{"email":{"essential":true},"groups":null},"userinfo":{"preferred_username":null}}"#;
        let tokens = tool
            .tokens(&mut browser, &[("scope", "openid"), ("claims", asked)])
            .await;
        let id = claims(&tokens["id_token"]);
        assert_eq!(
            (&id["email"], id.get("groups")),
            (&json!("ama@example.org"), None),
            "groups are beyond it"
        );
        let (_, info) = tool.userinfo(&tokens["access_token"]).await;
        assert_eq!(
            (&info["preferred_username"], info.get("email")),
            (&json!("ama-owusu"), None)
        );

        let enough = format!(
            r#"{{"id_token":{{"acr":{{"essential":true,"values":["{}"]}}}}}}"#,
            acr::ONE_FACTOR
        );
        assert!(
            tool.answer(&mut browser, &[("claims", &enough)], "code")
                .await
                .is_some()
        );
        let more = format!(
            r#"{{"id_token":{{"acr":{{"essential":true,"values":["{}"]}}}}}}"#,
            acr::PHISHING_RESISTANT
        );
        let error = tool.answer(&mut browser, &[("claims", &more)], "error").await;
        assert_eq!(error.as_deref(), Some("unmet_authentication_requirements"));
        let nobody = r#"{"id_token":{"sub":{"value":"somebody-else"}}}"#;
        let error = tool
            .answer(&mut browser, &[("claims", nobody), ("prompt", "none")], "error")
            .await;
        assert_eq!(error.as_deref(), Some("login_required"));

        tool.change(|client| client.claims_in_id_token = true).await;
        let tokens = tool.tokens(&mut browser, &[("scope", "openid profile")]).await;
        assert_eq!(claims(&tokens["id_token"])["preferred_username"], "ama-owusu");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tools_of_two_sectors_know_a_person_by_two_names() {
    on_each_database(|db| async move {
        let house = House::new(db);
        let (mut browser, account) = somebody(&house).await;
        let pairwise = |id: &'static str, sector: &'static str| {
            move |client: &mut domain::accounts::provider::Client| {
                client.client_id = id.to_owned();
                client.subject_type = SubjectType::Pairwise;
                client.sector = sector.to_owned();
            }
        };
        let files = Tool::new(&house, pairwise("files", "files.example")).await;
        let forum = Tool::new(&house, pairwise("forum", "forum.example")).await;
        let to_files = files.tokens(&mut browser, &[]).await;
        let to_forum = forum.tokens(&mut browser, &[]).await;
        let subject = |tokens: &Value| claims(&tokens["id_token"])["sub"].as_str().unwrap().to_owned();
        assert_ne!(subject(&to_files), subject(&to_forum));
        assert_ne!(subject(&to_files), account.to_string());
        let (_, info) = files.userinfo(&to_files["access_token"]).await;
        assert_eq!(info["sub"], subject(&to_files));
        let hint = to_files["id_token"].as_str().unwrap();
        let silent = [("id_token_hint", hint), ("prompt", "none")];
        assert!(
            files.answer(&mut browser, &silent, "code").await.is_some(),
            "the hint names the same person"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refresh_token_is_for_one_use_and_a_second_use_ends_everything() {
    on_each_database(|db| async move {
        let house = House::new(db);
        let (mut browser, _) = somebody(&house).await;
        for tool in [Tool::new(&house, |_| {}).await, Tool::public(&house).await] {
            let first = tool.tokens(&mut browser, &[]).await;
            let old = first["refresh_token"].as_str().unwrap();
            let (status, second) = tool.refresh(old).await;
            assert_eq!(status, StatusCode::OK, "{second}");
            let (before, after) = (claims(&first["id_token"]), claims(&second["id_token"]));
            for same in ["iss", "sub", "aud", "auth_time", "sid"] {
                assert_eq!(before[same], after[same], "{same}");
            }
            assert_eq!(after.get("nonce"), None);
            assert_ne!(second["refresh_token"], first["refresh_token"]);
            assert_eq!(tool.userinfo(&second["access_token"]).await.0, StatusCode::OK);

            let (status, refused) = tool.refresh(old).await;
            assert_eq!(
                (status, &refused["error"]),
                (StatusCode::BAD_REQUEST, &json!("invalid_grant"))
            );
            let (status, _) = tool.refresh(second["refresh_token"].as_str().unwrap()).await;
            assert_eq!(status, StatusCode::BAD_REQUEST, "the newest one is gone as well");
            assert_eq!(tool.userinfo(&second["access_token"]).await.0, StatusCode::UNAUTHORIZED);
        }
        let without = Tool::new(&house, |client| {
            client.client_id = "plain".to_owned();
            client.grant_types.truncate(1);
        })
        .await;
        let tokens = without.tokens(&mut browser, &[]).await;
        assert_eq!(
            tokens.get("refresh_token"),
            None,
            "a client that may not refresh gets none"
        );
        assert_eq!(tokens["scope"], "openid");
        let (_, refused) = without.refresh("x").await;
        assert_eq!(refused["error"], "unauthorized_client");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_reaches_the_tools_and_an_end_ends() {
    on_each_database(|db| async move {
        let house = House::new(db);
        let (mut browser, _) = somebody(&house).await;
        let mut tool = Tool::new(&house, |client| client.claims_in_id_token = true).await;
        let tokens = tool
            .tokens(&mut browser, &[("scope", "openid groups membership offline_access")])
            .await;
        assert!(
            claims(&tokens["id_token"])["groups"]
                .as_array()
                .unwrap()
                .contains(&json!("class:operational"))
        );
        write(&house, "UPDATE members SET operational = FALSE, user_member = TRUE").await;
        let (_, info) = tool.userinfo(&tokens["access_token"]).await;
        assert_eq!(
            info["membership"]["class"],
            json!(["user"]),
            "userinfo says what is so now"
        );
        let (_, tokens) = tool.refresh(tokens["refresh_token"].as_str().unwrap()).await;
        let groups = claims(&tokens["id_token"])["groups"].clone();
        assert!(groups.as_array().unwrap().contains(&json!("class:user")), "{groups}");

        tool.change(|client| client.audience = Audience::Members).await;
        assert!(tool.answer(&mut browser, &[], "code").await.is_some());
        write(&house, "UPDATE members SET standing = 'lapsed'").await;
        assert_eq!(
            tool.answer(&mut browser, &[("prompt", "none")], "error")
                .await
                .as_deref(),
            Some("access_denied")
        );
        assert_eq!(tool.userinfo(&tokens["access_token"]).await.0, StatusCode::UNAUTHORIZED);
        let (status, refused) = tool.refresh(tokens["refresh_token"].as_str().unwrap()).await;
        assert_eq!(
            (status, &refused["error"]),
            (StatusCode::BAD_REQUEST, &json!("invalid_grant"))
        );
        write(&house, "UPDATE members SET standing = 'active'").await;
        let (status, _) = tool.refresh(tokens["refresh_token"].as_str().unwrap()).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "who comes back signs in again");

        tool.change(|client| client.audience = Audience::Everybody).await;
        let tokens = tool.tokens(&mut browser, &[]).await;
        write(&house, "UPDATE accounts SET disabled_at = created_at").await;
        assert_eq!(tool.userinfo(&tokens["access_token"]).await.0, StatusCode::UNAUTHORIZED);
        assert_eq!(
            tool.refresh(tokens["refresh_token"].as_str().unwrap()).await.0,
            StatusCode::BAD_REQUEST
        );
        let out = browser.get(&tool.ask(&[])).await;
        assert!(
            location(&out).starts_with("/provider/sign-in"),
            "a closed account is not signed in"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_gives_tokens_back_and_asks_what_they_are_worth() {
    on_each_database(|db| async move {
        let house = House::new(db);
        let (mut browser, account) = somebody(&house).await;
        let tool = Tool::new(&house, |_| {}).await;
        let other = Tool::new(&house, |client| client.client_id = "other".to_owned()).await;
        let public = Tool::public(&house).await;
        let tokens = tool.tokens(&mut browser, &[]).await;
        let (access, refresh) = (
            tokens["access_token"].as_str().unwrap(),
            tokens["refresh_token"].as_str().unwrap(),
        );
        let introspect =
            async |tool: &Tool<'_>, token: &str| tool.post("/oauth2/introspect", &[("token", token)]).await;
        let (status, said) = introspect(&tool, access).await;
        assert_eq!(
            (status, &said["active"], &said["sub"]),
            (StatusCode::OK, &json!(true), &json!(account.to_string()))
        );
        assert_eq!(
            (&said["token_type"], &said["client_id"]),
            (&json!("Bearer"), &json!("files"))
        );
        assert_eq!(introspect(&tool, refresh).await.1["active"], true);
        assert_eq!(
            introspect(&other, access).await.1,
            json!({ "active": false }),
            "not its own: nothing is said"
        );
        assert_eq!(introspect(&tool, "made up").await.1, json!({ "active": false }));
        assert_eq!(introspect(&public, access).await.1["error"], "invalid_client");
        let wrong = [("token", access), ("client_id", "files"), ("client_secret", "wrong")];
        assert_eq!(
            tool.post("/oauth2/introspect", &wrong).await.0,
            StatusCode::UNAUTHORIZED
        );

        let revoke = async |tool: &Tool<'_>, token: &str| tool.post("/oauth2/revoke", &[("token", token)]).await;
        assert_eq!(revoke(&other, refresh).await.1["error"], "invalid_grant");
        assert_eq!(
            introspect(&tool, refresh).await.1["active"],
            true,
            "and it changed nothing"
        );
        assert_eq!(revoke(&tool, "made up").await.0, StatusCode::OK);
        assert_eq!(revoke(&tool, access).await.0, StatusCode::OK);
        assert_eq!(introspect(&tool, access).await.1["active"], false);
        assert_eq!(introspect(&tool, refresh).await.1["active"], true);
        assert_eq!(revoke(&tool, refresh).await.0, StatusCode::OK);
        assert_eq!(tool.refresh(refresh).await.0, StatusCode::BAD_REQUEST);
        assert_eq!(tool.post("/oauth2/revoke", &[]).await.1["error"], "invalid_request");
        let theirs = public.tokens(&mut browser, &[]).await;
        assert_eq!(
            revoke(&public, theirs["refresh_token"].as_str().unwrap()).await.0,
            StatusCode::OK
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_without_a_browser_is_let_in_by_its_code() {
    on_each_database(|db| async move {
        let house = House::new(db);
        let (mut browser, account) = somebody(&house).await;
        let tool = Tool::public(&house).await;
        let (status, begun) = tool
            .post("/oauth2/device-authorization", &[("scope", "openid email")])
            .await;
        assert_eq!(status, StatusCode::OK, "{begun}");
        assert_eq!(begun["verification_uri"], "https://hub.example/device");
        let code = begun["user_code"].as_str().unwrap();
        let complete = begun["verification_uri_complete"].as_str().unwrap();
        assert_eq!(query_of(complete, "code").as_deref(), Some(code));
        let device = begun["device_code"].as_str().unwrap();
        let fields = [
            ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
            ("device_code", device),
        ];
        assert_eq!(
            tool.post("/oauth2/token", &fields).await.1["error"],
            "authorization_pending"
        );
        assert_eq!(tool.post("/oauth2/token", &fields).await.1["error"], "slow_down");
        let sid = browser.kept(session_key::PROVIDER_SID).await.unwrap();
        let session = sessions::open(house.db.read(), &sid).await.unwrap().unwrap();
        let said = devices::answer(&house.db, now(), code, &session, true).await.unwrap();
        assert_eq!(said, Said::Allowed);
        let (status, tokens) = tool.post("/oauth2/token", &fields).await;
        assert_eq!(status, StatusCode::OK, "{tokens}");
        assert_eq!(claims(&tokens["id_token"])["sub"], account.to_string());
        assert_eq!(
            tool.userinfo(&tokens["access_token"]).await.1["email"],
            "ama@example.org"
        );
        assert_eq!(
            tool.post("/oauth2/token", &fields).await.1["error"],
            "invalid_grant",
            "once"
        );

        let (_, begun) = tool.post("/oauth2/device-authorization", &[]).await;
        let fields = [fields[0], ("device_code", begun["device_code"].as_str().unwrap())];
        let late = house.later();
        assert_eq!(
            tool.at(&late).post("/oauth2/token", &fields).await.1["error"],
            "expired_token"
        );
        let code = begun["user_code"].as_str().unwrap();
        devices::answer(&house.db, now(), code, &session, false).await.unwrap();
        assert_eq!(tool.post("/oauth2/token", &fields).await.1["error"], "access_denied");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_key_is_published_before_it_signs_and_an_old_one_after() {
    on_each_database(|db| async move {
        let house = House::new(db);
        let (browser, _) = somebody(&house).await;
        for algorithm in Algorithm::ALL.iter().copied() {
            let tool = Tool::new(&house, |client| {
                client.client_id = format!("with-{}", algorithm.as_str());
                client.id_token_algorithm = algorithm;
            })
            .await;
            let house = house.later();
            let tool = tool.at(&house);
            let kid = |tokens: &Value| {
                let header = jsonwebtoken::decode_header(tokens["id_token"].as_str().unwrap()).unwrap();
                assert_eq!(format!("{:?}", header.alg), algorithm.as_str());
                header.kid.unwrap()
            };
            let first = kid(&tool.tokens(&mut house.again(&browser), &[]).await);
            let added = keys::rotate(&house.db, &sealer(), house.sso_now(), &[algorithm], Reason::Wanted)
                .await
                .unwrap();
            assert_eq!(added, [algorithm]);
            let house = house.later();
            let tool = tool.at(&house);
            let published: Vec<_> = jwks(&house).await["keys"]
                .as_array()
                .unwrap()
                .iter()
                .filter(|key| key["alg"] == algorithm.as_str())
                .map(|key| key["kid"].as_str().unwrap().to_owned())
                .collect();
            assert_eq!(published.len(), 2, "the next one can be seen");
            assert_eq!(
                kid(&tool.tokens(&mut house.again(&browser), &[]).await),
                first,
                "but does not sign yet"
            );
            let house = house.tomorrow();
            let tool = tool.at(&house);
            let second = kid(&tool.tokens(&mut house.again(&browser), &[]).await);
            assert_ne!(second, first);
            assert!(published.contains(&second));
            assert!(
                jwks(&house).await.to_string().contains(&first),
                "what the old one signed can be checked"
            );
        }
        keys::rotate(
            &house.db,
            &sealer(),
            house.tomorrow().sso_now(),
            &[Algorithm::Rs256],
            Reason::Lost,
        )
        .await
        .unwrap();
        let tomorrow = house.tomorrow();
        let keys = jwks(&tomorrow).await;
        let left = keys["keys"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|key| key["alg"] == "RS256")
            .count();
        assert_eq!(left, 1, "what was lost is gone at once");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tool_ends_the_session_and_gets_the_person_back() {
    on_each_database(|db| async move {
        let house = House::new(db);
        let (mut browser, _) = somebody(&house).await;
        let tool = Tool::new(&house, |_| {}).await;
        let tokens = tool.tokens(&mut browser, &[]).await;
        let sid = claims(&tokens["id_token"])["sid"].as_str().unwrap().to_owned();
        let asked = browser
            .get(&format!(
                "/oauth2/end-session?client_id=files&post_logout_redirect_uri={AFTER}&state=s"
            ))
            .await;
        let page = location(&asked);
        assert!(
            page.starts_with("/provider/sign-out?continue="),
            "without a hint the person is asked: {page}"
        );
        let next = query_of(&page, "continue").unwrap();
        assert!(
            sessions::open(house.db.read(), &sid).await.unwrap().is_some(),
            "nothing has happened yet"
        );

        let hint = tokens["id_token"].as_str().unwrap();
        let query = format!("id_token_hint={hint}&post_logout_redirect_uri={AFTER}&state=s&ui_locales=es");
        // An ID token that has expired still says who wants to sign out.
        let out = house.later();
        let gone = out.again(&browser).get(&format!("/oauth2/end-session?{query}")).await;
        assert_eq!(location(&gone), format!("{AFTER}?state=s"));
        assert!(sessions::open(house.db.read(), &sid).await.unwrap().is_none());
        assert_eq!(tool.userinfo(&tokens["access_token"]).await.0, StatusCode::UNAUTHORIZED);
        assert!(location(&browser.get(&tool.ask(&[])).await).starts_with("/provider/sign-in"));
        assert_eq!(
            location(&browser.get(&next).await),
            format!("{AFTER}?state=s"),
            "the way on after a yes"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_form_leads_to_goes_by_way_of_a_page() {
    on_each_database(|db| async move {
        let house = House::new(db);
        let (mut browser, _) = somebody(&house).await;
        let tool = Tool::new(&house, |_| {}).await;
        let request = Request::get(tool.ask(&[])).header("sec-fetch-site", "same-origin");
        let page = browser.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(page.status(), StatusCode::OK);
        let body = axum::body::to_bytes(page.into_body(), 1 << 16).await.unwrap();
        let text = String::from_utf8(body.to_vec()).unwrap();
        assert!(
            text.contains("http-equiv=\"refresh\" content=\"0;url=https://files.example/callback?code="),
            "{text}"
        );
        assert!(text.contains("&amp;state=the+state"));
    })
    .await;
}
