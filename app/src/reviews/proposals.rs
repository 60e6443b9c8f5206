//! What circles did not confirm, for stewards.

use domain::reviews::{Kind, Proposal, may_decide, store};
use leptos::prelude::*;

use crate::{
    ctx::Ctx,
    i18n::tr,
    page::page,
    ui::{Crumbs, Empty, PageHead, day},
};

/// `/circles/review`
#[component]
pub fn ProposalsPage() -> impl IntoView {
    page(async move |cx: Ctx| {
        may_decide(&cx.actor)?;
        let l = cx.locale;
        let proposals = store::proposals(cx.db().read()).await?;
        let list = if proposals.is_empty() {
            view! {
                <Empty title=tr!(l, reviews.proposals_none_title).to_string()>
                    <p>{tr!(l, reviews.proposals_none).to_string()}</p>
                </Empty>
            }
            .into_any()
        } else {
            let rows = proposals.into_iter().map(|one| view! { <Row cx=cx.clone() one=one/> }).collect_view();
            view! { <ul class="rows">{rows}</ul> }.into_any()
        };
        let title = tr!(l, reviews.proposals_title).to_string();
        Ok(view! {
            <Crumbs cx=cx.clone() trail=vec![("/circles".to_owned(), tr!(l, circles.title).to_string())] here=title.clone()/>
            <PageHead title=title lead=tr!(l, reviews.proposals_lead).to_string()/>
            {list}
        }
        .into_any())
    })
}

#[component]
fn Row(cx: Ctx, one: Proposal) -> impl IntoView {
    let l = cx.locale;
    let when = day(one.closed_at, cx.zone, l);
    let circle = one.circle.name.clone();
    let why = if one.item.keep.is_none() {
        tr!(l, reviews.unanswered, circle = circle, when = when).to_string()
    } else {
        tr!(l, reviews.said_no, circle = circle, when = when).to_string()
    };
    let (name, what) = match one.item.kind {
        Kind::Person => (
            view! { <a href=format!("/members/{}", one.item.slug)>{one.item.name.clone()}</a> }.into_any(),
            tr!(l, reviews.goes_person).to_string(),
        ),
        Kind::Tool => (one.item.name.clone().into_any(), tr!(l, reviews.goes_tool).to_string()),
    };
    let remove = tr!(l, reviews.remove_label, name = one.item.name.clone()).to_string();
    let keep = tr!(l, reviews.keep_label, name = one.item.name.clone()).to_string();
    view! {
        <li class="flex flex-wrap items-center justify-between gap-3 py-3">
            <div>
                <p class="font-semibold">{name}</p>
                <p>{why}</p>
                <p class="text-soft">{what}</p>
            </div>
            <form class="flex flex-wrap gap-2" method="post" action="/do/reviews/decide">
                <input type="hidden" name="review" value=one.review.to_string()/>
                <input type="hidden" name="kind" value=one.item.kind.as_str()/>
                <input type="hidden" name="subject" value=one.item.subject.to_string()/>
                <button class="btn quiet" name="goes" value="yes" aria-label=remove>{tr!(l, reviews.remove).to_string()}</button>
                <button class="btn quiet" name="goes" value="no" aria-label=keep>{tr!(l, reviews.keep).to_string()}</button>
            </form>
        </li>
    }
}
