//! Pages of assemblies: planning, the room with its door, the minutes.

mod minutes;
mod room;
mod schedule;

use domain::{
    SessionId,
    assemblies::{stage::Stage, store},
    sessions::{Session, SessionError},
};
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

pub use minutes::MinutesPage;
pub use room::RoomPage;
pub use schedule::SchedulePage;

use super::{
    islands::LiveState,
    seen::{self, Reader},
    snapshot::Snapshot,
    speak,
};
use crate::{ctx::Ctx, page::PageError};

/// A part of the address of this page.
fn part(name: &str) -> String {
    use_params_map().with_untracked(|params| params.get(name).unwrap_or_default())
}

fn key(text: &str) -> Result<SessionId, SessionError> {
    text.parse().map_err(|_| SessionError::NotFound)
}

impl<'a> From<&'a Ctx> for Reader<'a> {
    fn from(cx: &'a Ctx) -> Self {
        Self {
            actor: &cx.actor,
            locale: cx.locale,
            zone: cx.zone,
            now: cx.now,
        }
    }
}

/// A sign that a session is open now, which appears and changes without a reload: for the page of a session, and for
/// open sessions on the home page, where it says the title too. None where the session is over, or far off still: a page
/// with nothing alive loads no wasm.
///
/// # Errors
/// Where the database does not answer.
pub async fn live_state(cx: &Ctx, session: &Session, title: Option<&str>) -> Result<Option<AnyView>, PageError> {
    let near = match Stage::of(session) {
        Stage::Planned { from, until } => from <= cx.now && cx.now < until,
        Stage::Open { .. } => true,
        Stage::Closed { .. } | Stage::Off => false,
    };
    if !near {
        return Ok(None);
    }
    let room = store::load_for(cx.db().read(), session.clone()).await?;
    let first = Snapshot {
        inside: None,
        ..seen::snapshot(&room, cx.into())
    };
    let mut words = speak::state(cx.locale);
    if let Some(title) = title {
        words.open = format!("{}: {title}", words.open);
    }
    Ok(Some(
        view! { <LiveState session=session.id.to_string() first=first words=words/> }.into_any(),
    ))
}
