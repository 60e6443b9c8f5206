//! What people do in the directory.

use std::collections::BTreeMap;

use domain::{
    accounts::merge,
    members::{Field, MemberError, ProfileForm, store},
};
use leptos::prelude::*;

use crate::{
    ctx::Ctx,
    forms::{Done, Failed, Form, act},
    page::encode,
};

/// Keeps the change of one's own profile.
#[server(prefix = "/do", endpoint = "members/profile")]
pub async fn update_profile(
    #[server(default)] name: String,
    #[server(default)] handle: String,
    #[server(default)] pronouns: String,
    #[server(default)] about: String,
    #[server(default)] email: String,
    #[server(default)] website: String,
    #[server(default)] languages: String,
    #[server(default)] time_zone: String,
    #[server(default)] region: String,
    #[server(default)] organisations: String,
    #[server(default)] seen_pronouns: String,
    #[server(default)] seen_about: String,
    #[server(default)] seen_email: String,
    #[server(default)] seen_website: String,
    #[server(default)] seen_languages: String,
    #[server(default)] seen_time_zone: String,
    #[server(default)] seen_region: String,
    #[server(default)] seen_organisation: String,
    #[server(default)] seen_circles: String,
) -> Result<(), ServerFnError> {
    let form = ProfileForm {
        name,
        handle,
        pronouns,
        about,
        email,
        website,
        languages,
        time_zone,
        region,
        organisations,
        visibility: BTreeMap::from([
            (Field::Pronouns, seen_pronouns),
            (Field::About, seen_about),
            (Field::Email, seen_email),
            (Field::Website, seen_website),
            (Field::Languages, seen_languages),
            (Field::TimeZone, seen_time_zone),
            (Field::Region, seen_region),
            (Field::Organisation, seen_organisation),
            (Field::Circles, seen_circles),
        ]),
    };
    act(typed(&form), async |cx: Ctx| {
        let own = cx.actor.signed_in()?;
        match store::update_own(cx.db(), own, &form, cx.now).await {
            Ok(member) => Ok(Done::to(format!("/members/{}", member.handle)).saying("notice_profile_saved")),
            Err(MemberError::Invalid(problems)) => Err(Failed::fields(
                problems.into_iter().map(|(field, problem)| (field, problem.code())),
            )),
            Err(other) => Err(other.into()),
        }
    })
    .await
}

/// Makes two records one. Only a steward can, and only what the preview showed is done.
#[server(prefix = "/do", endpoint = "members/merge")]
pub async fn merge_records(
    #[server(default)] keep: String,
    #[server(default)] goes: String,
    #[server(default)] seen: String,
    #[server(default)] sure: String,
) -> Result<(), ServerFnError> {
    let page = format!("/members/{}/merge?other={}", encode(&keep), encode(&goes));
    act(Form::new("merge", &page), async |cx: Ctx| {
        cx.actor.may_steward()?;
        cx.require_fresh().await?;
        if sure.is_empty() {
            return Err(Failed::field("sure", "merge_unsure"));
        }
        let joined = merge::merge(cx.db(), &cx.actor, &keep, &goes, &seen, cx.now).await?;
        Ok(Done::to(format!("/members/{}", joined.becomes.handle)).saying("notice_merged"))
    })
    .await
}

/// The form with all that was typed.
fn typed(form: &ProfileForm) -> Form {
    let seen: Vec<(String, &str)> = form
        .visibility
        .iter()
        .map(|(field, word)| (format!("seen_{}", field.as_str()), word.as_str()))
        .collect();
    let seen: Vec<(&str, &str)> = seen.iter().map(|(name, word)| (name.as_str(), *word)).collect();
    Form::new("profile", "/account/profile").typed(&seen).typed(&[
        ("name", &form.name),
        ("handle", &form.handle),
        ("pronouns", &form.pronouns),
        ("about", &form.about),
        ("email", &form.email),
        ("website", &form.website),
        ("languages", &form.languages),
        ("time_zone", &form.time_zone),
        ("region", &form.region),
        ("organisations", &form.organisations),
    ])
}
