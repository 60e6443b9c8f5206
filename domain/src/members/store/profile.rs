//! Profiles: what a page shows, and what their owner changes.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, JoinType, QueryFilter, QueryOrder, QuerySelect,
    RelationTrait, Set,
    sea_query::{Expr, OnConflict},
};
use uuid::Uuid;

use super::{RefRow, get, save};
use crate::{
    MemberId,
    access::{ActingMember, Actor},
    circles,
    db::Db,
    members::{
        Field, FieldProblem, Member, MemberError, MemberKind, MemberRef, ProfileForm, Standing, Ties, Visibility,
        entity::{affiliations, members},
        rules,
    },
};

/// Most people of an organisation that its page lists.
const MOST_PEOPLE: u64 = 500;

#[derive(FromQueryResult)]
struct OrganisationRow {
    person_id: Uuid,
    id: Uuid,
    handle: String,
    name: String,
}

/// Organisations and circles of each of these members, hidden or not: cut them down with [`rules::seen_by`]. Two queries.
pub async fn ties(db: &impl ConnectionTrait, ids: &[MemberId]) -> Result<HashMap<MemberId, Ties>, DbErr> {
    let mut found: HashMap<MemberId, Ties> = HashMap::new();
    for row in organisation_rows(db, ids, None).await? {
        found
            .entry(MemberId(row.person_id))
            .or_default()
            .organisations
            .push(row.into());
    }
    for (member, circles) in circles::store::of_members(db, ids).await? {
        found.entry(member).or_default().circles = circles;
    }
    Ok(found)
}

impl From<OrganisationRow> for MemberRef {
    fn from(row: OrganisationRow) -> Self {
        Self {
            id: MemberId(row.id),
            handle: row.handle,
            name: row.name,
        }
    }
}

async fn organisation_rows(
    db: &impl ConnectionTrait,
    people: &[MemberId],
    reader: Option<&Actor>,
) -> Result<Vec<OrganisationRow>, DbErr> {
    let mut query = affiliations::Entity::find()
        .join(JoinType::InnerJoin, affiliations::Relation::Organisation.def())
        .filter(affiliations::Column::PersonId.is_in(people.iter().map(|id| id.0)))
        .filter(members::Column::Standing.ne("left"))
        .select_only()
        .column(affiliations::Column::PersonId)
        .columns([members::Column::Id, members::Column::Handle, members::Column::Name])
        .order_by_asc(affiliations::Column::Since)
        .order_by_asc(members::Column::SortKey);
    if let Some(reader) = reader {
        let own = reader.member().map(|member| member.id);
        let shown = members::Entity::find()
            .select_only()
            .column(members::Column::Id)
            .filter(members::Column::Id.is_in(people.iter().map(|id| id.0)))
            .filter(
                sea_orm::Condition::any()
                    .add(members::Column::OrganisationSeenBy.is_in(super::list::seen_by_words(rules::reads_as(reader))))
                    .add_option(own.map(|own| members::Column::Id.eq(own.0))),
            );
        query = query.filter(affiliations::Column::PersonId.in_subquery(sea_orm::QueryTrait::into_query(shown)));
    }
    query.into_model::<OrganisationRow>().all(db).await
}

/// The first organisation of each of these people, where they show it to the reader: for leads of sessions. One query.
pub async fn organisations(
    db: &impl ConnectionTrait,
    people: &[MemberId],
    reader: &Actor,
) -> Result<HashMap<MemberId, MemberRef>, DbErr> {
    let mut found = HashMap::new();
    for row in organisation_rows(db, people, Some(reader)).await? {
        found.entry(MemberId(row.person_id)).or_insert_with(|| row.into());
    }
    Ok(found)
}

#[derive(FromQueryResult)]
struct PersonRow {
    id: Uuid,
    handle: String,
    name: String,
    organisation_seen_by: String,
}

/// A member with their ties, whole: cut it down with [`rules::seen_by`] before anybody reads it. Four queries.
pub async fn profile(db: &impl ConnectionTrait, handle: &str, reader: &Actor) -> Result<(Member, Ties), MemberError> {
    let member = super::by_handle(db, handle).await?.ok_or(MemberError::NotFound)?;
    if !rules::may_look_up(&member, reader) {
        return Err(MemberError::NotFound);
    }
    let mut own = ties(db, &[member.id]).await?.remove(&member.id).unwrap_or_default();
    if member.kind == MemberKind::Organisation {
        own.people = affiliations::Entity::find()
            .join(JoinType::InnerJoin, affiliations::Relation::Person.def())
            .filter(affiliations::Column::OrganisationId.eq(member.id.0))
            .filter(members::Column::Standing.ne("left"))
            .select_only()
            .columns([
                members::Column::Id,
                members::Column::Handle,
                members::Column::Name,
                members::Column::OrganisationSeenBy,
            ])
            .order_by_asc(members::Column::SortKey)
            .limit(MOST_PEOPLE)
            .into_model::<PersonRow>()
            .all(db)
            .await?
            .into_iter()
            .map(|row| {
                let shown_to = Visibility::read(&row.organisation_seen_by).unwrap_or(Visibility::Nobody);
                let person = MemberRef {
                    id: MemberId(row.id),
                    handle: row.handle,
                    name: row.name,
                };
                (person, shown_to)
            })
            .collect();
    }
    Ok((member, own))
}

/// A person belongs to organisations from now on, and to no others.
pub async fn affiliate(
    db: &impl ConnectionTrait,
    person: MemberId,
    organisations: &[MemberId],
    since: DateTime<Utc>,
) -> Result<(), DbErr> {
    affiliations::Entity::delete_many()
        .filter(affiliations::Column::PersonId.eq(person.0))
        .filter(affiliations::Column::OrganisationId.is_not_in(organisations.iter().map(|id| id.0)))
        .exec(db)
        .await?;
    let pairs: Vec<_> = organisations.iter().map(|id| (person, *id)).collect();
    affiliate_many(db, &pairs, since).await
}

/// Many people and their organisations at once; who belongs already keeps the day they came.
pub async fn affiliate_many(
    db: &impl ConnectionTrait,
    pairs: &[(MemberId, MemberId)],
    since: DateTime<Utc>,
) -> Result<(), DbErr> {
    if pairs.is_empty() {
        return Ok(());
    }
    let rows = pairs.iter().map(|(person, organisation)| affiliations::ActiveModel {
        person_id: Set(person.0),
        organisation_id: Set(organisation.0),
        since: Set(since),
    });
    affiliations::Entity::insert_many(rows)
        .on_conflict(
            OnConflict::columns([affiliations::Column::PersonId, affiliations::Column::OrganisationId])
                .do_nothing()
                .to_owned(),
        )
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// The owner's change of their own profile, all or nothing.
pub async fn update_own(
    db: &Db,
    owner: &ActingMember,
    form: &ProfileForm,
    now: DateTime<Utc>,
) -> Result<Member, MemberError> {
    let change = form.validate().map_err(MemberError::Invalid)?;
    let tx = db.begin().await?;
    let mut member = get(&tx, owner.id).await?.ok_or(MemberError::NotFound)?;
    if member.kind == MemberKind::Person {
        let rows = members::Entity::find()
            .select_only()
            .columns([members::Column::Id, members::Column::Handle, members::Column::Name])
            .filter(members::Column::Kind.eq(MemberKind::Organisation.as_str()))
            .filter(members::Column::Standing.ne(Standing::Left.as_str()))
            .filter(members::Column::Handle.is_in(&change.organisations))
            .into_model::<RefRow>()
            .all(&tx)
            .await?;
        if rows.len() < change.organisations.len() {
            let problem = ("organisations", FieldProblem::OrganisationUnknown);
            return Err(MemberError::Invalid(vec![problem]));
        }
        let ids: Vec<MemberId> = rows.into_iter().map(|row| MemberId(row.id)).collect();
        affiliate(&tx, member.id, &ids, now).await?;
    }
    if super::former::is_anothers(&tx, &change.handle, member.id).await? {
        return Err(MemberError::Invalid(vec![("handle", FieldProblem::HandleTaken)]));
    }
    member.name = change.name;
    member.handle = change.handle;
    member.pronouns = change.pronouns;
    member.about = change.about;
    member.email = change.email;
    member.website = change.website;
    member.languages = change.languages;
    member.time_zone = change.time_zone;
    member.region = change.region;
    member.visibility.extend(change.visibility);
    match save(&tx, &member, now).await {
        Err(MemberError::HandleTaken) => {
            let problem = ("handle", FieldProblem::HandleTaken);
            return Err(MemberError::Invalid(vec![problem]));
        }
        other => other?,
    }
    tx.commit().await?;
    Ok(member)
}

/// Sets who sees which fields; the others stay as they are.
pub async fn set_visibility(
    db: &Db,
    id: MemberId,
    visibility: &BTreeMap<Field, Visibility>,
    now: DateTime<Utc>,
) -> Result<(), MemberError> {
    let tx = db.begin().await?;
    let mut member = get(&tx, id).await?.ok_or(MemberError::NotFound)?;
    member.visibility.extend(visibility);
    save(&tx, &member, now).await?;
    tx.commit().await?;
    Ok(())
}

/// Keeps the language that a member chose for the pages; empty for the browser's.
pub async fn set_locale(db: &Db, id: MemberId, locale: &str) -> Result<(), DbErr> {
    let tx = db.begin().await?;
    members::Entity::update_many()
        .col_expr(members::Column::Locale, Expr::value(locale))
        .filter(members::Column::Id.eq(id.0))
        .exec(&tx)
        .await?;
    tx.commit().await
}
