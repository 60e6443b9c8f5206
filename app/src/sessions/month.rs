//! The programme as a month: a table of weeks, in the reader's zone.

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;
use domain::{
    bookings::store as bookings,
    sessions::{
        SessionView,
        views::{self, Filter},
    },
};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::{
    programme::{View, views_nav},
    rows, words,
};
use crate::{
    ctx::Ctx,
    i18n::{Locale, chrono_locale, tr},
    page::{PageError, page},
    ui::{PageHead, clock, iso, month},
    zones,
};

/// `/programme/month?month=2026-11`; without a month, the reader's present one.
#[component]
pub fn MonthPage() -> impl IntoView {
    let asked = use_query_map().get_untracked().get("month");
    page(async move |cx: Ctx| {
        let l = cx.locale;
        let today = cx.now.with_timezone(&cx.zone).date_naive();
        let first = match asked {
            Some(text) => read_month(&text).ok_or(PageError::NOT_FOUND)?,
            None => today.with_day(1).unwrap_or(today),
        };
        let next = first.checked_add_months(Months::new(1)).ok_or(PageError::NOT_FOUND)?;
        let before = first.checked_sub_months(Months::new(1)).ok_or(PageError::NOT_FOUND)?;
        let filter = Filter {
            from: Some(midnight(first, cx.zone)),
            to: Some(midnight(next, cx.zone)),
            limit: Some(500),
            ..Filter::default()
        };
        let sessions = views::list(cx.db().read(), &cx.actor, &filter).await?;
        let mine = match cx.member() {
            Some(member) => bookings::live_of_member(cx.db().read(), member.id, filter.from.unwrap_or(cx.now)).await?,
            None => rows::Mine::new(),
        };
        let mut days: BTreeMap<NaiveDate, Vec<&SessionView>> = BTreeMap::new();
        for view in &sessions {
            days.entry(view.session.starts_at.with_timezone(&cx.zone).date_naive())
                .or_default()
                .push(view);
        }
        let weeks: Vec<_> = weeks(first)
            .map(|week| {
                let cells: Vec<_> = week
                    .map(|day| {
                        if day.month() == first.month() {
                            cell(&cx, day, today, days.get(&day).map_or(&[][..], Vec::as_slice), &mine)
                        } else {
                            view! { <td class="outside"></td> }.into_any()
                        }
                    })
                    .collect();
                view! { <tr>{cells}</tr> }
            })
            .collect();
        let title = month(first, l);
        let link = |to: NaiveDate| format!("/programme/month?month={}", to.format("%Y-%m"));
        let head: Vec<_> = weekdays(l)
            .map(|(long, short)| view! { <th scope="col"><abbr title=long>{short}</abbr></th> })
            .collect();
        let caption = tr!(l, sessions.month_caption, month = &title, zone = cx.zone.name()).to_string();
        Ok(view! {
            {zones::hint(&cx)}
            <PageHead title=title.clone() kicker=tr!(l, sessions.programme).to_string()/>
            {views_nav(&cx, View::Month)}
            <nav class="pager" aria-label=tr!(l, sessions.months)>
                <a class="btn quiet" rel="prev" href=link(before)>{month(before, l)}</a>
                <a class="btn quiet" href="/programme/month">{tr!(l, sessions.this_month)}</a>
                <a class="btn quiet" rel="next" href=link(next)>{month(next, l)}</a>
            </nav>
            {sessions.is_empty().then(|| view! { <p class="lead">{tr!(l, sessions.nothing_this_month)}</p> })}
            <table class="calendar">
                <caption>{caption}</caption>
                <thead>
                    <tr>{head}</tr>
                </thead>
                <tbody>{weeks}</tbody>
            </table>
        }
        .into_any())
    })
}

fn cell(cx: &Ctx, day: NaiveDate, today: NaiveDate, sessions: &[&SessionView], mine: &rows::Mine) -> AnyView {
    let l = cx.locale;
    let current = (day == today).then_some("date");
    let items: Vec<_> = sessions
        .iter()
        .map(|view| {
            let session = &view.session;
            let mark = mine.get(&session.id).map(|state| words::place(l, *state));
            view! {
                <li class:off=session.is_cancelled()>
                    <time datetime=iso(session.starts_at)>{clock(session.starts_at, cx.zone)}</time>
                    " "
                    <a href=format!("/sessions/{}", session.id)>{view.full_title()}</a>
                    " "
                    {rows::state_tag(cx, view)}
                    {mark.map(|mark| view! { <span class="tag leaf">{mark}</span> })}
                </li>
            }
        })
        .collect();
    let quiet = items.is_empty();
    // On a phone the table folds into a list of days, where the number alone would not say which day it is.
    let name = day.format_localized("%a %-d", chrono_locale(l)).to_string();
    view! {
        <td class:quiet=quiet aria-current=current>
            <span class="day" aria-hidden="true">{day.day()}</span>
            <span class="day-name">{name}</span>
            {(!quiet).then(|| view! { <ul>{items}</ul> })}
        </td>
    }
    .into_any()
}

/// `2026-11`.
fn read_month(text: &str) -> Option<NaiveDate> {
    let first = NaiveDate::parse_from_str(&format!("{text}-01"), "%Y-%m-%d").ok()?;
    // Years that calendars and databases agree on.
    (1970..=9998).contains(&first.year()).then_some(first)
}

/// When the day begins in the zone; where the clocks jump over midnight, an hour later.
fn midnight(day: NaiveDate, zone: Tz) -> DateTime<Utc> {
    let local = day.and_time(NaiveTime::MIN);
    let found = zone.from_local_datetime(&local).earliest();
    found
        .or_else(|| zone.from_local_datetime(&(local + TimeDelta::hours(1))).earliest())
        .map_or_else(|| local.and_utc(), |at| at.to_utc())
}

/// The weeks that touch the month, Monday first.
fn weeks(first: NaiveDate) -> impl Iterator<Item = impl Iterator<Item = NaiveDate>> {
    let monday = first - Days::new(u64::from(first.weekday().num_days_from_monday()));
    (0..6u64)
        .map(move |week| monday + Days::new(week * 7))
        .filter(move |monday| *monday <= first || monday.month() == first.month())
        .map(|monday| (0..7).map(move |day| monday + Days::new(day)))
}

/// Names of weekdays, long and short, Monday first.
fn weekdays(l: Locale) -> impl Iterator<Item = (String, String)> {
    // 2024 began on a Monday.
    let monday = NaiveDate::from_ymd_opt(2024, 1, 1).unwrap_or_default();
    monday.iter_days().take(7).map(move |day| {
        let name = |pattern| day.format_localized(pattern, chrono_locale(l)).to_string();
        (name("%A"), name("%a"))
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn weeks_cover_their_month() {
        for (year, month, rows) in [(2026, 2, 5), (2026, 11, 6), (2027, 2, 4), (2026, 12, 5)] {
            let first = NaiveDate::from_ymd_opt(year, month, 1).unwrap();
            let days: Vec<_> = weeks(first).flatten().collect();
            assert_eq!(days.len(), rows * 7, "{year}-{month}");
            assert!(days.contains(&first));
            assert!(days.contains(&(first + Months::new(1) - Days::new(1))));
        }
    }

    #[test]
    fn only_months_are_read() {
        assert_eq!(read_month("2026-11"), NaiveDate::from_ymd_opt(2026, 11, 1));
        for bad in ["", "2026", "2026-13", "99999-01", "2026-11-01", "-5-01"] {
            assert_eq!(read_month(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_day_begins_where_the_reader_is() {
        let day = NaiveDate::from_ymd_opt(2026, 11, 1).unwrap();
        assert_eq!(midnight(day, Tz::Europe__Madrid).to_string(), "2026-10-31 23:00:00 UTC");
        // In Cairo the clocks jumped over midnight of 24 April 2026.
        let day = NaiveDate::from_ymd_opt(2026, 4, 24).unwrap();
        assert_eq!(midnight(day, Tz::Africa__Cairo).to_string(), "2026-04-23 22:00:00 UTC");
    }
}
