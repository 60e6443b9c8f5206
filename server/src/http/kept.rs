//! Public pages for readers without a session, kept as long as nothing has changed in the database.
//!
//! A kept page is sent again only where the database says that no transaction has changed anything since it was made
//! ([`Db::stamp`](domain::db::Db::stamp)), and within the same minute, since pages also tell what is past and what is
//! under way. Only readers of whom nothing is known share pages: whoever has a session gets their own. A nonce that many
//! readers share proves nothing, so the policy of a shared page names the hashes of its scripts instead.

use std::sync::Arc;

use app::{ctx::Ctx, i18n::Locale};
use axum::{
    body::{Body, Bytes, to_bytes},
    extract::Request,
    middleware::Next,
    response::{IntoResponse, Response},
};
use chrono_tz::Tz;
use domain::db::Stamp;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use tower_sessions::Session;

use super::{security::ScriptsByHash, sorry};

/// Bytes that are kept at most. The pages that many people read fit in many times over.
const MOST: u64 = 12 << 20;
/// A page larger than this is not kept.
const LARGEST: usize = 1 << 20;

/// Pages that everybody may read. Others may hold what an address alone tells, such as an invitation.
const PUBLIC: [&str; 7] = [
    "/programme",
    "/sessions",
    "/spaces",
    "/handbook",
    "/members",
    "/circles",
    "/tools",
];

/// All that a page for an unknown reader depends on, apart from the database and the time.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Key {
    path_and_query: String,
    accept_encoding: Option<HeaderValue>,
    locale: Locale,
    zone: Tz,
    zone_chosen: bool,
    theme: &'static str,
}

/// A page as it goes out, compressed where the reader takes that.
struct Page {
    stamp: Stamp,
    /// Minutes since 1970.
    minute: i64,
    headers: HeaderMap,
    body: Bytes,
}

/// The kept pages of this node.
#[derive(Clone)]
pub(super) struct Kept(moka::sync::Cache<Key, Arc<Page>>);

impl Kept {
    /// None yet.
    pub fn new() -> Self {
        let weight =
            |key: &Key, page: &Arc<Page>| u32::try_from(key.path_and_query.len() + page.body.len()).unwrap_or(u32::MAX);
        Self(moka::sync::Cache::builder().weigher(weight).max_capacity(MOST).build())
    }

    /// Answers with the kept page, or has it made and keeps it where it may be kept.
    pub async fn answer(&self, cx: &Ctx, session: &Session, request: Request, next: Next) -> Response {
        let Some(key) = key(cx, session, &request) else {
            return next.run(request).await;
        };
        // Asked before the page is made: a change in between makes it newer than its stamp, never older.
        let stamp = match cx.db().stamp().await {
            Ok(stamp) => stamp,
            Err(error) => {
                tracing::error!(%error, "could not ask whether the database changed");
                return sorry::page(StatusCode::INTERNAL_SERVER_ERROR).into_response();
            }
        };
        let minute = cx.now.timestamp().div_euclid(60);
        if let Some(page) = self.0.get(&key)
            && page.stamp == stamp
            && page.minute == minute
        {
            return shared((page.headers.clone(), page.body.clone()).into_response());
        }
        let (parts, body) = next.run(request).await.into_parts();
        let Ok(body) = to_bytes(body, usize::MAX).await else {
            return sorry::page(StatusCode::INTERNAL_SERVER_ERROR).into_response();
        };
        let own = parts.headers.contains_key(header::SET_COOKIE) || session.is_modified();
        if parts.status == StatusCode::OK && !own && body.len() <= LARGEST {
            let headers = parts.headers.clone();
            let body = body.clone();
            self.0.insert(
                key,
                Arc::new(Page {
                    stamp,
                    minute,
                    headers,
                    body,
                }),
            );
        }
        shared(Response::from_parts(parts, Body::from(body)))
    }
}

/// Its scripts run by their hashes.
fn shared(mut page: Response) -> Response {
    page.extensions_mut().insert(ScriptsByHash);
    page
}

/// What a page is kept under; nothing where it is for one person, or not a page that everybody may read.
fn key(cx: &Ctx, session: &Session, request: &Request) -> Option<Key> {
    let within = |area: &str| {
        let rest = cx.path.strip_prefix(area);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let public = cx.path == "/" || PUBLIC.into_iter().any(within);
    // A cookie of a session means that this may be somebody, even where nobody is signed in.
    let unknown = cx.member().is_none() && session.id().is_none();
    (public && unknown && request.method() == Method::GET).then(|| Key {
        path_and_query: cx.path_and_query.clone(),
        accept_encoding: request.headers().get(header::ACCEPT_ENCODING).cloned(),
        locale: cx.locale,
        zone: cx.zone,
        zone_chosen: cx.zone_chosen,
        theme: cx.theme,
    })
}
