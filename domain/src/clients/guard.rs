//! Tools that speak no OpenID Connect: a proxy asks the hub about each request to their host.

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use uuid::Uuid;

use super::{
    ClientError,
    rows::{json, sql},
    store::{self, By},
};
use crate::{AccountId, audit, db::Db, tokens};

/// How long somebody stays inside at most, where their session lasts as long.
pub const INSIDE: TimeDelta = TimeDelta::days(30);
/// How many paths may be open to everybody.
const PATHS: usize = 20;

/// A host that a proxy guards.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guarded {
    /// Name of the host, with its port where that is not the usual one.
    pub host: String,
    /// The tool behind it.
    pub client_id: String,
    /// Beginnings of paths that everybody may ask for.
    pub open_paths: Vec<String>,
}

impl Guarded {
    /// The host's own address. Only this very machine goes without TLS.
    pub fn base_url(&self) -> String {
        let name = self.host.split(':').next().unwrap_or_default();
        let scheme = if matches!(name, "localhost" | "127.0.0.1") {
            "http"
        } else {
            "https"
        };
        format!("{scheme}://{}", self.host)
    }

    /// Where codes for this host are sent.
    pub fn callback(&self) -> String {
        format!("{}/.hub/callback", self.base_url())
    }

    /// Whether a path is open to everybody: it is one of those named, or below one. A path that a tool might read as
    /// another one is not.
    pub fn is_open(&self, path: &str) -> bool {
        let plain = !path.contains("..") && !path.contains('%') && !path.contains('\\') && !path.contains("//");
        plain
            && self.open_paths.iter().any(|open| {
                path == open
                    || path
                        .strip_prefix(open.trim_end_matches('/'))
                        .is_some_and(|rest| rest.starts_with('/'))
            })
    }
}

#[derive(FromQueryResult)]
struct Row {
    host: String,
    client_id: String,
    open_paths: String,
}

impl From<Row> for Guarded {
    fn from(row: Row) -> Self {
        Self {
            host: row.host,
            client_id: row.client_id,
            // What cannot be read opens nothing.
            open_paths: serde_json::from_str(&row.open_paths).unwrap_or_default(),
        }
    }
}

/// The name of a host as it is kept, if it is one.
pub fn host_of(text: &str) -> Option<String> {
    let host = text.trim().to_ascii_lowercase();
    let (name, port) = host.split_once(':').unwrap_or((&host, ""));
    let label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    let fine = name.len() <= 253
        && name.split('.').all(label)
        && (port.is_empty() && !host.ends_with(':') || port.parse::<u16>().is_ok_and(|port| port > 0));
    fine.then_some(host)
}

/// The guarded host of this name.
pub async fn by_host(db: &impl ConnectionTrait, host: &str) -> Result<Option<Guarded>, DbErr> {
    find(db, "host", host).await
}

/// The host that a tool is guarded on, if it is.
pub async fn of_client(db: &impl ConnectionTrait, client_id: &str) -> Result<Option<Guarded>, DbErr> {
    find(db, "client_id", client_id).await
}

async fn find(db: &impl ConnectionTrait, column: &str, value: &str) -> Result<Option<Guarded>, DbErr> {
    let text = format!("SELECT host, client_id, open_paths FROM guarded_hosts WHERE {column} = $1");
    Ok(Row::find_by_statement(sql(db, &text, [value.into()]))
        .one(db)
        .await?
        .map(Guarded::from))
}

/// Guards a tool on a host; without one, guards it no longer. Whoever is inside signs in anew.
pub async fn guard(
    db: &Db,
    by: By<'_>,
    client_id: &str,
    host: &str,
    open_paths: &str,
    own_host: &str,
    now: DateTime<Utc>,
) -> Result<(), ClientError> {
    let who = by.checked()?;
    let tx = db.begin().await?;
    let client = store::get(&tx, client_id)
        .await?
        .filter(|client| client.client_id != "hub");
    let client = client.ok_or(ClientError::NotFound)?;
    for gone in [
        "DELETE FROM guarded_sessions WHERE client_id = $1",
        "DELETE FROM guarded_hosts WHERE client_id = $1",
    ] {
        tx.execute_raw(sql(&tx, gone, [client_id.into()])).await?;
    }
    let mut kept = String::new();
    if !host.trim().is_empty() {
        kept = host_of(host)
            .filter(|host| host != own_host)
            .ok_or(ClientError::HostShape)?;
        let paths: Vec<String> = open_paths.split_whitespace().map(str::to_owned).collect();
        if paths.len() > PATHS
            || paths
                .iter()
                .any(|path| !path.starts_with('/') || path.len() > 200 || path == "/")
        {
            return Err(ClientError::PathShape);
        }
        if by_host(&tx, &kept).await?.is_some() {
            return Err(ClientError::HostTaken);
        }
        tx.execute_raw(sql(
            &tx,
            "INSERT INTO guarded_hosts (host, client_id, open_paths) VALUES ($1, $2, $3)",
            [kept.as_str().into(), client_id.into(), json(&paths)?.into()],
        ))
        .await?;
        let guarded = Guarded {
            host: kept.clone(),
            client_id: client_id.to_owned(),
            open_paths: paths,
        };
        let mut addresses = client.redirect_uris;
        if !addresses.contains(&guarded.callback()) {
            addresses.push(guarded.callback());
            tx.execute_raw(sql(
                &tx,
                "UPDATE provider_clients SET redirect_uris = $1 WHERE client_id = $2",
                [json(&addresses)?.into(), client_id.into()],
            ))
            .await?;
        }
    }
    audit::record(&tx, now, who, "client.guard", client_id, &kept).await?;
    tx.commit().await?;
    Ok(())
}

/// Somebody has signed in and comes to the host: the secret that their browser carries there.
pub async fn enter(
    db: &Db,
    now: DateTime<Utc>,
    guarded: &Guarded,
    account: AccountId,
    sid: &str,
) -> Result<String, DbErr> {
    let token = tokens::secret();
    let tx = db.begin().await?;
    tx.execute_raw(sql(
        &tx,
        "INSERT INTO guarded_sessions (token_hash, host, client_id, account_id, sid, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        [
            tokens::fingerprint(&token).into(),
            guarded.host.as_str().into(),
            guarded.client_id.as_str().into(),
            account.0.into(),
            sid.into(),
            now.into(),
            (now + INSIDE).into(),
        ],
    ))
    .await?;
    tx.commit().await?;
    Ok(token)
}

/// Somebody who is inside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inside {
    /// Their account.
    pub account: AccountId,
    /// Their session at the provider.
    pub sid: String,
}

/// Who is inside a host with this secret. Nobody, as soon as their session or the tool's part of it has ended.
pub async fn inside(
    db: &impl ConnectionTrait,
    now: DateTime<Utc>,
    host: &str,
    token: &str,
) -> Result<Option<Inside>, DbErr> {
    let row = db
        .query_one_raw(sql(
            db,
            "SELECT g.account_id, g.sid FROM guarded_sessions g
             JOIN provider_sessions s ON s.sid = g.sid AND s.ended_at IS NULL
             JOIN provider_session_clients sc ON sc.sid = g.sid AND sc.client_id = g.client_id AND sc.ended_at IS NULL
             WHERE g.token_hash = $1 AND g.host = $2 AND g.expires_at > $3",
            [tokens::fingerprint(token).into(), host.into(), now.into()],
        ))
        .await?;
    row.map(|row| {
        Ok(Inside {
            account: AccountId(row.try_get::<Uuid>("", "account_id")?),
            sid: row.try_get("", "sid")?,
        })
    })
    .transpose()
}

/// Removes what has run out.
pub async fn sweep(db: &Db, now: DateTime<Utc>) -> Result<u64, DbErr> {
    let tx = db.begin().await?;
    let swept = tx
        .execute_raw(sql(
            &tx,
            "DELETE FROM guarded_sessions WHERE expires_at <= $1",
            [now.into()],
        ))
        .await?;
    tx.commit().await?;
    Ok(swept.rows_affected())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_a_name_and_perhaps_a_port() {
        for (text, host) in [
            (" Pads.Example.ORG ", Some("pads.example.org")),
            ("localhost:8080", Some("localhost:8080")),
            ("127.0.0.1:9001", Some("127.0.0.1:9001")),
            ("https://pads.example.org", None),
            ("pads.example.org/x", None),
            ("pads.example.org:", None),
            ("pads.example.org:0", None),
            ("-a.example", None),
            ("a..b", None),
            ("", None),
        ] {
            assert_eq!(host_of(text).as_deref(), host, "{text}");
        }
    }

    #[test]
    fn an_open_path_opens_nothing_beside_it() {
        let guarded = Guarded {
            host: "pads.example.org".into(),
            client_id: "pads".into(),
            open_paths: vec!["/static/".into(), "/health".into()],
        };
        for open in ["/static/", "/static/a/b.css", "/health", "/health/deep"] {
            assert!(guarded.is_open(open), "{open}");
        }
        for shut in [
            "/",
            "/staticky",
            "/healthy",
            "/static/../admin",
            "/static/%2e%2e/admin",
            "/static\\..",
            "/static//x",
        ] {
            assert!(!guarded.is_open(shut), "{shut}");
        }
        assert_eq!(guarded.callback(), "https://pads.example.org/.hub/callback");
    }
}
