//! What stays alive in the browser. The same code writes the first picture on the server, so that nothing is missing
//! where scripts are off; a change then needs a reload.

use leptos::prelude::*;

use super::{
    follow::follow,
    room,
    snapshot::{News, Snapshot, Stage, news},
    words::{RoomWords, StateWords, TypedLine, fill},
};

/// A sign that a session is open now, how many are there, and what is talked about. Nothing before it opens.
#[island]
pub fn LiveState(
    /// Key of the session.
    session: String,
    /// The state that the page was written with.
    first: Snapshot,
    /// Words.
    words: StateWords,
) -> impl IntoView {
    let here = RwSignal::new(first);
    let door = format!("/sessions/{session}/room");
    let minutes = format!("/sessions/{session}/minutes");
    follow(&session, true, here, |_, _| ());
    let sign = move || {
        let now = here.get();
        match now.stage {
            Stage::Open => {
                let count = fill(&words.here, &[("n", &now.here.to_string())]);
                let item = now.current.map(|item| format!(" · {}", item.title));
                view! {
                    <p class="open-now">
                        <strong><span class="dot" aria-hidden="true"></span>{words.open.clone()}</strong>
                        <span>{count}{item}</span>
                        <a href=door.clone()>{words.enter.clone()}</a>
                    </p>
                }
                .into_any()
            }
            Stage::Closed => view! {
                <p class="closed-now">{words.closed.clone()}" "<a href=minutes.clone()>{words.minutes.clone()}</a></p>
            }
            .into_any(),
            Stage::Planned | Stage::Off => ().into_any(),
        }
    };
    view! { <div class="live-state" role="status">{sign}</div> }
}

/// The room of an assembly: the current item, the agenda, roles, people and minutes, with what the reader may do.
#[island]
pub fn LiveRoom(
    /// Key of the session.
    session: String,
    /// The state that the page was written with.
    first: Snapshot,
    /// Words.
    words: RoomWords,
    /// The form for a line as it was left.
    typed: TypedLine,
) -> impl IntoView {
    let snapshot = RwSignal::new(first);
    let said = RwSignal::new(String::new());
    let words = StoredValue::new(words);
    let id = StoredValue::new(session.clone());
    let elapsed = follow(&session, false, snapshot, move |before, after| {
        let text = words.with_value(|words| announcement(&news(before, after), words));
        if !text.is_empty() {
            said.set(text);
        }
    });

    let stage = Memo::new(move |_| snapshot.with(|now| now.stage));
    let current = Memo::new(move |_| {
        snapshot.with(|now| (now.current.clone(), now.inside.as_ref().map_or(0, |inside| inside.mark)))
    });
    let inside = Memo::new(move |_| snapshot.with(|now| now.inside.clone().unwrap_or_default()));
    let agenda = Memo::new(move |_| inside.with(|now| now.agenda.clone()));
    let moves = Memo::new(move |_| inside.with(|now| (now.leads, now.mark, now.agenda.len())));
    let roles = Memo::new(move |_| inside.with(|now| now.roles.clone()));
    let people = Memo::new(move |_| inside.with(|now| now.people.clone()));
    let entries = Memo::new(move |_| inside.with(|now| now.entries.clone()));
    let notes = Memo::new(move |_| inside.with(|now| now.notes));
    let came = Memo::new(move |_| inside.with(|now| now.came.clone()));

    view! {
        <div class="with-side room">
            <p class="sr-only" role="status" aria-live="polite">{said}</p>
            <div class="room-main">
                {move || (stage.get() == Stage::Closed).then(|| words.with_value(|w| room::closed(&id.get_value(), w)))}
                <section class="room-now" aria-labelledby="now">
                    {move || words.with_value(|w| room::hero(&current.get(), agenda.with(Vec::len), elapsed, w))}
                    {move || words.with_value(|w| room::moves(&id.get_value(), moves.get(), w))}
                </section>
                <section aria-labelledby="agenda">
                    <h2 id="agenda">{words.with_value(|w| w.agenda.clone())}</h2>
                    {move || words.with_value(|w| agenda.with(|items| room::agenda(items, w)))}
                </section>
                <section aria-labelledby="minutes">
                    <h2 id="minutes">{words.with_value(|w| w.minutes.clone())}</h2>
                    {move || words.with_value(|w| entries.with(|lines| room::minutes(lines, w)))}
                </section>
                {move || notes.get().then(|| {
                    words.with_value(|w| room::write(&id.get_value(), came, w.clone(), typed.clone()))
                })}
            </div>
            <div class="room-side">
                <section class="card" aria-labelledby="roles">
                    <h2 id="roles">{words.with_value(|w| w.roles.clone())}</h2>
                    {move || words.with_value(|w| roles.with(|seats| room::roles(&id.get_value(), seats, w)))}
                </section>
                <section class="card" aria-labelledby="people">
                    {move || words.with_value(|w| people.with(|who| room::people(who, w)))}
                </section>
            </div>
        </div>
    }
}

/// What a screen reader hears of a change.
fn announcement(news: &[News<'_>], words: &RoomWords) -> String {
    let [opened, closed, item, came, left, took, noted] = &words.news;
    let sentences: Vec<String> = news
        .iter()
        .map(|piece| match piece {
            News::Opened => opened.clone(),
            News::Closed => closed.clone(),
            News::Item(title) => fill(item, &[("item", title)]),
            News::Came(name) => fill(came, &[("name", name)]),
            News::Left(name) => fill(left, &[("name", name)]),
            News::Took(name, role) => fill(took, &[("role", &words.role(role)), ("name", name)]),
            News::Noted(kind, text) => fill(noted, &[("kind", &words.kind(kind)), ("text", text)]),
        })
        .collect();
    sentences.join(" ")
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;
    use crate::{
        assemblies::{
            snapshot::{Current, Inside, Item, Person, Phase, Seat},
            speak,
        },
        i18n::Locale,
    };

    fn ada() -> Person {
        Person {
            id: "1".into(),
            handle: "ada".into(),
            name: "Ada <b>".into(),
            me: true,
        }
    }

    fn open_room() -> Snapshot {
        let item = |title: &str, phase| Item {
            title: title.into(),
            minutes: 20,
            planned: "18:00".into(),
            phase,
            took: None,
        };
        Snapshot {
            revision: 4,
            stage: Stage::Open,
            here: 1,
            current: Some(Current {
                place: 1,
                of: 2,
                title: "Budget".into(),
                minutes: 20,
                since: "18:00".into(),
                left: 15 * 60_000,
            }),
            inside: Some(Inside {
                entered: true,
                leads: true,
                notes: true,
                mark: 1,
                agenda: vec![item("Budget", Phase::Now), item("Rest", Phase::Ahead)],
                roles: vec![Seat {
                    role: "care".into(),
                    holder: None,
                    takes: true,
                    releases: false,
                }],
                people: vec![ada()],
                came: vec![ada()],
                entries: vec![],
            }),
        }
    }

    fn drawn(snapshot: Snapshot) -> String {
        let words = speak::room(Locale::es);
        Owner::new().with(|| {
            view! { <LiveRoom session="s1".to_owned() first=snapshot words=words typed=TypedLine::default()/> }
                .to_html()
        })
    }

    #[test]
    fn the_room_is_whole_without_scripts() {
        let html = drawn(open_room());
        for part in [
            "Budget",
            "quedan 15 min",
            "action=\"/do/assemblies/advance\"",
            "Siguiente punto",
            "action=\"/do/assemblies/take\"",
            "Cuidados",
            "action=\"/do/assemblies/note\"",
            "En la sala: 1",
            "Ada &lt;b&gt;",
        ] {
            assert!(html.contains(part), "{part} is missing in {html}");
        }
    }

    #[test]
    fn who_does_not_lead_or_note_sees_no_buttons_for_it() {
        let mut snapshot = open_room();
        if let Some(inside) = &mut snapshot.inside {
            inside.leads = false;
            inside.notes = false;
        }
        let html = drawn(snapshot);
        assert!(!html.contains("/do/assemblies/advance") && !html.contains("/do/assemblies/note"));
    }
}
