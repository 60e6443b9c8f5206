//! Who a person is to a client: the same to all, or another one to each sector, so that tools cannot compare notes.

use std::collections::HashMap;

use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, Set, sea_query::OnConflict};

use super::{Client, SubjectType};
use crate::{
    AccountId,
    accounts::entity::provider_subject::{ActiveModel, Column, Entity, Model},
    db::Db,
    tokens,
};

/// Clients of one sector share pairwise subjects. Where none was named it is the host that codes go to (OpenID Connect
/// Core, 8.1).
fn sector(client: &Client) -> String {
    if !client.sector.is_empty() {
        return client.sector.clone();
    }
    client
        .redirect_uris
        .first()
        .and_then(|uri| url::Url::parse(uri).ok()?.host_str().map(str::to_owned))
        .unwrap_or_else(|| client.client_id.clone())
}

/// Who this account is to a client.
pub async fn subject_for(db: &Db, client: &Client, account: AccountId) -> Result<String, DbErr> {
    if client.subject_type == SubjectType::Public {
        return Ok(account.to_string());
    }
    let sector = sector(client);
    let find = Entity::find_by_id((sector.clone(), account.0));
    if let Some(row) = find.clone().one(db.read()).await? {
        return Ok(row.subject);
    }
    let tx = db.begin().await?;
    let row = ActiveModel {
        sector: Set(sector),
        account_id: Set(account.0),
        subject: Set(tokens::secret()),
    };
    Entity::insert(row)
        .on_conflict(
            OnConflict::columns([Column::Sector, Column::AccountId])
                .do_nothing()
                .to_owned(),
        )
        .exec_without_returning(&tx)
        .await?;
    let row = find.one(&tx).await?;
    tx.commit().await?;
    row.map(|row| row.subject)
        .ok_or_else(|| DbErr::RecordNotFound("a subject that was just written".to_owned()))
}

/// Who these accounts are to a client, all at once.
pub async fn subjects_for(
    db: &Db,
    client: &Client,
    accounts: &[AccountId],
) -> Result<HashMap<AccountId, String>, DbErr> {
    if client.subject_type == SubjectType::Public {
        return Ok(accounts.iter().map(|account| (*account, account.to_string())).collect());
    }
    let sector = sector(client);
    let find = Entity::find()
        .filter(Column::Sector.eq(sector.as_str()))
        .filter(Column::AccountId.is_in(accounts.iter().map(|account| account.0)));
    let pairs = |rows: Vec<Model>| -> HashMap<_, _> {
        rows.into_iter()
            .map(|row| (AccountId(row.account_id), row.subject))
            .collect()
    };
    let known = pairs(find.clone().all(db.read()).await?);
    let new: Vec<ActiveModel> = accounts
        .iter()
        .filter(|account| !known.contains_key(account))
        .map(|account| ActiveModel {
            sector: Set(sector.clone()),
            account_id: Set(account.0),
            subject: Set(tokens::secret()),
        })
        .collect();
    if new.is_empty() {
        return Ok(known);
    }
    let tx = db.begin().await?;
    Entity::insert_many(new)
        .on_conflict(
            OnConflict::columns([Column::Sector, Column::AccountId])
                .do_nothing()
                .to_owned(),
        )
        .exec_without_returning(&tx)
        .await?;
    let all = pairs(find.all(&tx).await?);
    tx.commit().await?;
    Ok(all)
}

/// Whose subject this is to a client.
pub async fn account_of(db: &impl ConnectionTrait, client: &Client, subject: &str) -> Result<Option<AccountId>, DbErr> {
    if client.subject_type == SubjectType::Public {
        return Ok(subject.parse().ok());
    }
    let row = Entity::find()
        .filter(Column::Sector.eq(sector(client)))
        .filter(Column::Subject.eq(subject))
        .one(db)
        .await?;
    Ok(row.map(|row| AccountId(row.account_id)))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::{
        accounts::store,
        testing::{at, on_each_database},
    };

    #[tokio::test(flavor = "multi_thread")]
    async fn a_person_is_somebody_else_to_each_sector() {
        on_each_database(|db| async move {
            let now = at(2026, 11, 23, 9, 0);
            let tx = db.begin().await.unwrap();
            let ama = store::insert_account(&tx, now, "ama@example.org", "Ama", "")
                .await
                .unwrap()
                .id;
            tx.commit().await.unwrap();
            let open = Client::new("open", "Open", now);
            assert_eq!(subject_for(&db, &open, ama).await.unwrap(), ama.to_string());
            assert_eq!(account_of(db.read(), &open, &ama.to_string()).await.unwrap(), Some(ama));
            let at_host = |id: &str, host: &str| Client {
                subject_type: SubjectType::Pairwise,
                redirect_uris: vec![format!("https://{host}:8443/callback")],
                ..Client::new(id, id, now)
            };
            let (files, forum) = (at_host("files", "files.example"), at_host("forum", "forum.example"));
            let to_files = subject_for(&db, &files, ama).await.unwrap();
            assert_eq!(
                subject_for(&db, &files, ama).await.unwrap(),
                to_files,
                "always the same"
            );
            assert_eq!(
                subject_for(&db, &at_host("sync", "files.example"), ama).await.unwrap(),
                to_files
            );
            assert_ne!(subject_for(&db, &forum, ama).await.unwrap(), to_files);
            assert_ne!(to_files, ama.to_string());
            let all = subjects_for(&db, &files, &[ama]).await.unwrap();
            assert_eq!(all[&ama], to_files, "also of many at once");
            let wiki = at_host("wiki", "wiki.example");
            let first = subjects_for(&db, &wiki, &[ama]).await.unwrap();
            assert_eq!(first[&ama], subject_for(&db, &wiki, ama).await.unwrap());
            assert_eq!(account_of(db.read(), &files, &to_files).await.unwrap(), Some(ama));
            assert_eq!(account_of(db.read(), &forum, &to_files).await.unwrap(), None);
        })
        .await;
    }
}
