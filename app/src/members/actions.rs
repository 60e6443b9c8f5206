//! What people do in the directory.

use std::collections::BTreeMap;

use domain::members::{Field, MemberError, ProfileForm, store};
use leptos::prelude::*;

use crate::{
    ctx::Ctx,
    forms::{Done, Failed, Form, act},
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
