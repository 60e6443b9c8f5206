//! How the tools stand that accounts are sent to.

use std::collections::HashMap;

use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};

use super::{
    Counts, Target, Trouble, settle,
    target::{COLUMNS, Row},
};
use crate::{clients::rows::sql, outbox};

/// A tool and how far it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overview {
    /// The tool.
    pub target: Target,
    /// How far it is.
    pub counts: Counts,
    /// Whether the hub tries no more until somebody asks for it.
    pub given_up: bool,
}

/// Something that a tool did not take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Its name there.
    pub name: String,
    /// Why.
    pub trouble: Trouble,
    /// In the tool's words.
    pub detail: String,
}

/// All of them, by name of the tool in requests.
pub async fn overview(db: &impl ConnectionTrait) -> Result<Vec<Overview>, DbErr> {
    let text = format!("SELECT {COLUMNS} FROM scim_targets t ORDER BY t.client_id");
    let targets = Row::find_by_statement(sql(db, &text, [])).all(db).await?;
    let mut counted = count(db).await?;
    let mut all = Vec::new();
    for target in targets.into_iter().map(Target::from) {
        let last = outbox::standing(db, &settle::key(&target.client_id, target.push)).await?;
        all.push(Overview {
            counts: counted.remove(&target.client_id).unwrap_or_default(),
            given_up: last == Some(outbox::Standing::GivenUp),
            target,
        });
    }
    Ok(all)
}

/// How far one of them is, and whether the hub gave up.
pub async fn counts(db: &impl ConnectionTrait, target: &Target) -> Result<(Counts, bool), DbErr> {
    let last = outbox::standing(db, &settle::key(&target.client_id, target.push)).await?;
    let counts = count(db).await?.remove(&target.client_id).unwrap_or_default();
    Ok((counts, last == Some(outbox::Standing::GivenUp)))
}

#[derive(FromQueryResult)]
struct Count {
    client_id: String,
    people: i64,
    groups: i64,
    waiting: i64,
    refused: i64,
}

async fn count(db: &impl ConnectionTrait) -> Result<HashMap<String, Counts>, DbErr> {
    let rows = Count::find_by_statement(sql(
        db,
        "SELECT client_id,
            SUM(CASE WHEN kind = 'user' AND sent NOT IN ('', 'inactive') THEN 1 ELSE 0 END) AS people,
            SUM(CASE WHEN kind = 'group' AND sent <> '' THEN 1 ELSE 0 END) AS groups,
            SUM(CASE WHEN wanted <> sent AND wanted <> refused THEN 1 ELSE 0 END) AS waiting,
            SUM(CASE WHEN wanted <> sent AND wanted = refused THEN 1 ELSE 0 END) AS refused
         FROM scim_resources GROUP BY client_id",
        [],
    ))
    .all(db)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let counts = Counts {
                people: row.people,
                groups: row.groups,
                waiting: row.waiting,
                refused: row.refused,
            };
            (row.client_id, counts)
        })
        .collect())
}

/// What a tool did not take, at most so many.
pub async fn refusals(db: &impl ConnectionTrait, client_id: &str, most: u32) -> Result<Vec<Refusal>, DbErr> {
    let rows = db
        .query_all_raw(sql(
            db,
            "SELECT name, trouble, trouble_detail FROM scim_resources
             WHERE client_id = $1 AND wanted <> sent AND wanted = refused ORDER BY name LIMIT $2",
            [client_id.into(), i64::from(most).into()],
        ))
        .await?;
    rows.iter()
        .map(|row| {
            Ok(Refusal {
                name: row.try_get("", "name")?,
                trouble: Trouble::read(&row.try_get::<String>("", "trouble")?).unwrap_or(Trouble::Refused),
                detail: row.try_get("", "trouble_detail")?,
            })
        })
        .collect()
}
