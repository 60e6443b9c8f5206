//! From rows to members and back.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use sea_orm::Set;

use crate::{
    MemberId,
    members::{
        Class, Field, Member, MemberKind, Standing, Visibility,
        entity::{languages as spoken, members},
        rules,
    },
};

impl From<members::Model> for Member {
    fn from(row: members::Model) -> Self {
        Self {
            id: MemberId(row.id),
            kind: MemberKind::read(&row.kind).unwrap_or(MemberKind::Person),
            class: Class {
                operational: row.operational,
                user: row.user_member,
            },
            standing: Standing::read(&row.standing).unwrap_or(Standing::Left),
            steward: row.steward,
            handle: row.handle,
            name: row.name,
            pronouns: row.pronouns,
            about: row.about,
            email: row.email,
            website: row.website,
            languages: serde_json::from_str(&row.languages).unwrap_or_default(),
            time_zone: row.time_zone.parse().unwrap_or(chrono_tz::UTC),
            region: row.region,
            locale: row.locale,
            visibility: read_visibility(&row.visibility),
            recognised_at: row.recognised_at,
            recognised_by: row.recognised_by,
            created_at: row.created_at,
        }
    }
}

/// What cannot be read hides everything: better a field too few than one too many.
fn read_visibility(json: &str) -> BTreeMap<Field, Visibility> {
    serde_json::from_str(json).unwrap_or_else(|_| {
        Field::ALL
            .into_iter()
            .map(|field| (field, Visibility::Nobody))
            .collect()
    })
}

pub(super) fn active(member: &Member, now: DateTime<Utc>) -> members::ActiveModel {
    let listing = rules::listing(member);
    let seen_by = |field| Set(member.visibility_of(field).as_str().to_owned());
    members::ActiveModel {
        id: Set(member.id.0),
        kind: Set(member.kind.as_str().to_owned()),
        operational: Set(member.class.operational),
        user_member: Set(member.class.user),
        standing: Set(member.standing.as_str().to_owned()),
        steward: Set(member.steward),
        handle: Set(member.handle.clone()),
        name: Set(member.name.clone()),
        pronouns: Set(member.pronouns.clone()),
        about: Set(member.about.clone()),
        email: Set(member.email.clone()),
        website: Set(member.website.clone()),
        languages: Set(json(&member.languages)),
        time_zone: Set(member.time_zone.name().to_owned()),
        region: Set(member.region.clone()),
        visibility: Set(json(&member.visibility)),
        locale: Set(member.locale.clone()),
        recognised_at: Set(member.recognised_at),
        recognised_by: Set(member.recognised_by.clone()),
        created_at: Set(member.created_at),
        updated_at: Set(now),
        sort_key: Set(listing.sort_key),
        search_public: Set(listing.search_public),
        search_members: Set(listing.search_members),
        region_seen_by: seen_by(Field::Region),
        circles_seen_by: seen_by(Field::Circles),
        organisation_seen_by: seen_by(Field::Organisation),
    }
}

pub(super) fn languages(member: &Member) -> Vec<spoken::ActiveModel> {
    let seen_by = member.visibility_of(Field::Languages).as_str();
    let mut tags = member.languages.clone();
    tags.sort_unstable();
    tags.dedup();
    tags.into_iter()
        .map(|language| spoken::ActiveModel {
            member_id: Set(member.id.0),
            language: Set(language),
            seen_by: Set(seen_by.to_owned()),
        })
        .collect()
}

/// Plain maps and lists of words always become JSON.
fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}
