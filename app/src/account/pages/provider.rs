//! The doors of the built-in provider: signing in, registering, an invitation, signing out.

use domain::accounts::{
    Origin, PASSWORD_MIN, Registration, Source, invitations,
    links::{self, Purpose},
    may_register, session_key, store,
};
use leptos::prelude::*;

use super::{asked, part, ways::on_to_a_tool};
use crate::{
    ctx::Ctx,
    forms::{FormState, local_path},
    i18n::tr,
    page::{PageError, encode, page},
    security::passkey_box::PasskeyBox,
    ui::{ErrorSummary, Field, PageHead, Submit, TextArea},
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
        let may_register = may_register(cx.settings().registration, empty).is_ok();
        let to_register = format!("/provider/register?continue={}", encode(&next));
        let community = cx.settings().community.clone();
        let source = cx.session.get::<Source>(session_key::SOURCE).await.ok().flatten();
        let elsewhere = on_to_a_tool(&cx, &next, source.as_ref());
        Ok(view! {
            <PageHead title=tr!(l, account.sign_in_title) lead=tr!(l, account.sign_in_lead, community = community).to_string()/>
            <ErrorSummary cx=cx.clone() form=form.clone()/>
            <form class="form max-w-md" method="post" action="/do/account/sign-in">
                <input type="hidden" name="next" value=next/>
                <Field cx=cx.clone() form=form.clone() name="email" kind="email" label=tr!(l, account.email) value=hint
                    autocomplete="username" required=true/>
                <Field cx=cx.clone() form=form name="password" kind="password" label=tr!(l, account.password)
                    autocomplete="current-password" required=true/>
                <p class="flex flex-wrap items-center gap-4">
                    <Submit label=tr!(l, account.sign_in_button)/>
                    <a href="/provider/forgot">{tr!(l, account.forgot)}</a>
                </p>
                {cx.passkeys().is_some().then(|| view! {
                    <PasskeyBox cx=cx.clone() purpose="sign_in" action="/do/account/passkey-sign-in" quiet=true
                        label=tr!(l, security.passkey_sign_in) without=tr!(l, security.passkey_without)/>
                })}
            </form>
            {elsewhere}
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

/// The name that others will see.
#[component]
fn NameField(cx: Ctx, form: FormState, #[prop(into, optional)] value: String) -> impl IntoView {
    let l = cx.locale;
    view! {
        <Field cx=cx form=form name="name" label=tr!(l, account.name) value=value
            help=tr!(l, account.name_help).to_string() autocomplete="name" required=true/>
    }
}

/// An address to sign in with.
#[component]
fn AddressField(cx: Ctx, form: FormState) -> impl IntoView {
    let l = cx.locale;
    view! {
        <Field cx=cx form=form name="email" kind="email" label=tr!(l, account.email)
            help=tr!(l, account.email_help).to_string() autocomplete="username" required=true/>
    }
}

/// A password to be chosen.
#[component]
fn NewPasswordField(cx: Ctx, form: FormState) -> impl IntoView {
    let l = cx.locale;
    view! {
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
        let empty = store::hub_is_empty(cx.db().read()).await?;
        let registration = cx.settings().registration;
        may_register(registration, empty)?;
        let next = local_path(&next).unwrap_or_default().to_owned();
        Ok(if empty { first(cx, next) } else { by_letter(cx, next, registration == Registration::Request) })
    })
}

/// The first account is made at once.
fn first(cx: Ctx, next: String) -> AnyView {
    let l = cx.locale;
    let form = cx.flash.form("register");
    let community = cx.settings().community.clone();
    view! {
        <PageHead title=tr!(l, account.register_title) lead=tr!(l, account.register_first, community = community).to_string()/>
        <ErrorSummary cx=cx.clone() form=form.clone()/>
        <form class="form max-w-md" method="post" action="/do/account/register-first">
            <input type="hidden" name="next" value=next/>
            <NameField cx=cx.clone() form=form.clone()/>
            <AddressField cx=cx.clone() form=form.clone()/>
            <NewPasswordField cx=cx.clone() form=form/>
            <p><Submit label=tr!(l, account.register_button)/></p>
            {cx.passkeys().is_some().then(|| view! {
                <PasskeyBox cx=cx.clone() purpose="first" action="/do/account/passkey-register-first" quiet=true
                    label=tr!(l, security.passkey_register) without=tr!(l, security.passkey_without)/>
            })}
        </form>
    }
    .into_any()
}

/// Everybody after that gets a letter; where a steward decides, they say a few words.
fn by_letter(cx: Ctx, next: String, request: bool) -> AnyView {
    let l = cx.locale;
    let form = cx.flash.form("register");
    let community = cx.settings().community.clone();
    let to_sign_in = format!("/provider/sign-in?continue={}", encode(&next));
    let (title, lead, button) = if request {
        let lead = tr!(l, account.request_lead, community = community).to_string();
        (tr!(l, account.request_title), lead, tr!(l, account.request_button))
    } else {
        let lead = tr!(l, account.register_lead, community = community).to_string();
        (tr!(l, account.register_title), lead, tr!(l, account.register_letter))
    };
    let words = request.then(|| {
        view! {
            <TextArea cx=cx.clone() form=form.clone() name="words" label=tr!(l, account.request_words)
                help=tr!(l, account.request_words_help).to_string()/>
        }
    });
    view! {
        <PageHead title=title.to_string() lead=lead/>
        <ErrorSummary cx=cx.clone() form=form.clone()/>
        <form class="form max-w-md" method="post" action="/do/account/register">
            <input type="hidden" name="next" value=next/>
            <NameField cx=cx.clone() form=form.clone()/>
            <AddressField cx=cx.clone() form=form.clone()/>
            {words}
            <p><Submit label=button.to_string()/></p>
        </form>
        <p class="mt-6 max-w-prose">
            {tr!(l, account.have_account)}" "<a href=to_sign_in>{tr!(l, account.sign_in_instead)}</a>
        </p>
    }
    .into_any()
}

/// `/invitations/{token}`
#[component]
pub fn InvitationPage() -> impl IntoView {
    let token = part("token");
    page(async move |cx: Ctx| {
        provider_is_here(&cx)?;
        let l = cx.locale;
        let invitation = invitations::usable(cx.db().read(), cx.now, &token).await?;
        let community = cx.settings().community.clone();
        if store::by_address(cx.db().read(), &invitation.email).await?.is_some() {
            return Ok(view! {
                <PageHead title=tr!(l, account.invitation_known_title)
                    lead=tr!(l, account.invitation_known, address = invitation.email).to_string()/>
                <p class="mt-6"><a class="btn" rel="nofollow" href="/sign-in">{tr!(l, common.sign_in)}</a></p>
            }
            .into_any());
        }
        let form = cx.flash.form("invitation");
        let (title, lead) = match invitation.origin {
            Origin::Invited => (
                tr!(l, account.invitation_title).to_string(),
                tr!(l, account.invitation_lead, community = community).to_string(),
            ),
            Origin::Registered | Origin::Approved => (
                tr!(l, account.nearly_title).to_string(),
                tr!(l, account.nearly_lead, community = community).to_string(),
            ),
        };
        Ok(view! {
            <PageHead title=title lead=lead/>
            <ErrorSummary cx=cx.clone() form=form.clone()/>
            <form class="form max-w-md" method="post" action="/do/account/accept-invitation">
                <input type="hidden" name="token" value=token/>
                <NameField cx=cx.clone() form=form.clone() value=invitation.name/>
                <p class="field">{tr!(l, account.invitation_address)}" "<strong>{invitation.email.clone()}</strong></p>
                <input type="email" name="email" value=invitation.email autocomplete="username" hidden=true/>
                <NewPasswordField cx=cx.clone() form=form/>
                <p><Submit label=tr!(l, account.invitation_button)/></p>
                {cx.passkeys().is_some().then(|| view! {
                    <PasskeyBox cx=cx.clone() purpose="invitation" action="/do/account/passkey-accept-invitation" quiet=true
                        label=tr!(l, security.passkey_accept) without=tr!(l, security.passkey_without)/>
                })}
            </form>
        }
        .into_any())
    })
}

/// `/provider/forgot`
#[component]
pub fn ForgotPage() -> impl IntoView {
    page(async move |cx: Ctx| {
        provider_is_here(&cx)?;
        let l = cx.locale;
        let form = cx.flash.form("forgot");
        Ok(view! {
            <PageHead title=tr!(l, account.forgot_title) lead=tr!(l, account.forgot_lead).to_string()/>
            <ErrorSummary cx=cx.clone() form=form.clone()/>
            <form class="form max-w-md" method="post" action="/do/account/forgot">
                <Field cx=cx.clone() form=form name="email" kind="email" label=tr!(l, account.email)
                    autocomplete="username" required=true/>
                <p class="flex flex-wrap items-center gap-4">
                    <Submit label=tr!(l, account.forgot_button)/>
                    <a href="/provider/sign-in">{tr!(l, account.sign_in_instead)}</a>
                </p>
            </form>
        }
        .into_any())
    })
}

/// `/provider/reset/{token}`
#[component]
pub fn ResetPage() -> impl IntoView {
    let token = part("token");
    page(async move |cx: Ctx| {
        provider_is_here(&cx)?;
        let l = cx.locale;
        let link = links::usable(cx.db().read(), cx.now, Purpose::ResetPassword, &token).await?;
        let form = cx.flash.form("reset");
        Ok(view! {
            <PageHead title=tr!(l, account.reset_title) lead=tr!(l, account.reset_lead).to_string()/>
            <ErrorSummary cx=cx.clone() form=form.clone()/>
            <form class="form max-w-md" method="post" action="/do/account/reset">
                <input type="hidden" name="token" value=token/>
                <input type="email" name="email" value=link.address autocomplete="username" hidden=true/>
                <NewPasswordField cx=cx.clone() form=form/>
                <p><Submit label=tr!(l, account.reset_button)/></p>
            </form>
        }
        .into_any())
    })
}

/// `/provider/letter?about=account`: a letter is on its way, whatever the address.
#[component]
pub fn LetterPage() -> impl IntoView {
    let about = asked("about");
    page(async move |cx: Ctx| {
        provider_is_here(&cx)?;
        let l = cx.locale;
        let (title, words) = match about.as_str() {
            "request" => (tr!(l, account.letter_request_title), tr!(l, account.letter_request)),
            "password" => (tr!(l, account.letter_title), tr!(l, account.letter_password)),
            _ => (tr!(l, account.letter_title), tr!(l, account.letter_account)),
        };
        let in_the_log = (!cx.settings().mail_is_set).then(|| {
            view! { <p class="mt-4 max-w-prose">{tr!(l, account.letter_in_the_log)}</p> }
        });
        Ok(view! {
            <PageHead title=title.to_string() lead=words.to_string()/>
            <p class="max-w-prose">{tr!(l, account.letter_patience)}</p>
            {in_the_log}
            <p class="mt-6"><a class="btn quiet" href="/">{tr!(l, common.to_home)}</a></p>
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
