//! The audit log: every act of power leaves a line.

use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveModelBehavior, ActiveModelTrait, ConnectionTrait, DbErr, ExprTrait, QueryOrder, QuerySelect, Set,
    entity::prelude::*,
};
use uuid::Uuid;

use crate::MemberId;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_log")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    id: Uuid,
    at: DateTime<Utc>,
    actor_id: Option<Uuid>,
    act: String,
    subject: String,
    detail: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// A line about somebody, for themselves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// When.
    pub at: DateTime<Utc>,
    /// What, such as `session.open`.
    pub act: String,
    /// To what.
    pub subject: String,
    /// Whether they did it, rather than somebody doing it to their record.
    pub own: bool,
}

/// The latest lines that a member wrote or that are about their record, the last one first.
pub async fn of_member(
    db: &impl ConnectionTrait,
    member: MemberId,
    handle: &str,
    most: u64,
) -> Result<Vec<Line>, DbErr> {
    let about_them = Column::Subject.eq(handle).and(Column::Act.starts_with("member."));
    let rows = Entity::find()
        .filter(Column::ActorId.eq(member.0).or(about_them))
        .order_by_desc(Column::At)
        .limit(most)
        .all(db)
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| Line {
            at: row.at,
            act: row.act,
            subject: row.subject,
            own: row.actor_id == Some(member.0),
        })
        .collect())
}

/// Writes a line: who (`None` for the command line), did what (`session.open`), to what, with which detail.
/// Call it in the transaction of the act itself.
pub async fn record(
    db: &impl ConnectionTrait,
    at: DateTime<Utc>,
    actor: Option<MemberId>,
    act: &str,
    subject: &str,
    detail: &str,
) -> Result<(), DbErr> {
    ActiveModel {
        id: Set(Uuid::now_v7()),
        at: Set(at),
        actor_id: Set(actor.map(|id| id.0)),
        act: Set(act.to_owned()),
        subject: Set(subject.to_owned()),
        detail: Set(detail.to_owned()),
    }
    .insert(db)
    .await?;
    Ok(())
}
