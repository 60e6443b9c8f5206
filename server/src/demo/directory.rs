//! People, organisations, circles, and the accounts they sign in with.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use domain::{
    CircleId, MemberId,
    access::{ActingMember, Actor, Audience},
    accounts::{self, BUILT_IN_ISSUER},
    circles::{self, Circle, CircleRole},
    db::Db,
    members::{self, Class, Field, Member, MemberKind, Standing, Visibility},
};

use super::{DemoError, MAIL_HOST, PASSWORD, data, missing};

/// Who is there, by handle and slug.
pub(super) struct Directory {
    pub(super) people: usize,
    pub(super) organisations: usize,
    pub(super) circles: HashMap<String, CircleId>,
    /// Convenor and secretary of each circle.
    pub(super) holders: HashMap<String, Vec<MemberId>>,
    /// Everybody who may act, in the order of the tables.
    pub(super) actors: Vec<Actor>,
    by_handle: HashMap<String, usize>,
}

impl Directory {
    /// Fills the directory.
    pub(super) async fn fill(db: &Db, now: DateTime<Utc>) -> Result<Self, DemoError> {
        let organisations = data::organisations()?;
        let people = data::people()?;
        let (start, day) = (now - TimeDelta::days(700), TimeDelta::days(9));
        let mut since = start;
        let mut rows = Vec::new();
        for organisation in &organisations {
            rows.push(organisation_row(organisation, since)?);
            since += day;
        }
        for person in &people {
            rows.push(person_row(person, since)?);
            since += day;
        }
        let ids: HashMap<&str, MemberId> = rows.iter().map(|row| (row.handle.as_str(), row.id)).collect();

        let tx = db.begin().await?;
        members::store::insert_many(&tx, &rows).await?;
        let mut affiliations = Vec::new();
        for person in people.iter().filter(|person| !person.organisation.is_empty()) {
            let organisation = ids.get(person.organisation.as_str());
            let organisation = organisation.ok_or_else(|| missing("organisation", &person.organisation))?;
            affiliations.push((ids[person.handle.as_str()], *organisation));
        }
        members::store::affiliate_many(&tx, &affiliations, start).await?;
        let (circles, memberships) = circle_rows(&people, &ids)?;
        for circle in &circles {
            circles::store::insert(&tx, circle, start).await?;
        }
        circles::store::add_members(&tx, &memberships, start).await?;
        add_accounts(&tx, &people, &ids, now).await?;
        tx.commit().await?;

        let mut holders: HashMap<String, Vec<MemberId>> = HashMap::new();
        for circle in &circles {
            let held = memberships.iter().filter(|(id, _, role)| {
                *id == circle.id && matches!(role, CircleRole::Convenor | CircleRole::Secretary)
            });
            holders.insert(circle.slug.clone(), held.map(|(_, member, _)| *member).collect());
        }
        let actors = people.iter().map(|person| {
            let row = rows.iter().find(|row| row.handle == person.handle);
            row.map(|row| actor(row, &memberships))
                .ok_or_else(|| missing("person", &person.handle))
        });
        Ok(Self {
            people: people.len(),
            organisations: organisations.len(),
            circles: circles.into_iter().map(|circle| (circle.slug, circle.id)).collect(),
            holders,
            actors: actors.collect::<Result<_, _>>()?,
            by_handle: people
                .iter()
                .enumerate()
                .map(|(index, person)| (person.handle.clone(), index))
                .collect(),
        })
    }

    /// Somebody by handle, as the one who acts.
    pub(super) fn actor(&self, handle: &str) -> Result<&Actor, DemoError> {
        let index = self.by_handle.get(handle).ok_or_else(|| missing("person", handle))?;
        Ok(&self.actors[*index])
    }

    /// The key of somebody by handle.
    pub(super) fn person(&self, handle: &str) -> Result<MemberId, DemoError> {
        let member = self.actor(handle)?.member();
        Ok(member.ok_or_else(|| missing("person", handle))?.id)
    }

    /// The keys of several people, with spaces between their handles.
    pub(super) fn several(&self, handles: &str) -> Result<Vec<MemberId>, DemoError> {
        handles.split_whitespace().map(|handle| self.person(handle)).collect()
    }

    /// The key of a circle.
    pub(super) fn circle(&self, slug: &str) -> Result<CircleId, DemoError> {
        self.circles.get(slug).copied().ok_or_else(|| missing("circle", slug))
    }

    /// Reads an audience: a word, or `circle:SLUG`.
    pub(super) fn audience(&self, text: &str) -> Result<Audience, DemoError> {
        let (word, circle) = match text.split_once(':') {
            Some((word, slug)) => (word, Some(self.circle(slug)?)),
            None => (text, None),
        };
        Audience::read(word, circle).ok_or_else(|| missing("audience", text))
    }
}

fn class(word: &str) -> Result<Class, DemoError> {
    let (operational, user) = match word {
        "operational" => (true, false),
        "user" => (false, true),
        "both" => (true, true),
        "guest" => (false, false),
        other => return Err(missing("class", other)),
    };
    Ok(Class { operational, user })
}

/// Reads the name of a time zone.
pub(super) fn zone(name: &str) -> Result<Tz, DemoError> {
    name.parse().map_err(|_| missing("time zone", name))
}

fn words(list: &str) -> Vec<String> {
    list.split_whitespace().map(str::to_owned).collect()
}

fn organisation_row(row: &data::Organisation, since: DateTime<Utc>) -> Result<Member, DemoError> {
    Ok(Member {
        class: class(&row.class)?,
        about: row.about.clone(),
        email: format!("hello@{}", row.website.trim_start_matches("https://")),
        website: row.website.clone(),
        languages: words(&row.languages),
        time_zone: zone(&row.zone)?,
        region: row.region.clone(),
        visibility: Field::ALL.map(|field| (field, Visibility::Public)).into(),
        recognised_at: Some(since),
        recognised_by: "General assembly".to_owned(),
        ..Member::new(MemberKind::Organisation, &row.name, &row.handle, since)
    })
}

fn person_row(row: &data::Person, since: DateTime<Utc>) -> Result<Member, DemoError> {
    let class = class(&row.class)?;
    let standing = Standing::read(&row.standing).ok_or_else(|| missing("standing", &row.standing))?;
    let recognised = !class.is_guest() && standing != Standing::Applicant;
    let shown_to = |field| match (row.shows.as_str(), field) {
        ("openly", Field::Email) => Visibility::Members,
        ("openly", _) | (_, Field::Pronouns) => Visibility::Public,
        ("little", Field::About) => Visibility::Members,
        ("little", _) | (_, Field::Email) => Visibility::Nobody,
        _ => Visibility::Members,
    };
    Ok(Member {
        class,
        standing,
        steward: row.steward,
        pronouns: row.pronouns.clone(),
        about: row.about.clone(),
        email: address(&row.handle),
        languages: words(&row.languages),
        time_zone: zone(&row.zone)?,
        region: row.region.clone(),
        visibility: Field::ALL.map(|field| (field, shown_to(field))).into(),
        recognised_at: recognised.then_some(since),
        recognised_by: if recognised {
            "Standing assembly".to_owned()
        } else {
            String::new()
        },
        ..Member::new(MemberKind::Person, &row.name, &row.handle, since)
    })
}

fn address(handle: &str) -> String {
    format!("{handle}@{MAIL_HOST}")
}

type Memberships = Vec<(CircleId, MemberId, CircleRole)>;

fn circle_rows(
    people: &[data::Person],
    ids: &HashMap<&str, MemberId>,
) -> Result<(Vec<Circle>, Memberships), DemoError> {
    let circles: Vec<Circle> = data::circles()?
        .into_iter()
        .map(|row| Circle {
            id: CircleId::generate(),
            slug: row.slug,
            name: row.name,
            purpose: row.purpose,
        })
        .collect();
    let mut memberships = Vec::new();
    for person in people {
        for part in person.circles.split_whitespace() {
            let (slug, role) = part.split_once(':').unwrap_or((part, "member"));
            let circle = circles.iter().find(|circle| circle.slug == slug);
            let circle = circle.ok_or_else(|| missing("circle", slug))?;
            let role = CircleRole::read(role).ok_or_else(|| missing("role", role))?;
            memberships.push((circle.id, ids[person.handle.as_str()], role));
        }
    }
    Ok((circles, memberships))
}

/// An account of the built-in provider for everybody, tied to their record. One hash serves them all: hashing forty times
/// takes longer than all the rest.
async fn add_accounts(
    tx: &impl sea_orm::ConnectionTrait,
    people: &[data::Person],
    ids: &HashMap<&str, MemberId>,
    now: DateTime<Utc>,
) -> Result<(), DemoError> {
    let hash = accounts::password::hash(PASSWORD).await?;
    for person in people {
        let account = accounts::store::insert_account(tx, now, &address(&person.handle), &person.name, &hash).await?;
        accounts::addresses::prove(tx, now, account.id, &account.email).await?;
        let subject = account.id.to_string();
        accounts::identities::link(tx, now, BUILT_IN_ISSUER, &subject, ids[person.handle.as_str()]).await?;
    }
    Ok(())
}

fn actor(row: &Member, memberships: &Memberships) -> Actor {
    Actor::Member(Box::new(ActingMember {
        id: row.id,
        handle: row.handle.clone(),
        name: row.name.clone(),
        class: row.class,
        standing: row.standing,
        steward: row.steward,
        circles: memberships
            .iter()
            .filter(|(_, member, _)| *member == row.id)
            .map(|(circle, _, role)| (*circle, *role))
            .collect(),
        time_zone: row.time_zone,
        locale: row.locale.clone(),
    }))
}
