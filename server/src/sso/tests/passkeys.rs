//! Passkeys over HTTP, with an authenticator in software.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::{accounts::invitations, members::Class, testing::on_each_database};
use http::StatusCode;
use serde_json::{Value, json};
use webauthn_authenticator_rs::{WebauthnAuthenticator, softpasskey::SoftPasskey};

use super::{
    accounts::codes,
    house::{BASE, Browser, json_of},
    whole::{PASSWORD, hidden, hub_with, submit, text, to_the_page},
};
use crate::clock;

/// The key store of somebody, with one passkey at most.
struct Keys {
    device: SoftPasskey,
    /// Where it thinks it is.
    site: String,
    id: String,
    owner: Vec<u8>,
}

impl Keys {
    fn new() -> Self {
        Self {
            device: SoftPasskey::new(true),
            site: BASE.to_owned(),
            id: String::new(),
            owner: Vec::new(),
        }
    }

    fn make(&mut self, options: &Value) -> String {
        let mut options = options.clone();
        // The software keeps keys only; whose they are is kept here.
        let wants = options["authenticatorSelection"].as_object_mut().unwrap();
        assert_eq!(
            wants.insert("residentKey".to_owned(), json!("discouraged")).unwrap(),
            "required"
        );
        wants.insert("requireResidentKey".to_owned(), json!(false));
        self.owner = URL_SAFE_NO_PAD.decode(options["user"]["id"].as_str().unwrap()).unwrap();
        let options = serde_json::from_value(json!({ "publicKey": options })).unwrap();
        let made = self
            .device
            .do_registration(self.site.parse().unwrap(), options)
            .unwrap();
        self.id = made.id.clone();
        serde_json::to_string(&made).unwrap()
    }

    fn answer(&mut self, options: &Value) -> String {
        let mut options = options.clone();
        if options["allowCredentials"].as_array().is_none_or(Vec::is_empty) {
            options["allowCredentials"] = json!([{ "type": "public-key", "id": self.id }]);
        }
        let options = serde_json::from_value(json!({ "publicKey": options })).unwrap();
        let mut said = self
            .device
            .do_authentication(self.site.parse().unwrap(), options)
            .unwrap();
        said.response.user_handle = Some(self.owner.clone());
        serde_json::to_string(&said).unwrap()
    }
}

/// What the script of a page gets.
async fn ask(browser: &mut Browser, fields: &[(&str, &str)]) -> Value {
    json_of(submit(browser, "/do/account/passkey-options", fields).await).await
}

async fn options(browser: &mut Browser, fields: &[(&str, &str)]) -> Value {
    let answer = ask(browser, fields).await;
    assert_eq!(answer["problem"], Value::Null);
    answer["options"].clone()
}

/// The first person of a hub, who comes with a password.
async fn ada(browser: &mut Browser) {
    let fields = [("name", "Ada"), ("email", "ada@example.org"), ("password", PASSWORD)];
    let made = submit(browser, "/do/account/register-first", &fields).await;
    to_the_page(browser, made).await;
}

async fn add(browser: &mut Browser, keys: &mut Keys, name: &str) -> (String, String) {
    let begun = options(browser, &[("purpose", "add")]).await;
    let credential = keys.make(&begun);
    let added = submit(
        browser,
        "/do/account/add-passkey",
        &[("name", name), ("credential", &credential)],
    )
    .await;
    to_the_page(browser, added).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_passkey_makes_an_account_and_opens_it() {
    on_each_database(|db| async move {
        let mut keys = Keys::new();
        let mut first = hub_with(db.clone(), "invitation");
        let page = text(first.get("/provider/register").await).await;
        assert!(page.contains("/passkeys.js") && page.contains("data-passkey=\"first\""));
        let person = [("purpose", "first"), ("name", "Ada"), ("email", "ada@example.org")];
        assert!(
            ask(&mut first, &[("purpose", "first")]).await["problem"].is_string(),
            "a name is missing"
        );
        let begun = options(&mut first, &person).await;
        assert_eq!(begun["rp"]["id"], "hub.example");
        let credential = keys.make(&begun);
        let fields = [
            ("name", "Ada"),
            ("email", "ada@example.org"),
            ("credential", credential.as_str()),
        ];
        let made = submit(&mut first, "/do/account/passkey-register-first", &fields).await;
        assert_eq!(to_the_page(&mut first, made).await.0, "/welcome");

        let mut elsewhere = hub_with(db.clone(), "invitation");
        let start = elsewhere.get("/sign-in?to=/account").await;
        let (_, page) = to_the_page(&mut elsewhere, start).await;
        let next = hidden(&page, "next");
        let begun = options(&mut elsewhere, &[("purpose", "sign_in")]).await;
        assert!(
            begun["allowCredentials"].as_array().is_none_or(Vec::is_empty),
            "whose it is, the passkey says"
        );
        let credential = keys.answer(&begun);
        let fields = [("credential", credential.as_str()), ("next", &next)];
        let inside = submit(&mut elsewhere, "/do/account/passkey-sign-in", &fields).await;
        assert_eq!(to_the_page(&mut elsewhere, inside).await.0, "/account");
        let mut thief = hub_with(db.clone(), "invitation");
        for browser in [&mut elsewhere, &mut thief] {
            let again = submit(browser, "/do/account/passkey-sign-in", &fields).await;
            let (path, page) = to_the_page(browser, again).await;
            assert!(path.starts_with("/provider/sign-in?"), "an answer counts once: {path}");
            assert!(page.contains("took too long"));
        }

        let page = text(first.get("/account/security").await).await;
        let id = hidden(&page, "id");
        let stays = submit(&mut first, "/do/account/remove-passkey", &[("id", &id)]).await;
        let (_, page) = to_the_page(&mut first, stays).await;
        assert!(page.contains("only way"), "nobody locks themselves out");
        let kept = submit(&mut first, "/do/account/change-password", &[("password", PASSWORD)]).await;
        let (_, page) = to_the_page(&mut first, kept).await;
        assert!(page.contains("name=\"present\""), "there is a password now");
        let gone = submit(&mut first, "/do/account/remove-passkey", &[("id", &id)]).await;
        let (_, page) = to_the_page(&mut first, gone).await;
        assert!(!page.contains(&id));
        let begun = options(&mut thief, &[("purpose", "sign_in")]).await;
        let credential = keys.answer(&begun);
        let refused = submit(
            &mut thief,
            "/do/account/passkey-sign-in",
            &[("credential", &credential)],
        )
        .await;
        let (_, page) = to_the_page(&mut thief, refused).await;
        assert!(page.contains("not known here"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invited_person_needs_no_password() {
    on_each_database(|db| async move {
        ada(&mut hub_with(db.clone(), "invitation")).await;
        let link = invitations::invite_by_hand(&db, clock::now(), "", "bo@example.org", Class::default()).await;
        let link = link.unwrap();
        let token = link.strip_prefix("/invitations/").unwrap();
        let mut bo = hub_with(db.clone(), "invitation");
        assert!(text(bo.get(&link).await).await.contains("data-passkey=\"invitation\""));
        let mut keys = Keys::new();
        let person = [("purpose", "invitation"), ("name", "Bo"), ("token", token)];
        let begun = options(&mut bo, &person).await;
        assert_eq!(begun["user"]["name"], "bo@example.org");
        let credential = keys.make(&begun);
        let fields = [("name", "Bo"), ("token", token), ("credential", &credential)];
        let made = submit(&mut bo, "/do/account/passkey-accept-invitation", &fields).await;
        assert_eq!(to_the_page(&mut bo, made).await.0, "/welcome");
        let wrong = ask(&mut bo, &person).await;
        assert!(wrong["problem"].is_string(), "an invitation counts once");
        let mut stranger = hub_with(db.clone(), "invitation");
        let empty = [("email", "bo@example.org"), ("password", "")];
        let refused = submit(&mut stranger, "/do/account/sign-in", &empty).await;
        let (path, _) = to_the_page(&mut stranger, refused).await;
        assert!(
            path.starts_with("/provider/sign-in"),
            "no password is not an empty one: {path}"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_passkey_is_the_second_step_where_its_owner_wants_that() {
    on_each_database(|db| async move {
        let mut browser = hub_with(db.clone(), "invitation");
        ada(&mut browser).await;
        let mut keys = Keys::new();
        let (path, page) = add(&mut browser, &mut keys, "Blue key").await;
        assert!(path == "/account/security" && page.contains("Blue key"));
        let on = submit(&mut browser, "/do/account/passkey-second-step", &[("answer", "on")]).await;
        let (path, page) = to_the_page(&mut browser, on).await;
        assert_eq!(path, "/account/recovery-codes");
        let recovery = codes(&page);
        assert_eq!(recovery.len(), 10);

        let (mut elsewhere, path, next) = super::accounts::knock(&db, "ada@example.org").await;
        assert!(path.starts_with("/provider/second?"), "{path}");
        let begun = options(&mut elsewhere, &[("purpose", "second")]).await;
        assert_eq!(begun["allowCredentials"][0]["id"], keys.id);
        let credential = keys.answer(&begun);
        let fields = [("credential", credential.as_str()), ("next", &next)];
        let inside = submit(&mut elsewhere, "/do/account/passkey-second", &fields).await;
        assert_eq!(to_the_page(&mut elsewhere, inside).await.0, "/account");

        let (mut without_key, _, next) = super::accounts::knock(&db, "ada@example.org").await;
        let fields = [("code", recovery[3].as_str()), ("next", &next)];
        let inside = submit(&mut without_key, "/do/account/second-step", &fields).await;
        assert_eq!(to_the_page(&mut without_key, inside).await.0, "/account");

        let id = hidden(&text(elsewhere.get("/account/security").await).await, "id");
        let waits = submit(&mut browser, "/do/account/remove-passkey", &[("id", &id)]).await;
        let to = "/sign-in?fresh=second&to=%2Faccount%2Fsecurity";
        assert_eq!(
            waits.headers()["location"],
            to,
            "who came without the second step takes it first"
        );
        let gone = submit(&mut elsewhere, "/do/account/remove-passkey", &[("id", &id)]).await;
        to_the_page(&mut elsewhere, gone).await;
        let (_, path, _) = super::accounts::knock(&db, "ada@example.org").await;
        assert_eq!(path, "/account", "with the last passkey its second step goes");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_answer_the_challenge_opens_nothing() {
    on_each_database(|db| async move {
        let mut browser = hub_with(db.clone(), "invitation");
        ada(&mut browser).await;
        let mut keys = Keys::new();
        add(&mut browser, &mut keys, "").await;

        let mut stranger = hub_with(db.clone(), "invitation");
        let mut before = Value::Null;
        for what in [
            "forged",
            "another's",
            "nobody's",
            "a false page's",
            "an old one",
            "nothing",
        ] {
            let begun = options(&mut stranger, &[("purpose", "sign_in")]).await;
            if what == "a false page's" {
                keys.site = "https://login.hub.example".to_owned();
            }
            let mut answer: Value = serde_json::from_str(&keys.answer(&begun)).unwrap();
            keys.site = BASE.to_owned();
            let right = answer.clone();
            match what {
                "forged" => answer["response"]["signature"] = json!(URL_SAFE_NO_PAD.encode([7; 64])),
                "another's" => answer["response"]["userHandle"] = json!(URL_SAFE_NO_PAD.encode([7; 16])),
                "nobody's" => answer["response"]["userHandle"] = Value::Null,
                "an old one" => answer = before,
                "nothing" => answer = Value::Null,
                _ => {}
            }
            before = right;
            let sent = answer.to_string();
            let refused = submit(&mut stranger, "/do/account/passkey-sign-in", &[("credential", &sent)]).await;
            let (path, page) = to_the_page(&mut stranger, refused).await;
            assert!(path.starts_with("/provider/sign-in"), "{what}: {path}");
            assert!(page.contains("This passkey did not fit"), "{what}");
            assert_eq!(
                stranger.get("/account").await.status(),
                StatusCode::UNAUTHORIZED,
                "{what}"
            );
        }
        let none = ask(&mut stranger, &[("purpose", "second")]).await;
        assert!(none["problem"].is_string(), "no password, no second step");
        let none = ask(&mut stranger, &[("purpose", "add")]).await;
        assert!(none["problem"].is_string(), "who is not in adds nothing");

        // A challenge counts for its purpose.
        let begun = options(&mut browser, &[("purpose", "sign_in")]).await;
        let credential = keys.answer(&begun);
        let refused = submit(&mut browser, "/do/account/add-passkey", &[("credential", &credential)]).await;
        let (_, page) = to_the_page(&mut browser, refused).await;
        assert!(page.contains("took too long"));
    })
    .await;
}
