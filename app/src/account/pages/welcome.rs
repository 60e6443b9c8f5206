//! The first page after the first sign-in.

use leptos::prelude::*;

use crate::{
    ctx::Ctx,
    i18n::tr,
    page::page,
    ui::{Card, PageHead},
};

/// `/welcome`
#[component]
pub fn WelcomePage() -> impl IntoView {
    page(async move |cx: Ctx| {
        let member = cx.actor.signed_in()?;
        let l = cx.locale;
        let community = cx.settings().community.clone();
        let title = tr!(l, account.welcome_title, name = member.name.clone()).to_string();
        let lead = if member.steward {
            tr!(l, account.welcome_steward, community = community).to_string()
        } else if member.class.is_guest() {
            tr!(l, account.welcome_guest, community = community).to_string()
        } else {
            tr!(l, account.welcome_member, community = community).to_string()
        };
        let steps = [
            ("/account/profile", tr!(l, account.step_profile_title), tr!(l, account.step_profile)),
            ("/programme", tr!(l, account.step_programme_title), tr!(l, account.step_programme)),
            ("/handbook", tr!(l, account.step_handbook_title), tr!(l, account.step_handbook)),
        ];
        let steward = member.steward.then(|| {
            view! {
                <Card title=tr!(l, account.steward_title)>
                    <p class="max-w-prose">{tr!(l, account.steward_words)}</p>
                    <ul class="list-disc ps-6">
                        <li>{tr!(l, account.steward_invite)}</li>
                        <li>{tr!(l, account.steward_handbook)}</li>
                        <li>{tr!(l, account.steward_second)}</li>
                    </ul>
                </Card>
            }
        });
        Ok(view! {
            <PageHead title=title lead=lead/>
            {steward}
            <section class="mt-8">
                <h2>{tr!(l, account.where_to_start)}</h2>
                <ul class="rows">
                    {steps
                        .into_iter()
                        .map(|(to, title, words)| {
                            view! {
                                <li class="py-3">
                                    <a href=to>{title.to_string()}</a>
                                    <p class="max-w-prose">{words.to_string()}</p>
                                </li>
                            }
                        })
                        .collect_view()}
                </ul>
            </section>
        }
        .into_any())
    })
}
