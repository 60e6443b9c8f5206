//! The layers of the configuration and what is said where one is wrong.

use std::{fmt, path::Path};

use figment::{
    Figment, Metadata, Profile, Provider as Layer,
    error::Kind,
    providers::{Format, Toml},
    value::{Dict, Map, Value},
};

use domain::accounts::BUILT_IN_ISSUER;

use super::{
    Config, SECTIONS,
    documented::{Key, Section},
    example::defaults,
    sections::Provider,
};

/// Prefix of variables.
const PREFIX: &str = "HUB_";
/// Variables with the prefix that are not settings.
const NOT_SETTINGS: [&str; 2] = ["HUB_CONFIG", "HUB_TEST_POSTGRES"];

/// Why the configuration cannot be used: which key, where it was read, what it was, and what is allowed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct ConfigError {
    /// The key, as `section.key`; empty where the file itself cannot be read.
    pub key: String,
    /// The file or the variable.
    pub read_in: String,
    /// What stood there; nothing for a secret.
    pub value: Option<String>,
    /// What is wrong with it.
    pub problem: String,
    /// What is allowed.
    pub allowed: String,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "the configuration cannot be used")?;
        let value = self.value.clone().unwrap_or_default();
        for (label, text) in [
            ("key", &self.key),
            ("read in", &self.read_in),
            ("value", &value),
            ("problem", &self.problem),
            ("allowed", &self.allowed),
        ] {
            if !text.is_empty() {
                writeln!(f, "  {label:<8} {text}")?;
            }
        }
        Ok(())
    }
}

/// Reads defaults, then the file where it exists, then the given variables.
pub(super) fn load(
    file: &Path,
    variables: impl IntoIterator<Item = (String, String)>,
) -> Result<Config, Box<ConfigError>> {
    let mut figment = Figment::from(Toml::string(&defaults(SECTIONS, &[])));
    if file.exists() {
        figment = figment.merge(Toml::file_exact(file));
    }
    figment = figment.merge(Variables::new(variables)?);
    let names = provider_names(&figment);
    read(&figment.join(Toml::string(&defaults(SECTIONS, &names))), file)
}

/// Names of the providers that are set up.
fn provider_names(figment: &Figment) -> Vec<String> {
    let providers = figment.find_value("sign_on.providers").ok();
    let names = providers
        .as_ref()
        .and_then(Value::as_dict)
        .into_iter()
        .flat_map(Dict::keys);
    names.cloned().collect()
}

/// Whether a provider can be called that: it stands in addresses and in the names of variables.
fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 40
        && text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && !text.starts_with('-')
        && !text.ends_with('-')
}

fn read(figment: &Figment, file: &Path) -> Result<Config, Box<ConfigError>> {
    let data = figment.data().map_err(|error| Box::new(unreadable(&error, file)))?;
    for (section, value) in data.get(&Profile::Default).into_iter().flatten() {
        refuse_unknown(figment, section, value)?;
    }
    let config: Config = figment
        .extract()
        .map_err(|error| Box::new(explain(figment, &error, file)))?;
    config
        .check()
        .map_err(|(path, problem)| Box::new(wrong(figment, &path, problem)))?;
    Ok(config)
}

fn refuse_unknown(figment: &Figment, section: &str, value: &Value) -> Result<(), Box<ConfigError>> {
    let Some(known) = SECTIONS.iter().find(|known| known.name == section) else {
        let names: Vec<_> = SECTIONS
            .iter()
            .filter(|known| !known.many)
            .map(|known| known.name)
            .collect();
        return Err(Box::new(unknown(figment, section, &names, "section")));
    };
    for key in value.as_dict().into_iter().flat_map(Dict::keys) {
        if !known.keys.iter().any(|known| known.name == key) {
            let names: Vec<_> = known.keys.iter().map(|key| key.name).collect();
            return Err(Box::new(unknown(figment, &format!("{section}.{key}"), &names, "key")));
        }
    }
    if section != "sign_on" {
        return Ok(());
    }
    let providers = value
        .as_dict()
        .and_then(|keys| keys.get("providers"))
        .and_then(Value::as_dict);
    for (name, provider) in providers.into_iter().flatten() {
        let path = format!("sign_on.providers.{name}");
        if !is_name(name) || name == BUILT_IN_ISSUER {
            return Err(Box::new(ConfigError {
                read_in: origin(figment, &path),
                value: Some(format!("{name:?}")),
                problem: "a provider cannot be called that".to_owned(),
                allowed: format!("small letters, digits and hyphens, and not {BUILT_IN_ISSUER:?}"),
                key: path,
            }));
        }
        let keys = Provider::MANY.keys;
        for key in provider.as_dict().into_iter().flat_map(Dict::keys) {
            if !keys.iter().any(|known| known.name == key) {
                let names: Vec<_> = keys.iter().map(|key| key.name).collect();
                return Err(Box::new(unknown(figment, &format!("{path}.{key}"), &names, "key")));
            }
        }
    }
    Ok(())
}

fn unknown(figment: &Figment, path: &str, names: &[&str], what: &str) -> ConfigError {
    ConfigError {
        key: path.to_owned(),
        read_in: origin(figment, path),
        value: None,
        problem: format!("there is no such {what}"),
        allowed: names.join(", "),
    }
}

fn unreadable(error: &figment::Error, file: &Path) -> ConfigError {
    ConfigError {
        key: String::new(),
        read_in: file.display().to_string(),
        value: None,
        problem: error.kind.to_string().trim().replace('\n', "\n           "),
        allowed: "TOML as in hub.example.toml".to_owned(),
    }
}

fn explain(figment: &Figment, error: &figment::Error, file: &Path) -> ConfigError {
    let path = error.path.join(".");
    let problem = match &error.kind {
        Kind::InvalidType(_, expected) | Kind::InvalidValue(_, expected) => format!("expected {expected}"),
        Kind::UnknownVariant(_, names) => format!("expected one of {}", names.join(", ")),
        Kind::Message(message) => message.clone(),
        other => other.to_string(),
    };
    if path.is_empty() {
        return unreadable(error, file);
    }
    // The parser's own words may repeat the value, so that a secret keeps them as well.
    let secret = find(&path).is_some_and(|key| key.secret);
    let problem = if secret {
        "it cannot be taken".to_owned()
    } else {
        problem
    };
    wrong(figment, &path, problem)
}

/// A known key with a value that cannot be taken.
fn wrong(figment: &Figment, path: &str, problem: String) -> ConfigError {
    let key = find(path);
    let shown = figment.find_value(path).ok().map(|value| show(&value));
    let secret = key.is_some_and(|key| key.secret);
    ConfigError {
        key: path.to_owned(),
        read_in: origin(figment, path),
        problem,
        value: if secret {
            Some("(not shown, it is a secret)".to_owned())
        } else {
            shown
        },
        allowed: key.map(|key| key.docs.concat().trim().to_owned()).unwrap_or_default(),
    }
}

fn find(path: &str) -> Option<&'static Key> {
    if let Some(rest) = path.strip_prefix("sign_on.providers.") {
        // A group below `groups` is documented there.
        let name = rest.split('.').nth(1)?;
        return Provider::MANY.keys.iter().find(|key| key.name == name);
    }
    let (section, name) = path.split_once('.')?;
    let section: &Section = SECTIONS.iter().find(|known| known.name == section)?;
    section.keys.iter().find(|key| key.name == name)
}

fn show(value: &Value) -> String {
    match value {
        Value::String(_, text) => format!("{text:?}"),
        Value::Num(_, number) => number.to_i128().map_or_else(
            || format!("{:?}", number.to_f64().unwrap_or_default()),
            |n| n.to_string(),
        ),
        Value::Bool(_, flag) => flag.to_string(),
        _ => "(a table or a list)".to_owned(),
    }
}

fn origin(figment: &Figment, path: &str) -> String {
    let Some(metadata) = figment.find_metadata(path) else {
        return "the defaults".to_owned();
    };
    if metadata.name == Variables::NAME {
        let name = path.replace('.', "__").replace('-', "_").to_uppercase();
        return format!("the variable {PREFIX}{name}");
    }
    describe(metadata)
}

fn describe(metadata: &Metadata) -> String {
    match metadata.source.as_ref().and_then(figment::Source::file_path) {
        Some(path) => path.display().to_string(),
        None => "the defaults".to_owned(),
    }
}

/// The variables of the environment, with text left as text where the key takes text.
struct Variables(Dict);

impl Variables {
    const NAME: &str = "variables of the environment";

    fn new(variables: impl IntoIterator<Item = (String, String)>) -> Result<Self, Box<ConfigError>> {
        let mut sections = Dict::new();
        for (name, text) in variables {
            let Some(rest) = name
                .strip_prefix(PREFIX)
                .filter(|_| !NOT_SETTINGS.contains(&name.as_str()))
            else {
                continue;
            };
            let mut path = rest.to_lowercase().replace("__", ".");
            if let Some((provider, key)) = path
                .strip_prefix("sign_on.providers.")
                .and_then(|rest| rest.split_once('.'))
            {
                // Names of variables have no hyphens, names of providers no underscores.
                path = format!("sign_on.providers.{}.{key}", provider.replace('_', "-"));
            }
            let known = find(&path).filter(|key| key.default.is_some() || key.example.is_some());
            let (Some(key), Some((section, field))) = (known, path.split_once('.')) else {
                return Err(Box::new(ConfigError {
                    key: path,
                    read_in: format!("the variable {name}"),
                    value: None,
                    problem: "there is no such key".to_owned(),
                    allowed: "HUB_SECTION__KEY with the sections and keys of hub.example.toml".to_owned(),
                }));
            };
            let value = if key.is_text() {
                Value::from(text)
            } else {
                text.parse()
                    .unwrap_or_else(|never: std::convert::Infallible| match never {})
            };
            put(&mut sections, &format!("{section}.{field}"), value);
        }
        Ok(Self(sections))
    }
}

/// Puts a value where its path says.
fn put(table: &mut Dict, path: &str, value: Value) {
    let Some((first, rest)) = path.split_once('.') else {
        table.insert(path.to_owned(), value);
        return;
    };
    let inner = table
        .entry(first.to_owned())
        .or_insert_with(|| Value::from(Dict::new()));
    if let Value::Dict(_, inner) = inner {
        put(inner, rest, value);
    }
}

impl Layer for Variables {
    fn metadata(&self) -> Metadata {
        Metadata::named(Self::NAME)
    }

    fn data(&self) -> figment::error::Result<Map<Profile, Dict>> {
        Ok(Profile::Default.collect(self.0.clone()))
    }
}
