//! Sessions as iCalendar (RFC 5545). Pure: what comes out depends on what goes in, so that its hash can be its `ETag`.

use chrono::{DateTime, Utc};
use domain::sessions::SessionView;
use icalendar::{Calendar, Component, Event, EventLike, EventStatus, Property};

/// What the outside needs to know of this hub.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hub {
    /// Name of the community.
    pub community: String,
    /// Its address, without a slash at the end.
    pub base_url: String,
    /// The host of that address: it makes keys unique in the world.
    pub host: String,
}

impl Hub {
    /// Takes the host from the address.
    pub fn new(community: &str, base_url: &str) -> Self {
        let base_url = base_url.trim_end_matches('/').to_owned();
        let host = url::Url::parse(&base_url)
            .ok()
            .and_then(|url| url.host_str().map(str::to_owned))
            .unwrap_or_else(|| "localhost".to_owned());
        Self {
            community: clean(community),
            base_url,
            host,
        }
    }
}

/// One session as a file.
pub fn file(hub: &Hub, session: &SessionView) -> String {
    let mut calendar = empty();
    calendar.push(event(hub, session));
    refold(&calendar.to_string())
}

/// The programme as a feed that calendars subscribe to.
pub fn feed(hub: &Hub, sessions: &[SessionView]) -> String {
    let mut calendar = empty();
    calendar.name(&hub.community);
    // Once an hour is often enough for a programme.
    calendar.ttl(&chrono::TimeDelta::hours(1));
    calendar.extend(sessions.iter().map(|session| event(hub, session)));
    refold(&calendar.to_string())
}

fn empty() -> Calendar {
    let mut calendar = Calendar::empty();
    for (key, value) in [
        ("VERSION", "2.0"),
        ("PRODID", "-//Commons Hub//Programme//EN"),
        ("CALSCALE", "GREGORIAN"),
    ] {
        calendar.append_property(Property::new(key, value));
    }
    calendar
}

fn event(hub: &Hub, view: &SessionView) -> Event {
    let session = &view.session;
    let page = format!("{}/sessions/{}", hub.base_url, session.id);
    let description: Vec<String> = [clean(&session.reason), clean(&session.summary), page.clone()]
        .into_iter()
        .filter(|text| !text.is_empty())
        .collect();
    let mut event = Event::with_uid(&format!("{}@{}", session.id, hub.host));
    event
        .timestamp(session.updated_at)
        .last_modified(session.updated_at)
        .add_property("DTSTART", instant(session.starts_at))
        .add_property("DTEND", instant(session.ends_at))
        .add_property("SEQUENCE", session.sequence.to_string())
        .summary(&clean(&view.full_title()))
        .description(&description.join("\n\n"))
        .location(&clean(&view.space.name))
        .url(&page)
        .status(if session.is_cancelled() {
            EventStatus::Cancelled
        } else {
            EventStatus::Confirmed
        });
    event
}

/// An instant as RFC 5545 writes it in UTC.
fn instant(at: DateTime<Utc>) -> String {
    at.format("%Y%m%dT%H%M%SZ").to_string()
}

/// Folds lines at 75 octets, the mark of a continued line among them. The crate folds too, and lets a last line of 76 pass.
fn refold(text: &str) -> String {
    const OCTETS: usize = 75;
    let mut folded = String::with_capacity(text.len() + text.len() / 16);
    for line in text.replace("\r\n ", "").split_inclusive("\r\n") {
        let mut room = OCTETS;
        for c in line.trim_end_matches("\r\n").chars() {
            if c.len_utf8() > room {
                folded.push_str("\r\n ");
                room = OCTETS - 1;
            }
            room -= c.len_utf8();
            folded.push(c);
        }
        folded.push_str("\r\n");
    }
    folded
}

/// Text without the control characters that RFC 5545 forbids; lines end one way.
fn clean(text: &str) -> String {
    text.trim()
        .replace("\r\n", "\n")
        .chars()
        .filter(|c| !c.is_control() || *c == '\n')
        .collect()
}

#[cfg(test)]
pub(super) mod tests {
    #![allow(clippy::unwrap_used)]

    use std::{collections::HashMap, sync::Arc};

    use domain::{
        SessionId, SpaceId,
        access::Audience,
        sessions::{Session, SessionState},
        spaces::{Space, SpaceKind},
        testing::at,
    };
    use icalendar::CalendarComponent;

    use super::*;

    pub(crate) fn view() -> SessionView {
        let space_id = SpaceId::generate();
        SessionView {
            session: Session {
                id: SessionId::generate(),
                space_id,
                series_id: None,
                original_start: None,
                number: Some(17),
                title: "Furnishing a space; or, hosting".into(),
                summary: "Bring what you have.\r\nA long line of words with ñ, ü and 日本語 that does not fit into \
                    seventy-five octets at all, whoever counts them."
                    .into(),
                phase: String::new(),
                languages: vec![],
                handbook_path: String::new(),
                state: SessionState::Scheduled,
                reason: String::new(),
                starts_at: at(2026, 11, 23, 18, 0),
                ends_at: at(2026, 11, 23, 19, 30),
                parts: vec![],
                capacity: Some(30),
                opened_at: None,
                closed_at: None,
                sequence: 2,
                revision: 0,
                updated_at: at(2026, 11, 1, 9, 30),
            },
            space: Arc::new(Space {
                id: space_id,
                slug: "commons-hour".into(),
                name: "commons.hour".into(),
                kind: SpaceKind::CommonsHour,
                purpose: String::new(),
                audience: Audience::Everybody,
                protocol: String::new(),
                protocol_version: 1,
                room_link: "https://rooms.example/secret".into(),
                time_zone: chrono_tz::UTC,
            }),
            series_title: Some("commons.hour".into()),
            leads: vec![],
            coming: 3,
            waiting: 0,
        }
    }

    pub(crate) fn hub() -> Hub {
        Hub::new("Alder, Commons", "https://hub.alder.example/")
    }

    /// Reads as strictly as RFC 5545 writes: line ends, folding, which properties there are and how often.
    pub(crate) fn read_strictly(text: &str) -> Vec<HashMap<String, String>> {
        assert!(text.ends_with("END:VCALENDAR\r\n"));
        assert!(
            !text.replace("\r\n", "").contains(['\r', '\n']),
            "each line ends with CRLF"
        );
        for line in text.split("\r\n") {
            assert!(line.len() <= 75, "{} octets: {line}", line.len());
            assert!(!line.chars().any(|c| c.is_control() && c != '\t'));
        }
        let unfolded = text.replace("\r\n ", "").replace("\r\n\t", "");
        let mut events: Vec<HashMap<String, String>> = Vec::new();
        let mut open: Vec<String> = Vec::new();
        let mut calendar = HashMap::new();
        for line in unfolded.trim_end().split("\r\n") {
            let (name, value) = line.split_once(':').unwrap();
            let name = name.split(';').next().unwrap();
            assert!(
                !name.is_empty()
                    && name
                        .chars()
                        .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '-')
            );
            match name {
                "BEGIN" => {
                    open.push(value.to_owned());
                    if value == "VEVENT" {
                        events.push(HashMap::new());
                    }
                }
                "END" => assert_eq!(open.pop().unwrap(), value),
                _ => {
                    let into = if open.len() == 2 {
                        events.last_mut().unwrap()
                    } else {
                        &mut calendar
                    };
                    assert!(into.insert(name.to_owned(), value.to_owned()).is_none(), "{name} twice");
                }
            }
        }
        assert!(open.is_empty());
        assert_eq!(calendar["VERSION"], "2.0");
        assert!(calendar.contains_key("PRODID"));
        for event in &events {
            for required in [
                "UID",
                "DTSTAMP",
                "DTSTART",
                "DTEND",
                "SUMMARY",
                "SEQUENCE",
                "STATUS",
                "URL",
                "LAST-MODIFIED",
            ] {
                assert!(event.contains_key(required), "{required} is missing");
            }
            for instant in ["DTSTAMP", "DTSTART", "DTEND", "LAST-MODIFIED"] {
                chrono::NaiveDateTime::parse_from_str(&event[instant], "%Y%m%dT%H%M%SZ").unwrap();
            }
        }
        // And the crate's own parser agrees on what is in it.
        let parsed: Calendar = text.parse().unwrap();
        let events_parsed = parsed
            .components
            .iter()
            .filter(|c| matches!(c, CalendarComponent::Event(_)))
            .count();
        assert_eq!(events_parsed, events.len());
        events
    }

    #[test]
    fn a_session_is_a_file_that_a_strict_parser_accepts() {
        let view = view();
        let text = file(&hub(), &view);
        let event = read_strictly(&text).remove(0);
        assert_eq!(event["UID"], format!("{}@hub.alder.example", view.session.id));
        assert_eq!(event["DTSTART"], "20261123T180000Z");
        assert_eq!(event["DTEND"], "20261123T193000Z");
        assert_eq!(event["SEQUENCE"], "2");
        assert_eq!(event["STATUS"], "CONFIRMED");
        assert_eq!(event["DTSTAMP"], "20261101T093000Z");
        assert_eq!(event["SUMMARY"], r"commons.hour #17: Furnishing a space\; or\, hosting");
        assert_eq!(
            event["URL"],
            format!("https://hub.alder.example/sessions/{}", view.session.id)
        );
        assert!(event["DESCRIPTION"].starts_with(r"Bring what you have.\nA long line of words with ñ\, ü"));
        assert!(!text.contains("secret"), "the room link stays on the page");
        assert_eq!(text, file(&hub(), &view), "the same session is the same file");
    }

    #[test]
    fn what_does_not_happen_is_cancelled_under_the_same_key() {
        let before = view();
        for state in [SessionState::Skipped, SessionState::Cancelled] {
            let mut after = before.clone();
            after.session.state = state;
            after.session.sequence += 1;
            after.session.reason = "Storm".into();
            let event = read_strictly(&file(&hub(), &after)).remove(0);
            assert_eq!(event["STATUS"], "CANCELLED");
            assert_eq!(event["SEQUENCE"], "3");
            assert_eq!(event["UID"], read_strictly(&file(&hub(), &before)).remove(0)["UID"]);
            assert!(event["DESCRIPTION"].starts_with("Storm"));
        }
    }

    #[test]
    fn nothing_that_a_member_types_breaks_out_of_its_line() {
        let mut view = view();
        view.session.title = "Hello\r\nSTATUS:CANCELLED\r\nX-EVIL:1\u{0}\u{7}".into();
        view.session.summary = "END:VEVENT\r\nEND:VCALENDAR\r\n\\n;,:\"".into();
        let event = read_strictly(&file(&hub(), &view)).remove(0);
        assert_eq!(event["STATUS"], "CONFIRMED");
        assert!(!event.contains_key("X-EVIL"));
    }

    #[test]
    fn the_feed_holds_all_sessions() {
        let sessions: Vec<_> = (0..50).map(|_| view()).collect();
        let text = feed(&hub(), &sessions);
        assert_eq!(read_strictly(&text).len(), 50);
        assert_eq!(read_strictly(&feed(&hub(), &[])).len(), 0);
        assert!(text.contains("X-WR-CALNAME:"));
    }
}
