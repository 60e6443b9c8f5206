//! The protocol: requests and answers of RFC 7644.

use chrono::{DateTime, TimeDelta};
use domain::clients::scim::{Kind, Trouble};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use url::Url;

use super::Stop;
use crate::{
    clock,
    outgoing::{Call, Outgoing, OutgoingError},
};

/// The media type of all bodies (RFC 7644, 3.1).
const SCIM: &str = "application/scim+json";
const PATCH: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
const LIST: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";
/// Longest wait that a tool may ask for.
const LONGEST_WAIT: TimeDelta = TimeDelta::hours(24);

/// What a tool said to one request, as far as it makes a difference.
#[derive(Debug)]
pub(super) enum Said {
    /// It did it; what it answered, where it answered something.
    Done(Value),
    /// It knows no such thing.
    NotFound,
    /// Something else has the name, or another attribute that has to be unique.
    Conflict(String),
    /// It does not do this sort of request.
    Unable,
    /// It does not take it.
    Refused(String),
    /// It failed.
    Failed(String),
}

/// A conversation with a tool.
pub(super) struct Talk {
    outgoing: Outgoing,
    address: String,
    token: SecretString,
}

impl Talk {
    pub(super) fn new(outgoing: Outgoing, address: &str, token: SecretString) -> Self {
        Self {
            outgoing,
            address: address.to_owned(),
            token,
        }
    }

    /// `POST /Users` or `/Groups`
    pub(super) async fn create(&self, kind: Kind, body: &Value) -> Result<Said, Stop> {
        let said = self.say(Method::POST, self.url(kind, None)?, Some(body)).await?;
        match said {
            // Something that is not there cannot be made: it is the endpoint that is missing.
            Said::NotFound => Err(Stop::Tool(Trouble::NotThere, String::new(), None)),
            other => Ok(other),
        }
    }

    /// `PUT /Users/{id}`
    pub(super) async fn replace(&self, kind: Kind, id: &str, body: &Value) -> Result<Said, Stop> {
        self.say(Method::PUT, self.url(kind, Some(id))?, Some(body)).await
    }

    /// `PATCH /Users/{id}` or `/Groups/{id}`. What a group's members are then is not asked back: it may be long.
    pub(super) async fn patch(&self, kind: Kind, id: &str, operations: Value) -> Result<Said, Stop> {
        let mut url = self.url(kind, Some(id))?;
        if kind == Kind::Group {
            url.query_pairs_mut().append_pair("excludedAttributes", "members");
        }
        let body = json!({ "schemas": [PATCH], "Operations": operations });
        self.say(Method::PATCH, url, Some(&body)).await
    }

    /// `DELETE /Users/{id}` or `/Groups/{id}`
    pub(super) async fn delete(&self, kind: Kind, id: &str) -> Result<Said, Stop> {
        self.say(Method::DELETE, self.url(kind, Some(id))?, None).await
    }

    /// `GET /Users?filter=userName eq "…"`, or by `displayName` for groups.
    pub(super) async fn find(&self, kind: Kind, name: &str) -> Result<Vec<Value>, Stop> {
        let attribute = match kind {
            Kind::User => "userName",
            Kind::Group => "displayName",
        };
        // A text in a filter is written as in JSON (RFC 7644, 3.4.2.2).
        let filter = format!("{attribute} eq {}", Value::from(name));
        let mut url = self.url(kind, None)?;
        url.query_pairs_mut().append_pair("filter", &filter);
        if kind == Kind::Group {
            url.query_pairs_mut().append_pair("excludedAttributes", "members");
        }
        match self.say(Method::GET, url, None).await? {
            Said::Done(list) => {
                let is_list = list["schemas"]
                    .as_array()
                    .is_some_and(|schemas| schemas.iter().any(|schema| schema == LIST));
                if !is_list {
                    return Err(Stop::Tool(Trouble::Unreadable, "no ListResponse".to_owned(), None));
                }
                Ok(list["Resources"].as_array().cloned().unwrap_or_default())
            }
            Said::NotFound => Ok(Vec::new()),
            Said::Unable => Err(Stop::Tool(Trouble::Unreadable, "it does not filter".to_owned(), None)),
            Said::Conflict(words) | Said::Refused(words) => Err(Stop::Tool(Trouble::Unreadable, words, None)),
            Said::Failed(words) => Err(Stop::Tool(Trouble::Broken, words, None)),
        }
    }

    fn url(&self, kind: Kind, id: Option<&str>) -> Result<Url, Stop> {
        let collection = match kind {
            Kind::User => "Users",
            Kind::Group => "Groups",
        };
        let wrong = || Stop::Tool(Trouble::NotThere, String::new(), None);
        let mut url = Url::parse(&self.address).map_err(|_| wrong())?;
        url.path_segments_mut()
            .map_err(|()| wrong())?
            .pop_if_empty()
            .push(collection)
            .extend(id);
        Ok(url)
    }

    async fn say(&self, method: Method, url: Url, body: Option<&Value>) -> Result<Said, Stop> {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT, HeaderValue::from_static(SCIM));
        let bearer = format!("Bearer {}", self.token.expose_secret());
        let mut bearer = HeaderValue::try_from(bearer)
            .map_err(|_| Stop::Tool(Trouble::Token, "it cannot be sent".to_owned(), None))?;
        bearer.set_sensitive(true);
        headers.insert(header::AUTHORIZATION, bearer);
        if body.is_some() {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(SCIM));
        }
        let call = Call {
            method,
            headers,
            body: body.map(|body| body.to_string().into_bytes()),
        };
        let answer = self.outgoing.call(url.as_str(), call).await.map_err(|error| {
            let trouble = match &error {
                OutgoingError::Private => Trouble::Private,
                OutgoingError::Address => Trouble::NotThere,
                OutgoingError::TooLong => Trouble::Unreadable,
                OutgoingError::Network(_) => Trouble::Silent,
            };
            Stop::Tool(trouble, error.to_string(), None)
        })?;
        let said: Value = serde_json::from_slice(&answer.body).unwrap_or(Value::Null);
        let words = words(answer.status, &said);
        Ok(match answer.status {
            status if status.is_success() => Said::Done(said),
            status if status.is_redirection() => return Err(Stop::Tool(Trouble::Moved, words, None)),
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => return Err(Stop::Tool(Trouble::Token, words, None)),
            StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
                return Err(Stop::Tool(Trouble::Busy, words, wait(&answer.headers)));
            }
            StatusCode::NOT_FOUND | StatusCode::GONE => Said::NotFound,
            StatusCode::CONFLICT => Said::Conflict(words),
            StatusCode::METHOD_NOT_ALLOWED | StatusCode::NOT_IMPLEMENTED => Said::Unable,
            status if status.is_server_error() => Said::Failed(words),
            _ => Said::Refused(words),
        })
    }
}

/// Whether this can be a name of the tool's in an address.
pub(super) fn id_may_be(id: &str) -> bool {
    !matches!(id, "" | "." | "..") && id.len() <= 500
}

/// The tool's own words about an error (RFC 7644, 3.12).
fn words(status: StatusCode, said: &Value) -> String {
    let parts = [said["scimType"].as_str(), said["detail"].as_str()];
    let parts: Vec<&str> = parts.into_iter().flatten().collect();
    format!("{} {}", status.as_u16(), parts.join(": "))
        .trim_end()
        .to_owned()
}

/// How long a tool asks to wait: seconds, or a date (RFC 9110, 10.2.3).
fn wait(headers: &HeaderMap) -> Option<TimeDelta> {
    let asked = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim();
    let wait = match asked.parse::<u32>() {
        Ok(seconds) => TimeDelta::seconds(seconds.into()),
        Err(_) => DateTime::parse_from_rfc2822(asked).ok()?.to_utc() - clock::now(),
    };
    Some(wait.clamp(TimeDelta::zero(), LONGEST_WAIT))
}
