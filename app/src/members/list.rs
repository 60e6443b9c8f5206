//! The list of members, with search and filters in its address.

use domain::members::{
    MemberKind, Profile, Standing, Visibility, rules,
    store::{self, ClassFilter, Facets, Filter},
};
use leptos::prelude::*;
use leptos_router::{hooks::use_query_map, params::ParamsMap};

use super::words;
use crate::{
    ctx::Ctx,
    forms::FormState,
    i18n::{Locale, tr},
    page::page,
    ui::{Avatar, Empty, Field, PageHead, Pager, Select, Submit, Tag, Tone, language},
};

/// `/members`
#[component]
pub fn MembersPage() -> impl IntoView {
    let filter = use_query_map().with_untracked(read);
    page(async move |cx: Ctx| {
        let l = cx.locale;
        let found = store::search(cx.db().read(), &filter, &cx.actor).await?;
        let facets = store::facets(cx.db().read(), &cx.actor).await?;
        let query = query(&filter);
        let public = rules::reads_as(&cx.actor) == Visibility::Public;
        let list = if found.members.is_empty() {
            nobody(l, &filter)
        } else {
            let cards = found
                .members
                .into_iter()
                .map(|member| view! { <MemberCard l=l member=member/> });
            view! { <ul class="grid-cards">{cards.collect_view()}</ul> }.into_any()
        };
        Ok(view! {
            <PageHead title=tr!(l, members.title).to_string() lead=tr!(l, members.lead).to_string()/>
            <Filters cx=cx.clone() filter=filter facets=facets/>
            <p class="mb-4 flex flex-wrap gap-x-6 gap-y-1 text-soft" role="status">
                <strong>{tr!(l, members.found, count = found.total).to_string()}</strong>
                {public.then(|| view! { <span>{tr!(l, members.reading_as_public).to_string()}</span> })}
            </p>
            {list}
            <Pager cx=cx page=found.page pages=found.last query=query/>
        }
        .into_any())
    })
}

fn read(params: &ParamsMap) -> Filter {
    let get = |name: &str| {
        params
            .get(name)
            .map(|value| value.trim().to_owned())
            .unwrap_or_default()
    };
    Filter {
        words: get("q"),
        kind: MemberKind::read(&get("kind")),
        class: ClassFilter::read(&get("class")),
        circle: get("circle"),
        language: get("language"),
        region: get("region"),
        page: get("page").parse().unwrap_or(1),
    }
}

/// The filter as it stands in the address, without the page.
fn query(filter: &Filter) -> Vec<(String, String)> {
    [
        ("q", filter.words.as_str()),
        ("kind", filter.kind.map_or("", MemberKind::as_str)),
        ("class", filter.class.map_or("", ClassFilter::as_str)),
        ("circle", &filter.circle),
        ("language", &filter.language),
        ("region", &filter.region),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into()
}

fn nobody(l: Locale, filter: &Filter) -> AnyView {
    let words = if filter.is_empty() {
        tr!(l, members.none_yet).to_string()
    } else {
        tr!(l, members.none_here).to_string()
    };
    view! {
        <Empty title=tr!(l, members.none_title).to_string()>
            <p>{words}</p>
            <p class="mt-3"><a href="/members">{tr!(l, members.clear).to_string()}</a></p>
        </Empty>
    }
    .into_any()
}

#[component]
fn Filters(cx: Ctx, filter: Filter, facets: Facets) -> impl IntoView {
    let l = cx.locale;
    let form = FormState::default();
    let any = |words: String| (String::new(), words);
    let kinds = vec![
        any(tr!(l, members.any_kind).to_string()),
        (
            MemberKind::Person.as_str().to_owned(),
            tr!(l, members.people).to_string(),
        ),
        (
            MemberKind::Organisation.as_str().to_owned(),
            tr!(l, members.organisations).to_string(),
        ),
    ];
    let classes = vec![
        any(tr!(l, members.any_class).to_string()),
        (
            ClassFilter::Operational.as_str().to_owned(),
            tr!(l, members.operational).to_string(),
        ),
        (ClassFilter::User.as_str().to_owned(), tr!(l, members.user).to_string()),
        (
            ClassFilter::Guest.as_str().to_owned(),
            tr!(l, members.guest).to_string(),
        ),
    ];
    let circles = std::iter::once(any(tr!(l, members.any_circle).to_string()))
        .chain(facets.circles.into_iter().map(|circle| (circle.slug, circle.name)))
        .collect::<Vec<_>>();
    let languages = std::iter::once(any(tr!(l, members.any_language).to_string()))
        .chain(
            facets
                .languages
                .into_iter()
                .map(|tag| (tag.clone(), language(&tag))),
        )
        .collect::<Vec<_>>();
    let regions = std::iter::once(any(tr!(l, members.any_region).to_string()))
        .chain(facets.regions.into_iter().map(|region| (region.clone(), region)))
        .collect::<Vec<_>>();
    let narrowed = !filter.is_empty();
    view! {
        <form class="filters" method="get" action="/members" role="search" aria-label=tr!(l, members.search).to_string()>
            <Field cx=cx.clone() form=form.clone() name="q" kind="search" value=filter.words
                label=tr!(l, members.words).to_string()/>
            <Select cx=cx.clone() form=form.clone() name="kind" options=kinds
                value=filter.kind.map_or("", MemberKind::as_str) label=tr!(l, members.kind).to_string()/>
            <Select cx=cx.clone() form=form.clone() name="class" options=classes
                value=filter.class.map_or("", ClassFilter::as_str) label=tr!(l, members.class).to_string()/>
            <Select cx=cx.clone() form=form.clone() name="circle" options=circles value=filter.circle
                label=tr!(l, members.circle).to_string()/>
            <Select cx=cx.clone() form=form.clone() name="language" options=languages value=filter.language
                label=tr!(l, members.language).to_string()/>
            <Select cx=cx form=form name="region" options=regions value=filter.region
                label=tr!(l, members.region).to_string()/>
            <Submit label=tr!(l, members.find).to_string()/>
            {narrowed.then(|| view! { <a class="btn quiet" href="/members">{tr!(l, members.clear).to_string()}</a> })}
        </form>
    }
}

#[component]
fn MemberCard(l: Locale, member: Profile) -> impl IntoView {
    let kind = match member.kind {
        MemberKind::Person => words::class(l, member.class),
        MemberKind::Organisation => tr!(l, members.organisation).to_string(),
    };
    let tone = if member.class.is_guest() {
        Tone::Plain
    } else {
        Tone::Leaf
    };
    let standing = (member.standing != Standing::Active).then(|| words::standing(l, member.standing));
    let languages = member
        .languages
        .iter()
        .map(|tag| language(tag))
        .collect::<Vec<_>>()
        .join(", ");
    let line = [
        member
            .organisations
            .first()
            .map(|organisation| organisation.name.clone()),
        some(member.region),
    ]
    .into_iter()
    .flatten()
    .collect::<Vec<_>>()
    .join(" · ");
    view! {
        <li class="card grid content-start gap-3">
            <div class="flex items-center gap-3">
                <Avatar name=member.name.clone()/>
                <div class="min-w-0">
                    <h2 class="text-xl"><a href=format!("/members/{}", member.handle)>{member.name}</a></h2>
                    {some(member.pronouns).map(|pronouns| view! { <p class="text-soft">{pronouns}</p> })}
                </div>
            </div>
            <p class="flex flex-wrap gap-2">
                <Tag tone=tone>{kind}</Tag>
                {member.steward.then(|| view! { <Tag>{tr!(l, members.steward).to_string()}</Tag> })}
                {standing.map(|standing| view! { <Tag tone=Tone::Clay>{standing}</Tag> })}
            </p>
            {some(line).map(|line| view! { <p>{line}</p> })}
            {some(languages).map(|languages| view! { <p class="text-soft">{languages}</p> })}
        </li>
    }
}

fn some(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}
