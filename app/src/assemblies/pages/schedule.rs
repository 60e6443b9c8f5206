//! Scheduling an assembly.

use domain::spaces::{self, SpaceError};
use leptos::prelude::*;

use super::part;
use crate::{
    ctx::Ctx,
    i18n::tr,
    page::page,
    ui::{Crumbs, ErrorSummary, Field, PageHead, Submit, TextArea},
};

/// Rows of the agenda on the form.
const ROWS: usize = 6;

/// `/spaces/{slug}/schedule`
#[component]
pub fn SchedulePage() -> impl IntoView {
    let slug = part("slug");
    page(async move |cx: Ctx| {
        let l = cx.locale;
        let space = spaces::store::by_slug(cx.db().read(), &slug).await?;
        let facilitators = spaces::store::facilitator_ids(cx.db().read(), space.id)
            .await
            .map_err(SpaceError::from)?;
        spaces::rules::may_facilitate(&cx.actor, &facilitators)?;
        let form = cx.flash.form("schedule");
        let trail = vec![
            ("/spaces".to_owned(), tr!(l, assemblies.spaces).to_string()),
            (format!("/spaces/{slug}"), space.name.clone()),
        ];
        let today = cx.now.with_timezone(&space.time_zone).format("%Y-%m-%d").to_string();
        let zone = tr!(l, assemblies.schedule_zone, zone = space.time_zone.name()).to_string();
        let rows: Vec<_> = (1..=ROWS)
            .map(|row| {
                view! {
                    <div class="pair agenda-row">
                        <Field cx=cx.clone() form=form.clone() name=format!("item{row}")
                            label=tr!(l, assemblies.schedule_item, n = row).to_string()/>
                        <Field cx=cx.clone() form=form.clone() name=format!("length{row}") kind="number"
                            label=tr!(l, assemblies.schedule_item_length, n = row).to_string()/>
                    </div>
                }
            })
            .collect();
        Ok(view! {
            <Crumbs cx=cx.clone() trail=trail here=tr!(l, assemblies.schedule_title).to_string()/>
            <PageHead title=tr!(l, assemblies.schedule_title).to_string()
                lead=tr!(l, assemblies.schedule_lead, space = space.name).to_string()/>
            <ErrorSummary cx=cx.clone() form=form.clone()/>
            <form class="form" method="post" action="/do/assemblies/schedule">
                <input type="hidden" name="space" value=slug/>
                <Field cx=cx.clone() form=form.clone() name="title" required=true
                    label=tr!(l, assemblies.schedule_name).to_string()/>
                <TextArea cx=cx.clone() form=form.clone() name="summary"
                    label=tr!(l, assemblies.schedule_summary).to_string()
                    help=tr!(l, assemblies.schedule_summary_help).to_string()/>
                <div class="pair">
                    <Field cx=cx.clone() form=form.clone() name="date" kind="date" required=true value=today
                        label=tr!(l, assemblies.schedule_date).to_string()/>
                    <Field cx=cx.clone() form=form.clone() name="time" kind="time" required=true value="18:00"
                        label=tr!(l, assemblies.schedule_time).to_string()/>
                    <Field cx=cx.clone() form=form.clone() name="minutes" kind="number" required=true value="90"
                        label=tr!(l, assemblies.schedule_minutes).to_string()/>
                </div>
                <p class="help">{zone}</p>
                <fieldset>
                    <legend>{tr!(l, assemblies.schedule_agenda)}</legend>
                    <p class="help">{tr!(l, assemblies.schedule_agenda_help)}</p>
                    {rows}
                </fieldset>
                <Submit label=tr!(l, assemblies.schedule).to_string()/>
            </form>
        }
        .into_any())
    })
}
