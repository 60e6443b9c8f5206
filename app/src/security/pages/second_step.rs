//! The second step at the door, and setting it up.

use domain::accounts::{passkeys, second_step};
use leptos::prelude::*;
use qrcode::{EcLevel, QrCode, render::svg};

use crate::{
    ctx::Ctx,
    forms::local_path,
    i18n::tr,
    page::{PageError, asked, page},
    security::{actions::second_step::pending, codes, own_account, passkey_box::PasskeyBox},
    ui::{Crumbs, Empty, ErrorSummary, Field, PageHead, Submit},
};

/// `/provider/second?continue=/path`
#[component]
pub fn SecondStepPage() -> impl IntoView {
    let next = asked("continue");
    page(async move |cx: Ctx| {
        if !cx.settings().builtin_provider {
            return Err(PageError::NOT_FOUND);
        }
        let l = cx.locale;
        let Some(account) = pending(&cx).await.ok().flatten() else {
            return Ok(view! {
                <PageHead title=tr!(l, security.second_title) lead=tr!(l, security.second_late).to_string()/>
                <p class="mt-6"><a class="btn" rel="nofollow" href="/sign-in">{tr!(l, common.sign_in)}</a></p>
            }
            .into_any());
        };
        let codes = second_step::ways(cx.db().read(), account).await?.codes;
        let passkey = cx.passkeys().is_some() && passkeys::any(cx.db().read(), account).await?;
        let (lead, help) = if codes {
            (tr!(l, security.second_lead).to_string(), tr!(l, security.code_or_recovery).to_string())
        } else {
            (tr!(l, security.second_lead_passkey).to_string(), tr!(l, security.recovery_only).to_string())
        };
        let form = cx.flash.form("second");
        let next = local_path(&next).unwrap_or_default().to_owned();
        Ok(view! {
            <PageHead title=tr!(l, security.second_title) lead=lead/>
            <ErrorSummary cx=cx.clone() form=form.clone()/>
            <form class="form max-w-md" method="post" action="/do/account/second-step">
                <input type="hidden" name="next" value=next/>
                <Field cx=cx.clone() form=form name="code" label=tr!(l, security.code)
                    help=help autocomplete="one-time-code" required=true/>
                <p><Submit label=tr!(l, account.sign_in_button)/></p>
                {passkey.then(|| view! {
                    <PasskeyBox cx=cx.clone() purpose="second" action="/do/account/passkey-second" quiet=codes
                        label=tr!(l, security.passkey_use) without=tr!(l, security.passkey_without_second)/>
                })}
            </form>
        }
        .into_any())
    })
}

/// `/account/second-step`: the secret for one's app, as a picture and as text.
#[component]
pub fn SetUpPage() -> impl IntoView {
    page(async move |cx: Ctx| {
        let account = own_account::<PageError>(&cx).await?;
        let l = cx.locale;
        let again = cx.require_fresh().await.err().and_then(|failed| failed.again());
        let head = view! {
            <Crumbs cx=cx.clone() trail=vec![
                ("/account".to_owned(), tr!(l, account.account_title).to_string()),
                ("/account/security".to_owned(), tr!(l, security.title).to_string()),
            ] here=tr!(l, security.second_title)/>
            <PageHead title=tr!(l, security.second_title) lead=tr!(l, security.set_up_lead).to_string()/>
        };
        // The secret is shown to nobody but its owner: a device that was left lying about is not enough.
        if let Some(again) = again {
            return Ok(view! {
                {head}
                <p class="max-w-prose">{tr!(l, security.show_again)}</p>
                <p class="mt-6"><a class="btn" rel="nofollow" href=again.way("/account/second-step")>{tr!(l, security.show_again_button)}</a></p>
            }
            .into_any());
        }
        let community = cx.settings().community.clone();
        let setup = second_step::setup(cx.db(), &cx.services.sealer, cx.now, &community, account).await?;
        let picture = QrCode::with_error_correction_level(&setup.url, EcLevel::M)
            .map(|code| code.render::<svg::Color<'_>>().min_dimensions(220, 220).build())
            .unwrap_or_default();
        let secret: Vec<String> =
            setup.secret.as_bytes().chunks(4).map(|part| String::from_utf8_lossy(part).into_owned()).collect();
        let form = cx.flash.form("second_on");
        Ok(view! {
            {head}
            <ErrorSummary cx=cx.clone() form=form.clone()/>
            <ol class="list-decimal ps-6 grid gap-4">
                <li>
                    <p class="max-w-prose">{tr!(l, security.set_up_scan)}</p>
                    <div class="my-3" role="img" aria-label=tr!(l, security.set_up_picture) inner_html=picture></div>
                    <p class="max-w-prose">{tr!(l, security.set_up_type)}" "<code>{secret.join(" ")}</code></p>
                </li>
                <li>
                    <form class="form max-w-md" method="post" action="/do/account/second-step-on">
                        <Field cx=cx.clone() form=form name="code" label=tr!(l, security.set_up_code)
                            autocomplete="one-time-code" required=true/>
                        <p><Submit label=tr!(l, security.set_up_button)/></p>
                    </form>
                </li>
            </ol>
        }
        .into_any())
    })
}

/// `/account/recovery-codes`: shown once, right after they were made.
#[component]
pub fn RecoveryCodesPage() -> impl IntoView {
    page(async move |cx: Ctx| {
        own_account::<PageError>(&cx).await?;
        let l = cx.locale;
        let made = codes::take(&cx).await;
        let list = if made.is_empty() {
            view! {
                <Empty title=tr!(l, security.codes_gone_title)>
                    {tr!(l, security.codes_gone)}" "<a href="/account/security">{tr!(l, security.title)}</a>
                </Empty>
            }
            .into_any()
        } else {
            let rows = made.into_iter().map(|code| view! { <li><code>{code}</code></li> }).collect_view();
            view! {
                <ul class="grid gap-2 my-4">{rows}</ul>
                <p><a class="btn" href="/account/security">{tr!(l, security.codes_kept)}</a></p>
            }
            .into_any()
        };
        Ok(view! {
            <PageHead title=tr!(l, security.codes_title) lead=tr!(l, security.codes_lead).to_string()/>
            {list}
        }
        .into_any())
    })
}
