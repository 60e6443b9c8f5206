//! Languages by their own names, as their speakers look for them.

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
