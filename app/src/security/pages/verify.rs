//! Where the letter to a new address leads. The yes is a button, because programs that read mail follow links.

use domain::accounts::links::{self, Purpose};
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use crate::{
    ctx::Ctx,
    i18n::tr,
    page::{PageError, page},
    ui::{PageHead, Submit},
};

/// `/account/verify/{token}`
#[component]
pub fn VerifyPage() -> impl IntoView {
    let token = use_params_map().with_untracked(|params| params.get("token").unwrap_or_default());
    page(async move |cx: Ctx| {
        if !cx.settings().builtin_provider {
            return Err(PageError::NOT_FOUND);
        }
        let l = cx.locale;
        let link = links::usable(cx.db().read(), cx.now, Purpose::VerifyAddress, &token).await?;
        Ok(view! {
            <PageHead title=tr!(l, security.verify_title) lead=tr!(l, security.verify_lead, address = link.address).to_string()/>
            <form method="post" action="/do/account/verify-address">
                <input type="hidden" name="token" value=token/>
                <Submit label=tr!(l, security.verify_button)/>
            </form>
        }
        .into_any())
    })
}
