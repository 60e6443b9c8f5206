//! The answer of a person to a program that shows a code.

use chrono::{DateTime, Utc};
use sea_orm::DbErr;

use super::{
    grants::{answer_device, look_at_device},
    provider::{ProviderSession, client, facts, may_enter},
};
use crate::{
    clients::{Scope, consents},
    db::Db,
};

/// What came of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Said {
    /// The program is in.
    Allowed,
    /// The person kept it out.
    Refused,
    /// The person may not use it, and it was kept out.
    Denied,
    /// Nothing waits under this code any more.
    Late,
}

impl Said {
    /// The word in addresses.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::Refused => "refused",
            Self::Denied => "denied",
            Self::Late => "late",
        }
    }
}

/// The person of this session lets the program in, or not. A yes is a consent too.
pub async fn answer(
    db: &Db,
    now: DateTime<Utc>,
    code: &str,
    session: &ProviderSession,
    yes: bool,
) -> Result<Said, DbErr> {
    let Some(device) = look_at_device(db.read(), now, code).await? else {
        return Ok(Said::Late);
    };
    let known = client(db.read(), &device.client_id).await?;
    let open = known.filter(|client| client.disabled_at.is_none());
    let facts = facts(db.read(), session.account).await?;
    let may = open
        .zip(facts)
        .is_some_and(|(client, facts)| may_enter(&client, &facts).is_ok());
    if !answer_device(db, now, code, session, yes && may).await? {
        return Ok(Said::Late);
    }
    if !yes {
        return Ok(Said::Refused);
    }
    if !may {
        return Ok(Said::Denied);
    }
    let scopes = Scope::list(&device.scope);
    consents::give(db, now, session.account, &device.client_id, &scopes).await?;
    Ok(Said::Allowed)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::{
        access::Audience,
        accounts::{
            grants::{
                start_device,
                testing::{grant, now},
            },
            provider::{save_client, sessions},
        },
        testing::on_each_database,
    };

    #[tokio::test(flavor = "multi_thread")]
    async fn only_who_may_use_a_program_lets_it_in() {
        on_each_database(|db| async move {
            let known = grant(&db, "openid").await;
            let session = sessions::open(db.read(), known.sid.as_deref().unwrap())
                .await
                .unwrap()
                .unwrap();
            let answer = async |yes| {
                let (_, code, _) = start_device(&db, now(), "files", "openid email").await.unwrap();
                super::answer(&db, now(), &code, &session, yes).await.unwrap()
            };
            assert_eq!(answer(false).await, Said::Refused);
            let allowed = async || consents::allowed(db.read(), known.account, "files").await.unwrap();
            assert_eq!(allowed().await, None);
            assert_eq!(answer(true).await, Said::Allowed);
            assert_eq!(allowed().await, Some(vec![Scope::Email]));
            let mut files = client(db.read(), "files").await.unwrap().unwrap();
            files.audience = Audience::Members;
            let tx = db.begin().await.unwrap();
            save_client(&tx, &files).await.unwrap();
            tx.commit().await.unwrap();
            assert_eq!(answer(true).await, Said::Denied);
            assert_eq!(
                super::answer(&db, now(), "NOBODY", &session, true).await.unwrap(),
                Said::Late
            );
        })
        .await;
    }
}
