//! Tools of the shared sign-on in the database. Each act of power leaves its line in the audit log.

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use uuid::Uuid;

use super::{
    Audience, Checked, ClientError, ClientForm, Proof, Scope, ToolClient, checked, may_manage,
    rows::{COLUMNS, Row, door_json, json, sql},
};
use crate::{MemberId, ToolId, access::Actor, audit, db::Db, tokens};

/// The hub's own client: kept by the hub itself.
const HUB: &str = "hub";
/// Names that no tool gets: the hub's own, and pages beside those of tools.
const RESERVED: [&str; 3] = [HUB, "new", "tokens"];
/// How long the secret before still opens, once a new one is made: long enough to type it into the tool.
pub const OLD_SECRET: TimeDelta = TimeDelta::hours(1);

/// Who does it: a signed-in person, or the command line.
#[derive(Debug, Clone, Copy)]
pub enum By<'a> {
    /// A person, who has to be allowed to.
    Person(&'a Actor),
    /// Whoever may run programs on the machine.
    CommandLine,
}

impl By<'_> {
    pub(super) fn checked(self) -> Result<Option<MemberId>, ClientError> {
        match self {
            Self::Person(actor) => Ok(Some(may_manage(actor)?.id)),
            Self::CommandLine => Ok(None),
        }
    }
}

/// A tool that was just registered, with the secret that is shown this once.
#[derive(Debug, Clone)]
pub struct Registered {
    /// The name by which it asks.
    pub client_id: String,
    /// What it proves itself with; none for a tool that cannot keep one.
    pub secret: Option<String>,
}

/// All tools but the hub itself, by name.
pub async fn list(db: &impl ConnectionTrait) -> Result<Vec<ToolClient>, DbErr> {
    let text = format!("SELECT {COLUMNS} FROM provider_clients c WHERE c.client_id <> $1 ORDER BY c.name, c.client_id");
    let rows = Row::find_by_statement(sql(db, &text, [HUB.into()])).all(db).await?;
    rows.into_iter().map(ToolClient::try_from).collect()
}

/// One of them.
pub async fn get(db: &impl ConnectionTrait, client_id: &str) -> Result<Option<ToolClient>, DbErr> {
    let text = format!("SELECT {COLUMNS} FROM provider_clients c WHERE c.client_id = $1");
    let row = Row::find_by_statement(sql(db, &text, [client_id.into()]))
        .one(db)
        .await?;
    row.map(ToolClient::try_from).transpose()
}

/// Registers a tool.
pub async fn add(db: &Db, by: By<'_>, form: &ClientForm, now: DateTime<Utc>) -> Result<Registered, ClientError> {
    let who = by.checked()?;
    let fine = checked(form)?;
    let tx = db.begin().await?;
    let registered = insert(&tx, who, form, &fine, now).await?;
    audit::record(&tx, now, who, "client.add", &registered.client_id, &fine.name).await?;
    tx.commit().await?;
    Ok(registered)
}

/// Writes a new tool, in the transaction of the act itself.
pub(super) async fn insert(
    tx: &impl ConnectionTrait,
    by: Option<MemberId>,
    form: &ClientForm,
    fine: &Checked,
    now: DateTime<Utc>,
) -> Result<Registered, ClientError> {
    known(tx, form.tool, form.door).await?;
    let client_id = free_name(tx, form.tool, &fine.name).await?;
    let secret = (form.proof == Proof::Secret).then(tokens::secret);
    let (kind, method) = kind(form.proof);
    tx.execute_raw(sql(
        tx,
        "INSERT INTO provider_clients (client_id, sealed_secret, redirect_uris, post_logout_redirect_uris, created_at, name,
            tool_id, kind, auth_method, secret_hash, secret_at, scopes, grant_types, subject_type, sector,
            backchannel_logout_uri, backchannel_session_required, audience, asks_consent, created_by)
         VALUES ($1, '', $2, $3, $4, $5, $6, $7, $8, $9, $4, $10, $11, $12, $13, $14, TRUE, $15, TRUE, $16)",
        [
            client_id.as_str().into(),
            json(&fine.redirect_uris)?.into(),
            json(&fine.post_logout_redirect_uris)?.into(),
            now.into(),
            fine.name.as_str().into(),
            form.tool.map(|tool| tool.0).into(),
            kind.into(),
            method.into(),
            secret.as_deref().map(tokens::fingerprint).unwrap_or_default().into(),
            scopes(&form.scopes).into(),
            grants(&form.scopes).into(),
            subject_type(form.pairwise).into(),
            sector(&fine.redirect_uris).into(),
            fine.backchannel_logout_uri.as_str().into(),
            door_json(form.door)?.into(),
            by.map(|by| by.0).into(),
        ],
    ))
    .await?;
    Ok(Registered { client_id, secret })
}

/// Changes what is known of a tool. Its name in requests and its secret stay.
pub async fn change(
    db: &Db,
    by: By<'_>,
    client_id: &str,
    form: &ClientForm,
    now: DateTime<Utc>,
) -> Result<(), ClientError> {
    let who = by.checked()?;
    let fine = checked(form)?;
    let tx = db.begin().await?;
    let before = own_apart(&tx, client_id).await?;
    known(&tx, form.tool, form.door).await?;
    update(&tx, client_id, form, &fine).await?;
    let detail = if before.door == form.door {
        ""
    } else {
        form.door.as_str()
    };
    audit::record(&tx, now, who, "client.change", client_id, detail).await?;
    tx.commit().await?;
    Ok(())
}

/// Writes a tool anew, in the transaction of the act itself.
pub(super) async fn update(
    tx: &impl ConnectionTrait,
    client_id: &str,
    form: &ClientForm,
    fine: &Checked,
) -> Result<(), ClientError> {
    tx.execute_raw(sql(
        tx,
        "UPDATE provider_clients SET name = $1, tool_id = $2, redirect_uris = $3, post_logout_redirect_uris = $4,
            backchannel_logout_uri = $5, scopes = $6, grant_types = $7, audience = $8
         WHERE client_id = $9",
        [
            fine.name.as_str().into(),
            form.tool.map(|tool| tool.0).into(),
            json(&fine.redirect_uris)?.into(),
            json(&fine.post_logout_redirect_uris)?.into(),
            fine.backchannel_logout_uri.as_str().into(),
            scopes(&form.scopes).into(),
            grants(&form.scopes).into(),
            door_json(form.door)?.into(),
            client_id.into(),
        ],
    ))
    .await?;
    Ok(())
}

/// Makes a new secret, shown this once. The one before opens for [`OLD_SECRET`] longer.
pub async fn rotate(db: &Db, by: By<'_>, client_id: &str, now: DateTime<Utc>) -> Result<String, ClientError> {
    let who = by.checked()?;
    let tx = db.begin().await?;
    if own_apart(&tx, client_id).await?.proof == Proof::None {
        return Err(ClientError::NoSecret);
    }
    let secret = tokens::secret();
    tx.execute_raw(sql(
        &tx,
        "UPDATE provider_clients SET old_secret_hash = secret_hash, old_secret_until = $1, secret_hash = $2, secret_at = $3
         WHERE client_id = $4",
        [
            (now + OLD_SECRET).into(),
            tokens::fingerprint(&secret).into(),
            now.into(),
            client_id.into(),
        ],
    ))
    .await?;
    audit::record(&tx, now, who, "client.rotate", client_id, "").await?;
    tx.commit().await?;
    Ok(secret)
}

/// Closes a tool's door for everybody, or opens it again.
pub async fn close(db: &Db, by: By<'_>, client_id: &str, closed: bool, now: DateTime<Utc>) -> Result<(), ClientError> {
    let who = by.checked()?;
    let tx = db.begin().await?;
    own_apart(&tx, client_id).await?;
    let at: Option<DateTime<Utc>> = closed.then_some(now);
    tx.execute_raw(sql(
        &tx,
        "UPDATE provider_clients SET disabled_at = $1 WHERE client_id = $2",
        [at.into(), client_id.into()],
    ))
    .await?;
    let act = if closed { "client.close" } else { "client.open" };
    audit::record(&tx, now, who, act, client_id, "").await?;
    tx.commit().await?;
    Ok(())
}

async fn own_apart(tx: &impl ConnectionTrait, client_id: &str) -> Result<ToolClient, ClientError> {
    if client_id == HUB {
        return Err(ClientError::Own);
    }
    get(tx, client_id).await?.ok_or(ClientError::NotFound)
}

/// The entry of the catalogue and the circle have to be there.
pub(super) async fn known(tx: &impl ConnectionTrait, tool: Option<ToolId>, door: Audience) -> Result<(), ClientError> {
    let there =
        async |text: &str, id: Uuid| Ok::<_, DbErr>(tx.query_one_raw(sql(tx, text, [id.into()])).await?.is_some());
    if let Some(tool) = tool
        && !there("SELECT 1 AS one FROM tools WHERE id = $1", tool.0).await?
    {
        return Err(ClientError::ToolUnknown);
    }
    if let Some(circle) = door.circle()
        && !there("SELECT 1 AS one FROM circles WHERE id = $1", circle.0).await?
    {
        return Err(ClientError::CircleUnknown);
    }
    Ok(())
}

/// A name in requests that says what it is: that of the catalogue, else made of the tool's name; with a number where it
/// is taken.
async fn free_name(tx: &impl ConnectionTrait, tool: Option<ToolId>, name: &str) -> Result<String, DbErr> {
    let slug = match tool {
        Some(tool) => tx
            .query_one_raw(sql(tx, "SELECT slug FROM tools WHERE id = $1", [tool.0.into()]))
            .await?
            .map(|row| row.try_get::<String>("", "slug"))
            .transpose()?,
        None => None,
    };
    let stem = slug.unwrap_or_else(|| crate::members::rules::handle_stem(name));
    let mut wanted = stem.clone();
    let mut number = 2;
    while RESERVED.contains(&wanted.as_str()) || get(tx, &wanted).await?.is_some() {
        wanted = format!("{stem}-{number}");
        number += 1;
    }
    Ok(wanted)
}

fn kind(proof: Proof) -> (&'static str, &'static str) {
    match proof {
        Proof::Secret => ("confidential", "client_secret_basic"),
        Proof::None => ("public", "none"),
    }
}

fn subject_type(pairwise: bool) -> &'static str {
    if pairwise { "pairwise" } else { "public" }
}

/// As on the wire; `openid` always.
fn scopes(scopes: &[Scope]) -> String {
    let words = Scope::ALL.into_iter().filter(|s| scopes.contains(s)).map(Scope::as_str);
    std::iter::once("openid").chain(words).collect::<Vec<_>>().join(" ")
}

/// Who may be told while the person is away refreshes; the others may for as long as the person is signed in.
fn grants(_: &[Scope]) -> &'static str {
    "authorization_code refresh_token"
}

/// Tools on one host know a person by one name.
fn sector(redirect_uris: &[String]) -> String {
    redirect_uris
        .first()
        .and_then(|address| url::Url::parse(address).ok())
        .and_then(|url| url.host_str().map(str::to_owned))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests;
