//! What a tool was told, what it should know, and what lies between.

use std::collections::{HashMap, HashSet};
use std::hash::BuildHasher;

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult, Value};
use uuid::Uuid;

use super::{GONE, Group, INACTIVE, Kind, Target, Wishes, rules::stays, wishes};
use crate::{MemberId, accounts::provider::Client, clients::rows::sql, db::Db, tokens};

/// How many rows are written or asked for at a time.
const AT_ONCE: usize = 200;

/// Something that a tool was told, or should be.
#[derive(Debug, Clone, PartialEq, Eq, FromQueryResult)]
pub struct Resource {
    /// Key of the member, or name of the group.
    pub local_id: String,
    /// Its name there, as it was told last.
    pub name: String,
    /// Our name for it there, as it was told last.
    pub external_id: String,
    /// The tool's name for it; empty while it has none.
    pub remote_id: String,
    /// Whether the tool may have taken it although no answer came.
    pub begun: bool,
    /// What the tool should know.
    pub wanted: String,
    /// What it was told.
    pub sent: String,
    /// What it refused.
    pub refused: String,
    /// How often in a row it failed with this.
    pub tries: i32,
}

impl Resource {
    fn new(local_id: String, name: &str, external_id: &str, wanted: String) -> Self {
        Self {
            local_id,
            name: name.to_owned(),
            external_id: external_id.to_owned(),
            remote_id: String::new(),
            begun: false,
            wanted,
            sent: String::new(),
            refused: String::new(),
            tries: 0,
        }
    }

    /// Whether it has to be sent.
    pub fn is_due(&self) -> bool {
        self.wanted != self.sent && self.wanted != self.refused
    }

    /// Whose it is, for accounts.
    pub fn member(&self) -> Option<MemberId> {
        self.local_id.parse::<Uuid>().ok().map(MemberId)
    }
}

/// What a tool should know, beside what it was told.
#[derive(Debug, Clone, Default)]
pub struct Look {
    /// What it should know.
    pub wishes: Wishes,
    /// Accounts: those to close first, then those that failed least.
    pub users: Vec<Resource>,
    /// Groups.
    pub groups: Vec<Resource>,
}

impl Look {
    /// Whether nothing has to be sent.
    pub fn is_settled(&self) -> bool {
        !self.users.iter().chain(&self.groups).any(Resource::is_due)
    }

    /// The tool's names for the members that it knows and that may use it.
    pub fn remote_ids(&self) -> HashMap<MemberId, String> {
        self.users
            .iter()
            .filter(|user| !user.remote_id.is_empty())
            .filter_map(|user| Some((user.member()?, user.remote_id.clone())))
            .collect()
    }
}

/// A fingerprint of who belongs to a group there.
pub fn group_wanted<S: BuildHasher>(group: &Group, remote_ids: &HashMap<MemberId, String, S>) -> String {
    let mut known: Vec<&str> = group
        .members
        .iter()
        .filter_map(|member| remote_ids.get(member).map(String::as_str))
        .collect();
    known.sort_unstable();
    tokens::fingerprint(&known.join("\n"))
}

/// Compares what a tool should know with what it was told, and writes down what it should know where that changed.
pub async fn look(db: &Db, now: DateTime<Utc>, target: &Target, client: &Client) -> Result<Look, DbErr> {
    let wishes = wishes(db, client).await?;
    let known = rows(db.read(), &target.client_id, Kind::User).await?;
    let mut changed = Changed::default();
    let users = users(db, &wishes, known, &mut changed).await?;
    let mut look = Look {
        wishes,
        users,
        groups: rows(db.read(), &target.client_id, Kind::Group).await?,
    };
    groups(&mut look, &mut changed);
    changed.write(db, now, target).await?;
    look.users.sort_by_key(|user| {
        let closing = user.wanted == INACTIVE || user.wanted == GONE;
        (!closing, user.tries)
    });
    Ok(look)
}

/// What [`look`] has to write down.
#[derive(Default)]
struct Changed {
    wanted: Vec<(Kind, Resource)>,
    never_told: Vec<(Kind, String)>,
}

async fn users(db: &Db, wishes: &Wishes, known: Vec<Resource>, changed: &mut Changed) -> Result<Vec<Resource>, DbErr> {
    let mut users = Vec::with_capacity(wishes.users.len());
    let mut seen = HashSet::new();
    let mut unwished = Vec::new();
    for mut row in known {
        let Some(member) = row.member() else { continue };
        let Some(user) = wishes.users.get(&member) else {
            unwished.push((member, row));
            continue;
        };
        seen.insert(member);
        changed.note(Kind::User, &mut row, user.wanted());
        users.push(row);
    }
    let there = still_there(db.read(), unwished.iter().map(|(member, _)| *member)).await?;
    for (member, mut row) in unwished {
        if row.remote_id.is_empty() && !row.begun {
            changed.never_told.push((Kind::User, row.local_id));
            continue;
        }
        let wanted = if there.contains(&member) { INACTIVE } else { GONE };
        changed.note(Kind::User, &mut row, wanted.to_owned());
        users.push(row);
    }
    for (member, user) in &wishes.users {
        if !seen.contains(member) {
            let row = Resource::new(member.to_string(), &user.user_name, &user.external_id, user.wanted());
            changed.wanted.push((Kind::User, row.clone()));
            users.push(row);
        }
    }
    Ok(users)
}

fn groups(look: &mut Look, changed: &mut Changed) {
    let remote_ids = look.remote_ids();
    let mut seen = HashSet::new();
    let mut groups = Vec::new();
    for mut row in std::mem::take(&mut look.groups) {
        if !look.wishes.groups.contains_key(&row.local_id) {
            let kept = look.wishes.with_groups && stays(&row.local_id, |slug| look.wishes.circles.contains(slug));
            if !kept {
                if row.remote_id.is_empty() && !row.begun {
                    changed.never_told.push((Kind::Group, row.local_id));
                } else {
                    changed.note(Kind::Group, &mut row, GONE.to_owned());
                    groups.push(row);
                }
                continue;
            }
            // Nobody is in it at present; what the tool holds on to it stays.
            look.wishes.groups.insert(row.local_id.clone(), Group::default());
        }
        let wanted = group_wanted(&look.wishes.groups[&row.local_id], &remote_ids);
        seen.insert(row.local_id.clone());
        changed.note(Kind::Group, &mut row, wanted);
        groups.push(row);
    }
    for (name, group) in &look.wishes.groups {
        if !seen.contains(name) {
            let row = Resource::new(name.clone(), name, name, group_wanted(group, &remote_ids));
            changed.wanted.push((Kind::Group, row.clone()));
            groups.push(row);
        }
    }
    groups.sort_by_key(|group| (group.wanted != GONE, group.tries));
    look.groups = groups;
}

async fn rows(db: &impl ConnectionTrait, client_id: &str, kind: Kind) -> Result<Vec<Resource>, DbErr> {
    Resource::find_by_statement(sql(
        db,
        "SELECT local_id, name, external_id, remote_id, begun, wanted, sent, refused, tries FROM scim_resources
         WHERE client_id = $1 AND kind = $2 ORDER BY local_id",
        [client_id.into(), kind.as_str().into()],
    ))
    .all(db)
    .await
}

/// Which of these members there are, whatever their standing.
async fn still_there(
    db: &impl ConnectionTrait,
    members: impl Iterator<Item = MemberId>,
) -> Result<HashSet<MemberId>, DbErr> {
    let members: Vec<MemberId> = members.collect();
    let mut there = HashSet::new();
    for some in members.chunks(AT_ONCE) {
        there.extend(crate::members::store::refs(db, some).await?.into_keys());
    }
    Ok(there)
}

impl Changed {
    fn note(&mut self, kind: Kind, row: &mut Resource, wanted: String) {
        if row.wanted != wanted {
            row.wanted = wanted;
            row.tries = 0;
            self.wanted.push((kind, row.clone()));
        }
    }

    async fn write(self, db: &Db, now: DateTime<Utc>, target: &Target) -> Result<(), DbErr> {
        if self.wanted.is_empty() && self.never_told.is_empty() {
            return Ok(());
        }
        let client_id = target.client_id.as_str();
        let tx = db.begin().await?;
        // Not for an address that was left meanwhile.
        let held = tx
            .execute_raw(sql(
                &tx,
                "UPDATE scim_targets SET push = push WHERE client_id = $1 AND revision = $2",
                [client_id.into(), target.revision.into()],
            ))
            .await?;
        if held.rows_affected() == 0 {
            return Ok(());
        }
        for some in self.wanted.chunks(AT_ONCE) {
            let (mut values, mut places) = (Vec::<Value>::new(), Vec::new());
            for (kind, row) in some {
                let n = values.len();
                let place: Vec<String> = (n + 1..=n + 7).map(|n| format!("${n}")).collect();
                places.push(format!("({})", place.join(", ")));
                values.extend([
                    client_id.into(),
                    kind.as_str().into(),
                    row.local_id.as_str().into(),
                    row.name.as_str().into(),
                    row.external_id.as_str().into(),
                    row.wanted.as_str().into(),
                    now.into(),
                ]);
            }
            let text = format!(
                "INSERT INTO scim_resources (client_id, kind, local_id, name, external_id, wanted, changed_at) VALUES {}
                 ON CONFLICT (client_id, kind, local_id) DO UPDATE
                 SET wanted = excluded.wanted, changed_at = excluded.changed_at, tries = 0",
                places.join(", ")
            );
            tx.execute_raw(sql(&tx, &text, values)).await?;
        }
        for (kind, local_id) in self.never_told {
            tx.execute_raw(sql(
                &tx,
                "DELETE FROM scim_resources WHERE client_id = $1 AND kind = $2 AND local_id = $3 AND remote_id = '' AND NOT begun",
                [client_id.into(), kind.as_str().into(), local_id.into()],
            ))
            .await?;
        }
        tx.commit().await
    }
}
