//! A page of the handbook with what stands around it.

use domain::handbook::{HandbookError, Heading, PageAudience, PageRef, Reading, address, store};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;

use super::{search::SearchBox, tree};
use crate::{
    ctx::Ctx,
    i18n::tr,
    page::{PageError, page},
    ui::{Crumbs, Empty, Markdown, PageHead, Tag, Tone, day, iso},
};

/// The first page of the handbook.
#[component]
pub fn HandbookStartPage() -> impl IntoView {
    page(async move |cx| show(cx, String::new()).await)
}

/// Any page of the handbook.
#[component]
pub fn HandbookPage() -> impl IntoView {
    let path = use_params_map().get_untracked().get("path").unwrap_or_default();
    page(async move |cx| show(cx, path).await)
}

async fn show(cx: Ctx, path: String) -> Result<AnyView, PageError> {
    match store::page(cx.db().read(), &path, &cx.actor).await {
        Ok(reading) => Ok(view! { <Spread cx=cx reading=reading/> }.into_any()),
        Err(HandbookError::NotFound) if path.is_empty() => Ok(view! { <NoPages cx=cx/> }.into_any()),
        Err(error) => Err(error.into()),
    }
}

/// Tree, page and outline, side by side where there is room.
#[component]
fn Spread(cx: Ctx, reading: Reading) -> impl IntoView {
    let l = cx.locale;
    let Reading {
        page,
        crumbs,
        previous,
        next,
        tree,
    } = reading;
    let community = cx.settings().community.clone();
    let mut trail: Vec<(String, String)> = vec![("/handbook".to_owned(), tr!(l, handbook.title).to_string())];
    trail.extend(crumbs.iter().map(|above| (address(&above.path), above.title.clone())));
    let title = page.place.title.clone();
    let tree = tree::html(&tree, &page.place, &crumbs, tr!(l, handbook.members));
    let for_members = page.place.audience == PageAudience::Members;
    let changed = tr!(l, handbook.changed, day = day(page.updated_at, cx.zone, l));
    // The handbook is written in the community's own language, whatever that of the reader.
    let language = cx.settings().locale.clone();
    view! {
        <Title text=format!("{title} · {} · {community}", tr!(l, handbook.title))/>
        <Crumbs cx=cx.clone() trail=trail here=title/>
        <div class="handbook">
            <div class="handbook-side no-print">
                <SearchBox cx=cx.clone() query=String::new()/>
                <details class="fold">
                    <summary>{tr!(l, handbook.pages)}</summary>
                    <nav class="tree" aria-label=tr!(l, handbook.pages) inner_html=tree></nav>
                </details>
            </div>
            <Outline cx=cx.clone() headings=page.outline/>
            <div class="handbook-page">
                {for_members.then(|| view! { <p><Tag tone=Tone::Clay>{tr!(l, handbook.members_only)}</Tag></p> })}
                <article lang=language>
                    <Markdown html=page.html/>
                </article>
                <Turn cx=cx previous=previous next=next/>
                <p class="changed"><time datetime=iso(page.updated_at)>{changed}</time></p>
            </div>
        </div>
    }
}

/// The headings of a page that has more than one.
#[component]
fn Outline(cx: Ctx, headings: Vec<Heading>) -> impl IntoView {
    let l = cx.locale;
    let title = tr!(l, handbook.outline);
    let headings: Vec<Heading> = headings.into_iter().filter(|heading| heading.level <= 3).collect();
    (headings.len() > 1).then(|| {
        view! {
            <details class="fold handbook-outline no-print">
                <summary>{title}</summary>
                <nav aria-label=title>
                    <ul>
                        {headings
                            .into_iter()
                            .map(|heading| {
                                let deep = heading.level > 2;
                                view! { <li class:deep=deep><a href=format!("#{}", heading.id)>{heading.text}</a></li> }
                            })
                            .collect_view()}
                    </ul>
                </nav>
            </details>
        }
    })
}

/// The pages before and after.
#[component]
fn Turn(cx: Ctx, previous: Option<PageRef>, next: Option<PageRef>) -> impl IntoView {
    let l = cx.locale;
    let link = |page: PageRef, rel: &'static str, words: &'static str| {
        view! {
            <a class=format!("turn-{rel}") rel=rel href=address(&page.path)>
                <small>{words}</small>
                <span>{page.title}</span>
            </a>
        }
    };
    (previous.is_some() || next.is_some()).then(|| {
        view! {
            <nav class="turn no-print" aria-label=tr!(l, handbook.turn)>
                {previous.map(|page| link(page, "prev", tr!(l, handbook.previous)))}
                {next.map(|page| link(page, "next", tr!(l, handbook.next)))}
            </nav>
        }
    })
}

/// What a reader sees before the first import; stewards are told how to do it.
#[component]
fn NoPages(cx: Ctx) -> impl IntoView {
    let l = cx.locale;
    let steward = cx.actor.is_steward();
    view! {
        <PageHead title=tr!(l, handbook.title)/>
        <Empty title=tr!(l, handbook.empty_title)>
            <p>{tr!(l, handbook.empty)}</p>
            {steward
                .then(|| {
                    view! {
                        <p class="mt-3">{tr!(l, handbook.empty_steward)}</p>
                        <p class="mt-3"><code class="command">"hub handbook import PATH"</code></p>
                    }
                })}
        </Empty>
    }
}
