//! How one signs in: addresses, passkeys, second step, password.

use domain::accounts::{
    Address, PASSWORD_MIN, addresses, passkeys,
    second_step::{self, Ways},
    store,
};
use leptos::prelude::*;

use super::passkeys::PasskeysCard;
use crate::{
    ctx::Ctx,
    forms::FormState,
    i18n::tr,
    page::{PageError, page},
    security::own_account,
    ui::{Card, Crumbs, ErrorSummary, Field, PageHead, Submit, Tag, Tone},
};

/// `/account/security`
#[component]
pub fn SecurityPage() -> impl IntoView {
    page(async move |cx: Ctx| {
        let account = own_account::<PageError>(&cx).await?;
        let l = cx.locale;
        let ways = second_step::ways(cx.db().read(), account).await?;
        let has_password = store::has_password(cx.db().read(), account).await?;
        let kept = passkeys::list(cx.db().read(), account).await?;
        let again = cx.require_fresh().await.err().and_then(|failed| failed.again());
        let left = second_step::codes_left(cx.db().read(), account).await?;
        let addresses = addresses::list(cx.db().read(), account).await?;
        let main = addresses.first().map(|address| address.address.clone()).unwrap_or_default();
        let forms = ["add_address", "passkeys", "second_off", "codes", "password", "addresses"].map(|name| cx.flash.form(name));
        let [add, passkey, _, _, password, _] = forms.clone();
        Ok(view! {
            <Crumbs cx=cx.clone() trail=vec![("/account".to_owned(), tr!(l, account.account_title).to_string())]
                here=tr!(l, security.title)/>
            <PageHead title=tr!(l, security.title) lead=tr!(l, security.lead).to_string()/>
            {forms.into_iter().map(|form| view! { <ErrorSummary cx=cx.clone() form=form/> }).collect_view()}
            <div class="grid gap-6">
                <AddressesCard cx=cx.clone() addresses=addresses form=add/>
                {(cx.passkeys().is_some() || !kept.is_empty()).then(|| view! {
                    <PasskeysCard cx=cx.clone() kept=kept second=ways.passkeys has_password=has_password again=again
                        form=passkey/>
                })}
                {has_password.then(|| view! { <SecondStepCard cx=cx.clone() ways=ways left=left/> })}
                <PasswordCard cx=cx.clone() main=main has_password=has_password form=password/>
            </div>
        }
        .into_any())
    })
}

/// The addresses, and a form for another one.
#[component]
fn AddressesCard(cx: Ctx, addresses: Vec<Address>, form: FormState) -> impl IntoView {
    let l = cx.locale;
    let rows =
        addresses.into_iter().map(|address| view! { <AddressRow cx=cx.clone() address=address/> }).collect_view();
    view! {
        <Card title=tr!(l, security.addresses)>
            <p class="max-w-prose">{tr!(l, security.addresses_words)}</p>
            <ul class="rows">{rows}</ul>
            <form class="form max-w-md mt-4" method="post" action="/do/account/add-address">
                <Field cx=cx form=form name="email" kind="email" label=tr!(l, security.add_address)
                    autocomplete="email" required=true/>
                <p><Submit quiet=true label=tr!(l, security.add_address_button)/></p>
            </form>
        </Card>
    }
}

/// Codes from an app, on or off.
#[component]
fn SecondStepCard(cx: Ctx, ways: Ways, left: u64) -> impl IntoView {
    let l = cx.locale;
    view! {
        <Card title=tr!(l, security.second_title)>
            {ways.any().then(|| view! {
                <p class="max-w-prose">{tr!(l, security.second_on, count = left)}</p>
                <form class="my-3" method="post" action="/do/account/new-recovery-codes">
                    <Submit quiet=true label=tr!(l, security.codes_new)/>
                </form>
            })}
            {if ways.codes {
                view! {
                    <div class="flex flex-wrap gap-3">
                        <form method="post" action="/do/account/second-step-off">
                            <Submit quiet=true label=tr!(l, security.second_turn_off)/>
                        </form>
                    </div>
                }
                .into_any()
            } else {
                view! {
                    <p class="max-w-prose">{tr!(l, security.second_off)}</p>
                    <p><a class="btn quiet" rel="nofollow" href="/account/second-step">{tr!(l, security.second_turn_on)}</a></p>
                }
                .into_any()
            }}
        </Card>
    }
}

/// The form for a new password.
#[component]
fn PasswordCard(cx: Ctx, main: String, has_password: bool, form: FormState) -> impl IntoView {
    let l = cx.locale;
    view! {
        <Card title=tr!(l, security.password)>
            {(!has_password).then(|| view! { <p class="max-w-prose">{tr!(l, security.password_none)}</p> })}
            <form class="form max-w-md" method="post" action="/do/account/change-password">
                <input type="email" name="address" value=main autocomplete="username" hidden=true/>
                {has_password.then(|| view! {
                    <Field cx=cx.clone() form=form.clone() name="present" kind="password"
                        label=tr!(l, security.password_present) autocomplete="current-password" required=true/>
                })}
                <Field cx=cx form=form name="password" kind="password" label=tr!(l, security.password_new)
                    help=tr!(l, account.password_help, least = PASSWORD_MIN).to_string()
                    autocomplete="new-password" required=true/>
                <p><Submit quiet=true label=tr!(l, security.password_button)/></p>
            </form>
        </Card>
    }
}

/// One address, with what can be done about it.
#[component]
fn AddressRow(cx: Ctx, address: Address) -> impl IntoView {
    let l = cx.locale;
    let Address { address, main, verified } = address;
    let act = |to: &'static str, words: String, label: String| {
        view! {
            <form method="post" action=to>
                <input type="hidden" name="address" value=address.clone()/>
                <button class="btn quiet" type="submit" aria-label=label>{words}</button>
            </form>
        }
    };
    let named = || address.clone();
    view! {
        <li class="flex flex-wrap items-center justify-between gap-3 py-3">
            <p>
                <span class="font-semibold">{address.clone()}</span>" "
                {main.then(|| view! { <Tag tone=Tone::Leaf>{tr!(l, security.address_main)}</Tag> })}" "
                {(!verified).then(|| view! { <Tag tone=Tone::Clay>{tr!(l, security.address_unverified)}</Tag> })}
            </p>
            <div class="flex flex-wrap gap-3">
                {(!verified).then(|| act(
                    "/do/account/ask-again",
                    tr!(l, security.ask_again).to_string(),
                    tr!(l, security.ask_again_label, address = named()).to_string(),
                ))}
                {(verified && !main).then(|| act(
                    "/do/account/main-address",
                    tr!(l, security.make_main).to_string(),
                    tr!(l, security.make_main_label, address = named()).to_string(),
                ))}
                {(!main).then(|| act(
                    "/do/account/remove-address",
                    tr!(l, security.remove).to_string(),
                    tr!(l, security.remove_label, what = named()).to_string(),
                ))}
            </div>
        </li>
    }
}
