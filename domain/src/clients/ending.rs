//! Telling tools that somebody is gone: at sign-out, when the browser's session is over, and when access ended.
//!
//! What ends is written in one transaction: the tool's part of the session, its tokens, and a *notice*, a logout token that
//! the outbox carries. Whatever path a change took (a page, the command line, another node), [`settle`] looks for sessions
//! and doors that no longer hold, so that tools hear of it within a minute.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::rows::sql;
use crate::{
    AccountId,
    accounts::provider::{clients, facts_of, may_enter, sessions},
    db::Db,
    outbox,
};

/// The hub's own client: it ends its sessions itself.
const HUB: &str = "hub";
/// The kind of a logout token in the outbox.
pub const LOGOUT: &str = "logout_token";
/// How long a session may be without a browser before it is over: longer than any request takes.
const WITHOUT_BROWSER: TimeDelta = TimeDelta::seconds(20);

/// Why a tool is told to forget.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The person signed out.
    SignedOut,
    /// Their browser's session ended or ran out.
    SessionOver,
    /// They may no longer enter this tool.
    NoEntry,
    /// They took their consent back.
    Withdrawn,
    /// A steward ended their access, or their account was closed.
    AccessEnded,
}

impl Reason {
    /// The word in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SignedOut => "signed_out",
            Self::SessionOver => "session_over",
            Self::NoEntry => "no_entry",
            Self::Withdrawn => "withdrawn",
            Self::AccessEnded => "access_ended",
        }
    }

    /// Whether tokens for when the person is away end too (OpenID Connect Back-Channel Logout 1.0, 2.7: a person who
    /// only signs out wanted those to go on).
    fn ends_offline(self) -> bool {
        matches!(self, Self::NoEntry | Self::Withdrawn | Self::AccessEnded)
    }
}

/// What the outbox carries.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Carried {
    /// The notice.
    pub notice: Uuid,
}

/// A tool's part of a session that has not ended.
#[derive(Debug, Clone, FromQueryResult)]
struct Live {
    sid: String,
    client_id: String,
    account_id: Uuid,
    subject: String,
    address: String,
}

const LIVE: &str = "SELECT sc.sid, sc.client_id, s.account_id, sc.subject, c.backchannel_logout_uri AS address
    FROM provider_session_clients sc
    JOIN provider_sessions s ON s.sid = sc.sid
    JOIN provider_clients c ON c.client_id = sc.client_id
    WHERE sc.ended_at IS NULL";

/// Ends one tool's part of a session; its other parts go on. False where it had ended.
pub async fn leave_tool(
    db: &Db,
    now: DateTime<Utc>,
    account: AccountId,
    sid: &str,
    client_id: &str,
    reason: Reason,
) -> Result<bool, DbErr> {
    let tx = db.begin().await?;
    let text = format!("{LIVE} AND sc.sid = $1 AND sc.client_id = $2 AND s.account_id = $3");
    let found = Live::find_by_statement(sql(&tx, &text, [sid.into(), client_id.into(), account.0.into()]))
        .one(&tx)
        .await?;
    let left = match found {
        Some(live) => end_part(&tx, now, &live, reason).await?,
        None => false,
    };
    tx.commit().await?;
    db.wake_outbox();
    Ok(left)
}

/// Ends the parts of all tools in all sessions of an account, the hub's own apart; says how many.
pub async fn leave_tools(
    db: &Db,
    now: DateTime<Utc>,
    account: AccountId,
    client_id: Option<&str>,
    reason: Reason,
) -> Result<usize, DbErr> {
    let tx = db.begin().await?;
    let text = format!("{LIVE} AND s.account_id = $1 AND sc.client_id <> $2");
    let live = Live::find_by_statement(sql(&tx, &text, [account.0.into(), HUB.into()]))
        .all(&tx)
        .await?;
    let mut left = 0;
    for live in live
        .iter()
        .filter(|live| client_id.is_none_or(|client| client == live.client_id))
    {
        left += usize::from(end_part(&tx, now, live, reason).await?);
    }
    tx.commit().await?;
    db.wake_outbox();
    Ok(left)
}

/// Ends a session with all its tools. Call [`Db::wake_outbox`] after the commit.
pub async fn end_session(
    tx: &impl ConnectionTrait,
    now: DateTime<Utc>,
    sid: &str,
    reason: Reason,
) -> Result<usize, DbErr> {
    sessions::end(tx, now, sid).await?;
    let text = format!("{LIVE} AND sc.sid = $1");
    let parts = Live::find_by_statement(sql(tx, &text, [sid.into()])).all(tx).await?;
    for live in &parts {
        end_part(tx, now, live, reason).await?;
    }
    Ok(parts.len())
}

/// Ends one part: once, whoever asks at the same time.
async fn end_part(tx: &impl ConnectionTrait, now: DateTime<Utc>, live: &Live, reason: Reason) -> Result<bool, DbErr> {
    let key = || [live.sid.as_str().into(), live.client_id.as_str().into()];
    let ended = tx
        .execute_raw(sql(
            tx,
            "UPDATE provider_session_clients SET ended_at = $1 WHERE sid = $2 AND client_id = $3 AND ended_at IS NULL",
            [now.into(), live.sid.as_str().into(), live.client_id.as_str().into()],
        ))
        .await?;
    if ended.rows_affected() == 0 {
        return Ok(false);
    }
    let offline = if reason.ends_offline() {
        ""
    } else {
        "AND ' ' || scope || ' ' NOT LIKE '% offline_access %'"
    };
    let revoke = format!(
        "UPDATE provider_refresh_tokens SET revoked_at = $1
         WHERE sid = $2 AND client_id = $3 AND revoked_at IS NULL {offline}"
    );
    tx.execute_raw(sql(
        tx,
        &revoke,
        [now.into(), live.sid.as_str().into(), live.client_id.as_str().into()],
    ))
    .await?;
    for gone in [
        "DELETE FROM access_tokens WHERE sid = $1 AND client_id = $2",
        "DELETE FROM authorization_codes WHERE sid = $1 AND client_id = $2 AND used_at IS NULL",
    ] {
        tx.execute_raw(sql(tx, gone, key())).await?;
    }
    if live.client_id != HUB {
        notify(tx, now, live, reason, None).await?;
    }
    Ok(true)
}

/// Writes a notice and, where the tool can be told, puts it into the outbox.
async fn notify(
    tx: &impl ConnectionTrait,
    now: DateTime<Utc>,
    live: &Live,
    reason: Reason,
    ending: Option<Uuid>,
) -> Result<(), DbErr> {
    let id = Uuid::now_v7();
    tx.execute_raw(sql(
        tx,
        "INSERT INTO logout_notices (id, client_id, account_id, sid, subject, address, reason, ending_id, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        [
            id.into(),
            live.client_id.as_str().into(),
            live.account_id.into(),
            live.sid.as_str().into(),
            live.subject.as_str().into(),
            live.address.as_str().into(),
            reason.as_str().into(),
            ending.into(),
            now.into(),
        ],
    ))
    .await?;
    if !live.address.is_empty() {
        outbox::enqueue(tx, now, LOGOUT, &Carried { notice: id }, None).await?;
    }
    Ok(())
}

/// Tells every tool that ever knew this account to forget it altogether, and ends what it has. For [`super::access`].
pub(super) async fn end_account(
    tx: &impl ConnectionTrait,
    now: DateTime<Utc>,
    account: AccountId,
    ending: Uuid,
) -> Result<(), DbErr> {
    // Whoever ever knew them, each once, under the name they knew them by.
    let knew = Live::find_by_statement(sql(
        tx,
        "SELECT '' AS sid, sc.client_id, s.account_id, sc.subject, c.backchannel_logout_uri AS address
         FROM provider_session_clients sc
         JOIN provider_sessions s ON s.sid = sc.sid
         JOIN provider_clients c ON c.client_id = sc.client_id
         WHERE s.account_id = $1 AND sc.client_id <> $2
         GROUP BY sc.client_id, s.account_id, sc.subject, c.backchannel_logout_uri
         ORDER BY sc.client_id",
        [account.0.into(), HUB.into()],
    ))
    .all(tx)
    .await?;
    for live in &knew {
        notify(tx, now, live, Reason::AccessEnded, Some(ending)).await?;
    }
    for ended in [
        "UPDATE provider_session_clients SET ended_at = $1 WHERE ended_at IS NULL
            AND sid IN (SELECT sid FROM provider_sessions WHERE account_id = $2)",
        "UPDATE provider_sessions SET ended_at = $1 WHERE account_id = $2 AND ended_at IS NULL",
        "UPDATE provider_refresh_tokens SET revoked_at = $1 WHERE account_id = $2 AND revoked_at IS NULL",
        "UPDATE accounts SET disabled_at = $1 WHERE id = $2 AND disabled_at IS NULL",
    ] {
        tx.execute_raw(sql(tx, ended, [now.into(), account.0.into()])).await?;
    }
    for gone in [
        "DELETE FROM access_tokens WHERE account_id = $1",
        "DELETE FROM authorization_codes WHERE account_id = $1 AND used_at IS NULL",
        "DELETE FROM browser_sessions WHERE provider_sid IN (SELECT sid FROM provider_sessions WHERE account_id = $1)",
    ] {
        tx.execute_raw(sql(tx, gone, [account.0.into()])).await?;
    }
    Ok(())
}

/// Looks for sessions whose browser is gone, accounts that were closed and doors that people may no longer pass, and ends
/// them. Says how many tools are told.
pub async fn settle(db: &Db, now: DateTime<Utc>) -> Result<usize, DbErr> {
    let mut told = without_browser(db, now).await?;
    told += without_entry(db, now).await?;
    if told > 0 {
        db.wake_outbox();
    }
    Ok(told)
}

/// Sessions that no browser holds any more: noted at the first look, ended at a later one.
async fn without_browser(db: &Db, now: DateTime<Utc>) -> Result<usize, DbErr> {
    const GONE: &str = "ended_at IS NULL AND NOT EXISTS (
        SELECT 1 FROM browser_sessions b WHERE b.provider_sid = provider_sessions.sid AND b.expires_at > $1)";
    let tx = db.begin().await?;
    tx.execute_raw(sql(
        &tx,
        "UPDATE provider_sessions SET browser_missing_since = NULL
         WHERE browser_missing_since IS NOT NULL AND ended_at IS NULL AND EXISTS (
             SELECT 1 FROM browser_sessions b WHERE b.provider_sid = provider_sessions.sid AND b.expires_at > $1)",
        [now.into()],
    ))
    .await?;
    let note = format!(
        "UPDATE provider_sessions SET browser_missing_since = $1 WHERE browser_missing_since IS NULL AND {GONE}"
    );
    tx.execute_raw(sql(&tx, &note, [now.into()])).await?;
    // What was ended in words, by whoever, is ended for its tools too.
    let over = tx
        .query_all_raw(sql(
            &tx,
            "SELECT DISTINCT s.sid, CASE WHEN a.disabled_at IS NOT NULL THEN 1 ELSE 0 END AS closed
             FROM provider_sessions s JOIN accounts a ON a.id = s.account_id
             LEFT JOIN provider_session_clients sc ON sc.sid = s.sid AND sc.ended_at IS NULL
             WHERE (s.ended_at IS NULL AND (s.browser_missing_since <= $1 OR a.disabled_at IS NOT NULL))
                OR (s.ended_at IS NOT NULL AND sc.sid IS NOT NULL)",
            [(now - WITHOUT_BROWSER).into()],
        ))
        .await?;
    let mut told = 0;
    for row in over {
        let closed = row
            .try_get::<i32>("", "closed")
            .map(i64::from)
            .or_else(|_| row.try_get::<i64>("", "closed"))?
            == 1;
        let reason = if closed {
            Reason::AccessEnded
        } else {
            Reason::SessionOver
        };
        told += end_session(&tx, now, &row.try_get::<String>("", "sid")?, reason).await?;
    }
    tx.commit().await?;
    Ok(told)
}

/// People who are inside a tool and would no longer be let in.
async fn without_entry(db: &Db, now: DateTime<Utc>) -> Result<usize, DbErr> {
    let text = format!("{LIVE} AND s.ended_at IS NULL AND sc.client_id <> $1");
    let inside = Live::find_by_statement(sql(db.read(), &text, [HUB.into()]))
        .all(db.read())
        .await?;
    if inside.is_empty() {
        return Ok(0);
    }
    let tools: HashMap<String, _> = clients(db.read())
        .await?
        .into_iter()
        .map(|client| (client.client_id.clone(), client))
        .collect();
    let accounts: HashSet<_> = inside.iter().map(|live| AccountId(live.account_id)).collect();
    let people = facts_of(db.read(), &accounts.into_iter().collect::<Vec<_>>()).await?;
    let stays = |live: &Live| {
        let person = people.get(&AccountId(live.account_id));
        let tool = tools.get(&live.client_id).filter(|tool| tool.disabled_at.is_none());
        tool.zip(person)
            .is_some_and(|(tool, person)| may_enter(tool, person).is_ok())
    };
    let out: Vec<Live> = inside.into_iter().filter(|live| !stays(live)).collect();
    if out.is_empty() {
        return Ok(0);
    }
    let tx = db.begin().await?;
    let mut told = 0;
    for live in &out {
        told += usize::from(end_part(&tx, now, live, Reason::NoEntry).await?);
    }
    tx.commit().await?;
    Ok(told)
}
