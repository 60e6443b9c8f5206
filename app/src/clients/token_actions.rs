//! What stewards do with tokens for tools that register themselves.

use domain::{
    CircleId, Problem,
    clients::{
        ClientError, Audience,
        registration::{self, MOST_USES},
        store::By,
    },
};
use leptos::prelude::*;

use crate::{
    ctx::Ctx,
    forms::{Done, Failed, Form, act},
};

/// Session key of a token that is shown on the next page and then forgotten.
pub(super) const TOKEN_ONCE: &str = "registration_token_once";
const PAGE: &str = "/tools/sign-on/tokens";

/// Makes a token with which tools register themselves, and shows it once.
#[server(prefix = "/do", endpoint = "clients/make-token")]
pub async fn make_registration_token(
    #[server(default)] note: String,
    #[server(default)] uses: String,
    #[server(default)] door: String,
    #[server(default)] circle: String,
) -> Result<(), ServerFnError> {
    let form = Form::new("token", PAGE).typed(&[("note", &note), ("uses", &uses), ("door", &door), ("circle", &circle)]);
    act(form, async |cx: Ctx| {
        if !cx.settings().builtin_provider {
            return Err(Failed::field("", "not_found"));
        }
        cx.actor.may_steward()?;
        cx.require_fresh().await?;
        let uses = uses.trim().parse::<i32>().ok().filter(|uses| (1..=MOST_USES).contains(uses));
        let uses = uses.ok_or_else(|| Failed::field("uses", "uses_unreadable"))?;
        let door = Audience::read(&door, circle.parse::<CircleId>().ok());
        let door = door.ok_or_else(|| Failed::field("circle", ClientError::CircleUnknown.code()))?;
        let made = registration::make_token(
            cx.db(),
            By::Person(&cx.actor),
            &note,
            door,
            uses,
            cx.now,
        )
        .await;
        let token = match made {
            Ok(token) => token,
            Err(ClientError::NameMissing) => return Err(Failed::field("note", "name_missing")),
            Err(error) => return Err(error.into()),
        };
        cx.session.insert(TOKEN_ONCE, token).await.map_err(|error| {
            tracing::error!(%error, "a session could not be written");
            Failed::field("", "internal")
        })?;
        Ok(Done::to(PAGE))
    })
    .await
}

/// Takes a token back.
#[server(prefix = "/do", endpoint = "clients/revoke-token")]
pub async fn revoke_registration_token(#[server(default)] token: String) -> Result<(), ServerFnError> {
    act(Form::new("token", PAGE), async |cx: Ctx| {
        cx.actor.may_steward()?;
        cx.require_fresh().await?;
        registration::revoke_token(cx.db(), By::Person(&cx.actor), &token, cx.now).await?;
        Ok(Done::to(PAGE).saying("notice_token_back"))
    })
    .await
}
