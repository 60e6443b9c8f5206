//! Translations: keys checked by the compiler, made by `build.rs` from `app/locales`.

#[allow(clippy::all, clippy::expect_used, clippy::pedantic, missing_docs, unreachable_pub, unused)]
mod made {
    include!(concat!(env!("OUT_DIR"), "/i18n/mod.rs"));
}

pub use made::i18n::*;

/// A translated text: `tr!(cx.locale, sessions.book_place)`, with `name = value` for what it interpolates.
macro_rules! tr {
    ($locale:expr, $($key:tt)+) => { ::leptos_i18n::td_string!($locale, $($key)+) };
}
pub(crate) use tr;

/// The languages of the hub: code and own name.
pub const LANGUAGES: [(Locale, &str, &str); 2] = [(Locale::en, "en", "English"), (Locale::es, "es", "Español")];

/// The locale for a language tag such as `es-MX`, if the hub speaks it.
pub fn locale_for(tag: &str) -> Option<Locale> {
    let language = tag.split(['-', '_', ';']).next()?.trim().to_ascii_lowercase();
    LANGUAGES.iter().find(|(_, code, _)| *code == language).map(|(locale, ..)| *locale)
}

/// The code of a locale, for `lang` and cookies.
pub fn code(locale: Locale) -> &'static str {
    LANGUAGES.iter().find(|(known, ..)| *known == locale).map_or("en", |(_, code, _)| code)
}

/// How chrono writes days and months in this language.
pub fn chrono_locale(locale: Locale) -> chrono::Locale {
    match locale {
        Locale::en => chrono::Locale::en_GB,
        Locale::es => chrono::Locale::es_ES,
    }
}
