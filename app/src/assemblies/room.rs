//! The parts of the room, drawn from a snapshot.

use leptos::prelude::*;

use super::{
    snapshot::{Current, Item, Line, Person, Phase, Seat},
    words::{RoomWords, TypedLine, fill},
};

/// What is talked about now, as the hero of the room. `elapsed` is how many milliseconds passed since the snapshot.
pub(super) fn hero(
    (current, mark): &(Option<Current>, usize),
    items: usize,
    elapsed: Signal<i64>,
    words: &RoomWords,
) -> AnyView {
    let Some(item) = current else {
        let text = if items > 0 && *mark > items {
            &words.done
        } else {
            &words.before
        };
        return view! { <h2 id="now" class="hero">{text.clone()}</h2> }.into_any();
    };
    let place = fill(
        &words.place,
        &[("place", &item.place.to_string()), ("of", &item.of.to_string())],
    );
    let (left, over, total) = (words.left.clone(), words.over.clone(), item.minutes);
    let at_first = item.left;
    let minutes_left = move || (at_first - elapsed.get()).div_euclid(60_000);
    let time = move || match minutes_left() {
        minutes @ 0.. => fill(&left, &[("n", &minutes.to_string())]),
        minutes => fill(&over, &[("n", &(-minutes).to_string())]),
    };
    let spent = move || {
        (i64::from(total) - minutes_left())
            .clamp(0, i64::from(total))
            .to_string()
    };
    let label = words.now.clone();
    view! {
        <p class="kicker">{words.now.clone()}" · "{place}</p>
        <h2 id="now" class="hero">{item.title.clone()}</h2>
        <p class="room-time">
            <progress max=total.to_string() value=spent aria-label=label></progress>
            <span>{time}</span>
        </p>
    }
    .into_any()
}

/// Buttons that move the agenda, for who leads.
pub(super) fn moves(session: &str, (leads, mark, items): (bool, usize, usize), words: &RoomWords) -> Option<AnyView> {
    if !leads || items == 0 {
        return None;
    }
    let next = match mark {
        0 => Some(&words.begin),
        mark if mark < items => Some(&words.next),
        mark if mark == items => Some(&words.finish),
        _ => None,
    };
    let button = |step: &'static str, label: &String, class: &'static str| {
        view! {
            <form method="post" action="/do/assemblies/advance">
                <input type="hidden" name="session" value=session.to_owned()/>
                <input type="hidden" name="seen" value=mark.to_string()/>
                <input type="hidden" name="step" value=step/>
                <button class=class type="submit">{label.clone()}</button>
            </form>
        }
    };
    Some(
        view! {
            <div class="acts">
                {next.map(|label| button("next", label, "btn"))}
                {(mark > 0).then(|| button("back", &words.back, "btn quiet"))}
            </div>
        }
        .into_any(),
    )
}

/// The agenda with times and progress.
pub(super) fn agenda(items: &[Item], words: &RoomWords) -> AnyView {
    if items.is_empty() {
        return view! { <p class="text-soft">{words.agenda_none.clone()}</p> }.into_any();
    }
    let rows: Vec<_> = items
        .iter()
        .map(|item| {
            let (class, phase) = match item.phase {
                Phase::Ahead => ("ahead", 0),
                Phase::Now => ("now", 1),
                Phase::Done => ("done", 2),
            };
            let length = match item.took {
                Some(minutes) => fill(&words.took, &[("n", &minutes.to_string())]),
                None => fill(&words.min, &[("n", &item.minutes.to_string())]),
            };
            let current = (item.phase == Phase::Now).then_some("step");
            view! {
                <li class=class aria-current=current>
                    <span class="agenda-time">{item.planned.clone()}</span>
                    <span class="agenda-title">{item.title.clone()}</span>
                    <span class="agenda-length">{length}" · "{words.phases[phase].clone()}</span>
                </li>
            }
        })
        .collect();
    view! { <ol class="agenda">{rows}</ol> }.into_any()
}

/// Roles, each with who holds it and what the reader may do about it.
pub(super) fn roles(session: &str, seats: &[Seat], words: &RoomWords) -> AnyView {
    let form = |act: &'static str, role: &str, label: &String, name: &str| {
        let spoken = format!("{label}: {name}");
        view! {
            <form method="post" action=format!("/do/assemblies/{act}")>
                <input type="hidden" name="session" value=session.to_owned()/>
                <input type="hidden" name="role" value=role.to_owned()/>
                <button class="btn quiet small" type="submit" aria-label=spoken>{label.clone()}</button>
            </form>
        }
    };
    let rows: Vec<_> = seats
        .iter()
        .map(|seat| {
            let name = words.role(&seat.role);
            let who = match &seat.holder {
                Some(holder) => link(holder, words),
                None => view! { <span class="text-soft">{words.nobody.clone()}</span> }.into_any(),
            };
            let mine = seat.holder.as_ref().is_some_and(|holder| holder.me);
            let release = if mine { &words.release } else { &words.free };
            view! {
                <li>
                    <span><span class="role-name">{name.clone()}</span>{who}</span>
                    {seat.takes.then(|| form("take", &seat.role, &words.take, &name))}
                    {seat.releases.then(|| form("release", &seat.role, release, &name))}
                </li>
            }
        })
        .collect();
    view! { <ul class="roles">{rows}</ul> }.into_any()
}

/// Who is here.
pub(super) fn people(people: &[Person], words: &RoomWords) -> AnyView {
    let title = fill(&words.people, &[("n", &people.len().to_string())]);
    let rows: Vec<_> = people
        .iter()
        .map(|person| view! { <li>{link(person, words)}</li> })
        .collect();
    view! {
        <h2 id="people">{title}</h2>
        <ul class="people">{rows}</ul>
    }
    .into_any()
}

fn link(person: &Person, words: &RoomWords) -> AnyView {
    let me = person.me.then(|| format!(" ({})", words.me));
    view! { <span><a href=format!("/members/{}", person.handle)>{person.name.clone()}</a>{me}</span> }.into_any()
}

/// Decisions, actions and notes so far.
pub(super) fn minutes(lines: &[Line], words: &RoomWords) -> AnyView {
    if lines.is_empty() {
        return view! { <p class="text-soft">{words.minutes_none.clone()}</p> }.into_any();
    }
    let rows: Vec<_> = lines
        .iter()
        .map(|line| {
            let class = match line.kind.as_str() {
                "decision" => "tag leaf",
                "action" => "tag clay",
                _ => "tag",
            };
            let owner = line
                .owner
                .as_ref()
                .map(|who| fill(&words.owner, &[("name", &who.name)]));
            let due = line.due.as_ref().map(|day| fill(&words.due, &[("day", day)]));
            let by = fill(&words.noted, &[("name", &line.by), ("time", &line.at)]);
            let about: Vec<String> = [line.item.clone(), owner, due, Some(by)]
                .into_iter()
                .flatten()
                .collect();
            view! {
                <li>
                    <p><span class=class>{words.kind(&line.kind)}</span>" "{line.text.clone()}</p>
                    <p class="text-soft">{about.join(" · ")}</p>
                </li>
            }
        })
        .collect();
    view! { <ol class="entries">{rows}</ol> }.into_any()
}

/// The form for a line of the minutes.
pub(super) fn write(session: &str, came: Memo<Vec<Person>>, words: RoomWords, typed: TypedLine) -> AnyView {
    let [kind, text, owner, due] = words.fields.clone();
    let kinds: Vec<_> = words
        .kinds
        .iter()
        .map(|(code, name)| {
            let selected = *code == typed.kind;
            view! { <option value=code.clone() selected=selected>{name.clone()}</option> }
        })
        .collect();
    let chosen = typed.owner.clone();
    let owners = move || {
        came.with(|people| {
            people
                .iter()
                .map(|person| {
                    let selected = person.id == chosen;
                    view! { <option value=person.id.clone() selected=selected>{person.name.clone()}</option> }
                })
                .collect::<Vec<_>>()
        })
    };
    let wrong = |field: &'static str| {
        typed
            .wrong(field)
            .map(|sentence| view! { <p class="error" id=format!("{field}-error")>{sentence}</p> })
    };
    let marks = |field: &'static str| {
        let on = typed.wrong(field).is_some();
        (on.then(|| format!("{field}-error")), on.then_some("true"))
    };
    let (text_by, text_bad) = marks("text");
    let (owner_by, owner_bad) = marks("owner");
    let (due_by, due_bad) = marks("due");
    view! {
        <section class="card" aria-labelledby="write">
            <h2 id="write">{words.write.clone()}</h2>
            <form class="form" method="post" action="/do/assemblies/note">
                <input type="hidden" name="session" value=session.to_owned()/>
                <div class="field">
                    <label for="kind">{kind}</label>
                    <select id="kind" name="kind">{kinds}</select>
                </div>
                <div class="field">
                    <label for="text">{text}</label>
                    <textarea id="text" name="text" rows="3" required maxlength="2000" aria-describedby=text_by aria-invalid=text_bad>
                        {typed.text.clone()}
                    </textarea>
                    {wrong("text")}
                </div>
                <fieldset class="pair">
                    <legend class="help">{words.action_help.clone()}</legend>
                    <div class="field">
                        <label for="owner">{owner}</label>
                        <select id="owner" name="owner" aria-describedby=owner_by aria-invalid=owner_bad>
                            <option value="">{words.no_owner.clone()}</option>
                            {owners}
                        </select>
                        {wrong("owner")}
                    </div>
                    <div class="field">
                        <label for="due">{due}</label>
                        <input id="due" name="due" type="date" value=typed.due.clone() aria-describedby=due_by aria-invalid=due_bad/>
                        {wrong("due")}
                    </div>
                </fieldset>
                <button class="btn" type="submit">{words.send.clone()}</button>
            </form>
        </section>
    }
    .into_any()
}

/// What stands in an open room once it is closed.
pub(super) fn closed(session: &str, words: &RoomWords) -> AnyView {
    view! {
        <p class="notice">
            {words.state.closed.clone()}" "<a href=format!("/sessions/{session}/minutes")>{words.state.minutes.clone()}</a>
        </p>
    }
    .into_any()
}
