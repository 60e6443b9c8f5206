//! The directory: the list, profiles, and editing one's own.

pub mod actions;
mod edit;
mod list;
mod merge;
mod profile;
pub mod words;

pub use edit::EditProfilePage;
pub use list::MembersPage;
pub use merge::MergePage;
pub use profile::ProfilePage;
