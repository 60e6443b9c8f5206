//! What a provider gives to a member is given and taken here, beside what the hub itself gave.
//!
//! Only what the provider brought is noted, so that only that is taken away again: a circle that somebody joined by hand
//! stays theirs whatever a provider says.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, PaginatorTrait, QueryFilter, Set,
    sea_query::Expr,
};

use super::{
    Gift,
    entity::{identity, provider_gift},
    identities,
    lock::{self, Only},
};
use crate::{
    CircleId, MemberId, audit,
    circles::{self, CircleRole, entity::circle_members},
    members::{self, Member, Standing, entity::members as rows},
};

/// How a gift is noted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Note {
    kind: &'static str,
    what: String,
    role: Option<CircleRole>,
}

impl Note {
    fn circle(&self) -> Option<CircleId> {
        (self.kind == "circle")
            .then(|| self.what.parse().ok().map(CircleId))
            .flatten()
    }

    fn words(&self, issuer: &str) -> String {
        format!("{} {} from {issuer}", self.kind, self.what)
    }
}

/// Brings what this identity gives up to date: gives what is new, takes what it no longer gives. `None` changes nothing.
/// Gives whether anything changed. Call it in the transaction of the sign-in.
pub async fn apply(
    tx: &impl ConnectionTrait,
    now: DateTime<Utc>,
    (issuer, subject): (&str, &str),
    member: MemberId,
    gifts: Option<&BTreeSet<Gift>>,
) -> Result<bool, DbErr> {
    let Some(gifts) = gifts else { return Ok(false) };
    let held = held(tx, issuer, subject).await?;
    if gifts.is_empty() && held.is_empty() {
        return Ok(false);
    }
    lock::hold(tx, Only::Gifts).await?;
    let Some(member) = members::store::get(tx, member).await? else {
        return Ok(false);
    };
    let wanted = notes(tx, gifts).await?;
    let mut changed = false;
    for note in held
        .iter()
        .filter(|note| !wanted.iter().any(|w| (w.kind, &w.what) == (note.kind, &note.what)))
    {
        changed |= take(tx, now, (issuer, subject), &member, note).await?;
    }
    for note in &wanted {
        let before = held.iter().find(|h| (h.kind, &h.what) == (note.kind, &note.what));
        if before.is_none_or(|before| before.role != note.role) {
            changed |= give(tx, now, (issuer, subject), &member, note, before.is_some()).await?;
        }
    }
    if changed {
        rows::Entity::update_many()
            .col_expr(rows::Column::UpdatedAt, Expr::value(now))
            .filter(rows::Column::Id.eq(member.id.0))
            .exec(tx)
            .await?;
    }
    Ok(changed)
}

async fn held(tx: &impl ConnectionTrait, issuer: &str, subject: &str) -> Result<Vec<Note>, DbErr> {
    let rows = provider_gift::Entity::find()
        .filter(provider_gift::Column::Issuer.eq(issuer))
        .filter(provider_gift::Column::Subject.eq(subject))
        .all(tx)
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| Note {
            kind: match row.kind.as_str() {
                "class" => "class",
                "circle" => "circle",
                _ => "steward",
            },
            what: row.what,
            role: CircleRole::read(&row.role),
        })
        .collect())
}

/// Gifts as they are noted. A circle that the hub does not have is left out, and logged.
async fn notes(tx: &impl ConnectionTrait, gifts: &BTreeSet<Gift>) -> Result<Vec<Note>, DbErr> {
    let mut notes = Vec::new();
    for gift in gifts {
        let (kind, what, role) = match gift {
            Gift::Operational => ("class", "operational".to_owned(), None),
            Gift::User => ("class", "user".to_owned(), None),
            Gift::Steward => ("steward", String::new(), None),
            Gift::Circle(slug, role) => match circles::store::by_slug(tx, slug).await? {
                Some(circle) => ("circle", circle.id.0.to_string(), Some(*role)),
                None => {
                    tracing::warn!(circle = slug, "a provider gives a circle that the hub does not have");
                    continue;
                }
            },
        };
        notes.push(Note { kind, what, role });
    }
    Ok(notes)
}

async fn role_in(tx: &impl ConnectionTrait, member: MemberId, circle: CircleId) -> Result<Option<CircleRole>, DbErr> {
    let roles = circles::store::roles_of(tx, member).await?;
    Ok(roles.into_iter().find(|(id, _)| *id == circle).map(|(_, role)| role))
}

/// Whether the member has it, whoever gave it.
async fn has(tx: &impl ConnectionTrait, member: &Member, note: &Note) -> Result<bool, DbErr> {
    Ok(match (note.kind, note.what.as_str()) {
        ("class", "operational") => member.class.operational,
        ("class", _) => member.class.user,
        ("steward", _) => member.steward,
        _ => match note.circle() {
            Some(circle) => role_in(tx, member.id, circle).await?.is_some(),
            None => false,
        },
    })
}

/// Whether another identity of the member gives the same.
async fn given_otherwise(
    tx: &impl ConnectionTrait,
    (issuer, subject): (&str, &str),
    member: MemberId,
    note: &Note,
) -> Result<bool, DbErr> {
    let givers = provider_gift::Entity::find()
        .filter(provider_gift::Column::Kind.eq(note.kind))
        .filter(provider_gift::Column::What.eq(&note.what))
        .all(tx)
        .await?;
    for giver in givers
        .iter()
        .filter(|giver| (giver.issuer.as_str(), giver.subject.as_str()) != (issuer, subject))
    {
        let whose = identity::Entity::find_by_id((giver.issuer.clone(), giver.subject.clone()))
            .one(tx)
            .await?;
        if whose.is_some_and(|row| row.member_id == member.0) {
            return Ok(true);
        }
    }
    Ok(false)
}

async fn give(
    tx: &impl ConnectionTrait,
    now: DateTime<Utc>,
    identity: (&str, &str),
    member: &Member,
    note: &Note,
    noted: bool,
) -> Result<bool, DbErr> {
    let has_it = has(tx, member, note).await?;
    // What the hub gave stays the hub's.
    if has_it && !noted && !given_otherwise(tx, identity, member.id, note).await? {
        return Ok(false);
    }
    if noted {
        provider_gift::Entity::update_many()
            .col_expr(
                provider_gift::Column::Role,
                Expr::value(note.role.map_or("", CircleRole::as_str)),
            )
            .filter(provider_gift::Column::Issuer.eq(identity.0))
            .filter(provider_gift::Column::Subject.eq(identity.1))
            .filter(provider_gift::Column::Kind.eq(note.kind))
            .filter(provider_gift::Column::What.eq(&note.what))
            .exec(tx)
            .await?;
    } else {
        provider_gift::ActiveModel {
            issuer: Set(identity.0.to_owned()),
            subject: Set(identity.1.to_owned()),
            kind: Set(note.kind.to_owned()),
            what: Set(note.what.clone()),
            role: Set(note.role.map_or("", CircleRole::as_str).to_owned()),
            since: Set(now),
        }
        .insert(tx)
        .await?;
    }
    if let (Some(circle), Some(role)) = (note.circle(), note.role) {
        circles::store::add_member(tx, circle, member.id, role, now).await?;
    } else if !has_it {
        set(tx, member.id, note, true).await?;
    }
    audit::record(tx, now, None, "provider.give", &member.handle, &note.words(identity.0)).await?;
    Ok(true)
}

async fn take(
    tx: &impl ConnectionTrait,
    now: DateTime<Utc>,
    identity: (&str, &str),
    member: &Member,
    note: &Note,
) -> Result<bool, DbErr> {
    let otherwise = given_otherwise(tx, identity, member.id, note).await?;
    if note.kind == "steward" && !otherwise && is_last_steward(tx, member.id).await? {
        // The note stays, so that it is taken as soon as somebody else holds the keys.
        audit::record(tx, now, None, "provider.last_steward_kept", &member.handle, identity.0).await?;
        return Ok(false);
    }
    forget(tx, identity, note).await?;
    if otherwise {
        return Ok(false);
    }
    if let Some(circle) = note.circle() {
        circle_members::Entity::delete_by_id((circle.0, member.id.0))
            .exec(tx)
            .await?;
    } else {
        set(tx, member.id, note, false).await?;
    }
    audit::record(tx, now, None, "provider.take", &member.handle, &note.words(identity.0)).await?;
    Ok(true)
}

async fn set(tx: &impl ConnectionTrait, member: MemberId, note: &Note, on: bool) -> Result<(), DbErr> {
    let column = match (note.kind, note.what.as_str()) {
        ("steward", _) => rows::Column::Steward,
        (_, "operational") => rows::Column::Operational,
        _ => rows::Column::UserMember,
    };
    rows::Entity::update_many()
        .col_expr(column, Expr::value(on))
        .filter(rows::Column::Id.eq(member.0))
        .exec(tx)
        .await?;
    Ok(())
}

/// Whether nobody else could act as a steward.
pub async fn is_last_steward(tx: &impl ConnectionTrait, member: MemberId) -> Result<bool, DbErr> {
    let others = rows::Entity::find()
        .filter(rows::Column::Steward.eq(true))
        .filter(rows::Column::Standing.eq(Standing::Active.as_str()))
        .filter(rows::Column::Id.ne(member.0))
        .count(tx)
        .await?;
    Ok(others == 0)
}

/// The same question for an act that would take the right away: nobody else takes one away until the transaction ends.
pub(crate) async fn hold_last_steward(tx: &impl ConnectionTrait, member: MemberId) -> Result<bool, DbErr> {
    lock::hold(tx, Only::Gifts).await?;
    is_last_steward(tx, member).await
}

/// Before two records become one: what one of them has from the hub itself stays the hub's, also where the other has it from
/// a provider, and stays when that provider stops giving it.
pub(super) async fn settle_origins(tx: &impl ConnectionTrait, keep: &Member, goes: &Member) -> Result<(), DbErr> {
    for (one, other) in [(keep, goes), (goes, keep)] {
        for identity in identities::of_member(tx, other.id).await? {
            let (issuer, subject) = (identity.issuer.as_str(), identity.subject.as_str());
            for note in held(tx, issuer, subject).await? {
                let from_hub = has(tx, one, &note).await? && !given_otherwise(tx, ("", ""), one.id, &note).await?;
                if !from_hub {
                    continue;
                }
                forget(tx, (issuer, subject), &note).await?;
                // The role that the hub gave counts, as it does at a sign-in.
                if let Some(circle) = note.circle() {
                    circle_members::Entity::delete_by_id((circle.0, other.id.0))
                        .exec(tx)
                        .await?;
                }
            }
        }
    }
    Ok(())
}

async fn forget(tx: &impl ConnectionTrait, (issuer, subject): (&str, &str), note: &Note) -> Result<(), DbErr> {
    let key = (
        issuer.to_owned(),
        subject.to_owned(),
        note.kind.to_owned(),
        note.what.clone(),
    );
    provider_gift::Entity::delete_by_id(key).exec(tx).await?;
    Ok(())
}

/// What an identity gave is taken away: it is unlinked.
pub(super) async fn take_all(
    tx: &impl ConnectionTrait,
    now: DateTime<Utc>,
    identity: (&str, &str),
    member: MemberId,
) -> Result<(), DbErr> {
    apply(tx, now, identity, member, Some(&BTreeSet::new())).await?;
    // The last steward's note goes with the identity; the right itself stays and is the hub's from now on.
    provider_gift::Entity::delete_many()
        .filter(provider_gift::Column::Issuer.eq(identity.0))
        .filter(provider_gift::Column::Subject.eq(identity.1))
        .exec(tx)
        .await?;
    Ok(())
}

#[cfg(test)]
#[path = "gifts_tests.rs"]
mod tests;
