//! The directory: the list, profiles, and editing one's own.

pub mod actions;
mod edit;
mod list;
mod profile;
pub mod words;

pub use edit::EditProfilePage;
pub use list::MembersPage;
pub use profile::ProfilePage;
