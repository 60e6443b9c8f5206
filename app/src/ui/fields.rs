//! Parts of forms: a label above, help below, and what is wrong beside the field, tied together for screen readers.

use leptos::prelude::*;

use super::problem;
use crate::{ctx::Ctx, forms::FormState, i18n::tr};

fn described_by(id: &str, help: bool, wrong: bool) -> Option<String> {
    let parts: Vec<String> =
        [(help, "help"), (wrong, "error")].iter().filter(|(on, _)| *on).map(|(_, part)| format!("{id}-{part}")).collect();
    (!parts.is_empty()).then(|| parts.join(" "))
}

/// What a form says of one of its fields.
struct Told {
    /// What is wrong with it.
    error: Option<String>,
    /// Ids of the texts that describe it.
    describe: Option<String>,
    /// For `aria-invalid`.
    invalid: Option<&'static str>,
    /// What was typed, or else what is kept.
    shown: String,
}

impl Told {
    fn of(cx: &Ctx, form: &FormState, name: &str, kept: &str, help: bool) -> Self {
        let error = form.error(name).map(|code| problem(cx.locale, code));
        Self {
            describe: described_by(name, help, error.is_some()),
            invalid: error.is_some().then_some("true"),
            shown: form.value(name, kept),
            error,
        }
    }
}

#[component]
fn Frame(id: String, label: String, help: Option<String>, error: Option<String>, children: Children) -> impl IntoView {
    let wrong = error.is_some();
    view! {
        <div class="field" class:wrong=wrong>
            <label for=id.clone()>{label}</label>
            {help.map(|help| view! { <p class="help" id=format!("{id}-help")>{help}</p> })}
            {children()}
            {error.map(|error| view! { <p class="error" id=format!("{id}-error")>{error}</p> })}
        </div>
    }
}

/// A line of text; also e-mail, password, date, time, number through `kind`.
#[component]
pub fn Field(
    cx: Ctx,
    form: FormState,
    #[prop(into)] name: String,
    #[prop(into)] label: String,
    #[prop(into, optional)] value: String,
    #[prop(into, optional)] help: Option<String>,
    #[prop(default = "text")] kind: &'static str,
    #[prop(optional)] autocomplete: Option<&'static str>,
    #[prop(optional)] required: bool,
) -> impl IntoView {
    let Told { error, describe, invalid, shown } = Told::of(&cx, &form, &name, &value, help.is_some());
    view! {
        <Frame id=name.clone() label=label help=help error=error>
            <input id=name.clone() name=name type=kind value=shown required=required autocomplete=autocomplete
                aria-describedby=describe aria-invalid=invalid/>
        </Frame>
    }
}

/// Several lines of text.
#[component]
pub fn TextArea(
    cx: Ctx,
    form: FormState,
    #[prop(into)] name: String,
    #[prop(into)] label: String,
    #[prop(into, optional)] value: String,
    #[prop(into, optional)] help: Option<String>,
    #[prop(default = 5)] rows: u32,
) -> impl IntoView {
    let Told { error, describe, invalid, shown } = Told::of(&cx, &form, &name, &value, help.is_some());
    view! {
        <Frame id=name.clone() label=label help=help error=error>
            <textarea id=name.clone() name=name rows=rows aria-describedby=describe aria-invalid=invalid>{shown}</textarea>
        </Frame>
    }
}

/// One of several: pairs of value and words.
#[component]
pub fn Select(
    cx: Ctx,
    form: FormState,
    #[prop(into)] name: String,
    #[prop(into)] label: String,
    #[prop(into, optional)] value: String,
    #[prop(into, optional)] help: Option<String>,
    options: Vec<(String, String)>,
) -> impl IntoView {
    let Told { error, describe, invalid, shown } = Told::of(&cx, &form, &name, &value, help.is_some());
    view! {
        <Frame id=name.clone() label=label help=help error=error>
            <select id=name.clone() name=name aria-describedby=describe aria-invalid=invalid>
                {options
                    .into_iter()
                    .map(|(value, words)| {
                        let selected = value == shown;
                        view! { <option value=value selected=selected>{words}</option> }
                    })
                    .collect_view()}
            </select>
        </Frame>
    }
}

/// Yes or no.
#[component]
pub fn Check(
    cx: Ctx,
    form: FormState,
    #[prop(into)] name: String,
    #[prop(into)] label: String,
    #[prop(optional)] checked: bool,
) -> impl IntoView {
    let error = form.error(&name).map(|code| problem(cx.locale, code));
    let describe = described_by(&name, false, error.is_some());
    let on = form.checked(&name, checked);
    let wrong = error.is_some();
    view! {
        <div class="field check" class:wrong=wrong>
            <input id=name.clone() name=name.clone() type="checkbox" value="yes" checked=on aria-describedby=describe/>
            <label for=name.clone()>{label}</label>
            {error.map(|error| view! { <p class="error" id=format!("{name}-error")>{error}</p> })}
        </div>
    }
}

/// All that is wrong with a form, above it; each line leads to its field.
#[component]
pub fn ErrorSummary(cx: Ctx, form: FormState) -> impl IntoView {
    let l = cx.locale;
    let errors = form.errors().to_vec();
    (!errors.is_empty()).then(|| {
        view! {
            <div class="summary" role="alert" tabindex="-1">
                <p class="summary-title">{tr!(l, problems.summary)}</p>
                <ul>
                    {errors
                        .into_iter()
                        .map(|(field, code)| {
                            let words = problem(l, &code);
                            if field.is_empty() {
                                view! { <li>{words}</li> }.into_any()
                            } else {
                                view! { <li><a href=format!("#{field}")>{words}</a></li> }.into_any()
                            }
                        })
                        .collect_view()}
                </ul>
            </div>
        }
    })
}

/// The button that sends a form.
#[component]
pub fn Submit(#[prop(into)] label: String, #[prop(optional)] quiet: bool) -> impl IntoView {
    view! { <button class="btn" class:quiet=quiet type="submit">{label}</button> }
}
