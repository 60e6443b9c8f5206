//! Passkeys: what to ask the browser for, and what is done with its answer.

use domain::{
    AccountId,
    accounts::{
        AccountError, check_name, invitations, is_email, normal_email,
        passkeys::{self, Adding, Asking, Site},
        second_step,
        store::{self, Opening},
    },
};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::second_step::{PENDING, pending};
use crate::{
    account::{
        actions::{INTO_THE_HUB, beside, onward, provider_is_here},
        at_provider::{enter, lost},
        device::in_words,
    },
    ctx::Ctx,
    forms::{Done, Failed, Form, act},
    i18n::code,
    page::encode,
    security::{codes, own_account},
    ui::problem,
};

/// Session key of a challenge that waits for its answer.
const CHALLENGE: &str = "passkey";
/// How long it waits, in seconds.
const PATIENCE: i64 = 600;
const PAGE: &str = "/account/security";

/// A challenge that waits for its answer. It counts for one purpose, once.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Challenge {
    purpose: String,
    since: i64,
    of: Of,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
enum Of {
    Adding(Box<Adding>),
    Asking(Asking),
}

/// What the script of a page gets: options for the browser, or a sentence.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Options {
    /// For `navigator.credentials`, with bytes in base64url.
    pub options: Option<Value>,
    /// What is wrong.
    pub problem: Option<String>,
}

/// Begins a passkey or asks for one.
#[server(prefix = "/do", endpoint = "account/passkey-options")]
pub async fn passkey_options(
    #[server(default)] purpose: String,
    #[server(default)] token: String,
    #[server(default)] name: String,
    #[server(default)] email: String,
) -> Result<Options, ServerFnError> {
    let cx = Ctx::current();
    Ok(match begin(&cx, purpose, &token, &name, &email).await {
        Ok(options) => Options { options: Some(options), problem: None },
        Err(failed) => Options { options: None, problem: Some(problem(cx.locale, failed.code())) },
    })
}

async fn begin(cx: &Ctx, purpose: String, token: &str, name: &str, email: &str) -> Result<Value, Failed> {
    let site = site(cx)?;
    let db = cx.db().read();
    let asking = |(options, state)| (options, Of::Asking(state));
    let adding = |(options, state)| (options, Of::Adding(Box::new(state)));
    let (options, of) = match purpose.as_str() {
        "sign_in" => asking(passkeys::begin_asking(&site)?),
        "second" => {
            let account = pending(cx).await?.ok_or(AccountError::SecondStepLate)?;
            asking(passkeys::begin_asking_owner(db, &site, account).await?)
        }
        "add" => {
            let account = own_account::<Failed>(cx).await?;
            cx.require_fresh().await?;
            let owner = store::open_account(db, account).await?.ok_or(AccountError::NoAccount)?;
            adding(passkeys::begin_adding(db, &site, account, &owner.email, &owner.name).await?)
        }
        "first" => {
            if !store::hub_is_empty(db).await? {
                return Err(AccountError::RegistrationClosed.into());
            }
            let (name, email) = (check_name(name)?, normal_email(email));
            if !is_email(&email) {
                return Err(AccountError::EmailInvalid.into());
            }
            adding(passkeys::begin_adding(db, &site, AccountId::generate(), &email, &name).await?)
        }
        "invitation" => {
            let (name, invitation) = (check_name(name)?, invitations::usable(db, cx.now, token).await?);
            adding(passkeys::begin_adding(db, &site, AccountId::generate(), &invitation.email, &name).await?)
        }
        _ => return Err(Failed::field("", "not_found")),
    };
    let challenge = Challenge { purpose, since: cx.now.timestamp(), of };
    cx.session.insert(CHALLENGE, challenge).await.map_err(lost)?;
    Ok(options)
}

fn site(cx: &Ctx) -> Result<Site, Failed> {
    provider_is_here(cx)?;
    cx.passkeys().ok_or_else(|| Failed::field("", "not_found"))
}

/// Takes the challenge out of the session: whatever the answer, it counts once.
async fn challenge(cx: &Ctx, purpose: &str) -> Result<Of, Failed> {
    let waiting = cx.session.remove::<Challenge>(CHALLENGE).await.map_err(lost)?;
    waiting
        .filter(|waiting| waiting.purpose == purpose && cx.now.timestamp() - waiting.since < PATIENCE)
        .map(|waiting| waiting.of)
        .ok_or_else(|| AccountError::PasskeyLate.into())
}

async fn added(cx: &Ctx, purpose: &str, credential: &str, name: &str) -> Result<passkeys::Made, Failed> {
    let Of::Adding(adding) = challenge(cx, purpose).await? else { return Err(AccountError::PasskeyLate.into()) };
    let named = if name.trim().is_empty() { in_words(cx.locale, &cx.user_agent) } else { name.to_owned() };
    Ok(passkeys::finish_adding(&site(cx)?, &adding, credential, &named)?)
}

async fn opened(cx: &Ctx, purpose: &str, credential: &str) -> Result<passkeys::Opened, Failed> {
    let Of::Asking(asking) = challenge(cx, purpose).await? else { return Err(AccountError::PasskeyLate.into()) };
    Ok(passkeys::finish_asking(cx.db(), cx.now, &site(cx)?, asking, credential).await?)
}

/// Signs in with a passkey: the device has asked its person, so that no second step follows.
#[server(prefix = "/do", endpoint = "account/passkey-sign-in")]
pub async fn passkey_sign_in(
    #[server(default)] credential: String,
    #[server(default)] next: String,
) -> Result<(), ServerFnError> {
    let page = format!("/provider/sign-in?continue={}", encode(&next));
    act(Form::new("sign_in", &page), async |cx: Ctx| {
        let opened = opened(&cx, "sign_in", &credential).await?;
        cx.session.remove_value(PENDING).await.map_err(lost)?;
        enter(&cx, &opened.account, &[opened.means, "user", "mfa"]).await?;
        Ok(Done::to(onward(&next)))
    })
    .await
}

/// Takes the second step of a sign-in with a passkey.
#[server(prefix = "/do", endpoint = "account/passkey-second")]
pub async fn passkey_second(
    #[server(default)] credential: String,
    #[server(default)] next: String,
) -> Result<(), ServerFnError> {
    let page = format!("/provider/second?continue={}", encode(&next));
    act(Form::new("second", &page), async |cx: Ctx| {
        let account = pending(&cx).await?.ok_or(AccountError::SecondStepLate)?;
        let opened = opened(&cx, "second", &credential).await?;
        if opened.account.id != account {
            return Err(AccountError::PasskeyUnknown.into());
        }
        cx.session.remove_value(PENDING).await.map_err(lost)?;
        enter(&cx, &opened.account, &["pwd", opened.means, "mfa"]).await?;
        Ok(Done::to(onward(&next)))
    })
    .await
}

/// Makes the first account of an empty hub, with a passkey.
#[server(prefix = "/do", endpoint = "account/passkey-register-first")]
pub async fn passkey_register_first(
    #[server(default)] name: String,
    #[server(default)] email: String,
    #[server(default)] credential: String,
    #[server(default)] next: String,
) -> Result<(), ServerFnError> {
    let page = format!("/provider/register?continue={}", encode(&next));
    act(Form::new("register", &page).typed(&[("name", &name), ("email", &email)]), async |cx: Ctx| {
        let made = added(&cx, "first", &credential, "").await?;
        let means = made.means();
        let opening = Opening::Passkey(Box::new(made));
        let account = store::register_first_with(cx.db(), cx.now, &name, &email, &opening, code(cx.locale)).await;
        enter(&cx, &account.map_err(beside)?, &[means, "user", "mfa"]).await?;
        Ok(Done::to(onward(&next)))
    })
    .await
}

/// Makes an account with an invitation and a passkey.
#[server(prefix = "/do", endpoint = "account/passkey-accept-invitation")]
pub async fn passkey_accept_invitation(
    #[server(default)] token: String,
    #[server(default)] name: String,
    #[server(default)] credential: String,
) -> Result<(), ServerFnError> {
    let page = format!("/invitations/{}", encode(&token));
    act(Form::new("invitation", &page).typed(&[("name", &name)]), async |cx: Ctx| {
        let made = added(&cx, "invitation", &credential, "").await?;
        let means = made.means();
        let opening = Opening::Passkey(Box::new(made));
        let account = invitations::redeem_with(cx.db(), cx.now, &token, &name, &opening, code(cx.locale)).await;
        enter(&cx, &account.map_err(beside)?, &[means, "user", "mfa"]).await?;
        Ok(Done::to(INTO_THE_HUB))
    })
    .await
}

/// Adds a passkey to one's account.
#[server(prefix = "/do", endpoint = "account/add-passkey")]
pub async fn add_passkey(
    #[server(default)] name: String,
    #[server(default)] credential: String,
) -> Result<(), ServerFnError> {
    act(Form::new("passkeys", PAGE).typed(&[("name", &name)]), async |cx: Ctx| {
        let account = own_account::<Failed>(&cx).await?;
        cx.require_fresh().await?;
        let made = added(&cx, "add", &credential, &name).await?;
        if made.account != account {
            return Err(AccountError::PasskeyLate.into());
        }
        passkeys::add(cx.db(), cx.now, &made).await?;
        Ok(Done::to(PAGE).saying("notice_passkey_added"))
    })
    .await
}

/// Removes one of one's passkeys.
#[server(prefix = "/do", endpoint = "account/remove-passkey")]
pub async fn remove_passkey(#[server(default)] id: String) -> Result<(), ServerFnError> {
    act(Form::new("passkeys", PAGE), async |cx: Ctx| {
        let account = own_account::<Failed>(&cx).await?;
        cx.require_fresh().await?;
        passkeys::remove(cx.db(), cx.now, account, &id).await?;
        Ok(Done::to(PAGE).saying("notice_passkey_removed"))
    })
    .await
}

/// Asks for a passkey after the password from now on, or no longer.
#[server(prefix = "/do", endpoint = "account/passkey-second-step")]
pub async fn passkey_second_step(#[server(default)] answer: String) -> Result<(), ServerFnError> {
    act(Form::new("passkeys", PAGE), async |cx: Ctx| {
        let account = own_account::<Failed>(&cx).await?;
        cx.require_fresh().await?;
        if answer != "on" {
            second_step::passkeys_off(cx.db(), cx.now, account).await?;
            return Ok(Done::to(PAGE).saying("notice_second_step_off"));
        }
        let made = second_step::passkeys_on(cx.db(), cx.now, account).await?;
        if made.is_empty() {
            return Ok(Done::to(PAGE).saying("notice_second_step_on"));
        }
        codes::keep(&cx, &made).await?;
        Ok(Done::to("/account/recovery-codes").saying("notice_second_step_on"))
    })
    .await
}
