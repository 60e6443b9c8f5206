//! The audit log: every act of power leaves a line.

use chrono::{DateTime, Utc};
use sea_orm::{ActiveModelBehavior, ActiveModelTrait, ConnectionTrait, DbErr, Set, entity::prelude::*};
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
