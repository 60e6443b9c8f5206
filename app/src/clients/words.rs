//! Doors and scopes in words.

use domain::{
    circles::Circle,
    clients::{Audience, Scope, scim::Trouble},
};

use crate::i18n::{Locale, tr};

/// Who may enter.
pub fn door(l: Locale, door: Audience, circles: &[Circle]) -> String {
    match door {
        Audience::Everybody => tr!(l, clients.door_everybody).to_string(),
        Audience::Members => tr!(l, clients.door_members).to_string(),
        Audience::Operational => tr!(l, clients.door_operational).to_string(),
        Audience::Users => tr!(l, clients.door_users).to_string(),
        Audience::Circle(id) => {
            let name = circles.iter().find(|circle| circle.id == id).map_or("?", |circle| circle.name.as_str());
            tr!(l, clients.door_of_circle, circle = name).to_string()
        }
    }
}

/// What a tool learns by a scope.
pub fn scope(l: Locale, scope: Scope) -> String {
    match scope {
        Scope::Profile => tr!(l, clients.scope_profile).to_string(),
        Scope::Email => tr!(l, clients.scope_email).to_string(),
        Scope::Groups => tr!(l, clients.scope_groups).to_string(),
        Scope::Membership => tr!(l, clients.scope_membership).to_string(),
        Scope::Offline => tr!(l, clients.scope_offline).to_string(),
    }
}

/// What went wrong with accounts that are sent ahead, and what would help.
pub fn trouble(l: Locale, trouble: Trouble) -> String {
    match trouble {
        Trouble::Silent => tr!(l, clients.trouble_silent).to_string(),
        Trouble::Private => tr!(l, clients.trouble_private).to_string(),
        Trouble::Token => tr!(l, clients.trouble_token).to_string(),
        Trouble::NotThere => tr!(l, clients.trouble_not_there).to_string(),
        Trouble::Moved => tr!(l, clients.trouble_moved).to_string(),
        Trouble::Busy => tr!(l, clients.trouble_busy).to_string(),
        Trouble::Broken => tr!(l, clients.trouble_broken).to_string(),
        Trouble::Refused => tr!(l, clients.trouble_refused).to_string(),
        Trouble::Taken => tr!(l, clients.trouble_taken).to_string(),
        Trouble::Unreadable => tr!(l, clients.trouble_unreadable).to_string(),
        Trouble::Sealed => tr!(l, clients.trouble_sealed).to_string(),
    }
}

/// Pairs for a choice of door.
pub fn doors(l: Locale) -> Vec<(String, String)> {
    [
        ("everybody", tr!(l, clients.door_everybody).to_string()),
        ("members", tr!(l, clients.door_members).to_string()),
        ("operational", tr!(l, clients.door_operational).to_string()),
        ("users", tr!(l, clients.door_users).to_string()),
        ("circle", tr!(l, clients.door_circle).to_string()),
    ]
    .into_iter()
    .map(|(value, words)| (value.to_owned(), words))
    .collect()
}
