//! Acts on bookings: book a place, let it go.

use domain::{SessionId, bookings::{BookingState, store}, sessions::SessionError};
use leptos::prelude::*;

use crate::forms::{Done, Failed, Form, act, local_path};

/// Books a place, or one on the waiting list.
#[server(prefix = "/do", endpoint = "bookings/book")]
pub async fn book(#[server(default)] session: String, #[server(default)] back: String) -> Result<(), ServerFnError> {
    let back = local_path(&back).unwrap_or("/bookings").to_owned();
    act(Form::new("book", &back), async |cx| {
        let outcome = store::book(cx.db(), &cx.actor, read(&session)?, cx.now).await?;
        cx.services.live.notify(outcome.booking.session_id);
        Ok(Done::to(&back).saying(match outcome.booking.state {
            BookingState::Waiting { .. } => "notice_waiting",
            _ => "notice_booked",
        }))
    })
    .await
}

/// Lets a place go; whoever waits longest moves up.
#[server(prefix = "/do", endpoint = "bookings/cancel")]
pub async fn cancel(#[server(default)] session: String, #[server(default)] back: String) -> Result<(), ServerFnError> {
    let back = local_path(&back).unwrap_or("/bookings").to_owned();
    act(Form::new("cancel", &back), async |cx| {
        let outcome = store::cancel(cx.db(), &cx.actor, read(&session)?, cx.now).await?;
        cx.services.live.notify(outcome.booking.session_id);
        Ok(Done::to(&back).saying("notice_let_go"))
    })
    .await
}

fn read(session: &str) -> Result<SessionId, Failed> {
    session.parse().map_err(|_| SessionError::NotFound.into())
}
