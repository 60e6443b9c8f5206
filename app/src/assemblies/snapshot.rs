//! What the live room shows at one moment, for one reader. The server writes it, into the page and into each live event;
//! pages and islands render it. Codes stand for words, which the page hands to the island in the reader's language;
//! times are written in the reader's zone already, so that the browser needs no calendar.

use serde::{Deserialize, Serialize};

/// Where the assembly stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Not opened yet.
    #[default]
    Planned,
    /// People are in it.
    Open,
    /// Over.
    Closed,
    /// Called off.
    Off,
}

/// A session, as live events tell it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Snapshot {
    /// Rises with each change; the id of the live event.
    pub revision: i64,
    /// Where it stands.
    pub stage: Stage,
    /// How many are in the room.
    pub here: usize,
    /// The item that is being talked about.
    pub current: Option<Current>,
    /// What is inside, for those who may come in.
    pub inside: Option<Inside>,
}

/// The item that is being talked about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Current {
    /// Its place, from 1.
    pub place: usize,
    /// How many items there are.
    pub of: usize,
    /// What it is about.
    pub title: String,
    /// Planned length.
    pub minutes: i32,
    /// When it was taken up, `18:05`.
    pub since: String,
    /// Milliseconds that were left of its planned length when this was written; below zero when it is over time.
    pub left: i64,
}

/// What is inside a room, and what the reader may do there.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Inside {
    /// The reader has entered.
    pub entered: bool,
    /// The reader may move the agenda and close.
    pub leads: bool,
    /// The reader may write minutes.
    pub notes: bool,
    /// How far the agenda has come, to be sent with a move.
    pub mark: usize,
    /// The agenda.
    pub agenda: Vec<Item>,
    /// The roles, in the order they are offered.
    pub roles: Vec<Seat>,
    /// Who is here now.
    pub people: Vec<Person>,
    /// All who came and can take an action on.
    pub came: Vec<Person>,
    /// The minutes so far.
    pub entries: Vec<Line>,
}

/// How far an item has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// To come.
    Ahead,
    /// Being talked about.
    Now,
    /// Done.
    Done,
}

/// An item of the agenda.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// What it is about.
    pub title: String,
    /// Planned length.
    pub minutes: i32,
    /// When it is or was planned to begin, `18:05`.
    pub planned: String,
    /// How far it has come.
    pub phase: Phase,
    /// How many minutes it took, once done.
    pub took: Option<i64>,
}

/// A role and who holds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seat {
    /// Code of the role.
    pub role: String,
    /// Who holds it.
    pub holder: Option<Person>,
    /// The reader may take it.
    pub takes: bool,
    /// The reader may hand it back, or free it for another.
    pub releases: bool,
}

/// A person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Key, for forms.
    pub id: String,
    /// Name in addresses.
    pub handle: String,
    /// The name they go by.
    pub name: String,
    /// It is the reader.
    pub me: bool,
}

/// A line of the minutes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Code of its sort.
    pub kind: String,
    /// The words.
    pub text: String,
    /// Item that it was noted under.
    pub item: Option<String>,
    /// Who takes an action on.
    pub owner: Option<Person>,
    /// Day by which an action is due, in words.
    pub due: Option<String>,
    /// Who noted it, and when: name and `18:20`.
    pub by: String,
    /// When.
    pub at: String,
}

/// What a piece of news is about, for the polite announcement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum News<'a> {
    /// The assembly was opened.
    Opened,
    /// It was closed.
    Closed,
    /// An item was taken up.
    Item(&'a str),
    /// Somebody came.
    Came(&'a str),
    /// Somebody left.
    Left(&'a str),
    /// Somebody took a role.
    Took(&'a str, &'a str),
    /// Something was noted: code of its sort, and its words.
    Noted(&'a str, &'a str),
}

/// What has happened between two snapshots.
pub fn news<'a>(before: &'a Snapshot, after: &'a Snapshot) -> Vec<News<'a>> {
    let mut news = Vec::new();
    if before.stage != after.stage {
        match after.stage {
            Stage::Open => news.push(News::Opened),
            Stage::Closed => news.push(News::Closed),
            Stage::Planned | Stage::Off => {}
        }
    }
    if let Some(item) = &after.current
        && before.current.as_ref().map(|was| was.place) != Some(item.place)
    {
        news.push(News::Item(&item.title));
    }
    let (Some(before), Some(after)) = (&before.inside, &after.inside) else {
        return news;
    };
    let knows = |people: &[Person], who: &Person| people.iter().any(|person| person.id == who.id);
    news.extend(
        after
            .people
            .iter()
            .filter(|who| !knows(&before.people, who))
            .map(|who| News::Came(&who.name)),
    );
    news.extend(
        before
            .people
            .iter()
            .filter(|who| !knows(&after.people, who))
            .map(|who| News::Left(&who.name)),
    );
    for (was, is) in before.roles.iter().zip(&after.roles) {
        if let Some(holder) = &is.holder
            && was.holder.as_ref() != Some(holder)
        {
            news.push(News::Took(&holder.name, &is.role));
        }
    }
    news.extend(
        after
            .entries
            .iter()
            .skip(before.entries.len())
            .map(|line| News::Noted(&line.kind, &line.text)),
    );
    news
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(name: &str) -> Person {
        Person {
            id: name.to_owned(),
            handle: name.to_owned(),
            name: name.to_owned(),
            me: false,
        }
    }

    #[test]
    fn tells_what_changed_and_nothing_else() {
        let before = Snapshot {
            stage: Stage::Open,
            inside: Some(Inside {
                people: vec![person("Ada"), person("Ben")],
                ..Inside::default()
            }),
            ..Snapshot::default()
        };
        assert_eq!(news(&before, &before), []);
        let mut after = before.clone();
        after.current = Some(Current {
            place: 1,
            of: 2,
            title: "Budget".into(),
            minutes: 5,
            since: "18:00".into(),
            left: 1,
        });
        if let Some(inside) = &mut after.inside {
            inside.people = vec![person("Ada"), person("Cleo")];
        }
        assert_eq!(
            news(&before, &after),
            [News::Item("Budget"), News::Came("Cleo"), News::Left("Ben")]
        );
    }
}
