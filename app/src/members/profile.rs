//! The profile of a person or an organisation, as the reader may see it.

use domain::{
    circles::CircleRole,
    members::{Field, Member, MemberError, MemberKind, MemberRef, Profile, Standing, Visibility, rules, store},
};
use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};

use super::words;
use crate::{
    circles::role,
    ctx::Ctx,
    i18n::{Locale, tr},
    page::{Onward, page},
    ui::{Avatar, Card, Crumbs, Markdown, PageHead, Tag, Tone, clock, language},
};

/// `/members/{handle}`; its owner may add `?as=public` or `?as=members`.
#[component]
pub fn ProfilePage() -> impl IntoView {
    let handle = use_params_map().with_untracked(|params| params.get("handle").unwrap_or_default());
    let seen_as = use_query_map().with_untracked(|query| query.get("as").unwrap_or_default());
    let onward = Onward::current();
    page(async move |cx: Ctx| {
        let l = cx.locale;
        let (member, ties) = match store::profile(cx.db().read(), &handle, &cx.actor).await {
            Err(MemberError::NotFound) => match store::goes_by(cx.db().read(), &handle).await? {
                Some(now) => return Ok(onward.to(&cx, format!("/members/{now}"))),
                None => return Err(MemberError::NotFound.into()),
            },
            found => found?,
        };
        let own = cx.member().is_some_and(|reader| reader.id == member.id);
        let preview = Visibility::read(&seen_as).filter(|seen_as| own && *seen_as != Visibility::Nobody);
        let profile = match preview {
            Some(seen_as) => rules::previewed_as(&member, &ties, seen_as),
            None => rules::seen_by(&member, &ties, &cx.actor),
        };
        // Only the owner learns who sees what.
        let owner = (own && preview.is_none()).then_some(&member);
        let trail = vec![("/members".to_owned(), tr!(l, members.title).to_string())];
        let about = about(l, &profile, owner);
        let facts = facts(&cx, &profile, owner);
        let circles = circles(l, &profile, owner);
        let people = (profile.kind == MemberKind::Organisation).then(|| people(l, profile.people.clone()));
        Ok(view! {
            <Crumbs cx=cx.clone() trail=trail here=profile.name.clone()/>
            {own.then(|| view! { <Own l=l handle=profile.handle.clone() preview=preview/> })}
            {(!own && profile.kind == MemberKind::Person && cx.actor.is_steward())
                .then(|| {
                    let to = format!("/members/{}/access", profile.handle);
                    view! { <p class="mb-4"><a href=to>{tr!(l, clients.access_link).to_string()}</a></p> }
                })}
            {(cx.actor.is_steward() && preview.is_none()).then(|| {
                let to = format!("/members/{}/merge", profile.handle);
                view! { <p class="mb-4"><a href=to>{tr!(l, identities.merge_link).to_string()}</a></p> }
            })}
            <div class="mb-6 flex flex-wrap items-center gap-x-6 gap-y-3">
                <Avatar name=profile.name.clone() large=true/>
                <div class="grid gap-3">
                    <PageHead title=profile.name.clone() kicker=format!("@{}", profile.handle)/>
                    <Tags l=l profile=profile/>
                </div>
            </div>
            <div class="with-side">
                <div class="grid gap-8">{about}{people}{circles}</div>
                {facts}
            </div>
        }
        .into_any())
    })
}

/// What the owner can do here, and whose eyes they look through.
#[component]
fn Own(l: Locale, handle: String, preview: Option<Visibility>) -> impl IntoView {
    let path = format!("/members/{handle}");
    let words = match preview {
        None => {
            return view! {
                <p class="notice flex flex-wrap items-baseline gap-x-5 gap-y-2">
                    <a href="/account/profile">{tr!(l, members.edit).to_string()}</a>
                    <span>
                        {tr!(l, members.see_as).to_string()}" "
                        <a href=format!("{path}?as=public")>{tr!(l, members.as_public).to_string()}</a>" · "
                        <a href=format!("{path}?as=members")>{tr!(l, members.as_members).to_string()}</a>
                    </span>
                </p>
            }
            .into_any();
        }
        Some(Visibility::Public) => tr!(l, members.seen_as_public).to_string(),
        Some(_) => tr!(l, members.seen_as_members).to_string(),
    };
    view! { <p class="notice clay">{words}" "<a href=path>{tr!(l, members.back_to_own).to_string()}</a></p> }.into_any()
}

#[component]
fn Tags(l: Locale, profile: Profile) -> impl IntoView {
    let tone = if profile.class.is_guest() {
        Tone::Plain
    } else {
        Tone::Leaf
    };
    let organisation = profile.kind == MemberKind::Organisation;
    let standing = (profile.standing != Standing::Active).then(|| words::standing(l, profile.standing));
    view! {
        <p class="flex flex-wrap gap-2">
            {organisation.then(|| view! { <Tag>{tr!(l, members.organisation).to_string()}</Tag> })}
            <Tag tone=tone>{words::class(l, profile.class)}</Tag>
            {profile.steward.then(|| view! { <Tag>{tr!(l, members.steward).to_string()}</Tag> })}
            {standing.map(|standing| view! { <Tag tone=Tone::Clay>{standing}</Tag> })}
        </p>
    }
}

/// Beside a field of one's own profile: who else sees it.
fn eye(l: Locale, owner: Option<&Member>, field: Field) -> Option<impl IntoView + use<>> {
    owner.map(|member| {
        let shown_to = member.visibility_of(field);
        view! { " "<Tag>{words::shown_to(l, shown_to)}</Tag> }
    })
}

fn about(l: Locale, profile: &Profile, owner: Option<&Member>) -> AnyView {
    let body = if profile.about.is_empty() {
        let words = if owner.is_some() {
            tr!(l, members.about_empty_own).to_string()
        } else {
            tr!(l, members.about_empty, name = profile.name.clone()).to_string()
        };
        view! { <p class="text-soft">{words}</p> }.into_any()
    } else {
        view! { <Markdown html=domain::markdown::to_html(&profile.about)/> }.into_any()
    };
    view! {
        <section aria-labelledby="about">
            <h2 class="mb-3" id="about">{tr!(l, members.about).to_string()}</h2>
            {body}
            {eye(l, owner, Field::About).map(|eye| view! { <p class="mt-3">{eye}</p> })}
        </section>
    }
    .into_any()
}

fn circles(l: Locale, profile: &Profile, owner: Option<&Member>) -> Option<AnyView> {
    (!profile.circles.is_empty()).then(|| {
        let circles = profile.circles.clone().into_iter().map(|circle| {
            let role = (circle.role != CircleRole::Member).then(|| role(l, circle.role));
            view! {
                <li>
                    <a href=format!("/circles/{}", circle.slug)>{circle.name}</a>
                    {role.map(|role| view! { <span class="text-soft">" · "{role}</span> })}
                </li>
            }
        });
        view! {
            <section aria-labelledby="circles">
                <h2 class="mb-3" id="circles">{tr!(l, members.circles).to_string()}</h2>
                <ul class="grid gap-2">{circles.collect_view()}</ul>
                {eye(l, owner, Field::Circles).map(|eye| view! { <p class="mt-3">{eye}</p> })}
            </section>
        }
        .into_any()
    })
}

fn people(l: Locale, people: Vec<MemberRef>) -> AnyView {
    let list = if people.is_empty() {
        view! { <p class="text-soft">{tr!(l, members.its_people_empty).to_string()}</p> }.into_any()
    } else {
        let people = people.into_iter().map(|person| {
            view! {
                <li class="flex items-center gap-3">
                    <Avatar name=person.name.clone()/>
                    <a href=format!("/members/{}", person.handle)>{person.name}</a>
                </li>
            }
        });
        view! { <ul class="grid-cards">{people.collect_view()}</ul> }.into_any()
    };
    view! {
        <section aria-labelledby="people">
            <h2 class="mb-3" id="people">{tr!(l, members.its_people).to_string()}</h2>
            {list}
        </section>
    }
    .into_any()
}

/// What can be said in a word or two; nothing at all where all of it is hidden.
fn facts(cx: &Ctx, profile: &Profile, owner: Option<&Member>) -> Option<AnyView> {
    let l = cx.locale;
    let mut rows: Vec<(Field, AnyView)> = Vec::new();
    if !profile.pronouns.is_empty() {
        rows.push((Field::Pronouns, profile.pronouns.clone().into_any()));
    }
    if !profile.organisations.is_empty() {
        let links = profile.organisations.clone().into_iter().map(|organisation| {
            view! { <li><a href=format!("/members/{}", organisation.handle)>{organisation.name}</a></li> }
        });
        rows.push((
            Field::Organisation,
            view! { <ul>{links.collect_view()}</ul> }.into_any(),
        ));
    }
    if !profile.region.is_empty() {
        rows.push((Field::Region, profile.region.clone().into_any()));
    }
    if let Some(zone) = profile.time_zone {
        let there = tr!(l, members.time_there, time = clock(cx.now, zone)).to_string();
        let zone = zone.name().replace('_', " ");
        rows.push((
            Field::TimeZone,
            view! { {zone}" "<span class="text-soft">"("{there}")"</span> }.into_any(),
        ));
    }
    if !profile.languages.is_empty() {
        let languages = profile
            .languages
            .iter()
            .map(|tag| language(tag))
            .collect::<Vec<_>>();
        rows.push((Field::Languages, languages.join(", ").into_any()));
    }
    if !profile.email.is_empty() {
        let email = profile.email.clone();
        rows.push((
            Field::Email,
            view! { <a href=format!("mailto:{email}")>{email.clone()}</a> }.into_any(),
        ));
    }
    if !profile.website.is_empty() {
        let website = profile.website.clone();
        let shown = website.trim_start_matches("https://").trim_end_matches('/').to_owned();
        let link = view! { <a href=website rel="noopener noreferrer nofollow">{shown}</a> };
        rows.push((Field::Website, link.into_any()));
    }
    if rows.is_empty() {
        return None;
    }
    let rows = rows.into_iter().map(|(field, value)| {
        view! {
            <dt>{words::field(l, field)}</dt>
            <dd>{value}{eye(l, owner, field)}</dd>
        }
    });
    let list = rows.collect_view();
    Some(view! { <Card title=tr!(l, members.at_a_glance).to_string()><dl class="facts">{list}</dl></Card> }.into_any())
}
