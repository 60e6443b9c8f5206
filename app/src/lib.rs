//! What people see: pages, islands, server functions, the design system, translations.
//!
//! Pages and acts exist on the server only. The browser gets the islands, compiled to wasm, and nothing else of this crate.
#![recursion_limit = "512"]
// Leptos' macros make items without docs.
#![allow(missing_docs)]

/// One line per module that exists on the server only.
macro_rules! on_the_server {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[cfg(feature = "ssr")]
        pub mod $name;
    )+};
}

pub mod assemblies;
pub mod sessions;
pub mod zones;

on_the_server! {
    account, bookings, circles, clients, handbook, home, members, reviews, security, spaces, tools,
    /// The document and the table of routes.
    document,
    /// Who asks, in which language and zone, and the services of the program.
    ctx,
    /// Through whom people sign in.
    doors,
    /// The recipe that every form follows.
    forms,
    /// Translations.
    i18n,
    /// Letters by mail.
    letters,
    /// Wake-ups of live rooms.
    live,
    /// The recipe that every page follows.
    page,
    /// Language, theme and time zone of a reader.
    preferences,
    /// The design system.
    ui,
}

/// Called by the browser once the wasm is there; islands then wake up one by one.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    leptos::mount::hydrate_islands();
}
