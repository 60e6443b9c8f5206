//! What a tool should know: derived from the records as they are now.

use std::collections::{BTreeMap, HashMap, HashSet};

use sea_orm::{ConnectionTrait, DbErr};
use uuid::Uuid;

use super::{
    Group, User,
    rules::{groups, told},
};
use crate::{
    AccountId, MemberId,
    accounts::provider::{Client, Facts, may_enter, people, subjects_for},
    clients::rows::sql,
    db::Db,
};

/// How many people are read at a time.
const PAGE: u64 = 500;

/// What a tool should know.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Wishes {
    /// Accounts that may be used.
    pub users: HashMap<MemberId, User>,
    /// Whether the tool has the scope `groups`.
    pub with_groups: bool,
    /// Groups by name; none without that scope.
    pub groups: BTreeMap<String, Group>,
    /// Names of the circles there are; none without that scope.
    pub circles: HashSet<String>,
}

/// What a tool should know: everybody in good standing who may enter it and has not taken back what they allowed it. The
/// number of queries grows with pages of people, not with people.
pub async fn wishes(db: &Db, client: &Client) -> Result<Wishes, DbErr> {
    let with_groups = client.may_ask("groups");
    let mut wishes = Wishes {
        with_groups,
        ..Wishes::default()
    };
    if with_groups {
        wishes.circles = circles(db.read()).await?;
        for slug in &wishes.circles {
            wishes.groups.insert(format!("circle:{slug}"), Group::default());
        }
    }
    if client.disabled_at.is_some() {
        return Ok(wishes);
    }
    let withdrawn = withdrawn(db.read(), &client.client_id).await?;
    let mut after = None;
    loop {
        let (page, next) = people(db.read(), after, PAGE).await?;
        let inside: Vec<(MemberId, Facts)> = page
            .into_iter()
            .filter(|facts| may_enter(client, facts).is_ok() && !withdrawn.contains(&facts.account.id))
            .filter_map(|facts| Some((facts.member.as_ref()?.id, facts)))
            .collect();
        let accounts: Vec<AccountId> = inside.iter().map(|(_, facts)| facts.account.id).collect();
        let subjects = subjects_for(db, client, &accounts).await?;
        for (member, facts) in &inside {
            let Some(subject) = subjects.get(&facts.account.id) else {
                continue;
            };
            wishes.users.insert(*member, told(client, facts, subject));
            for group in with_groups.then(|| groups(facts)).into_iter().flatten() {
                wishes.groups.entry(group).or_default().members.insert(*member);
            }
        }
        match next {
            Some(_) => after = next,
            None => return Ok(wishes),
        }
    }
}

async fn circles(db: &impl ConnectionTrait) -> Result<HashSet<String>, DbErr> {
    db.query_all_raw(sql(db, "SELECT slug FROM circles", []))
        .await?
        .iter()
        .map(|row| row.try_get("", "slug"))
        .collect()
}

/// Who has taken back what they allowed the tool.
async fn withdrawn(db: &impl ConnectionTrait, client_id: &str) -> Result<HashSet<AccountId>, DbErr> {
    let text = "SELECT account_id FROM provider_consents WHERE client_id = $1 AND withdrawn_at IS NOT NULL";
    db.query_all_raw(sql(db, text, [client_id.into()]))
        .await?
        .iter()
        .map(|row| row.try_get::<Uuid>("", "account_id").map(AccountId))
        .collect()
}
