//! Sessions in the database. How they are shown is in [`super::views`].

use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveModelTrait, ConnectionTrait, DbErr, IntoActiveModel, QuerySelect, Set, Statement, entity::prelude::*,
};

use super::{
    Part, Session, SessionError, SessionState,
    entity::{self, json},
    length, rules,
};
use crate::{MemberId, SeriesId, SessionId, SpaceId, audit, db::Db};

/// What a new session is made of.
#[derive(Debug, Clone)]
pub struct NewSession {
    /// Space that it is held in.
    pub space_id: SpaceId,
    /// Series and the start that its rule gave.
    pub series: Option<(SeriesId, DateTime<Utc>)>,
    /// Number within the series.
    pub number: Option<i32>,
    /// Title, without the number.
    pub title: String,
    /// What it is about, Markdown.
    pub summary: String,
    /// Phase of the programme.
    pub phase: String,
    /// Languages, BCP 47 tags.
    pub languages: Vec<String>,
    /// Page of the handbook that it bears on.
    pub handbook_path: String,
    /// Start.
    pub starts_at: DateTime<Utc>,
    /// Parts, one after another; they give the end.
    pub parts: Vec<Part>,
    /// Seats; `None` for as many as come.
    pub capacity: Option<i32>,
    /// Lead contributors in order.
    pub leads: Vec<MemberId>,
    /// Who scheduled it; `None` for a series or the command line.
    pub created_by: Option<MemberId>,
}

impl NewSession {
    /// A session for as many as come, about which nothing more is said yet.
    pub fn new(space_id: SpaceId, title: &str, starts_at: DateTime<Utc>, parts: Vec<Part>) -> Self {
        Self {
            space_id,
            series: None,
            number: None,
            title: title.to_owned(),
            summary: String::new(),
            phase: String::new(),
            languages: Vec::new(),
            handbook_path: String::new(),
            starts_at,
            parts,
            capacity: None,
            leads: Vec::new(),
            created_by: None,
        }
    }

    /// The row, scheduled.
    pub(super) fn into_row(self, now: DateTime<Utc>) -> Result<entity::ActiveModel, SessionError> {
        rules::check_parts(&self.parts)?;
        Ok(entity::ActiveModel {
            id: Set(Uuid::now_v7()),
            space_id: Set(self.space_id.0),
            series_id: Set(self.series.map(|(id, _)| id.0)),
            original_start: Set(self.series.map(|(_, start)| start)),
            number: Set(self.number),
            title: Set(self.title),
            summary: Set(self.summary),
            phase: Set(self.phase),
            languages: Set(json(&self.languages)?),
            handbook_path: Set(self.handbook_path),
            state: Set(SessionState::Scheduled.as_str().to_owned()),
            reason: Set(String::new()),
            starts_at: Set(self.starts_at),
            ends_at: Set(self.starts_at + length(&self.parts)),
            parts: Set(json(&self.parts)?),
            capacity: Set(self.capacity),
            opened_at: Set(None),
            closed_at: Set(None),
            sequence: Set(0),
            revision: Set(0),
            created_by: Set(self.created_by.map(|id| id.0)),
            created_at: Set(now),
            updated_at: Set(now),
        })
    }
}

/// Schedules a session. Call it in a transaction.
///
/// # Errors
/// [`SessionError::Conflict`] where another session holds the space at that time.
pub async fn insert(db: &impl ConnectionTrait, new: NewSession, now: DateTime<Utc>) -> Result<Session, SessionError> {
    let leads = new.leads.clone();
    let session: Session = new.into_row(now)?.insert(db).await?.try_into()?;
    set_leads(db, session.id, &leads).await?;
    Ok(session)
}

/// Says who leads the session, in this order.
pub async fn set_leads(db: &impl ConnectionTrait, id: SessionId, leads: &[MemberId]) -> Result<(), DbErr> {
    let run = |sql: &str, values: Vec<sea_orm::Value>| {
        db.execute_raw(Statement::from_sql_and_values(db.get_database_backend(), sql, values))
    };
    run("DELETE FROM session_leads WHERE session_id = $1", vec![id.0.into()]).await?;
    for (position, lead) in (0i32..).zip(leads) {
        run(
            "INSERT INTO session_leads (session_id, member_id, position) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
            vec![id.0.into(), lead.0.into(), position.into()],
        )
        .await?;
    }
    Ok(())
}

/// One session.
///
/// # Errors
/// [`SessionError::NotFound`] where there is none with this key.
pub async fn get(db: &impl ConnectionTrait, id: SessionId) -> Result<Session, SessionError> {
    let row = entity::Entity::find_by_id(id.0).one(db).await?;
    Ok(row.ok_or(SessionError::NotFound)?.try_into()?)
}

/// One session, locked until the transaction ends: what is decided about it then follows one after another.
///
/// # Errors
/// [`SessionError::NotFound`] where there is none with this key.
pub async fn lock(tx: &impl ConnectionTrait, id: SessionId) -> Result<Session, SessionError> {
    Ok(lock_row(tx, id).await?.try_into()?)
}

async fn lock_row(tx: &impl ConnectionTrait, id: SessionId) -> Result<entity::Model, SessionError> {
    let row = entity::Entity::find_by_id(id.0).lock_exclusive().one(tx).await?;
    row.ok_or(SessionError::NotFound)
}

/// Brings a session into its next state: opened, closed, skipped or cancelled. Calendars and the live room learn of it.
/// Call it in a transaction; whether the person may is asked before.
///
/// # Errors
/// [`SessionError::WrongState`] where the next state does not follow from the present one.
pub async fn set_state(
    tx: &impl ConnectionTrait,
    id: SessionId,
    to: SessionState,
    reason: &str,
    now: DateTime<Utc>,
) -> Result<Session, SessionError> {
    let row = lock_row(tx, id).await?;
    let session = Session::try_from(row.clone())?;
    rules::may_become(session.state, to)?;
    let mut change = row.into_active_model();
    change.state = Set(to.as_str().to_owned());
    change.updated_at = Set(now);
    change.revision = Set(session.revision + 1);
    match to {
        SessionState::Open => change.opened_at = Set(Some(now)),
        SessionState::Closed => change.closed_at = Set(Some(now)),
        SessionState::Skipped | SessionState::Cancelled => {
            change.sequence = Set(session.sequence + 1);
            change.reason = Set(reason.to_owned());
        }
        SessionState::Scheduled => {}
    }
    if to == SessionState::Skipped {
        change.number = Set(None);
    }
    Ok(change.update(tx).await?.try_into()?)
}

/// Notes that something changed in the live room; returns the new revision, the id of the live event.
pub async fn bump_revision(tx: &impl ConnectionTrait, id: SessionId) -> Result<i64, SessionError> {
    let row = tx
        .query_one_raw(Statement::from_sql_and_values(
            tx.get_database_backend(),
            "UPDATE sessions SET revision = revision + 1 WHERE id = $1 RETURNING revision",
            [id.0.into()],
        ))
        .await?
        .ok_or(SessionError::NotFound)?;
    Ok(row.try_get("", "revision")?)
}

/// Moves a session that has not begun; its series still knows when it would have been. Bookings stay.
///
/// # Errors
/// [`SessionError::Conflict`] where the space is taken then, [`SessionError::WrongState`] where it has begun.
pub async fn move_to(
    db: &Db,
    id: SessionId,
    new_start: DateTime<Utc>,
    reason: &str,
    by: Option<MemberId>,
    now: DateTime<Utc>,
) -> Result<Session, SessionError> {
    let tx = db.begin().await?;
    let row = lock_row(&tx, id).await?;
    let session = Session::try_from(row.clone())?;
    if session.state != SessionState::Scheduled {
        return Err(SessionError::WrongState);
    }
    let mut change = row.into_active_model();
    change.starts_at = Set(new_start);
    change.ends_at = Set(new_start + length(&session.parts));
    change.reason = Set(reason.to_owned());
    change.sequence = Set(session.sequence + 1);
    change.revision = Set(session.revision + 1);
    change.updated_at = Set(now);
    let moved: Session = change.update(&tx).await?.try_into()?;
    audit::record(&tx, now, by, "session.move", &id.to_string(), reason).await?;
    tx.commit().await?;
    Ok(moved)
}

/// Leaves an occurrence out of its series; the numbers of those after it close up.
///
/// # Errors
/// [`SessionError::WrongState`] where it has begun or belongs to no series: a single session is cancelled.
pub async fn skip(
    db: &Db,
    id: SessionId,
    reason: &str,
    by: Option<MemberId>,
    now: DateTime<Utc>,
) -> Result<Session, SessionError> {
    let tx = db.begin().await?;
    let series = get(&tx, id).await?.series_id.ok_or(SessionError::WrongState)?;
    super::series::lock(&tx, series).await?;
    let session = set_state(&tx, id, SessionState::Skipped, reason, now).await?;
    super::series::renumber(&tx, series, now).await?;
    audit::record(&tx, now, by, "session.skip", &id.to_string(), reason).await?;
    tx.commit().await?;
    Ok(session)
}

/// Calls a session off; it keeps its number.
///
/// # Errors
/// [`SessionError::WrongState`] where it has begun.
pub async fn cancel(
    db: &Db,
    id: SessionId,
    reason: &str,
    by: Option<MemberId>,
    now: DateTime<Utc>,
) -> Result<Session, SessionError> {
    let tx = db.begin().await?;
    let session = set_state(&tx, id, SessionState::Cancelled, reason, now).await?;
    audit::record(&tx, now, by, "session.cancel", &id.to_string(), reason).await?;
    tx.commit().await?;
    Ok(session)
}
