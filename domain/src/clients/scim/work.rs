//! Noting what a tool answered, one thing at a time.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DbErr, Value};

use super::{Kind, Resource, Target, Trouble};
use crate::{clients::rows::sql, db::Db};

/// Longest words of a tool that are kept.
const DETAIL: usize = 300;
/// After so many failures of its own over one thing a tool counts as refusing it.
const PATIENCE: i32 = 5;
/// How many members of a group are written at a time.
const AT_ONCE: usize = 200;

/// Work with a tool. Each note answers whether the work may go on: no more once the target was changed meanwhile.
#[derive(Debug, Clone)]
pub struct Work {
    db: Db,
    target: Target,
}

impl Work {
    /// Work with this tool as it was read.
    pub fn new(db: Db, target: Target) -> Self {
        Self { db, target }
    }

    async fn note(
        &self,
        of_target: Option<(&str, Vec<Value>)>,
        statements: Vec<(String, Vec<Value>)>,
    ) -> Result<bool, DbErr> {
        let tx = self.db.begin().await?;
        let (set, mut values) = of_target.unwrap_or(("push = push", Vec::new()));
        let n = values.len();
        let text = format!(
            "UPDATE scim_targets SET {set} WHERE client_id = ${} AND revision = ${} AND active",
            n + 1,
            n + 2
        );
        values.extend([self.target.client_id.as_str().into(), self.target.revision.into()]);
        if tx.execute_raw(sql(&tx, &text, values)).await?.rows_affected() == 0 {
            return Ok(false);
        }
        for (text, values) in statements {
            tx.execute_raw(sql(&tx, &text, values)).await?;
        }
        tx.commit().await?;
        Ok(true)
    }

    /// `client_id`, `kind` and `local_id` as the first three values.
    fn key(&self, kind: Kind, resource: &Resource) -> Vec<Value> {
        vec![
            self.target.client_id.as_str().into(),
            kind.as_str().into(),
            resource.local_id.as_str().into(),
        ]
    }

    /// The tool may take it from here on, whether or not an answer comes.
    pub async fn begins(&self, kind: Kind, resource: &mut Resource) -> Result<bool, DbErr> {
        resource.begun = true;
        let text = "UPDATE scim_resources SET begun = TRUE WHERE client_id = $1 AND kind = $2 AND local_id = $3";
        self.note(None, vec![(text.to_owned(), self.key(kind, resource))]).await
    }

    /// The tool knows it by this name, or no longer (empty).
    pub async fn known_as(&self, kind: Kind, resource: &mut Resource, remote_id: &str) -> Result<bool, DbErr> {
        resource.remote_id = remote_id.to_owned();
        resource.begun = true;
        let mut values = self.key(kind, resource);
        values.push(remote_id.into());
        let mut statements = vec![(
            "UPDATE scim_resources SET remote_id = $4, begun = TRUE WHERE client_id = $1 AND kind = $2 AND local_id = $3"
                .to_owned(),
            values,
        )];
        if kind == Kind::Group {
            statements.push(self.forget_members(resource));
        }
        self.note(None, statements).await
    }

    /// The tool took it as it is wanted.
    pub async fn took(&self, now: DateTime<Utc>, kind: Kind, resource: &mut Resource) -> Result<bool, DbErr> {
        resource.sent = resource.wanted.clone();
        resource.refused = String::new();
        let mut values = self.key(kind, resource);
        values.extend([
            resource.sent.as_str().into(),
            resource.name.as_str().into(),
            resource.external_id.as_str().into(),
            now.into(),
        ]);
        // The wish too: who belongs to a group is known only once the tool has named its members.
        let text =
            "UPDATE scim_resources SET sent = $4, wanted = $4, name = $5, external_id = $6, sent_at = $7, refused = '',
            trouble = '', trouble_detail = '', tries = 0, by_hand_at = NULL
            WHERE client_id = $1 AND kind = $2 AND local_id = $3";
        self.note(Some(fine(now)), vec![(text.to_owned(), values)]).await
    }

    /// The tool has it no longer.
    pub async fn gone(&self, now: DateTime<Utc>, kind: Kind, resource: &Resource) -> Result<bool, DbErr> {
        let text = "DELETE FROM scim_resources WHERE client_id = $1 AND kind = $2 AND local_id = $3";
        let mut statements = vec![(text.to_owned(), self.key(kind, resource))];
        if kind == Kind::Group {
            statements.push(self.forget_members(resource));
        }
        self.note(Some(fine(now)), statements).await
    }

    /// The tool does not take it: a human has to look, unless something else is wanted.
    pub async fn refused(
        &self,
        kind: Kind,
        resource: &mut Resource,
        trouble: Trouble,
        detail: &str,
    ) -> Result<bool, DbErr> {
        resource.refused = resource.wanted.clone();
        let mut values = self.key(kind, resource);
        values.extend([
            resource.refused.as_str().into(),
            trouble.as_str().into(),
            short(detail).into(),
        ]);
        let text =
            "UPDATE scim_resources SET refused = $4, wanted = $4, trouble = $5, trouble_detail = $6, tries = tries + 1
            WHERE client_id = $1 AND kind = $2 AND local_id = $3";
        self.note(None, vec![(text.to_owned(), values)]).await
    }

    /// The tool failed over it; after a while that counts as refused.
    pub async fn stumbled(&self, kind: Kind, resource: &mut Resource, detail: &str) -> Result<bool, DbErr> {
        resource.tries += 1;
        if resource.tries >= PATIENCE {
            return self.refused(kind, resource, Trouble::Broken, detail).await;
        }
        let mut values = self.key(kind, resource);
        values.extend([Trouble::Broken.as_str().into(), short(detail).into()]);
        let text = "UPDATE scim_resources SET trouble = $4, trouble_detail = $5, tries = tries + 1
            WHERE client_id = $1 AND kind = $2 AND local_id = $3";
        self.note(None, vec![(text.to_owned(), values)]).await
    }

    /// Nothing can be sent to the tool at present.
    pub async fn troubled(&self, now: DateTime<Utc>, trouble: Trouble, detail: &str) -> Result<bool, DbErr> {
        let values = vec![trouble.as_str().into(), short(detail).into(), now.into()];
        let set = "trouble = $1, trouble_detail = $2, troubled_at = $3, tries = tries + 1";
        self.note(Some((set, values)), Vec::new()).await
    }

    /// The tool's names of those whom it was told to belong to a group.
    pub async fn members(&self, group: &Resource) -> Result<HashSet<String>, DbErr> {
        let text = "SELECT remote_id FROM scim_group_members WHERE client_id = $1 AND group_id = $2";
        let values = [self.target.client_id.as_str().into(), group.local_id.as_str().into()];
        self.db
            .read()
            .query_all_raw(sql(self.db.read(), text, values))
            .await?
            .iter()
            .map(|row| row.try_get("", "remote_id"))
            .collect()
    }

    /// The tool was told that these belong to a group, and those no longer.
    pub async fn told_members(
        &self,
        now: DateTime<Utc>,
        group: &Resource,
        added: &[String],
        removed: &[String],
    ) -> Result<bool, DbErr> {
        let mut statements = Vec::new();
        let key = || -> Vec<Value> { vec![self.target.client_id.as_str().into(), group.local_id.as_str().into()] };
        for some in added.chunks(AT_ONCE) {
            let places: Vec<String> = (0..some.len()).map(|n| format!("($1, $2, ${})", n + 3)).collect();
            let mut values = key();
            values.extend(some.iter().map(|id| Value::from(id.as_str())));
            let text = format!(
                "INSERT INTO scim_group_members (client_id, group_id, remote_id) VALUES {} ON CONFLICT DO NOTHING",
                places.join(", ")
            );
            statements.push((text, values));
        }
        for some in removed.chunks(AT_ONCE) {
            let places: Vec<String> = (0..some.len()).map(|n| format!("${}", n + 3)).collect();
            let mut values = key();
            values.extend(some.iter().map(|id| Value::from(id.as_str())));
            let text = format!(
                "DELETE FROM scim_group_members WHERE client_id = $1 AND group_id = $2 AND remote_id IN ({})",
                places.join(", ")
            );
            statements.push((text, values));
        }
        self.note(Some(fine(now)), statements).await
    }

    fn forget_members(&self, group: &Resource) -> (String, Vec<Value>) {
        (
            "DELETE FROM scim_group_members WHERE client_id = $1 AND group_id = $2".to_owned(),
            vec![self.target.client_id.as_str().into(), group.local_id.as_str().into()],
        )
    }
}

/// The tool answers, so that nothing is wrong with it as a whole.
fn fine(now: DateTime<Utc>) -> (&'static str, Vec<Value>) {
    (
        "pushed_at = $1, tries = 0, trouble = '', trouble_detail = '', troubled_at = NULL",
        vec![now.into()],
    )
}

fn short(detail: &str) -> String {
    detail.chars().filter(|c| !c.is_control()).take(DETAIL).collect()
}
