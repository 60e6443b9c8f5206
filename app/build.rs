//! Turns `locales/<language>/<namespace>.json` into the checked keys of `app::i18n`. The browser's build has no texts.

#[cfg(feature = "ssr")]
#[path = "build/translations.rs"]
mod translations;

#[cfg_attr(
    not(feature = "ssr"),
    expect(clippy::unnecessary_wraps, reason = "translations can be wrong")
)]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=build/translations.rs");
    #[cfg(feature = "ssr")]
    translations::generate()?;
    Ok(())
}
