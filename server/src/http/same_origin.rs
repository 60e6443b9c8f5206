//! A request that changes something must come from our own pages. Forms therefore need no token of their own.

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, Method, StatusCode, header};
use url::Origin;

use super::sorry;

/// The built-in provider is called from elsewhere by its nature: programs ask for tokens, and tools send people on with a
/// form. None of it changes anything for a signed-in person without asking or a valid hint.
const PROVIDER: &str = "/oauth2/";

/// Other providers tell the hub here that a session has ended, with a signed token.
const LOGOUT: &str = "/sign-in/back-channel-logout/";

/// Refuses what changes something and does not come from the hub's own pages.
pub(super) async fn guard(State(own): State<Origin>, request: Request, next: Next) -> Response {
    let safe = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    let path = request.uri().path();
    if safe || path.starts_with(PROVIDER) || path.starts_with(LOGOUT) || from_own_pages(request.headers(), &own) {
        return next.run(request).await;
    }
    tracing::warn!(path, "refused a request that came from another site");
    sorry::page(StatusCode::FORBIDDEN).into_response()
}

/// Modern browsers say so outright; older ones name the origin or the page; who says neither is no browser of ours.
fn from_own_pages(headers: &HeaderMap, own: &Origin) -> bool {
    let text = |name| {
        headers
            .get(name)
            .and_then(|value: &http::HeaderValue| value.to_str().ok())
    };
    if let Some(site) = headers.get("sec-fetch-site") {
        return site == "same-origin" || site == "none";
    }
    text(header::ORIGIN)
        .or_else(|| text(header::REFERER))
        .and_then(|address| url::Url::parse(address).ok())
        .is_some_and(|address| address.origin() == *own)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn judged(headers: &[(&'static str, &str)]) -> bool {
        let own = url::Url::parse("https://hub.example.org").unwrap().origin();
        let headers = headers
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
        from_own_pages(&headers.collect(), &own)
    }

    #[test]
    fn the_browser_says_where_a_request_comes_from() {
        assert!(judged(&[("sec-fetch-site", "same-origin")]));
        assert!(judged(&[("sec-fetch-site", "none")]));
        assert!(!judged(&[("sec-fetch-site", "same-site")]));
        assert!(!judged(&[
            ("sec-fetch-site", "cross-site"),
            ("origin", "https://hub.example.org")
        ]));
    }

    #[test]
    fn an_older_browser_names_the_origin_or_the_page() {
        assert!(judged(&[("origin", "https://hub.example.org")]));
        assert!(!judged(&[("origin", "https://hub.example.org.evil.example")]));
        assert!(!judged(&[("origin", "http://hub.example.org")]));
        assert!(!judged(&[("origin", "null"), ("referer", "https://hub.example.org/")]));
        assert!(judged(&[("referer", "https://hub.example.org/bookings")]));
        assert!(!judged(&[]));
    }
}
