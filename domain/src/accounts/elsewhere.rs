//! Accounts of people who come to the hub through a provider elsewhere. The tools trust the hub alone, so that whoever
//! came in by another door needs a subject here before a tool can know them.

use chrono::{DateTime, Utc};

use super::{
    Account, AccountError, BUILT_IN_ISSUER, Source, addresses, arrivals::Person, events, identities, is_email, store,
};
use crate::{MemberId, db::Db, members};

/// The account that tools know a member by, who came through this provider: the one they have, or a new one without a
/// password. There is none where the provider has proved no address, or one that is somebody's here already: an address
/// links nobody, so that they sign in to that account once and link it.
///
/// # Errors
/// Where the database does not answer.
pub async fn account_for(
    db: &Db,
    now: DateTime<Utc>,
    member: MemberId,
    source: &Source,
    user_agent: &str,
) -> Result<Option<Account>, AccountError> {
    match made(db, now, member, source, user_agent).await {
        // A second window was quicker, or it is somebody else's.
        Err(AccountError::EmailTaken) => known(db.read(), member).await,
        result => result,
    }
}

async fn known(db: &impl sea_orm::ConnectionTrait, member: MemberId) -> Result<Option<Account>, AccountError> {
    match identities::account_of(db, member).await? {
        Some(account) => Ok(store::open_account(db, account).await?),
        None => Ok(None),
    }
}

async fn made(
    db: &Db,
    now: DateTime<Utc>,
    member: MemberId,
    source: &Source,
    user_agent: &str,
) -> Result<Option<Account>, AccountError> {
    let tx = db.begin().await?;
    if identities::account_of(&tx, member).await?.is_some() {
        return known(&tx, member).await;
    }
    let ways = identities::of_member(&tx, member).await?;
    let came = ways
        .into_iter()
        .find(|way| way.issuer == source.issuer && way.subject == source.subject);
    let Some(came) = came.filter(|way| way.email_verified && is_email(&way.email)) else {
        return Ok(None);
    };
    let Some(own) = members::store::get(&tx, member).await? else {
        return Ok(None);
    };
    let account = store::insert_account(&tx, now, &came.email, &own.name, "").await?;
    addresses::prove(&tx, now, account.id, &account.email).await?;
    let subject = account.id.to_string();
    identities::link(&tx, now, BUILT_IN_ISSUER, &subject, member).await?;
    let person = Person {
        issuer: BUILT_IN_ISSUER.to_owned(),
        subject,
        name: Some(account.name.clone()),
        email: Some(account.email.clone()),
        email_verified: true,
        ..Person::default()
    };
    identities::touch(&tx, now, &person).await?;
    events::record(&tx, now, account.id, "account_made", user_agent).await?;
    tx.commit().await?;
    Ok(Some(account))
}
