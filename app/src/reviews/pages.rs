//! The review of one circle.

use domain::{
    circles::{self, CircleError},
    reviews::{Item, Kind, Review, may_answer, may_look, store},
};
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use crate::{
    ctx::Ctx,
    i18n::tr,
    page::page,
    ui::{Crumbs, Empty, PageHead, Tag, Tone, day},
};

/// `/circles/{slug}/review`
#[component]
pub fn ReviewPage() -> impl IntoView {
    let slug = use_params_map().with_untracked(|params| params.get("slug").unwrap_or_default());
    page(async move |cx: Ctx| {
        let l = cx.locale;
        let circle = circles::store::by_slug(cx.db().read(), &slug).await?.ok_or(CircleError::NotFound)?;
        may_look(&cx.actor, circle.id)?;
        let answers = may_answer(&cx.actor, circle.id).is_ok();
        let name = circle.name.clone();
        let title = tr!(l, reviews.title, circle = name.clone()).to_string();
        let trail = vec![
            ("/circles".to_owned(), tr!(l, circles.title).to_string()),
            (format!("/circles/{slug}"), name),
        ];
        let steward = cx.actor.is_steward();
        let body = match store::latest(cx.db().read(), circle).await? {
            None => view! {
                <Empty title=tr!(l, reviews.none_title).to_string()><p>{tr!(l, reviews.none).to_string()}</p></Empty>
            }
            .into_any(),
            Some(review) => shown(&cx, review, answers),
        };
        Ok(view! {
            <Crumbs cx=cx.clone() trail=trail here=title.clone()/>
            <PageHead title=title lead=tr!(l, reviews.lead).to_string()/>
            {steward.then(|| view! { <p class="mb-4"><a href="/circles/review">{tr!(l, reviews.to_proposals).to_string()}</a></p> })}
            {body}
        }
        .into_any())
    })
}

fn shown(cx: &Ctx, review: Review, answers: bool) -> AnyView {
    let l = cx.locale;
    let open = review.closed_at.is_none() && review.due_at > cx.now;
    let slug = review.circle.slug.clone();
    let state = if open {
        tr!(l, reviews.until, when = day(review.due_at, cx.zone, l)).to_string()
    } else {
        tr!(l, reviews.ended, when = day(review.closed_at.unwrap_or(review.due_at), cx.zone, l)).to_string()
    };
    let left = review.items.iter().filter(|item| item.keep.is_none()).count();
    let may = open && answers;
    let (tools, people): (Vec<_>, Vec<_>) = review.items.into_iter().partition(|item| item.kind == Kind::Tool);
    let list = |title: String, items: Vec<Item>| {
        (!items.is_empty()).then(|| {
            let rows = items
                .into_iter()
                .map(|item| view! { <Question cx=cx.clone() circle=slug.clone() item=item may=may/> })
                .collect_view();
            view! { <section class="mt-8"><h2>{title}</h2><ul class="rows">{rows}</ul></section> }
        })
    };
    let tools = list(tr!(l, reviews.tools).to_string(), tools);
    let people = list(tr!(l, reviews.people).to_string(), people);
    view! {
        <p class="flex flex-wrap gap-2">
            <Tag>{state}</Tag>
            {open.then(|| view! { <Tag tone=Tone::Clay>{tr!(l, reviews.left, count = left as u64).to_string()}</Tag> })}
        </p>
        {(open && !answers).then(|| view! { <p class="mt-3 max-w-prose">{tr!(l, reviews.not_yours).to_string()}</p> })}
        {tools}
        {people}
        {may.then(|| {
            view! {
                <div class="mt-8 flex flex-wrap gap-3">
                    {(left > 0).then(|| {
                        view! {
                            <form method="post" action="/do/reviews/finish">
                                <input type="hidden" name="circle" value=slug.clone()/>
                                <input type="hidden" name="rest" value="keep"/>
                                <button class="btn" type="submit">{tr!(l, reviews.confirm_rest).to_string()}</button>
                            </form>
                        }
                    })}
                    <form method="post" action="/do/reviews/finish">
                        <input type="hidden" name="circle" value=slug.clone()/>
                        <button class="btn quiet" type="submit">{tr!(l, reviews.finish).to_string()}</button>
                    </form>
                </div>
                <p class="mt-3 max-w-prose text-soft">{tr!(l, reviews.finish_words).to_string()}</p>
            }
        })}
    }
    .into_any()
}

#[component]
fn Question(cx: Ctx, circle: String, item: Item, may: bool) -> impl IntoView {
    let l = cx.locale;
    let tag = match item.keep {
        Some(true) => view! { <Tag tone=Tone::Leaf>{tr!(l, reviews.stays).to_string()}</Tag> }.into_any(),
        Some(false) => view! { <Tag tone=Tone::Clay>{tr!(l, reviews.goes).to_string()}</Tag> }.into_any(),
        None => view! { <Tag>{tr!(l, reviews.open).to_string()}</Tag> }.into_any(),
    };
    let name = match item.kind {
        Kind::Person => view! { <a href=format!("/members/{}", item.slug)>{item.name.clone()}</a> }.into_any(),
        Kind::Tool => item.name.clone().into_any(),
    };
    let form = may.then(|| {
        let keep = tr!(l, reviews.keep_label, name = item.name.clone()).to_string();
        let remove = tr!(l, reviews.remove_label, name = item.name.clone()).to_string();
        view! {
            <form class="flex flex-wrap gap-2" method="post" action="/do/reviews/answer">
                <input type="hidden" name="circle" value=circle/>
                <input type="hidden" name="kind" value=item.kind.as_str()/>
                <input type="hidden" name="subject" value=item.subject.to_string()/>
                <button class="btn quiet" name="keep" value="yes" aria-label=keep>{tr!(l, reviews.keep).to_string()}</button>
                <button class="btn quiet" name="keep" value="no" aria-label=remove>{tr!(l, reviews.remove).to_string()}</button>
            </form>
        }
    });
    view! {
        <li class="flex flex-wrap items-center justify-between gap-3 py-3" id=item.subject.to_string()>
            <p><span class="font-semibold">{name}</span>" "{tag}</p>
            {form}
        </li>
    }
}
