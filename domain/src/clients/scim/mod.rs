//! Accounts sent ahead to tools that take them (SCIM 2.0, RFC 7643 and 7644): the hub is the client that pushes.
//!
//! [`wishes`] says what a tool should know; [`look`] compares it with what the tool was told and writes down what differs;
//! [`settle`] does so for every tool and puts a *push* into the outbox where something does. Whoever carries a push looks
//! again, sends, and notes each answer at once ([`Work`]), so that a push that breaks off goes on where it was. Only
//! the last push of a tool is carried, and one at a time.

mod ended;
mod look;
mod model;
mod overview;
mod rules;
mod settle;
mod target;
mod wishes;
mod work;

pub use ended::{AtTool, Ended, by_hand, known_by, of_member};
pub use look::{Look, Resource, group_wanted, look};
pub use model::{Counts, GONE, Group, INACTIVE, Kind, Target, TargetForm, Trouble, User};
pub use overview::{Overview, Refusal, counts, overview, refusals};
pub use rules::{endpoint_may_be, token_may_be};
pub use settle::{PUSH, Push, again, settle};
pub use target::{get, open_token, resend, save};
pub use wishes::{Wishes, wishes};
pub use work::Work;

pub(super) use ended::end_member;

#[cfg(test)]
mod tests;
