//! Recovery codes on their way to the one page that shows them, sealed while they wait in the session.

use domain::seal::Place;
use secrecy::ExposeSecret;

use crate::{account::at_provider::lost, ctx::Ctx, forms::Failed};

/// Session key of codes that were made and not shown yet.
const CODES: &str = "recovery_codes";
const PLACE: Place<'static> = Place { column: "browser_sessions.data", row: CODES };

/// Keeps codes for the next page.
pub(crate) async fn keep(cx: &Ctx, codes: &[String]) -> Result<(), Failed> {
    let sealed = cx.services.sealer.seal(PLACE, &codes.join(" ")).map_err(|error| {
        tracing::error!(%error, "recovery codes could not be kept for their page");
        Failed::field("", "internal")
    })?;
    cx.session.insert(CODES, sealed).await.map_err(lost)
}

/// Takes the codes out, once.
pub(crate) async fn take(cx: &Ctx) -> Vec<String> {
    let Ok(Some(sealed)) = cx.session.remove::<String>(CODES).await else { return Vec::new() };
    match cx.services.sealer.open(PLACE, &sealed) {
        Ok(codes) => codes.expose_secret().split(' ').map(str::to_owned).collect(),
        Err(_) => Vec::new(),
    }
}
