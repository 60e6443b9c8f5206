//! Further ways of signing in to one record: always confirmed by the signed-in person, never by address or name alone.

use domain::{
    accounts::{identities, store},
    testing::on_each_database,
};
use http::{StatusCode, header};
use serde_json::{Value, json};

use super::{
    house::{Browser, FOREIGN, House, OTHER, claims, provider, query_of, signed},
    tool::Tool,
};
use crate::sso::Provider;

fn two() -> Vec<Provider> {
    vec![provider("staff", FOREIGN), provider("other", OTHER)]
}

fn verified(subject: &str) -> Value {
    json!({ "sub": subject, "name": "Ama", "email": "ama@example.org", "email_verified": true })
}

async fn come(browser: &mut Browser, name: &str, issuer: &str, claims: Value, query: &str) -> String {
    let came = browser.through(name, issuer, claims, query).await;
    assert_eq!(came.status(), StatusCode::SEE_OTHER);
    came.headers()[header::LOCATION].to_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signed_in_person_links_another_way_after_saying_yes() {
    on_each_database(|db| async move {
        let house = House::beside(db, two());
        let mut ama = house.browser();
        come(&mut ama, "staff", FOREIGN, verified("s-1"), "").await;
        let member = ama.member().await.unwrap();

        let to = come(
            &mut ama,
            "other",
            OTHER,
            json!({ "sub": "o-1", "name": "A. O.", "email": "a@x.example" }),
            "&link=yes",
        )
        .await;
        assert_eq!(to, "/account/identities");
        assert_eq!(ama.member().await, Some(member));
        let linked = async || identities::find(house.db.read(), OTHER, "o-1").await.unwrap();
        assert_eq!(linked().await, None, "nothing happens before the person says so");
        let yes = ama.post("/sign-in/link", "").await;
        assert_eq!(yes.headers()[header::LOCATION], "/account/identities?linked=yes");
        assert_eq!(linked().await, Some(member));
        assert_eq!(
            ama.post("/sign-in/link", "").await.status(),
            StatusCode::BAD_REQUEST,
            "it is confirmed once"
        );

        let mut elsewhere = house.browser();
        come(
            &mut elsewhere,
            "other",
            OTHER,
            json!({ "sub": "o-1", "name": "A. O.", "email": "a@x.example" }),
            "",
        )
        .await;
        assert_eq!(elsewhere.member().await, Some(member));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_somebody_elses_is_not_linked_and_no_is_no() {
    on_each_database(|db| async move {
        let house = House::beside(db, two());
        let (mut ama, mut bo) = (house.browser(), house.browser());
        come(
            &mut ama,
            "staff",
            FOREIGN,
            json!({ "sub": "s-1" , "name": "Ama", "email": "a@x.example" }),
            "",
        )
        .await;
        come(
            &mut bo,
            "other",
            OTHER,
            json!({ "sub": "o-1", "name": "Bo", "email": "b@x.example" }),
            "",
        )
        .await;
        come(
            &mut ama,
            "other",
            OTHER,
            json!({ "sub": "o-1", "name": "Bo", "email": "b@x.example" }),
            "&link=yes",
        )
        .await;
        assert_eq!(ama.post("/sign-in/link", "").await.status(), StatusCode::CONFLICT);
        let whose = identities::find(house.db.read(), OTHER, "o-1").await.unwrap();
        assert_eq!(whose, bo.member().await);

        let more = json!({ "sub": "o-2", "name": "Ama", "email": "a@x.example" });
        come(&mut ama, "other", OTHER, more, "&link=yes").await;
        ama.post("/sign-in/forget", "").await;
        assert_eq!(ama.post("/sign-in/link", "").await.status(), StatusCode::BAD_REQUEST);
        assert_eq!(identities::find(house.db.read(), OTHER, "o-2").await.unwrap(), None);

        // Who is not signed in links nothing, and what was left too long is over.
        let more = json!({ "sub": "o-2", "name": "Ama", "email": "a@x.example" });
        come(&mut ama, "other", OTHER, more, "&link=yes").await;
        assert_eq!(
            house.browser().post("/sign-in/link", "").await.status(),
            StatusCode::BAD_REQUEST
        );
        let later = house.beside_later(two());
        let mut still_ama = later.browser();
        still_ama.cookie = ama.cookie.clone();
        assert_eq!(
            still_ama.post("/sign-in/link", "").await.status(),
            StatusCode::BAD_REQUEST
        );
        assert_eq!(identities::find(house.db.read(), OTHER, "o-2").await.unwrap(), None);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_verified_address_asks_and_changes_nothing() {
    on_each_database(|db| async move {
        let house = House::beside(db, two());
        let mut ama = house.browser();
        come(&mut ama, "staff", FOREIGN, verified("s-1"), "").await;
        let member = ama.member().await.unwrap();

        // An address that is not verified asks nothing.
        let mut stranger = house.browser();
        let mut claims = verified("o-9");
        claims["email_verified"] = json!(false);
        assert_eq!(come(&mut stranger, "other", OTHER, claims, "").await, "/welcome");
        assert_ne!(stranger.member().await, Some(member));

        // She comes another way: she is asked, signs in as before, and says yes.
        let mut again = house.browser();
        assert_eq!(
            come(&mut again, "other", OTHER, verified("o-1"), "").await,
            "/sign-in/known"
        );
        assert_eq!(again.member().await, None);
        assert_eq!(identities::find(house.db.read(), OTHER, "o-1").await.unwrap(), None);
        assert_eq!(
            again.post("/sign-in/link", "").await.status(),
            StatusCode::BAD_REQUEST,
            "an address is no proof"
        );
        assert_eq!(
            come(&mut again, "other", OTHER, verified("o-1"), "").await,
            "/sign-in/known"
        );
        assert_eq!(
            come(&mut again, "staff", FOREIGN, verified("s-1"), "").await,
            "/account/identities"
        );
        again.post("/sign-in/link", "").await;
        assert_eq!(
            identities::find(house.db.read(), OTHER, "o-1").await.unwrap(),
            Some(member)
        );

        // Somebody who inherited the address says that they are new.
        let mut heir = house.browser();
        assert_eq!(
            come(&mut heir, "other", OTHER, verified("o-2"), "").await,
            "/sign-in/known"
        );
        let before = heir.cookie.clone();
        let new = heir.post("/sign-in/as-new", "").await;
        assert_eq!(new.headers()[header::LOCATION], "/welcome");
        assert_ne!(heir.cookie, before, "a new session id at the door");
        let heir = heir.member().await.unwrap();
        assert!(heir != member);
    })
    .await;
}

/// Whoever found an open browser may not open a way in for themselves.
#[tokio::test(flavor = "multi_thread")]
async fn a_new_way_in_waits_for_a_fresh_sign_in() {
    on_each_database(|db| async move {
        let house = House::beside(db, two());
        let mut ama = house.browser();
        come(&mut ama, "staff", FOREIGN, verified("s-1"), "").await;
        let member = ama.member().await.unwrap();

        let later = house.beside_later(two());
        let mut ama = later.again(&ama);
        let at = later.sso_now().timestamp();
        let current = |mut claims: Value, shown: i64| {
            claims["iat"] = json!(at);
            claims["exp"] = json!(at + 300);
            claims["auth_time"] = json!(shown);
            claims
        };
        let other = current(json!({ "sub": "o-1", "name": "Ama", "email": "a@x.example" }), at);
        come(&mut ama, "other", OTHER, other, "&link=yes").await;
        let again = "/sign-in?fresh=yes&to=/account/identities";
        let linked = async || identities::find(later.db.read(), OTHER, "o-1").await.unwrap();
        for shown in [at - 3600, at] {
            let waits = ama.post("/sign-in/link", "").await;
            assert_eq!(waits.headers()[header::LOCATION], again);
            assert_eq!(linked().await, None);
            let to = ama.get(again).await;
            let to = to.headers()[header::LOCATION].to_str().unwrap();
            assert_eq!(
                query_of(to, "max_age").as_deref(),
                Some("900"),
                "through the door she came by"
            );
            let (state, nonce) = (query_of(to, "state").unwrap(), query_of(to, "nonce").unwrap());
            let code = signed(&claims(FOREIGN, &nonce, current(verified("s-1"), shown))).await;
            let back = ama.answer("/sign-in/callback/staff", &state, &code).await;
            assert_eq!(back.headers()[header::LOCATION], "/account/identities");
        }
        ama.post("/sign-in/link", "").await;
        assert_eq!(linked().await, Some(member));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_came_through_a_provider_elsewhere_enters_the_tools_as_well() {
    on_each_database(|db| async move {
        let house = House::beside(db, two());
        let tool = Tool::new(&house, |client| client.asks_consent = false).await;
        let mut ama = house.browser();
        come(&mut ama, "staff", FOREIGN, verified("s-1"), "").await;
        let member = ama.member().await.unwrap();

        let back = ama.get(&tool.ask(&[])).await;
        let to = back.headers()[header::LOCATION].to_str().unwrap().to_owned();
        assert!(query_of(&to, "code").is_some(), "{to}");
        let account = identities::account_of(house.db.read(), member).await.unwrap().unwrap();
        let made = store::open_account(house.db.read(), account).await.unwrap().unwrap();
        assert_eq!(made.email, "ama@example.org");
        assert!(!store::has_password(house.db.read(), account).await.unwrap());
        ama.get(&tool.ask(&[])).await;
        let ways = identities::of_member(house.db.read(), member).await.unwrap();
        assert_eq!(ways.len(), 2, "it is made once");

        // Asked to show anew who she is, she goes to the page with both ways, and her provider's word counts.
        let again = ama.get(&tool.ask(&[("prompt", "login")])).await;
        let page = again.headers()[header::LOCATION].to_str().unwrap().to_owned();
        assert!(page.starts_with("/provider/sign-in?"), "{page}");

        // No proved address, or one that is somebody's: a page, and nothing is linked.
        for (subject, proved) in [("s-2", json!(false)), ("s-3", Value::Null)] {
            let claims = json!({ "sub": subject, "name": "Bo", "email": "bo@example.org", "email_verified": proved });
            let mut other = house.browser();
            come(&mut other, "staff", FOREIGN, claims, "").await;
            let member = other.member().await.unwrap();
            let page = other.get(&tool.ask(&[])).await;
            let to = page.headers()[header::LOCATION].to_str().unwrap();
            assert!(to.starts_with("/provider/sign-in?"), "{subject}: {to}");
            assert_eq!(identities::account_of(house.db.read(), member).await.unwrap(), None);
        }
        house.account("di@example.org").await;
        let mut di = house.browser();
        let claims = json!({ "sub": "s-4", "name": "Di", "email": "di@example.org", "email_verified": true });
        come(&mut di, "staff", FOREIGN, claims, "").await;
        let member = di.member().await.unwrap();
        let page = di.get(&tool.ask(&[])).await;
        assert!(
            page.headers()[header::LOCATION]
                .to_str()
                .unwrap()
                .starts_with("/provider/sign-in?")
        );
        assert_eq!(identities::account_of(house.db.read(), member).await.unwrap(), None);
    })
    .await;
}
