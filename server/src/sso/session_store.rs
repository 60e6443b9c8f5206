//! Browser sessions over the hub's own database, and the cookie that names them.

use std::fmt;

use axum::{extract::Request, middleware::Next, response::Response};
use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    MemberId,
    accounts::{
        Source,
        browser_sessions::{self, Kept},
        session_key,
    },
    db::Db,
    tokens,
};
use http::{HeaderValue, header};
use sea_orm::DbErr;
use tower_sessions::{
    Expiry, Session, SessionManagerLayer, SessionStore,
    cookie::{
        SameSite,
        time::{Duration, OffsetDateTime},
    },
    session::{Id, Record},
    session_store::{Error, Result},
};

/// How long somebody stays signed in without coming by.
const SIGNED_IN: Duration = Duration::days(30);
/// Names of the cookie: over TLS, and without it.
const NAMES: [&str; 2] = ["__Host-hub", "hub"];
/// How long a session is kept in which nobody has signed in.
const ANONYMOUS: TimeDelta = TimeDelta::hours(2);

/// Sessions in the table `browser_sessions`. Its key is the fingerprint of the cookie's value.
#[derive(Clone)]
pub struct Store {
    db: Db,
    clock: fn() -> DateTime<Utc>,
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Store")
    }
}

impl Store {
    /// A store over a database, with a clock.
    pub fn new(db: Db, clock: fn() -> DateTime<Utc>) -> Self {
        Self { db, clock }
    }

    fn kept(&self, record: &Record) -> Result<Kept> {
        let text = |key: &str| record.data.get(key).and_then(|v| v.as_str()).unwrap_or_default();
        let member = text(session_key::MEMBER).parse::<MemberId>().ok();
        let sid = text(session_key::PROVIDER_SID);
        let somebody = member.is_some() || record.data.contains_key(session_key::PROVIDER_ACCOUNT);
        let source = record.data.get(session_key::SOURCE);
        let source = source.and_then(|source| serde_json::from_value::<Source>(source.clone()).ok());
        // The provider's word on how long a session lasts stands above ours.
        let until = record.data.get(session_key::UNTIL).and_then(serde_json::Value::as_i64);
        let until = until
            .and_then(|until| DateTime::from_timestamp(until, 0))
            .filter(|_| member.is_some());
        let wanted = DateTime::from_timestamp(record.expiry_date.unix_timestamp(), 0)
            .ok_or_else(|| Error::Encode("an expiry beyond the calendar".to_owned()))?;
        Ok(Kept {
            id: tokens::fingerprint(&record.id.to_string()),
            data: serde_json::to_string(&record.data).map_err(|e| Error::Encode(e.to_string()))?,
            member,
            provider_sid: (!sid.is_empty()).then(|| sid.to_owned()),
            user_agent: text(session_key::USER_AGENT).to_owned(),
            expires_at: if somebody {
                until.map_or(wanted, |until| wanted.min(until))
            } else {
                wanted.min((self.clock)() + ANONYMOUS)
            },
            source,
        })
    }
}

/// The fingerprint under which a session is listed.
pub fn key(session: &Session) -> Option<String> {
    session.id().map(|id| tokens::fingerprint(&id.to_string()))
}

fn failed(error: DbErr) -> Error {
    Error::Backend(error.to_string())
}

#[async_trait::async_trait]
impl SessionStore for Store {
    async fn create(&self, record: &mut Record) -> Result<()> {
        while !browser_sessions::create(&self.db, (self.clock)(), &self.kept(record)?)
            .await
            .map_err(failed)?
        {
            record.id = Id::default();
        }
        Ok(())
    }

    async fn save(&self, record: &Record) -> Result<()> {
        browser_sessions::save(&self.db, (self.clock)(), &self.kept(record)?)
            .await
            .map_err(failed)
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        let key = tokens::fingerprint(&id.to_string());
        let Some(kept) = browser_sessions::load(&self.db, (self.clock)(), &key)
            .await
            .map_err(failed)?
        else {
            return Ok(None);
        };
        Ok(Some(Record {
            id: *id,
            data: serde_json::from_str(&kept.data).map_err(|e| Error::Decode(e.to_string()))?,
            expiry_date: OffsetDateTime::from_unix_timestamp(kept.expires_at.timestamp())
                .map_err(|e| Error::Decode(e.to_string()))?,
        }))
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        browser_sessions::delete(&self.db, &tokens::fingerprint(&id.to_string()))
            .await
            .map_err(failed)
    }
}

/// The cookie: for this host only, out of reach of scripts, not sent along by other sites' forms.
pub fn layer(db: Db, clock: fn() -> DateTime<Utc>, on_tls: bool) -> SessionManagerLayer<Store> {
    SessionManagerLayer::new(Store::new(db, clock))
        .with_name(NAMES[usize::from(!on_tls)])
        .with_secure(on_tls)
        .with_http_only(true)
        .with_same_site(SameSite::Lax)
        .with_path("/")
        .with_expiry(Expiry::OnInactivity(SIGNED_IN))
}

/// Renews the cookie of a signed-in person once a day, so that who comes by stays signed in. Stands inside the layer.
pub async fn renew(clock: fn() -> DateTime<Utc>, session: Session, request: Request, next: Next) -> Response {
    if session.id().is_some() {
        let today = clock().timestamp() / 86_400;
        let signed_in = session
            .get_value(session_key::MEMBER)
            .await
            .is_ok_and(|value| value.is_some());
        if signed_in && session.get::<i64>(session_key::RENEWED).await.ok().flatten() != Some(today) {
            let _ = session.insert(session_key::RENEWED, today).await;
        }
    }
    next.run(request).await
}

/// Takes back a cookie that an answer must not set. Stands outside the layer.
///
/// Signing in changes the cookie's value. A request that left with the old one, such as the prefetching of a link that the
/// pointer rests on, may be answered after that: the layer finds no session any more and removes the cookie, which by then
/// is the new one. So only acts and the routes of sign-on remove it, and what is prefetched sets none at all.
pub async fn keep_newer(request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let acts = !request.method().is_safe() || ["/oauth2/", "/sign-"].iter().any(|of| path.starts_with(of));
    let prefetch = request.headers().contains_key("sec-purpose");
    let mut response = next.run(request).await;
    if (acts && !prefetch) || !response.headers().contains_key(header::SET_COOKIE) {
        return response;
    }
    let set: Vec<HeaderValue> = response.headers().get_all(header::SET_COOKIE).iter().cloned().collect();
    response.headers_mut().remove(header::SET_COOKIE);
    for cookie in set {
        let text = cookie.to_str().unwrap_or_default();
        let removes = text.contains("Max-Age=0") && NAMES.iter().any(|name| text.starts_with(&format!("{name}=")));
        if !prefetch && !removes {
            response.headers_mut().append(header::SET_COOKIE, cookie);
        }
    }
    response
}

/// Removes what has expired: sessions, codes, tokens. For a job.
pub async fn sweep(db: &Db, now: DateTime<Utc>) -> std::result::Result<u64, DbErr> {
    let sessions = browser_sessions::sweep(db, now).await?;
    let said =
        domain::accounts::logout::sweep(db, now).await? + domain::accounts::sign_on_tokens::sweep(db, now).await?;
    Ok(sessions + said + domain::accounts::grants::sweep(db, now).await?)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use domain::testing::{at, on_each_database};

    use super::*;

    fn clock() -> DateTime<Utc> {
        at(2026, 11, 23, 9, 0)
    }

    fn record(id: Id) -> Record {
        let expiry_date = OffsetDateTime::from_unix_timestamp(clock().timestamp()).unwrap() + SIGNED_IN;
        Record {
            id,
            data: std::collections::HashMap::default(),
            expiry_date,
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_session_comes_back_as_it_was_and_a_taken_id_is_changed() {
        on_each_database(|db| async move {
            let store = Store::new(db, clock);
            let mut first = record(Id(7));
            first.data.insert(session_key::PROVIDER_ACCOUNT.into(), "x".into());
            store.create(&mut first).await.unwrap();
            assert_eq!(store.load(&Id(7)).await.unwrap(), Some(first));

            let mut second = record(Id(7));
            store.create(&mut second).await.unwrap();
            assert_ne!(second.id, Id(7));
            let kept = store.load(&second.id).await.unwrap().unwrap();
            let limit = (clock() + ANONYMOUS).timestamp();
            assert_eq!(kept.expiry_date.unix_timestamp(), limit, "nobody's session goes soon");

            store.delete(&Id(7)).await.unwrap();
            assert_eq!(store.load(&Id(7)).await.unwrap(), None);
        })
        .await;
    }
}
