//! Pages and acts of `app`, and the request context that they, and everything else a person calls, are given.

use app::{
    ctx::Ctx,
    document::{App, document},
};
use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    middleware::{self, Next},
    response::{IntoResponse, Response},
};
use http::{HeaderValue, Method, StatusCode, header, request::Parts};
use leptos::{
    nonce::Nonce,
    prelude::{provide_context, use_context},
};
use leptos_axum::{LeptosRoutes, generate_route_list};
use tower::ServiceExt;
use tower_http::{CompressionLevel, compression::CompressionLayer};
use tower_sessions::Session;

use super::{files, kept::Kept, own_host, sorry};
use crate::{
    clock,
    sso::{
        self,
        session_store::{keep_newer, renew},
    },
    state::AppState,
};

/// Fast and already small; the files of the build are compressed as far as it goes, beforehand.
const EFFORT: CompressionLevel = CompressionLevel::Precise(3);

/// All pages and acts, the files of the build, and a page that says so where there is nothing.
pub(super) fn routes(state: &AppState, others: Router<AppState>) -> Router<AppState> {
    let pages = Router::new()
        .leptos_routes_with_context(state, generate_route_list(App), give_nonce, document)
        .merge(others);
    let kept = Kept::new();
    // Files stand outside the context: they ask neither for a session nor the database.
    let missing = with_context(Router::new().fallback(page), state, &kept).with_state(state.clone());
    with_context(pages, state, &kept).fallback(move |State(state): State<AppState>, request: Request| async move {
        if let Some(asked) = files::asked(&request)
            && let Some(file) =
                files::find(state.leptos.site_root.as_ref().as_ref(), state.leptos.hash_files, asked).await
        {
            return file;
        }
        match *request.method() {
            Method::GET | Method::HEAD => missing.oneshot(request).await.into_response(),
            _ => sorry::page(StatusCode::NOT_FOUND).into_response(),
        }
    })
}

fn with_context(routes: Router<AppState>, state: &AppState, kept: &Kept) -> Router<AppState> {
    let with = (state.clone(), kept.clone());
    routes
        .layer(CompressionLayer::new().quality(EFFORT))
        .layer(middleware::from_fn_with_state(with, give_context))
        .layer(middleware::from_fn(move |session, request, next| {
            renew(clock::now, session, request, next)
        }))
        .layer(middleware::from_fn_with_state(
            state.sso.clone(),
            sso::rp::refresh::follow,
        ))
        .layer(state.sso.session_layer())
        .layer(middleware::from_fn(keep_newer))
        .layer(middleware::from_fn_with_state(state.config.base_url(), own_host::lead))
}

/// Renders whatever page belongs to the address, if only the one for addresses where nothing is.
async fn page(request: Request) -> Response<Body> {
    leptos_axum::render_app_async_with_context(give_nonce, document)(request).await
}

/// The nonce of the policy that this answer carries, for the scripts of the page.
fn give_nonce() {
    if let Some(nonce) = use_context::<Parts>().and_then(|parts| parts.extensions.get::<Nonce>().cloned()) {
        provide_context(nonce);
    }
}

/// Reads who asks and how, once; pages and routes find it among the extensions of the request.
async fn give_context(
    State((state, kept)): State<(AppState, Kept)>,
    session: Session,
    mut request: Request,
    next: Next,
) -> Response {
    let (parts, body) = request.into_parts();
    let cx = Ctx::read(state.services.clone(), session.clone(), &parts).await;
    request = Request::from_parts(parts, body);
    let cx = match cx {
        Ok(cx) => cx,
        Err(error) => {
            tracing::error!(%error, "could not read who asks");
            return sorry::page(StatusCode::INTERNAL_SERVER_ERROR).into_response();
        }
    };
    request.extensions_mut().insert(cx.clone());
    let mut response = kept.answer(&cx, &session, request, next).await;
    // A page is for one person. It may be kept to go back to, but is asked for again.
    let own = HeaderValue::from_static("private, no-cache");
    response.headers_mut().entry(header::CACHE_CONTROL).or_insert(own);
    response
}
