//! Between a signed-in person and a tool: may they enter, and may the tool learn who they are?

use domain::{
    accounts::{
        Account,
        provider::{Client, HUB},
    },
    clients::{CONSENT_ANSWER, Scope, consents, has_to_ask},
    members::MemberError,
    tokens,
};
use tower_sessions::Session;

use crate::sso::Sso;

/// What happens at the gate.
#[derive(Debug)]
pub(super) enum Gate {
    /// The code may be given.
    Open,
    /// The tool hears that it may not: an error of the specification, and why.
    Refuse((&'static str, &'static str)),
    /// The person sees a page of the hub first.
    Page(String),
}

/// A request at the gate.
pub(super) struct AtGate<'a> {
    /// Who is signed in.
    pub(super) account: &'a Account,
    /// The tool.
    pub(super) client: &'a Client,
    /// What it asks for, with spaces between.
    pub(super) scope: &'a str,
    /// Whether no page may be shown.
    pub(super) silent: bool,
    /// Whether the person is to be asked in any case.
    pub(super) ask_again: bool,
    /// The request itself, as it was sent.
    pub(super) query: &'a str,
}

impl Sso {
    /// Judges a request. The hub's own is always let through: it is not a party apart.
    pub(super) async fn gate(&self, session: &Session, asked: &AtGate<'_>) -> Result<Gate, MemberError> {
        if asked.client.client_id == HUB {
            return Ok(Gate::Open);
        }
        let client = asked.client;
        if let Err(denied) = self.may_enter(client, asked.account).await? {
            tracing::info!(client = client.client_id, %denied, "somebody may not enter");
            if asked.silent {
                return Ok(Gate::Refuse(("access_denied", "this person may not enter")));
            }
            return Ok(Gate::Page(page("/provider/no-entry", &[("client", &client.client_id)])));
        }
        let here = format!("/oauth2/authorize?{}", asked.query);
        let answer = answered(session, &here).await;
        if answer == Some(false) {
            return Ok(Gate::Refuse(("access_denied", "the person said no")));
        }
        let wanted = Scope::list(asked.scope);
        let allowed = consents::allowed(self.db.read(), asked.account.id, &client.client_id).await?;
        let ask =
            (client.asks_consent && has_to_ask(&wanted, allowed.as_deref())) || (asked.ask_again && answer.is_none());
        if !ask {
            return Ok(Gate::Open);
        }
        if asked.silent {
            return Ok(Gate::Refuse(("consent_required", "the person has to be asked")));
        }
        let scope = wanted.iter().map(|scope| scope.as_str()).collect::<Vec<_>>().join(" ");
        Ok(Gate::Page(page(
            "/provider/consent",
            &[("client", &client.client_id), ("scope", &scope), ("continue", &here)],
        )))
    }
}

/// What the person answered to this very request, if they were asked just now. An answer counts once.
async fn answered(session: &Session, here: &str) -> Option<bool> {
    let (request, answer) = session.get::<(String, bool)>(CONSENT_ANSWER).await.ok().flatten()?;
    let _ = session.remove_value(CONSENT_ANSWER).await;
    (request == tokens::fingerprint(here)).then_some(answer)
}

fn page(path: &str, query: &[(&str, &str)]) -> String {
    let query = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(query)
        .finish();
    format!("{path}?{query}")
}
