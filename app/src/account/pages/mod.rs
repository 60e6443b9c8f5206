//! Pages around one's own account.

mod device_code;
mod own;
mod provider;
mod trouble;
mod ways;
mod welcome;

pub use device_code::DevicePage;
pub use own::{AccountPage, SessionsPage};
pub use provider::{ForgotPage, InvitationPage, LetterPage, RegisterPage, ResetPage, SignInPage, SignOutPage};
pub use trouble::TroublePage;
pub use ways::{ChoosePage, IdentitiesPage, KnownPage, SignedOutPage};
pub use welcome::WelcomePage;

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use crate::page::asked;

/// A part of the path.
fn part(name: &str) -> String {
    use_params_map().with_untracked(|params| params.get(name).unwrap_or_default())
}
