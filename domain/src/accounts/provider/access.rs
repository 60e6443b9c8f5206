//! Who may enter which tool.

use super::{Client, Facts};
use crate::access::Denied;

/// The name by which the provider knows the hub itself.
pub const HUB: &str = "hub";

/// Whether this person may use this client. Those who have left may use none but the hub, which itself says so to them.
///
/// # Errors
/// Why not.
pub fn may_enter(client: &Client, facts: &Facts) -> Result<(), Denied> {
    if client.client_id == HUB {
        return Ok(());
    }
    if facts.has_left() {
        return Err(Denied::NotActive);
    }
    client.audience.may_enter(&facts.actor())
}
