//! What stewards do about accounts that are sent ahead to tools.

use domain::{
    MemberId, Problem,
    clients::{
        ClientError,
        scim::{self, TargetForm},
        store::By,
    },
};
use leptos::prelude::*;
use uuid::Uuid;

use super::actions::page_of;
use crate::{
    ctx::Ctx,
    forms::{Done, Failed, Form, act},
    page::encode,
};

/// Sets where the accounts of a tool are sent.
#[server(prefix = "/do", endpoint = "clients/scim")]
pub async fn scim_client(
    #[server(default)] client: String,
    #[server(default)] scim_address: String,
    #[server(default)] scim_token: String,
    #[server(default)] scim_active: String,
) -> Result<(), ServerFnError> {
    let form = Form::new("scim", &page_of(&client)).typed(&[("scim_address", &scim_address), ("scim_active", &scim_active)]);
    act(form, async |cx: Ctx| {
        let wanted = TargetForm { address: scim_address, token: scim_token.into(), active: !scim_active.is_empty() };
        scim::save(cx.db(), &cx.services.sealer, By::Person(&cx.actor), &client, &wanted, cx.now).await.map_err(
            |error| match error.field() {
                Some(field) => Failed::field(field, error.code()),
                None => error.into(),
            },
        )?;
        Ok(Done::to(page_of(&client)).saying("notice_client_saved"))
    })
    .await
}

/// Sends everything to a tool again.
#[server(prefix = "/do", endpoint = "clients/scim-again")]
pub async fn scim_again(#[server(default)] client: String) -> Result<(), ServerFnError> {
    act(Form::new("scim_again", &page_of(&client)), async |cx: Ctx| {
        scim::resend(cx.db(), By::Person(&cx.actor), &client, cx.now).await?;
        Ok(Done::to(page_of(&client)).saying("notice_scim_again"))
    })
    .await
}

/// Notes that somebody's account in a tool was closed by hand.
#[server(prefix = "/do", endpoint = "clients/closed-by-hand")]
pub async fn closed_by_hand(
    #[server(default)] handle: String,
    #[server(default)] client: String,
    #[server(default)] member: String,
) -> Result<(), ServerFnError> {
    let page = format!("/members/{}/access", encode(&handle));
    act(Form::new("access", &page), async |cx: Ctx| {
        let member = member.parse::<Uuid>().map(MemberId).map_err(|_| ClientError::NotFound)?;
        scim::by_hand(cx.db(), &cx.actor, &client, member, cx.now).await?;
        Ok(Done::to(page.clone()).saying("notice_by_hand"))
    })
    .await
}
