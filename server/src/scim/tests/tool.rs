//! A tool that takes SCIM 2.0 and refuses what the RFCs refuse; each refusal that no test asked for is kept.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard},
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, Method, StatusCode, Uri, header};
use serde_json::{Value, json};

pub(super) const TOKEN: &str = "a-token-of-the-tools";
const SCIM: &str = "application/scim+json";
const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
const PATCH: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

/// How the tool feels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Mood {
    /// It does what it is asked.
    #[default]
    Well,
    /// It asks to wait for an hour.
    Busy,
    /// It makes what it is asked to make, and the answer is lost on the way.
    Loses,
    /// It knows no PATCH.
    NoPatch,
    /// It takes no token.
    Locked,
}

#[derive(Default)]
struct Inside {
    mood: Mood,
    made: usize,
    users: BTreeMap<String, Value>,
    groups: BTreeMap<String, Value>,
    asked: Vec<String>,
    wrong: Vec<String>,
}

pub(super) struct Tool {
    pub(super) address: String,
    inside: Arc<Mutex<Inside>>,
}

impl Tool {
    pub(super) async fn new() -> Self {
        let inside = Arc::new(Mutex::new(Inside::default()));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let routes = Router::new().fallback(answer).with_state(inside.clone());
        tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
        Self { address, inside }
    }

    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap()
    }

    pub(super) fn mood(&self, mood: Mood) {
        self.inside().mood = mood;
    }

    /// What it was asked since the last look.
    pub(super) fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.inside().asked)
    }

    /// What was not right about it.
    pub(super) fn wrong(&self) -> Vec<String> {
        self.inside().wrong.clone()
    }

    pub(super) fn users(&self) -> Vec<Value> {
        self.inside().users.values().cloned().collect()
    }

    pub(super) fn user(&self, name: &str) -> Option<Value> {
        self.users().into_iter().find(|user| user["userName"] == name)
    }

    pub(super) fn groups(&self) -> Vec<String> {
        let inside = self.inside();
        inside
            .groups
            .values()
            .map(|group| text(&group["displayName"]))
            .collect()
    }

    /// Names of the users in a group, in order.
    pub(super) fn group(&self, name: &str) -> Vec<String> {
        let inside = self.inside();
        let group = inside
            .groups
            .values()
            .find(|group| group["displayName"] == name)
            .unwrap();
        let mut names: Vec<String> = list(&group["members"])
            .iter()
            .map(|member| text(&inside.users[&text(&member["value"])]["userName"]))
            .collect();
        names.sort();
        names
    }

    /// Somebody made this account by hand.
    pub(super) fn has(&self, name: &str, external_id: Option<&str>) {
        let mut inside = self.inside();
        let id = inside.new_id();
        let user = json!({ "id": id, "userName": name, "externalId": external_id, "active": true });
        inside.users.insert(id, user);
    }

    /// Somebody renamed an account by hand.
    pub(super) fn rename(&self, from: &str, to: &str) {
        let mut inside = self.inside();
        let user = inside.users.values_mut().find(|user| user["userName"] == from).unwrap();
        user["userName"] = to.into();
    }

    /// It lost everything.
    pub(super) fn forget(&self) {
        self.inside().users.clear();
        self.inside().groups.clear();
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn list(value: &Value) -> Vec<Value> {
    value.as_array().cloned().unwrap_or_default()
}

/// Status, `scimType` and words of an error.
type Refused = (StatusCode, &'static str, String);
type Answer = Result<(StatusCode, Value), Refused>;

fn wrong(kind: &'static str, words: impl Into<String>) -> Refused {
    (StatusCode::BAD_REQUEST, kind, words.into())
}

fn not_found() -> Refused {
    (StatusCode::NOT_FOUND, "", "no such resource".to_owned())
}

async fn answer(
    State(inside): State<Arc<Mutex<Inside>>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let mut inside = inside.lock().unwrap();
    match inside.mood {
        Mood::Busy => {
            let body = json!({ "schemas": [ERROR], "status": "503", "detail": "later" }).to_string();
            return (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, "3600")], body).into_response();
        }
        Mood::Locked => return StatusCode::UNAUTHORIZED.into_response(),
        _ => {}
    }
    let said = inside.serve(&method, &uri, &headers, &body);
    if inside.mood == Mood::Loses && method == Method::POST {
        return StatusCode::BAD_GATEWAY.into_response();
    }
    let (status, body) = match said {
        Ok(done) => done,
        Err((status, kind, words)) => {
            if !matches!(
                status,
                StatusCode::CONFLICT | StatusCode::NOT_FOUND | StatusCode::NOT_IMPLEMENTED
            ) {
                let words = format!("{method} {uri}: {status} {words}: {}", String::from_utf8_lossy(&body));
                inside.wrong.push(words);
            }
            let body = json!({ "schemas": [ERROR], "status": status.as_str(), "scimType": kind, "detail": words });
            (status, body)
        }
    };
    let body = if body.is_null() {
        String::new()
    } else {
        body.to_string()
    };
    (status, [(header::CONTENT_TYPE, SCIM)], body).into_response()
}

const ERROR: &str = "urn:ietf:params:scim:api:messages:2.0:Error";

impl Inside {
    fn new_id(&mut self) -> String {
        self.made += 1;
        // Names of tools may hold what has to be written otherwise in an address.
        format!("id {}/ü", self.made)
    }

    fn serve(&mut self, method: &Method, uri: &Uri, headers: &HeaderMap, body: &[u8]) -> Answer {
        let path = uri.path().strip_prefix("/scim/v2/").ok_or_else(not_found)?;
        let (collection, id) = path.split_once('/').map_or((path, None), |(a, b)| (a, Some(b)));
        if !matches!(collection, "Users" | "Groups") {
            return Err(not_found());
        }
        self.asked.push(format!("{method} /{collection}"));
        let header = |name| {
            headers
                .get(name)
                .and_then(|value| value.to_str().ok())
                .unwrap_or_default()
        };
        if header(header::AUTHORIZATION) != format!("Bearer {TOKEN}") {
            return Err((StatusCode::UNAUTHORIZED, "", "who are you".into()));
        }
        if header(header::ACCEPT) != SCIM {
            return Err((StatusCode::NOT_ACCEPTABLE, "", "SCIM only".into()));
        }
        let id = id.map(|id| {
            let whole = format!("x={}", id.replace('+', "%2B"));
            url::form_urlencoded::parse(whole.as_bytes())
                .next()
                .unwrap()
                .1
                .into_owned()
        });
        let body = if matches!(*method, Method::GET | Method::DELETE) {
            if !body.is_empty() {
                return Err(wrong("invalidSyntax", "a body"));
            }
            Value::Null
        } else {
            if header(header::CONTENT_TYPE) != SCIM {
                return Err((StatusCode::UNSUPPORTED_MEDIA_TYPE, "", "SCIM only".into()));
            }
            serde_json::from_slice(body).map_err(|error| wrong("invalidSyntax", error.to_string()))?
        };
        match (method.as_str(), collection, id) {
            ("GET", _, None) => self.find(collection, uri.query().unwrap_or_default()),
            ("POST", "Users", None) => self.make_user(body),
            ("POST", _, None) => self.make_group(body),
            ("PUT", "Users", Some(id)) => self.put_user(&id, body),
            ("PATCH", "Users", Some(id)) => self.patch_user(&id, &body),
            ("PATCH", _, Some(id)) => self.patch_group(&id, &body),
            ("DELETE", "Users", Some(id)) => {
                self.users.remove(&id).ok_or_else(not_found)?;
                for group in self.groups.values_mut() {
                    let left: Vec<Value> = list(&group["members"])
                        .into_iter()
                        .filter(|m| m["value"] != id)
                        .collect();
                    group["members"] = left.into();
                }
                Ok((StatusCode::NO_CONTENT, Value::Null))
            }
            ("DELETE", _, Some(id)) => {
                self.groups.remove(&id).ok_or_else(not_found)?;
                Ok((StatusCode::NO_CONTENT, Value::Null))
            }
            _ => Err((StatusCode::METHOD_NOT_ALLOWED, "", "not here".into())),
        }
    }

    fn find(&self, collection: &str, query: &str) -> Answer {
        let (attribute, all) = match collection {
            "Users" => ("userName", &self.users),
            _ => ("displayName", &self.groups),
        };
        let filter = url::form_urlencoded::parse(query.as_bytes())
            .find(|(name, _)| name == "filter")
            .map(|(_, filter)| filter.into_owned())
            .ok_or_else(|| wrong("invalidFilter", "none"))?;
        let value = filter
            .strip_prefix(&format!("{attribute} eq "))
            .and_then(|value| serde_json::from_str::<String>(value).ok())
            .ok_or_else(|| wrong("invalidFilter", filter.clone()))?;
        let found: Vec<&Value> = all
            .values()
            .filter(|one| text(&one[attribute]).eq_ignore_ascii_case(&value))
            .collect();
        let list = "urn:ietf:params:scim:api:messages:2.0:ListResponse";
        Ok((
            StatusCode::OK,
            json!({ "schemas": [list], "totalResults": found.len(), "startIndex": 1, "itemsPerPage": found.len(), "Resources": found }),
        ))
    }

    /// What RFC 7643 says of a user.
    fn check_user(&self, user: &Value, own: Option<&str>) -> Result<(), Refused> {
        const KNOWN: [&str; 11] = [
            "schemas",
            "id",
            "externalId",
            "userName",
            "displayName",
            "name",
            "preferredLanguage",
            "timezone",
            "userType",
            "emails",
            "active",
        ];
        let object = user.as_object().ok_or_else(|| wrong("invalidSyntax", "no object"))?;
        if user["schemas"] != json!([USER]) {
            return Err(wrong("invalidSyntax", "schemas"));
        }
        if let Some(other) = object.keys().find(|key| !KNOWN.contains(&key.as_str())) {
            return Err(wrong("invalidSyntax", format!("no attribute {other}")));
        }
        if object.get("id").and_then(Value::as_str) != own {
            return Err(wrong("mutability", "id is the tool's to say"));
        }
        if text(&user["userName"]).is_empty() || !user["active"].is_boolean() {
            return Err(wrong("invalidValue", "userName or active"));
        }
        if object.values().any(Value::is_null) {
            return Err(wrong("invalidValue", "null"));
        }
        for email in list(&user["emails"]) {
            if !text(&email["value"]).contains('@') || !email["primary"].is_boolean() {
                return Err(wrong("invalidValue", "emails"));
            }
        }
        let same = |other: &Value| text(&other["userName"]).eq_ignore_ascii_case(&text(&user["userName"]));
        if self
            .users
            .iter()
            .any(|(id, other)| Some(id.as_str()) != own && same(other))
        {
            return Err((StatusCode::CONFLICT, "uniqueness", "userName".into()));
        }
        Ok(())
    }

    fn make_user(&mut self, mut user: Value) -> Answer {
        self.check_user(&user, None)?;
        let id = self.new_id();
        user["id"] = id.clone().into();
        self.users.insert(id, user.clone());
        Ok((StatusCode::CREATED, user))
    }

    fn put_user(&mut self, id: &str, user: Value) -> Answer {
        if !self.users.contains_key(id) {
            return Err(not_found());
        }
        self.check_user(&user, Some(id))?;
        self.users.insert(id.to_owned(), user.clone());
        Ok((StatusCode::OK, user))
    }

    fn patch_user(&mut self, id: &str, body: &Value) -> Answer {
        if self.mood == Mood::NoPatch {
            return Err((StatusCode::NOT_IMPLEMENTED, "", "no PATCH".into()));
        }
        let user = self.users.get_mut(id).ok_or_else(not_found)?;
        for operation in operations(body)? {
            match (
                text(&operation["op"]).as_str(),
                text(&operation["path"]).as_str(),
                &operation["value"],
            ) {
                ("replace", "active", Value::Bool(active)) => user["active"] = (*active).into(),
                _ => return Err(wrong("invalidPath", operation.to_string())),
            }
        }
        Ok((StatusCode::OK, user.clone()))
    }

    fn make_group(&mut self, mut group: Value) -> Answer {
        if group["schemas"] != json!([GROUP]) || text(&group["displayName"]).is_empty() || !group["id"].is_null() {
            return Err(wrong("invalidSyntax", "no group"));
        }
        let id = self.new_id();
        group["id"] = id.clone().into();
        group["members"] = json!([]);
        self.groups.insert(id, group.clone());
        Ok((StatusCode::CREATED, group))
    }

    fn patch_group(&mut self, id: &str, body: &Value) -> Answer {
        let mut members = list(&self.groups.get(id).ok_or_else(not_found)?["members"]);
        for operation in operations(body)? {
            let (op, path) = (text(&operation["op"]), text(&operation["path"]));
            if let Some(target) = path
                .strip_prefix("members[value eq ")
                .and_then(|rest| rest.strip_suffix(']'))
            {
                let target: String = serde_json::from_str(target).map_err(|_| wrong("invalidPath", path.clone()))?;
                let before = members.len();
                members.retain(|member| member["value"] != target);
                if op != "remove" || members.len() == before {
                    return Err(wrong("noTarget", target));
                }
                continue;
            }
            let values = operation["value"]
                .as_array()
                .ok_or_else(|| wrong("invalidValue", "no list"))?;
            if path != "members"
                || !values
                    .iter()
                    .all(|value| self.users.contains_key(&text(&value["value"])))
            {
                return Err(wrong("invalidValue", operation.to_string()));
            }
            match op.as_str() {
                "add" => members.extend(values.iter().cloned()),
                "replace" => members.clone_from(values),
                _ => return Err(wrong("invalidSyntax", op)),
            }
        }
        self.groups.get_mut(id).ok_or_else(not_found)?["members"] = members.into();
        Ok((StatusCode::NO_CONTENT, Value::Null))
    }
}

/// The operations of a PATCH (RFC 7644, 3.5.2).
fn operations(body: &Value) -> Result<Vec<Value>, Refused> {
    let operations = list(&body["Operations"]);
    if body["schemas"] != json!([PATCH]) || operations.is_empty() || operations.len() > 100 {
        return Err(wrong("invalidSyntax", "no PatchOp"));
    }
    Ok(operations)
}
