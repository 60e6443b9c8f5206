//! Groups (RFC 7643, 4.2).

use std::collections::{HashMap, HashSet};

use domain::{
    MemberId,
    clients::scim::{GONE, Group, Kind, Resource, Trouble, Work},
};
use serde_json::{Value, json};

use super::{
    Found, Stop, Went, find, noted, refuse, stumble,
    talk::{Said, Talk, id_may_be},
};
use crate::clock;

const SCHEMA: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
const KIND: Kind = Kind::Group;
/// How many members one request adds or removes.
const PAGE: usize = 100;

/// Sends what is wanted of one group.
pub(super) async fn send(
    talk: &Talk,
    work: &Work,
    group: &mut Resource,
    wish: Option<&Group>,
    remote_ids: &HashMap<MemberId, String>,
) -> Result<Went, Stop> {
    let Some(wish) = wish.filter(|_| group.wanted != GONE) else {
        return remove(talk, work, group).await;
    };
    let members: HashSet<String> = wish
        .members
        .iter()
        .filter_map(|member| remote_ids.get(member).cloned())
        .collect();
    // Twice at most: a group that the tool lost is made anew once.
    for last in [false, true] {
        let mut adopted = false;
        if group.remote_id.is_empty() {
            match make(talk, work, group).await? {
                Made::New => {}
                Made::Adopted => adopted = true,
                Made::Not(went) => return Ok(went),
            }
        }
        match fill(talk, work, group, &members, adopted || group.sent.is_empty()).await? {
            Some(Said::NotFound) if !last => noted(work.known_as(KIND, group, "").await?)?,
            // It may know other members than it was told of: then all of them are said anew.
            Some(Said::Refused(_)) if !last => {
                let id = group.remote_id.clone();
                noted(work.known_as(KIND, group, &id).await?)?;
                group.sent = String::new();
            }
            Some(said) => return not_done(work, group, said).await,
            None => break,
        }
    }
    noted(work.took(clock::now(), KIND, group).await?)?;
    Ok(Went::Well)
}

enum Made {
    New,
    Adopted,
    Not(Went),
}

/// Makes a group without members, or takes over one that the tool had already.
async fn make(talk: &Talk, work: &Work, group: &mut Resource) -> Result<Made, Stop> {
    if group.begun
        && let Some(made) = known(talk, work, group).await?
    {
        return Ok(made);
    }
    noted(work.begins(KIND, group).await?)?;
    let body = json!({ "schemas": [SCHEMA], "externalId": group.external_id, "displayName": group.name });
    let words = match talk.create(KIND, &body).await? {
        Said::Done(made) => match made["id"].as_str().filter(|id| id_may_be(id)) {
            Some(id) => {
                noted(work.known_as(KIND, group, id).await?)?;
                group.sent = "empty".to_owned();
                return Ok(Made::New);
            }
            None => "an id is missing".to_owned(),
        },
        Said::Conflict(words) => words,
        said => return not_done(work, group, said).await.map(Made::Not),
    };
    match known(talk, work, group).await? {
        Some(made) => Ok(made),
        None => refuse(work, KIND, group, Trouble::Refused, &words).await.map(Made::Not),
    }
}

/// A group of that name that the tool has.
async fn known(talk: &Talk, work: &Work, group: &mut Resource) -> Result<Option<Made>, Stop> {
    Ok(match find(talk, KIND, &group.name, &group.external_id).await? {
        Found::Nothing => None,
        Found::Ours(id) => {
            noted(work.known_as(KIND, group, &id).await?)?;
            Some(Made::Adopted)
        }
        Found::Another => Some(Made::Not(refuse(work, KIND, group, Trouble::Taken, "").await?)),
    })
}

/// Adds who is missing and removes who is too many, page by page; nothing where all was taken. Where it is not known who
/// is in the group (`whole`), the first page takes the place of all.
async fn fill(
    talk: &Talk,
    work: &Work,
    group: &Resource,
    members: &HashSet<String>,
    whole: bool,
) -> Result<Option<Said>, Stop> {
    let told = work.members(group).await?;
    let mut removed: Vec<String> = told.difference(members).cloned().collect();
    let mut added: Vec<String> = members.difference(&told).cloned().collect();
    removed.sort_unstable();
    added.sort_unstable();
    let values = |ids: &[String]| -> Value { ids.iter().map(|id| json!({ "value": id })).collect() };
    let mut start = 0;
    if whole && told.is_empty() {
        start = added.len().min(PAGE);
        let first = json!([{ "op": "replace", "path": "members", "value": values(&added[..start]) }]);
        if let Some(said) = patch(talk, work, group, first, &added[..start], &[]).await? {
            return Ok(Some(said));
        }
    }
    for page in removed.chunks(PAGE) {
        let operations = page
            .iter()
            .map(|id| json!({ "op": "remove", "path": format!("members[value eq {}]", Value::from(id.as_str())) }))
            .collect();
        if let Some(said) = patch(talk, work, group, operations, &[], page).await? {
            return Ok(Some(said));
        }
    }
    for page in added[start..].chunks(PAGE) {
        let operations = json!([{ "op": "add", "path": "members", "value": values(page) }]);
        if let Some(said) = patch(talk, work, group, operations, page, &[]).await? {
            return Ok(Some(said));
        }
    }
    Ok(None)
}

async fn patch(
    talk: &Talk,
    work: &Work,
    group: &Resource,
    operations: Value,
    added: &[String],
    removed: &[String],
) -> Result<Option<Said>, Stop> {
    match talk.patch(KIND, &group.remote_id, operations).await? {
        Said::Done(_) => {
            noted(work.told_members(clock::now(), group, added, removed).await?)?;
            Ok(None)
        }
        said => Ok(Some(said)),
    }
}

async fn remove(talk: &Talk, work: &Work, group: &mut Resource) -> Result<Went, Stop> {
    if group.remote_id.is_empty() {
        if let Found::Ours(id) = find(talk, KIND, &group.name, &group.external_id).await? {
            noted(work.known_as(KIND, group, &id).await?)?;
        } else {
            noted(work.gone(clock::now(), KIND, group).await?)?;
            return Ok(Went::Well);
        }
    }
    match talk.delete(KIND, &group.remote_id).await? {
        Said::Done(_) | Said::NotFound => {
            noted(work.gone(clock::now(), KIND, group).await?)?;
            Ok(Went::Well)
        }
        said => not_done(work, group, said).await,
    }
}

async fn not_done(work: &Work, group: &mut Resource, said: Said) -> Result<Went, Stop> {
    match said {
        Said::Done(_) => Ok(Went::Well),
        Said::NotFound => refuse(work, KIND, group, Trouble::Refused, "404").await,
        Said::Unable => refuse(work, KIND, group, Trouble::Refused, "501").await,
        Said::Conflict(words) | Said::Refused(words) => refuse(work, KIND, group, Trouble::Refused, &words).await,
        Said::Failed(words) => stumble(work, KIND, group, &words).await,
    }
}
