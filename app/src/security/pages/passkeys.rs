//! One's own passkeys.

use domain::accounts::passkeys::Passkey;
use leptos::prelude::*;

use crate::{
    ctx::Ctx,
    forms::{Again, FormState},
    i18n::tr,
    security::passkey_box::PasskeyBox,
    ui::{Field, Submit, day_and_time, iso},
};

/// The passkeys, what they are asked for, and a form for another one.
#[component]
pub(super) fn PasskeysCard(
    cx: Ctx,
    kept: Vec<Passkey>,
    /// Whether one is asked for after the password.
    second: bool,
    has_password: bool,
    /// How the person has to show who they are before they add one.
    again: Option<Again>,
    form: FormState,
) -> impl IntoView {
    let l = cx.locale;
    let any = !kept.is_empty();
    let rows = kept.into_iter().map(|passkey| view! { <Row cx=cx.clone() passkey=passkey/> }).collect_view();
    let (answer, words, button) = if second {
        ("off", tr!(l, security.passkey_second_on).to_string(), tr!(l, security.passkey_second_turn_off).to_string())
    } else {
        ("on", tr!(l, security.passkey_second_off).to_string(), tr!(l, security.passkey_second_turn_on).to_string())
    };
    view! {
        <section class="card" aria-labelledby="passkeys">
            <h2 id="passkeys">{tr!(l, security.passkeys)}</h2>
            <p class="max-w-prose">{tr!(l, security.passkeys_words)}</p>
            {if any {
                view! { <ul class="rows">{rows}</ul> }.into_any()
            } else {
                view! { <p class="max-w-prose">{tr!(l, security.no_passkeys)}</p> }.into_any()
            }}
            {(any && has_password).then(|| view! {
                <p class="max-w-prose mt-4">{words}</p>
                <form class="my-3" method="post" action="/do/account/passkey-second-step">
                    <input type="hidden" name="answer" value=answer/>
                    <Submit quiet=true label=button/>
                </form>
            })}
            {match (again, cx.passkeys().is_some()) {
                (_, false) => ().into_any(),
                (Some(again), true) => view! {
                    <p class="max-w-prose mt-4">{tr!(l, security.show_again_passkey)}</p>
                    <p><a class="btn quiet" rel="nofollow" href=again.way("/account/security")>{tr!(l, security.show_again_button)}</a></p>
                }
                .into_any(),
                (None, true) => view! {
                    <form class="max-w-md mt-4" method="post" action="/do/account/add-passkey">
                        <PasskeyBox cx=cx.clone() purpose="add" action="/do/account/add-passkey" quiet=true
                            label=tr!(l, security.passkey_add) without=tr!(l, security.passkey_without_add)>
                            <Field cx=cx form=form name="name" label=tr!(l, security.passkey_name)
                                help=tr!(l, security.passkey_name_help).to_string()/>
                        </PasskeyBox>
                    </form>
                }
                .into_any(),
            }}
        </section>
    }
}

/// One passkey, with the button that removes it.
#[component]
fn Row(cx: Ctx, passkey: Passkey) -> impl IntoView {
    let l = cx.locale;
    let label = tr!(l, security.remove_label, what = passkey.name.clone()).to_string();
    let added = tr!(l, security.passkey_added, when = day_and_time(passkey.created_at, cx.zone, l)).to_string();
    let used = passkey.last_used_at.map(|at| {
        let words = tr!(l, security.passkey_used, when = day_and_time(at, cx.zone, l)).to_string();
        view! { " · "<time datetime=iso(at)>{words}</time> }
    });
    view! {
        <li class="flex flex-wrap items-center justify-between gap-3 py-3">
            <div>
                <p class="font-semibold">{passkey.name}</p>
                <p><time datetime=iso(passkey.created_at)>{added}</time>{used}</p>
            </div>
            <form method="post" action="/do/account/remove-passkey">
                <input type="hidden" name="id" value=passkey.id/>
                <button class="btn quiet" type="submit" aria-label=label>{tr!(l, security.remove)}</button>
            </form>
        </li>
    }
}
