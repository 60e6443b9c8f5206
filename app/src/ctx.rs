//! Who asks, in which language and zone, and the services of the program.

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use axum::extract::ConnectInfo;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use domain::{
    MemberId,
    access::{ActingMember, Actor},
    accounts::{
        Registration, identities, is_fresh, passkeys, provider::acr, second_step, session_key, throttle::place_of,
    },
    db::Db,
    seal::Sealer,
};
use http::{HeaderMap, HeaderName, header, request::Parts};
use ipnet::IpNet;
use leptos::prelude::use_context;
use sea_orm::DbErr;
use tower_sessions::Session;

use crate::{
    account::at_provider::lost,
    doors::Door,
    forms::{Again, Failed, Flash},
    i18n::{Locale, locale_for},
    live::Live,
};

/// Key under which the browser's session holds a message for the next page.
pub const SESSION_FLASH: &str = "flash";
/// Cookies of a reader's choices; not secret, and read by the server only.
pub const LANGUAGE_COOKIE: &str = "lang";
/// `light` or `dark`; absent means as the device says.
pub const THEME_COOKIE: &str = "theme";
/// IANA name of the zone that a signed-out reader chose.
pub const ZONE_COOKIE: &str = "zone";

/// Most of a browser's name that is kept.
const USER_AGENT_LENGTH: usize = 300;

/// What pages and acts share, one for the whole program.
#[derive(Debug)]
pub struct Services {
    /// The database.
    pub db: Db,
    /// Seals secrets before they go there.
    pub sealer: Sealer,
    /// What the operator set that pages show.
    pub settings: Settings,
    /// Wake-ups of live rooms.
    pub live: Live,
    /// The clock: the program's own, or one that a test turns.
    pub clock: fn() -> DateTime<Utc>,
}

/// What the operator set that pages show.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Name of the community.
    pub community: String,
    /// Address of the hub without a slash at the end.
    pub base_url: String,
    /// Language where neither person nor browser says.
    pub locale: String,
    /// Zone where neither person nor browser says.
    pub time_zone: Tz,
    /// Who may make an account at the built-in provider.
    pub registration: Registration,
    /// Whether letters leave by mail, rather than being written to the log.
    pub mail_is_set: bool,
    /// Proxies that are believed about where a request comes from.
    pub trusted_proxies: Vec<IpNet>,
    /// Whether the hub is its own OpenID provider.
    pub builtin_provider: bool,
    /// Through whom people sign in.
    pub doors: Vec<Arc<Door>>,
    /// Names of the built browser files.
    pub assets: Assets,
}

/// Addresses of the files that cargo-leptos built, with the hash in their names.
#[derive(Debug, Clone, Default)]
pub struct Assets {
    /// Style sheet.
    pub css: String,
    /// Glue script of the islands.
    pub js: String,
    /// The islands.
    pub wasm: String,
}

/// One request: who asks, how they read, what time it is. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Ctx {
    /// Services of the program.
    pub services: Arc<Services>,
    /// Who asks.
    pub actor: Actor,
    /// Language of the page.
    pub locale: Locale,
    /// Zone in which the reader sees times.
    pub zone: Tz,
    /// Whether the reader chose that zone, rather than the hub guessing it.
    pub zone_chosen: bool,
    /// `light`, `dark`, or empty for the device's choice.
    pub theme: &'static str,
    /// When the request came in.
    pub now: DateTime<Utc>,
    /// Where it came from, as far as brakes are concerned; empty where nobody knows.
    pub place: String,
    /// What the browser calls itself.
    pub user_agent: String,
    /// The cookie by which an account knows this browser.
    pub device: Option<String>,
    /// Path of the request.
    pub path: String,
    /// Path with its query.
    pub path_and_query: String,
    /// Message left by the act before this page.
    pub flash: Flash,
    /// The browser's session; empty until something is kept in it.
    pub session: Session,
}

impl Ctx {
    /// Reads a request. The flash is taken out of the session by the page that it was left for.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn read(services: Arc<Services>, session: Session, parts: &Parts) -> Result<Self, DbErr> {
        let now = (services.clock)();
        let member = match session.get::<MemberId>(session_key::MEMBER).await {
            Ok(Some(id)) => domain::members::store::acting(services.db.read(), id).await?,
            _ => None,
        };
        let path_and_query = parts.uri.path_and_query().map_or_else(String::new, ToString::to_string);
        let page = parts.method == http::Method::GET && !parts.headers.contains_key("sec-purpose");
        let flash = if page { Flash::take(&session, &path_and_query).await } else { Flash::default() };
        let chosen = cookie(&parts.headers, ZONE_COOKIE).and_then(|zone| zone.parse::<Tz>().ok());
        Ok(Self {
            locale: choose_locale(
                &parts.headers,
                member.as_ref(),
                &languages_of_tool(&parts.uri),
                &services.settings.locale,
            ),
            zone: member.as_ref().map(|m| m.time_zone).or(chosen).unwrap_or(services.settings.time_zone),
            zone_chosen: member.is_some() || chosen.is_some(),
            theme: match cookie(&parts.headers, THEME_COOKIE) {
                Some("light") => "light",
                Some("dark") => "dark",
                _ => "",
            },
            place: client_address(parts, &services.settings.trusted_proxies).map(place_of).unwrap_or_default(),
            user_agent: text(&parts.headers, &header::USER_AGENT).chars().take(USER_AGENT_LENGTH).collect(),
            device: cookie(&parts.headers, device_cookie(&services.settings)).map(str::to_owned),
            actor: member.map_or(Actor::Anonymous, |member| Actor::Member(Box::new(member))),
            path: parts.uri.path().to_owned(),
            path_and_query,
            services,
            now,
            flash,
            session,
        })
    }

    /// The request that is being answered; the router puts it there.
    ///
    /// # Panics
    /// Where a page is rendered outside the router.
    #[expect(clippy::expect_used, reason = "a page without a request is a programming error")]
    pub fn current() -> Self {
        use_context::<Parts>()
            .and_then(|parts| parts.extensions.get::<Self>().cloned())
            .expect("the router gives each page its request")
    }

    /// The database.
    pub fn db(&self) -> &Db {
        &self.services.db
    }

    /// What the operator set.
    pub fn settings(&self) -> &Settings {
        &self.services.settings
    }

    /// Stops an act of power where the person has not lately shown who they are: they do so, and come back. Whoever has a
    /// second step must have taken it.
    ///
    /// # Errors
    /// Where that is more than some minutes ago, or was the first step alone.
    pub async fn require_fresh(&self) -> Result<(), Failed> {
        let shown = self.session.get::<i64>(session_key::AUTH_TIME).await.map_err(lost)?;
        let shown = shown.and_then(|seconds| DateTime::from_timestamp(seconds, 0));
        if !is_fresh(shown, self.now) {
            return Err(Failed::until_signed_in_again(Again::Late));
        }
        let has = self.session.get::<String>(session_key::ACR).await.map_err(lost)?.unwrap_or_default();
        if !acr::satisfies(&has, acr::TWO_FACTORS) && self.has_second_step().await? {
            return Err(Failed::until_signed_in_again(Again::SecondStep));
        }
        Ok(())
    }

    async fn has_second_step(&self) -> Result<bool, DbErr> {
        let Some(member) = self.member().filter(|_| self.settings().builtin_provider) else { return Ok(false) };
        match identities::account_of(self.db().read(), member.id).await? {
            Some(account) => second_step::is_on(self.db().read(), account).await,
            None => Ok(false),
        }
    }

    /// What checks passkeys; none where browsers know none at the hub's address.
    pub fn passkeys(&self) -> Option<passkeys::Site> {
        passkeys::site(&self.settings().base_url, &self.settings().community)
    }

    /// The signed-in member, if any.
    pub fn member(&self) -> Option<&ActingMember> {
        self.actor.member()
    }
}

/// Name of the cookie by which accounts know a browser.
pub fn device_cookie(settings: &Settings) -> &'static str {
    if settings.on_tls() { "__Host-device" } else { "device" }
}

impl Settings {
    /// Whether people reach the hub over TLS.
    pub fn on_tls(&self) -> bool {
        self.base_url.starts_with("https:")
    }
}

/// Where a request comes from. What a proxy says (`X-Forwarded-For`) counts as far as each proxy on the way is trusted.
fn client_address(parts: &Parts, trusted: &[IpNet]) -> Option<IpAddr> {
    let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>()?.0.ip().to_canonical();
    let is_trusted = |address: &IpAddr| trusted.iter().any(|network| network.contains(address));
    let named: Vec<IpAddr> = parts
        .headers
        .get_all("x-forwarded-for")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        // Something unreadable ends the chain: what stands before it was not written by anybody we trust.
        .map(|part| part.trim().parse::<IpAddr>().ok().map(|address| address.to_canonical()))
        .rev()
        .map_while(|address| address)
        .collect();
    let mut client = peer;
    for address in named {
        if !is_trusted(&client) {
            break;
        }
        client = address;
    }
    Some(client)
}

fn text<'h>(headers: &'h HeaderMap, name: &HeaderName) -> &'h str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// The value of a cookie.
pub fn cookie<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(key, value)| (key == name).then_some(value))
}

/// The languages that a tool asks for (`ui_locales`) when it sends somebody to sign in: a door of the provider carries its
/// request along. Nothing on other pages.
fn languages_of_tool(uri: &http::Uri) -> String {
    let value = |query: &str, name: &str| {
        url::form_urlencoded::parse(query.as_bytes())
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.into_owned())
            .unwrap_or_default()
    };
    if !uri.path().starts_with("/provider/") {
        return String::new();
    }
    let next = value(uri.query().unwrap_or_default(), "continue");
    next.split_once('?').map(|(_, query)| value(query, "ui_locales")).unwrap_or_default()
}

/// The person's choice on this device, then in their record, then what a tool asks for, then the browser's wishes in order,
/// then the community's.
fn choose_locale(headers: &HeaderMap, member: Option<&ActingMember>, of_tool: &str, default: &str) -> Locale {
    let wishes = headers.get(header::ACCEPT_LANGUAGE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    cookie(headers, LANGUAGE_COOKIE)
        .and_then(locale_for)
        .or_else(|| member.and_then(|m| locale_for(&m.locale)))
        .or_else(|| of_tool.split(' ').find_map(locale_for))
        .or_else(|| wishes.split(',').find_map(locale_for))
        .or_else(|| locale_for(default))
        .unwrap_or(Locale::en)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_is_believed_where_it_is_trusted() {
        let trusted = ["10.0.0.0/8".parse().expect("a network"), "192.0.2.1/32".parse().expect("a network")];
        for (peer, said, client) in [
            ("198.51.100.7", None, "198.51.100.7"),
            ("198.51.100.7", Some("203.0.113.5"), "198.51.100.7"),
            ("10.1.2.3", Some("203.0.113.5"), "203.0.113.5"),
            ("10.1.2.3", Some("8.8.8.8, 203.0.113.5, 192.0.2.1"), "203.0.113.5"),
            ("10.1.2.3", Some("8.8.8.8, nonsense, 192.0.2.1"), "192.0.2.1"),
            ("10.1.2.3", None, "10.1.2.3"),
        ] {
            let mut request = http::Request::new(());
            if let Some(said) = said {
                request.headers_mut().insert("x-forwarded-for", said.parse().expect("a header"));
            }
            let peer: SocketAddr = format!("{peer}:4711").parse().expect("an address");
            request.extensions_mut().insert(ConnectInfo(peer));
            let found = client_address(&request.into_parts().0, &trusted).map(|address| address.to_string());
            assert_eq!(found.as_deref(), Some(client), "{peer} {said:?}");
        }
    }

    #[test]
    fn language_is_the_cookies_then_the_browsers() {
        let mut headers = HeaderMap::new();
        assert_eq!(choose_locale(&headers, None, "", "es"), Locale::es);
        headers.insert(header::ACCEPT_LANGUAGE, "de-DE, es;q=0.8, en;q=0.5".parse().expect("a header"));
        assert_eq!(choose_locale(&headers, None, "", "en"), Locale::es);
        assert_eq!(choose_locale(&headers, None, "fr en-GB", "es"), Locale::en, "a tool knows better than the browser");
        headers.insert(header::COOKIE, "theme=dark; lang=en".parse().expect("a header"));
        assert_eq!(choose_locale(&headers, None, "es", "es"), Locale::en, "and the person best");
    }

    #[test]
    fn a_tool_says_its_languages_at_the_doors_of_the_provider() {
        let next = "continue=%2Foauth2%2Fauthorize%3Fclient_id%3Dfiles%26ui_locales%3Des%2520en";
        let of = |path: &str| languages_of_tool(&format!("{path}?{next}").parse().expect("an address"));
        assert_eq!(of("/provider/sign-in"), "es en");
        assert_eq!(of("/programme"), "");
        assert_eq!(languages_of_tool(&"/provider/sign-in".parse().expect("an address")), "");
    }
}
