//! For stewards: who asks for an account, and who is invited.

use domain::accounts::{
    Registration, Request,
    invitations::{self, Open},
    requests,
};
use leptos::prelude::*;

use crate::{
    ctx::Ctx,
    forms::FormState,
    i18n::{LANGUAGES, code, tr},
    page::{PageError, page},
    ui::{Empty, ErrorSummary, Field, PageHead, Select, Submit, day_and_time, iso},
};

/// `/stewards/accounts`
#[component]
pub fn PeoplePage() -> impl IntoView {
    page(async move |cx: Ctx| {
        cx.actor.may_steward()?;
        if !cx.settings().builtin_provider {
            return Err(PageError::NOT_FOUND);
        }
        let l = cx.locale;
        let waiting = requests::waiting(cx.db().read()).await?;
        let open = invitations::open(cx.db().read(), cx.now).await?;
        let (invite, decide) = (cx.flash.form("invite"), cx.flash.form("decide"));
        let requests = if waiting.is_empty() {
            let words = match cx.settings().registration {
                Registration::Request => tr!(l, security.no_requests).to_string(),
                Registration::Open => tr!(l, security.no_requests_open).to_string(),
                Registration::Invitation => tr!(l, security.no_requests_invitation).to_string(),
            };
            view! { <Empty title=tr!(l, security.no_requests_title)>{words}</Empty> }.into_any()
        } else {
            let rows = waiting.into_iter().map(|request| view! { <RequestRow cx=cx.clone() request=request form=decide.clone()/> });
            view! { <ul class="rows">{rows.collect_view()}</ul> }.into_any()
        };
        let invitations = if open.is_empty() {
            view! { <p class="max-w-prose">{tr!(l, security.no_invitations)}</p> }.into_any()
        } else {
            let rows = open.into_iter().map(|open| view! { <InvitationRow cx=cx.clone() open=open/> });
            view! { <ul class="rows">{rows.collect_view()}</ul> }.into_any()
        };
        Ok(view! {
            <PageHead title=tr!(l, security.people_title) lead=tr!(l, security.people_lead).to_string()/>
            <ErrorSummary cx=cx.clone() form=invite.clone()/>
            <ErrorSummary cx=cx.clone() form=decide/>
            <section class="mt-8" aria-labelledby="requests">
                <h2 id="requests">{tr!(l, security.requests)}</h2>
                {requests}
            </section>
            <section class="mt-8" aria-labelledby="invitations">
                <h2 id="invitations">{tr!(l, security.invitations)}</h2>
                {invitations}
                <InviteForm cx=cx.clone() form=invite/>
            </section>
        }
        .into_any())
    })
}

/// One request, with both answers.
#[component]
fn RequestRow(cx: Ctx, request: Request, form: FormState) -> impl IntoView {
    let l = cx.locale;
    let id = request.id.to_string();
    // What was typed belongs to one of the rows.
    let form = if form.value("id", "") == id { form } else { FormState::default() };
    let words = form.value("words", "");
    let asked = tr!(l, security.asked, when = day_and_time(request.created_at, cx.zone, l)).to_string();
    let (yes, no) = (
        tr!(l, security.approve_label, name = request.name.clone()).to_string(),
        tr!(l, security.decline_label, name = request.name.clone()).to_string(),
    );
    let field = format!("words-{id}");
    view! {
        <li class="py-4">
            <p><span class="font-semibold">{request.name}</span>" · "{request.email}</p>
            <p><time datetime=iso(request.created_at)>{asked}</time></p>
            {(!request.words.is_empty()).then(|| view! { <blockquote class="max-w-prose my-2">{request.words}</blockquote> })}
            <form class="form max-w-md" method="post" action="/do/stewards/decide-request">
                <input type="hidden" name="id" value=id/>
                <div class="field">
                    <label for=field.clone()>{tr!(l, security.decline_words)}</label>
                    <textarea id=field name="words" rows="2">{words}</textarea>
                </div>
                <p class="flex flex-wrap gap-3">
                    <button class="btn" type="submit" name="answer" value="yes" aria-label=yes>{tr!(l, security.approve)}</button>
                    <button class="btn quiet" type="submit" name="answer" value="no" aria-label=no>{tr!(l, security.decline)}</button>
                </p>
            </form>
        </li>
    }
}

/// One invitation that nobody used yet.
#[component]
fn InvitationRow(cx: Ctx, open: Open) -> impl IntoView {
    let l = cx.locale;
    let until = day_and_time(open.invitation.expires_at, cx.zone, l);
    let label = tr!(l, security.withdraw_label, address = open.invitation.email.clone()).to_string();
    view! {
        <li class="flex flex-wrap items-center justify-between gap-3 py-3">
            <div>
                <p class="font-semibold">{open.invitation.email}</p>
                <p>{tr!(l, security.good_until, when = until).to_string()}</p>
            </div>
            <form method="post" action="/do/stewards/withdraw-invitation">
                <input type="hidden" name="id" value=open.id/>
                <button class="btn quiet" type="submit" aria-label=label>{tr!(l, security.withdraw)}</button>
            </form>
        </li>
    }
}

#[component]
fn InviteForm(cx: Ctx, form: FormState) -> impl IntoView {
    let l = cx.locale;
    let classes = vec![
        (String::new(), tr!(l, security.class_guest).to_string()),
        ("user".to_owned(), tr!(l, security.class_user).to_string()),
        ("operational".to_owned(), tr!(l, security.class_operational).to_string()),
        ("both".to_owned(), tr!(l, security.class_both).to_string()),
    ];
    let languages = LANGUAGES.iter().map(|(_, code, name)| ((*code).to_owned(), (*name).to_owned())).collect();
    view! {
        <form class="form max-w-md mt-6" method="post" action="/do/stewards/invite">
            <h3>{tr!(l, security.invite)}</h3>
            <Field cx=cx.clone() form=form.clone() name="email" kind="email" label=tr!(l, account.email)
                help=tr!(l, security.invite_help).to_string() required=true/>
            <Select cx=cx.clone() form=form.clone() name="class" label=tr!(l, security.invite_class) options=classes/>
            <Select cx=cx form=form name="language" label=tr!(l, security.invite_language) value=code(l) options=languages/>
            <p><Submit label=tr!(l, security.invite_button)/></p>
        </form>
    }
}
