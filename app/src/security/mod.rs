//! How a person signs in at the built-in provider, who may come in, and what happened to an account.

pub mod actions;
mod codes;
pub(crate) mod passkey_box;
pub mod pages;

use domain::{
    AccountId,
    accounts::{AccountError, identities},
};

use crate::ctx::Ctx;

/// The account of whoever asks. Who signs in through another service has none here.
pub(crate) async fn own_account<E>(cx: &Ctx) -> Result<AccountId, E>
where
    E: From<domain::access::Denied> + From<AccountError> + From<sea_orm::DbErr>,
{
    let member = cx.actor.signed_in()?.id;
    let account = identities::account_of(cx.db().read(), member).await?;
    account.filter(|_| cx.settings().builtin_provider).ok_or_else(|| AccountError::NoAccount.into())
}
