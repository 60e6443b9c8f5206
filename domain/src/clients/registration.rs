//! Tools that register themselves (RFC 7591), and look after what they wrote (RFC 7592).
//!
//! Whoever registers needs an *initial access token* that a steward made: it says who may enter what comes of it, how often
//! it is good and until when.

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};

use super::{
    Audience, ClientError, ClientForm, Proof, ToolClient, checked,
    rows::{door, door_json, sql},
    store::{self, By, Registered},
};
use crate::{audit, db::Db, tokens};

/// How long an initial access token is good.
pub const TOKEN_VALID: TimeDelta = TimeDelta::days(30);
/// Longest note.
const NOTE_LENGTH: usize = 120;
/// How often one token may be good at most.
pub const MOST_USES: i32 = 1000;

/// An initial access token, without the token itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InitialToken {
    /// Its fingerprint, to take it back by.
    pub hash: String,
    /// What it is for.
    pub note: String,
    /// Who may enter the tools that register with it.
    pub door: Audience,
    /// Until when it is good.
    pub expires_at: DateTime<Utc>,
    /// How often still.
    pub uses_left: i32,
}

#[derive(FromQueryResult)]
struct Row {
    token_hash: String,
    note: String,
    audience: String,
    expires_at: DateTime<Utc>,
    uses_left: i32,
}

impl TryFrom<Row> for InitialToken {
    type Error = DbErr;

    fn try_from(row: Row) -> Result<Self, DbErr> {
        Ok(Self {
            door: door(&row.audience)?,
            hash: row.token_hash,
            note: row.note,
            expires_at: row.expires_at,
            uses_left: row.uses_left,
        })
    }
}

/// Makes an initial access token; it is shown this once.
pub async fn make_token(
    db: &Db,
    by: By<'_>,
    note: &str,
    door: Audience,
    uses: i32,
    now: DateTime<Utc>,
) -> Result<String, ClientError> {
    let who = by.checked()?;
    let note = note.split_whitespace().collect::<Vec<_>>().join(" ");
    if note.is_empty() || note.chars().count() > NOTE_LENGTH {
        return Err(ClientError::NameMissing);
    }
    let token = tokens::secret();
    let tx = db.begin().await?;
    store::known(&tx, None, door).await?;
    tx.execute_raw(sql(
        &tx,
        "INSERT INTO registration_tokens (token_hash, note, audience, created_by, created_at, expires_at, uses_left)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        [
            tokens::fingerprint(&token).into(),
            note.as_str().into(),
            door_json(door)?.into(),
            who.map(|by| by.0).into(),
            now.into(),
            (now + TOKEN_VALID).into(),
            uses.clamp(1, MOST_USES).into(),
        ],
    ))
    .await?;
    audit::record(&tx, now, who, "client.token", &note, door.as_str()).await?;
    tx.commit().await?;
    Ok(token)
}

/// Tokens that still open registration, the newest first.
pub async fn usable_tokens(db: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<Vec<InitialToken>, DbErr> {
    let rows = Row::find_by_statement(sql(
        db,
        "SELECT token_hash, note, audience, expires_at, uses_left FROM registration_tokens
         WHERE expires_at > $1 AND uses_left > 0 ORDER BY created_at DESC, token_hash",
        [now.into()],
    ))
    .all(db)
    .await?;
    rows.into_iter().map(InitialToken::try_from).collect()
}

/// Takes a token back.
pub async fn revoke_token(db: &Db, by: By<'_>, hash: &str, now: DateTime<Utc>) -> Result<(), ClientError> {
    let who = by.checked()?;
    let tx = db.begin().await?;
    let taken = tx
        .execute_raw(sql(
            &tx,
            "UPDATE registration_tokens SET uses_left = 0 WHERE token_hash = $1",
            [hash.into()],
        ))
        .await?;
    if taken.rows_affected() == 0 {
        return Err(ClientError::NotFound);
    }
    audit::record(&tx, now, who, "client.token_back", "", "").await?;
    tx.commit().await?;
    Ok(())
}

/// What a tool says of itself, beside the form that stewards fill in. Its door is the token's to say.
#[derive(Debug, Clone)]
pub struct Registration {
    /// What a steward would write.
    pub form: ClientForm,
    /// How it proves itself at the token endpoint.
    pub auth_method: String,
}

/// A tool that has registered itself.
#[derive(Debug, Clone)]
pub struct SelfRegistered {
    /// Name and secret.
    pub client: Registered,
    /// What it looks after itself with, shown this once.
    pub registration_token: String,
}

/// Registers a tool with an initial access token.
pub async fn register(
    db: &Db,
    now: DateTime<Utc>,
    token: &str,
    mut new: Registration,
) -> Result<SelfRegistered, ClientError> {
    let fine = checked(&new.form)?;
    let hash = tokens::fingerprint(token);
    let tx = db.begin().await?;
    let used = tx
        .execute_raw(sql(
            &tx,
            "UPDATE registration_tokens SET uses_left = uses_left - 1
             WHERE token_hash = $1 AND expires_at > $2 AND uses_left > 0",
            [hash.as_str().into(), now.into()],
        ))
        .await?;
    if used.rows_affected() == 0 {
        return Err(ClientError::TokenRefused);
    }
    let row = Row::find_by_statement(sql(
        &tx,
        "SELECT token_hash, note, audience, expires_at, uses_left FROM registration_tokens WHERE token_hash = $1",
        [hash.into()],
    ))
    .one(&tx)
    .await?
    .ok_or(ClientError::TokenRefused)?;
    let with = InitialToken::try_from(row)?;
    new.form.door = with.door;
    let client = store::insert(&tx, None, &new.form, &fine, now).await?;
    let registration_token = tokens::secret();
    keep(&tx, &client.client_id, &new.auth_method, &registration_token).await?;
    audit::record(
        &tx,
        now,
        None,
        "client.registered_itself",
        &client.client_id,
        &with.note,
    )
    .await?;
    tx.commit().await?;
    Ok(SelfRegistered {
        client,
        registration_token,
    })
}

async fn keep(tx: &impl ConnectionTrait, client_id: &str, method: &str, token: &str) -> Result<(), DbErr> {
    tx.execute_raw(sql(
        tx,
        "UPDATE provider_clients SET auth_method = $1, registration_token_hash = $2 WHERE client_id = $3",
        [method.into(), tokens::fingerprint(token).into(), client_id.into()],
    ))
    .await?;
    Ok(())
}

/// A tool that registered itself and shows its registration access token; with how it proves itself.
pub async fn own(
    db: &impl ConnectionTrait,
    client_id: &str,
    token: &str,
) -> Result<Option<(ToolClient, String)>, DbErr> {
    let found = db
        .query_one_raw(sql(
            db,
            "SELECT auth_method FROM provider_clients
             WHERE client_id = $1 AND registration_token_hash = $2 AND registration_token_hash <> '' AND disabled_at IS NULL",
            [client_id.into(), tokens::fingerprint(token).into()],
        ))
        .await?;
    let Some(row) = found else { return Ok(None) };
    let method = row.try_get("", "auth_method")?;
    Ok(store::get(db, client_id).await?.map(|client| (client, method)))
}

/// A tool writes itself anew. What stewards decided stays: who may enter, its entry in the catalogue, and scopes that it
/// did not have before.
pub async fn rewrite(db: &Db, now: DateTime<Utc>, before: &ToolClient, new: &Registration) -> Result<(), ClientError> {
    let mut form = new.form.clone();
    form.door = before.door;
    form.tool = before.tool;
    form.proof = before.proof;
    form.pairwise = before.pairwise;
    form.scopes.retain(|scope| before.scopes.contains(scope));
    let fine = checked(&form)?;
    let tx = db.begin().await?;
    store::update(&tx, &before.client_id, &form, &fine).await?;
    if before.proof == Proof::Secret {
        tx.execute_raw(sql(
            &tx,
            "UPDATE provider_clients SET auth_method = $1 WHERE client_id = $2",
            [new.auth_method.as_str().into(), before.client_id.as_str().into()],
        ))
        .await?;
    }
    audit::record(&tx, now, None, "client.rewrote_itself", &before.client_id, "").await?;
    tx.commit().await?;
    Ok(())
}

/// A tool takes itself away: its door is closed and its token opens nothing more. What people did there is remembered.
pub async fn withdraw(db: &Db, now: DateTime<Utc>, client_id: &str) -> Result<(), ClientError> {
    let tx = db.begin().await?;
    tx.execute_raw(sql(
        &tx,
        "UPDATE provider_clients SET disabled_at = $1, registration_token_hash = '' WHERE client_id = $2",
        [now.into(), client_id.into()],
    ))
    .await?;
    audit::record(&tx, now, None, "client.withdrew_itself", client_id, "").await?;
    tx.commit().await?;
    Ok(())
}
