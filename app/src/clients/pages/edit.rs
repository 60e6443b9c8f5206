//! Registering a tool, and looking after one.

use domain::{
    circles::{self, Circle},
    clients::{
        Audience, ClientError, Proof, Scope, ToolClient,
        guard::{self, Guarded},
        may_manage, store,
    },
    tools::{self, Tool},
};
use leptos::prelude::*;

use super::{
    asked, part, provider_is_here,
    scim::{Ahead, SentAhead},
};
use crate::{
    clients::{
        actions::SECRET_ONCE,
        words,
    },
    ctx::Ctx,
    forms::FormState,
    i18n::{Locale, tr},
    page::{PageError, page},
    ui::{Card, Check, Crumbs, ErrorSummary, Field, PageHead, Select, Submit, Tag, TextArea, Tone, day_and_time},
};

fn trail(l: Locale) -> Vec<(String, String)> {
    vec![
        ("/tools".to_owned(), tr!(l, tools.title).to_string()),
        ("/tools/sign-on".to_owned(), tr!(l, clients.title).to_string()),
    ]
}

/// What the fields show before anything is typed.
#[derive(Debug, Clone)]
struct Stored {
    name: String,
    tool: String,
    redirect_uris: String,
    after: String,
    logout: String,
    scopes: Vec<Scope>,
    door: Audience,
}

impl Stored {
    fn of_entry(tool: Option<&Tool>) -> Self {
        Self {
            name: tool.map(|tool| tool.name.clone()).unwrap_or_default(),
            tool: tool.map(|tool| tool.slug.clone()).unwrap_or_default(),
            redirect_uris: String::new(),
            after: String::new(),
            logout: String::new(),
            scopes: vec![Scope::Profile, Scope::Email],
            door: tool.map_or(Audience::Members, |tool| tool.audience),
        }
    }

    fn of_client(client: &ToolClient, tools: &[Tool]) -> Self {
        let entry = tools.iter().find(|tool| Some(tool.id) == client.tool);
        Self {
            name: client.name.clone(),
            tool: entry.map(|tool| tool.slug.clone()).unwrap_or_default(),
            redirect_uris: client.redirect_uris.join("\n"),
            after: client.post_logout_redirect_uris.join("\n"),
            logout: client.backchannel_logout_uri.clone(),
            scopes: client.scopes.clone(),
            door: client.door,
        }
    }
}

/// The fields that registering and changing share.
#[component]
fn Fields(cx: Ctx, form: FormState, stored: Stored, tools: Vec<Tool>, circles: Vec<Circle>) -> impl IntoView {
    let l = cx.locale;
    let entries = std::iter::once((String::new(), tr!(l, clients.no_entry_in_catalogue).to_string()))
        .chain(tools.into_iter().map(|tool| (tool.slug, tool.name)))
        .collect();
    let circle = stored.door.circle().map(|id| id.to_string()).unwrap_or_default();
    let circles = std::iter::once((String::new(), tr!(l, clients.no_circle).to_string()))
        .chain(circles.into_iter().map(|circle| (circle.id.to_string(), circle.name)))
        .collect();
    let scopes = Scope::ALL
        .into_iter()
        .map(|scope| {
            let on = stored.scopes.contains(&scope);
            view! {
                <Check cx=cx.clone() form=form.clone() name=format!("scope_{}", scope.as_str()) label=words::scope(l, scope)
                    checked=on/>
            }
        })
        .collect_view();
    view! {
        <Field cx=cx.clone() form=form.clone() name="name" label=tr!(l, clients.name).to_string() value=stored.name
            help=tr!(l, clients.name_help).to_string() required=true/>
        <Select cx=cx.clone() form=form.clone() name="tool" label=tr!(l, clients.entry).to_string() value=stored.tool
            options=entries/>
        <TextArea cx=cx.clone() form=form.clone() name="redirect_uris" label=tr!(l, clients.redirect_uris).to_string()
            value=stored.redirect_uris help=tr!(l, clients.redirect_uris_help).to_string() rows=3/>
        <TextArea cx=cx.clone() form=form.clone() name="post_logout_redirect_uris" label=tr!(l, clients.after).to_string()
            value=stored.after help=tr!(l, clients.after_help).to_string() rows=2/>
        <Field cx=cx.clone() form=form.clone() name="backchannel_logout_uri" kind="url"
            label=tr!(l, clients.logout).to_string() value=stored.logout help=tr!(l, clients.logout_help).to_string()/>
        <fieldset class="field">
            <legend>{tr!(l, clients.who).to_string()}</legend>
            <Select cx=cx.clone() form=form.clone() name="door" label=tr!(l, clients.door).to_string()
                value=stored.door.as_str() options=words::doors(l)/>
            <Select cx=cx.clone() form=form.clone() name="circle" label=tr!(l, clients.circle).to_string() value=circle
                help=tr!(l, clients.circle_help).to_string() options=circles/>
        </fieldset>
        <fieldset class="field">
            <legend>{tr!(l, clients.scopes).to_string()}</legend>
            <p class="help">{tr!(l, clients.scopes_help).to_string()}</p>
            {scopes}
        </fieldset>
    }
}

/// `/tools/sign-on/new?tool=slug`
#[component]
pub fn NewClientPage() -> impl IntoView {
    let slug = asked("tool");
    page(async move |cx: Ctx| {
        provider_is_here(&cx)?;
        may_manage(&cx.actor)?;
        let l = cx.locale;
        let form = cx.flash.form("client");
        let tools = tools::store::list(cx.db().read()).await?;
        let circles = circles::store::all(cx.db().read()).await?;
        let entry = tools.iter().find(|tool| tool.slug == slug);
        let title = entry.map_or_else(
            || tr!(l, clients.add_other).to_string(),
            |tool| tr!(l, clients.add_label, tool = tool.name.clone()).to_string(),
        );
        let stored = Stored::of_entry(entry);
        Ok(view! {
            <Crumbs cx=cx.clone() trail=trail(l) here=title.clone()/>
            <PageHead title=title lead=tr!(l, clients.add_lead).to_string()/>
            <ErrorSummary cx=cx.clone() form=form.clone()/>
            <form class="form" method="post" action="/do/clients/add">
                <Fields cx=cx.clone() form=form.clone() stored=stored tools=tools circles=circles/>
                <fieldset class="field">
                    <legend>{tr!(l, clients.for_good).to_string()}</legend>
                    <Check cx=cx.clone() form=form.clone() name="public" label=tr!(l, clients.public).to_string()/>
                    <Check cx=cx.clone() form=form name="pairwise" label=tr!(l, clients.pairwise).to_string()/>
                </fieldset>
                <p class="flex flex-wrap gap-3">
                    <Submit label=tr!(l, clients.add_button).to_string()/>
                    <a class="btn quiet" href="/tools/sign-on">{tr!(l, common.cancel).to_string()}</a>
                </p>
            </form>
        }
        .into_any())
    })
}

/// `/tools/sign-on/{client}`
#[component]
pub fn ClientPage() -> impl IntoView {
    let client_id = part("client");
    page(async move |cx: Ctx| {
        provider_is_here(&cx)?;
        may_manage(&cx.actor)?;
        let l = cx.locale;
        let client = store::get(cx.db().read(), &client_id).await?.ok_or(ClientError::NotFound)?;
        if client.client_id == "hub" {
            return Err(PageError::NOT_FOUND);
        }
        let secret = secret_once(&cx, &client_id).await;
        let guarded = guard::of_client(cx.db().read(), &client_id).await?;
        let ahead = Ahead::of(&cx, &client_id).await?;
        let form = cx.flash.form("client");
        let tools = tools::store::list(cx.db().read()).await?;
        let circles = circles::store::all(cx.db().read()).await?;
        let stored = Stored::of_client(&client, &tools);
        let title = client.name.clone();
        Ok(view! {
            <Crumbs cx=cx.clone() trail=trail(l) here=title.clone()/>
            <PageHead title=title kicker=tr!(l, clients.kicker).to_string()/>
            {client.disabled_at.is_some().then(|| {
                view! { <p><Tag tone=Tone::Clay>{tr!(l, clients.closed).to_string()}</Tag></p> }
            })}
            {secret.map(|secret| view! { <Secret l=l secret=secret/> })}
            <div class="with-side">
                <div>
                    <ErrorSummary cx=cx.clone() form=form.clone()/>
                    <form class="form" method="post" action="/do/clients/change">
                        <input type="hidden" name="client" value=client.client_id.clone()/>
                        <Fields cx=cx.clone() form=form stored=stored tools=tools circles=circles/>
                        <p><Submit label=tr!(l, common.save).to_string()/></p>
                    </form>
                    <Guard cx=cx.clone() client_id=client.client_id.clone() guarded=guarded/>
                    <SentAhead cx=cx.clone() client_id=client.client_id.clone() ahead=ahead/>
                </div>
                <aside>
                    <WhatToType cx=cx.clone() client=client.clone()/>
                    <Keep cx=cx client=client/>
                </aside>
            </div>
        }
        .into_any())
    })
}

/// The secret that was made just now: this page shows it, no other ever will.
async fn secret_once(cx: &Ctx, client_id: &str) -> Option<String> {
    let (for_client, secret) = cx.session.get::<(String, String)>(SECRET_ONCE).await.ok().flatten()?;
    if for_client != client_id {
        return None;
    }
    let _ = cx.session.remove_value(SECRET_ONCE).await;
    Some(secret)
}

#[component]
fn Secret(l: Locale, secret: String) -> impl IntoView {
    view! {
        <section class="notice" aria-labelledby="secret">
            <h2 id="secret">{tr!(l, clients.secret_title).to_string()}</h2>
            <p class="prose"><code>{secret}</code></p>
            <p class="max-w-prose">{tr!(l, clients.secret_once).to_string()}</p>
        </section>
    }
}

/// What has to be typed into the tool.
#[component]
fn WhatToType(cx: Ctx, client: ToolClient) -> impl IntoView {
    let l = cx.locale;
    let issuer = cx.settings().base_url.clone();
    let scopes = std::iter::once("openid")
        .chain(client.scopes.iter().map(|scope| scope.as_str()))
        .collect::<Vec<_>>()
        .join(" ");
    let at = day_and_time(client.created_at, cx.zone, l);
    view! {
        <Card title=tr!(l, clients.to_type).to_string()>
            <dl class="facts">
                <dt>{tr!(l, clients.issuer).to_string()}</dt>
                <dd>{issuer.clone()}</dd>
                <dt>{tr!(l, clients.discovery).to_string()}</dt>
                <dd>{format!("{issuer}/.well-known/openid-configuration")}</dd>
                <dt>{tr!(l, clients.client_id).to_string()}</dt>
                <dd>{client.client_id}</dd>
                <dt>{tr!(l, clients.scopes_to_ask).to_string()}</dt>
                <dd>{scopes}</dd>
                <dt>{tr!(l, clients.since).to_string()}</dt>
                <dd>{at}</dd>
            </dl>
        </Card>
    }
}

/// A new secret, and closing the door.
#[component]
fn Keep(cx: Ctx, client: ToolClient) -> impl IntoView {
    let l = cx.locale;
    let closed = client.disabled_at.is_some();
    let id = client.client_id.clone();
    let rotate = (client.proof == Proof::Secret).then(|| {
        view! {
            <Card title=tr!(l, clients.rotate_title).to_string()>
                <p>{tr!(l, clients.rotate_words).to_string()}</p>
                <form method="post" action="/do/clients/rotate">
                    <input type="hidden" name="client" value=id/>
                    <Submit label=tr!(l, clients.rotate).to_string() quiet=true/>
                </form>
            </Card>
        }
    });
    let (words, button) = if closed {
        (tr!(l, clients.open_words).to_string(), tr!(l, clients.open).to_string())
    } else {
        (tr!(l, clients.close_words).to_string(), tr!(l, clients.close).to_string())
    };
    view! {
        {rotate}
        <Card title=tr!(l, clients.close_title).to_string()>
            <p>{words}</p>
            <form method="post" action="/do/clients/close">
                <input type="hidden" name="client" value=client.client_id/>
                {(!closed).then(|| view! { <input type="hidden" name="closed" value="yes"/> })}
                <Submit label=button quiet=true/>
            </form>
        </Card>
    }
}

/// A host that a proxy guards for this tool.
#[component]
fn Guard(cx: Ctx, client_id: String, guarded: Option<Guarded>) -> impl IntoView {
    let l = cx.locale;
    let form = cx.flash.form("guard");
    let host = guarded.as_ref().map(|guarded| guarded.host.clone()).unwrap_or_default();
    let paths = guarded.map(|guarded| guarded.open_paths.join("\n")).unwrap_or_default();
    view! {
        <section class="mt-8" aria-labelledby="guard">
            <h2 id="guard">{tr!(l, clients.guard_title).to_string()}</h2>
            <p class="max-w-prose">{tr!(l, clients.guard_words).to_string()}</p>
            <ErrorSummary cx=cx.clone() form=form.clone()/>
            <form class="form mt-4" method="post" action="/do/clients/guard">
                <input type="hidden" name="client" value=client_id/>
                <Field cx=cx.clone() form=form.clone() name="host" label=tr!(l, clients.guard_host).to_string() value=host
                    help=tr!(l, clients.guard_host_help).to_string()/>
                <TextArea cx=cx form=form name="open_paths" label=tr!(l, clients.guard_paths).to_string() value=paths
                    help=tr!(l, clients.guard_paths_help).to_string() rows=2/>
                <p><Submit label=tr!(l, clients.guard_button).to_string() quiet=true/></p>
            </form>
        </section>
    }
}
