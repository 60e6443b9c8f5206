//! Somebody comes in through a provider: who they are is known by issuer and subject, else they get a record of their own.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DbErr};

use serde::{Deserialize, Serialize};

use super::{
    BUILT_IN_ISSUER, Gift, Source, gifts, identities, invitations, is_email,
    lock::{self, Only},
};
use crate::{
    AccountId, MemberId, audit,
    db::Db,
    members::{self, Class, Member, MemberError, MemberKind, Standing},
};

/// How often a handle that somebody else just took is chosen anew.
const TRIES: usize = 3;
/// Longest name that is taken from a provider.
const NAME_LENGTH: usize = 120;

/// What a provider says of a person, checked.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Person {
    /// The provider's address, or [`BUILT_IN_ISSUER`].
    pub issuer: String,
    /// The person's key there.
    pub subject: String,
    /// Their name.
    pub name: Option<String>,
    /// What they are called for short.
    pub nickname: Option<String>,
    /// Their address; it is noted, and links to nobody.
    pub email: Option<String>,
    /// Whether the provider has made sure that the address is theirs.
    pub email_verified: bool,
    /// What their groups give. Nothing where the provider said nothing of groups.
    pub gifts: Option<Vec<Gift>>,
    /// Whether the provider rules the name.
    pub rules_name: bool,
    /// Whether the provider rules the address.
    pub rules_email: bool,
}

impl Person {
    /// What their groups give, each once.
    pub fn gifts(&self) -> Option<BTreeSet<Gift>> {
        self.gifts.as_ref().map(|gifts| gifts.iter().cloned().collect())
    }
}

/// Somebody whom a provider vouches for, who belongs to no record yet: the browser's session keeps it until the person has
/// said who they are. Only then does anything change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pending {
    /// What the provider says of them.
    pub person: Person,
    /// Through whom they came.
    pub source: Source,
    /// The ID token of the sign-in.
    pub id_token: String,
    /// When a session ends that begins with it, in seconds since 1970.
    pub until: Option<i64>,
    /// When the provider has to be asked again, in seconds since 1970.
    pub due: Option<i64>,
    /// When they showed who they are, in seconds since 1970; none where they were asked to and did not.
    #[serde(default)]
    pub shown: Option<i64>,
    /// How surely they showed it, in the provider's words.
    #[serde(default)]
    pub acr: Option<String>,
    /// Where they wanted to go.
    pub to: String,
    /// When they came, in seconds since 1970.
    pub since: i64,
}

impl Pending {
    /// How long it can be confirmed, in seconds.
    pub const VALID: i64 = 15 * 60;

    /// Whether it can still be confirmed.
    pub fn holds(&self, now: DateTime<Utc>) -> bool {
        (0..Self::VALID).contains(&(now.timestamp() - self.since))
    }
}

/// Who came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arrived {
    /// Their record.
    pub member: MemberId,
    /// Whether the record was made just now.
    pub new: bool,
    /// Whether they are the first person of this hub, and so its steward.
    pub first: bool,
    /// Whether they have left the community: they may not come in.
    pub left: bool,
}

/// What a provider says of a person whom it names again, while they are signed in: noted, and given or taken.
pub async fn say_again(db: &Db, now: DateTime<Utc>, person: &Person) -> Result<Option<Arrived>, MemberError> {
    let tx = db.begin().await?;
    let known = known(&tx, now, person).await?;
    tx.commit().await?;
    Ok(known)
}

/// Finds or makes the member record of a person who has signed in.
pub async fn sign_in(db: &Db, now: DateTime<Utc>, person: &Person) -> Result<Arrived, MemberError> {
    let mut tried = 1;
    loop {
        match try_sign_in(db, now, person).await {
            Err(MemberError::HandleTaken) if tried < TRIES => tried += 1,
            done => return done,
        }
    }
}

async fn try_sign_in(db: &Db, now: DateTime<Utc>, person: &Person) -> Result<Arrived, MemberError> {
    let tx = db.begin().await?;
    if let Some(known) = known(&tx, now, person).await? {
        tx.commit().await?;
        return Ok(known);
    }
    // New people come in one by one, so that there is one first among them and nobody gets two records.
    lock::hold(&tx, Only::First).await?;
    if let Some(known) = known(&tx, now, person).await? {
        tx.commit().await?;
        return Ok(known);
    }
    let first = identities::no_person_yet(&tx).await?;
    let name = name_of(person);
    let handle = members::store::free_handle(&tx, &name).await?;
    let mut member = Member::new(MemberKind::Person, &name, &handle, now);
    member.email = person.email.clone().unwrap_or_default();
    member.class = class_of(&tx, person).await?;
    if first {
        member.class.operational = true;
        member.steward = true;
    }
    members::store::insert(&tx, &member).await?;
    identities::link(&tx, now, &person.issuer, &person.subject, member.id).await?;
    identities::touch(&tx, now, person).await?;
    gifts::apply(
        &tx,
        now,
        (&person.issuer, &person.subject),
        member.id,
        person.gifts().as_ref(),
    )
    .await?;
    let act = if first { "member.first_steward" } else { "member.arrive" };
    audit::record(&tx, now, Some(member.id), act, &member.handle, &person.issuer).await?;
    tx.commit().await?;
    Ok(Arrived {
        member: member.id,
        new: true,
        first,
        left: false,
    })
}

async fn known(tx: &impl ConnectionTrait, now: DateTime<Utc>, person: &Person) -> Result<Option<Arrived>, MemberError> {
    let Some(id) = identities::find(tx, &person.issuer, &person.subject).await? else {
        return Ok(None);
    };
    identities::touch(tx, now, person).await?;
    let member = members::store::get(tx, id).await?;
    let left = member.as_ref().is_none_or(|member| member.standing == Standing::Left);
    if let Some(member) = member.filter(|_| !left) {
        follow(tx, now, member, person).await?;
        gifts::apply(tx, now, (&person.issuer, &person.subject), id, person.gifts().as_ref()).await?;
    }
    Ok(Some(Arrived {
        member: id,
        new: false,
        first: false,
        left,
    }))
}

/// Name and address follow the provider where it rules them. What it does not say stays.
async fn follow(
    tx: &impl ConnectionTrait,
    now: DateTime<Utc>,
    mut member: Member,
    person: &Person,
) -> Result<(), MemberError> {
    let before = (member.name.clone(), member.email.clone());
    if person.rules_name && (person.name.is_some() || person.nickname.is_some()) {
        member.name = name_of(person);
    }
    if let Some(email) = person
        .email
        .as_ref()
        .filter(|email| person.rules_email && is_email(email))
    {
        member.email.clone_from(email);
    }
    if before == (member.name.clone(), member.email.clone()) {
        return Ok(());
    }
    members::store::save(tx, &member, now).await
}

/// The class that an invitation of the built-in provider came with; else a guest.
async fn class_of(tx: &impl ConnectionTrait, person: &Person) -> Result<Class, DbErr> {
    match person.subject.parse::<AccountId>() {
        Ok(account) if person.issuer == BUILT_IN_ISSUER => {
            Ok(invitations::class_of(tx, account).await?.unwrap_or_default())
        }
        _ => Ok(Class::default()),
    }
}

/// A name to begin with; its person can change it. The address stays out of it, because a name is public.
fn name_of(person: &Person) -> String {
    [&person.name, &person.nickname]
        .into_iter()
        .flatten()
        .map(|name| name.split_whitespace().collect::<Vec<_>>().join(" "))
        .find(|name| !name.is_empty() && !name.contains('@'))
        .map_or_else(
            || "Newcomer".to_owned(),
            |name| name.chars().take(NAME_LENGTH).collect(),
        )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::testing::{at, on_each_database};

    fn person(subject: &str) -> Person {
        Person {
            issuer: "https://id.example".into(),
            subject: subject.into(),
            name: Some("Ama Owusu".into()),
            nickname: None,
            email: Some("ama@example.org".into()),
            ..Person::default()
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn of_many_who_come_at_once_one_is_the_first() {
        on_each_database(|db| async move {
            let now = at(2026, 11, 23, 9, 0);
            let mut people = tokio::task::JoinSet::new();
            for n in 0..8 {
                let db = db.clone();
                people.spawn(async move { sign_in(&db, now, &person(&format!("s{}", n % 4))).await.unwrap() });
            }
            let came = people.join_all().await;
            assert_eq!(came.iter().filter(|a| a.first).count(), 1);
            assert_eq!(
                came.iter().filter(|a| a.new).count(),
                4,
                "twice the same person is one record"
            );
            let steward = came.iter().find(|a| a.first).unwrap();
            for arrived in &came {
                let member = members::store::get(db.read(), arrived.member).await.unwrap().unwrap();
                assert_eq!(member.steward, arrived.member == steward.member);
                assert_eq!(member.class.operational, member.steward);
                assert_eq!(member.standing, Standing::Active);
            }
        })
        .await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn the_same_address_links_nobody() {
        on_each_database(|db| async move {
            let now = at(2026, 11, 23, 9, 0);
            let one = sign_in(&db, now, &person("one")).await.unwrap();
            let other = Person {
                issuer: "https://other.example".into(),
                ..person("one")
            };
            let other = sign_in(&db, now, &other).await.unwrap();
            assert_ne!(one.member, other.member);
            let again = sign_in(&db, now, &person("one")).await.unwrap();
            assert_eq!((again.member, again.new), (one.member, false));
        })
        .await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn name_and_address_follow_the_provider_where_it_rules_them() {
        on_each_database(|db| async move {
            let now = at(2026, 11, 23, 9, 0);
            let one = sign_in(&db, now, &person("one")).await.unwrap();
            let renamed = Person {
                name: Some("Ama  Mensah".into()),
                email: Some("ama@new.example".into()),
                ..person("one")
            };
            let read = async || members::store::get(db.read(), one.member).await.unwrap().unwrap();
            sign_in(&db, now, &renamed).await.unwrap();
            assert_eq!(read().await.name, "Ama Owusu", "the hub's own by default");

            let ruled = Person {
                rules_name: true,
                rules_email: true,
                ..renamed
            };
            sign_in(&db, now, &ruled).await.unwrap();
            let member = read().await;
            assert_eq!(
                (member.name.as_str(), member.email.as_str()),
                ("Ama Mensah", "ama@new.example")
            );

            let silent = Person {
                name: None,
                nickname: None,
                email: None,
                ..ruled
            };
            say_again(&db, now, &silent).await.unwrap().unwrap();
            assert_eq!(read().await.name, "Ama Mensah", "a missing claim changes nothing");
            assert_eq!(say_again(&db, now, &person("nobody")).await.unwrap(), None);
        })
        .await;
    }
}
