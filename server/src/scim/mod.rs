//! Accounts sent ahead to tools (SCIM 2.0): carrying a push.
//!
//! A push goes through what is due, in an order that closes accounts first, and notes each answer at once. What the tool
//! refuses is noted for a human and does not hold up the rest; where the tool as a whole is in trouble, the push ends and
//! is tried again later. After [`TIME`] it goes on in another push, so that nothing else in the outbox waits long.

mod groups;
mod talk;
#[cfg(test)]
mod tests;
mod users;

use std::time::{Duration, Instant};

use chrono::TimeDelta;
use domain::{
    accounts::provider,
    clients::scim::{self, Kind, Look, Push, Resource, Trouble, Work},
    outbox::{Failure, Leased},
};
use sea_orm::DbErr;

use crate::{clock, state::AppState};
use talk::Talk;

/// How long one push works.
const TIME: Duration = Duration::from_secs(10);
/// After so many failures of the tool's own a push ends.
const STUMBLES: usize = 3;

/// Why a push does not go on.
#[derive(Debug)]
enum Stop {
    /// The tool as a whole is in trouble: its words, and how long it asks to wait.
    Tool(Trouble, String, Option<TimeDelta>),
    /// The target was changed meanwhile: another push follows.
    Changed,
    /// Our own database.
    Db(DbErr),
}

impl From<DbErr> for Stop {
    fn from(error: DbErr) -> Self {
        Self::Db(error)
    }
}

/// What became of one thing.
#[derive(Debug, PartialEq, Eq)]
enum Went {
    /// As it should.
    Well,
    /// The tool failed over it.
    Stumbled,
}

/// A note that answers whether the work may go on.
fn noted(may_go_on: bool) -> Result<(), Stop> {
    if may_go_on { Ok(()) } else { Err(Stop::Changed) }
}

/// Carries one push.
pub(crate) async fn carry(state: &AppState, leased: &Leased) -> Result<(), Failure> {
    let push: Push = serde_json::from_str(&leased.payload).map_err(Failure::never)?;
    let db = state.db();
    let target = scim::get(db.read(), &push.client_id).await.map_err(Failure::later)?;
    let Some(target) = target.filter(|target| target.active && target.push == push.push) else {
        return Ok(());
    };
    let client = provider::client(db.read(), &push.client_id)
        .await
        .map_err(Failure::later)?;
    let Some(client) = client else { return Ok(()) };
    let work = Work::new(db.clone(), target.clone());
    let token = match scim::open_token(db.read(), &state.services.sealer, &push.client_id).await {
        Ok(token) => token,
        Err(error) => {
            work.troubled(clock::now(), Trouble::Sealed, "")
                .await
                .map_err(Failure::later)?;
            return Err(Failure::later(error));
        }
    };
    let mut look = scim::look(db, clock::now(), &target, &client)
        .await
        .map_err(Failure::later)?;
    let talk = Talk::new(state.outgoing.clone(), &target.address, token);
    match through(&talk, &work, &mut look).await {
        Ok(true) => Ok(()),
        Ok(false) => scim::again(db, clock::now(), &push).await.map_err(Failure::later),
        Err(Stop::Changed) => Ok(()),
        Err(Stop::Db(error)) => Err(Failure::later(error)),
        Err(Stop::Tool(trouble, detail, wait)) => {
            work.troubled(clock::now(), trouble, &detail)
                .await
                .map_err(Failure::later)?;
            let words = format!("{}: {} {detail}", push.client_id, trouble.as_str());
            Err(match wait {
                Some(wait) => Failure::After(words, wait),
                None => Failure::Later(words),
            })
        }
    }
}

/// Goes through what is due; false where the time is over before all is done.
async fn through(talk: &Talk, work: &Work, look: &mut Look) -> Result<bool, Stop> {
    let begin = Instant::now();
    let mut stumbles = 0;
    for n in 0..look.users.len() {
        if !look.users[n].is_due() {
            continue;
        }
        if begin.elapsed() > TIME {
            return Ok(false);
        }
        let wish = look.users[n].member().and_then(|member| look.wishes.users.get(&member));
        let went = users::send(talk, work, &mut look.users[n], wish).await?;
        stumbles = stumbled(went, stumbles)?;
    }
    let remote_ids = look.remote_ids();
    for group in &mut look.groups {
        // Whom the tool has come to know just now belongs to its groups from now on.
        let wish = look.wishes.groups.get(&group.local_id);
        if let Some(wish) = wish {
            group.wanted = scim::group_wanted(wish, &remote_ids);
        }
        if !group.is_due() {
            continue;
        }
        if begin.elapsed() > TIME {
            return Ok(false);
        }
        let went = groups::send(talk, work, group, wish, &remote_ids).await?;
        stumbles = stumbled(went, stumbles)?;
    }
    if stumbles > 0 {
        return Err(Stop::Tool(Trouble::Broken, String::new(), None));
    }
    Ok(true)
}

fn stumbled(went: Went, before: usize) -> Result<usize, Stop> {
    match went {
        Went::Well => Ok(before),
        Went::Stumbled if before + 1 >= STUMBLES => Err(Stop::Tool(Trouble::Broken, String::new(), None)),
        Went::Stumbled => Ok(before + 1),
    }
}

/// What the tool calls something that it may know already, by the name that it has there.
enum Found {
    /// It knows nothing of that name.
    Nothing,
    /// It knows it as ours.
    Ours(String),
    /// It knows something else of that name.
    Another,
}

/// Looks for something by its name; it is ours where the tool knows it by our own key, or by none.
async fn find(talk: &Talk, kind: Kind, name: &str, external_id: &str) -> Result<Found, Stop> {
    let found = talk.find(kind, name).await?;
    let known = |one: &serde_json::Value| {
        let id = one["id"].as_str().filter(|id| talk::id_may_be(id))?.to_owned();
        let ours = one["externalId"]
            .as_str()
            .is_none_or(|known| known.is_empty() || known == external_id);
        Some((id, ours))
    };
    Ok(match found.as_slice() {
        [] => Found::Nothing,
        [one] => match known(one) {
            Some((id, true)) => Found::Ours(id),
            Some((_, false)) => Found::Another,
            None => return Err(Stop::Tool(Trouble::Unreadable, "an id is missing".to_owned(), None)),
        },
        // Names of groups need not be unique: then only our own key tells.
        several => several
            .iter()
            .filter(|one| one["externalId"].as_str() == Some(external_id))
            .find_map(known)
            .map_or(Found::Another, |(id, _)| Found::Ours(id)),
    })
}

/// Notes that the tool does not take something.
async fn refuse(
    work: &Work,
    kind: Kind,
    resource: &mut Resource,
    trouble: Trouble,
    detail: &str,
) -> Result<Went, Stop> {
    tracing::warn!(
        kind = kind.as_str(),
        name = resource.name,
        trouble = trouble.as_str(),
        detail,
        "a tool refuses"
    );
    noted(work.refused(kind, resource, trouble, detail).await?)?;
    Ok(Went::Well)
}

/// Notes that the tool failed over something.
async fn stumble(work: &Work, kind: Kind, resource: &mut Resource, detail: &str) -> Result<Went, Stop> {
    noted(work.stumbled(kind, resource, detail).await?)?;
    Ok(Went::Stumbled)
}
