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

/// Languages by their own names, which need no translation.
const LANGUAGES: [(&str, &str); 62] = [
    ("ak", "Akan"),
    ("am", "አማርኛ"),
    ("ar", "العربية"),
    ("ay", "Aymar aru"),
    ("ber", "Tamaziɣt"),
    ("bg", "Български"),
    ("bn", "বাংলা"),
    ("ca", "Català"),
    ("cr", "ᓀᐦᐃᔭᐍᐏᐣ"),
    ("cs", "Čeština"),
    ("cy", "Cymraeg"),
    ("da", "Dansk"),
    ("de", "Deutsch"),
    ("el", "Ελληνικά"),
    ("en", "English"),
    ("eo", "Esperanto"),
    ("es", "Español"),
    ("eu", "Euskara"),
    ("fa", "فارسی"),
    ("fi", "Suomi"),
    ("fr", "Français"),
    ("ga", "Gaeilge"),
    ("gl", "Galego"),
    ("gn", "Avañe'ẽ"),
    ("ha", "Hausa"),
    ("he", "עברית"),
    ("hi", "हिन्दी"),
    ("hr", "Hrvatski"),
    ("ht", "Kreyòl ayisyen"),
    ("hu", "Magyar"),
    ("id", "Bahasa Indonesia"),
    ("ig", "Igbo"),
    ("it", "Italiano"),
    ("ja", "日本語"),
    ("ko", "한국어"),
    ("ku", "Kurdî"),
    ("lg", "Luganda"),
    ("luo", "Dholuo"),
    ("mi", "Te reo Māori"),
    ("ml", "മലയാളം"),
    ("nah", "Nāhuatl"),
    ("nb", "Norsk bokmål"),
    ("nl", "Nederlands"),
    ("oc", "Occitan"),
    ("pa", "ਪੰਜਾਬੀ"),
    ("pl", "Polski"),
    ("pt", "Português"),
    ("qu", "Runasimi"),
    ("ro", "Română"),
    ("ru", "Русский"),
    ("so", "Soomaali"),
    ("sv", "Svenska"),
    ("sw", "Kiswahili"),
    ("ta", "தமிழ்"),
    ("tr", "Türkçe"),
    ("uk", "Українська"),
    ("ur", "اردو"),
    ("vi", "Tiếng Việt"),
    ("xh", "isiXhosa"),
    ("yo", "Yorùbá"),
    ("zh", "中文"),
    ("zu", "isiZulu"),
];

/// The own name of a language, with what its tag adds: `Português (BR)`. A tag without a known name stands for itself.
pub fn language(tag: &str) -> String {
    let (primary, rest) = tag.split_once('-').unwrap_or((tag, ""));
    let name = LANGUAGES
        .iter()
        .find(|(known, _)| *known == primary)
        .map_or(primary, |(_, name)| name);
    if rest.is_empty() {
        name.to_owned()
    } else {
        format!("{name} ({rest})")
    }
}

#[cfg(test)]
mod tests {
    use super::language;

    #[test]
    fn languages_go_by_their_own_names() {
        assert_eq!(language("pt-BR"), "Português (BR)");
        assert_eq!(language("ca"), "Català");
        assert_eq!(language("xx"), "xx");
    }
}
