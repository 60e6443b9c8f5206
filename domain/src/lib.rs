//! The commons: members, spaces, sessions, bookings, assemblies, handbook, tools.
//!
//! Plain types and rules, compiled for the browser too. The feature `db` adds the stores: `SeaORM` entities, private to
//! their store, and the transactions that keep an invariant. Nothing here reads the clock: the time is an argument.

pub mod accounts;
pub mod assemblies;
pub mod bookings;
pub mod circles;
pub mod clients;
pub mod handbook;
pub mod members;
pub mod reviews;
pub mod sessions;
pub mod spaces;
pub mod tools;

pub mod access;
#[cfg(feature = "db")]
pub mod audit;
#[cfg(feature = "db")]
pub mod db;
#[cfg(feature = "db")]
pub mod markdown;
#[cfg(feature = "db")]
pub mod outbox;
#[cfg(feature = "db")]
pub mod seal;
#[cfg(feature = "testing")]
pub mod testing;
#[cfg(feature = "db")]
pub mod tokens;

mod id;
mod problem;

pub use id::{AccountId, AgendaItemId, BookingId, CircleId, EntryId, MemberId, SeriesId, SessionId, SpaceId, ToolId};
pub use problem::{Kind, Problem};
