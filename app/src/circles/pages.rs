//! All circles, and one of them.

use domain::{
    access::Audience,
    circles::{CircleError, CircleRole, CircleWithMembers, store},
    members::MemberRef,
    reviews::may_look,
    sessions::{SessionView, views},
    spaces::{self, Space, SpaceKind},
};
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use crate::{
    ctx::Ctx,
    i18n::{Locale, tr},
    page::{PageError, page},
    ui::{Avatar, Card, Crumbs, DateBlock, Empty, PageHead, Pattern, Tag, Tone, When},
};

/// The word for a role in a circle.
pub fn role(l: Locale, role: CircleRole) -> String {
    match role {
        CircleRole::Convenor => tr!(l, circles.role_convenor).to_string(),
        CircleRole::Secretary => tr!(l, circles.role_secretary).to_string(),
        CircleRole::Link => tr!(l, circles.role_link).to_string(),
        CircleRole::Member => tr!(l, circles.role_member).to_string(),
    }
}

/// `/circles`
#[component]
pub fn CirclesPage() -> impl IntoView {
    page(async move |cx: Ctx| {
        let l = cx.locale;
        let circles = store::list(cx.db().read(), &cx.actor).await?;
        let list = if circles.is_empty() {
            view! {
                <Empty title=tr!(l, circles.none_title).to_string()>
                    <p>{tr!(l, circles.none).to_string()}</p>
                    <p class="mt-3">
                        <a href="/handbook/members/circles">{tr!(l, circles.read_handbook).to_string()}</a>
                    </p>
                </Empty>
            }
            .into_any()
        } else {
            let cards = circles
                .into_iter()
                .map(|circle| view! { <CircleCard cx=cx.clone() circle=circle/> });
            view! { <ul class="grid-cards">{cards.collect_view()}</ul> }.into_any()
        };
        Ok(view! {
            <PageHead title=tr!(l, circles.title).to_string() lead=tr!(l, circles.lead).to_string()/>
            {list}
        }
        .into_any())
    })
}

fn belongs(cx: &Ctx, circle: &CircleWithMembers) -> bool {
    cx.member()
        .is_some_and(|member| member.circles.iter().any(|(id, _)| *id == circle.circle.id))
}

fn count(l: Locale, count: usize) -> String {
    tr!(l, circles.people, count = count as u64).to_string()
}

#[component]
fn CircleCard(cx: Ctx, circle: CircleWithMembers) -> impl IntoView {
    let l = cx.locale;
    let yours = belongs(&cx, &circle);
    let people = count(l, circle.count);
    view! {
        <li class="card grid content-start gap-3">
            <div class="flex items-center gap-3">
                <Pattern name=circle.circle.name.clone()/>
                <h2 class="text-xl"><a href=format!("/circles/{}", circle.circle.slug)>{circle.circle.name}</a></h2>
            </div>
            <p>{circle.circle.purpose}</p>
            <p class="flex flex-wrap gap-2">
                <Tag>{people}</Tag>
                {yours.then(|| view! { <Tag tone=Tone::Leaf>{tr!(l, circles.yours).to_string()}</Tag> })}
            </p>
        </li>
    }
}

/// `/circles/{slug}`
#[component]
pub fn CirclePage() -> impl IntoView {
    let slug = use_params_map().with_untracked(|params| params.get("slug").unwrap_or_default());
    page(async move |cx: Ctx| {
        let l = cx.locale;
        let circle = store::get(cx.db().read(), &slug, &cx.actor)
            .await?
            .ok_or(CircleError::NotFound)?;
        let yours = belongs(&cx, &circle);
        let reviews = may_look(&cx.actor, circle.circle.id).is_ok();
        let review = format!("/circles/{slug}/review");
        let meets = meets(&cx, &circle).await?;
        let hidden = circle.count - circle.members.len();
        let name = circle.circle.name.clone();
        let trail = vec![("/circles".to_owned(), tr!(l, circles.title).to_string())];
        let people = if circle.count == 0 {
            view! { <p class="text-soft">{tr!(l, circles.nobody).to_string()}</p> }.into_any()
        } else {
            let rows = circle
                .members
                .into_iter()
                .map(|(person, role)| view! { <Person l=l person=person role=role/> });
            view! { <ul class="grid-cards">{rows.collect_view()}</ul> }.into_any()
        };
        Ok(view! {
            <Crumbs cx=cx.clone() trail=trail here=name.clone()/>
            <div class="mb-6 flex flex-wrap items-start gap-5">
                <Pattern name=name.clone()/>
                <div class="min-w-0 flex-1">
                    <PageHead title=name lead=circle.circle.purpose/>
                    {yours.then(|| view! { <p><Tag tone=Tone::Leaf>{tr!(l, circles.yours).to_string()}</Tag></p> })}
                    {reviews.then(|| view! { <p class="mt-3"><a href=review>{tr!(l, reviews.to_review).to_string()}</a></p> })}
                </div>
            </div>
            <div class="with-side">
                <section aria-labelledby="people">
                    <h2 class="mb-4" id="people">{tr!(l, circles.its_people).to_string()}</h2>
                    {people}
                    {(hidden > 0).then(|| {
                        view! { <p class="mt-4 text-soft">{tr!(l, circles.hidden, count = hidden as u64).to_string()}</p> }
                    })}
                    {(!yours).then(|| view! { <p class="mt-4 text-soft">{tr!(l, circles.join).to_string()}</p> })}
                </section>
                {meets}
            </div>
        }
        .into_any())
    })
}

#[component]
fn Person(l: Locale, person: MemberRef, role: CircleRole) -> impl IntoView {
    let words = self::role(l, role);
    view! {
        <li class="flex items-center gap-3">
            <Avatar name=person.name.clone()/>
            <div class="grid min-w-0">
                <a href=format!("/members/{}", person.handle)>{person.name}</a>
                <span class="text-soft">{words}</span>
            </div>
        </li>
    }
}

/// The space of the circle with its next meeting, if it has one.
async fn meets(cx: &Ctx, circle: &CircleWithMembers) -> Result<Option<AnyView>, PageError> {
    let l = cx.locale;
    let spaces = spaces::store::list(cx.db().read()).await?;
    let its_own =
        |space: &Space| space.kind == SpaceKind::Circle && space.audience == Audience::Circle(circle.circle.id);
    let Some(space) = spaces.into_iter().find(its_own) else {
        return Ok(None);
    };
    let next = views::list(cx.db().read(), &cx.actor, &views::upcoming(cx.now, Some(space.id), 4)).await?;
    let next = next.into_iter().find(|view| !view.session.is_cancelled());
    let next = match next {
        Some(next) => view! { <Next cx=cx.clone() next=next/> }.into_any(),
        None => view! { <p class="text-soft">{tr!(l, circles.no_next).to_string()}</p> }.into_any(),
    };
    Ok(Some(
        view! {
            <Card title=tr!(l, circles.meets).to_string()>
                <div class="grid gap-4">
                    {next}
                    <p><a href=format!("/spaces/{}", space.slug)>{tr!(l, circles.to_space).to_string()}</a></p>
                </div>
            </Card>
        }
        .into_any(),
    ))
}

#[component]
fn Next(cx: Ctx, next: SessionView) -> impl IntoView {
    let l = cx.locale;
    let session = next.session;
    let title = session
        .number
        .map_or_else(|| session.title.clone(), |n| format!("{} #{n}", session.title));
    view! {
        <div class="flex items-center gap-5">
            <DateBlock at=session.starts_at cx=cx.clone()/>
            <div class="grid min-w-0">
                <span class="text-soft">{tr!(l, circles.next).to_string()}</span>
                <a href=format!("/sessions/{}", session.id)>{title}</a>
                <span><When from=session.starts_at to=session.ends_at cx=cx/></span>
            </div>
        </div>
    }
}
