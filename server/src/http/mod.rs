//! The router: routes of each area inside, guards of every answer around them.

mod files;
mod kept;
mod own_host;
mod pages;
mod same_origin;
mod security;
mod sorry;
#[cfg(test)]
mod tests;

use std::time::Duration;

use axum::{
    Router,
    extract::{Request, State},
    middleware::{self, Next},
    response::{IntoResponse, Response},
};
use domain::{db::Db, seal::Sealer};
use http::{HeaderName, HeaderValue, StatusCode};
use tower::ServiceBuilder;
use tower_http::{
    catch_panic::CatchPanicLayer,
    limit::RequestBodyLimitLayer,
    request_id::{MakeRequestId, PropagateRequestIdLayer, RequestId, SetRequestIdLayer},
    trace::TraceLayer,
};

use crate::{
    calendar,
    config::Config,
    handbook, health, live, sso,
    state::{AppState, Shutdown},
};

pub use security::FormsMayLeadTo;

/// Carries the id of a request, in and out.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The whole hub for these settings, this database and this key. Tests use it as it is.
///
/// # Errors
/// Where the TLS of outgoing calls cannot be set up.
pub fn router(config: Config, db: Db, sealer: Sealer) -> Result<Router, reqwest::Error> {
    Ok(with_state(AppState::new(config, db, sealer, Shutdown::never())?))
}

/// The whole hub for this state.
pub fn with_state(state: AppState) -> Router {
    let own = state.sso.clone();
    let for_people = Router::new()
        .merge(sso::routes(state.sso.clone()))
        .merge(handbook::routes())
        .merge(live::routes());
    let routes = Router::new()
        .merge(health::routes())
        .merge(calendar::routes())
        .merge(pages::routes(&state, for_people));
    let router = guarded(routes, &state).with_state(state);
    // Sign-on calls the built-in provider inside this process.
    own.connect(router.clone());
    router
}

/// Puts the guards around routes. The first in the list sees a request first and its answer last.
fn guarded(routes: Router<AppState>, state: &AppState) -> Router<AppState> {
    let config = &state.config;
    let body_limit = usize::try_from(config.server.body_limit_kib)
        .unwrap_or(usize::MAX)
        .saturating_mul(1024);
    let patience = Duration::from_secs(config.server.request_seconds.into());
    routes.layer(
        ServiceBuilder::new()
            .layer(SetRequestIdLayer::new(REQUEST_ID, NewId))
            .layer(
                TraceLayer::new_for_http()
                    .make_span_with(span)
                    .on_request(())
                    .on_failure(()),
            )
            .layer(PropagateRequestIdLayer::new(REQUEST_ID))
            .layer(middleware::from_fn_with_state(
                security::Headers::new(config, &app::document::inline_scripts(&state.services.settings.assets)),
                security::guard,
            ))
            .layer(middleware::from_fn(sorry::dress))
            .layer(CatchPanicLayer::custom(sorry::panicked))
            .layer(middleware::from_fn_with_state(patience, give_up_in_time))
            .layer(middleware::from_fn_with_state(
                config.base_url().origin(),
                same_origin::guard,
            ))
            .layer(RequestBodyLimitLayer::new(body_limit)),
    )
}

/// Answers 503 where a request takes too long. An answer that has begun, such as a stream of events, may go on.
async fn give_up_in_time(State(patience): State<Duration>, request: Request, next: Next) -> Response {
    match tokio::time::timeout(patience, next.run(request)).await {
        Ok(response) => response,
        Err(_) => {
            tracing::error!("gave up a request that took too long");
            let retry = [(http::header::RETRY_AFTER, HeaderValue::from_static("5"))];
            (retry, sorry::page(StatusCode::SERVICE_UNAVAILABLE)).into_response()
        }
    }
}

fn span(request: &Request) -> tracing::Span {
    let id = request
        .extensions()
        .get::<RequestId>()
        .and_then(|id| id.header_value().to_str().ok());
    // Without the query: it may carry what nobody should read in a log, such as the code of a sign-in.
    let (method, path) = (request.method(), request.uri().path());
    // The rest of such an address is a secret as well.
    let secret = ["/invitations/", "/provider/reset/", "/account/verify/"]
        .into_iter()
        .find(|start| path.starts_with(start));
    let path = secret.unwrap_or(path);
    tracing::info_span!("request", id = id.unwrap_or_default(), %method, path)
}

/// A new id where none came in, or where what came in is not plain.
#[derive(Clone)]
struct NewId;

impl MakeRequestId for NewId {
    fn make_request_id<B>(&mut self, _: &http::Request<B>) -> Option<RequestId> {
        HeaderValue::from_str(&uuid::Uuid::now_v7().simple().to_string())
            .ok()
            .map(RequestId::new)
    }
}
