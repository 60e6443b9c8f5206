//! Pages around the tools of the shared sign-on.

mod access;
mod consent;
mod edit;
mod list;
mod no_entry;
mod own;
mod scim;
mod tokens;

pub use access::AccessPage;
pub use consent::ConsentPage;
pub use edit::{ClientPage, NewClientPage};
pub use list::ClientsPage;
pub use no_entry::NoEntryPage;
pub use own::OwnToolsPage;
pub use tokens::RegistrationTokensPage;

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use crate::page::asked;

use crate::{
    ctx::Ctx,
    page::PageError,
};

/// A part of the path.
fn part(name: &str) -> String {
    use_params_map().with_untracked(|params| params.get(name).unwrap_or_default())
}

/// These pages are there only while the hub is its own provider.
fn provider_is_here(cx: &Ctx) -> Result<(), PageError> {
    if cx.settings().builtin_provider { Ok(()) } else { Err(PageError::NOT_FOUND) }
}
