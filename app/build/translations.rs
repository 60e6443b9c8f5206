//! Translations, checked when the program is built.

use std::{env, error::Error, path::PathBuf};

use leptos_i18n_build::{Config, ParseOptions, TranslationsInfos};

/// One namespace an area, plus `common` for the frame of every page and `problems` for what can go wrong.
const NAMESPACES: [&str; 18] = [
    "account",
    "assemblies",
    "bookings",
    "circles",
    "clients",
    "common",
    "device",
    "handbook",
    "home",
    "identities",
    "letters",
    "members",
    "problems",
    "reviews",
    "security",
    "sessions",
    "spaces",
    "tools",
];

/// Writes the module that `app::i18n` includes.
pub(super) fn generate() -> Result<(), Box<dyn Error>> {
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or("cargo sets OUT_DIR")?).join("i18n");
    let config = Config::new("en")?
        .add_locale("es")?
        .add_namespaces(NAMESPACES)?
        .parse_options(ParseOptions::new().interpolate_display(true));
    let translations = TranslationsInfos::parse(config)?;
    translations.emit_diagnostics();
    translations.rerun_if_locales_changed();
    translations.generate_i18n_module(out)?;
    Ok(())
}
