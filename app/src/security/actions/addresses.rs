//! One's own addresses and password.

use domain::{
    accounts::{
        AccountError, addresses, reset, store,
        throttle::{self, OWN, may_write},
    },
    tokens,
};
use leptos::prelude::*;

use crate::{
    account::actions::{beside, provider_is_here},
    ctx::Ctx,
    forms::{Done, Failed, Form, act},
    page::encode,
    security::own_account,
};

const PAGE: &str = "/account/security";

/// Adds an address; a letter goes there.
#[server(prefix = "/do", endpoint = "account/add-address")]
pub async fn add_address(#[server(default)] email: String) -> Result<(), ServerFnError> {
    act(Form::new("add_address", PAGE).typed(&[("email", &email)]), async |cx: Ctx| {
        let account = own_account::<Failed>(&cx).await?;
        cx.require_fresh().await?;
        if !may_write(cx.db(), cx.now, &email, &cx.place).await? {
            return Err(AccountError::TooManyAttempts.into());
        }
        addresses::add(cx.db(), cx.now, account, &email).await.map_err(beside)?;
        Ok(Done::to(PAGE).saying("notice_address_added"))
    })
    .await
}

/// Sends the letter to an address once more.
#[server(prefix = "/do", endpoint = "account/ask-again")]
pub async fn ask_again(#[server(default)] address: String) -> Result<(), ServerFnError> {
    act(Form::new("addresses", PAGE), async |cx: Ctx| {
        let account = own_account::<Failed>(&cx).await?;
        if !may_write(cx.db(), cx.now, &address, &cx.place).await? {
            return Err(AccountError::TooManyAttempts.into());
        }
        addresses::ask_again(cx.db(), cx.now, account, &address).await?;
        Ok(Done::to(PAGE).saying("notice_address_added"))
    })
    .await
}

/// Says yes to the letter: the address is one's own.
#[server(prefix = "/do", endpoint = "account/verify-address")]
pub async fn verify_address(#[server(default)] token: String) -> Result<(), ServerFnError> {
    act(Form::new("verify", &format!("/account/verify/{}", encode(&token))), async |cx: Ctx| {
        provider_is_here(&cx)?;
        addresses::verify(cx.db(), cx.now, &token).await?;
        let to = if cx.member().is_some() { PAGE } else { "/" };
        Ok(Done::to(to).saying("notice_address_verified"))
    })
    .await
}

/// Lets letters go to another address.
#[server(prefix = "/do", endpoint = "account/main-address")]
pub async fn make_main(#[server(default)] address: String) -> Result<(), ServerFnError> {
    act(Form::new("addresses", PAGE), async |cx: Ctx| {
        let account = own_account::<Failed>(&cx).await?;
        cx.require_fresh().await?;
        addresses::make_main(cx.db(), cx.now, account, &address).await?;
        Ok(Done::to(PAGE).saying("notice_address_main"))
    })
    .await
}

/// Removes an address.
#[server(prefix = "/do", endpoint = "account/remove-address")]
pub async fn remove_address(#[server(default)] address: String) -> Result<(), ServerFnError> {
    act(Form::new("addresses", PAGE), async |cx: Ctx| {
        let account = own_account::<Failed>(&cx).await?;
        cx.require_fresh().await?;
        addresses::remove(cx.db(), cx.now, account, &address).await?;
        Ok(Done::to(PAGE).saying("notice_address_removed"))
    })
    .await
}

/// Changes the password; giving the present one shows who asks. Who has none yet has lately signed in another way.
#[server(prefix = "/do", endpoint = "account/change-password")]
pub async fn change_password(
    #[server(default)] present: String,
    #[server(default)] password: String,
) -> Result<(), ServerFnError> {
    act(Form::new("password", PAGE), async |cx: Ctx| {
        let account = own_account::<Failed>(&cx).await?;
        if !store::has_password(cx.db().read(), account).await? {
            cx.require_fresh().await?;
        }
        if !throttle::take(cx.db(), cx.now, OWN, &account.to_string()).await? {
            return Err(AccountError::TooManyAttempts.into());
        }
        let this = cx.session.id().map(|id| tokens::fingerprint(&id.to_string())).unwrap_or_default();
        reset::change(cx.db(), cx.now, account, &present, &password, &this).await.map_err(beside)?;
        throttle::forgive(cx.db(), OWN, &account.to_string()).await?;
        Ok(Done::to(PAGE).saying("notice_password_changed"))
    })
    .await
}
