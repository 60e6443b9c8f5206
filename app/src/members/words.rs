//! Words for what the directory keeps as codes.

use domain::members::{Class, Field, Standing, Visibility};

use crate::i18n::{Locale, tr};

/// The class of a member.
pub fn class(l: Locale, class: Class) -> String {
    match (class.operational, class.user) {
        (true, true) => tr!(l, members.both).to_string(),
        (true, false) => tr!(l, members.operational).to_string(),
        (false, true) => tr!(l, members.user).to_string(),
        (false, false) => tr!(l, members.guest).to_string(),
    }
}

/// The state of a member in the register.
pub fn standing(l: Locale, standing: Standing) -> String {
    match standing {
        Standing::Applicant => tr!(l, members.standing_applicant).to_string(),
        Standing::Active => tr!(l, members.standing_active).to_string(),
        Standing::Inactive => tr!(l, members.standing_inactive).to_string(),
        Standing::Lapsed => tr!(l, members.standing_lapsed).to_string(),
        Standing::Left => tr!(l, members.standing_left).to_string(),
    }
}

/// The name of a field of the profile.
pub fn field(l: Locale, field: Field) -> String {
    match field {
        Field::Pronouns => tr!(l, members.pronouns).to_string(),
        Field::About => tr!(l, members.about).to_string(),
        Field::Email => tr!(l, members.email).to_string(),
        Field::Website => tr!(l, members.website).to_string(),
        Field::Languages => tr!(l, members.languages).to_string(),
        Field::TimeZone => tr!(l, members.time_zone).to_string(),
        Field::Region => tr!(l, members.region).to_string(),
        Field::Organisation => tr!(l, members.belongs_to).to_string(),
        Field::Circles => tr!(l, members.circles).to_string(),
    }
}

/// Who sees a field, as a choice.
pub fn visibility(l: Locale, visibility: Visibility) -> String {
    match visibility {
        Visibility::Public => tr!(l, members.visible_public).to_string(),
        Visibility::Members => tr!(l, members.visible_members).to_string(),
        Visibility::Nobody => tr!(l, members.visible_nobody).to_string(),
    }
}

/// Who sees a field, told to its owner.
pub fn shown_to(l: Locale, visibility: Visibility) -> String {
    match visibility {
        Visibility::Public => tr!(l, members.shown_to_public).to_string(),
        Visibility::Members => tr!(l, members.shown_to_members).to_string(),
        Visibility::Nobody => tr!(l, members.shown_to_nobody).to_string(),
    }
}
