//! The part of a form that sends a passkey along.

use leptos::prelude::*;

use crate::{
    ctx::Ctx,
    i18n::tr,
};

/// A button that asks the browser for a passkey and sends it to `action` with the form around it. It needs scripts; where
/// there are none, or the browser knows no passkeys, `without` says what to do instead. One a page, behind the form's own
/// button.
#[component]
pub(crate) fn PasskeyBox(
    cx: Ctx,
    /// What the passkey is for, as the act for the options knows it.
    purpose: &'static str,
    /// The act that takes the passkey.
    action: &'static str,
    #[prop(into)] label: String,
    #[prop(into)] without: String,
    #[prop(optional)] quiet: bool,
    /// Fields that only this way needs.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let failed = tr!(cx.locale, security.passkey_failed).to_string();
    view! {
        <div>
            <p class="max-w-prose">{without}</p>
            <div class="form" data-passkey=purpose data-failed=failed hidden=true>
                <input type="hidden" name="credential"/>
                {children.map(|children| children())}
                <p><button class="btn" class:quiet=quiet type="submit" formaction=action formnovalidate=true>{label}</button></p>
                <p class="font-semibold" role="alert"></p>
            </div>
        </div>
        <script src="/passkeys.js" defer=true></script>
    }
}
