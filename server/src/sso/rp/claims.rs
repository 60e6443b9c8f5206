//! What a provider says of a person: from the ID token, from userinfo, and from statements within (OpenID Connect Core 5).

use domain::accounts::{BUILT_IN_ISSUER, Ruled, arrivals::Person};
use http::{Method, Request, header};
use openidconnect::{AccessToken, AsyncHttpClient, url::Url};
use serde_json::Value;

use super::{
    issuer::Issuer,
    jws::{self, Claims, JwsError},
};
use crate::sso::{Sso, trouble::Trouble};

/// Most groups that count.
const MOST_GROUPS: usize = 1000;

/// Who it is. What the ID token leaves out, userinfo is asked for.
pub(super) async fn person(
    sso: &Sso,
    issuer: &Issuer,
    subject: &str,
    access_token: &AccessToken,
    mut claims: Claims,
) -> Result<Person, Trouble> {
    let names = &issuer.provider.claims;
    let mut wanted = vec![&names.name, &names.email];
    if issuer.provider.mapping.gifts(Some(&[])).is_some() {
        wanted.push(&names.groups);
    }
    let missing = |claims: &Claims| wanted.iter().any(|name| find(claims, name).is_none());
    unfold(issuer, &mut claims, subject);
    if missing(&claims) && issuer.userinfo().is_some() {
        let mut more = userinfo(sso, issuer, subject, access_token).await?;
        unfold(issuer, &mut more, subject);
        merge(&mut claims, more);
    }
    Ok(read(issuer, subject, &claims))
}

/// What the ID token says counts; userinfo fills in.
fn merge(claims: &mut Claims, more: Claims) {
    // Whether an address is verified belongs to the address, wherever that stands.
    if claims.contains_key("email")
        && !claims.contains_key("email_verified")
        && claims.get("email") != more.get("email")
    {
        claims.insert("email_verified".to_owned(), Value::Bool(false));
    }
    for (name, value) in more {
        match (claims.get_mut(&name), value) {
            (Some(Value::Object(own)), Value::Object(theirs)) => {
                for (name, value) in theirs {
                    own.entry(name).or_insert(value);
                }
            }
            (Some(_), _) => {}
            (None, value) => {
                claims.insert(name, value);
            }
        }
    }
}

fn read(issuer: &Issuer, subject: &str, claims: &Claims) -> Person {
    let provider = &issuer.provider;
    let text = |name: &str| {
        let text = find(claims, name)?.as_str()?.trim();
        (!text.is_empty()).then(|| text.to_owned())
    };
    let groups = find(claims, &provider.claims.groups).and_then(groups);
    Person {
        issuer: issuer.key(),
        subject: subject.to_owned(),
        name: text(&provider.claims.name),
        nickname: text(&provider.claims.nickname),
        email: text(&provider.claims.email),
        // Only the standard claims belong together.
        email_verified: provider.claims.email == "email" && claims.get("email_verified") == Some(&Value::Bool(true)),
        gifts: provider
            .mapping
            .gifts(groups.as_deref())
            .map(|gifts| gifts.into_iter().collect()),
        rules_name: provider.mapping.rules(Ruled::Name),
        rules_email: provider.mapping.rules(Ruled::Email),
    }
}

/// A claim by its name, or by the way to it: `realm_access.roles`. A claim whose own name has dots comes first.
fn find<'c>(claims: &'c Claims, name: &str) -> Option<&'c Value> {
    if let Some(value) = claims.get(name) {
        return Some(value).filter(|value| !value.is_null());
    }
    let (first, rest) = name.split_once('.')?;
    find(claims.get(first)?.as_object()?, rest)
}

/// Groups as a list of texts or one text; anything else says nothing.
fn groups(value: &Value) -> Option<Vec<String>> {
    match value {
        Value::String(one) => Some(vec![one.clone()]),
        Value::Array(many) => many
            .iter()
            .take(MOST_GROUPS)
            .map(|group| group.as_str().map(str::to_owned))
            .collect(),
        _ => None,
    }
}

/// Aggregated claims (5.6.2): statements within, signed by the provider itself about the same person. What somebody else
/// signed is left alone, and so is missing.
fn unfold(issuer: &Issuer, claims: &mut Claims, subject: &str) {
    let (Some(Value::Object(names)), Some(Value::Object(sources))) =
        (claims.remove("_claim_names"), claims.remove("_claim_sources"))
    else {
        return;
    };
    for (name, source) in names {
        let statement = source
            .as_str()
            .and_then(|source| sources.get(source)?.get("JWT")?.as_str());
        let Some(statement) = statement else {
            tracing::warn!(claim = name, "a distributed claim is not fetched");
            continue;
        };
        match aggregated(issuer, statement, subject) {
            Ok(mut inner) => {
                if let Some(value) = inner.remove(&name) {
                    claims.entry(name).or_insert(value);
                }
            }
            Err(error) => tracing::warn!(claim = name, %error, "an aggregated claim proves nothing"),
        }
    }
}

fn aggregated(issuer: &Issuer, statement: &str, subject: &str) -> Result<Claims, JwsError> {
    let claims = jws::open(statement, issuer.keys(), &["jwt"])?;
    jws::check_issuer(&claims, &issuer.name)?;
    if claims.get("sub").is_some_and(|sub| sub != subject) {
        return Err(JwsError::Claim("sub is another person's"));
    }
    Ok(claims)
}

/// Asks userinfo, whose answer has to be about the same person: as JSON, or signed for the hub.
async fn userinfo(sso: &Sso, issuer: &Issuer, subject: &str, access_token: &AccessToken) -> Result<Claims, Trouble> {
    let strange = |what: &str| {
        tracing::warn!(provider = issuer.provider.name, what, "userinfo gave a strange answer");
        Trouble::ProviderAnswer
    };
    let address = issuer.userinfo().map(Url::as_str).unwrap_or_default();
    let request = Request::builder()
        .method(Method::GET)
        .uri(address)
        .header(header::ACCEPT, "application/json")
        .header(header::AUTHORIZATION, format!("Bearer {}", access_token.secret()))
        .body(Vec::new())
        .map_err(|_| strange("its address cannot be asked"))?;
    let answer = sso.call(request).await.map_err(|error| {
        tracing::warn!(provider = issuer.provider.name, %error, "userinfo does not answer");
        Trouble::ProviderDown
    })?;
    if answer.status().is_server_error() {
        return Err(Trouble::ProviderDown);
    }
    if !answer.status().is_success() {
        return Err(strange("it refuses"));
    }
    let kind = answer
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok());
    let claims: Claims = if kind.is_some_and(|kind| kind.starts_with("application/jwt")) {
        let token = String::from_utf8(answer.into_body()).map_err(|_| strange("it is not text"))?;
        let claims = jws::open(token.trim(), issuer.keys(), &["jwt"]).map_err(|_| Trouble::TokenRefused)?;
        jws::check_issuer(&claims, &issuer.name).map_err(|_| Trouble::TokenRefused)?;
        jws::check_audience(&claims, &issuer.client_id).map_err(|_| Trouble::TokenRefused)?;
        claims
    } else {
        serde_json::from_slice(answer.body()).map_err(|_| strange("it is not JSON"))?
    };
    if claims.get("sub").and_then(Value::as_str) != Some(subject) {
        tracing::warn!(provider = issuer.provider.name, "userinfo is about somebody else");
        return Err(Trouble::TokenRefused);
    }
    Ok(claims)
}

/// Whether an identity is kept under the name of the built-in provider.
pub(super) fn key_of(built_in: bool, name: &str) -> String {
    if built_in {
        BUILT_IN_ISSUER.to_owned()
    } else {
        name.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn claims(value: Value) -> Claims {
        value.as_object().cloned().unwrap_or_default()
    }

    #[test]
    fn a_claim_is_found_by_its_name_or_by_the_way_to_it() {
        let claims = claims(json!({
            "https://x.example/groups": ["a"], "realm_access": { "roles": ["b"] }, "none": null, "one": "c", "odd": [1],
        }));
        let found = |name| find(&claims, name).and_then(groups);
        assert_eq!(found("https://x.example/groups"), Some(vec!["a".to_owned()]));
        assert_eq!(found("realm_access.roles"), Some(vec!["b".to_owned()]));
        assert_eq!(found("one"), Some(vec!["c".to_owned()]));
        for silent in ["none", "odd", "realm_access", "realm_access.other", "nowhere"] {
            assert_eq!(found(silent), None, "{silent}");
        }
    }

    #[test]
    fn what_the_id_token_says_counts_and_userinfo_fills_in() {
        let mut own = claims(json!({ "email": "a@x.example", "realm": { "a": 1 } }));
        merge(
            &mut own,
            claims(
                json!({ "email": "b@x.example", "email_verified": true, "name": "Ama", "realm": { "a": 2, "b": 3 } }),
            ),
        );
        let expected =
            json!({ "email": "a@x.example", "email_verified": false, "name": "Ama", "realm": { "a": 1, "b": 3 } });
        assert_eq!(
            own,
            claims(expected),
            "an address is not verified by what is said of another"
        );
    }
}
