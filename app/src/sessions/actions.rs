//! Acts on sessions: their facilitators move them or leave them out.

use chrono::{NaiveDateTime, TimeZone};
use domain::{
    SessionId,
    sessions::{Session, SessionError, store},
    spaces::{rules::may_facilitate, store as spaces},
};
use leptos::prelude::*;

use crate::{
    ctx::Ctx,
    forms::{Done, Failed, Form, act},
};

/// Moves a session to another time, which is typed in the zone of its space.
#[server(prefix = "/do", endpoint = "sessions/move")]
pub async fn move_session(
    #[server(default)] session: String,
    #[server(default)] start: String,
    #[server(default)] why: String,
) -> Result<(), ServerFnError> {
    let page = format!("/sessions/{session}");
    act(Form::new("move", &page).typed(&[("start", &start), ("why", &why)]), async |cx| {
        let (session, by) = facilitated(&cx, &session).await?;
        let zone = spaces::get(cx.db().read(), session.space_id).await?.time_zone;
        let start = NaiveDateTime::parse_from_str(&start, "%Y-%m-%dT%H:%M")
            .ok()
            .and_then(|wall| zone.from_local_datetime(&wall).earliest())
            .ok_or_else(|| Failed::field("start", "time_unreadable"))?;
        if start < cx.now {
            return Err(Failed::field("start", "starts_in_past"));
        }
        let reason = reason(&why, "why")?;
        store::move_to(cx.db(), session.id, start.to_utc(), reason, Some(by), cx.now).await?;
        cx.services.live.notify(session.id);
        Ok(Done::to(page).saying("notice_moved"))
    })
    .await
}

/// Leaves an occurrence out of its series, or calls a single session off.
#[server(prefix = "/do", endpoint = "sessions/call-off")]
pub async fn call_off(#[server(default)] session: String, #[server(default)] reason: String) -> Result<(), ServerFnError> {
    let page = format!("/sessions/{session}");
    act(Form::new("call_off", &page).typed(&[("reason", &reason)]), async |cx| {
        let (session, by) = facilitated(&cx, &session).await?;
        let reason = self::reason(&reason, "reason")?;
        if session.series_id.is_some() {
            store::skip(cx.db(), session.id, reason, Some(by), cx.now).await?;
        } else {
            store::cancel(cx.db(), session.id, reason, Some(by), cx.now).await?;
        }
        cx.services.live.notify(session.id);
        Ok(Done::to(page).saying("notice_called_off"))
    })
    .await
}

/// The session, if the one who asks facilitates its space.
async fn facilitated(cx: &Ctx, id: &str) -> Result<(Session, domain::MemberId), Failed> {
    let id: SessionId = id.parse().map_err(|_| SessionError::NotFound)?;
    let session = store::get(cx.db().read(), id).await?;
    let facilitators = spaces::facilitator_ids(cx.db().read(), session.space_id).await.map_err(SessionError::from)?;
    let by = may_facilitate(&cx.actor, &facilitators).map_err(SessionError::from)?.id;
    Ok((session, by))
}

/// Why, in words that all who booked will read.
fn reason<'a>(text: &'a str, field: &str) -> Result<&'a str, Failed> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > 300 {
        return Err(Failed::field(field, "reason_needed"));
    }
    Ok(text)
}
