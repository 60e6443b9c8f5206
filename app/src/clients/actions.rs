//! What stewards do with the tools of the shared sign-on.

use domain::{
    CircleId, Problem,
    clients::{
        ClientError, ClientForm, Audience, Proof, Scope,
        guard,
        store::{self, By},
    },
    tools,
};
use leptos::prelude::*;

use crate::{
    ctx::Ctx,
    forms::{Done, Failed, Form, act},
    page::encode,
};

/// Session key of a secret that is shown on the next page and then forgotten: name of the tool, and secret.
pub(super) const SECRET_ONCE: &str = "client_secret_once";

/// An error beside the field that it belongs to.
fn beside(error: ClientError) -> Failed {
    match error.field() {
        Some(field) => Failed::field(field, error.code()),
        None => error.into(),
    }
}

/// Without the built-in provider there is nothing to register.
fn provider_is_here(cx: &Ctx) -> Result<(), Failed> {
    if cx.settings().builtin_provider { Ok(()) } else { Err(Failed::field("", "not_found")) }
}

/// Keeps a secret for the one page that shows it.
async fn show_once(cx: &Ctx, client_id: &str, secret: &str) -> Result<(), Failed> {
    cx.session.insert(SECRET_ONCE, (client_id, secret)).await.map_err(|error| {
        tracing::error!(%error, "a session could not be written");
        Failed::field("", "internal")
    })
}

/// The address of a tool's page.
pub(super) fn page_of(client_id: &str) -> String {
    format!("/tools/sign-on/{}", encode(client_id))
}

/// What the form of a tool says, as it was typed.
struct Typed {
    name: String,
    tool: String,
    public: String,
    redirect_uris: String,
    post_logout_redirect_uris: String,
    backchannel_logout_uri: String,
    scopes: [(Scope, String); 5],
    pairwise: String,
    door: String,
    circle: String,
}

impl Typed {
    fn kept(&self, form: Form) -> Form {
        let scopes: Vec<(String, &str)> =
            self.scopes.iter().map(|(scope, on)| (format!("scope_{}", scope.as_str()), on.as_str())).collect();
        let scopes: Vec<(&str, &str)> = scopes.iter().map(|(name, on)| (name.as_str(), *on)).collect();
        form.typed(&scopes).typed(&[
            ("name", &self.name),
            ("tool", &self.tool),
            ("public", &self.public),
            ("redirect_uris", &self.redirect_uris),
            ("post_logout_redirect_uris", &self.post_logout_redirect_uris),
            ("backchannel_logout_uri", &self.backchannel_logout_uri),
            ("pairwise", &self.pairwise),
            ("door", &self.door),
            ("circle", &self.circle),
        ])
    }

    async fn read(self, cx: &Ctx) -> Result<ClientForm, Failed> {
        let tool = if self.tool.is_empty() {
            None
        } else {
            let known = tools::store::list(cx.db().read()).await?;
            let found = known.into_iter().find(|tool| tool.slug == self.tool);
            Some(found.ok_or(ClientError::ToolUnknown).map_err(beside)?.id)
        };
        let circle = self.circle.parse::<CircleId>().ok();
        let door = Audience::read(&self.door, circle).ok_or(ClientError::CircleUnknown).map_err(beside)?;
        Ok(ClientForm {
            name: self.name,
            tool,
            proof: if self.public.is_empty() { Proof::Secret } else { Proof::None },
            redirect_uris: self.redirect_uris,
            post_logout_redirect_uris: self.post_logout_redirect_uris,
            backchannel_logout_uri: self.backchannel_logout_uri,
            scopes: self.scopes.into_iter().filter(|(_, on)| !on.is_empty()).map(|(scope, _)| scope).collect(),
            pairwise: !self.pairwise.is_empty(),
            door,
        })
    }
}

/// Registers a tool and shows its secret once.
#[server(prefix = "/do", endpoint = "clients/add")]
pub async fn add_client(
    #[server(default)] name: String,
    #[server(default)] tool: String,
    #[server(default)] public: String,
    #[server(default)] redirect_uris: String,
    #[server(default)] post_logout_redirect_uris: String,
    #[server(default)] backchannel_logout_uri: String,
    #[server(default)] scope_profile: String,
    #[server(default)] scope_email: String,
    #[server(default)] scope_groups: String,
    #[server(default)] scope_membership: String,
    #[server(default)] scope_offline_access: String,
    #[server(default)] pairwise: String,
    #[server(default)] door: String,
    #[server(default)] circle: String,
) -> Result<(), ServerFnError> {
    let typed = Typed {
        name,
        tool,
        public,
        redirect_uris,
        post_logout_redirect_uris,
        backchannel_logout_uri,
        scopes: scopes(scope_profile, scope_email, scope_groups, scope_membership, scope_offline_access),
        pairwise,
        door,
        circle,
    };
    let page = format!("/tools/sign-on/new?tool={}", encode(&typed.tool));
    act(typed.kept(Form::new("client", &page)), async |cx: Ctx| {
        provider_is_here(&cx)?;
        cx.actor.may_steward()?;
        cx.require_fresh().await?;
        let form = typed.read(&cx).await?;
        let made = store::add(cx.db(), By::Person(&cx.actor), &form, cx.now).await.map_err(beside)?;
        if let Some(secret) = &made.secret {
            show_once(&cx, &made.client_id, secret).await?;
        }
        Ok(Done::to(page_of(&made.client_id)).saying("notice_client_added"))
    })
    .await
}

fn scopes(profile: String, email: String, groups: String, membership: String, offline: String) -> [(Scope, String); 5] {
    [
        (Scope::Profile, profile),
        (Scope::Email, email),
        (Scope::Groups, groups),
        (Scope::Membership, membership),
        (Scope::Offline, offline),
    ]
}

/// Changes what is known of a tool.
#[server(prefix = "/do", endpoint = "clients/change")]
pub async fn change_client(
    #[server(default)] client: String,
    #[server(default)] name: String,
    #[server(default)] tool: String,
    #[server(default)] redirect_uris: String,
    #[server(default)] post_logout_redirect_uris: String,
    #[server(default)] backchannel_logout_uri: String,
    #[server(default)] scope_profile: String,
    #[server(default)] scope_email: String,
    #[server(default)] scope_groups: String,
    #[server(default)] scope_membership: String,
    #[server(default)] scope_offline_access: String,
    #[server(default)] door: String,
    #[server(default)] circle: String,
) -> Result<(), ServerFnError> {
    let typed = Typed {
        name,
        tool,
        public: String::new(),
        redirect_uris,
        post_logout_redirect_uris,
        backchannel_logout_uri,
        scopes: scopes(scope_profile, scope_email, scope_groups, scope_membership, scope_offline_access),
        pairwise: String::new(),
        door,
        circle,
    };
    let page = page_of(&client);
    act(typed.kept(Form::new("client", &page)), async |cx: Ctx| {
        cx.actor.may_steward()?;
        cx.require_fresh().await?;
        let known = store::get(cx.db().read(), &client).await?.ok_or(ClientError::NotFound)?;
        let mut form = typed.read(&cx).await?;
        // What a tool has been built on stays as it was.
        form.proof = known.proof;
        form.pairwise = known.pairwise;
        store::change(cx.db(), By::Person(&cx.actor), &client, &form, cx.now).await.map_err(beside)?;
        Ok(Done::to(page_of(&client)).saying("notice_client_saved"))
    })
    .await
}

/// Makes a new secret and shows it once.
#[server(prefix = "/do", endpoint = "clients/rotate")]
pub async fn rotate_client(#[server(default)] client: String) -> Result<(), ServerFnError> {
    act(Form::new("rotate", &page_of(&client)), async |cx: Ctx| {
        cx.actor.may_steward()?;
        cx.require_fresh().await?;
        let secret = store::rotate(cx.db(), By::Person(&cx.actor), &client, cx.now).await?;
        show_once(&cx, &client, &secret).await?;
        Ok(Done::to(page_of(&client)).saying("notice_client_rotated"))
    })
    .await
}

/// Closes a tool's door for everybody, or opens it again.
#[server(prefix = "/do", endpoint = "clients/close")]
pub async fn close_client(
    #[server(default)] client: String,
    #[server(default)] closed: String,
) -> Result<(), ServerFnError> {
    act(Form::new("close", &page_of(&client)), async |cx: Ctx| {
        cx.actor.may_steward()?;
        cx.require_fresh().await?;
        let closed = !closed.is_empty();
        store::close(cx.db(), By::Person(&cx.actor), &client, closed, cx.now).await?;
        Ok(Done::to(page_of(&client)).saying(if closed { "notice_client_closed" } else { "notice_client_opened" }))
    })
    .await
}

/// Guards a host for a tool that speaks no OpenID Connect, or guards it no longer.
#[server(prefix = "/do", endpoint = "clients/guard")]
pub async fn guard_client(
    #[server(default)] client: String,
    #[server(default)] host: String,
    #[server(default)] open_paths: String,
) -> Result<(), ServerFnError> {
    let form = Form::new("guard", &page_of(&client)).typed(&[("host", &host), ("open_paths", &open_paths)]);
    act(form, async |cx: Ctx| {
        cx.actor.may_steward()?;
        cx.require_fresh().await?;
        let own = cx.settings().base_url.split("://").nth(1).unwrap_or_default().to_owned();
        guard::guard(cx.db(), By::Person(&cx.actor), &client, &host, &open_paths, &own, cx.now).await.map_err(beside)?;
        Ok(Done::to(page_of(&client)).saying("notice_client_saved"))
    })
    .await
}
