//! Words about spaces and sessions that several pages say.

use domain::{
    access::Audience,
    bookings::BookingState,
    sessions::{Part, PartKind, Session},
    spaces::SpaceKind,
};

use crate::{
    ctx::Ctx,
    i18n::{Locale, tr},
    ui::{clock, offset_note, span},
};

/// The kind of a space.
pub fn kind(l: Locale, kind: SpaceKind) -> String {
    match kind {
        SpaceKind::Circle => tr!(l, spaces.kind_circle),
        SpaceKind::StandingAssembly => tr!(l, spaces.kind_standing_assembly),
        SpaceKind::GeneralAssembly => tr!(l, spaces.kind_general_assembly),
        SpaceKind::Board => tr!(l, spaces.kind_board),
        SpaceKind::CommonsHour => tr!(l, spaces.kind_commons_hour),
        SpaceKind::Special => tr!(l, spaces.kind_special),
    }
    .to_string()
}

/// Who may come, in a few words.
pub fn audience(l: Locale, audience: Audience) -> String {
    match audience {
        Audience::Everybody => tr!(l, spaces.audience_everybody),
        Audience::Members => tr!(l, spaces.audience_members),
        Audience::Operational => tr!(l, spaces.audience_operational),
        Audience::Users => tr!(l, spaces.audience_users),
        Audience::Circle(_) => tr!(l, spaces.audience_circle),
    }
    .to_string()
}

/// Where a booking stands, in a word or two.
pub fn place(l: Locale, state: BookingState) -> String {
    match state {
        BookingState::Confirmed => tr!(l, bookings.booked).to_string(),
        BookingState::Waiting { ahead } => {
            tr!(l, bookings.waiting_place, place = u64::from(ahead) + 1).to_string()
        }
        BookingState::Cancelled => tr!(l, bookings.let_go).to_string(),
    }
}

/// `19:00–20:30 your time · 18:00 UTC`.
pub fn when(cx: &Ctx, session: &Session) -> String {
    let utc = chrono_tz::UTC;
    let (from, to) = (session.starts_at, session.ends_at);
    if cx.zone == utc {
        return format!("{} UTC", span(from, to, utc));
    }
    let yours = tr!(cx.locale, common.your_time, time = span(from, to, cx.zone)).to_string();
    format!("{yours} · {} UTC{}", clock(from, utc), offset_note(from, cx.zone, cx.locale))
}

/// What a part is for.
pub fn part(l: Locale, part: Part) -> String {
    match part.kind {
        PartKind::Gathering => tr!(l, sessions.part_gathering),
        PartKind::ExtraTime => tr!(l, sessions.part_extra_time),
    }
    .to_string()
}

/// `60 min, then 30 min of extra time`.
pub fn lengths(l: Locale, parts: &[Part]) -> String {
    match parts {
        [first, second] if second.kind == PartKind::ExtraTime => {
            tr!(l, sessions.minutes_then_extra, minutes = first.minutes, extra = second.minutes).to_string()
        }
        parts => {
            let minutes: u32 = parts.iter().map(|part| part.minutes).sum();
            tr!(l, sessions.minutes, minutes = minutes).to_string()
        }
    }
}

/// The last part of a handbook address as words: `hosting/holding-a-space.md` becomes `Holding a space`.
pub fn handbook_page(path: &str) -> String {
    let name = path.trim_end_matches('/').rsplit('/').next().unwrap_or(path).trim_end_matches(".md");
    let words = name.replace(['-', '_'], " ");
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// Where that page is.
pub fn handbook_address(path: &str) -> String {
    format!("/handbook/{}", path.trim_start_matches('/').trim_end_matches(".md"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handbook_page_is_named_by_its_address() {
        assert_eq!(handbook_page("hosting/holding-a-space.md"), "Holding a space");
        assert_eq!(handbook_page("hosting"), "Hosting");
        assert_eq!(handbook_address("/hosting/holding-a-space.md"), "/handbook/hosting/holding-a-space");
    }
}
