//! A configuration section is written once: struct, defaults and documentation are the same text.

/// One section of the configuration: a table of `hub.toml`.
#[derive(Debug, Clone, Copy)]
pub struct Section {
    /// Name of the table.
    pub name: &'static str,
    /// What it is about, a line each.
    pub docs: &'static [&'static str],
    /// Its keys.
    pub keys: &'static [Key],
    /// Whether there can be several, each under a name of its own in place of the last part of `name`.
    pub many: bool,
}

/// One key of a section.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    /// Its name within the section.
    pub name: &'static str,
    /// What it does and what is allowed, a line each.
    pub docs: &'static [&'static str],
    /// Its default, as TOML; a key without one is off until it is set.
    pub default: Option<&'static str>,
    /// What it could be, as TOML, where there is no default.
    pub example: Option<&'static str>,
    /// Whether its value must never be shown.
    pub secret: bool,
}

impl Key {
    /// Whether the value is text, so that `1234` in a variable means the text and not the number.
    pub fn is_text(&self) -> bool {
        self.default
            .or(self.example)
            .is_some_and(|literal| literal.starts_with('"'))
    }
}

/// Makes the struct of a section together with its [`Section`]. A field is written as
/// `name: Type = default,` or, without a default, `name: Option<Type>; such as example,`. A field with neither is a table
/// of sections that are documented by themselves.
macro_rules! documented {
    (
        $(#[doc = $doc:literal])*
        $section:ident: $name:ident {
            $(
                $(#[doc = $field_doc:literal])*
                $field:ident: $type:ty $(= $default:tt)? $(; such as $example:tt)?,
            )*
        }
    ) => {
        // The documentation is written for the example file as well: addresses stand in quotes there.
        $(#[doc = $doc])*
        #[allow(clippy::doc_markdown)]
        #[derive(Debug, Clone, serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct $name {
            $( $(#[doc = $field_doc])* pub $field: $type, )*
        }

        impl $name {
            /// How this section is documented.
            pub const SECTION: $crate::config::documented::Section = $crate::config::documented::Section {
                name: stringify!($section),
                docs: &[$($doc),*],
                keys: &[$(
                    $crate::config::documented::Key {
                        name: stringify!($field),
                        docs: &[$($field_doc),*],
                        default: documented!(@literal $($default)?),
                        example: documented!(@literal $($example)?),
                        secret: $crate::config::documented::is_secret(stringify!($type)),
                    },
                )*],
                many: false,
            };
        }
    };
    (@literal) => { None };
    (@literal $literal:tt) => { Some(stringify!($literal)) };
}
pub(super) use documented;

/// Whether a type, as written, holds a secret.
pub(super) const fn is_secret(type_name: &str) -> bool {
    let (name, word) = (type_name.as_bytes(), b"SecretString");
    let mut start = 0;
    while start + word.len() <= name.len() {
        let mut length = 0;
        while length < word.len() && name[start + length] == word[length] {
            length += 1;
        }
        if length == word.len() {
            return true;
        }
        start += 1;
    }
    false
}
