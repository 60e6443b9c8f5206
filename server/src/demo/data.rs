//! The tables of the demo community, read from the files under `data/`.

use figment::{
    Figment,
    providers::{Format, Toml},
};
use serde::{Deserialize, de::DeserializeOwned};

/// An organisation of the directory.
#[derive(Debug, Deserialize)]
pub(super) struct Organisation {
    pub(super) handle: String,
    pub(super) name: String,
    pub(super) class: String,
    pub(super) languages: String,
    pub(super) zone: String,
    pub(super) region: String,
    pub(super) website: String,
    pub(super) about: String,
}

/// A person of the directory. `circles` are slugs, a role behind a colon where there is one; `shows` is `openly`, `members`
/// or `little`.
#[derive(Debug, Deserialize)]
pub(super) struct Person {
    pub(super) handle: String,
    pub(super) name: String,
    pub(super) pronouns: String,
    pub(super) class: String,
    #[serde(default = "active")]
    pub(super) standing: String,
    #[serde(default)]
    pub(super) steward: bool,
    pub(super) organisation: String,
    pub(super) languages: String,
    pub(super) zone: String,
    pub(super) region: String,
    pub(super) circles: String,
    pub(super) shows: String,
    pub(super) about: String,
}

fn active() -> String {
    "active".to_owned()
}

/// A circle, and when it meets.
#[derive(Debug, Deserialize)]
pub(super) struct Circle {
    pub(super) slug: String,
    pub(super) name: String,
    pub(super) purpose: String,
    pub(super) weekday: String,
    pub(super) every: u8,
    pub(super) at: String,
    pub(super) zone: String,
    pub(super) custom: String,
}

/// A venue space.
#[derive(Debug, Deserialize)]
pub(super) struct Space {
    pub(super) slug: String,
    pub(super) name: String,
    pub(super) kind: String,
    pub(super) audience: String,
    pub(super) zone: String,
    pub(super) facilitators: String,
    pub(super) room: String,
    pub(super) purpose: String,
    pub(super) protocol: String,
}

/// The programme of commons.hour.
#[derive(Debug, Deserialize)]
pub(super) struct Programme {
    pub(super) first_number: i32,
    pub(super) subject: Vec<Subject>,
}

/// What one session of commons.hour is about.
#[derive(Debug, Deserialize)]
pub(super) struct Subject {
    pub(super) title: String,
    pub(super) phase: String,
    pub(super) leads: String,
    pub(super) languages: String,
    pub(super) handbook: String,
    pub(super) summary: String,
}

/// A special, some days from today.
#[derive(Debug, Deserialize)]
pub(super) struct Special {
    #[serde(flatten)]
    pub(super) subject: Subject,
    pub(super) days: i64,
    pub(super) at: String,
    pub(super) minutes: u32,
    pub(super) capacity: i32,
    pub(super) asked_by: usize,
}

/// The two assemblies.
#[derive(Debug, Deserialize)]
pub(super) struct Assemblies {
    pub(super) held: Held,
    pub(super) today: Today,
}

/// An assembly of the past with its minutes.
#[derive(Debug, Deserialize)]
pub(super) struct Held {
    pub(super) space: String,
    pub(super) title: String,
    pub(super) summary: String,
    pub(super) days: i64,
    pub(super) at: String,
    pub(super) minutes: u32,
    pub(super) facilitator: String,
    pub(super) note_taker: String,
    pub(super) time_keeper: String,
    pub(super) care: String,
    pub(super) present: String,
    pub(super) agenda: Vec<Item>,
}

/// The assembly of today.
#[derive(Debug, Deserialize)]
pub(super) struct Today {
    pub(super) space: String,
    pub(super) title: String,
    pub(super) summary: String,
    pub(super) minutes: u32,
    pub(super) booked: String,
    pub(super) agenda: Vec<Item>,
}

/// An item of an agenda with what was noted under it.
#[derive(Debug, Deserialize)]
pub(super) struct Item {
    pub(super) title: String,
    pub(super) minutes: i32,
    #[serde(default)]
    pub(super) entry: Vec<Line>,
}

/// A line of the minutes.
#[derive(Debug, Deserialize)]
pub(super) struct Line {
    pub(super) kind: String,
    pub(super) text: String,
    #[serde(default)]
    pub(super) owner: String,
    #[serde(default)]
    pub(super) due_in: i64,
}

/// A provisioned tool.
#[derive(Debug, Deserialize)]
pub(super) struct Tool {
    pub(super) slug: String,
    pub(super) name: String,
    pub(super) purpose: String,
    pub(super) software: String,
    pub(super) licence: String,
    pub(super) source: String,
    pub(super) link: String,
    pub(super) audience: String,
    pub(super) caretaker: String,
}

type Read<T> = Result<T, Box<figment::Error>>;

fn read<T: DeserializeOwned>(text: &str) -> Read<T> {
    Figment::from(Toml::string(text)).extract().map_err(Box::new)
}

fn list<T: DeserializeOwned>(text: &str, key: &str) -> Read<Vec<T>> {
    Figment::from(Toml::string(text)).extract_inner(key).map_err(Box::new)
}

pub(super) fn organisations() -> Read<Vec<Organisation>> {
    list(include_str!("data/organisations.toml"), "organisation")
}

pub(super) fn people() -> Read<Vec<Person>> {
    let mut people = Vec::new();
    for continent in [
        include_str!("data/people/africa.toml"),
        include_str!("data/people/americas.toml"),
        include_str!("data/people/europe.toml"),
        include_str!("data/people/asia_oceania.toml"),
    ] {
        people.extend(list::<Person>(continent, "person")?);
    }
    Ok(people)
}

pub(super) fn circles() -> Read<Vec<Circle>> {
    list(include_str!("data/circles.toml"), "circle")
}

pub(super) fn spaces() -> Read<Vec<Space>> {
    list(include_str!("data/spaces.toml"), "space")
}

pub(super) fn programme() -> Read<Programme> {
    read(include_str!("data/commons_hour.toml"))
}

pub(super) fn specials() -> Read<Vec<Special>> {
    list(include_str!("data/specials.toml"), "special")
}

pub(super) fn assemblies() -> Read<Assemblies> {
    read(include_str!("data/assemblies.toml"))
}

pub(super) fn tools() -> Read<Vec<Tool>> {
    list(include_str!("data/tools.toml"), "tool")
}
