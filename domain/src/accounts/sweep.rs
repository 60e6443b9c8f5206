//! Removing what has had its day.

use chrono::{DateTime, Utc};
use sea_orm::DbErr;

use super::{browsers, invitations, links, requests, throttle};
use crate::db::Db;

/// Removes links, invitations and decisions that are over, browsers not seen for long, and brakes that are free again.
pub async fn sweep(db: &Db, now: DateTime<Utc>) -> Result<u64, DbErr> {
    Ok(links::sweep(db, now).await?
        + invitations::sweep(db, now).await?
        + requests::sweep(db, now).await?
        + browsers::sweep(db, now).await?
        + throttle::sweep(db, now).await?)
}
