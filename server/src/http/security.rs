//! Headers that every answer carries, errors included.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use http::{HeaderMap, HeaderName, HeaderValue, header};
use leptos::nonce::Nonce;
use sha2::{Digest, Sha256};
use url::Url;

use crate::config::Config;

/// An answer that carries this extension lets its forms lead to that origin as well: browsers apply `form-action` to the
/// redirects that follow a form, such as the one back to a tool that signs in here.
#[derive(Debug, Clone)]
pub struct FormsMayLeadTo(pub Url);

/// A page that carries this extension is shared by many readers: its inline scripts run by their hashes.
#[derive(Debug, Clone, Copy)]
pub(super) struct ScriptsByHash;

/// What is the same for every answer.
#[derive(Debug, Clone)]
pub struct Headers {
    fixed: Arc<HeaderMap>,
    /// Origins besides our own that a form may lead to.
    form_action: Arc<str>,
    /// The inline scripts of pages, as sources of the policy.
    hashes: Arc<str>,
}

impl Headers {
    /// Headers for a hub with these settings and these inline scripts.
    pub fn new(config: &Config, scripts: &[String]) -> Self {
        let mut fixed = HeaderMap::new();
        for (name, value) in [
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (header::REFERRER_POLICY, "same-origin"),
            (header::X_FRAME_OPTIONS, "DENY"),
            (
                HeaderName::from_static("permissions-policy"),
                "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
            ),
            (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
            (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        ] {
            fixed.insert(name, HeaderValue::from_static(value));
        }
        if config.on_tls() {
            fixed.insert(
                header::STRICT_TRANSPORT_SECURITY,
                HeaderValue::from_static("max-age=31536000"),
            );
        }
        let others = config.sign_on.providers.iter().flatten();
        let issuers = others.filter_map(|(_, provider)| provider.issuer.as_ref());
        let issuers: Vec<_> = config.sign_on.issuer.iter().chain(issuers).map(origin).collect();
        Self {
            fixed: Arc::new(fixed),
            form_action: issuers.join(" ").into(),
            hashes: scripts
                .iter()
                .map(|script| hash_source(script))
                .collect::<Vec<_>>()
                .join(" ")
                .into(),
        }
    }

    fn policy(&self, nonce: &Nonce, of: &http::Extensions) -> String {
        let also = of
            .get::<FormsMayLeadTo>()
            .map(|forms| origin(&forms.0))
            .unwrap_or_default();
        let inline = match of.get::<ScriptsByHash>() {
            Some(ScriptsByHash) => self.hashes.to_string(),
            None => format!("'nonce-{nonce}'"),
        };
        format!(
            "default-src 'none'; script-src 'self' {inline} 'wasm-unsafe-eval'; style-src 'self'; \
             img-src 'self' data:; font-src 'self'; connect-src 'self'; manifest-src 'self'; \
             form-action 'self' {} {also}; base-uri 'none'; frame-ancestors 'none'",
            self.form_action
        )
    }
}

/// A script as a source of the policy: `'sha256-…'` (Content Security Policy Level 3, section 2.3.1).
fn hash_source(script: &str) -> String {
    format!("'sha256-{}'", STANDARD.encode(Sha256::digest(script)))
}

fn origin(url: &Url) -> String {
    url.origin().ascii_serialization()
}

/// Gives the request its nonce (an extension of the type that leptos uses) and the answer its headers.
pub(super) async fn guard(State(headers): State<Headers>, mut request: Request, next: Next) -> Response {
    let nonce = Nonce::new();
    request.extensions_mut().insert(nonce.clone());
    let mut response = next.run(request).await;
    let policy = headers.policy(&nonce, response.extensions());
    let answered = response.headers_mut();
    for (name, value) in headers.fixed.iter() {
        if !answered.contains_key(name) {
            answered.insert(name, value.clone());
        }
    }
    if !answered.contains_key(header::CONTENT_SECURITY_POLICY) {
        // A nonce and an origin are plain ASCII; should that ever fail, nothing at all may run.
        let value = HeaderValue::from_str(&policy);
        let value = value.unwrap_or_else(|_| HeaderValue::from_static("default-src 'none'"));
        answered.insert(header::CONTENT_SECURITY_POLICY, value);
    }
    response
}
