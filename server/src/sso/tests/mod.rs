//! Both ends of sign-on together, over HTTP, without a network.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod accounts;
mod elsewhere;
mod forged;
mod forward;
mod house;
mod linking;
mod logout;
mod passkeys;
mod provider;
mod refused;
mod relying_party;
mod sent_ahead;
mod tokens;
mod tool;
mod tools;
mod whole;

use domain::{accounts::session_key, testing::on_each_database};
use http::StatusCode;

use house::{House, query_of};

#[tokio::test(flavor = "multi_thread")]
async fn somebody_signs_in_and_out_through_both_ends() {
    on_each_database(|db| async move {
        let house = House::new(db);
        let account = house.account("ama@example.org").await;
        let mut browser = house.browser();

        let to_provider = browser.get("/sign-in?to=/bookings").await;
        assert_eq!(to_provider.status(), StatusCode::SEE_OTHER);
        let before = browser.cookie.clone();
        let sign_in_page = browser.follow(&to_provider).await;
        let page = sign_in_page.headers()["location"].to_str().unwrap();
        assert!(
            page.starts_with("/provider/sign-in?continue=%2Foauth2%2Fauthorize%3F"),
            "{page}"
        );
        let next = query_of(page, "continue").unwrap();
        browser.enter(account).await;
        assert_ne!(browser.cookie, before, "a new session id at the provider's door");

        let with_code = browser.get(&next).await;
        let entered = browser.cookie.clone();
        let arrived = browser.follow(&with_code).await;
        assert_eq!(arrived.headers()["location"], "/welcome");
        assert_ne!(browser.cookie, entered, "a new session id at the hub's door");
        let member = browser.kept(session_key::MEMBER).await.unwrap();
        let member = domain::members::store::get(house.db.read(), member.parse().unwrap())
            .await
            .unwrap()
            .unwrap();
        assert!(
            member.steward && member.class.operational,
            "the first person of an empty hub"
        );
        assert_eq!(
            (member.name.as_str(), member.email.as_str()),
            ("Ama Owusu", "ama@example.org")
        );

        let again = browser.get("/sign-in?to=/bookings").await;
        assert_eq!(again.headers()["location"], "/bookings", "who is in, is in");

        let out = browser.post("/sign-out", "").await;
        let home = browser.follow(&out).await;
        assert_eq!(home.headers()["location"], "https://hub.example/");
        assert_eq!(browser.kept(session_key::MEMBER).await, None);
        assert_eq!(browser.kept(session_key::PROVIDER_ACCOUNT).await, None);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_second_time_one_comes_back_to_where_one_was() {
    on_each_database(|db| async move {
        let house = House::new(db);
        let account = house.account("ama@example.org").await;
        let mut browser = house.browser();
        browser.enter(account).await;
        assert_eq!(browser.sign_in("/bookings?month=1").await, "/welcome");
        let mut elsewhere = house.browser();
        elsewhere.enter(account).await;
        assert_eq!(elsewhere.sign_in("/bookings?month=1").await, "/bookings?month=1");
        assert_eq!(elsewhere.sign_in("//evil.example/").await, "/");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tabs_sign_in_side_by_side_and_each_once() {
    on_each_database(|db| async move {
        let house = House::new(db);
        let account = house.account("ama@example.org").await;
        let mut browser = house.browser();
        browser.enter(account).await;
        let one = browser.get("/sign-in?to=/one").await;
        let two = browser.get("/sign-in?to=/two").await;
        let one = browser.follow(&one).await;
        let two = browser.follow(&two).await;
        assert_eq!(browser.follow(&two).await.headers()["location"], "/welcome");
        assert_eq!(browser.follow(&one).await.headers()["location"], "/one");
        assert_eq!(
            browser.follow(&one).await.status(),
            StatusCode::BAD_REQUEST,
            "an answer counts once"
        );
    })
    .await;
}
