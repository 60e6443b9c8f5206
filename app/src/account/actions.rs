//! Acts on one's own account and sessions, and signing in at the built-in provider.

use domain::{
    Problem,
    accounts::{
        AccountError, NewAccount, Registration, Source, browser_sessions, devices, identities, invitations, is_email,
        normal_email,
        requests::{self, Wish},
        reset, second_step, session_key, store,
        throttle::{Guess, may_write},
    },
    tokens,
};
use leptos::prelude::*;

use super::at_provider::{self, enter};
use crate::{
    ctx::Ctx,
    forms::{Done, Failed, Form, act, local_path},
    i18n::code,
    page::encode,
};

/// Where a new account goes: through the hub's own sign-in, which finds it at the provider.
pub(crate) const INTO_THE_HUB: &str = "/sign-in?to=/";

/// An error beside the field that it belongs to.
pub(crate) fn beside(error: AccountError) -> Failed {
    match error.field() {
        Some(field) => Failed::field(field, error.code()),
        None => error.into(),
    }
}

/// Without the built-in provider its forms answer nobody.
pub(crate) fn provider_is_here(cx: &Ctx) -> Result<(), Failed> {
    if cx.settings().builtin_provider { Ok(()) } else { Err(Failed::field("", "not_found")) }
}

/// The way onward that a form carries.
pub(crate) fn onward(next: &str) -> String {
    local_path(next).filter(|path| *path != "/").unwrap_or(INTO_THE_HUB).to_owned()
}

/// Signs in with address and password.
#[server(prefix = "/do", endpoint = "account/sign-in")]
pub async fn sign_in(
    #[server(default)] email: String,
    #[server(default)] password: String,
    #[server(default)] next: String,
) -> Result<(), ServerFnError> {
    let page = format!("/provider/sign-in?continue={}", encode(&next));
    act(Form::new("sign_in", &page).typed(&[("email", &email)]), async |cx: Ctx| {
        provider_is_here(&cx)?;
        let guess = Guess::take(cx.db(), cx.now, &email, &cx.place, cx.device.as_deref()).await?;
        let account = store::sign_in(cx.db(), &email, &password).await?;
        guess.right(cx.db()).await?;
        if second_step::is_on(cx.db().read(), account.id).await? {
            return crate::security::actions::second_step::ask(&cx, account.id, &next).await;
        }
        enter(&cx, &account, &["pwd"]).await?;
        Ok(Done::to(onward(&next)))
    })
    .await
}

/// Makes the first account of an empty hub.
#[server(prefix = "/do", endpoint = "account/register-first")]
pub async fn register_first(
    #[server(default)] name: String,
    #[server(default)] email: String,
    #[server(default)] password: String,
    #[server(default)] next: String,
) -> Result<(), ServerFnError> {
    let page = format!("/provider/register?continue={}", encode(&next));
    act(Form::new("register", &page).typed(&[("name", &name), ("email", &email)]), async |cx: Ctx| {
        provider_is_here(&cx)?;
        let new = NewAccount { email, name, password };
        let account = store::register_first(cx.db(), cx.now, &new, code(cx.locale)).await.map_err(beside)?;
        enter(&cx, &account, &["pwd"]).await?;
        Ok(Done::to(onward(&next)))
    })
    .await
}

/// Asks for an account: a letter follows, or a steward decides.
#[server(prefix = "/do", endpoint = "account/register")]
pub async fn register(
    #[server(default)] name: String,
    #[server(default)] email: String,
    #[server(default)] words: String,
    #[server(default)] next: String,
) -> Result<(), ServerFnError> {
    let page = format!("/provider/register?continue={}", encode(&next));
    let typed = [("name", name.as_str()), ("email", &email), ("words", &words)];
    act(Form::new("register", &page).typed(&typed), async |cx: Ctx| {
        provider_is_here(&cx)?;
        let registration = cx.settings().registration;
        let wish = Wish { name, email, words, locale: code(cx.locale).to_owned() };
        requests::check(registration, &wish).map_err(beside)?;
        if may_write(cx.db(), cx.now, &wish.email, &cx.place).await? {
            requests::ask(cx.db(), cx.now, registration, &wish).await.map_err(beside)?;
        }
        let about = if registration == Registration::Request { "request" } else { "account" };
        Ok(Done::to(format!("/provider/letter?about={about}")))
    })
    .await
}

/// Wants a new password by letter.
#[server(prefix = "/do", endpoint = "account/forgot")]
pub async fn forgot(#[server(default)] email: String) -> Result<(), ServerFnError> {
    act(Form::new("forgot", "/provider/forgot").typed(&[("email", &email)]), async |cx: Ctx| {
        provider_is_here(&cx)?;
        if !is_email(&normal_email(&email)) {
            return Err(beside(AccountError::EmailInvalid));
        }
        if may_write(cx.db(), cx.now, &email, &cx.place).await? {
            reset::ask(cx.db(), cx.now, &email, code(cx.locale)).await?;
        }
        Ok(Done::to("/provider/letter?about=password"))
    })
    .await
}

/// Chooses a new password through the link of a letter.
#[server(prefix = "/do", endpoint = "account/reset")]
pub async fn reset_password(
    #[server(default)] token: String,
    #[server(default)] password: String,
) -> Result<(), ServerFnError> {
    let page = format!("/provider/reset/{}", encode(&token));
    act(Form::new("reset", &page), async |cx: Ctx| {
        provider_is_here(&cx)?;
        reset::by_link(cx.db(), cx.now, &token, &password).await.map_err(beside)?;
        Ok(Done::to("/provider/sign-in").saying("notice_password_reset"))
    })
    .await
}

/// Makes an account with an invitation.
#[server(prefix = "/do", endpoint = "account/accept-invitation")]
pub async fn accept_invitation(
    #[server(default)] token: String,
    #[server(default)] name: String,
    #[server(default)] password: String,
) -> Result<(), ServerFnError> {
    let page = format!("/invitations/{}", encode(&token));
    act(Form::new("invitation", &page).typed(&[("name", &name)]), async |cx: Ctx| {
        provider_is_here(&cx)?;
        let made = invitations::redeem(cx.db(), cx.now, &token, &name, &password, code(cx.locale)).await;
        let account = made.map_err(beside)?;
        enter(&cx, &account, &["pwd"]).await?;
        Ok(Done::to(INTO_THE_HUB))
    })
    .await
}

/// Signs out of the provider and the hub, after the person said so.
#[server(prefix = "/do", endpoint = "account/leave-provider")]
pub async fn leave_provider(#[server(default)] next: String) -> Result<(), ServerFnError> {
    let page = format!("/provider/sign-out?continue={}", encode(&next));
    act(Form::new("leave", &page), async |cx: Ctx| {
        at_provider::leave(&cx).await?;
        // The tool that asked has its address checked again there.
        match local_path(&next).filter(|path| path.starts_with("/oauth2/end-session?")) {
            Some(back) => Ok(Done::to(back)),
            None => Ok(Done::to("/").saying("notice_signed_out")),
        }
    })
    .await
}

/// Lets a program in that shows a code, or keeps it out (RFC 8628).
#[server(prefix = "/do", endpoint = "account/answer-device")]
pub async fn answer_device(
    #[server(default)] code: String,
    #[server(default)] answer: String,
) -> Result<(), ServerFnError> {
    let page = format!("/device?code={}", encode(&code));
    act(Form::new("device", &page), async |cx: Ctx| {
        provider_is_here(&cx)?;
        let Some(session) = at_provider::here(&cx).await? else { return Ok(Done::to(page.clone())) };
        let said = devices::answer(cx.db(), cx.now, &code, &session, answer == "allow").await?;
        Ok(Done::to(format!("/device?answer={}", said.as_str())))
    })
    .await
}

/// Takes a way of signing in off one's record.
#[server(prefix = "/do", endpoint = "account/unlink")]
pub async fn unlink(
    #[server(default)] issuer: String,
    #[server(default)] subject: String,
) -> Result<(), ServerFnError> {
    act(Form::new("ways", "/account/identities"), async |cx: Ctx| {
        let member = cx.actor.signed_in()?.id;
        cx.require_fresh().await?;
        let source = cx.session.get::<Source>(session_key::SOURCE).await.map_err(at_provider::lost)?;
        let in_use = source.as_ref().map(|source| (source.issuer.as_str(), source.subject.as_str()));
        identities::unlink(cx.db(), cx.now, member, (&issuer, &subject), in_use).await?;
        Ok(Done::to("/account/identities").saying("notice_unlinked"))
    })
    .await
}

/// Ends one of one's own sessions elsewhere.
#[server(prefix = "/do", endpoint = "account/end-session")]
pub async fn end_session(#[server(default)] id: String) -> Result<(), ServerFnError> {
    act(Form::new("sessions", "/account/sessions"), async |cx: Ctx| {
        let member = cx.actor.signed_in()?.id;
        browser_sessions::end(cx.db(), cx.now, member, &id).await?;
        Ok(Done::to("/account/sessions").saying("notice_session_ended"))
    })
    .await
}

/// Ends all of one's own sessions but this one.
#[server(prefix = "/do", endpoint = "account/end-other-sessions")]
pub async fn end_other_sessions() -> Result<(), ServerFnError> {
    act(Form::new("sessions", "/account/sessions"), async |cx: Ctx| {
        let member = cx.actor.signed_in()?.id;
        let this = cx.session.id().map(|id| tokens::fingerprint(&id.to_string())).unwrap_or_default();
        browser_sessions::end_others(cx.db(), cx.now, member, &this).await?;
        Ok(Done::to("/account/sessions").saying("notice_sessions_ended"))
    })
    .await
}
