//! What a client asks for at the authorize endpoint, checked.

use domain::accounts::{
    grants::OFFLINE,
    provider::{Client, ClientKind, GrantType, SCOPES},
};

use super::{claims::Requested, params::Params};

/// What `prompt` can say. A client that asks for consent is passed over: each one was registered by the community itself.
pub(super) const PROMPTS: [&str; 3] = ["none", "login", "select_account"];

/// An error that goes back to the client: name and description.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Refusal(pub(super) &'static str, pub(super) &'static str);

/// What a client asks for.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) scope: String,
    pub(super) nonce: Option<String>,
    pub(super) code_challenge: Option<String>,
    /// No page may be shown.
    pub(super) silent: bool,
    /// The person has to show anew who they are.
    pub(super) again: bool,
    /// The person has to be asked anew whether the client may know who they are.
    pub(super) consent: bool,
    pub(super) max_age: Option<i64>,
    pub(super) claims: Requested,
}

/// Checks everything but client and redirect address.
pub(super) fn read(params: &Params, client: &Client) -> Result<Asked, Refusal> {
    let invalid = |description| Refusal("invalid_request", description);
    if params.repeated() {
        return Err(invalid("a parameter stands there twice"));
    }
    for (name, error) in [
        ("request", "request_not_supported"),
        ("request_uri", "request_uri_not_supported"),
        ("registration", "registration_not_supported"),
    ] {
        if params.get(name).is_some() {
            return Err(Refusal(error, "this parameter is not supported"));
        }
    }
    match params.get("response_type") {
        Some("code") => {}
        Some(_) => return Err(Refusal("unsupported_response_type", "only code is supported")),
        None => return Err(invalid("response_type is missing")),
    }
    if !client.may(GrantType::AuthorizationCode) {
        return Err(Refusal("unauthorized_client", "this client may not ask for codes"));
    }
    if params.get("response_mode").is_some_and(|mode| mode != "query") {
        return Err(invalid("only the response mode query is supported"));
    }
    let scope = scope(params.get("scope").unwrap_or_default(), client);
    if !scope.starts_with("openid") {
        return Err(Refusal("invalid_scope", "the scope openid is missing"));
    }
    let prompt: Vec<&str> = params.get("prompt").unwrap_or_default().split_whitespace().collect();
    if prompt.iter().any(|word| *word != "consent" && !PROMPTS.contains(word)) {
        return Err(invalid("this prompt is not supported"));
    }
    let silent = prompt.contains(&"none");
    if silent && prompt.len() > 1 {
        return Err(invalid("prompt none stands alone"));
    }
    let max_age = params.get("max_age").map(str::parse::<u32>).transpose();
    let claims = match params.get("claims") {
        Some(text) if text.len() > 4096 => return Err(invalid("claims is too long")),
        Some(text) => Requested::read(text).ok_or(invalid("claims is not the JSON that it should be"))?,
        None => Requested::default(),
    };
    Ok(Asked {
        scope,
        nonce: params.get("nonce").map(str::to_owned),
        code_challenge: challenge(params, client)?,
        silent,
        consent: prompt.contains(&"consent"),
        again: prompt.contains(&"login") || prompt.contains(&"select_account"),
        max_age: max_age
            .map_err(|_| invalid("max_age is no number of seconds"))?
            .map(i64::from),
        claims,
    })
}

/// The scopes that are known here and that the client may ask for; what else it wishes is passed over (RFC 6749, 3.3).
pub(super) fn scope(wanted: &str, client: &Client) -> String {
    let wanted: Vec<&str> = wanted.split_whitespace().collect();
    SCOPES
        .into_iter()
        .filter(|scope| wanted.contains(scope))
        .filter(|scope| *scope == "openid" || client.may_ask(scope) || *scope == OFFLINE)
        .filter(|scope| *scope != OFFLINE || client.may(GrantType::RefreshToken))
        .collect::<Vec<_>>()
        .join(" ")
}

/// PKCE with S256, without which a client that can keep no secret gets nothing (RFC 7636, RFC 9700).
fn challenge(params: &Params, client: &Client) -> Result<Option<String>, Refusal> {
    let invalid = |description| Refusal("invalid_request", description);
    let Some(challenge) = params.get("code_challenge") else {
        if client.kind == ClientKind::Public {
            return Err(invalid("code_challenge is missing"));
        }
        if params.get("code_challenge_method").is_some() {
            return Err(invalid("code_challenge_method stands alone"));
        }
        return Ok(None);
    };
    if params.get("code_challenge_method") != Some("S256") {
        return Err(invalid("code_challenge_method has to be S256"));
    }
    let is_sha256 = challenge.len() == 43
        && challenge
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    if !is_sha256 {
        return Err(invalid("code_challenge is no SHA-256 in base64url"));
    }
    Ok(Some(challenge.to_owned()))
}
