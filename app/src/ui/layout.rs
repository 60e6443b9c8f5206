//! The frame of every page: skip link, header, main, footer.

use leptos::prelude::*;
use leptos_meta::Title;

use super::{notice, problem};
use crate::{
    ctx::Ctx,
    i18n::{LANGUAGES, Locale, tr},
    page::encode,
};

/// Title of a page, in the tab and as its one h1.
#[component]
pub fn PageHead(
    #[prop(into)] title: String,
    /// A word or two above the title.
    #[prop(into, optional)]
    kicker: Option<String>,
    /// A sentence or two below it.
    #[prop(into, optional)]
    lead: Option<String>,
) -> impl IntoView {
    let cx = Ctx::current();
    let community = cx.settings().community.clone();
    view! {
        <Title text=format!("{title} · {community}")/>
        <div class="head">
            {kicker.map(|kicker| view! { <p class="kicker">{kicker}</p> })}
            <h1>{title}</h1>
            {lead.map(|lead| view! { <p class="lead">{lead}</p> })}
        </div>
    }
}

/// The main ways through the hub.
fn ways(l: Locale) -> [(&'static str, String); 5] {
    [
        ("/programme", tr!(l, common.nav_programme).to_string()),
        ("/spaces", tr!(l, common.nav_spaces).to_string()),
        ("/members", tr!(l, common.nav_members).to_string()),
        ("/handbook", tr!(l, common.nav_handbook).to_string()),
        ("/tools", tr!(l, common.nav_tools).to_string()),
    ]
}

/// Whether a way leads to this page or to one above it.
fn stands_on(path: &str, way: &str) -> bool {
    path == way
        || path.strip_prefix(way).is_some_and(|rest| rest.starts_with('/') || rest.starts_with("-search"))
        || (way == "/programme" && path.starts_with("/sessions/"))
        || (way == "/members" && path.starts_with("/circles"))
}

/// The frame around a page.
#[component]
pub fn Layout(cx: Ctx, children: Children) -> impl IntoView {
    let l = cx.locale;
    let community = cx.settings().community.clone();
    let said = cx.flash.notice().map(|code| notice(l, code));
    let failed = cx.flash.failure().map(|code| problem(l, code));
    let path = cx.path.clone();
    let links = ways(l)
        .into_iter()
        .map(|(to, words)| {
            let here = stands_on(&path, to).then_some("page");
            view! { <li><a href=to aria-current=here>{words}</a></li> }
        })
        .collect_view();
    view! {
        <a class="skip" href="#main">{tr!(l, common.skip)}</a>
        <header class="top">
            <a class="brand" href="/">
                <svg viewBox="0 0 30 30" fill="none" stroke="currentColor" stroke-width="2.6" aria-hidden="true">
                    <circle cx="15" cy="9.5" r="6.2"/>
                    <circle cx="9.5" cy="19.5" r="6.2"/>
                    <circle cx="20.5" cy="19.5" r="6.2"/>
                </svg>
                {community}
            </a>
            <nav class="ways" aria-label=tr!(l, common.main_navigation)>
                <ul>{links}</ul>
            </nav>
            <div class="me"><Me cx=cx.clone()/></div>
        </header>
        <main id="main" tabindex="-1">
            {said.map(|said| view! { <p class="notice" role="status">{said}</p> })}
            {failed.map(|failed| view! { <p class="notice clay" role="alert">{failed}</p> })}
            {children()}
        </main>
        <Footer cx=cx/>
    }
}

/// The account corner of the header.
#[component]
fn Me(cx: Ctx) -> impl IntoView {
    let l = cx.locale;
    let here = |way: &str| stands_on(&cx.path, way).then_some("page");
    if let Some(member) = cx.member() {
        let name = member.name.clone();
        let profile = format!("/members/{}", member.handle);
        view! {
            <a class="my-places" href="/bookings" aria-current=here("/bookings")>{tr!(l, common.nav_bookings)}</a>
            <details class="menu">
                <summary class="btn quiet">{tr!(l, common.account)}</summary>
                <div class="menu-body">
                    <p class="menu-name">{name}</p>
                    <a href=profile>{tr!(l, common.my_profile)}</a>
                    <a href="/account/profile">{tr!(l, common.edit_profile)}</a>
                    <a href="/account">{tr!(l, common.account_and_sessions)}</a>
                    <form method="post" action="/sign-out">
                        <button class="link" type="submit">{tr!(l, common.sign_out)}</button>
                    </form>
                </div>
            </details>
        }
        .into_any()
    } else {
        let to = if cx.path == "/" || cx.path.starts_with("/provider/") || cx.path.starts_with("/sign-in/") { "/sign-in".to_owned() } else { format!("/sign-in?to={}", encode(&cx.path_and_query)) };
        view! { <a class="btn quiet" rel="nofollow" href=to>{tr!(l, common.sign_in)}</a> }.into_any()
    }
}

/// Zone, language and theme, and what the hub is.
#[component]
fn Footer(cx: Ctx) -> impl IntoView {
    let l = cx.locale;
    let back = cx.path_and_query.clone();
    let languages = LANGUAGES
        .iter()
        .map(|(locale, code, name)| {
            let pressed = if *locale == l { "true" } else { "false" };
            view! { <button name="lang" value=*code lang=*code aria-pressed=pressed>{*name}</button> }
        })
        .collect_view();
    let themes = [
        ("", tr!(l, common.theme_device)),
        ("light", tr!(l, common.theme_light)),
        ("dark", tr!(l, common.theme_dark)),
    ]
    .map(|(theme, words)| {
        let pressed = if theme == cx.theme { "true" } else { "false" };
        view! { <button name="theme" value=theme aria-pressed=pressed>{words}</button> }
    });
    view! {
        <footer class="bottom">
            <p>{tr!(l, common.times_in, zone = cx.zone.name())}</p>
            <form class="choices" method="post" action="/do/preferences" aria-label=tr!(l, common.language)>
                <input type="hidden" name="back" value=back.clone()/>
                {languages}
            </form>
            <form class="choices" method="post" action="/do/preferences" aria-label=tr!(l, common.theme)>
                <input type="hidden" name="back" value=back/>
                {themes.into_iter().collect_view()}
            </form>
            <p class="links">
                <a href="/circles">{tr!(l, common.nav_circles)}</a>
                <a href="/calendar/programme.ics">{tr!(l, common.calendar_feed)}</a>
            </p>
        </footer>
    }
}
