//! One turn, one node.

use chrono::{DateTime, TimeDelta, Utc};
use domain::db::Db;
use sea_orm::{ConnectionTrait, DbErr, Statement};

/// Takes the turn of a job if it is due: true for exactly one of the nodes that ask at the same time.
pub async fn claim(db: &Db, job: &str, every: TimeDelta, now: DateTime<Utc>) -> Result<bool, DbErr> {
    let tx = db.begin().await?;
    let statement = |sql, values: Vec<sea_orm::Value>| Statement::from_sql_and_values(db.backend(), sql, values);
    let first = tx
        .execute_raw(statement(
            "INSERT INTO job_runs (name, next_at) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING",
            vec![job.into(), (now + every).into()],
        ))
        .await?;
    let taken = if first.rows_affected() == 1 {
        true
    } else {
        let due = tx
            .execute_raw(statement(
                "UPDATE job_runs SET next_at = $1 WHERE name = $2 AND next_at <= $3",
                vec![(now + every).into(), job.into(), now.into()],
            ))
            .await?;
        due.rows_affected() == 1
    };
    tx.commit().await?;
    Ok(taken)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use domain::testing::{at, on_each_database};

    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn a_turn_is_taken_once_and_again_when_it_is_due() {
        on_each_database(|db| async move {
            let hour = TimeDelta::hours(1);
            assert!(claim(&db, "sweep", hour, at(2026, 3, 1, 10, 0)).await.unwrap());
            assert!(!claim(&db, "sweep", hour, at(2026, 3, 1, 10, 59)).await.unwrap());
            assert!(claim(&db, "other", hour, at(2026, 3, 1, 10, 59)).await.unwrap());
            assert!(claim(&db, "sweep", hour, at(2026, 3, 1, 11, 0)).await.unwrap());
        })
        .await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn of_many_nodes_one_takes_the_turn() {
        on_each_database(|db| async move {
            for now in [at(2026, 3, 1, 10, 0), at(2026, 3, 2, 10, 0)] {
                let asking: Vec<_> = (0..20)
                    .map(|_| {
                        let db = db.clone();
                        tokio::spawn(async move { claim(&db, "sweep", TimeDelta::hours(1), now).await.unwrap() })
                    })
                    .collect();
                let mut taken = 0;
                for node in asking {
                    taken += usize::from(node.await.unwrap());
                }
                assert_eq!(taken, 1);
            }
        })
        .await;
    }
}
