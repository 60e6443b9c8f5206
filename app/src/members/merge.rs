//! Two records that are one and the same: a steward looks at what would happen, then makes them one.

use domain::accounts::merge::{self, Joined};
use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};

use super::words;
use crate::{
    ctx::Ctx,
    forms::FormState,
    i18n::{Locale, tr},
    page::{PageError, encode, page},
    ui::{Card, Check, Crumbs, ErrorSummary, Field, PageHead, Submit, Tag, Tone},
};

/// `/members/{handle}/merge?other=handle`
#[component]
pub fn MergePage() -> impl IntoView {
    let handle = use_params_map().with_untracked(|params| params.get("handle").unwrap_or_default());
    let other = use_query_map().with_untracked(|query| query.get("other").unwrap_or_default());
    page(async move |cx: Ctx| {
        cx.actor.may_steward()?;
        let l = cx.locale;
        let keep = domain::members::store::by_handle(cx.db().read(), &handle).await?.ok_or(PageError::NOT_FOUND)?;
        let namesakes = merge::namesakes(cx.db().read(), &keep).await?;
        let mut form = cx.flash.form("merge");
        let other = other.trim().trim_start_matches('@').to_lowercase();
        let preview = if other.is_empty() {
            None
        } else {
            match merge::preview(cx.db(), &cx.actor, &keep.handle, &other, cx.now).await {
                Ok(joined) => Some(joined),
                Err(error) => {
                    use domain::{Kind, Problem};
                    if error.kind() == Kind::Internal {
                        return Err(error.into());
                    }
                    form = FormState::failed("other", error.code());
                    None
                }
            }
        };
        let trail = vec![
            ("/members".to_owned(), tr!(l, members.title).to_string()),
            (format!("/members/{}", keep.handle), keep.name.clone()),
        ];
        let action = format!("/members/{}/merge", keep.handle);
        let same = (!namesakes.is_empty()).then(|| namesakes_list(l, &action, namesakes));
        Ok(view! {
            <Crumbs cx=cx.clone() trail=trail here=tr!(l, identities.merge_title).to_string()/>
            <PageHead title=tr!(l, identities.merge_title).to_string()
                lead=tr!(l, identities.merge_lead, name = keep.name.clone()).to_string()/>
            <ErrorSummary cx=cx.clone() form=form.clone()/>
            <form class="form max-w-md" method="get" action=action>
                <Field cx=cx.clone() form=form.clone() name="other" label=tr!(l, identities.merge_other).to_string() value=other/>
                <p><Submit label=tr!(l, identities.merge_preview).to_string() quiet=true/></p>
            </form>
            {same}
            {preview.map(|joined| preview_of(cx.clone(), form, &joined))}
        }
        .into_any())
    })
}

fn namesakes_list(l: Locale, action: &str, namesakes: Vec<String>) -> AnyView {
    let rows = namesakes
        .into_iter()
        .map(|handle| {
            let href = format!("{action}?other={}", encode(&handle));
            view! { <li><a href=href>{format!("@{handle}")}</a></li> }
        })
        .collect_view();
    view! { <p class="mt-4">{tr!(l, identities.merge_namesakes).to_string()}</p><ul>{rows}</ul> }.into_any()
}

/// What the rows of a table are, in words.
fn what(l: Locale, table: &str) -> String {
    match table {
        "identities" => tr!(l, identities.of_identities).to_string(),
        "bookings" => tr!(l, identities.of_bookings).to_string(),
        "attendance" => tr!(l, identities.of_attendance).to_string(),
        "circle_members" => tr!(l, identities.of_circle_members).to_string(),
        "affiliations" => tr!(l, identities.of_affiliations).to_string(),
        "member_languages" => tr!(l, identities.of_member_languages).to_string(),
        "session_leads" => tr!(l, identities.of_session_leads).to_string(),
        "session_roles" => tr!(l, identities.of_session_roles).to_string(),
        "space_facilitators" => tr!(l, identities.of_space_facilitators).to_string(),
        "sessions" => tr!(l, identities.of_sessions).to_string(),
        "minutes_entries" => tr!(l, identities.of_minutes_entries).to_string(),
        "former_handles" => tr!(l, identities.of_former_handles).to_string(),
        "audit_log" => tr!(l, identities.of_audit_log).to_string(),
        other => tr!(l, identities.of_other, table = other.to_owned()).to_string(),
    }
}

fn rows<'r>(l: Locale, counted: impl Iterator<Item = (&'r String, &'r u64)>) -> AnyView {
    counted
        .map(|(table, count)| {
            view! { <li>{tr!(l, identities.rows, what = what(l, table), count = count.to_string()).to_string()}</li> }
        })
        .collect_view()
        .into_any()
}

/// Everything that would happen, and the form that lets it happen.
fn preview_of(cx: Ctx, form: FormState, joined: &Joined) -> AnyView {
    let l = cx.locale;
    let Joined { becomes, goes, moved, once, ended } = joined;
    let title = tr!(l, identities.merge_what, goes = format!("{} (@{})", goes.name, goes.handle),
        keep = format!("{} (@{})", becomes.name, becomes.handle)).to_string();
    let address = tr!(l, identities.merge_handle, handle = becomes.handle.clone(), gone = goes.handle.clone()).to_string();
    let class = tr!(l, identities.merge_class, class = words::class(l, becomes.class)).to_string();
    let devices = tr!(l, identities.merge_devices, count = ended.to_string()).to_string();
    let moves = if moved.is_empty() {
        view! { <p>{tr!(l, identities.merge_moves_none).to_string()}</p> }.into_any()
    } else {
        let moved = rows(l, moved.iter());
        view! { <ul class="list-disc ps-6">{moved}</ul> }.into_any()
    };
    let kept_once = (!once.is_empty()).then(|| {
        let once = rows(l, once.iter());
        view! {
            <h3>{tr!(l, identities.merge_once).to_string()}</h3>
            <ul class="list-disc ps-6">{once}</ul>
        }
    });
    let steward = becomes.steward.then(|| view! { <li>{tr!(l, identities.merge_steward).to_string()}</li> });
    let (keep, gone, seen) = (becomes.handle.clone(), goes.handle.clone(), joined.fingerprint());
    view! {
        <div class="mt-8">
            <Card title=title>
                <p><Tag tone=Tone::Clay>{tr!(l, identities.merge_no_undo).to_string()}</Tag></p>
                <h3>{tr!(l, identities.merge_moves).to_string()}</h3>
                {moves}
                {kept_once}
                <h3>{tr!(l, identities.merge_becomes).to_string()}</h3>
                <ul class="list-disc ps-6"><li>{class}</li>{steward}<li>{address}</li></ul>
                <p class="max-w-prose">{devices}</p>
                <form class="form" method="post" action="/do/members/merge">
                    <input type="hidden" name="keep" value=keep/>
                    <input type="hidden" name="goes" value=gone/>
                    <input type="hidden" name="seen" value=seen/>
                    <Check cx=cx form=form name="sure" label=tr!(l, identities.merge_sure).to_string()/>
                    <p><Submit label=tr!(l, identities.merge_do).to_string()/></p>
                </form>
            </Card>
        </div>
    }
    .into_any()
}
