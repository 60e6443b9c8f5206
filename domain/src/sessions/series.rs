//! Series: a rule, written out ahead as numbered sessions.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveModelTrait, ConnectionTrait, DbErr, ExprTrait, FromQueryResult, QueryOrder, QuerySelect, Set, Statement,
    entity::prelude::*, sea_query::OnConflict,
};

use super::{
    Series, SessionError, SessionState, entity as session,
    entity::json,
    length, recurrence, rules,
    series_entity::{self as entity, WALL},
    store::NewSession,
};
use crate::{SeriesId, SpaceId, db::Db};

/// Rows a statement: `SQLite` takes 32 766 values in one.
const CHUNK: usize = 500;

/// What writing series out has done.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Materialised {
    /// How many sessions were written.
    pub written: usize,
    /// Occurrences left out because another session holds the space then; they are tried again next time.
    pub taken: Vec<(SeriesId, DateTime<Utc>)>,
}

/// Adds a series. Its sessions come with the next [`materialise`].
///
/// # Errors
/// [`SessionError::BadRule`] and [`SessionError::BadParts`] where it could give no session.
pub async fn insert(db: &impl ConnectionTrait, series: &Series, now: DateTime<Utc>) -> Result<(), SessionError> {
    recurrence::starts(&series.rrule, series.starts_local, series.time_zone, now)?;
    rules::check_parts(&series.parts)?;
    entity::ActiveModel {
        id: Set(series.id.0),
        space_id: Set(series.space_id.0),
        title: Set(series.title.clone()),
        summary: Set(series.summary.clone()),
        rrule: Set(series.rrule.clone()),
        starts_local: Set(series.starts_local.format(WALL).to_string()),
        time_zone: Set(series.time_zone.name().to_owned()),
        parts: Set(json(&series.parts)?),
        capacity: Set(series.capacity),
        first_number: Set(series.first_number),
        created_at: Set(now),
    }
    .insert(db)
    .await?;
    Ok(())
}

/// The series of a space.
pub async fn of_space(db: &impl ConnectionTrait, space: SpaceId) -> Result<Vec<Series>, DbErr> {
    entity::Entity::find()
        .filter(entity::Column::SpaceId.eq(space.0))
        .order_by_asc(entity::Column::Id)
        .all(db)
        .await?
        .into_iter()
        .map(Series::try_from)
        .collect()
}

/// Locks a series until the transaction ends: its numbers are given by one hand at a time.
pub(super) async fn lock(tx: &impl ConnectionTrait, id: SeriesId) -> Result<(), SessionError> {
    let row = entity::Entity::find_by_id(id.0).lock_exclusive().one(tx).await?;
    row.map(drop).ok_or(SessionError::NotFound)
}

/// What is known of a session when series are written out.
#[derive(FromQueryResult)]
struct Known {
    id: Uuid,
    space_id: Uuid,
    series_id: Option<Uuid>,
    original_start: Option<DateTime<Utc>>,
    number: Option<i32>,
    state: String,
    starts_at: DateTime<Utc>,
    ends_at: DateTime<Utc>,
}

/// Writes out the sessions of all series until the horizon. Done again, it writes only what is missing.
///
/// An occurrence that is missing before the last one written is past and stays missing: numbers that people know do not
/// change. Whatever there is to write, it takes three queries and one more for each 500 new sessions.
///
/// # Errors
/// Where a rule in the database cannot be read any more, or the database fails.
pub async fn materialise(db: &Db, now: DateTime<Utc>, horizon: DateTime<Utc>) -> Result<Materialised, SessionError> {
    let tx = db.begin().await?;
    let series: Vec<Series> = entity::Entity::find()
        .order_by_asc(entity::Column::Id)
        .lock_exclusive()
        .all(&tx)
        .await?
        .into_iter()
        .map(Series::try_from)
        .collect::<Result<_, _>>()?;
    let known = Known::find_by_statement(Statement::from_string(
        tx.get_database_backend(),
        "SELECT id, space_id, series_id, original_start, number, state, starts_at, ends_at FROM sessions
            WHERE space_id IN (SELECT space_id FROM series) ORDER BY original_start",
    ))
    .all(&tx)
    .await?;

    let mut held = Held::default();
    let mut written: HashMap<Uuid, Vec<&Known>> = HashMap::new();
    for one in &known {
        if !matches!(
            SessionState::read(&one.state),
            Some(SessionState::Skipped | SessionState::Cancelled)
        ) {
            held.take(one.space_id, one.starts_at, one.ends_at);
        }
        if let Some(id) = one.series_id {
            written.entry(id).or_default().push(one);
        }
    }

    let mut done = Materialised::default();
    let mut rows = Vec::new();
    for one in &series {
        let before = written.get(&one.id.0).map_or(&[][..], Vec::as_slice);
        let mut next = before
            .iter()
            .filter_map(|known| known.number)
            .max()
            .map_or(one.first_number, |number| number + 1);
        let have: HashSet<_> = before.iter().filter_map(|known| known.original_start).collect();
        let last = have.iter().max().copied();
        for start in recurrence::starts(&one.rrule, one.starts_local, one.time_zone, horizon)? {
            if have.contains(&start) || last.is_some_and(|last| start < last && start < now) {
                continue;
            }
            if !held.take(one.space_id.0, start, start + length(&one.parts)) {
                done.taken.push((one.id, start));
                continue;
            }
            let new = NewSession {
                series: Some((one.id, start)),
                number: Some(next),
                summary: one.summary.clone(),
                capacity: one.capacity,
                ..NewSession::new(one.space_id, &one.title, start, one.parts.clone())
            };
            next += 1;
            rows.push((one.id, last.is_some_and(|last| start < last), new.into_row(now)?));
        }
    }

    let between: HashSet<_> = rows
        .iter()
        .filter(|(_, between, _)| *between)
        .map(|(id, _, _)| *id)
        .collect();
    done.written = rows.len();
    let mut rows: Vec<_> = rows.into_iter().map(|(_, _, row)| row).collect();
    while !rows.is_empty() {
        let rest = rows.split_off(rows.len().min(CHUNK));
        session::Entity::insert_many(std::mem::replace(&mut rows, rest))
            .on_conflict(
                OnConflict::columns([session::Column::SeriesId, session::Column::OriginalStart])
                    .do_nothing()
                    .to_owned(),
            )
            .exec_without_returning(&tx)
            .await?;
    }
    // Only where a place that was taken before has become free between two written ones.
    for id in between {
        renumber(&tx, id, now).await?;
    }
    tx.commit().await?;
    Ok(done)
}

/// Gives the sessions of a series the numbers that follow from their order, and changes only those that differ.
pub(super) async fn renumber(tx: &impl ConnectionTrait, id: SeriesId, now: DateTime<Utc>) -> Result<(), SessionError> {
    let Some(series) = entity::Entity::find_by_id(id.0).one(tx).await? else {
        return Err(SessionError::NotFound);
    };
    let known = Known::find_by_statement(Statement::from_sql_and_values(
        tx.get_database_backend(),
        "SELECT id, space_id, series_id, original_start, number, state, starts_at, ends_at FROM sessions
            WHERE series_id = $1 ORDER BY original_start",
        [id.0.into()],
    ))
    .all(tx)
    .await?;
    let states = known
        .iter()
        .map(|one| SessionState::read(&one.state).unwrap_or(SessionState::Scheduled));
    // Sessions that go up by the same step change in one statement: after a skip, all that follow go down by one.
    let mut steps: BTreeMap<i32, Vec<Uuid>> = BTreeMap::new();
    for (one, number) in known.iter().zip(rules::numbers(series.first_number, states)) {
        if let (Some(old), Some(new)) = (one.number, number)
            && old != new
        {
            steps.entry(new - old).or_default().push(one.id);
        }
    }
    for (step, ids) in steps {
        session::Entity::update_many()
            .col_expr(session::Column::Number, Expr::col(session::Column::Number).add(step))
            .col_expr(session::Column::Sequence, Expr::col(session::Column::Sequence).add(1))
            .col_expr(session::Column::UpdatedAt, Expr::value(now))
            .filter(session::Column::Id.is_in(ids))
            .exec(tx)
            .await?;
    }
    Ok(())
}

/// Which times each space is held at.
#[derive(Default)]
struct Held(HashMap<Uuid, BTreeMap<DateTime<Utc>, DateTime<Utc>>>);

impl Held {
    /// Takes the time where it is free; sessions in one space never overlap, so looking at one neighbour is enough.
    fn take(&mut self, space: Uuid, from: DateTime<Utc>, to: DateTime<Utc>) -> bool {
        let times = self.0.entry(space).or_default();
        let free = times.range(..to).next_back().is_none_or(|(_, end)| *end <= from);
        if free {
            times.insert(from, to);
        }
        free
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use chrono::TimeDelta;

    use super::*;
    use crate::{
        sessions::{Part, PartKind, Session, store},
        spaces::Space,
        testing::{at, make_space, on_each_database},
    };

    fn hour(space: &Space) -> Series {
        let part = |kind, minutes| Part { kind, minutes };
        Series {
            id: SeriesId::generate(),
            space_id: space.id,
            title: "commons.hour".into(),
            summary: String::new(),
            rrule: "FREQ=MONTHLY;BYDAY=4MO".into(),
            starts_local: at(2026, 1, 26, 18, 0).naive_utc(),
            time_zone: chrono_tz::UTC,
            parts: vec![part(PartKind::Gathering, 60), part(PartKind::ExtraTime, 30)],
            capacity: Some(30),
            first_number: 5,
        }
    }

    async fn in_order(db: &Db) -> Vec<Session> {
        session::Entity::find()
            .order_by_asc(session::Column::StartsAt)
            .all(db.read())
            .await
            .unwrap()
            .into_iter()
            .map(|row| row.try_into().unwrap())
            .collect()
    }

    async fn with_series(db: &Db) -> Series {
        let space = make_space(db, "commons-hour", &[]).await;
        let series = hour(&space);
        let tx = db.begin().await.unwrap();
        insert(&tx, &series, at(2026, 1, 1, 0, 0)).await.unwrap();
        tx.commit().await.unwrap();
        series
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_series_is_written_out_once_whoever_asks_how_often() {
        on_each_database(|db| async move {
            let series = with_series(&db).await;
            let now = at(2026, 2, 1, 0, 0);
            let both = tokio::join!(
                materialise(&db, now, at(2026, 7, 1, 0, 0)),
                materialise(&db, now, at(2026, 7, 1, 0, 0))
            );
            assert_eq!(both.0.unwrap().written + both.1.unwrap().written, 6);
            let sessions = in_order(&db).await;
            assert_eq!(
                sessions.iter().filter_map(|s| s.number).collect::<Vec<_>>(),
                [5, 6, 7, 8, 9, 10]
            );
            assert_eq!(sessions[1].starts_at, at(2026, 2, 23, 18, 0));
            assert_eq!(sessions[1].ends_at, at(2026, 2, 23, 19, 30));
            assert_eq!(sessions[1].capacity, Some(30));
            assert_eq!(of_space(db.read(), series.space_id).await.unwrap(), [series]);
            // A month on, one more.
            assert_eq!(materialise(&db, now, at(2026, 8, 1, 0, 0)).await.unwrap().written, 1);
        })
        .await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_skipped_session_gives_its_number_away_and_a_moved_one_keeps_it() {
        on_each_database(|db| async move {
            with_series(&db).await;
            let now = at(2026, 1, 1, 0, 0);
            materialise(&db, now, at(2026, 5, 1, 0, 0)).await.unwrap();
            let before = in_order(&db).await;
            let skipped = store::skip(&db, before[1].id, "Carnival", None, now).await.unwrap();
            assert_eq!((skipped.number, skipped.reason.as_str()), (None, "Carnival"));
            let new_start = before[2].starts_at - TimeDelta::days(7);
            store::move_to(&db, before[2].id, new_start, "Easter", None, now)
                .await
                .unwrap();
            let after = in_order(&db).await;
            assert_eq!(
                after.iter().map(|s| s.number).collect::<Vec<_>>(),
                [Some(5), None, Some(6), Some(7)]
            );
            assert!(after[2].is_moved() && after[2].original_start == Some(before[2].starts_at));
            assert_eq!(after[0].sequence, 0);
            assert_eq!(after[3].sequence, 1, "calendars learn of the new number");
            // Neither is written again, and numbers go on from there.
            assert_eq!(materialise(&db, now, at(2026, 6, 1, 0, 0)).await.unwrap().written, 1);
            assert_eq!(in_order(&db).await[4].number, Some(8));
        })
        .await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn an_occurrence_waits_while_another_session_holds_the_space() {
        on_each_database(|db| async move {
            let series = with_series(&db).await;
            let now = at(2026, 1, 1, 0, 0);
            let tx = db.begin().await.unwrap();
            let other = NewSession::new(series.space_id, "Visit", at(2026, 2, 23, 19, 0), series.parts.clone());
            let other = store::insert(&tx, other, now).await.unwrap();
            tx.commit().await.unwrap();
            let done = materialise(&db, now, at(2026, 4, 1, 0, 0)).await.unwrap();
            assert_eq!(done.written, 2);
            assert_eq!(done.taken, [(series.id, at(2026, 2, 23, 18, 0))]);
            store::cancel(&db, other.id, "No train", None, now).await.unwrap();
            assert_eq!(materialise(&db, now, at(2026, 4, 1, 0, 0)).await.unwrap().written, 1);
            let numbers: Vec<_> = in_order(&db).await.iter().filter_map(|s| s.number).collect();
            assert_eq!(numbers, [5, 6, 7]);
        })
        .await;
    }
}
