//! The document around every page, and the table of routes.

use leptos::{nonce::use_nonce, prelude::*};
use leptos_meta::{MetaTags, provide_meta_context};
use leptos_router::{
    SsrMode,
    components::{FlatRoutes, Route, Router},
    path,
};

use crate::{
    account::pages::{
        AccountPage, ChoosePage, DevicePage, ForgotPage, IdentitiesPage, InvitationPage, KnownPage, LetterPage, RegisterPage,
        ResetPage, SessionsPage, SignInPage, SignOutPage, SignedOutPage, TroublePage, WelcomePage,
    },
    assemblies::pages::{MinutesPage, RoomPage, SchedulePage},
    bookings::pages::BookingsPage,
    circles::{CirclePage, CirclesPage},
    clients::pages::{
        AccessPage, ClientPage, ClientsPage, ConsentPage, NewClientPage, NoEntryPage, OwnToolsPage, RegistrationTokensPage,
    },
    ctx::{Assets, Ctx},
    handbook::{HandbookPage, HandbookSearchPage, HandbookStartPage},
    home::HomePage,
    i18n::code,
    members::{EditProfilePage, MembersPage, MergePage, ProfilePage},
    page::NotFoundPage,
    reviews::{ProposalsPage, ReviewPage},
    security::pages::{
        PeoplePage, RecoveryCodesPage, SecondStepPage, SecurityPage, SetUpPage, TrailPage, VerifyPage,
    },
    sessions::{month::MonthPage, pages::SessionPage, programme::ProgrammePage},
    spaces::pages::{SpacePage, SpacesPage},
    tools::ToolsPage,
};

/// Wakes the islands of a page, if it has any: a page without one loads no wasm. The walk over nested islands is Leptos'
/// own; this only decides when to fetch.
const ISLANDS: &str = include_str!("islands.js");

/// Fetches a page of this hub when the reader is about to follow a link to it. Nothing that acts is ever fetched ahead.
const AHEAD: &str = r#"{"prefetch":[{"where":{"and":[{"href_matches":"/*"},{"not":{"href_matches":["/sign-in*","/sign-out*","/oauth2/*","/calendar/*","/live/*","/handbook-files/*","/invitations/*","/account/verify/*","/provider/reset/*"]}}]},"eagerness":"moderate"}]}"#;

/// Leptos ends each page with these: no page hands data to the browser that way.
const OF_LEPTOS: [&str; 2] = [
    "__RESOLVED_RESOURCES=[];__SERIALIZED_ERRORS=[];__PENDING_RESOURCES=[];__RESOURCE_RESOLVERS=[];",
    "__INCOMPLETE_CHUNKS=[];",
];

/// Every script that stands inside pages, for a policy that names their hashes.
pub fn inline_scripts(assets: &Assets) -> Vec<String> {
    let [data, chunks] = OF_LEPTOS.map(str::to_owned);
    vec![AHEAD.to_owned(), wake(assets), data, chunks]
}

fn wake(assets: &Assets) -> String {
    format!("{ISLANDS}({:?},{:?})", assets.js, assets.wasm)
}

/// The whole document of one request.
pub fn document() -> impl IntoView {
    let cx = Ctx::current();
    let assets = cx.settings().assets.clone();
    let wake = wake(&assets);
    let nonce = use_nonce();
    view! {
        <!DOCTYPE html>
        <html lang=code(cx.locale) dir="ltr" data-theme=cx.theme>
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <meta name="color-scheme" content="light dark"/>
                <link rel="preload" href="/fonts/atkinson.woff2" r#as="font" r#type="font/woff2" crossorigin=""/>
                <link rel="preload" href="/fonts/fraunces.woff2" r#as="font" r#type="font/woff2" crossorigin=""/>
                <link rel="stylesheet" href=assets.css/>
                <link rel="icon" href="/icon.svg" r#type="image/svg+xml"/>
                <link rel="alternate" r#type="text/calendar" href="/calendar/programme.ics"/>
                <MetaTags/>
                <script r#type="speculationrules" nonce=nonce.clone() inner_html=AHEAD></script>
                <script r#type="module" nonce=nonce inner_html=wake></script>
            </head>
            <body>
                <App/>
            </body>
        </html>
    }
}

/// The table of routes. Every page is rendered whole before it is sent, so that its status is right.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    view! {
        <Router>
            <FlatRoutes fallback=NotFoundPage>
                <Route path=path!("/") view=HomePage ssr=SsrMode::Async/>
                <Route path=path!("/welcome") view=WelcomePage ssr=SsrMode::Async/>
                <Route path=path!("/account") view=AccountPage ssr=SsrMode::Async/>
                <Route path=path!("/account/sessions") view=SessionsPage ssr=SsrMode::Async/>
                <Route path=path!("/device") view=DevicePage ssr=SsrMode::Async/>
                <Route path=path!("/account/security") view=SecurityPage ssr=SsrMode::Async/>
                <Route path=path!("/account/second-step") view=SetUpPage ssr=SsrMode::Async/>
                <Route path=path!("/account/recovery-codes") view=RecoveryCodesPage ssr=SsrMode::Async/>
                <Route path=path!("/provider/second") view=SecondStepPage ssr=SsrMode::Async/>
                <Route path=path!("/account/trail") view=TrailPage ssr=SsrMode::Async/>
                <Route path=path!("/account/verify/:token") view=VerifyPage ssr=SsrMode::Async/>
                <Route path=path!("/stewards/accounts") view=PeoplePage ssr=SsrMode::Async/>
                <Route path=path!("/account/identities") view=IdentitiesPage ssr=SsrMode::Async/>
                <Route path=path!("/sign-in/choose") view=ChoosePage ssr=SsrMode::Async/>
                <Route path=path!("/sign-in/known") view=KnownPage ssr=SsrMode::Async/>
                <Route path=path!("/signed-out") view=SignedOutPage ssr=SsrMode::Async/>
                <Route path=path!("/members/:handle/merge") view=MergePage ssr=SsrMode::Async/>
                <Route path=path!("/invitations/:token") view=InvitationPage ssr=SsrMode::Async/>
                <Route path=path!("/provider/sign-in") view=SignInPage ssr=SsrMode::Async/>
                <Route path=path!("/provider/register") view=RegisterPage ssr=SsrMode::Async/>
                <Route path=path!("/provider/forgot") view=ForgotPage ssr=SsrMode::Async/>
                <Route path=path!("/provider/letter") view=LetterPage ssr=SsrMode::Async/>
                <Route path=path!("/provider/reset/:token") view=ResetPage ssr=SsrMode::Async/>
                <Route path=path!("/provider/sign-out") view=SignOutPage ssr=SsrMode::Async/>
                <Route path=path!("/sign-in/trouble") view=TroublePage ssr=SsrMode::Async/>
                <Route path=path!("/spaces/:slug/schedule") view=SchedulePage ssr=SsrMode::Async/>
                <Route path=path!("/sessions/:id/room") view=RoomPage ssr=SsrMode::Async/>
                <Route path=path!("/sessions/:id/minutes") view=MinutesPage ssr=SsrMode::Async/>
                <Route path=path!("/programme") view=ProgrammePage ssr=SsrMode::Async/>
                <Route path=path!("/programme/month") view=MonthPage ssr=SsrMode::Async/>
                <Route path=path!("/sessions/:id") view=SessionPage ssr=SsrMode::Async/>
                <Route path=path!("/spaces") view=SpacesPage ssr=SsrMode::Async/>
                <Route path=path!("/spaces/:slug") view=SpacePage ssr=SsrMode::Async/>
                <Route path=path!("/bookings") view=BookingsPage ssr=SsrMode::Async/>
                <Route path=path!("/handbook") view=HandbookStartPage ssr=SsrMode::Async/>
                <Route path=path!("/handbook/*path") view=HandbookPage ssr=SsrMode::Async/>
                <Route path=path!("/handbook-search") view=HandbookSearchPage ssr=SsrMode::Async/>
                <Route path=path!("/tools") view=ToolsPage ssr=SsrMode::Async/>
                <Route path=path!("/tools/sign-on") view=ClientsPage ssr=SsrMode::Async/>
                <Route path=path!("/tools/sign-on/new") view=NewClientPage ssr=SsrMode::Async/>
                <Route path=path!("/tools/sign-on/tokens") view=RegistrationTokensPage ssr=SsrMode::Async/>
                <Route path=path!("/tools/sign-on/:client") view=ClientPage ssr=SsrMode::Async/>
                <Route path=path!("/account/tools") view=OwnToolsPage ssr=SsrMode::Async/>
                <Route path=path!("/provider/consent") view=ConsentPage ssr=SsrMode::Async/>
                <Route path=path!("/provider/no-entry") view=NoEntryPage ssr=SsrMode::Async/>
                <Route path=path!("/members") view=MembersPage ssr=SsrMode::Async/>
                <Route path=path!("/members/:handle") view=ProfilePage ssr=SsrMode::Async/>
                <Route path=path!("/members/:handle/access") view=AccessPage ssr=SsrMode::Async/>
                <Route path=path!("/account/profile") view=EditProfilePage ssr=SsrMode::Async/>
                <Route path=path!("/circles") view=CirclesPage ssr=SsrMode::Async/>
                <Route path=path!("/circles/review") view=ProposalsPage ssr=SsrMode::Async/>
                <Route path=path!("/circles/:slug/review") view=ReviewPage ssr=SsrMode::Async/>
                <Route path=path!("/circles/:slug") view=CirclePage ssr=SsrMode::Async/>
            </FlatRoutes>
        </Router>
    }
}
