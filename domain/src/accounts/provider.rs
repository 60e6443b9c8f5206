//! What the built-in provider is made of: its signing keys and the clients it knows.

use chrono::{DateTime, Utc};
use sea_orm::{ActiveModelTrait, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, Set};

use super::{
    entity::{provider_client, provider_key},
    lock::{self, Only},
};
use crate::{db::Db, tokens};

/// A key that signs ID tokens.
#[derive(Clone, PartialEq, Eq)]
pub struct SigningKey {
    /// Its name in the JWKS.
    pub kid: String,
    /// The private key, PKCS #1 as PEM.
    pub private_pem: String,
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SigningKey")
            .field("kid", &self.kid)
            .finish_non_exhaustive()
    }
}

/// A party that signs people in through the provider.
#[derive(Clone, PartialEq, Eq)]
pub struct Client {
    /// Its public name.
    pub client_id: String,
    /// What it proves itself with.
    pub client_secret: String,
    /// Where codes may be sent, as exact addresses.
    pub redirect_uris: Vec<String>,
    /// Where people may be sent after signing out, as exact addresses.
    pub post_logout_redirect_uris: Vec<String>,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client")
            .field("client_id", &self.client_id)
            .finish_non_exhaustive()
    }
}

impl From<provider_client::Model> for Client {
    fn from(row: provider_client::Model) -> Self {
        Self {
            client_id: row.client_id,
            client_secret: row.client_secret,
            redirect_uris: serde_json::from_str(&row.redirect_uris).unwrap_or_default(),
            post_logout_redirect_uris: serde_json::from_str(&row.post_logout_redirect_uris).unwrap_or_default(),
        }
    }
}

/// Keys that are in force, the newest first: it signs, all are published.
pub async fn signing_keys(db: &impl ConnectionTrait) -> Result<Vec<SigningKey>, DbErr> {
    let rows = provider_key::Entity::find()
        .filter(provider_key::Column::RetiredAt.is_null())
        .filter(provider_key::Column::Algorithm.eq("RS256"))
        .order_by_desc(provider_key::Column::CreatedAt)
        .order_by_desc(provider_key::Column::Kid)
        .all(db)
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| SigningKey {
            kid: row.kid,
            private_pem: row.private_pem,
        })
        .collect())
}

/// Keeps a first key. Where another node was quicker, its key is given and this one forgotten.
pub async fn keep_first_key(db: &Db, now: DateTime<Utc>, private_pem: &str) -> Result<Vec<SigningKey>, DbErr> {
    let tx = db.begin().await?;
    lock::hold(&tx, Only::Provider).await?;
    let mut keys = signing_keys(&tx).await?;
    if keys.is_empty() {
        let kid = uuid::Uuid::now_v7().simple().to_string();
        provider_key::ActiveModel {
            kid: Set(kid.clone()),
            algorithm: Set("RS256".to_owned()),
            private_pem: Set(private_pem.to_owned()),
            created_at: Set(now),
            retired_at: Set(None),
        }
        .insert(&tx)
        .await?;
        keys.push(SigningKey {
            kid,
            private_pem: private_pem.to_owned(),
        });
    }
    tx.commit().await?;
    Ok(keys)
}

/// A client by its public name.
pub async fn client(db: &impl ConnectionTrait, client_id: &str) -> Result<Option<Client>, DbErr> {
    Ok(provider_client::Entity::find_by_id(client_id.to_owned())
        .one(db)
        .await?
        .map(Client::from))
}

/// The hub's own client, made with a new secret on the first start; its addresses follow the hub's.
pub async fn ensure_client(
    db: &Db,
    now: DateTime<Utc>,
    client_id: &str,
    redirect_uris: &[String],
    post_logout_redirect_uris: &[String],
) -> Result<Client, DbErr> {
    let as_wanted =
        |c: &Client| c.redirect_uris == redirect_uris && c.post_logout_redirect_uris == post_logout_redirect_uris;
    if let Some(known) = client(db.read(), client_id).await?.filter(as_wanted) {
        return Ok(known);
    }
    let json = |list: &[String]| serde_json::to_string(list).map_err(|e| DbErr::Json(e.to_string()));
    let tx = db.begin().await?;
    lock::hold(&tx, Only::Provider).await?;
    let mut row = provider_client::ActiveModel {
        client_id: Set(client_id.to_owned()),
        redirect_uris: Set(json(redirect_uris)?),
        post_logout_redirect_uris: Set(json(post_logout_redirect_uris)?),
        ..Default::default()
    };
    let row = if client(&tx, client_id).await?.is_some() {
        row.update(&tx).await?
    } else {
        row.client_secret = Set(tokens::secret());
        row.created_at = Set(now);
        row.insert(&tx).await?
    };
    tx.commit().await?;
    Ok(row.into())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::testing::{at, on_each_database};

    #[tokio::test(flavor = "multi_thread")]
    async fn nodes_that_start_together_share_one_key_and_one_client() {
        on_each_database(|db| async move {
            let now = at(2026, 11, 23, 9, 0);
            let mut nodes = tokio::task::JoinSet::new();
            for n in 0..5 {
                let db = db.clone();
                nodes.spawn(async move {
                    let keys = keep_first_key(&db, now, &format!("pem {n}")).await.unwrap();
                    let client = ensure_client(&db, now, "hub", &["a".into()], &["b".into()])
                        .await
                        .unwrap();
                    (
                        keys.into_iter().map(|k| (k.kid, k.private_pem)).collect::<Vec<_>>(),
                        client.client_secret,
                    )
                });
            }
            let seen = nodes.join_all().await;
            assert_eq!(seen.iter().collect::<std::collections::HashSet<_>>().len(), 1);
            let moved = ensure_client(&db, now, "hub", &["c".into()], &["b".into()])
                .await
                .unwrap();
            assert_eq!(
                (moved.redirect_uris, &moved.client_secret),
                (vec!["c".to_owned()], &seen[0].1)
            );
        })
        .await;
    }
}
