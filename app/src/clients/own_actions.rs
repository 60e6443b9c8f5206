//! What people do with their own tools: allow, take back, sign out.

use domain::{
    AccountId,
    access::Denied,
    accounts::{session_key, store as accounts},
    clients::{
        CONSENT_ANSWER, ClientError, Scope,
        access::accounts_of,
        consents,
        ending::{self, Reason},
        store,
    },
    tokens,
};
use leptos::prelude::*;

use crate::{
    ctx::Ctx,
    forms::{Done, Failed, Form, act, local_path},
    page::encode,
};

const OWN: &str = "/account/tools";

/// A session that cannot be written is our fault.
fn lost(error: tower_sessions::session::Error) -> Failed {
    tracing::error!(%error, "a session could not be written");
    Failed::field("", "internal")
}

/// Allows a tool what it asks for, or not; either way the tool's request goes on and hears of it.
#[server(prefix = "/do", endpoint = "clients/consent")]
pub async fn consent(
    #[server(default)] client: String,
    #[server(default)] scope: String,
    #[server(default)] next: String,
    #[server(default)] allow: String,
) -> Result<(), ServerFnError> {
    let page = format!("/provider/consent?client={}&scope={}&continue={}", encode(&client), encode(&scope), encode(&next));
    act(Form::new("consent", &page), async |cx: Ctx| {
        let id = cx.session.get::<AccountId>(session_key::PROVIDER_ACCOUNT).await.map_err(lost)?;
        let account = match id {
            Some(id) => accounts::open_account(cx.db().read(), id).await?,
            None => None,
        };
        let account = account.ok_or(Denied::SignIn)?;
        let known = store::get(cx.db().read(), &client).await?.ok_or(ClientError::NotFound)?;
        let next = local_path(&next).filter(|next| next.starts_with("/oauth2/")).unwrap_or("/").to_owned();
        let allowed = !allow.is_empty();
        if allowed {
            let scopes: Vec<Scope> =
                Scope::list(&scope).into_iter().filter(|scope| known.scopes.contains(scope)).collect();
            consents::give(cx.db(), cx.now, account.id, &client, &scopes).await?;
        }
        // The request that comes next knows by this that it was just answered, and how.
        let answer = (tokens::fingerprint(&next), allowed);
        cx.session.insert(CONSENT_ANSWER, answer).await.map_err(lost)?;
        Ok(Done::to(next))
    })
    .await
}

/// Takes back what a tool was allowed, and signs out of it.
#[server(prefix = "/do", endpoint = "clients/withdraw")]
pub async fn withdraw(#[server(default)] client: String) -> Result<(), ServerFnError> {
    act(Form::new("withdraw", OWN), async |cx: Ctx| {
        let member = cx.actor.signed_in()?.id;
        let mut found = false;
        for account in accounts_of(cx.db().read(), member).await? {
            match consents::withdraw(cx.db(), cx.now, Some(member), account, &client).await {
                Ok(()) => found = true,
                Err(ClientError::NotFound) => continue,
                Err(error) => return Err(error.into()),
            }
            ending::leave_tools(cx.db(), cx.now, account, Some(&client), Reason::Withdrawn).await?;
        }
        if !found {
            return Err(ClientError::NotFound.into());
        }
        Ok(Done::to(OWN).saying("notice_consent_withdrawn"))
    })
    .await
}

/// Signs out of one tool; the hub and the others stay.
#[server(prefix = "/do", endpoint = "clients/leave")]
pub async fn leave(#[server(default)] sid: String, #[server(default)] client: String) -> Result<(), ServerFnError> {
    act(Form::new("leave", OWN), async |cx: Ctx| {
        let member = cx.actor.signed_in()?.id;
        let mut left = false;
        for account in accounts_of(cx.db().read(), member).await? {
            left |= ending::leave_tool(cx.db(), cx.now, account, &sid, &client, Reason::SignedOut).await?;
        }
        if !left {
            return Err(ClientError::NotFound.into());
        }
        Ok(Done::to(OWN).saying("notice_tool_left"))
    })
    .await
}

/// Signs out of all tools, on all devices; the hub stays.
#[server(prefix = "/do", endpoint = "clients/leave-all")]
pub async fn leave_all() -> Result<(), ServerFnError> {
    act(Form::new("leave", OWN), async |cx: Ctx| {
        let member = cx.actor.signed_in()?.id;
        for account in accounts_of(cx.db().read(), member).await? {
            ending::leave_tools(cx.db(), cx.now, account, None, Reason::SignedOut).await?;
        }
        Ok(Done::to(OWN).saying("notice_tools_left"))
    })
    .await
}
