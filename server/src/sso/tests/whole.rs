//! The whole program: registering as the first person, coming in, seeing and ending one's sessions, all with plain forms.

use std::path::Path;

use axum::response::Response;
use domain::{accounts::invitations, db::Db, members::Class, testing::on_each_database};
use http::{Request, StatusCode, header};

use super::house::{BASE, Browser};
use crate::{clock, config::Config, http::router};

pub(super) const PASSWORD: &str = "grows in the shade";

fn hub(db: Db) -> Browser {
    hub_with(db, "invitation")
}

/// A hub with this sort of registration.
pub(super) fn hub_with(db: Db, registration: &str) -> Browser {
    let settings = [
        ("HUB_SERVER__BASE_URL", BASE),
        ("HUB_SIGN_ON__REGISTRATION", registration),
    ];
    let config = Config::load_with(Path::new("/nonexistent"), &settings).unwrap();
    Browser::of(router(config, db, domain::testing::sealer()).unwrap())
}

pub(super) async fn text(response: Response) -> String {
    let body = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
    String::from_utf8(body.to_vec()).unwrap()
}

pub(super) fn location(response: &Response) -> String {
    let to = response.headers()[header::LOCATION].to_str().unwrap();
    to.strip_prefix(BASE).unwrap_or(to).to_owned()
}

/// The value of a hidden field.
pub(super) fn hidden(page: &str, name: &str) -> String {
    let at = page.find(&format!("name=\"{name}\"")).expect("the field");
    let value = &page[page[at..].find("value=\"").unwrap() + at + 7..];
    value[..value.find('"').unwrap()].replace("&amp;", "&")
}

pub(super) async fn submit(browser: &mut Browser, act: &str, fields: &[(&str, &str)]) -> Response {
    let form = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish();
    browser.post(act, &form).await
}

/// Follows redirects to a page.
pub(super) async fn to_the_page(browser: &mut Browser, mut response: Response) -> (String, String) {
    let mut path = String::new();
    while response.status() == StatusCode::SEE_OTHER {
        path = location(&response);
        response = browser.get(&path).await;
    }
    assert_eq!(response.status(), StatusCode::OK, "{path}");
    (path, text(response).await)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_person_registers_comes_in_and_goes() {
    on_each_database(|db| async move {
        let mut browser = hub(db.clone());
        let start = browser.get("/sign-in?to=/account").await;
        let (path, page) = to_the_page(&mut browser, start).await;
        assert!(
            path.starts_with("/provider/register?"),
            "an empty hub asks its first person in: {path}"
        );
        let next = hidden(&page, "next");

        let short = [
            ("name", "Ama Owusu"),
            ("email", "ama@example.org"),
            ("password", "short"),
            ("next", &next),
        ];
        let refused = submit(&mut browser, "/do/account/register-first", &short).await;
        let (path, page) = to_the_page(&mut browser, refused).await;
        assert!(
            path.starts_with("/provider/register?") && page.contains("id=\"password-error\""),
            "{path}"
        );
        assert!(
            page.contains("Ama Owusu") && !page.contains("short\""),
            "what was typed is kept, the password is not"
        );

        let next = hidden(&page, "next");
        let right = [
            ("name", "Ama Owusu"),
            ("email", "ama@example.org"),
            ("password", PASSWORD),
            ("next", &next),
        ];
        let registered = submit(&mut browser, "/do/account/register-first", &right).await;
        let (path, page) = to_the_page(&mut browser, registered).await;
        assert_eq!(path, "/welcome");
        assert!(page.contains("steward"), "the first person is told");

        let page = text(browser.get("/account/sessions").await).await;
        assert!(page.contains("This device") && !page.contains("end-other-sessions"));
        let out = browser.post("/sign-out", "").await;
        let (path, _) = to_the_page(&mut browser, out).await;
        assert_eq!(path, "/");
        assert_eq!(browser.get("/account").await.status(), StatusCode::UNAUTHORIZED);

        let mut stranger = hub(db);
        assert_eq!(stranger.get("/provider/register").await.status(), StatusCode::FORBIDDEN);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invited_person_comes_in_and_ends_the_session_they_forgot() {
    on_each_database(|db| async move {
        let mut first = hub(db.clone());
        let fields = [("name", "Ama"), ("email", "ama@example.org"), ("password", PASSWORD)];
        let registered = submit(&mut first, "/do/account/register-first", &fields).await;
        to_the_page(&mut first, registered).await;

        let user = Class {
            operational: false,
            user: true,
        };
        let link = invitations::invite_by_hand(&db, clock::now(), BASE, "bo@example.org", user)
            .await
            .unwrap();
        let token = link.rsplit('/').next().unwrap();
        let mut bo = hub(db.clone());
        assert!(
            text(bo.get(&format!("/invitations/{token}")).await)
                .await
                .contains("bo@example.org")
        );
        let fields = [("name", "Bo"), ("password", PASSWORD), ("token", token)];
        let accepted = submit(&mut bo, "/do/account/accept-invitation", &fields).await;
        let (path, page) = to_the_page(&mut bo, accepted).await;
        assert!(
            path == "/welcome" && page.contains("You belong to"),
            "the class came with the invitation"
        );
        assert_eq!(
            bo.get(&format!("/invitations/{token}")).await.status(),
            StatusCode::NOT_FOUND
        );

        let mut elsewhere = hub(db.clone());
        for (password, inside) in [("wrong password", false), (PASSWORD, true)] {
            let start = elsewhere.get("/sign-in?to=/account").await;
            let (_, page) = to_the_page(&mut elsewhere, start).await;
            let next = hidden(&page, "next");
            let fields = [("email", "bo@example.org"), ("password", password), ("next", &next)];
            let answer = submit(&mut elsewhere, "/do/account/sign-in", &fields).await;
            let (path, _) = to_the_page(&mut elsewhere, answer).await;
            assert_eq!(path == "/account", inside, "{path}");
        }
        let page = text(bo.get("/account/sessions").await).await;
        let id = hidden(&page, "id");
        let stolen = submit(&mut first, "/do/account/end-session", &[("id", &id)]).await;
        to_the_page(&mut first, stolen).await;
        assert_eq!(
            elsewhere.get("/account").await.status(),
            StatusCode::OK,
            "nobody ends another's session"
        );
        let ended = submit(&mut bo, "/do/account/end-session", &[("id", &id)]).await;
        to_the_page(&mut bo, ended).await;
        assert_eq!(elsewhere.get("/account").await.status(), StatusCode::UNAUTHORIZED);
        assert_eq!(bo.get("/account").await.status(), StatusCode::OK);
        let trail = text(bo.get("/account/trail").await).await;
        assert!(trail.contains("You signed a device out"), "it stands in one's trail");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_passwords_are_slowed_down_and_other_sites_send_nothing() {
    on_each_database(|db| async move {
        let mut browser = hub(db.clone());
        let fields = [("email", "nobody@example.org"), ("password", "wrong password")];
        let mut pages = Vec::new();
        for _ in 0..9 {
            let answer = submit(&mut browser, "/do/account/sign-in", &fields).await;
            pages.push(to_the_page(&mut browser, answer).await.1);
        }
        assert!(pages[0].contains("do not go together") && pages[8].contains("too often"));

        let form = Request::post("/do/account/sign-in").header("sec-fetch-site", "cross-site");
        let form = form.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        let refused = browser.send(form.body("email=a".into()).unwrap()).await;
        assert_eq!(refused.status(), StatusCode::FORBIDDEN);
    })
    .await;
}

/// Forms about ways of signing in and records are the hub's own pages', and each page says what is so for whom.
#[tokio::test(flavor = "multi_thread")]
async fn ways_of_signing_in_are_shown_and_other_sites_change_none() {
    on_each_database(|db| async move {
        let mut ama = hub(db.clone());
        assert_eq!(ama.get("/account/identities").await.status(), StatusCode::UNAUTHORIZED);
        let fields = [("name", "Ama"), ("email", "ama@example.org"), ("password", PASSWORD)];
        let registered = submit(&mut ama, "/do/account/register-first", &fields).await;
        to_the_page(&mut ama, registered).await;
        let page = text(ama.get("/account/identities").await).await;
        assert!(page.contains("Account of this hub") && page.contains("only way in which you sign in"));
        let page = text(ama.get("/sign-in/choose?to=//evil.example").await).await;
        assert!(page.contains("You are signed in already"));
        assert!(
            !page.contains("href=\"//evil") && !page.contains("to=%2F%2Fevil"),
            "no way leads there"
        );
        assert!(
            text(ama.get("/sign-in/known").await)
                .await
                .contains("nothing to decide")
        );
        let forged = ama.get("/sign-in/callback?state=made-up&code=made-up").await;
        assert_eq!(forged.status(), StatusCode::BAD_REQUEST);
        assert!(
            text(forged).await.contains("Nothing has changed"),
            "a page says what happened"
        );
        assert_eq!(ama.get("/signed-out?of=nobody").await.status(), StatusCode::NOT_FOUND);

        for path in [
            "/sign-in/link",
            "/sign-in/as-new",
            "/sign-in/forget",
            "/sign-out",
            "/do/account/unlink",
            "/do/members/merge",
        ] {
            let form = Request::post(path).header("sec-fetch-site", "cross-site");
            let form = form.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
            let refused = ama.send(form.body("a=b".into()).unwrap()).await;
            assert_eq!(refused.status(), StatusCode::FORBIDDEN, "{path}");
        }
        assert_eq!(ama.get("/account").await.status(), StatusCode::OK);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_steward_sees_what_a_merge_would_do_and_then_does_it() {
    on_each_database(|db| async move {
        let mut ama = hub(db.clone());
        let fields = [("name", "Ama"), ("email", "ama@example.org"), ("password", PASSWORD)];
        let registered = submit(&mut ama, "/do/account/register-first", &fields).await;
        to_the_page(&mut ama, registered).await;
        domain::testing::make_member(&db, "bo").await;
        domain::testing::make_member(&db, "bo-2").await;
        let mut stranger = hub(db.clone());
        assert_eq!(
            stranger.get("/members/bo/merge").await.status(),
            StatusCode::UNAUTHORIZED
        );
        assert_eq!(ama.get("/members/nobody/merge").await.status(), StatusCode::NOT_FOUND);

        let same = text(ama.get("/members/bo/merge?other=bo").await).await;
        assert!(same.contains("one and the same record"), "{same}");
        let page = text(ama.get("/members/bo/merge?other=bo-2").await).await;
        assert!(page.contains("cannot be undone") && page.contains("@bo-2"), "{page}");
        let seen = hidden(&page, "seen");
        let unsure = [("keep", "bo"), ("goes", "bo-2"), ("seen", &seen)];
        let answer = submit(&mut ama, "/do/members/merge", &unsure).await;
        let (path, page) = to_the_page(&mut ama, answer).await;
        assert!(
            path.starts_with("/members/bo/merge?") && page.contains("tick the box"),
            "{path}"
        );
        let sure = [("keep", "bo"), ("goes", "bo-2"), ("seen", &seen), ("sure", "yes")];
        let answer = submit(&mut ama, "/do/members/merge", &sure).await;
        let (path, _) = to_the_page(&mut ama, answer).await;
        assert_eq!(path, "/members/bo");
        let moved = ama.get("/members/bo-2").await;
        assert_eq!(
            (moved.status(), location(&moved).as_str()),
            (StatusCode::FOUND, "/members/bo")
        );
        assert_eq!(ama.get("/members/bo-3").await.status(), StatusCode::NOT_FOUND);
    })
    .await;
}
