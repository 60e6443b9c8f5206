//! Letters, new passwords, a second step, and acts that want a fresh sign-in, all with plain forms.

use domain::{
    accounts::letters::{self, Letter},
    db::Db,
    outbox,
    testing::on_each_database,
};
use http::StatusCode;

use totp_rs::{Builder, Secret};

use super::{
    house::Browser,
    whole::{PASSWORD, hidden, hub_with, submit, text, to_the_page},
};
use crate::clock;

/// Path that the button of the latest letter to an address leads to.
async fn link(db: &Db, to: &str) -> Option<String> {
    let mut path = None;
    for leased in outbox::claim(db, clock::now(), &[letters::KIND], 50).await.unwrap() {
        let letter: Letter = serde_json::from_str(&leased.payload).unwrap();
        let ready = letters::ready(db, clock::now(), &letter).await.unwrap();
        if let Some(ready) = ready.filter(|_| letter.to == to) {
            path = ready.path;
        }
    }
    path
}

#[tokio::test(flavor = "multi_thread")]
async fn who_registers_or_forgot_is_answered_alike_whoever_they_are() {
    on_each_database(|db| async move {
        let mut first = hub_with(db.clone(), "open");
        let fields = [("name", "Ama"), ("email", "ama@example.org"), ("password", PASSWORD)];
        submit(&mut first, "/do/account/register-first", &fields).await;
        link(&db, "").await;

        let mut stranger = hub_with(db.clone(), "open");
        let mut answers = Vec::new();
        for email in ["ama@example.org", "bo@example.org"] {
            let asked = submit(
                &mut stranger,
                "/do/account/register",
                &[("name", "Bo"), ("email", email)],
            )
            .await;
            answers.push(to_the_page(&mut stranger, asked).await);
            let forgot = submit(&mut stranger, "/do/account/forgot", &[("email", email)]).await;
            answers.push(to_the_page(&mut stranger, forgot).await);
        }
        let main = |page: &str| Some(page.split("<main").nth(1)?.split("</main>").next()?.to_owned());
        let plain = |(path, page): &(String, String)| (path.clone(), main(page).unwrap());
        assert_eq!(plain(&answers[0]), plain(&answers[2]));
        assert_eq!(plain(&answers[1]), plain(&answers[3]));

        let path = link(&db, "bo@example.org").await.unwrap();
        let page = text(stranger.get(&path).await).await;
        assert!(page.contains("bo@example.org") && page.contains("value=\"Bo\""));
        let token = path.strip_prefix("/invitations/").unwrap();
        let fields = [("name", "Bo"), ("password", PASSWORD), ("token", token)];
        let made = submit(&mut stranger, "/do/account/accept-invitation", &fields).await;
        assert_eq!(to_the_page(&mut stranger, made).await.0, "/welcome");
        assert!(stranger.device.is_some(), "the account knows this browser from here on");

        submit(&mut first, "/do/account/forgot", &[("email", "bo@example.org")]).await;
        let path = link(&db, "bo@example.org").await.unwrap();
        let token = path.strip_prefix("/provider/reset/").unwrap();
        let fields = [("token", token), ("password", "a kettle for the room")];
        let reset = submit(&mut first, "/do/account/reset", &fields).await;
        assert_eq!(to_the_page(&mut first, reset).await.0, "/provider/sign-in");
        assert_eq!(first.get(&path).await.status(), StatusCode::NOT_FOUND, "once");
        assert_eq!(
            stranger.get("/account").await.status(),
            StatusCode::UNAUTHORIZED,
            "and all are out"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_act_of_power_waits_for_a_fresh_sign_in_and_loses_nothing() {
    on_each_database(|db| async move {
        let mut ada = hub_with(db.clone(), "open");
        let fields = [("name", "Ada"), ("email", "ada@example.org"), ("password", PASSWORD)];
        let made = submit(&mut ada, "/do/account/register-first", &fields).await;
        assert_eq!(to_the_page(&mut ada, made).await.0, "/welcome");
        let invite = [("email", "bo@example.org"), ("class", "user"), ("language", "es")];
        let sent = submit(&mut ada, "/do/stewards/invite", &invite).await;
        assert_eq!(
            sent.headers()["location"],
            "/stewards/accounts",
            "who came just now is fresh"
        );

        // Half an hour later, as far as the session is concerned.
        let tx = db.begin().await.unwrap();
        let old = clock::now().timestamp() - 1800;
        let sessions = "SELECT id, data FROM browser_sessions WHERE member_id IS NOT NULL";
        let rows =
            sea_orm::ConnectionTrait::query_all_raw(&tx, sea_orm::Statement::from_string(db.backend(), sessions))
                .await
                .unwrap();
        for row in rows {
            let (id, data): (String, String) = (row.try_get("", "id").unwrap(), row.try_get("", "data").unwrap());
            let mut data: serde_json::Value = serde_json::from_str(&data).unwrap();
            data["auth_time"] = old.into();
            let update = "UPDATE browser_sessions SET data = $1 WHERE id = $2";
            let values = [data.to_string().into(), id.into()];
            let update = sea_orm::Statement::from_sql_and_values(db.backend(), update, values);
            sea_orm::ConnectionTrait::execute_raw(&tx, update).await.unwrap();
        }
        tx.commit().await.unwrap();
        let waits = submit(&mut ada, "/do/stewards/invite", &invite).await;
        assert_eq!(
            waits.headers()["location"],
            "/sign-in?fresh=yes&to=%2Fstewards%2Faccounts"
        );
        let (path, page) = to_the_page(&mut ada, waits).await;
        assert_eq!(path, "/stewards/accounts");
        assert!(
            page.contains("value=\"bo@example.org\""),
            "what was typed is still there"
        );
        assert!(page.contains("nothing was lost"));
    })
    .await;
}

/// What stands between `<code>` and `</code>` on a page.
pub(super) fn codes(page: &str) -> Vec<String> {
    let parts = page.split("<code>").skip(1);
    parts
        .map(|part| part.split("</code>").next().unwrap().to_owned())
        .collect()
}

/// What the app of a person shows, so many seconds from now.
fn shown(secret: &str, seconds: i64) -> String {
    let totp = Builder::new()
        .with_secret(Secret::try_from_base32(secret).unwrap())
        .with_account_name("-")
        .build()
        .unwrap();
    let at = u64::try_from(clock::now().timestamp() + seconds).unwrap();
    totp.generate(at).to_string()
}

/// Gives address and password; where that leads.
pub(super) async fn knock(db: &Db, email: &str) -> (Browser, String, String) {
    let mut browser = hub_with(db.clone(), "invitation");
    let start = browser.get("/sign-in?to=/account").await;
    let (_, page) = to_the_page(&mut browser, start).await;
    let next = hidden(&page, "next");
    let fields = [("email", email), ("password", PASSWORD), ("next", &next)];
    let answer = submit(&mut browser, "/do/account/sign-in", &fields).await;
    let (path, _) = to_the_page(&mut browser, answer).await;
    (browser, path, next)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_step_stands_between_the_password_and_the_hub() {
    on_each_database(|db| async move {
        let mut ada = hub_with(db.clone(), "invitation");
        let fields = [("name", "Ada"), ("email", "ada@example.org"), ("password", PASSWORD)];
        let made = submit(&mut ada, "/do/account/register-first", &fields).await;
        to_the_page(&mut ada, made).await;
        let page = text(ada.get("/account/second-step").await).await;
        assert!(page.contains("<svg"), "a picture to scan");
        let secret = codes(&page)[0].replace(' ', "");
        let wrong = submit(&mut ada, "/do/account/second-step-on", &[("code", "abcdef")]).await;
        assert!(to_the_page(&mut ada, wrong).await.1.contains("id=\"code-error\""));
        let code = shown(&secret, -30);
        let on = submit(&mut ada, "/do/account/second-step-on", &[("code", &code)]).await;
        let (path, page) = to_the_page(&mut ada, on).await;
        assert_eq!(path, "/account/recovery-codes");
        let recovery = codes(&page);
        assert_eq!(recovery.len(), 10);
        let again = text(ada.get("/account/recovery-codes").await).await;
        assert!(codes(&again).is_empty(), "shown once");

        let (mut elsewhere, path, next) = knock(&db, "ada@example.org").await;
        assert!(path.starts_with("/provider/second?"), "{path}");
        assert_eq!(elsewhere.get("/account").await.status(), StatusCode::UNAUTHORIZED);
        let used = [("code", code.as_str()), ("next", &next)];
        let refused = submit(&mut elsewhere, "/do/account/second-step", &used).await;
        let (path, page) = to_the_page(&mut elsewhere, refused).await;
        assert!(path.starts_with("/provider/second?") && page.contains("id=\"code-error\""));
        let right = shown(&secret, 0);
        let right = [("code", right.as_str()), ("next", &next)];
        let taken = submit(&mut elsewhere, "/do/account/second-step", &right).await;
        assert_eq!(to_the_page(&mut elsewhere, taken).await.0, "/account");

        for inside in [true, false] {
            let (mut without_phone, _, next) = knock(&db, "ada@example.org").await;
            let typed = recovery[0].to_uppercase().replace('-', " ");
            let fields = [("code", typed.as_str()), ("next", &next)];
            let answer = submit(&mut without_phone, "/do/account/second-step", &fields).await;
            let (path, _) = to_the_page(&mut without_phone, answer).await;
            assert_eq!(path == "/account", inside, "a recovery code counts once: {path}");
        }
        let mut nobody = hub_with(db.clone(), "invitation");
        let late = submit(&mut nobody, "/do/account/second-step", &right).await;
        let (_, page) = to_the_page(&mut nobody, late).await;
        assert!(
            !page.contains("name=\"code\""),
            "without a password there is no second step"
        );

        let off = submit(&mut ada, "/do/account/second-step-off", &[]).await;
        assert_eq!(to_the_page(&mut ada, off).await.0, "/account/security");
        assert_eq!(knock(&db, "ada@example.org").await.1, "/account");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_a_second_step_takes_it_before_an_act_of_power() {
    on_each_database(|db| async move {
        let mut ada = hub_with(db.clone(), "invitation");
        let fields = [("name", "Ada"), ("email", "ada@example.org"), ("password", PASSWORD)];
        let made = submit(&mut ada, "/do/account/register-first", &fields).await;
        to_the_page(&mut ada, made).await;
        // Signed in on another device before there was a second step.
        let (mut before, path, _) = knock(&db, "ada@example.org").await;
        assert_eq!(path, "/account");
        let page = text(ada.get("/account/second-step").await).await;
        let secret = codes(&page)[0].replace(' ', "");
        let code = shown(&secret, -30);
        let on = submit(&mut ada, "/do/account/second-step-on", &[("code", &code)]).await;
        to_the_page(&mut ada, on).await;

        let invite = [("email", "bo@example.org"), ("class", "user"), ("language", "es")];
        let sent = submit(&mut ada, "/do/stewards/invite", &invite).await;
        assert_eq!(
            sent.headers()["location"],
            "/stewards/accounts",
            "password and code were shown"
        );
        for (act, page) in [
            ("/do/stewards/invite", "%2Fstewards%2Faccounts"),
            ("/do/clients/make-token", "%2Ftools%2Fsign%2Don%2Ftokens"),
            ("/do/clients/end-access", "%2Fmembers%2Fbo%2Faccess"),
        ] {
            let mut fields = invite.to_vec();
            fields.extend([("handle", "bo"), ("reason", "-"), ("uses", "1"), ("door", "everybody")]);
            let waits = submit(&mut before, act, &fields).await;
            let to = format!("/sign-in?fresh=second&to={page}");
            assert_eq!(waits.headers()["location"], to.as_str(), "{act}");
        }
        let waits = submit(&mut before, "/do/stewards/invite", &invite).await;
        let (path, page) = to_the_page(&mut before, waits).await;
        assert!(
            path.starts_with("/provider/sign-in?"),
            "a sign-in of just now is not enough: {path}"
        );
        let next = hidden(&page, "next");
        let fields = [("email", "ada@example.org"), ("password", PASSWORD), ("next", &next)];
        let first = submit(&mut before, "/do/account/sign-in", &fields).await;
        assert!(to_the_page(&mut before, first).await.0.starts_with("/provider/second?"));
        let code = shown(&secret, 0);
        let fields = [("code", code.as_str()), ("next", &next)];
        let second = submit(&mut before, "/do/account/second-step", &fields).await;
        let (path, page) = to_the_page(&mut before, second).await;
        assert_eq!(path, "/stewards/accounts");
        assert!(page.contains("value=\"bo@example.org\""), "nothing was lost");
        let sent = submit(&mut before, "/do/stewards/invite", &invite).await;
        assert_eq!(sent.headers()["location"], "/stewards/accounts");
    })
    .await;
}
