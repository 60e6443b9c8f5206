//! Talking to a provider's token endpoint, and checking the ID token that comes back.

use std::sync::Arc;

use base64::{Engine, engine::general_purpose::STANDARD};
use http::{Method, Request, header};
use openidconnect::{
    AccessTokenHash, AsyncHttpClient, AuthorizationCode, ClaimsVerificationError, Nonce, OAuth2TokenResponse,
    PkceCodeVerifier, RefreshToken, RequestTokenError, SignatureVerificationError, StandardErrorResponse,
    TokenResponse,
    core::{CoreErrorResponseType, CoreIdToken, CoreIdTokenClaims, CoreTokenResponse},
    url::Url,
};

use super::{
    http::FetchError,
    issuer::{Entrance, Issuer, Proved},
    jws::{ALGORITHMS, SKEW},
};
use crate::sso::{Sso, trouble::Trouble};

/// The kind of statement in `client_assertion` (RFC 7523).
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

type Failed = RequestTokenError<FetchError, StandardErrorResponse<CoreErrorResponseType>>;

/// What proves a request to be the hub's, beside what the client itself adds.
fn assertion(sso: &Sso, issuer: &Issuer) -> Result<Vec<(&'static str, String)>, Trouble> {
    let Proved::Key(signer) = &issuer.proved else {
        return Ok(Vec::new());
    };
    let statement = signer.statement(&issuer.client_id, sso.now()).map_err(|error| {
        tracing::error!(error, "a statement could not be signed");
        Trouble::Internal
    })?;
    Ok(vec![
        ("client_assertion_type", ASSERTION_TYPE.to_owned()),
        ("client_assertion", statement),
    ])
}

/// The code for tokens.
pub(super) async fn exchange(
    sso: &Sso,
    issuer: &Issuer,
    code: &str,
    verifier: &str,
) -> Result<CoreTokenResponse, Trouble> {
    let mut request = issuer
        .client
        .exchange_code(AuthorizationCode::new(code.to_owned()))
        .map_err(|error| said(Trouble::ProviderAnswer, &error))?
        .set_pkce_verifier(PkceCodeVerifier::new(verifier.to_owned()));
    for (name, value) in assertion(sso, issuer)? {
        request = request.add_extra_param(name, value);
    }
    request.request_async(sso).await.map_err(|error: Failed| {
        let trouble = match &error {
            RequestTokenError::Request(_) => Trouble::ProviderDown,
            RequestTokenError::ServerResponse(_) => Trouble::TokenRefused,
            _ => Trouble::ProviderAnswer,
        };
        said(trouble, &error)
    })
}

/// What came of asking for new tokens.
pub(super) enum Refreshed {
    /// Here they are.
    Tokens(Box<CoreTokenResponse>),
    /// The provider does not grant them any more: the person has no session there.
    Refused,
    /// It does not answer, or not sensibly: nothing follows from that.
    Down,
}

/// A refresh token for new tokens.
pub(super) async fn refresh(sso: &Sso, issuer: &Issuer, token: &str) -> Refreshed {
    let token = RefreshToken::new(token.to_owned());
    let (Ok(mut request), Ok(proof)) = (issuer.client.exchange_refresh_token(&token), assertion(sso, issuer)) else {
        return Refreshed::Down;
    };
    for (name, value) in proof {
        request = request.add_extra_param(name, value);
    }
    match request.request_async(sso).await {
        Ok(tokens) => Refreshed::Tokens(Box::new(tokens)),
        Err(error @ RequestTokenError::ServerResponse(_)) => {
            let gone = matches!(&error, RequestTokenError::ServerResponse(said)
                if matches!(said.error(), CoreErrorResponseType::InvalidGrant));
            tracing::info!(provider = issuer.provider.name, %error, gone, "the provider refused to refresh");
            // A wrong secret, say, is the operator's affair and nobody's sign-out.
            if gone { Refreshed::Refused } else { Refreshed::Down }
        }
        Err(error) => {
            tracing::warn!(provider = issuer.provider.name, %error, "the provider could not be asked to refresh");
            Refreshed::Down
        }
    }
}

/// Gives a refresh token back (RFC 7009). Where that fails it runs out by itself.
pub(super) async fn revoke(sso: &Sso, issuer: &Issuer, token: &str) {
    let Some(endpoint) = &issuer.extra.revocation_endpoint else {
        return;
    };
    let Some(request) = revocation(sso, issuer, endpoint, token) else {
        return;
    };
    match sso.call(request).await {
        Ok(answer) if answer.status().is_success() => {}
        Ok(answer) => tracing::warn!(status = %answer.status(), "a refresh token could not be given back"),
        Err(error) => tracing::warn!(%error, "a refresh token could not be given back"),
    }
}

/// The request that gives a token back, proved to be the hub's.
fn revocation(sso: &Sso, issuer: &Issuer, endpoint: &Url, token: &str) -> Option<Request<Vec<u8>>> {
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    form.append_pair("token", token)
        .append_pair("token_type_hint", "refresh_token");
    let mut request = Request::builder()
        .method(Method::POST)
        .uri(endpoint.as_str())
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    match &issuer.proved {
        Proved::Basic(secret) => {
            // Both parts are form-encoded before they are joined (RFC 6749 2.3.1).
            let encode = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
            let pair = format!("{}:{}", encode(&issuer.client_id), encode(secret));
            request = request.header(header::AUTHORIZATION, format!("Basic {}", STANDARD.encode(pair)));
        }
        Proved::Post(secret) => {
            form.append_pair("client_id", &issuer.client_id)
                .append_pair("client_secret", secret);
        }
        Proved::Key(_) | Proved::Public => {
            form.append_pair("client_id", &issuer.client_id);
            for (name, value) in assertion(sso, issuer).unwrap_or_default() {
                form.append_pair(name, &value);
            }
        }
    }
    request.body(form.finish().into_bytes()).ok()
}

/// Checks the ID token in full. Where it names a key that is not known, keys are fetched anew, once.
pub(super) async fn checked(
    sso: &Sso,
    entrance: &Entrance,
    issuer: &mut Arc<Issuer>,
    tokens: &CoreTokenResponse,
    nonce: Option<&Nonce>,
) -> Result<CoreIdTokenClaims, Trouble> {
    let id_token = tokens.id_token().ok_or(Trouble::ProviderAnswer)?;
    let first = check(sso, issuer, tokens, id_token, nonce);
    let checked = match first {
        Err(error) if is_unknown_key(&error) => match sso.with_new_keys(entrance, issuer).await {
            Some(renewed) => {
                *issuer = renewed;
                check(sso, issuer, tokens, id_token, nonce)
            }
            None => Err(error),
        },
        checked => checked,
    };
    checked.map_err(|error| said(Trouble::TokenRefused, &error))
}

/// Signature, issuer, audience, authorized party, times, nonce, and that the access token belongs to it.
fn check(
    sso: &Sso,
    issuer: &Issuer,
    tokens: &CoreTokenResponse,
    id_token: &CoreIdToken,
    nonce: Option<&Nonce>,
) -> Result<CoreIdTokenClaims, ClaimsVerificationError> {
    let failed = |error: &str| ClaimsVerificationError::Other(error.to_owned());
    let (clock, now) = (sso.clock, sso.now());
    let verifier = issuer
        .client
        .id_token_verifier()
        .set_allowed_algs(ALGORITHMS)
        .set_time_fn(move || clock() - SKEW)
        .set_issue_time_verifier_fn(move |issued| {
            if issued <= now + SKEW {
                Ok(())
            } else {
                Err("it was issued in the future".to_owned())
            }
        });
    let claims = match nonce {
        Some(nonce) => id_token.claims(&verifier, nonce)?,
        // What a refresh gives was not asked for with a nonce (OpenID Connect Core 12.2).
        None => id_token.claims(&verifier, |_: Option<&Nonce>| Ok(()))?,
    };
    if claims
        .authorized_party()
        .is_some_and(|party| party.as_str() != issuer.client_id)
    {
        return Err(failed("the authorized party (azp) is somebody else"));
    }
    if let Some(expected) = claims.access_token_hash() {
        let algorithm = id_token
            .signing_alg()
            .map_err(ClaimsVerificationError::SignatureVerification)?;
        let key = id_token
            .signing_key(&verifier)
            .map_err(ClaimsVerificationError::SignatureVerification)?;
        let actual = AccessTokenHash::from_token(tokens.access_token(), algorithm, key);
        if actual.map_err(|e| failed(&e.to_string()))? != *expected {
            return Err(failed("the access token is not the one of the ID token"));
        }
    }
    Ok(claims.clone())
}

fn is_unknown_key(error: &ClaimsVerificationError) -> bool {
    matches!(
        error,
        ClaimsVerificationError::SignatureVerification(SignatureVerificationError::NoMatchingKey)
    )
}

/// The address of an endpoint with parameters.
pub(super) fn with_query(mut address: Url, query: &[(&str, Option<&str>)]) -> Url {
    for (name, value) in query.iter().filter_map(|(name, value)| Some((name, (*value)?))) {
        address.query_pairs_mut().append_pair(name, value);
    }
    address
}

/// The cause is logged, the person sees the trouble.
pub(super) fn said(trouble: Trouble, error: &(dyn std::error::Error + 'static)) -> Trouble {
    tracing::warn!(error, ?trouble, "somebody could not sign in");
    trouble
}
