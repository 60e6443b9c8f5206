//! What a person sees where signing in does not work. The page itself is one of the app's; only a code travels.

use axum::{
    body::Body,
    response::{IntoResponse, Redirect, Response},
};
use http::{HeaderMap, HeaderValue, Request, StatusCode, header};
use tower::ServiceExt;

use super::Sso;

/// After how many seconds a browser tries again where a provider does not answer.
const AGAIN: u16 = 20;

/// Why signing in did not work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trouble {
    /// The provider does not answer.
    ProviderDown,
    /// It answers, but not what it should: most often a wrong setting.
    ProviderAnswer,
    /// The answer belongs to no sign-in that was started in this browser, or to one too long ago.
    AttemptLost,
    /// What the provider said about the person is not proved.
    TokenRefused,
    /// The person or the provider said no.
    SaidNo,
    /// The member has left the community.
    MemberLeft,
    /// The identity is another member's.
    IdentityTaken,
    /// A party that the provider does not know asks.
    UnknownClient,
    /// The party is known, and its sign-in is switched off.
    ClientOff,
    /// The party wants the person sent where it has not registered.
    UnknownRedirect,
    /// Our own fault.
    Internal,
}

impl Trouble {
    fn code(self) -> &'static str {
        match self {
            Self::ProviderDown => "provider_down",
            Self::ProviderAnswer => "provider_answer",
            Self::AttemptLost => "attempt_lost",
            Self::TokenRefused => "token_refused",
            Self::SaidNo => "said_no",
            Self::MemberLeft => "member_left",
            Self::IdentityTaken => "identity_taken",
            Self::UnknownClient => "unknown_client",
            Self::ClientOff => "client_off",
            Self::UnknownRedirect => "unknown_redirect",
            Self::Internal => "internal",
        }
    }

    fn status(self) -> StatusCode {
        match self {
            Self::ProviderDown => StatusCode::SERVICE_UNAVAILABLE,
            Self::ProviderAnswer => StatusCode::BAD_GATEWAY,
            Self::AttemptLost | Self::TokenRefused | Self::UnknownClient | Self::UnknownRedirect => {
                StatusCode::BAD_REQUEST
            }
            Self::SaidNo | Self::MemberLeft | Self::ClientOff => StatusCode::FORBIDDEN,
            Self::IdentityTaken => StatusCode::CONFLICT,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

impl Sso {
    /// Shows the page for a trouble, in the person's language, with the right status. `to` is where they wanted to go.
    pub(super) async fn trouble(&self, headers: &HeaderMap, trouble: Trouble, to: &str) -> Response {
        self.trouble_with(headers, trouble, to, None).await
    }

    /// The same for a trouble with one of several providers, so that starting again leads to it. Where it does not answer,
    /// the browser tries again by itself.
    pub(super) async fn trouble_with(
        &self,
        headers: &HeaderMap,
        trouble: Trouble,
        to: &str,
        with: Option<&str>,
    ) -> Response {
        let several = with.filter(|_| self.entrances.len() > 1);
        let query: String = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("why", trouble.code())
            .append_pair("to", to)
            .extend_pairs(several.map(|with| ("with", with)))
            .finish();
        let path = format!("/sign-in/trouble?{query}");
        let mut request = Request::get(&path);
        for name in [header::COOKIE, header::ACCEPT_LANGUAGE, header::HOST] {
            if let Some(value) = headers.get(&name) {
                request = request.header(name, value);
            }
        }
        let Some((router, request)) = self.own.get().cloned().zip(request.body(Body::empty()).ok()) else {
            return (trouble.status(), Redirect::to(&path)).into_response();
        };
        let Ok(mut response) = router.oneshot(request).await;
        // A page that is not there, or a redirect, is passed on as it is but never as a success.
        *response.status_mut() = trouble.status();
        response.headers_mut().remove(header::SET_COOKIE);
        if trouble == Trouble::ProviderDown {
            let again: String = url::form_urlencoded::Serializer::new(String::new())
                .append_pair("to", to)
                .extend_pairs(several.map(|with| ("with", with)))
                .finish();
            let headers = response.headers_mut();
            headers.insert(header::RETRY_AFTER, HeaderValue::from(AGAIN));
            if let Ok(refresh) = HeaderValue::from_str(&format!("{AGAIN}; url=/sign-in?{again}")) {
                headers.insert(header::REFRESH, refresh);
            }
        }
        response
    }

    /// An internal error: logged here, shown as our fault.
    pub(super) fn broken<'a>(
        &'a self,
        headers: &'a HeaderMap,
        error: &(dyn std::error::Error + 'static),
    ) -> impl Future<Output = Response> + Send + use<'a> {
        tracing::error!(error, "sign-on failed");
        self.trouble(headers, Trouble::Internal, "/")
    }
}
