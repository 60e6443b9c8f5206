//! What a client is told of a person: by scopes and by single claims, read at that moment.

use std::collections::BTreeSet;

use domain::accounts::{
    grants::Grant,
    provider::{CLAIMS, Client, Facts, SessionClient, acr, sessions, subject_for},
};
use sea_orm::DbErr;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::sso::Sso;

/// The parameter `claims` (OpenID Connect Core, 5.5), as far as the provider goes by it.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Requested {
    #[serde(default)]
    userinfo: Map<String, Value>,
    #[serde(default)]
    id_token: Map<String, Value>,
}

/// Where claims are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum At {
    /// The ID token.
    IdToken,
    /// Userinfo.
    Userinfo,
}

impl Requested {
    /// Reads the parameter; `None` where it is no JSON object of objects.
    pub(super) fn read(text: &str) -> Option<Self> {
        let value: Value = serde_json::from_str(text).ok()?;
        // A list would do for a struct of this shape as well.
        value.is_object().then(|| serde_json::from_value(value).ok())?
    }

    /// What was kept of a request.
    fn kept(text: &str) -> Self {
        Self::read(text).unwrap_or_default()
    }

    fn at(&self, at: At) -> &Map<String, Value> {
        match at {
            At::IdToken => &self.id_token,
            At::Userinfo => &self.userinfo,
        }
    }

    /// The subject that the answer has to be about, if the client names one.
    pub(super) fn subject(&self) -> Option<&str> {
        [&self.id_token, &self.userinfo]
            .into_iter()
            .find_map(|claims| claims.get("sub")?.get("value")?.as_str())
    }

    /// The ways of signing in without one of which the client can do nothing.
    pub(super) fn essential_acr(&self) -> Vec<String> {
        let Some(asked) = self.id_token.get("acr") else {
            return Vec::new();
        };
        if asked.get("essential").and_then(Value::as_bool) != Some(true) {
            return Vec::new();
        }
        let one = asked.get("value").and_then(Value::as_str);
        let many = asked.get("values").and_then(Value::as_array).into_iter().flatten();
        one.into_iter()
            .chain(many.filter_map(Value::as_str))
            .map(str::to_owned)
            .collect()
    }
}

/// Whether this way of signing in is one of those, or better; without a wish any will do.
pub(super) fn is_enough(has: &str, wanted: &[String]) -> bool {
    wanted.is_empty() || wanted.iter().any(|wanted| acr::satisfies(has, wanted))
}

/// Names of the claims that a client may be told here.
fn names(client: &Client, scope: &str, claims: &str, at: At) -> BTreeSet<&'static str> {
    let requested = Requested::kept(claims);
    let scopes: Vec<_> = scope.split(' ').collect();
    let by_scope = at == At::Userinfo || client.claims_in_id_token;
    CLAIMS
        .into_iter()
        .filter(|(claim, scope)| {
            by_scope && scopes.contains(scope)
                // A single claim goes no further than the scopes that the client may ask for.
                || requested.at(at).contains_key(*claim) && client.may_ask(scope)
        })
        .map(|(claim, _)| claim)
        .collect()
}

/// The claims that a client is told here, without those that say who signed in.
pub(super) fn told(sso: &Sso, client: &Client, facts: &Facts, scope: &str, claims: &str, at: At) -> Map<String, Value> {
    names(client, scope, claims, at)
        .into_iter()
        .filter_map(|name| Some((name.to_owned(), facts.claim(name, &sso.settings.base_url)?)))
        .collect()
}

/// Notes in the map of the session that the client asked, and all that it can learn with this grant; gives its subject.
pub(super) async fn note(sso: &Sso, client: &Client, grant: &Grant) -> Result<String, DbErr> {
    let now = sso.now();
    let subject = subject_for(&sso.db, client, grant.account).await?;
    let Some(sid) = grant.sid.clone() else {
        return Ok(subject);
    };
    let mut learns = names(client, &grant.scope, &grant.claims, At::Userinfo);
    learns.extend(names(client, &grant.scope, &grant.claims, At::IdToken));
    let tx = sso.db.begin().await?;
    let told = SessionClient {
        sid,
        client_id: client.client_id.clone(),
        subject: subject.clone(),
        scopes: grant.scope.split(' ').map(str::to_owned).collect(),
        claims: learns.into_iter().map(str::to_owned).collect(),
        first_at: now,
        last_at: now,
        ended_at: None,
    };
    sessions::told(&tx, now, &told).await?;
    tx.commit().await?;
    Ok(subject)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use domain::testing::at;

    use super::*;

    #[test]
    fn a_request_of_single_claims_is_read() {
        assert!(Requested::read("not json").is_none() && Requested::read("[]").is_none());
        let text = r#"{"id_token":{"acr":{"essential":true,"values":["a","b"]},"sub":{"value":"s"},"email":null}}"#;
        let requested = Requested::read(text).unwrap();
        assert_eq!(requested.essential_acr(), ["a", "b"]);
        assert_eq!(requested.subject(), Some("s"));
        let voluntary = Requested::read(r#"{"id_token":{"acr":{"values":["a"]}}}"#).unwrap();
        assert!(voluntary.essential_acr().is_empty());
        assert!(is_enough("x", &[]) && !is_enough("x", &["y".to_owned()]));
    }

    #[test]
    fn a_client_is_told_what_it_may_ask_for_and_no_more() {
        let mut client = Client::new("files", "Files", at(2026, 11, 23, 9, 0));
        let asked = r#"{"id_token":{"email":null,"groups":null},"userinfo":{"email":null}}"#;
        let names = |client: &Client, scope, at| names(client, scope, asked, at).into_iter().collect::<Vec<_>>();
        assert_eq!(
            names(&client, "openid", At::IdToken),
            ["email"],
            "not groups: it may not ask for them"
        );
        assert_eq!(names(&client, "openid", At::Userinfo), ["email"]);
        assert_eq!(names(&client, "openid groups", At::Userinfo), ["email", "groups"]);
        client.claims_in_id_token = true;
        assert!(names(&client, "openid profile", At::IdToken).contains(&"preferred_username"));
    }
}
