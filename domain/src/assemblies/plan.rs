//! Planning an assembly: from what a facilitator typed to what can be scheduled.

use chrono::{DateTime, LocalResult, NaiveDate, NaiveTime, TimeZone, Utc};
use chrono_tz::Tz;

/// Shortest and longest assembly, in minutes.
pub const LENGTH: std::ops::RangeInclusive<u32> = 10..=480;
/// Longest item of an agenda, in minutes.
const ITEM_LENGTH: std::ops::RangeInclusive<i32> = 1..=240;
/// Longest title of an assembly or an item.
const TITLE: usize = 120;
/// Longest text of what it is about.
const SUMMARY: usize = 5000;

/// What was typed: nothing in it is checked yet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Draft {
    /// Title.
    pub title: String,
    /// What it is about, Markdown.
    pub summary: String,
    /// Day, `2026-12-01`.
    pub date: String,
    /// Time on the wall in the space's zone, `19:00`.
    pub time: String,
    /// Length in minutes.
    pub minutes: String,
    /// Rows of the agenda: title and minutes. Rows without a title are left out.
    pub agenda: Vec<(String, String)>,
}

/// An assembly that can be scheduled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Title.
    pub title: String,
    /// What it is about, Markdown.
    pub summary: String,
    /// Start.
    pub starts_at: DateTime<Utc>,
    /// Length in minutes.
    pub minutes: u32,
    /// Items in order.
    pub agenda: Vec<PlannedItem>,
}

/// An item of an agenda to come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedItem {
    /// What it is about.
    pub title: String,
    /// Planned length in minutes.
    pub minutes: i32,
}

impl Draft {
    /// Reads what was typed, in the zone of the space. All that is wrong comes back at once: field and code.
    ///
    /// # Errors
    /// Fields are `title`, `summary`, `date`, `time`, `minutes`, and `item1`, `length1` and so on for the agenda.
    pub fn read(&self, zone: Tz, now: DateTime<Utc>) -> Result<Plan, Vec<(String, &'static str)>> {
        let mut wrong = Vec::new();
        let title = self.title.trim().to_owned();
        if title.is_empty() {
            wrong.push(("title".into(), "title_missing"));
        } else if title.chars().count() > TITLE {
            wrong.push(("title".into(), "title_too_long"));
        }
        let summary = self.summary.trim().to_owned();
        if summary.chars().count() > SUMMARY {
            wrong.push(("summary".into(), "summary_too_long"));
        }
        let starts_at = self
            .starts_at(zone, now)
            .map_err(|(field, code)| wrong.push((field.into(), code)));
        let minutes = self
            .minutes
            .trim()
            .parse()
            .ok()
            .filter(|minutes| LENGTH.contains(minutes));
        if minutes.is_none() {
            wrong.push(("minutes".into(), "length_unreadable"));
        }
        let agenda = self.items(&mut wrong);
        let planned: i64 = agenda.iter().map(|item| i64::from(item.minutes)).sum();
        if minutes.is_some_and(|minutes| planned > i64::from(minutes)) {
            wrong.push(("minutes".into(), "agenda_longer"));
        }
        match (starts_at, minutes) {
            (Ok(starts_at), Some(minutes)) if wrong.is_empty() => Ok(Plan {
                title,
                summary,
                starts_at,
                minutes,
                agenda,
            }),
            _ => Err(wrong),
        }
    }

    fn starts_at(&self, zone: Tz, now: DateTime<Utc>) -> Result<DateTime<Utc>, (&'static str, &'static str)> {
        let date: NaiveDate = self.date.trim().parse().map_err(|_| ("date", "date_unreadable"))?;
        let time = NaiveTime::parse_from_str(self.time.trim(), "%H:%M").map_err(|_| ("time", "time_unreadable"))?;
        let start = match zone.from_local_datetime(&date.and_time(time)) {
            LocalResult::Single(start) => start,
            // The hour that comes twice in autumn: the first of the two.
            LocalResult::Ambiguous(first, _) => first,
            LocalResult::None => return Err(("time", "time_skipped")),
        }
        .to_utc();
        if start < now {
            return Err(("date", "starts_in_past"));
        }
        Ok(start)
    }

    fn items(&self, wrong: &mut Vec<(String, &'static str)>) -> Vec<PlannedItem> {
        let mut items = Vec::new();
        for (row, (title, minutes)) in (1..).zip(&self.agenda) {
            let (title, minutes) = (title.trim(), minutes.trim());
            if title.is_empty() {
                continue;
            }
            if title.chars().count() > TITLE {
                wrong.push((format!("item{row}"), "title_too_long"));
            }
            match minutes.parse().ok().filter(|minutes| ITEM_LENGTH.contains(minutes)) {
                Some(minutes) => items.push(PlannedItem {
                    title: title.to_owned(),
                    minutes,
                }),
                None => wrong.push((format!("length{row}"), "item_length_unreadable")),
            }
        }
        items
    }
}

#[cfg(all(test, feature = "testing"))]
mod tests {
    #![allow(clippy::unwrap_used)]

    use chrono_tz::Tz;

    use super::*;
    use crate::testing::at;

    const MADRID: Tz = Tz::Europe__Madrid;

    fn draft() -> Draft {
        Draft {
            title: " Winter assembly ".into(),
            summary: "What we **do** next year.".into(),
            date: "2026-12-01".into(),
            time: "19:00".into(),
            minutes: "90".into(),
            agenda: vec![
                ("Check-in round".into(), "15".into()),
                (" ".into(), String::new()),
                ("Budget".into(), "40".into()),
            ],
        }
    }

    #[test]
    fn reads_the_time_in_the_zone_of_the_space_and_leaves_empty_rows_out() {
        let plan = draft().read(MADRID, at(2026, 11, 23, 12, 0)).unwrap();
        assert_eq!(plan.title, "Winter assembly");
        assert_eq!(plan.starts_at, at(2026, 12, 1, 18, 0));
        assert_eq!(plan.minutes, 90);
        let titles: Vec<_> = plan.agenda.iter().map(|item| item.title.as_str()).collect();
        assert_eq!(titles, ["Check-in round", "Budget"]);
    }

    #[test]
    fn says_all_that_is_wrong_at_once() {
        let draft = Draft {
            date: "tomorrow".into(),
            minutes: "5".into(),
            agenda: vec![("Budget".into(), "soon".into())],
            ..Draft::default()
        };
        let wrong = draft.read(MADRID, at(2026, 11, 23, 12, 0)).unwrap_err();
        let fields: Vec<_> = wrong.iter().map(|(field, code)| (field.as_str(), *code)).collect();
        assert_eq!(
            fields,
            [
                ("title", "title_missing"),
                ("date", "date_unreadable"),
                ("minutes", "length_unreadable"),
                ("length1", "item_length_unreadable")
            ]
        );
    }

    #[test]
    fn an_hour_that_the_clocks_skip_is_refused_and_one_that_comes_twice_is_the_first() {
        let on = |date: &str, time: &str| {
            Draft {
                date: date.into(),
                time: time.into(),
                ..draft()
            }
            .read(MADRID, at(2026, 11, 23, 12, 0))
        };
        assert_eq!(
            on("2027-03-28", "02:30").unwrap_err(),
            [("time".to_owned(), "time_skipped")]
        );
        assert_eq!(on("2027-10-31", "02:30").unwrap().starts_at, at(2027, 10, 31, 0, 30));
        assert_eq!(
            on("2026-11-22", "19:00").unwrap_err(),
            [("date".to_owned(), "starts_in_past")]
        );
    }

    #[test]
    fn an_agenda_fits_into_its_assembly() {
        let draft = Draft {
            minutes: "50".into(),
            ..draft()
        };
        let wrong = draft.read(MADRID, at(2026, 11, 23, 12, 0)).unwrap_err();
        assert_eq!(wrong, [("minutes".to_owned(), "agenda_longer")]);
    }
}
