//! Search in the handbook.

use domain::handbook::{
    Hit, address,
    search::{MOST, search},
    sees_members_pages,
};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use crate::{
    ctx::Ctx,
    i18n::tr,
    page::{encode, page},
    ui::{Crumbs, Empty, PageHead},
};

/// The field to search from any page of the handbook.
#[component]
pub(super) fn SearchBox(cx: Ctx, query: String) -> impl IntoView {
    let l = cx.locale;
    view! {
        <form class="search" role="search" method="get" action="/handbook-search">
            <label class="sr-only" for="q">{tr!(l, handbook.search_label)}</label>
            <input id="q" class="input" name="q" type="search" value=query placeholder=tr!(l, handbook.search_title) maxlength="200"/>
            <button class="btn quiet" type="submit">{tr!(l, handbook.search)}</button>
        </form>
    }
}

/// What a search found.
#[component]
pub fn HandbookSearchPage() -> impl IntoView {
    let query = use_query_map().get_untracked().get("q").unwrap_or_default();
    page(async move |cx| {
        let l = cx.locale;
        let query: String = query.trim().chars().take(200).collect();
        let hits = search(cx.db().read(), &query, &cx.actor).await?;
        let trail = vec![("/handbook".to_owned(), tr!(l, handbook.title).to_string())];
        let answer = if query.is_empty() {
            view! {
                <Empty title=tr!(l, handbook.start_title)>
                    <p>{tr!(l, handbook.start)}</p>
                    <p class="mt-3"><a href="/handbook">{tr!(l, handbook.or_browse)}</a></p>
                </Empty>
            }
            .into_any()
        } else if hits.is_empty() {
            view! { <Nothing cx=cx.clone()/> }.into_any()
        } else {
            view! { <Hits cx=cx.clone() hits=hits/> }.into_any()
        };
        Ok(view! {
            <Crumbs cx=cx.clone() trail=trail here=tr!(l, handbook.search)/>
            <PageHead title=tr!(l, handbook.search_title)/>
            <div class="mb-6 max-w-prose"><SearchBox cx=cx query=query/></div>
            {answer}
        }
        .into_any())
    })
}

#[component]
fn Hits(cx: Ctx, hits: Vec<Hit>) -> impl IntoView {
    let l = cx.locale;
    let count = hits.len();
    let told = if count as u64 >= MOST {
        tr!(l, handbook.found_most, count = count).to_string()
    } else {
        tr!(l, handbook.found, count = count).to_string()
    };
    let language = cx.settings().locale.clone();
    view! {
        <p class="text-soft" role="status">{told}</p>
        <ol class="hits" lang=language>
            {hits
                .into_iter()
                .map(|hit| {
                    let part = hit.place.part;
                    let passage = hit
                        .passage
                        .into_iter()
                        .map(|(text, found)| {
                            if found { view! { <mark>{text}</mark> }.into_any() } else { text.into_any() }
                        })
                        .collect_view();
                    view! {
                        <li>
                            {(!part.is_empty()).then(|| view! { <p class="kicker">{part}</p> })}
                            <h2><a href=address(&hit.place.path)>{hit.place.title}</a></h2>
                            <p>{passage}</p>
                        </li>
                    }
                })
                .collect_view()}
        </ol>
    }
}

#[component]
fn Nothing(cx: Ctx) -> impl IntoView {
    let l = cx.locale;
    let sign_in = format!("/sign-in?to={}", encode(&cx.path_and_query));
    let more = cx.member().is_none() && !sees_members_pages(&cx.actor);
    view! {
        <Empty title=tr!(l, handbook.nothing_title)>
            <p>{tr!(l, handbook.nothing)}</p>
            {more
                .then(|| {
                    view! {
                        <p class="mt-3">{tr!(l, handbook.nothing_sign_in)}</p>
                        <p class="mt-3"><a class="btn quiet" rel="nofollow" href=sign_in>{tr!(l, common.sign_in)}</a></p>
                    }
                })}
            <p class="mt-3"><a href="/handbook">{tr!(l, handbook.or_browse)}</a></p>
        </Empty>
    }
}
