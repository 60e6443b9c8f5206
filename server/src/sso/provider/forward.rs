//! The hub exchanges a code for a tool that it guards: in this process, without the tool's secret.

use domain::{
    AccountId,
    accounts::{
        grants::{self, CodeError},
        provider::client,
    },
};

use super::claims;
use crate::sso::Sso;

/// Whose code it is and in which session; none where it gives nothing. The session map learns of the tool here.
pub(in crate::sso) async fn redeem(
    sso: &Sso,
    client_id: &str,
    code: &str,
    redirect_uri: &str,
    verifier: &str,
) -> Result<Option<(AccountId, String)>, Box<dyn std::error::Error + Send + Sync>> {
    let Some(party) = client(sso.db.read(), client_id).await? else {
        return Ok(None);
    };
    let (grant, _, _) =
        match grants::redeem_code(&sso.db, sso.now(), code, client_id, redirect_uri, Some(verifier)).await {
            Ok(given) => given,
            Err(CodeError::Db(error)) => return Err(error.into()),
            Err(reason) => {
                tracing::warn!(client = client_id, %reason, "a code was refused");
                return Ok(None);
            }
        };
    claims::note(sso, &party, &grant).await?;
    Ok(grant.sid.clone().map(|sid| (grant.account, sid)))
}
