//! Dates and times in the reader's zone, with UTC beside them.

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use chrono_tz::Tz;
use leptos::prelude::*;

use crate::{
    ctx::Ctx,
    i18n::{Locale, chrono_locale, tr},
};

/// `19:00` in the zone.
pub fn clock(at: DateTime<Utc>, zone: Tz) -> String {
    at.with_timezone(&zone).format("%H:%M").to_string()
}

/// `19:00–20:30` in the zone.
pub fn span(from: DateTime<Utc>, to: DateTime<Utc>, zone: Tz) -> String {
    format!("{}–{}", clock(from, zone), clock(to, zone))
}

/// The date of an instant in words: `Monday 26 January 2026`.
pub fn day(at: DateTime<Utc>, zone: Tz, locale: Locale) -> String {
    let pattern = match locale {
        Locale::en => "%A %-d %B %Y",
        Locale::es => "%A %-d de %B de %Y",
    };
    at.with_timezone(&zone).format_localized(pattern, chrono_locale(locale)).to_string()
}

/// `26 Jan 2026`.
pub fn short_day(at: DateTime<Utc>, zone: Tz, locale: Locale) -> String {
    at.with_timezone(&zone).format_localized("%-d %b %Y", chrono_locale(locale)).to_string()
}

/// `Monday 26 January 2026, 19:00`.
pub fn day_and_time(at: DateTime<Utc>, zone: Tz, locale: Locale) -> String {
    format!("{}, {}", day(at, zone, locale), clock(at, zone))
}

/// `January 2026`, for headings of months.
pub fn month(first: NaiveDate, locale: Locale) -> String {
    let pattern = match locale {
        Locale::en => "%B %Y",
        Locale::es => "%B de %Y",
    };
    let text = first.format_localized(pattern, chrono_locale(locale)).to_string();
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// The day of the month in the zone.
pub fn day_of_month(at: DateTime<Utc>, zone: Tz) -> u32 {
    at.with_timezone(&zone).day()
}

/// For `datetime` attributes.
pub fn iso(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// ` (Tue)` where the day in UTC is another one than the reader's; otherwise empty.
pub fn offset_note(at: DateTime<Utc>, zone: Tz, locale: Locale) -> String {
    if at.with_timezone(&zone).date_naive() == at.date_naive() {
        String::new()
    } else {
        format!(" ({})", at.format_localized("%a", chrono_locale(locale)))
    }
}

/// The date as the hero of a row: large day, then weekday and month.
#[component]
pub fn DateBlock(at: DateTime<Utc>, cx: Ctx) -> impl IntoView {
    let local = at.with_timezone(&cx.zone);
    let names = local.format_localized("%a · %b", chrono_locale(cx.locale)).to_string();
    view! {
        <time class="date" datetime=iso(at)>
            <span class="num">{local.day()}</span>
            <span>{names}</span>
        </time>
    }
}

/// `19:00–20:30 your time · 18:00 UTC`.
#[component]
pub fn When(from: DateTime<Utc>, to: DateTime<Utc>, cx: Ctx) -> impl IntoView {
    let l = cx.locale;
    let utc = format!("{} UTC{}", clock(from, Tz::UTC), offset_note(from, cx.zone, l));
    let local = span(from, to, cx.zone);
    if cx.zone == Tz::UTC {
        view! { <time datetime=iso(from)>{local}" UTC"</time> }.into_any()
    } else {
        let yours = tr!(l, common.your_time, time = local);
        view! { <time datetime=iso(from)>{yours}</time>" · "{utc} }.into_any()
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;

    use super::*;

    #[test]
    fn times_move_with_the_readers_zone() {
        let winter = Utc.with_ymd_and_hms(2026, 1, 26, 18, 0, 0).single().expect("an instant");
        let summer = Utc.with_ymd_and_hms(2026, 6, 22, 18, 0, 0).single().expect("an instant");
        assert_eq!(clock(winter, Tz::Europe__Madrid), "19:00");
        assert_eq!(clock(summer, Tz::Europe__Madrid), "20:00");
        assert_eq!(day(winter, Tz::Europe__Madrid, Locale::es), "lunes 26 de enero de 2026");
        assert_eq!(offset_note(winter, Tz::Pacific__Auckland, Locale::en), " (Mon)");
        assert_eq!(offset_note(winter, Tz::Europe__Madrid, Locale::en), "");
    }
}
