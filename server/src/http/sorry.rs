//! Plain pages for what goes wrong outside of any page: too large, too slow, from elsewhere, or a panic.
//! They need neither database nor session, so that they can be shown whatever is broken.

use std::any::Any;

use axum::{
    body::HttpBody,
    extract::Request,
    middleware::Next,
    response::{Html, IntoResponse, Response},
};
use http::{StatusCode, header};

/// A page that says, in the languages of the hub, what happened and what to do.
pub(super) fn page(status: StatusCode) -> impl IntoResponse {
    let (english, spanish) = words(status);
    let html = format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>{english}</title></head>\
         <body><main><h1>{english}</h1><p lang=\"es\">{spanish}</p><p><a href=\"/\">Home · <span lang=\"es\">Inicio</span></a></p>\
         </main></body></html>\n"
    );
    (status, [(header::CACHE_CONTROL, "no-store")], Html(html))
}

fn words(status: StatusCode) -> (&'static str, &'static str) {
    match status {
        StatusCode::FORBIDDEN => (
            "This did not come from a page of this hub, so nothing was changed. Open the hub and try there.",
            "Esto no vino de una página de este espacio, así que nada ha cambiado. Ábrelo e inténtalo allí.",
        ),
        StatusCode::METHOD_NOT_ALLOWED => (
            "This address cannot be used in that way. Go back and try again from the page.",
            "Esta dirección no se puede usar así. Vuelve e inténtalo desde la página.",
        ),
        StatusCode::NOT_FOUND => ("There is nothing at this address.", "No hay nada en esta dirección."),
        StatusCode::PAYLOAD_TOO_LARGE => (
            "What you sent is larger than this hub takes. Shorten it and try again.",
            "Lo que has enviado es más grande de lo que admitimos. Acórtalo e inténtalo de nuevo.",
        ),
        StatusCode::SERVICE_UNAVAILABLE => (
            "The hub is too busy to answer just now. Please try again in a moment.",
            "Ahora mismo no damos abasto. Inténtalo de nuevo en un momento.",
        ),
        _ => (
            "Something broke on our side. It has been written down; please try again in a moment.",
            "Algo ha fallado por nuestra parte. Ha quedado anotado; inténtalo de nuevo en un momento.",
        ),
    }
}

/// Gives an error without a body the page that belongs to its status.
pub(super) async fn dress(request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    let status = response.status();
    let bare = response.body().size_hint().exact() == Some(0) && !response.headers().contains_key(header::CONTENT_TYPE);
    let plain = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind == "text/plain; charset=utf-8");
    // tower-http says 413 in plain English.
    if !(bare && (status.is_client_error() || status.is_server_error())
        || plain && status == StatusCode::PAYLOAD_TOO_LARGE)
    {
        return response;
    }
    let mut dressed = page(status).into_response();
    if let Some(allow) = response.headers().get(header::ALLOW) {
        dressed.headers_mut().insert(header::ALLOW, allow.clone());
    }
    dressed
}

/// What a panic looks like from outside. The panic itself is in the log.
pub(super) fn panicked(panic: Box<dyn Any + Send + 'static>) -> Response {
    let message = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("no message");
    tracing::error!(message, "a request panicked");
    page(StatusCode::INTERNAL_SERVER_ERROR).into_response()
}
