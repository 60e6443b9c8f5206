//! The home page.

use leptos::prelude::*;

use crate::{i18n::tr, page::page, ui::PageHead};

/// The first page.
#[component]
pub fn HomePage() -> impl IntoView {
    page(async move |cx| {
        let l = cx.locale;
        Ok(view! { <PageHead title=tr!(l, home.title)/> }.into_any())
    })
}
