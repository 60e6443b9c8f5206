//! What a person says of a way of signing in that belongs to no record yet: that it is theirs, that they are new here, or
//! that it was a mistake. Each is a form on one of the hub's own pages.

use std::sync::Arc;

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use chrono::DateTime;
use domain::{
    MemberId,
    accounts::{AccountError, arrivals::Pending, identities, is_fresh, session_key},
};
use http::HeaderMap;
use tower_sessions::Session;

use super::callback;
use crate::sso::{Sso, trouble::Trouble};

/// Takes what waits to be confirmed, if it still holds.
async fn taken(sso: &Sso, session: &Session) -> Result<Option<Pending>, tower_sessions::session::Error> {
    let pending = session.remove::<Pending>(session_key::PENDING).await?;
    Ok(pending.filter(|pending| pending.holds(sso.now())))
}

/// Whether the person has shown who they are some minutes ago at most.
async fn showed_lately(sso: &Sso, session: &Session) -> Result<bool, tower_sessions::session::Error> {
    let shown = session.get::<i64>(session_key::AUTH_TIME).await?;
    let shown = shown.and_then(|seconds| DateTime::from_timestamp(seconds, 0));
    Ok(is_fresh(shown, sso.now()))
}

/// `POST /sign-in/link`: a signed-in person confirms that it is theirs.
pub async fn confirm(State(sso): State<Arc<Sso>>, session: Session, headers: HeaderMap) -> Response {
    let member = match session.get::<MemberId>(session_key::MEMBER).await {
        Ok(Some(member)) => match domain::members::store::acting(sso.db.read(), member).await {
            Ok(acting) => acting.map(|acting| acting.id),
            Err(error) => return sso.broken(&headers, &error).await,
        },
        Ok(None) => None,
        Err(error) => return sso.broken(&headers, &error).await,
    };
    let Some(member) = member else {
        return sso.trouble(&headers, Trouble::AttemptLost, "/account/identities").await;
    };
    let pending = match taken(&sso, &session).await {
        Ok(Some(pending)) => pending,
        Ok(None) => return sso.trouble(&headers, Trouble::AttemptLost, "/account/identities").await,
        Err(error) => return sso.broken(&headers, &error).await,
    };
    // A new way in outlasts the session, so that whoever holds only that may not open one.
    match showed_lately(&sso, &session).await {
        Ok(true) => {}
        Ok(false) => {
            return match session.insert(session_key::PENDING, pending).await {
                Ok(()) => Redirect::to("/sign-in?fresh=yes&to=/account/identities").into_response(),
                Err(error) => sso.broken(&headers, &error).await,
            };
        }
        Err(error) => return sso.broken(&headers, &error).await,
    }
    match identities::link_own(&sso.db, sso.now(), member, &pending.person).await {
        Ok(()) => Redirect::to("/account/identities?linked=yes").into_response(),
        Err(AccountError::IdentityTaken | AccountError::IdentityUnknown) => {
            sso.trouble(&headers, Trouble::IdentityTaken, "/account/identities")
                .await
        }
        Err(error) => sso.broken(&headers, &error).await,
    }
}

/// `POST /sign-in/as-new`: the person has no record yet.
pub async fn as_new(State(sso): State<Arc<Sso>>, session: Session, headers: HeaderMap) -> Response {
    let pending = match taken(&sso, &session).await {
        Ok(Some(pending)) => pending,
        Ok(None) => return sso.trouble(&headers, Trouble::AttemptLost, "/").await,
        Err(error) => return sso.broken(&headers, &error).await,
    };
    match callback::enter(&sso, &session, &headers, &pending).await {
        Ok(to) => Redirect::to(&to).into_response(),
        Err(trouble) => sso.trouble(&headers, trouble, &pending.to).await,
    }
}

/// `POST /sign-in/forget`: it was a mistake.
pub async fn forget(State(sso): State<Arc<Sso>>, session: Session, headers: HeaderMap) -> Response {
    match taken(&sso, &session).await {
        Ok(_) => Redirect::to("/account/identities").into_response(),
        Err(error) => sso.broken(&headers, &error).await,
    }
}
