//! Following a session's live events in the browser. On the server there is nothing to follow.

use leptos::prelude::*;

use super::snapshot::Snapshot;

/// Keeps the snapshot up to date from `/live/sessions/{id}`; `on` hears of each change, before and after. Gives the
/// milliseconds since the last snapshot, renewed a few times a minute.
pub(super) fn follow(
    session: &str,
    state_only: bool,
    snapshot: RwSignal<Snapshot>,
    on: impl Fn(&Snapshot, &Snapshot) + 'static,
) -> Signal<i64> {
    let elapsed = RwSignal::new(0);
    #[cfg(feature = "hydrate")]
    browser::follow(session, state_only, snapshot, elapsed, on);
    #[cfg(not(feature = "hydrate"))]
    let _ = (session, state_only, snapshot, on);
    elapsed.into()
}

#[cfg(feature = "hydrate")]
mod browser {
    use std::{cell::Cell, rc::Rc, time::Duration};

    use leptos::prelude::*;
    use wasm_bindgen::{JsCast, closure::Closure};
    use web_sys::{EventSource, MessageEvent};

    use crate::assemblies::snapshot::{Snapshot, Stage};

    pub(super) fn follow(
        session: &str,
        state_only: bool,
        snapshot: RwSignal<Snapshot>,
        elapsed: RwSignal<i64>,
        on: impl Fn(&Snapshot, &Snapshot) + 'static,
    ) {
        let first = snapshot.get_untracked();
        if matches!(first.stage, Stage::Closed | Stage::Off) {
            return;
        }
        let only = if state_only { "&only=state" } else { "" };
        let Ok(source) = EventSource::new(&format!("/live/sessions/{session}?since={}{only}", first.revision)) else {
            return;
        };
        let written = Rc::new(Cell::new(js_sys::Date::now()));
        let renewed = Rc::clone(&written);
        let listening = source.clone();
        let heard = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
            let Some(after) = event
                .data()
                .as_string()
                .and_then(|text| serde_json::from_str::<Snapshot>(&text).ok())
            else {
                return;
            };
            let before = snapshot.get_untracked();
            if matches!(after.stage, Stage::Closed | Stage::Off) {
                listening.close();
            }
            renewed.set(js_sys::Date::now());
            elapsed.set(0);
            on(&before, &after);
            snapshot.set(after);
        });
        source.set_onmessage(Some(heard.as_ref().unchecked_ref()));
        // It listens as long as the page stands.
        heard.forget();
        if !state_only {
            #[expect(clippy::cast_possible_truncation, reason = "milliseconds of one visit")]
            let tick = move || elapsed.set((js_sys::Date::now() - written.get()) as i64);
            set_interval(tick, Duration::from_secs(15));
        }
    }
}
