//! The catalogue: what is yours to use, and why not where it is not.

use domain::{
    Problem,
    access::{Audience, Denied},
    circles::Circle,
    tools::{Tool, may_use, store},
};
use leptos::prelude::*;

use crate::{
    ctx::Ctx,
    i18n::{Locale, tr},
    page::page,
    ui::{Empty, PageHead, Tag, Tone, problem},
};

/// All tools, as they stand for this reader.
#[component]
pub fn ToolsPage() -> impl IntoView {
    page(async move |cx| {
        let l = cx.locale;
        let tools = store::list(cx.db().read()).await?;
        let judged: Vec<(Tool, Result<(), Denied>)> = tools
            .into_iter()
            .map(|tool| {
                let may = may_use(&tool, &cx.actor);
                (tool, may)
            })
            .collect();
        let empty = judged.is_empty();
        let (yours, others): (Vec<_>, Vec<_>) = judged.into_iter().partition(|(_, may)| may.is_ok());
        let keeps = cx.settings().builtin_provider && cx.actor.is_steward();
        Ok(view! {
            <PageHead title=tr!(l, tools.title) lead=tr!(l, tools.lead)/>
            {keeps.then(|| view! { <p class="mb-6"><a href="/tools/sign-on">{tr!(l, clients.to_sign_on).to_string()}</a></p> })}
            {empty
                .then(|| {
                    view! { <Empty title=tr!(l, tools.empty_title)><p>{tr!(l, tools.empty)}</p></Empty> }
                })}
            <Shelf cx=cx.clone() id="yours" title=tr!(l, tools.yours) tools=yours/>
            <Shelf cx=cx id="others" title=tr!(l, tools.not_yours) tools=others/>
            <p class="mt-8"><a href="/handbook/hub/tools">{tr!(l, tools.more)}</a></p>
        }
        .into_any())
    })
}

#[component]
fn Shelf(
    cx: Ctx,
    id: &'static str,
    #[prop(into)] title: String,
    tools: Vec<(Tool, Result<(), Denied>)>,
) -> impl IntoView {
    let l = cx.locale;
    let sign_in = tools.iter().any(|(_, may)| *may == Err(Denied::SignIn));
    (!tools.is_empty()).then(|| {
        view! {
            <section class="shelf" aria-labelledby=id>
                <h2 id=id>{title}</h2>
                {sign_in
                    .then(|| {
                        view! {
                            <div class="shelf-act">
                                <p class="max-w-prose">{tr!(l, tools.sign_in_lead)}</p>
                                <a class="btn" rel="nofollow" href="/sign-in?to=/tools">{tr!(l, tools.sign_in)}</a>
                            </div>
                        }
                    })}
                <ul class="grid-cards">
                    {tools
                        .into_iter()
                        .map(|(tool, may)| view! { <ToolCard cx=cx.clone() tool=tool may=may/> })
                        .collect_view()}
                </ul>
            </section>
        }
    })
}

#[component]
fn ToolCard(cx: Ctx, tool: Tool, may: Result<(), Denied>) -> impl IntoView {
    let l = cx.locale;
    let act = match may {
        Ok(()) => {
            let label = tr!(l, tools.open, tool = tool.name.clone());
            view! { <a class="btn" rel="external noreferrer" href=tool.link.clone()>{label}</a> }.into_any()
        }
        // One sentence above the shelf says it for all.
        Err(Denied::SignIn) => ().into_any(),
        Err(denied) => view! { <WhyNot cx=cx tool=tool.clone() denied=denied/> }.into_any(),
    };
    let tone = if may.is_ok() { Tone::Leaf } else { Tone::Clay };
    let source = (!tool.source_link.is_empty())
        .then(|| (tool.source_link, tr!(l, tools.source, software = tool.software.clone())));
    let caretaker = match tool.caretaker {
        Some(circle) => view! { <CircleLink circle=circle/> }.into_any(),
        None => tr!(l, tools.nobody).into_any(),
    };
    let who = who(l, tool.audience, tool.circle.as_ref());
    view! {
        <li class="card tool">
            <h3>{tool.name}</h3>
            <p class="tool-purpose">{tool.purpose}</p>
            <dl class="facts">
                <dt>{tr!(l, tools.who)}</dt>
                <dd><Tag tone=tone>{who}</Tag></dd>
                <dt>{tr!(l, tools.software)}</dt>
                <dd>
                    {match source {
                        Some((link, label)) => {
                            view! { <a rel="external noreferrer" href=link aria-label=label>{tool.software}</a> }.into_any()
                        }
                        None => tool.software.into_any(),
                    }}
                </dd>
                <dt>{tr!(l, tools.licence)}</dt>
                <dd>{tool.licence}</dd>
                <dt>{tr!(l, tools.caretaker)}</dt>
                <dd>{caretaker}</dd>
            </dl>
            <div class="tool-act">{act}</div>
        </li>
    }
}

/// The reason, and whom to ask: the circle that the tool belongs to, or else the one that looks after it.
#[component]
fn WhyNot(cx: Ctx, tool: Tool, denied: Denied) -> impl IntoView {
    let l = cx.locale;
    let help = tool.circle.or(tool.caretaker).map(|circle| {
        let to = format!("/circles/{}", circle.slug);
        view! { <a class="btn quiet" href=to>{tr!(l, tools.ask, circle = circle.name)}</a> }
    });
    view! {
        <p class="why-not">{problem(l, denied.code())}</p>
        {help}
    }
}

#[component]
fn CircleLink(circle: Circle) -> impl IntoView {
    view! { <a href=format!("/circles/{}", circle.slug)>{circle.name}</a> }
}

fn who(l: Locale, audience: Audience, circle: Option<&Circle>) -> String {
    match (audience, circle) {
        (Audience::Everybody, _) => tr!(l, tools.everybody).to_string(),
        (Audience::Members, _) => tr!(l, tools.members).to_string(),
        (Audience::Users, _) => tr!(l, tools.users).to_string(),
        (Audience::Circle(_), Some(circle)) => tr!(l, tools.circle, circle = circle.name.clone()).to_string(),
        (Audience::Operational | Audience::Circle(_), _) => tr!(l, tools.operational).to_string(),
    }
}
