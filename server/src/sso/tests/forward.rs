//! A tool that speaks no OpenID Connect, behind a proxy that asks the hub: what the proxy sends, and what it gets.

use axum::{body::Body, response::Response};
use domain::testing::on_each_database;
use http::{Request, StatusCode, header};
use sea_orm::ConnectionTrait;
use tower::ServiceExt;

use super::{
    house::BASE,
    tools::{Hub, allow},
    whole::{location, submit, text, to_the_page},
};

const HOST: &str = "pads.example.org";

/// A browser on the guarded host, seen through its proxy.
struct There<'a> {
    hub: &'a Hub,
    cookies: Vec<(String, String)>,
}

impl There<'_> {
    /// What the proxy gets when it asks whether a request may pass.
    async fn check(&mut self, uri: &str, query: &str) -> Response {
        self.send(&format!("/.hub/check{query}"), uri).await
    }

    /// Everything under `/.hub/` is handed over to the hub.
    async fn get(&mut self, path: &str) -> Response {
        self.send(path, path).await
    }

    async fn send(&mut self, path: &str, uri: &str) -> Response {
        let cookies: Vec<_> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let request = Request::get(path)
            .header("x-forwarded-host", HOST)
            .header("x-forwarded-uri", uri)
            .header(header::COOKIE, cookies.join("; "))
            .body(Body::empty())
            .unwrap();
        let answer = self.hub.router.clone().oneshot(request).await.unwrap();
        for set in answer.headers().get_all(header::SET_COOKIE) {
            let set = set.to_str().unwrap();
            assert!(set.contains("; Path=/; HttpOnly; SameSite=Lax; Secure"), "{set}");
            let (name, value) = set.split(';').next().unwrap().split_once('=').unwrap();
            assert!(name.starts_with("__Host-hub-guard"), "{set}");
            self.cookies.retain(|(known, _)| known != name);
            if !set.contains("Max-Age=0") {
                self.cookies.push((name.to_owned(), value.to_owned()));
            }
        }
        answer
    }

    fn header(answer: &Response, name: &str) -> String {
        answer
            .headers()
            .get(name)
            .map(|value| String::from_utf8(value.as_bytes().to_vec()).unwrap())
            .unwrap_or_default()
    }
}

fn to(answer: &Response) -> String {
    answer.headers()[header::LOCATION].to_str().unwrap().to_owned()
}

/// Changes records as another part of the hub would.
async fn write(hub: &Hub, sql: &str) {
    let tx = hub.state.db().begin().await.unwrap();
    tx.execute_unprepared(sql).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guarded_tool_learns_who_it_is_until_they_are_gone() {
    on_each_database(|db| async move {
        let hub = Hub::new(db);
        let mut ama = hub.person("Ámbar").await;
        let (client, _) = hub
            .tool(&mut ama, "Pads", &[("scope_groups", "yes"), ("door", "members")])
            .await;
        let own = [("client", client.as_str()), ("host", "hub.example"), ("open_paths", "")];
        let own = submit(&mut ama, "/do/clients/guard", &own).await;
        assert!(
            to_the_page(&mut ama, own).await.1.contains("id=\"host-error\""),
            "not the hub itself"
        );
        let guarded = [("client", client.as_str()), ("host", HOST), ("open_paths", "/static")];
        let guarded = submit(&mut ama, "/do/clients/guard", &guarded).await;
        let page = to_the_page(&mut ama, guarded).await.1;
        assert!(
            page.contains("https://pads.example.org/.hub/callback"),
            "registered along"
        );

        let mut there = There {
            hub: &hub,
            cookies: Vec::new(),
        };
        assert_eq!(
            there.check("/p/agenda", "?redirect=no").await.status(),
            StatusCode::UNAUTHORIZED
        );
        let open = there.check("/static/a.css", "?redirect=no").await;
        assert_eq!(
            (open.status(), There::header(&open, "remote-user")),
            (StatusCode::OK, String::new())
        );
        let sneaky = there.check("/static/../p/agenda", "?redirect=no").await;
        assert_eq!(sneaky.status(), StatusCode::UNAUTHORIZED);

        let start = to(&there.check("/p/agenda?x=1", "").await);
        assert_eq!(start, "https://pads.example.org/.hub/start?to=%2Fp%2Fagenda%3Fx%3D1");
        let authorize = to(&there.get(start.strip_prefix("https://pads.example.org").unwrap()).await);
        let authorize = authorize.strip_prefix(BASE).unwrap().to_owned();
        assert!(authorize.starts_with("/oauth2/authorize?"), "{authorize}");
        let code = allow(&mut ama, &authorize).await;
        let state = super::house::query_of(&authorize, "state").unwrap();

        let mut victim = There {
            hub: &hub,
            cookies: Vec::new(),
        };
        let foisted = victim.get(&format!("/.hub/callback?code={code}&state={state}")).await;
        assert_eq!(
            foisted.status(),
            StatusCode::BAD_REQUEST,
            "nobody is signed in as another"
        );
        let wrong = there.get(&format!("/.hub/callback?code={code}&state=other")).await;
        assert_eq!(wrong.status(), StatusCode::BAD_REQUEST);
        let back = there.get(&format!("/.hub/callback?code={code}&state={state}")).await;
        assert_eq!(to(&back), "https://pads.example.org/p/agenda?x=1");

        let inside = there.check("/p/agenda", "?redirect=no").await;
        assert_eq!(inside.status(), StatusCode::OK);
        assert_eq!(There::header(&inside, "remote-user"), "ambar");
        assert_eq!(There::header(&inside, "remote-name"), "Ámbar");
        assert!(There::header(&inside, "remote-groups").contains("class:operational"));
        assert_eq!(There::header(&inside, "remote-email"), "", "it may not ask for that");
        let elsewhere = Request::get("/.hub/check")
            .header("x-forwarded-host", "other.example.org")
            .header(header::COOKIE, format!("__Host-hub-guard={}", there.cookies[0].1));
        let elsewhere = hub
            .router
            .clone()
            .oneshot(elsewhere.body(Body::empty()).unwrap())
            .await
            .unwrap();
        assert_eq!(elsewhere.status(), StatusCode::FORBIDDEN);

        let page = text(ama.get("/account/tools").await).await;
        assert!(page.contains("Pads") && page.contains("your groups"));
        write(&hub, "UPDATE members SET standing = 'lapsed'").await;
        let lapsed = there.check("/p/agenda", "?redirect=no").await;
        assert_eq!(lapsed.status(), StatusCode::FORBIDDEN, "with the very next request");
        let why = to(&there.check("/p/agenda", "").await);
        assert_eq!(why, format!("{BASE}/provider/no-entry?client=pads"));
        write(&hub, "UPDATE members SET standing = 'active'").await;

        let out = ama.post("/sign-out", "").await;
        to_the_page(&mut ama, out).await;
        let gone = there.check("/p/agenda", "?redirect=no").await;
        assert_eq!(gone.status(), StatusCode::UNAUTHORIZED, "log-out logs out here too");
        assert_eq!(location(&there.get("/.hub/sign-out").await), "/tools");
    })
    .await;
}
