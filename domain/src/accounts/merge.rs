//! Two records of one person become one. Everything that points to the one that goes is moved, whatever table it stands in:
//! which ones these are, the database itself is asked, so that a table added later is not forgotten.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseBackend, DatabaseTransaction, DbErr, EntityTrait, FromQueryResult,
    QueryFilter, QuerySelect, SqlErr, Statement, TransactionTrait, Value, sea_query::Expr,
};

use super::{
    gifts,
    lock::{self, Only},
};
use crate::{
    MemberId,
    access::{Actor, Denied},
    audit,
    bookings::{self, BookingError},
    circles::{CircleRole, entity::circle_members},
    clients::access,
    db::Db,
    members::{self, Member, MemberError, Standing, entity::members as rows},
    problem::{Kind, Problem},
};

/// Why two records stay two.
#[derive(Debug, thiserror::Error)]
pub enum MergeError {
    /// Not theirs to do.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// Nobody goes by that handle.
    #[error("no such member")]
    NotFound,
    /// It is one record.
    #[error("one and the same record")]
    Same,
    /// A person and an organisation.
    #[error("a person and an organisation")]
    Kinds,
    /// A steward has ended the access of one of the two.
    #[error("the access of one record was ended")]
    Ended,
    /// What the records hold has changed since the preview.
    #[error("the records have changed since the preview")]
    Moved,
    /// A member could not be read or written.
    #[error(transparent)]
    Member(MemberError),
    /// A booking could not be settled.
    #[error(transparent)]
    Booking(#[from] BookingError),
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbErr),
}

impl From<MemberError> for MergeError {
    fn from(error: MemberError) -> Self {
        match error {
            MemberError::Db(error) => Self::Db(error),
            other => Self::Member(other),
        }
    }
}

impl Problem for MergeError {
    fn kind(&self) -> Kind {
        match self {
            Self::Denied(denied) => denied.kind(),
            Self::NotFound => Kind::NotFound,
            Self::Same | Self::Kinds => Kind::Invalid,
            Self::Ended | Self::Moved => Kind::Conflict,
            Self::Member(error) => error.kind(),
            Self::Booking(error) => error.kind(),
            Self::Db(_) => Kind::Internal,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Denied(denied) => denied.code(),
            Self::NotFound => "member_not_found",
            Self::Same => "merge_same",
            Self::Kinds => "merge_kinds",
            Self::Ended => "merge_ended",
            Self::Moved => "merge_moved",
            Self::Member(error) => error.code(),
            Self::Booking(error) => error.code(),
            Self::Db(_) => "internal",
        }
    }
}

/// What merging does, found by doing it: in a preview nothing of it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Joined {
    /// The record that stays, as it will be.
    pub becomes: Member,
    /// The record that goes.
    pub goes: Member,
    /// How many rows move, by table.
    pub moved: BTreeMap<String, u64>,
    /// How many rows both had, by table: they stay once.
    pub once: BTreeMap<String, u64>,
    /// How many sessions on devices end: those of the record that goes.
    pub ended: u64,
}

impl Joined {
    /// What was looked at, in short: a merge is done only if it is still the same.
    pub fn fingerprint(&self) -> String {
        crate::tokens::fingerprint(&format!(
            "{:?} {:?} {:?} {}",
            self.becomes,
            self.goes,
            (&self.moved, &self.once),
            self.ended
        ))
    }
}

/// What would happen if the record `goes` became part of the record `keep`.
pub async fn preview(db: &Db, actor: &Actor, keep: &str, goes: &str, now: DateTime<Utc>) -> Result<Joined, MergeError> {
    actor.may_steward()?;
    let tx = db.begin().await?;
    let joined = join(&tx, keep, goes, now).await?;
    tx.rollback().await?;
    Ok(joined)
}

/// Makes two records one. It cannot be undone, so `seen` has to be the fingerprint of a preview that still holds.
pub async fn merge(
    db: &Db,
    actor: &Actor,
    keep: &str,
    goes: &str,
    seen: &str,
    now: DateTime<Utc>,
) -> Result<Joined, MergeError> {
    let by = actor.may_steward()?.id;
    let tx = db.begin().await?;
    let joined = join(&tx, keep, goes, now).await?;
    if joined.fingerprint() != seen {
        return Err(MergeError::Moved);
    }
    // A steward may have been the one who goes.
    let by = if by == joined.goes.id { joined.becomes.id } else { by };
    let detail = format!(
        "{} ({}), moved {:?}, once {:?}",
        joined.goes.handle, joined.goes.id, joined.moved, joined.once
    );
    audit::record(&tx, now, Some(by), "member.merge", &joined.becomes.handle, &detail).await?;
    tx.commit().await?;
    Ok(joined)
}

async fn join(tx: &DatabaseTransaction, keep: &str, goes: &str, now: DateTime<Utc>) -> Result<Joined, MergeError> {
    lock::hold(tx, Only::Gifts).await?;
    let keep = members::store::by_handle(tx, keep).await?.ok_or(MergeError::NotFound)?;
    let goes = members::store::by_handle(tx, goes).await?.ok_or(MergeError::NotFound)?;
    if keep.id == goes.id {
        return Err(MergeError::Same);
    }
    if keep.kind != goes.kind {
        return Err(MergeError::Kinds);
    }
    // A second record is no way around the end of somebody's access.
    if was_ended(tx, &keep).await? != was_ended(tx, &goes).await? {
        return Err(MergeError::Ended);
    }
    let ended = end_sessions(tx, goes.id).await?;
    gifts::settle_origins(tx, &keep, &goes).await?;
    bookings::store::settle_doubles(tx, keep.id, goes.id, now).await?;
    settle_circles(tx, keep.id, goes.id).await?;
    let (mut moved, mut once) = (BTreeMap::new(), BTreeMap::new());
    for Reference { table, column } in references(tx).await? {
        for row in rows_of(tx, &table, &column, goes.id).await? {
            let count = if move_row(tx, &table, &column, &row, keep.id).await? {
                &mut moved
            } else {
                &mut once
            };
            *count.entry(table.clone()).or_insert(0) += 1;
        }
    }
    settle_reviews(tx, keep.id, goes.id).await?;
    // What still points to it keeps the database from letting it go.
    rows::Entity::delete_by_id(goes.id.0).exec(tx).await?;
    members::store::note_former_handle(tx, now, &goes.handle, keep.id).await?;
    let becomes = fill(keep, &goes);
    members::store::save(tx, &becomes, now).await?;
    Ok(Joined {
        becomes,
        goes,
        moved,
        once,
        ended,
    })
}

async fn was_ended(tx: &impl ConnectionTrait, member: &Member) -> Result<bool, DbErr> {
    Ok(member.standing == Standing::Left && access::last(tx, member.id).await?.is_some())
}

/// Questions about people in reviews name them without pointing to them, since they are about tools too.
async fn settle_reviews(tx: &impl ConnectionTrait, keep: MemberId, goes: MemberId) -> Result<(), DbErr> {
    for (text, values) in [
        (
            "UPDATE access_review_items SET subject_id = $1 WHERE kind = 'person' AND subject_id = $2
             AND review_id NOT IN (SELECT review_id FROM access_review_items WHERE kind = 'person' AND subject_id = $1)",
            vec![keep.0.into(), goes.0.into()],
        ),
        (
            "DELETE FROM access_review_items WHERE kind = 'person' AND subject_id = $1",
            vec![goes.0.into()],
        ),
    ] {
        let statement = Statement::from_sql_and_values(tx.get_database_backend(), text, values);
        tx.execute_raw(statement).await?;
    }
    Ok(())
}

/// Sessions name their member inside as well, so that they end; the person signs in anew.
async fn end_sessions(tx: &impl ConnectionTrait, member: MemberId) -> Result<u64, DbErr> {
    use super::entity::browser_session::{Column, Entity};
    let ended = Entity::delete_many()
        .filter(Column::MemberId.eq(member.0))
        .exec(tx)
        .await?;
    Ok(ended.rows_affected)
}

/// Where both are in one circle, the role that comes first in the circle's order stays.
async fn settle_circles(tx: &impl ConnectionTrait, keep: MemberId, goes: MemberId) -> Result<(), DbErr> {
    use circle_members::{Column, Entity};
    for theirs in Entity::find().filter(Column::MemberId.eq(goes.0)).all(tx).await? {
        let own = Entity::find_by_id((theirs.circle_id, keep.0)).one(tx).await?;
        if own.is_some_and(|own| CircleRole::read(&theirs.role) < CircleRole::read(&own.role)) {
            Entity::update_many()
                .col_expr(Column::Role, Expr::value(theirs.role))
                .filter(Column::CircleId.eq(theirs.circle_id))
                .filter(Column::MemberId.eq(keep.0))
                .exec(tx)
                .await?;
        }
    }
    Ok(())
}

/// What one record lacks, the other fills in; of class, right and standing the better counts.
fn fill(mut keep: Member, goes: &Member) -> Member {
    for (own, theirs) in [
        (&mut keep.pronouns, &goes.pronouns),
        (&mut keep.about, &goes.about),
        (&mut keep.email, &goes.email),
        (&mut keep.website, &goes.website),
        (&mut keep.region, &goes.region),
        (&mut keep.locale, &goes.locale),
    ] {
        if own.is_empty() {
            own.clone_from(theirs);
        }
    }
    for language in &goes.languages {
        if !keep.languages.contains(language) {
            keep.languages.push(language.clone());
        }
    }
    // What one record hides, the joined one hides: nothing is shown that was not shown before.
    for (field, theirs) in &goes.visibility {
        let own = keep.visibility_of(*field);
        keep.visibility.insert(*field, own.max(*theirs));
    }
    keep.class.operational |= goes.class.operational;
    keep.class.user |= goes.class.user;
    keep.steward |= goes.steward;
    let rank = |standing: Standing| match standing {
        Standing::Active => 0,
        Standing::Inactive => 1,
        Standing::Lapsed => 2,
        Standing::Applicant => 3,
        Standing::Left => 4,
    };
    if rank(goes.standing) < rank(keep.standing) {
        keep.standing = goes.standing;
    }
    if let Some(theirs) = goes.recognised_at
        && keep.recognised_at.is_none_or(|own| theirs < own)
    {
        keep.recognised_at = Some(theirs);
        keep.recognised_by.clone_from(&goes.recognised_by);
    }
    keep.created_at = keep.created_at.min(goes.created_at);
    keep
}

/// A column that points to members.
#[derive(Debug, FromQueryResult)]
struct Reference {
    table: String,
    column: String,
}

/// Every column of the schema that points to members.
async fn references(tx: &impl ConnectionTrait) -> Result<Vec<Reference>, DbErr> {
    let sql = match tx.get_database_backend() {
        DatabaseBackend::Postgres => {
            r#"SELECT c.conrelid::regclass::text AS "table", a.attname::text AS "column" FROM pg_constraint c
               JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = ANY (c.conkey)
               WHERE c.contype = 'f' AND c.confrelid = 'members'::regclass ORDER BY 1, 2"#
        }
        _ => {
            r#"SELECT m.name AS "table", f."from" AS "column" FROM sqlite_master m, pragma_foreign_key_list(m.name) f
               WHERE m.type = 'table' AND f."table" = 'members' ORDER BY 1, 2"#
        }
    };
    Reference::find_by_statement(Statement::from_string(tx.get_database_backend(), sql))
        .all(tx)
        .await
}

/// Where a row stands, as the database itself says it.
async fn rows_of(tx: &impl ConnectionTrait, table: &str, column: &str, member: MemberId) -> Result<Vec<Value>, DbErr> {
    let backend = tx.get_database_backend();
    let place = if backend == DatabaseBackend::Postgres {
        "ctid::text"
    } else {
        "rowid"
    };
    let sql = format!(r#"SELECT {place} AS place FROM {table} WHERE "{column}" = $1 ORDER BY 1"#);
    let found = tx
        .query_all_raw(Statement::from_sql_and_values(backend, sql, [member.0.into()]))
        .await?;
    found
        .iter()
        .map(|row| {
            Ok(match backend {
                DatabaseBackend::Postgres => row.try_get::<String>("", "place")?.into(),
                _ => row.try_get::<i64>("", "place")?.into(),
            })
        })
        .collect()
}

/// Moves a row to the record that stays, or drops it where that record has the same one. True where it moved.
async fn move_row(
    tx: &DatabaseTransaction,
    table: &str,
    column: &str,
    place: &Value,
    keep: MemberId,
) -> Result<bool, DbErr> {
    let backend = tx.get_database_backend();
    let place_is = |n: u8| match backend {
        DatabaseBackend::Postgres => format!("ctid = ${n}::tid"),
        _ => format!("rowid = ${n}"),
    };
    let update = format!(r#"UPDATE {table} SET "{column}" = $1 WHERE {}"#, place_is(2));
    let part = tx.begin().await?;
    let done = part
        .execute_raw(Statement::from_sql_and_values(
            backend,
            update,
            [keep.0.into(), place.clone()],
        ))
        .await;
    match done {
        Ok(_) => {
            part.commit().await?;
            Ok(true)
        }
        Err(error) if matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_))) => {
            part.rollback().await?;
            let delete = format!("DELETE FROM {table} WHERE {}", place_is(1));
            tx.execute_raw(Statement::from_sql_and_values(backend, delete, [place.clone()]))
                .await?;
            Ok(false)
        }
        Err(error) => Err(error),
    }
}

/// Handles of people who go by the same name, for a steward who looks for a second record.
pub async fn namesakes(db: &impl ConnectionTrait, member: &Member) -> Result<Vec<String>, DbErr> {
    rows::Entity::find()
        .select_only()
        .column(rows::Column::Handle)
        .filter(rows::Column::SortKey.eq(members::rules::fold(&member.name)))
        .filter(rows::Column::Kind.eq(member.kind.as_str()))
        .filter(rows::Column::Id.ne(member.id.0))
        .limit(20)
        .into_tuple()
        .all(db)
        .await
}

#[cfg(test)]
#[path = "merge_tests.rs"]
mod tests;
