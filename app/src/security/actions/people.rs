//! Stewards decide who comes in.

use domain::{
    accounts::{AccountError, invitations, requests},
    members::Class,
};
use leptos::prelude::*;

use crate::{
    account::actions::{beside, provider_is_here},
    ctx::Ctx,
    forms::{Done, Failed, Form, act},
};

const PAGE: &str = "/stewards/accounts";

/// Says yes or no to a request.
#[server(prefix = "/do", endpoint = "stewards/decide-request")]
pub async fn decide(
    #[server(default)] id: String,
    #[server(default)] answer: String,
    #[server(default)] words: String,
) -> Result<(), ServerFnError> {
    act(Form::new("decide", PAGE).typed(&[("id", &id), ("words", &words)]), async |cx: Ctx| {
        provider_is_here(&cx)?;
        let by = cx.actor.may_steward()?;
        cx.require_fresh().await?;
        let id = id.parse().map_err(|_| Failed::from(AccountError::RequestNotFound))?;
        let yes = answer == "yes";
        requests::decide(cx.db(), cx.now, by, id, yes, &words).await.map_err(beside)?;
        let notice = if yes { "notice_request_approved" } else { "notice_request_declined" };
        Ok(Done::to(PAGE).saying(notice))
    })
    .await
}

/// Invites somebody by letter.
#[server(prefix = "/do", endpoint = "stewards/invite")]
pub async fn invite(
    #[server(default)] email: String,
    #[server(default)] class: String,
    #[server(default)] language: String,
) -> Result<(), ServerFnError> {
    let typed = [("email", email.as_str()), ("class", &class), ("language", &language)];
    act(Form::new("invite", PAGE).typed(&typed), async |cx: Ctx| {
        provider_is_here(&cx)?;
        let by = cx.actor.may_steward()?;
        cx.require_fresh().await?;
        let class = Class {
            operational: matches!(class.as_str(), "operational" | "both"),
            user: matches!(class.as_str(), "user" | "both"),
        };
        invitations::invite(cx.db(), cx.now, Some(by), &email, class, &language).await.map_err(beside)?;
        Ok(Done::to(PAGE).saying("notice_invited"))
    })
    .await
}

/// Takes an invitation back.
#[server(prefix = "/do", endpoint = "stewards/withdraw-invitation")]
pub async fn withdraw_invitation(#[server(default)] id: String) -> Result<(), ServerFnError> {
    act(Form::new("invitations", PAGE), async |cx: Ctx| {
        let by = cx.actor.may_steward()?;
        cx.require_fresh().await?;
        invitations::withdraw(cx.db(), cx.now, by, &id).await?;
        Ok(Done::to(PAGE).saying("notice_invitation_withdrawn"))
    })
    .await
}
