//! Off to another host. The policy of content lets forms lead nowhere else, redirects included, so that what a form of our
//! own leads to goes by way of a page.

use axum::response::{Html, IntoResponse, Redirect, Response};
use http::HeaderMap;
use openidconnect::url::Url;

/// To this address: by a redirect, or by a page where the request comes from one of our own pages.
pub(in crate::sso) fn lead(headers: &HeaderMap, to: &Url) -> Response {
    let from_here = headers.get("sec-fetch-site").is_some_and(|site| site == "same-origin");
    if from_here {
        page(to)
    } else {
        Redirect::to(to.as_str()).into_response()
    }
}

/// A page that leads to an address at once.
pub(in crate::sso) fn page(to: &Url) -> Response {
    let to = to
        .as_str()
        .replace('&', "&amp;")
        .replace('"', "&quot;")
        .replace('<', "&lt;");
    Html(format!(
        "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>…</title>\
         <meta name=\"referrer\" content=\"no-referrer\">\
         <meta http-equiv=\"refresh\" content=\"0;url={to}\"></head>\
         <body><p><a href=\"{to}\">→</a></p></body></html>"
    ))
    .into_response()
}
