//! Editing one's own profile: each field with who sees it beside it.

use domain::members::{self, Field as Part, MemberError, MemberKind, ProfileForm, Visibility, store};
use leptos::prelude::*;

use super::words;
use crate::{
    ctx::Ctx,
    forms::FormState,
    i18n::tr,
    page::page,
    ui::{Crumbs, ErrorSummary, Field, PageHead, Select, Submit, TextArea},
};

/// `/account/profile`
#[component]
pub fn EditProfilePage() -> impl IntoView {
    page(async move |cx: Ctx| {
        let l = cx.locale;
        let own = cx.actor.signed_in()?.id;
        let member = store::get(cx.db().read(), own).await?.ok_or(MemberError::NotFound)?;
        let ties = store::ties(cx.db().read(), &[own])
            .await?
            .remove(&own)
            .unwrap_or_default();
        let handles: Vec<String> = ties
            .organisations
            .into_iter()
            .map(|organisation| organisation.handle)
            .collect();
        let kept = ProfileForm::of(&member, &handles);
        let form = cx.flash.form("profile");
        let person = member.kind == MemberKind::Person;
        let trail = vec![
            ("/members".to_owned(), tr!(l, members.title).to_string()),
            (format!("/members/{}", member.handle), member.name.clone()),
        ];
        let fields = fields(&cx, &form, kept, person);
        Ok(view! {
            <Crumbs cx=cx.clone() trail=trail here=tr!(l, members.edit_title).to_string()/>
            <PageHead title=tr!(l, members.edit_title).to_string() lead=tr!(l, members.edit_lead).to_string()/>
            <ErrorSummary cx=cx.clone() form=form/>
            <form class="form" method="post" action="/do/members/profile">
                {fields}
                <p class="flex flex-wrap gap-3">
                    <Submit label=tr!(l, members.save).to_string()/>
                    <a class="btn quiet" href=format!("/members/{}", member.handle)>
                        {tr!(l, common.cancel).to_string()}
                    </a>
                </p>
            </form>
        }
        .into_any())
    })
}

fn fields(cx: &Ctx, form: &FormState, kept: ProfileForm, person: bool) -> AnyView {
    let l = cx.locale;
    let seen = |part: Part| {
        let chosen = kept.visibility.get(&part).cloned().unwrap_or_default();
        view! { <WhoSees cx=cx.clone() form=form.clone() part=part chosen=chosen/> }
    };
    let zones: Vec<(String, String)> = chrono_tz::TZ_VARIANTS
        .iter()
        .map(|zone| (zone.name().to_owned(), zone.name().replace('_', " ")))
        .collect();
    let text = |name: &'static str, label: String, value: String, help: String| {
        view! { <Field cx=cx.clone() form=form.clone() name=name label=label value=value help=help/> }
    };
    let own = person.then(|| {
        view! {
            <div class="pair">
                <Field cx=cx.clone() form=form.clone() name="pronouns" value=kept.pronouns.clone()
                    label=tr!(l, members.pronouns).to_string()/>
                {seen(Part::Pronouns)}
            </div>
        }
    });
    let belongs = person.then(|| {
        view! {
            <h2>{tr!(l, members.where_you_belong).to_string()}</h2>
            <div class="pair">
                {text("organisations", tr!(l, members.organisations_label).to_string(), kept.organisations.clone(),
                    tr!(l, members.organisations_help).to_string())}
                {seen(Part::Organisation)}
            </div>
            <p class="text-soft">{tr!(l, members.circles_note).to_string()}</p>
            {seen(Part::Circles)}
        }
    });
    view! {
        <h2>{tr!(l, members.you).to_string()}</h2>
        <Field cx=cx.clone() form=form.clone() name="name" value=kept.name.clone() required=true autocomplete="name"
            label=tr!(l, members.name).to_string() help=tr!(l, members.name_help).to_string()/>
        <Field cx=cx.clone() form=form.clone() name="handle" value=kept.handle.clone() required=true
            autocomplete="username" label=tr!(l, members.handle).to_string()
            help=tr!(l, members.handle_help).to_string()/>
        {own}
        <TextArea cx=cx.clone() form=form.clone() name="about" value=kept.about.clone() rows=6
            label=tr!(l, members.about_label).to_string() help=tr!(l, members.about_help).to_string()/>
        {seen(Part::About)}
        <div class="pair">
            {text("languages", tr!(l, members.languages).to_string(), kept.languages.clone(),
                tr!(l, members.languages_help).to_string())}
            {seen(Part::Languages)}
        </div>
        <h2>{tr!(l, members.where_you_are).to_string()}</h2>
        <div class="pair">
            <Select cx=cx.clone() form=form.clone() name="time_zone" value=kept.time_zone.clone() options=zones
                label=tr!(l, members.time_zone).to_string() help=tr!(l, members.time_zone_help).to_string()/>
            {seen(Part::TimeZone)}
        </div>
        <div class="pair">
            {text("region", tr!(l, members.region).to_string(), kept.region.clone(),
                tr!(l, members.region_help).to_string())}
            {seen(Part::Region)}
        </div>
        <h2>{tr!(l, members.how_to_reach).to_string()}</h2>
        <div class="pair">
            <Field cx=cx.clone() form=form.clone() name="email" kind="email" value=kept.email.clone()
                autocomplete="email" label=tr!(l, members.email).to_string()
                help=tr!(l, members.email_help).to_string()/>
            {seen(Part::Email)}
        </div>
        <div class="pair">
            <Field cx=cx.clone() form=form.clone() name="website" kind="url" value=kept.website.clone()
                autocomplete="url" label=tr!(l, members.website).to_string()
                help=tr!(l, members.website_help).to_string()/>
            {seen(Part::Website)}
        </div>
        {belongs}
    }
    .into_any()
}

#[component]
fn WhoSees(cx: Ctx, form: FormState, part: members::Field, chosen: String) -> impl IntoView {
    let l = cx.locale;
    let options = Visibility::ALL
        .into_iter()
        .map(|visibility| (visibility.as_str().to_owned(), words::visibility(l, visibility)))
        .collect::<Vec<_>>();
    view! {
        <Select cx=cx form=form name=format!("seen_{}", part.as_str()) value=chosen options=options
            label=tr!(l, members.who_sees, field = words::field(l, part)).to_string()/>
    }
}
