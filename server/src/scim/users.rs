//! Accounts of people (RFC 7643, 4.1).

use domain::clients::scim::{GONE, INACTIVE, Kind, Resource, Trouble, User, Work};
use serde_json::{Map, Value, json};

use super::{
    Found, Stop, Went, find, noted, refuse, stumble,
    talk::{Said, Talk, id_may_be},
};
use crate::clock;

const SCHEMA: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const KIND: Kind = Kind::User;

/// Sends what is wanted of one account.
pub(super) async fn send(talk: &Talk, work: &Work, user: &mut Resource, wish: Option<&User>) -> Result<Went, Stop> {
    match (user.wanted.as_str(), wish) {
        (INACTIVE | GONE, _) | (_, None) => close(talk, work, user).await,
        (_, Some(wish)) => open(talk, work, user, wish).await,
    }
}

/// The account as the tool should have it.
fn body(wish: &User, id: Option<&str>) -> Value {
    let mut body = Map::new();
    body.insert("schemas".into(), json!([SCHEMA]));
    if let Some(id) = id {
        body.insert("id".into(), id.into());
    }
    body.insert("externalId".into(), wish.external_id.as_str().into());
    body.insert("userName".into(), wish.user_name.as_str().into());
    if let Some(name) = &wish.display_name {
        body.insert("displayName".into(), name.as_str().into());
        body.insert("name".into(), json!({ "formatted": name }));
    }
    let texts = [
        ("preferredLanguage", &wish.language),
        ("timezone", &wish.time_zone),
        ("userType", &wish.user_type),
    ];
    for (attribute, text) in texts {
        if let Some(text) = text {
            body.insert(attribute.into(), text.as_str().into());
        }
    }
    if let Some(email) = &wish.email {
        body.insert("emails".into(), json!([{ "value": email, "primary": true }]));
    }
    body.insert("active".into(), true.into());
    Value::Object(body)
}

/// Makes the account, or writes it anew.
async fn open(talk: &Talk, work: &Work, user: &mut Resource, wish: &User) -> Result<Went, Stop> {
    if !user.remote_id.is_empty() {
        match talk
            .replace(KIND, &user.remote_id, &body(wish, Some(&user.remote_id)))
            .await?
        {
            Said::NotFound => noted(work.known_as(KIND, user, "").await?)?,
            said => return taken(work, user, wish, said).await,
        }
    }
    user.name = wish.user_name.clone();
    if user.begun {
        // The answer to an earlier try may have been lost.
        match find(talk, KIND, &wish.user_name, &wish.external_id).await? {
            Found::Ours(id) => return adopt(talk, work, user, wish, &id).await,
            Found::Another => return another(work, user).await,
            Found::Nothing => {}
        }
    }
    noted(work.begins(KIND, user).await?)?;
    match talk.create(KIND, &body(wish, None)).await? {
        Said::Done(made) => match made["id"].as_str().filter(|id| id_may_be(id)) {
            Some(id) => {
                noted(work.known_as(KIND, user, id).await?)?;
                taken(work, user, wish, Said::Done(Value::Null)).await
            }
            None => match find(talk, KIND, &wish.user_name, &wish.external_id).await? {
                Found::Ours(id) => adopt(talk, work, user, wish, &id).await,
                _ => refuse(work, KIND, user, Trouble::Unreadable, "an id is missing").await,
            },
        },
        Said::Conflict(words) => match find(talk, KIND, &wish.user_name, &wish.external_id).await? {
            Found::Ours(id) => adopt(talk, work, user, wish, &id).await,
            Found::Another => another(work, user).await,
            Found::Nothing => refuse(work, KIND, user, Trouble::Refused, &words).await,
        },
        said => taken(work, user, wish, said).await,
    }
}

async fn another(work: &Work, user: &mut Resource) -> Result<Went, Stop> {
    refuse(work, KIND, user, Trouble::Taken, "").await
}

/// Takes over an account that the tool had already.
async fn adopt(talk: &Talk, work: &Work, user: &mut Resource, wish: &User, id: &str) -> Result<Went, Stop> {
    noted(work.known_as(KIND, user, id).await?)?;
    let said = talk.replace(KIND, id, &body(wish, Some(id))).await?;
    taken(work, user, wish, said).await
}

/// Notes what the tool said to the whole account.
async fn taken(work: &Work, user: &mut Resource, wish: &User, said: Said) -> Result<Went, Stop> {
    match said {
        Said::Done(_) => {
            user.name = wish.user_name.clone();
            user.external_id = wish.external_id.clone();
            user.wanted = wish.wanted();
            noted(work.took(clock::now(), KIND, user).await?)?;
            Ok(Went::Well)
        }
        Said::Conflict(words) => refuse(work, KIND, user, Trouble::Taken, &words).await,
        Said::NotFound => refuse(work, KIND, user, Trouble::Refused, "404").await,
        Said::Unable => refuse(work, KIND, user, Trouble::Refused, "501").await,
        Said::Refused(words) => refuse(work, KIND, user, Trouble::Refused, &words).await,
        Said::Failed(words) => stumble(work, KIND, user, &words).await,
    }
}

/// Closes the account, or removes it where the person is gone from the hub.
async fn close(talk: &Talk, work: &Work, user: &mut Resource) -> Result<Went, Stop> {
    if user.remote_id.is_empty() {
        let found = find(talk, KIND, &user.name, &user.external_id).await?;
        let Found::Ours(id) = found else {
            // It never arrived.
            noted(work.gone(clock::now(), KIND, user).await?)?;
            return Ok(Went::Well);
        };
        noted(work.known_as(KIND, user, &id).await?)?;
    }
    let id = user.remote_id.clone();
    let removing = user.wanted == GONE;
    let mut said = if removing {
        talk.delete(KIND, &id).await?
    } else {
        let close = json!([{ "op": "replace", "path": "active", "value": false }]);
        talk.patch(KIND, &id, close).await?
    };
    if matches!(said, Said::Unable) && !removing {
        // PATCH is optional (RFC 7644, 3.5.2): the least that an account can be, then.
        let least = json!({
            "schemas": [SCHEMA],
            "id": id,
            "externalId": user.external_id,
            "userName": user.name,
            "active": false,
        });
        said = talk.replace(KIND, &id, &least).await?;
    }
    match said {
        Said::Done(_) | Said::NotFound if removing => noted(work.gone(clock::now(), KIND, user).await?)?,
        Said::Done(_) => noted(work.took(clock::now(), KIND, user).await?)?,
        Said::NotFound => {
            // An account that is not there is closed; should it be wanted again, it is made anew.
            noted(work.known_as(KIND, user, "").await?)?;
            noted(work.took(clock::now(), KIND, user).await?)?;
        }
        Said::Unable => return refuse(work, KIND, user, Trouble::Refused, "501").await,
        Said::Conflict(words) | Said::Refused(words) => {
            return refuse(work, KIND, user, Trouble::Refused, &words).await;
        }
        Said::Failed(words) => return stumble(work, KIND, user, &words).await,
    }
    Ok(Went::Well)
}
