//! The second step: taking it, turning it on and off, recovery codes.

use domain::{
    AccountId,
    accounts::{AccountError, provider::acr, second_step, session_key, store},
};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{
    account::{
        actions::{beside, onward, provider_is_here},
        at_provider::{enter, lost},
    },
    ctx::Ctx,
    forms::{Done, Failed, Form, act},
    page::encode,
    security::{codes, own_account},
};

/// Session key of somebody whose password was right.
pub(super) const PENDING: &str = "second_step";
/// How long the second step may take, in seconds.
const PATIENCE: i64 = 600;
const PAGE: &str = "/account/security";

/// Somebody whose password was right, and who has the second step before them.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Pending {
    account: AccountId,
    since: i64,
}

/// Sends somebody whose password was right to the second step.
pub(crate) async fn ask(cx: &Ctx, account: AccountId, next: &str) -> Result<Done, Failed> {
    let pending = Pending { account, since: cx.now.timestamp() };
    cx.session.insert(PENDING, pending).await.map_err(lost)?;
    Ok(Done::to(format!("/provider/second?continue={}", encode(next))))
}

/// Who has the second step before them in this browser.
pub(crate) async fn pending(cx: &Ctx) -> Result<Option<AccountId>, Failed> {
    let pending = cx.session.get::<Pending>(PENDING).await.map_err(lost)?;
    Ok(pending.filter(|pending| cx.now.timestamp() - pending.since < PATIENCE).map(|pending| pending.account))
}

/// Takes the second step of a sign-in.
#[server(prefix = "/do", endpoint = "account/second-step")]
pub async fn take_second_step(
    #[server(default)] code: String,
    #[server(default)] next: String,
) -> Result<(), ServerFnError> {
    let page = format!("/provider/second?continue={}", encode(&next));
    act(Form::new("second", &page), async |cx: Ctx| {
        provider_is_here(&cx)?;
        let account = pending(&cx).await?.ok_or(AccountError::SecondStepLate)?;
        let account = store::open_account(cx.db().read(), account).await?.ok_or(AccountError::SecondStepLate)?;
        second_step::take(cx.db(), &cx.services.sealer, cx.now, account.id, &code).await.map_err(beside)?;
        cx.session.remove_value(PENDING).await.map_err(lost)?;
        enter(&cx, &account, &["pwd", "otp", "mfa"]).await?;
        Ok(Done::to(onward(&next)))
    })
    .await
}

/// Turns the second step on with a first code.
#[server(prefix = "/do", endpoint = "account/second-step-on")]
pub async fn second_step_on(#[server(default)] code: String) -> Result<(), ServerFnError> {
    act(Form::new("second_on", "/account/second-step"), async |cx: Ctx| {
        let account = own_account::<Failed>(&cx).await?;
        cx.require_fresh().await?;
        let made = second_step::turn_on(cx.db(), &cx.services.sealer, cx.now, account, &code).await;
        codes::keep(&cx, &made.map_err(beside)?).await?;
        // Password and code were both shown just now.
        cx.session.insert(session_key::ACR, acr::TWO_FACTORS).await.map_err(lost)?;
        Ok(Done::to("/account/recovery-codes").saying("notice_second_step_on"))
    })
    .await
}

/// Turns the second step off.
#[server(prefix = "/do", endpoint = "account/second-step-off")]
pub async fn second_step_off() -> Result<(), ServerFnError> {
    act(Form::new("second_off", PAGE), async |cx: Ctx| {
        let account = own_account::<Failed>(&cx).await?;
        cx.require_fresh().await?;
        second_step::turn_off(cx.db(), cx.now, account).await?;
        Ok(Done::to(PAGE).saying("notice_second_step_off"))
    })
    .await
}

/// Makes new recovery codes; the ones before work no longer.
#[server(prefix = "/do", endpoint = "account/new-recovery-codes")]
pub async fn new_recovery_codes() -> Result<(), ServerFnError> {
    act(Form::new("codes", PAGE), async |cx: Ctx| {
        let account = own_account::<Failed>(&cx).await?;
        cx.require_fresh().await?;
        let made = second_step::new_codes(cx.db(), cx.now, account).await?;
        codes::keep(&cx, &made).await?;
        Ok(Done::to("/account/recovery-codes"))
    })
    .await
}
