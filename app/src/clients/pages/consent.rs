//! Whether a tool may learn who somebody is.

use domain::{
    access::Denied,
    accounts::{Account, store as accounts},
    clients::{ClientError, Scope, consents, store},
};
use domain::{AccountId, accounts::session_key};
use leptos::prelude::*;

use super::{asked, provider_is_here};
use crate::{
    clients::words,
    ctx::Ctx,
    forms::local_path,
    i18n::tr,
    page::{PageError, page},
    ui::{PageHead, Submit, Tag},
};

/// Who is signed in at the provider in this browser; they need not have come to the hub itself.
pub(super) async fn account(cx: &Ctx) -> Result<Account, PageError> {
    let id = cx.session.get::<AccountId>(session_key::PROVIDER_ACCOUNT).await.ok().flatten();
    let account = match id {
        Some(id) => accounts::open_account(cx.db().read(), id).await?,
        None => None,
    };
    Ok(account.ok_or(Denied::SignIn)?)
}

/// `/provider/consent?client=name&scope=profile+email&continue=/oauth2/authorize?…`
#[component]
pub fn ConsentPage() -> impl IntoView {
    let (client, scope, next) = (asked("client"), asked("scope"), asked("continue"));
    page(async move |cx: Ctx| {
        provider_is_here(&cx)?;
        let l = cx.locale;
        let account = account(&cx).await?;
        let client = store::get(cx.db().read(), &client)
            .await?
            .filter(|client| client.disabled_at.is_none() && client.client_id != "hub")
            .ok_or(ClientError::NotFound)?;
        let next = local_path(&next).unwrap_or("/").to_owned();
        let before = consents::allowed(cx.db().read(), account.id, &client.client_id).await?;
        let wanted: Vec<Scope> =
            Scope::list(&scope).into_iter().filter(|scope| client.scopes.contains(scope)).collect();
        let told = wanted
            .iter()
            .map(|scope| {
                let new = before.as_ref().is_some_and(|before| !before.contains(scope));
                view! {
                    <li>
                        {words::scope(l, *scope)}" "
                        {new.then(|| view! { <Tag>{tr!(l, clients.new_scope).to_string()}</Tag> })}
                    </li>
                }
            })
            .collect_view();
        let lead = if before.is_some() {
            tr!(l, clients.consent_more, tool = client.name.clone()).to_string()
        } else {
            tr!(l, clients.consent_lead, tool = client.name.clone(), name = account.name.clone()).to_string()
        };
        let scope = wanted.iter().map(|scope| scope.as_str()).collect::<Vec<_>>().join(" ");
        Ok(view! {
            <PageHead title=tr!(l, clients.consent_title, tool = client.name.clone()).to_string() lead=lead/>
            <section class="card max-w-prose" aria-labelledby="told">
                <h2 id="told">{tr!(l, clients.consent_told).to_string()}</h2>
                <ul class="list-disc ps-6">
                    <li>{tr!(l, clients.scope_who).to_string()}</li>
                    {told}
                </ul>
                <p class="mt-4 text-soft">{tr!(l, clients.consent_back).to_string()}</p>
            </section>
            <div class="mt-6 flex flex-wrap gap-3">
                <form method="post" action="/do/clients/consent">
                    <input type="hidden" name="client" value=client.client_id.clone()/>
                    <input type="hidden" name="scope" value=scope/>
                    <input type="hidden" name="next" value=next.clone()/>
                    <input type="hidden" name="allow" value="yes"/>
                    <Submit label=tr!(l, clients.allow).to_string()/>
                </form>
                <form method="post" action="/do/clients/consent">
                    <input type="hidden" name="client" value=client.client_id/>
                    <input type="hidden" name="next" value=next/>
                    <Submit label=tr!(l, clients.refuse).to_string() quiet=true/>
                </form>
            </div>
        }
        .into_any())
    })
}
