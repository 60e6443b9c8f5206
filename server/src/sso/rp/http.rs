//! The HTTP client of the relying party. What is addressed to the hub itself is answered in this process; anything else
//! goes over the network, without following redirects, within a time and a size.

use std::{future::Future, pin::Pin, time::Duration};

use axum::body::Body;
use http::{Request, StatusCode, header};
use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse};
use tower::ServiceExt;

use crate::sso::Sso;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long an answer may be.
const MOST: usize = 1024 * 1024;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// Nobody answers, or not in time.
    #[error("the provider does not answer")]
    Network(#[source] reqwest::Error),
    /// It answers that it cannot answer.
    #[error("the provider fails: {0}")]
    Failing(StatusCode),
    /// More than anybody needs.
    #[error("the answer is too long")]
    TooLong,
    /// The hub is starting.
    #[error("the hub is not ready to answer itself")]
    NotReady,
    /// It is no request or no answer.
    #[error("malformed: {0}")]
    Malformed(String),
}

/// The client for the network.
pub(in crate::sso) fn outgoing() -> Result<reqwest::Client, reqwest::Error> {
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(PATIENCE)
        .user_agent("hub")
        .build()
}

impl<'c> AsyncHttpClient<'c> for Sso {
    type Error = FetchError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, FetchError>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(async move {
            let address = request.uri().to_string();
            // With the slash, so that no other host merely begins like ours.
            let answer = match address.strip_prefix(&self.url("/")) {
                Some(path) => self.ask_ourselves(format!("/{path}"), request).await?,
                None => self.ask_outside(request).await?,
            };
            if answer.status().is_server_error() {
                return Err(FetchError::Failing(answer.status()));
            }
            Ok(answer)
        })
    }
}

impl Sso {
    async fn ask_ourselves(&self, path: String, request: HttpRequest) -> Result<HttpResponse, FetchError> {
        let malformed = |e: &dyn std::error::Error| FetchError::Malformed(e.to_string());
        let router = self.own.get().cloned().ok_or(FetchError::NotReady)?;
        let (mut parts, body) = request.into_parts();
        let host = parts.uri.authority().map(ToString::to_string).unwrap_or_default();
        parts.uri = path.parse().map_err(|e| malformed(&e))?;
        parts
            .headers
            .insert(header::HOST, host.parse().map_err(|e| malformed(&e))?);
        let Ok(response) = router.oneshot(Request::from_parts(parts, Body::from(body))).await;
        let (parts, body) = response.into_parts();
        let body = axum::body::to_bytes(body, MOST)
            .await
            .map_err(|_| FetchError::TooLong)?;
        Ok(http::Response::from_parts(parts, body.to_vec()))
    }

    async fn ask_outside(&self, request: HttpRequest) -> Result<HttpResponse, FetchError> {
        let request = reqwest::Request::try_from(request).map_err(FetchError::Network)?;
        let mut response = self.outgoing.execute(request).await.map_err(FetchError::Network)?;
        let mut answer = http::Response::builder().status(response.status());
        for (name, value) in response.headers() {
            answer = answer.header(name, value);
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(FetchError::Network)? {
            if body.len() + chunk.len() > MOST {
                return Err(FetchError::TooLong);
            }
            body.extend_from_slice(&chunk);
        }
        answer.body(body).map_err(|e| FetchError::Malformed(e.to_string()))
    }
}
