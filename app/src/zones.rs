//! The reader's time zone: a hint for those who have not said where they are.

use leptos::prelude::*;

/// The zone that the browser lives in, as an IANA name.
#[cfg(feature = "hydrate")]
fn browser_zone() -> Option<String> {
    let options = js_sys::Intl::DateTimeFormat::new(&js_sys::Array::new(), &js_sys::Object::new()).resolved_options();
    js_sys::Reflect::get(&options, &"timeZone".into()).ok()?.as_string()
}

#[cfg(not(feature = "hydrate"))]
fn browser_zone() -> Option<String> {
    None
}

/// Offers to show times where the reader is. Renders nothing on the server, without scripts, or where there is nothing to say.
#[island]
pub fn ZoneHint(
    /// IANA name of the zone that the page shows.
    shown: String,
    /// `Times on this page are in {shown}. You seem to be in {here}.`
    sentence: String,
    /// Words of the button.
    button: String,
    /// Address to come back to.
    back: String,
) -> impl IntoView {
    let here = RwSignal::new(None::<String>);
    Effect::new(move |_| here.set(browser_zone()));
    move || {
        here.get().filter(|zone| *zone != shown).map(|zone| {
            let words = sentence.replace("{shown}", &shown).replace("{here}", &zone);
            view! {
                <form class="notice flex flex-wrap items-center gap-x-4 gap-y-2" method="post" action="/do/preferences">
                    <input type="hidden" name="back" value=back.clone()/>
                    <input type="hidden" name="zone" value=zone/>
                    <span>{words}</span>
                    <button class="btn quiet" type="submit">{button.clone()}</button>
                </form>
            }
        })
    }
}

/// The hint for this page, for readers who have not chosen a zone.
#[cfg(feature = "ssr")]
pub fn hint(cx: &crate::ctx::Ctx) -> Option<AnyView> {
    use crate::i18n::tr;
    let l = cx.locale;
    (!cx.zone_chosen).then(|| {
        let sentence = tr!(l, common.zone_sentence, shown = "{shown}", here = "{here}");
        view! {
            <ZoneHint
                shown=cx.zone.name().to_owned()
                sentence=sentence
                button=tr!(l, common.zone_button).to_string()
                back=cx.path_and_query.clone()
            />
        }
        .into_any()
    })
}
