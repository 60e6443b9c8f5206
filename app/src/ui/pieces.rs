//! Small parts of pages.

use leptos::prelude::*;

use crate::{ctx::Ctx, i18n::tr, page::encode};

/// Colour of a tag; the words carry the meaning, the colour only helps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tone {
    /// A fact.
    #[default]
    Plain,
    /// Presence, an act that went well.
    Leaf,
    /// Attention.
    Clay,
}

/// A word or two about a thing.
#[component]
pub fn Tag(#[prop(optional)] tone: Tone, children: Children) -> impl IntoView {
    let class = match tone {
        Tone::Plain => "tag",
        Tone::Leaf => "tag leaf",
        Tone::Clay => "tag clay",
    };
    view! { <span class=class>{children()}</span> }
}

/// A raised box with a heading.
#[component]
pub fn Card(#[prop(into)] title: String, children: Children) -> impl IntoView {
    view! {
        <section class="card">
            <h2>{title}</h2>
            {children()}
        </section>
    }
}

/// What stands where a list would be: says why it is empty and what to do.
#[component]
pub fn Empty(#[prop(into)] title: String, children: Children) -> impl IntoView {
    view! {
        <div class="empty">
            <p class="empty-title">{title}</p>
            <div class="max-w-prose">{children()}</div>
        </div>
    }
}

/// Clean HTML made by the server from Markdown.
#[component]
pub fn Markdown(#[prop(into)] html: String) -> impl IntoView {
    view! { <div class="prose" inner_html=html></div> }
}

/// The way from the home page to here: pairs of address and words; the last one is this page.
#[component]
pub fn Crumbs(cx: Ctx, trail: Vec<(String, String)>, #[prop(into)] here: String) -> impl IntoView {
    view! {
        <nav class="crumbs" aria-label=tr!(cx.locale, common.breadcrumbs)>
            <ol>
                {trail.into_iter().map(|(to, words)| view! { <li><a href=to>{words}</a></li> }).collect_view()}
                <li aria-current="page">{here}</li>
            </ol>
        </nav>
    }
}

/// Places taken, drawn; `capacity` of `None` means as many as come.
#[component]
pub fn SeatBar(cx: Ctx, coming: i64, waiting: i64, capacity: Option<i32>) -> impl IntoView {
    let l = cx.locale;
    let words = match capacity {
        Some(seats) if waiting > 0 => tr!(l, common.seats_waiting, coming = coming, seats = seats, waiting = waiting),
        Some(seats) => tr!(l, common.seats, coming = coming, seats = seats),
        None => tr!(l, common.coming, coming = coming),
    };
    let bar = capacity.map(|seats| {
        let percent = (coming * 100 / i64::from(seats.max(1))).clamp(0, 100);
        let svg = format!(r#"<svg viewBox="0 0 100 6" preserveAspectRatio="none"><rect width="{percent}" height="6"/></svg>"#);
        view! { <span class="bar" class:full={coming >= i64::from(seats)} aria-hidden="true" inner_html=svg></span> }
    });
    view! { <span class="seats"><span>{words}</span>{bar}</span> }
}

/// Earlier and later pages of a list; keeps the rest of the query.
#[component]
pub fn Pager(cx: Ctx, page: u64, pages: u64, query: Vec<(String, String)>) -> impl IntoView {
    let l = cx.locale;
    let path = cx.path.clone();
    let to = move |page: u64| {
        let rest: String =
            query.iter().filter(|(_, v)| !v.is_empty()).map(|(k, v)| format!("&{k}={}", encode(v))).collect();
        format!("{path}?page={page}{rest}")
    };
    (pages > 1).then(|| {
        view! {
            <nav class="pager" aria-label=tr!(l, common.pages)>
                {(page > 1).then(|| view! { <a class="btn quiet" rel="prev" href=to(page - 1)>{tr!(l, common.earlier)}</a> })}
                <span>{tr!(l, common.page_of, page = page, pages = pages)}</span>
                {(page < pages).then(|| view! { <a class="btn quiet" rel="next" href=to(page + 1)>{tr!(l, common.later)}</a> })}
            </nav>
        }
    })
}
