//! What the built-in provider is made of: its keys, the clients it knows, its sessions, and who people are to clients.

mod access;
pub mod acr;
mod clients;
mod facts;
pub mod keys;
mod model;
pub mod sessions;
mod subjects;

pub use access::{HUB, may_enter};
pub use clients::{client, clients, clients_of_tool, ensure_hub_client, insert_client, save_client, take_assertion};
pub use facts::{CLAIMS, Facts, SCOPES, facts, facts_of, people};
pub use model::{
    Algorithm, AuthMethod, Client, ClientKind, GrantType, KeyState, ProviderKey, ProviderSession, SessionClient,
    SubjectType,
};
pub use subjects::{account_of, subject_for, subjects_for};
