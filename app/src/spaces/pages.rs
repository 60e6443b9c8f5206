//! Venue spaces: all of them, and the page of one.

use std::collections::HashMap;

use domain::{
    SpaceId,
    bookings::store as bookings,
    markdown,
    sessions::{
        SessionView,
        views::{self, Filter},
    },
    spaces::{Space, SpaceKind, rules::may_facilitate, store},
};
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use crate::{
    ctx::Ctx,
    i18n::tr,
    page::page,
    sessions::{rows, words},
    ui::{Card, Crumbs, Empty, Markdown, PageHead, Pattern, Tag, clock, short_day},
};

/// `/spaces`.
#[component]
pub fn SpacesPage() -> impl IntoView {
    page(async move |cx: Ctx| {
        let l = cx.locale;
        let db = cx.db().read();
        let spaces = store::list(db).await?;
        let filter = Filter {
            happening: true,
            ..views::upcoming(cx.now, None, 200)
        };
        let mut next: HashMap<SpaceId, SessionView> = HashMap::new();
        for view in views::list(db, &cx.actor, &filter).await? {
            next.entry(view.space.id).or_insert(view);
        }
        let groups: Vec<_> = SpaceKind::ALL
            .into_iter()
            .filter_map(|kind| {
                let cards: Vec<_> = spaces
                    .iter()
                    .filter(|space| space.kind == kind)
                    .map(|space| space_card(&cx, space, next.get(&space.id)))
                    .collect();
                (!cards.is_empty()).then(|| {
                    let id = format!("kind-{}", kind.as_str());
                    view! {
                        <section aria-labelledby=id>
                            <h2 id=id.clone()>{words::kind(l, kind)}</h2>
                            <ul class="spaces">{cards}</ul>
                        </section>
                    }
                })
            })
            .collect();
        let none = groups.is_empty();
        Ok(view! {
            <PageHead title=tr!(l, spaces.title) lead=tr!(l, spaces.lead).to_string()/>
            {none
                .then(|| {
                    view! {
                        <Empty title=tr!(l, spaces.nothing_title)>
                            <p>{tr!(l, spaces.nothing)}</p>
                        </Empty>
                    }
                })}
            {groups}
        }
        .into_any())
    })
}

fn space_card(cx: &Ctx, space: &Space, next: Option<&SessionView>) -> AnyView {
    let l = cx.locale;
    let next = match next {
        Some(view) => {
            let at = view.session.starts_at;
            let when = format!("{}, {}", short_day(at, cx.zone, l), clock(at, cx.zone));
            let to = format!("/sessions/{}", view.session.id);
            view! { <p class="next-one">{tr!(l, spaces.next)} " " <a href=to>{when}</a></p> }.into_any()
        }
        None => view! { <p class="next-one soft">{tr!(l, spaces.no_next)}</p> }.into_any(),
    };
    let audience = words::audience(l, space.audience);
    view! {
        <li class="card space">
            <Pattern name=space.name.clone()/>
            <div>
                <h3><a href=format!("/spaces/{}", space.slug)>{space.name.clone()}</a></h3>
                <p>{space.purpose.clone()}</p>
                <p><Tag>{audience}</Tag></p>
                {next}
            </div>
        </li>
    }
    .into_any()
}

/// `/spaces/{slug}`.
#[component]
pub fn SpacePage() -> impl IntoView {
    let slug = use_params_map().get_untracked().get("slug").unwrap_or_default();
    page(async move |cx: Ctx| {
        let l = cx.locale;
        let db = cx.db().read();
        let space = store::by_slug(db, &slug).await?;
        let facilitators = store::facilitators(db, space.id).await?;
        let ids: Vec<_> = facilitators.iter().map(|who| who.id).collect();
        let facilitates = may_facilitate(&cx.actor, &ids).is_ok();
        let coming = views::list(db, &cx.actor, &views::upcoming(cx.now, Some(space.id), 6)).await?;
        let past = views::list(db, &cx.actor, &views::past(cx.now, Some(space.id), 6)).await?;
        let mine = match cx.member() {
            Some(member) => bookings::live_of_member(db, member.id, cx.now).await?,
            None => rows::Mine::new(),
        };
        let schedule = format!("/spaces/{}/schedule", space.slug);
        let coming_list = if coming.is_empty() {
            view! {
                <Empty title=tr!(l, spaces.nothing_planned)>
                    <p>{tr!(l, spaces.nothing_planned_help)}</p>
                </Empty>
            }
            .into_any()
        } else {
            rows::list(&cx, &coming, &mine)
        };
        let people: Vec<_> = facilitators
            .iter()
            .map(|who| view! { <li><a href=format!("/members/{}", who.handle)>{who.name.clone()}</a></li> })
            .collect();
        let nobody = people.is_empty();
        let protocol = markdown::to_html(&space.protocol);
        Ok(view! {
            <Crumbs cx=cx.clone() trail=vec![("/spaces".to_owned(), tr!(l, spaces.title).to_string())]
                here=space.name.clone()/>
            <div class="session-head">
                <Pattern name=space.name.clone()/>
                <PageHead title=space.name.clone() kicker=words::kind(l, space.kind) lead=space.purpose.clone()/>
            </div>
            <div class="with-side">
                <div>
                    <section aria-labelledby="coming">
                        <h2 id="coming">{tr!(l, spaces.coming)}</h2>
                        {coming_list}
                    </section>
                    <section aria-labelledby="protocol" class="protocol">
                        <h2 id="protocol">{tr!(l, spaces.protocol)}</h2>
                        <p class="soft">{tr!(l, spaces.protocol_version, version = space.protocol_version)}</p>
                        {if space.protocol.is_empty() {
                            view! { <p>{tr!(l, spaces.no_protocol)}</p> }.into_any()
                        } else {
                            view! { <Markdown html=protocol/> }.into_any()
                        }}
                    </section>
                    {(!past.is_empty())
                        .then(|| {
                            view! {
                                <section aria-labelledby="past">
                                    <h2 id="past">{tr!(l, spaces.past)}</h2>
                                    {rows::list(&cx, &past, &mine)}
                                </section>
                            }
                        })}
                </div>
                <aside aria-label=tr!(l, spaces.about_this_space)>
                    <Card title=tr!(l, spaces.who_may_come)>
                        <p>{words::audience(l, space.audience)}</p>
                        {space.audience.may_enter(&cx.actor).err().map(|denied| {
                            let why = crate::ui::problem(l, domain::Problem::code(&denied));
                            view! { <p class="soft">{why}</p> }
                        })}
                    </Card>
                    <Card title=tr!(l, spaces.facilitators)>
                        {nobody.then(|| view! { <p class="soft">{tr!(l, spaces.no_facilitators)}</p> })}
                        <ul class="people">{people}</ul>
                        {facilitates
                            .then(|| view! { <p><a class="btn" href=schedule>{tr!(l, spaces.schedule)}</a></p> })}
                    </Card>
                    <Card title=tr!(l, spaces.zone)>
                        <p>{tr!(l, spaces.zone_is, zone = space.time_zone.name())}</p>
                    </Card>
                </aside>
            </div>
        }
        .into_any())
    })
}
