//! The doors of the built-in provider: signing in, registering, an invitation, signing out.

use domain::accounts::{PASSWORD_MIN, invitations, may_register, store};
use leptos::prelude::*;

use super::{asked, part};
use crate::{
    account::at_provider::registration,
    ctx::Ctx,
    forms::{FormState, local_path},
    i18n::tr,
    page::{PageError, encode, page},
    ui::{ErrorSummary, Field, PageHead, Submit},
};

/// These pages are there only while the hub is its own provider.
pub(super) fn provider_is_here(cx: &Ctx) -> Result<(), PageError> {
    if cx.settings().builtin_provider { Ok(()) } else { Err(PageError::NOT_FOUND) }
}

/// `/provider/sign-in?continue=/path`
#[component]
pub fn SignInPage() -> impl IntoView {
    let (next, hint) = (asked("continue"), asked("email"));
    page(async move |cx: Ctx| {
        provider_is_here(&cx)?;
        let l = cx.locale;
        let form = cx.flash.form("sign_in");
        let next = local_path(&next).unwrap_or_default().to_owned();
        let empty = store::hub_is_empty(cx.db().read()).await?;
        let may_register = may_register(registration(&cx), empty).is_ok();
        let to_register = format!("/provider/register?continue={}", encode(&next));
        let community = cx.settings().community.clone();
        Ok(view! {
            <PageHead title=tr!(l, account.sign_in_title) lead=tr!(l, account.sign_in_lead, community = community).to_string()/>
            <ErrorSummary cx=cx.clone() form=form.clone()/>
            <form class="form max-w-md" method="post" action="/do/account/sign-in">
                <input type="hidden" name="next" value=next/>
                <Field cx=cx.clone() form=form.clone() name="email" kind="email" label=tr!(l, account.email) value=hint
                    autocomplete="username" required=true/>
                <Field cx=cx.clone() form=form name="password" kind="password" label=tr!(l, account.password)
                    autocomplete="current-password" required=true/>
                <p><Submit label=tr!(l, account.sign_in_button)/></p>
            </form>
            {if may_register {
                view! {
                    <p class="mt-6 max-w-prose">
                        {tr!(l, account.no_account_yet)}" "<a href=to_register>{tr!(l, account.make_one)}</a>
                    </p>
                }
                .into_any()
            } else {
                view! { <p class="mt-6 max-w-prose">{tr!(l, account.by_invitation)}</p> }.into_any()
            }}
        }
        .into_any())
    })
}

/// Name, address and password of a new account.
#[component]
fn NewAccountFields(cx: Ctx, form: FormState, #[prop(into, optional)] email: String) -> impl IntoView {
    let l = cx.locale;
    view! {
        <Field cx=cx.clone() form=form.clone() name="name" label=tr!(l, account.name)
            help=tr!(l, account.name_help).to_string() autocomplete="name" required=true/>
        <Field cx=cx.clone() form=form.clone() name="email" kind="email" label=tr!(l, account.email) value=email
            help=tr!(l, account.email_help).to_string() autocomplete="username" required=true/>
        <Field cx=cx form=form name="password" kind="password" label=tr!(l, account.password)
            help=tr!(l, account.password_help, least = PASSWORD_MIN).to_string() autocomplete="new-password" required=true/>
    }
}

/// `/provider/register?continue=/path`
#[component]
pub fn RegisterPage() -> impl IntoView {
    let next = asked("continue");
    page(async move |cx: Ctx| {
        provider_is_here(&cx)?;
        let l = cx.locale;
        let empty = store::hub_is_empty(cx.db().read()).await?;
        may_register(registration(&cx), empty)?;
        let form = cx.flash.form("register");
        let next = local_path(&next).unwrap_or_default().to_owned();
        let to_sign_in = format!("/provider/sign-in?continue={}", encode(&next));
        let community = cx.settings().community.clone();
        let lead = if empty {
            tr!(l, account.register_first, community = community).to_string()
        } else {
            tr!(l, account.register_lead, community = community).to_string()
        };
        Ok(view! {
            <PageHead title=tr!(l, account.register_title) lead=lead/>
            <ErrorSummary cx=cx.clone() form=form.clone()/>
            <form class="form max-w-md" method="post" action="/do/account/register">
                <input type="hidden" name="next" value=next/>
                <NewAccountFields cx=cx.clone() form=form/>
                <p><Submit label=tr!(l, account.register_button)/></p>
            </form>
            {(!empty).then(|| {
                view! {
                    <p class="mt-6 max-w-prose">
                        {tr!(l, account.have_account)}" "<a href=to_sign_in>{tr!(l, account.sign_in_instead)}</a>
                    </p>
                }
            })}
        }
        .into_any())
    })
}

/// `/invitations/{token}`
#[component]
pub fn InvitationPage() -> impl IntoView {
    let token = part("token");
    page(async move |cx: Ctx| {
        provider_is_here(&cx)?;
        let l = cx.locale;
        let invitation = invitations::usable(cx.db().read(), cx.now, &token).await?;
        let form = cx.flash.form("invitation");
        let community = cx.settings().community.clone();
        Ok(view! {
            <PageHead title=tr!(l, account.invitation_title) lead=tr!(l, account.invitation_lead, community = community).to_string()/>
            <ErrorSummary cx=cx.clone() form=form.clone()/>
            <form class="form max-w-md" method="post" action="/do/account/accept-invitation">
                <input type="hidden" name="token" value=token/>
                <NewAccountFields cx=cx.clone() form=form email=invitation.email/>
                <p><Submit label=tr!(l, account.invitation_button)/></p>
            </form>
        }
        .into_any())
    })
}

/// `/provider/sign-out`: asked where a tool wants the person signed out and cannot show that it knows them.
#[component]
pub fn SignOutPage() -> impl IntoView {
    let next = asked("continue");
    page(async move |cx: Ctx| {
        provider_is_here(&cx)?;
        let l = cx.locale;
        Ok(view! {
            <PageHead title=tr!(l, account.sign_out_title) lead=tr!(l, account.sign_out_lead).to_string()/>
            <form class="flex flex-wrap gap-3" method="post" action="/do/account/leave-provider">
                <input type="hidden" name="next" value=local_path(&next).unwrap_or_default().to_owned()/>
                <Submit label=tr!(l, account.sign_out_button)/>
                <a class="btn quiet" href="/">{tr!(l, account.stay)}</a>
            </form>
        }
        .into_any())
    })
}
