//! The parties that sign people in through the provider.

use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, Set,
    sea_query::OnConflict,
};
use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq;

use super::{Algorithm, AuthMethod, Client, ClientKind, GrantType, SubjectType};
use crate::{
    MemberId, ToolId,
    accounts::{
        entity::{provider_assertion, provider_client},
        lock::{self, Only},
    },
    db::Db,
    seal::{Place, SealError, Sealer, is_sealed},
    tokens,
};

/// Where the hub's own secret stands.
const SECRET: &str = "provider_clients.sealed_secret";

impl TryFrom<provider_client::Model> for Client {
    type Error = DbErr;

    /// A row that cannot be read is an error, never a client with fewer limits.
    fn try_from(row: provider_client::Model) -> Result<Self, DbErr> {
        let broken = |what: &str| DbErr::Custom(format!("the client {} has an unreadable {what}", row.client_id));
        let list = |json: &str, what| serde_json::from_str::<Vec<String>>(json).map_err(|_| broken(what));
        Ok(Self {
            redirect_uris: list(&row.redirect_uris, "redirect_uris")?,
            post_logout_redirect_uris: list(&row.post_logout_redirect_uris, "post_logout_redirect_uris")?,
            kind: ClientKind::read(&row.kind).ok_or_else(|| broken("kind"))?,
            auth: AuthMethod::read(&row.auth_method).ok_or_else(|| broken("auth_method"))?,
            grant_types: row.grant_types.split_whitespace().filter_map(GrantType::read).collect(),
            id_token_algorithm: Algorithm::read(&row.id_token_algorithm).ok_or_else(|| broken("id_token_algorithm"))?,
            subject_type: SubjectType::read(&row.subject_type).ok_or_else(|| broken("subject_type"))?,
            audience: serde_json::from_str(&row.audience).map_err(|_| broken("audience"))?,
            scopes: row.scopes.split_whitespace().map(str::to_owned).collect(),
            old_secret: row
                .old_secret_until
                .filter(|_| !row.old_secret_hash.is_empty())
                .map(|until| (row.old_secret_hash.clone(), until)),
            client_id: row.client_id,
            name: row.name,
            tool: row.tool_id.map(ToolId),
            secret_hash: row.secret_hash,
            secret_at: row.secret_at,
            jwks: row.jwks,
            sector: row.sector,
            backchannel_logout_uri: row.backchannel_logout_uri,
            backchannel_session_required: row.backchannel_session_required,
            frontchannel_logout_uri: row.frontchannel_logout_uri,
            frontchannel_session_required: row.frontchannel_session_required,
            asks_consent: row.asks_consent,
            claims_in_id_token: row.claims_in_id_token,
            created_by: row.created_by.map(MemberId),
            created_at: row.created_at,
            disabled_at: row.disabled_at,
            registration_token_hash: row.registration_token_hash,
        })
    }
}

/// Everything of a client but the secret that only the hub's own has.
fn active(client: &Client) -> Result<provider_client::ActiveModel, DbErr> {
    fn json<T: serde::Serialize + ?Sized>(value: &T) -> Result<String, DbErr> {
        serde_json::to_string(value).map_err(|e| DbErr::Json(e.to_string()))
    }
    let grants: Vec<_> = client.grant_types.iter().map(|grant| grant.as_str()).collect();
    let (old_hash, old_until) = client.old_secret.clone().unzip();
    Ok(provider_client::ActiveModel {
        client_id: Set(client.client_id.clone()),
        sealed_secret: sea_orm::NotSet,
        redirect_uris: Set(json(&client.redirect_uris)?),
        post_logout_redirect_uris: Set(json(&client.post_logout_redirect_uris)?),
        created_at: Set(client.created_at),
        name: Set(client.name.clone()),
        tool_id: Set(client.tool.map(|id| id.0)),
        kind: Set(client.kind.as_str().to_owned()),
        auth_method: Set(client.auth.as_str().to_owned()),
        secret_hash: Set(client.secret_hash.clone()),
        secret_at: Set(client.secret_at),
        old_secret_hash: Set(old_hash.unwrap_or_default()),
        old_secret_until: Set(old_until),
        jwks: Set(client.jwks.clone()),
        scopes: Set(client.scopes.join(" ")),
        grant_types: Set(grants.join(" ")),
        id_token_algorithm: Set(client.id_token_algorithm.as_str().to_owned()),
        subject_type: Set(client.subject_type.as_str().to_owned()),
        sector: Set(client.sector.clone()),
        backchannel_logout_uri: Set(client.backchannel_logout_uri.clone()),
        backchannel_session_required: Set(client.backchannel_session_required),
        frontchannel_logout_uri: Set(client.frontchannel_logout_uri.clone()),
        frontchannel_session_required: Set(client.frontchannel_session_required),
        audience: Set(json(&client.audience)?),
        asks_consent: Set(client.asks_consent),
        claims_in_id_token: Set(client.claims_in_id_token),
        created_by: Set(client.created_by.map(|id| id.0)),
        disabled_at: Set(client.disabled_at),
        registration_token_hash: Set(client.registration_token_hash.clone()),
    })
}

impl Client {
    /// Gives it a new secret, which is told once; the one before still opens for as long as said.
    pub fn renew_secret(&mut self, now: DateTime<Utc>, old_until: Option<DateTime<Utc>>) -> SecretString {
        let secret = tokens::secret();
        let before = std::mem::replace(&mut self.secret_hash, tokens::fingerprint(&secret));
        self.old_secret = old_until.filter(|_| !before.is_empty()).map(|until| (before, until));
        self.secret_at = Some(now);
        secret.into()
    }

    /// Whether this is its secret, or the one before while that still opens. A client without a secret has none that fits.
    pub fn secret_fits(&self, given: &str, now: DateTime<Utc>) -> bool {
        let given = tokens::fingerprint(given);
        let same = |hash: &str| bool::from(hash.as_bytes().ct_eq(given.as_bytes()));
        let before = self
            .old_secret
            .as_ref()
            .is_some_and(|(hash, until)| same(hash) && *until > now);
        same(&self.secret_hash) || before
    }
}

/// A client by its public name, also one that is out of use.
pub async fn client(db: &impl ConnectionTrait, client_id: &str) -> Result<Option<Client>, DbErr> {
    provider_client::Entity::find_by_id(client_id.to_owned())
        .one(db)
        .await?
        .map(Client::try_from)
        .transpose()
}

/// All clients, by name; also those that are out of use.
pub async fn clients(db: &impl ConnectionTrait) -> Result<Vec<Client>, DbErr> {
    let rows = provider_client::Entity::find()
        .order_by_asc(provider_client::Column::Name)
        .order_by_asc(provider_client::Column::ClientId)
        .all(db)
        .await?;
    rows.into_iter().map(Client::try_from).collect()
}

/// The clients of a tool.
pub async fn clients_of_tool(db: &impl ConnectionTrait, tool: ToolId) -> Result<Vec<Client>, DbErr> {
    let rows = provider_client::Entity::find()
        .filter(provider_client::Column::ToolId.eq(tool.0))
        .order_by_asc(provider_client::Column::CreatedAt)
        .all(db)
        .await?;
    rows.into_iter().map(Client::try_from).collect()
}

/// Writes a new client.
pub async fn insert_client(db: &impl ConnectionTrait, client: &Client) -> Result<(), DbErr> {
    let mut row = active(client)?;
    row.sealed_secret = Set(String::new());
    row.insert(db).await?;
    Ok(())
}

/// Writes a client anew.
pub async fn save_client(db: &impl ConnectionTrait, client: &Client) -> Result<(), DbErr> {
    active(client)?.update(db).await?;
    Ok(())
}

/// The hub's own client with its secret, made on the first start; its addresses follow the hub's. A secret that an earlier
/// version kept in clear is sealed.
pub async fn ensure_hub_client(
    db: &Db,
    now: DateTime<Utc>,
    sealer: &Sealer,
    wanted: &Client,
) -> Result<(Client, SecretString), SealError> {
    let client_id = wanted.client_id.as_str();
    let place = Place::new(SECRET, client_id);
    let find = provider_client::Entity::find_by_id(client_id.to_owned());
    if let Some(row) = find.clone().one(db.read()).await?
        && is_sealed(&row.sealed_secret)
    {
        let secret = sealer.open(place, &row.sealed_secret)?;
        let known = Client::try_from(row)?;
        if same_settings(&known, wanted) && known.secret_fits(secret.expose_secret(), now) {
            return Ok((known, secret));
        }
    }
    let tx = db.begin().await?;
    lock::hold(&tx, Only::Provider).await?;
    let known = find.one(&tx).await?;
    let new = known.is_none();
    let secret: SecretString = match &known {
        Some(row) if is_sealed(&row.sealed_secret) => sealer.open(place, &row.sealed_secret)?,
        Some(row) if !row.sealed_secret.is_empty() => row.sealed_secret.clone().into(),
        _ => tokens::secret().into(),
    };
    let client = Client {
        secret_hash: tokens::fingerprint(secret.expose_secret()),
        secret_at: known
            .as_ref()
            .map_or(Some(now), |row| row.secret_at.or(Some(row.created_at))),
        created_at: known.map_or(now, |row| row.created_at),
        ..wanted.clone()
    };
    let mut row = active(&client)?;
    row.sealed_secret = Set(sealer.seal(place, secret.expose_secret())?);
    if new {
        row.insert(&tx).await?;
    } else {
        row.update(&tx).await?;
    }
    tx.commit().await?;
    Ok((client, secret))
}

fn same_settings(known: &Client, wanted: &Client) -> bool {
    let known = Client {
        secret_hash: String::new(),
        secret_at: None,
        created_at: wanted.created_at,
        ..known.clone()
    };
    known == *wanted
}

/// Takes a client assertion: true where it was not taken before.
pub async fn take_assertion(db: &Db, assertion: &str, expires_at: DateTime<Utc>) -> Result<bool, DbErr> {
    use provider_assertion::{ActiveModel, Column, Entity};
    let tx = db.begin().await?;
    let row = ActiveModel {
        assertion_hash: Set(tokens::fingerprint(assertion)),
        expires_at: Set(expires_at),
    };
    let inserted = Entity::insert(row)
        .on_conflict(OnConflict::column(Column::AssertionHash).do_nothing().to_owned())
        .exec_without_returning(&tx)
        .await?;
    tx.commit().await?;
    Ok(inserted == 1)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use chrono::TimeDelta;

    use super::*;
    use crate::testing::{at, on_each_database, sealer};

    fn hub(redirect: &str) -> Client {
        Client {
            redirect_uris: vec![redirect.to_owned()],
            ..Client::new("hub", "Hub", at(2026, 11, 23, 9, 0))
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn nodes_that_start_together_share_one_client() {
        on_each_database(|db| async move {
            let now = at(2026, 11, 23, 9, 0);
            let mut nodes = tokio::task::JoinSet::new();
            for _ in 0..5 {
                let db = db.clone();
                nodes.spawn(async move {
                    let (client, secret) = ensure_hub_client(&db, now, &sealer(), &hub("a")).await.unwrap();
                    assert!(client.secret_fits(secret.expose_secret(), now));
                    secret.expose_secret().to_owned()
                });
            }
            let seen = nodes.join_all().await;
            assert_eq!(seen.iter().collect::<std::collections::HashSet<_>>().len(), 1);
            let (moved, secret) = ensure_hub_client(&db, now, &sealer(), &hub("c")).await.unwrap();
            assert_eq!(moved.redirect_uris, vec!["c".to_owned()]);
            assert_eq!(secret.expose_secret(), seen[0]);
            let row = provider_client::Entity::find_by_id("hub")
                .one(db.read())
                .await
                .unwrap()
                .unwrap();
            assert!(is_sealed(&row.sealed_secret), "not in clear");
        })
        .await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_secret_that_an_earlier_version_left_in_clear_is_sealed_and_stays_the_same() {
        on_each_database(|db| async move {
            let now = at(2026, 11, 23, 9, 0);
            let tx = db.begin().await.unwrap();
            tx.execute_unprepared(
                "INSERT INTO provider_clients (client_id, sealed_secret, redirect_uris, post_logout_redirect_uris, created_at)
                 VALUES ('hub', 'in clear', '[\"a\"]', '[]', '2026-01-01T00:00:00+00:00')",
            )
            .await
            .unwrap();
            tx.commit().await.unwrap();
            let (_, secret) = ensure_hub_client(&db, now, &sealer(), &hub("a")).await.unwrap();
            assert_eq!(secret.expose_secret(), "in clear");
            let row = provider_client::Entity::find_by_id("hub").one(db.read()).await.unwrap().unwrap();
            assert!(is_sealed(&row.sealed_secret));
            let (_, again) = ensure_hub_client(&db, now, &sealer(), &hub("a")).await.unwrap();
            assert_eq!(again.expose_secret(), "in clear");
        })
        .await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_client_comes_back_as_it_was_written_and_a_changed_secret_opens_for_a_while() {
        on_each_database(|db| async move {
            let now = at(2026, 11, 23, 9, 0);
            let mut files = Client {
                grant_types: vec![GrantType::AuthorizationCode, GrantType::RefreshToken],
                subject_type: SubjectType::Pairwise,
                asks_consent: true,
                ..Client::new("files", "Files", now)
            };
            assert!(!files.secret_fits("", now), "no secret is not the empty secret");
            let first = files.renew_secret(now, None);
            let tx = db.begin().await.unwrap();
            insert_client(&tx, &files).await.unwrap();
            tx.commit().await.unwrap();
            let mut files = client(db.read(), "files").await.unwrap().unwrap();
            assert_eq!(clients(db.read()).await.unwrap(), vec![files.clone()]);
            let second = files.renew_secret(now, Some(now + TimeDelta::hours(1)));
            let tx = db.begin().await.unwrap();
            save_client(&tx, &files).await.unwrap();
            tx.commit().await.unwrap();
            let files = client(db.read(), "files").await.unwrap().unwrap();
            assert!(files.secret_fits(first.expose_secret(), now) && files.secret_fits(second.expose_secret(), now));
            assert!(!files.secret_fits(first.expose_secret(), now + TimeDelta::hours(1)));
            assert!(!files.secret_fits("", now));
        })
        .await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn an_assertion_is_taken_once() {
        on_each_database(|db| async move {
            let until = at(2026, 11, 23, 9, 5);
            assert!(take_assertion(&db, "a", until).await.unwrap());
            assert!(!take_assertion(&db, "a", until).await.unwrap());
            assert!(take_assertion(&db, "b", until).await.unwrap());
        })
        .await;
    }
}
