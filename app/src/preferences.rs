//! Language, theme and time zone of a reader, kept in cookies on their device.

use chrono_tz::Tz;
use http::{HeaderValue, header};
use leptos::prelude::*;
use leptos_axum::ResponseOptions;

use crate::{
    ctx::{Ctx, LANGUAGE_COOKIE, THEME_COOKIE, ZONE_COOKIE},
    forms::{Done, Form, act, local_path},
    i18n::{code, locale_for},
};

/// Keeps what was chosen and leaves the rest as it is. An empty theme gives the choice back to the device.
#[server(prefix = "/do", endpoint = "preferences")]
pub async fn prefer(
    #[server(default)] lang: Option<String>,
    #[server(default)] theme: Option<String>,
    #[server(default)] zone: Option<String>,
    #[server(default)] back: String,
) -> Result<(), ServerFnError> {
    act(Form::new("preferences", &back), async |cx: Ctx| {
        if let Some(locale) = lang.as_deref().and_then(locale_for) {
            keep(&cx, LANGUAGE_COOKIE, code(locale));
        }
        if let Some(theme) = theme.as_deref().filter(|t| ["", "light", "dark"].contains(t)) {
            keep(&cx, THEME_COOKIE, theme);
        }
        if let Some(zone) = zone.and_then(|zone| zone.parse::<Tz>().ok()) {
            keep(&cx, ZONE_COOKIE, zone.name());
        }
        Ok(Done::to(local_path(&back).unwrap_or("/")))
    })
    .await
}

/// Sets a cookie for a year, or drops it where the value is empty.
fn keep(cx: &Ctx, name: &str, value: &str) {
    let age = if value.is_empty() { 0 } else { 365 * 24 * 60 * 60 };
    let secure = if cx.settings().base_url.starts_with("https:") { "; Secure" } else { "" };
    let cookie = format!("{name}={value}; Path=/; Max-Age={age}; HttpOnly; SameSite=Lax{secure}");
    if let Ok(value) = HeaderValue::from_str(&cookie) {
        expect_context::<ResponseOptions>().append_header(header::SET_COOKIE, value);
    }
}
