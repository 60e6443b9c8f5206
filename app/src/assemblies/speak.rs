//! The words of islands, in the reader's language.

use super::words::{RoomWords, StateWords};
use crate::i18n::{Locale, tr};

pub(super) fn state(l: Locale) -> StateWords {
    StateWords {
        open: tr!(l, assemblies.open_now).to_string(),
        here: tr!(l, assemblies.here).to_string(),
        enter: tr!(l, assemblies.enter_link).to_string(),
        closed: tr!(l, assemblies.closed_now).to_string(),
        minutes: tr!(l, assemblies.minutes_link).to_string(),
    }
}

/// The name of a role, by its code.
pub(super) fn role_names(l: Locale) -> [(String, String); 4] {
    [
        ("facilitator", tr!(l, assemblies.role_facilitator).to_string()),
        ("note_taker", tr!(l, assemblies.role_note_taker).to_string()),
        ("time_keeper", tr!(l, assemblies.role_time_keeper).to_string()),
        ("care", tr!(l, assemblies.role_care).to_string()),
    ]
    .map(|(code, name)| (code.to_owned(), name))
}

pub(super) fn room(l: Locale) -> RoomWords {
    RoomWords {
        state: state(l),
        agenda: tr!(l, assemblies.agenda).to_string(),
        agenda_none: tr!(l, assemblies.agenda_none).to_string(),
        now: tr!(l, assemblies.now).to_string(),
        before: tr!(l, assemblies.before).to_string(),
        done: tr!(l, assemblies.done).to_string(),
        place: tr!(l, assemblies.place).to_string(),
        left: tr!(l, assemblies.left).to_string(),
        over: tr!(l, assemblies.over).to_string(),
        min: tr!(l, assemblies.min).to_string(),
        took: tr!(l, assemblies.took).to_string(),
        phases: [
            tr!(l, assemblies.phase_ahead).to_string(),
            tr!(l, assemblies.phase_now).to_string(),
            tr!(l, assemblies.phase_done).to_string(),
        ],
        begin: tr!(l, assemblies.begin).to_string(),
        next: tr!(l, assemblies.next).to_string(),
        finish: tr!(l, assemblies.finish).to_string(),
        back: tr!(l, assemblies.back).to_string(),
        roles: tr!(l, assemblies.roles).to_string(),
        role_names: role_names(l),
        nobody: tr!(l, assemblies.nobody).to_string(),
        take: tr!(l, assemblies.take).to_string(),
        release: tr!(l, assemblies.release).to_string(),
        free: tr!(l, assemblies.free).to_string(),
        people: tr!(l, assemblies.people).to_string(),
        me: tr!(l, assemblies.me).to_string(),
        minutes: tr!(l, assemblies.minutes).to_string(),
        minutes_none: tr!(l, assemblies.minutes_none).to_string(),
        kinds: [
            ("decision", tr!(l, assemblies.kind_decision).to_string()),
            ("action", tr!(l, assemblies.kind_action).to_string()),
            ("note", tr!(l, assemblies.kind_note).to_string()),
        ]
        .map(|(code, name)| (code.to_owned(), name)),
        owner: tr!(l, assemblies.owner).to_string(),
        due: tr!(l, assemblies.due).to_string(),
        noted: tr!(l, assemblies.noted).to_string(),
        write: tr!(l, assemblies.write).to_string(),
        fields: [
            tr!(l, assemblies.field_kind).to_string(),
            tr!(l, assemblies.field_text).to_string(),
            tr!(l, assemblies.field_owner).to_string(),
            tr!(l, assemblies.field_due).to_string(),
        ],
        action_help: tr!(l, assemblies.action_help).to_string(),
        no_owner: tr!(l, assemblies.no_owner).to_string(),
        send: tr!(l, assemblies.send).to_string(),
        news: [
            tr!(l, assemblies.news_opened).to_string(),
            tr!(l, assemblies.news_closed).to_string(),
            tr!(l, assemblies.news_item).to_string(),
            tr!(l, assemblies.news_came).to_string(),
            tr!(l, assemblies.news_left).to_string(),
            tr!(l, assemblies.news_took).to_string(),
            tr!(l, assemblies.news_noted).to_string(),
        ],
    }
}
