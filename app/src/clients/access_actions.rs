//! What stewards do about somebody's access.

use domain::{
    Problem,
    clients::{ClientError, access, access::AccessError, notices},
};
use leptos::prelude::*;
use uuid::Uuid;

use crate::{
    ctx::Ctx,
    forms::{Done, Failed, Form, act},
    page::encode,
};

fn page_of(handle: &str) -> String {
    format!("/members/{}/access", encode(handle))
}

/// Ends somebody's access to hub and tools.
#[server(prefix = "/do", endpoint = "clients/end-access")]
pub async fn end_access(
    #[server(default)] handle: String,
    #[server(default)] reason: String,
) -> Result<(), ServerFnError> {
    act(Form::new("access", &page_of(&handle)).typed(&[("reason", &reason)]), async |cx: Ctx| {
        cx.actor.may_steward()?;
        cx.require_fresh().await?;
        match access::end(cx.db(), &cx.actor, &handle, &reason, cx.now).await {
            Ok(()) => Ok(Done::to(page_of(&handle)).saying("notice_access_ended")),
            Err(AccessError::Client(error @ ClientError::ReasonMissing)) => Err(Failed::field("reason", error.code())),
            Err(error) => Err(error.into()),
        }
    })
    .await
}

/// Lets somebody in again.
#[server(prefix = "/do", endpoint = "clients/restore-access")]
pub async fn restore_access(#[server(default)] handle: String) -> Result<(), ServerFnError> {
    act(Form::new("access", &page_of(&handle)), async |cx: Ctx| {
        cx.actor.may_steward()?;
        cx.require_fresh().await?;
        access::restore(cx.db(), &cx.actor, &handle, cx.now).await?;
        Ok(Done::to(page_of(&handle)).saying("notice_access_restored"))
    })
    .await
}

/// Notes that somebody was signed out of a tool by hand.
#[server(prefix = "/do", endpoint = "clients/by-hand")]
pub async fn ended_by_hand(
    #[server(default)] handle: String,
    #[server(default)] notice: String,
) -> Result<(), ServerFnError> {
    act(Form::new("access", &page_of(&handle)), async |cx: Ctx| {
        let id = notice.parse::<Uuid>().map_err(|_| ClientError::NotFound)?;
        notices::by_hand(cx.db(), &cx.actor, id, cx.now).await?;
        Ok(Done::to(page_of(&handle)).saying("notice_by_hand"))
    })
    .await
}
