//! The register of members: acts of power, each with its line in the audit log.

use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, PaginatorTrait, QueryFilter, sea_query::Expr};

use super::by_handle;
use crate::{
    MemberId,
    accounts::gifts,
    audit,
    db::Db,
    members::{Class, MemberError, MemberRef, Standing, entity::members},
};

/// How many members the hub has, those who left apart.
pub async fn count(db: &impl ConnectionTrait) -> Result<u64, DbErr> {
    members::Entity::find()
        .filter(members::Column::Standing.ne(Standing::Left.as_str()))
        .count(db)
        .await
}

/// Makes a member a steward of the hub, or an ordinary member again. `by` is `None` for the command line.
///
/// # Errors
/// [`MemberError::LastSteward`] where nobody else would hold the keys.
pub async fn promote(
    db: &Db,
    by: Option<MemberId>,
    handle: &str,
    steward: bool,
    now: DateTime<Utc>,
) -> Result<MemberRef, MemberError> {
    let act = if steward { "member.promote" } else { "member.demote" };
    change(db, by, handle, now, act, "", |row| {
        row.col_expr(members::Column::Steward, Expr::value(steward))
    })
    .await
}

/// Sets a member's class.
pub async fn set_class(
    db: &Db,
    by: Option<MemberId>,
    handle: &str,
    class: Class,
    now: DateTime<Utc>,
) -> Result<MemberRef, MemberError> {
    let detail = format!("operational={} user={}", class.operational, class.user);
    change(db, by, handle, now, "member.class", &detail, |row| {
        row.col_expr(members::Column::Operational, Expr::value(class.operational))
            .col_expr(members::Column::UserMember, Expr::value(class.user))
    })
    .await
}

/// Notes in the register that an assembly recognised a member, who is active from then on.
pub async fn recognise(
    db: &Db,
    by: Option<MemberId>,
    handle: &str,
    assembly: &str,
    now: DateTime<Utc>,
) -> Result<MemberRef, MemberError> {
    change(db, by, handle, now, "member.recognise", assembly, |row| {
        row.col_expr(members::Column::Standing, Expr::value(Standing::Active.as_str()))
            .col_expr(members::Column::RecognisedAt, Expr::value(now))
            .col_expr(members::Column::RecognisedBy, Expr::value(assembly))
    })
    .await
}

async fn change(
    db: &Db,
    by: Option<MemberId>,
    handle: &str,
    now: DateTime<Utc>,
    act: &str,
    detail: &str,
    set: impl FnOnce(sea_orm::UpdateMany<members::Entity>) -> sea_orm::UpdateMany<members::Entity>,
) -> Result<MemberRef, MemberError> {
    let tx = db.begin().await?;
    let member = by_handle(&tx, handle).await?.ok_or(MemberError::NotFound)?;
    if act == "member.demote" && member.steward && gifts::hold_last_steward(&tx, member.id).await? {
        return Err(MemberError::LastSteward);
    }
    set(members::Entity::update_many())
        .col_expr(members::Column::UpdatedAt, Expr::value(now))
        .filter(members::Column::Id.eq(member.id.0))
        .exec(&tx)
        .await?;
    audit::record(&tx, now, by, act, &member.handle, detail).await?;
    tx.commit().await?;
    Ok(member.to_ref())
}
