//! Invitations: a link that makes one account, once, for some days. Who registers or was let in gets one too: by mail, so
//! that using it shows whose address it is.

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, Set, sea_query::Expr,
};

use super::{
    Account, AccountError, Invitation, Origin, addresses, check_name,
    entity::invitation::{ActiveModel, Column, Entity, Model},
    events, is_email,
    letters::{self, About, Letter},
    normal_email,
    store::{self, Opening},
};
use crate::{AccountId, access::ActingMember, audit, db::Db, members::Class, tokens};

/// How long an invitation can be used.
pub const VALID: TimeDelta = TimeDelta::days(14);

impl Origin {
    fn name(self) -> &'static str {
        match self {
            Self::Invited => "invited",
            Self::Registered => "registered",
            Self::Approved => "approved",
        }
    }

    fn named(name: &str) -> Self {
        match name {
            "registered" => Self::Registered,
            "approved" => Self::Approved,
            _ => Self::Invited,
        }
    }
}

impl From<Model> for Invitation {
    fn from(row: Model) -> Self {
        Self {
            email: row.email,
            name: row.name,
            origin: Origin::named(&row.origin),
            mailed: row.mailed,
            class: Class {
                operational: row.operational,
                user: row.user_member,
            },
            expires_at: row.expires_at,
        }
    }
}

/// An invitation to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewInvitation {
    /// For whom.
    pub email: String,
    /// Their name, where it is known.
    pub name: String,
    /// The class of membership that comes with it.
    pub class: Class,
    /// Where it comes from.
    pub origin: Origin,
    /// Whether it goes out by mail.
    pub mailed: bool,
}

/// Invites somebody with a link that is handed over by hand: gives the link. For the command line.
pub async fn invite_by_hand(
    db: &Db,
    now: DateTime<Utc>,
    base_url: &str,
    email: &str,
    class: Class,
) -> Result<String, AccountError> {
    let email = checked(email)?;
    let tx = db.begin().await?;
    let new = NewInvitation {
        email: email.clone(),
        name: String::new(),
        class,
        origin: Origin::Invited,
        mailed: false,
    };
    let token = create(&tx, now, &new).await?;
    audit::record(&tx, now, None, "account.invite", &email, "").await?;
    tx.commit().await?;
    Ok(format!("{}/invitations/{token}", base_url.trim_end_matches('/')))
}

/// Invites somebody by letter. `by` is the steward, or none for the command line.
pub async fn invite(
    db: &Db,
    now: DateTime<Utc>,
    by: Option<&ActingMember>,
    email: &str,
    class: Class,
    locale: &str,
) -> Result<(), AccountError> {
    let email = checked(email)?;
    let tx = db.begin().await?;
    let about = About::Invitation {
        by: by.map(|member| member.name.clone()),
        operational: class.operational,
        user: class.user,
    };
    letters::post(
        &tx,
        now,
        &Letter {
            to: email.clone(),
            locale: locale.to_owned(),
            about,
        },
    )
    .await?;
    audit::record(&tx, now, by.map(|member| member.id), "account.invite", &email, "").await?;
    tx.commit().await?;
    db.wake_outbox();
    Ok(())
}

fn checked(email: &str) -> Result<String, AccountError> {
    let email = normal_email(email);
    if is_email(&email) {
        Ok(email)
    } else {
        Err(AccountError::EmailInvalid)
    }
}

/// Makes an invitation and gives its token; the database keeps only the fingerprint.
pub async fn create(db: &impl ConnectionTrait, now: DateTime<Utc>, new: &NewInvitation) -> Result<String, DbErr> {
    let token = tokens::secret();
    ActiveModel {
        token_hash: Set(tokens::fingerprint(&token)),
        email: Set(normal_email(&new.email)),
        operational: Set(new.class.operational),
        user_member: Set(new.class.user),
        created_at: Set(now),
        expires_at: Set(now + VALID),
        used_at: Set(None),
        account_id: Set(None),
        name: Set(new.name.clone()),
        origin: Set(new.origin.name().to_owned()),
        mailed: Set(new.mailed),
    }
    .insert(db)
    .await?;
    Ok(token)
}

/// An invitation that can be used now.
///
/// # Errors
/// [`AccountError::InvitationUnusable`] where it is unknown, used or expired.
pub async fn usable(db: &impl ConnectionTrait, now: DateTime<Utc>, token: &str) -> Result<Invitation, AccountError> {
    Entity::find_by_id(tokens::fingerprint(token))
        .filter(Column::UsedAt.is_null())
        .filter(Column::ExpiresAt.gt(now))
        .one(db)
        .await?
        .map(Invitation::from)
        .ok_or(AccountError::InvitationUnusable)
}

/// Uses an invitation up and makes the account, for the address that it was written to. Where it came by letter the
/// address is proved; else a letter goes there now.
pub async fn redeem(
    db: &Db,
    now: DateTime<Utc>,
    token: &str,
    name: &str,
    password: &str,
    locale: &str,
) -> Result<Account, AccountError> {
    let opening = Opening::Password(password.to_owned());
    redeem_with(db, now, token, name, &opening, locale).await
}

/// The same with another way of opening the account.
pub async fn redeem_with(
    db: &Db,
    now: DateTime<Utc>,
    token: &str,
    name: &str,
    opening: &Opening,
    locale: &str,
) -> Result<Account, AccountError> {
    let invitation = usable(db.read(), now, token).await?;
    let (name, email) = (check_name(name)?, normal_email(&invitation.email));
    if !is_email(&email) {
        return Err(AccountError::EmailInvalid);
    }
    let (id, hash) = opening.prepared(&name, &email).await?;
    let tx = db.begin().await?;
    let account = store::insert_account_as(&tx, now, id, &email, &name, &hash).await?;
    opening.keep(&tx, now).await?;
    store::read_in(&tx, account.id, locale).await?;
    if invitation.mailed {
        addresses::prove(&tx, now, account.id, &email).await?;
    } else {
        addresses::ask(&tx, now, account.id, &email).await?;
    }
    let used = Entity::update_many()
        .col_expr(Column::UsedAt, Expr::value(Some(now)))
        .col_expr(Column::AccountId, Expr::value(Some(account.id.0)))
        .filter(Column::TokenHash.eq(tokens::fingerprint(token)))
        .filter(Column::UsedAt.is_null())
        .filter(Column::ExpiresAt.gt(now))
        .exec(&tx)
        .await?;
    if used.rows_affected != 1 {
        return Err(AccountError::InvitationUnusable);
    }
    events::record(&tx, now, account.id, "account_made", invitation.origin.name()).await?;
    tx.commit().await?;
    db.wake_outbox();
    Ok(account)
}

/// An invitation of a steward that nobody has used yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Open {
    /// Fingerprint of its token.
    pub id: String,
    /// What it says.
    pub invitation: Invitation,
}

/// Invitations of stewards that can still be used, the latest first.
pub async fn open(db: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<Vec<Open>, DbErr> {
    let rows = Entity::find()
        .filter(Column::UsedAt.is_null())
        .filter(Column::ExpiresAt.gt(now))
        .filter(Column::Origin.eq(Origin::Invited.name()))
        .order_by_desc(Column::CreatedAt)
        .all(db)
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| Open {
            id: row.token_hash.clone(),
            invitation: row.into(),
        })
        .collect())
}

/// Takes an invitation back.
pub async fn withdraw(db: &Db, now: DateTime<Utc>, by: &ActingMember, id: &str) -> Result<(), AccountError> {
    let tx = db.begin().await?;
    let row = Entity::find_by_id(id.to_owned())
        .filter(Column::UsedAt.is_null())
        .one(&tx)
        .await?
        .ok_or(AccountError::InvitationNotFound)?;
    Entity::delete_by_id(id.to_owned()).exec(&tx).await?;
    audit::record(&tx, now, Some(by.id), "account.withdraw_invitation", &row.email, "").await?;
    tx.commit().await?;
    Ok(())
}

/// The class of membership that an account was invited with; none where it came by itself.
pub async fn class_of(db: &impl ConnectionTrait, account: AccountId) -> Result<Option<Class>, DbErr> {
    let row = Entity::find().filter(Column::AccountId.eq(account.0)).one(db).await?;
    Ok(row.map(|row| Invitation::from(row).class))
}

/// Removes invitations that ran out unused long ago.
pub async fn sweep(db: &Db, now: DateTime<Utc>) -> Result<u64, DbErr> {
    let tx = db.begin().await?;
    let swept = Entity::delete_many()
        .filter(Column::UsedAt.is_null())
        .filter(Column::ExpiresAt.lte(now - VALID))
        .exec(&tx)
        .await?;
    tx.commit().await?;
    Ok(swept.rows_affected)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::testing::{at, member, on_each_database};

    const GOOD: &str = "grows in the shade";

    #[tokio::test(flavor = "multi_thread")]
    async fn an_invitation_makes_one_account() {
        on_each_database(|db| async move {
            let now = at(2026, 11, 23, 9, 0);
            let class = Class {
                operational: true,
                user: false,
            };
            let link = invite_by_hand(&db, now, "https://hub.example/", "Bo@example.org", class)
                .await
                .unwrap();
            let token = link.strip_prefix("https://hub.example/invitations/").unwrap();
            assert_eq!(usable(db.read(), now, token).await.unwrap().email, "bo@example.org");

            let late = redeem(&db, now + VALID, token, "Bo", GOOD, "es").await;
            assert!(matches!(late, Err(AccountError::InvitationUnusable)));

            let account = redeem(&db, now, token, "Bo", GOOD, "es").await.unwrap();
            assert_eq!(account.email, "bo@example.org");
            assert_eq!(class_of(db.read(), account.id).await.unwrap(), Some(class));
            assert!(
                !addresses::main_is_verified(db.read(), account.id).await.unwrap(),
                "a link handed over proves no address"
            );
            let again = redeem(&db, now, token, "Bo", GOOD, "es").await;
            assert!(matches!(again, Err(AccountError::InvitationUnusable)));
        })
        .await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn an_invitation_by_letter_proves_the_address_and_can_be_taken_back() {
        on_each_database(|db| async move {
            let now = at(2026, 11, 23, 9, 0);
            let mut by = member("ada");
            by.id = crate::testing::make_member(&db, "ada").await;
            assert!(
                invite(&db, now, Some(&by), "nobody", Class::default(), "")
                    .await
                    .is_err()
            );
            invite(&db, now, Some(&by), "bo@example.org", Class::default(), "es")
                .await
                .unwrap();
            let leased = crate::outbox::claim(&db, now, &[letters::KIND], 9)
                .await
                .unwrap()
                .remove(0);
            assert!(
                !leased.payload.contains("/invitations/"),
                "no secret waits in the database"
            );
            let letter: Letter = serde_json::from_str(&leased.payload).unwrap();
            let path = letters::ready(&db, now, &letter).await.unwrap().unwrap().path.unwrap();
            let token = path.strip_prefix("/invitations/").unwrap();
            let account = redeem(&db, now, token, "Bo", GOOD, "es").await.unwrap();
            assert!(addresses::main_is_verified(db.read(), account.id).await.unwrap());

            letters::ready(&db, now, &letter).await.unwrap();
            let waiting = open(db.read(), now).await.unwrap();
            assert_eq!(waiting.len(), 1);
            withdraw(&db, now, &by, &waiting[0].id).await.unwrap();
            assert!(open(db.read(), now).await.unwrap().is_empty());
        })
        .await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn an_invitation_used_by_many_at_once_is_used_once() {
        on_each_database(|db| async move {
            let now = at(2026, 11, 23, 9, 0);
            let link = invite_by_hand(&db, now, "", "x@example.org", Class::default())
                .await
                .unwrap();
            let token = link.strip_prefix("/invitations/").unwrap().to_owned();
            let mut tries = tokio::task::JoinSet::new();
            for n in 0..4 {
                let (db, token) = (db.clone(), token.clone());
                tries.spawn(async move { redeem(&db, now, &token, &format!("P{n}"), GOOD, "").await.is_ok() });
            }
            assert_eq!(tries.join_all().await.into_iter().filter(|ok| *ok).count(), 1);
        })
        .await;
    }
}
