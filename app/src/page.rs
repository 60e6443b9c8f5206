//! The recipe that every page follows: who asks, load, show; or say what is wrong, with the right status.

use std::future::Future;

use domain::{Kind, Problem, access::Denied};
use http::{HeaderValue, StatusCode, header};
use leptos::prelude::*;
use leptos_axum::ResponseOptions;

use crate::{
    ctx::Ctx,
    i18n::tr,
    ui::{Layout, PageHead, problem},
};

/// What stops a page. It shows as a page of its own, in the layout, with the status of its kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageError {
    kind: Kind,
    code: &'static str,
}

impl PageError {
    /// Nothing is at this address, or nothing that this person may know of.
    pub const NOT_FOUND: Self = Self { kind: Kind::NotFound, code: "not_found" };

    fn status(self) -> StatusCode {
        match self.kind {
            Kind::NotFound => StatusCode::NOT_FOUND,
            Kind::Denied if self.code == "sign_in" => StatusCode::UNAUTHORIZED,
            Kind::Denied => StatusCode::FORBIDDEN,
            Kind::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
            Kind::Conflict => StatusCode::CONFLICT,
            Kind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

impl<P: Problem + 'static> From<P> for PageError {
    fn from(problem: P) -> Self {
        if problem.kind() == Kind::Internal {
            tracing::error!(error = &problem as &dyn std::error::Error, "a page failed");
        }
        Self { kind: problem.kind(), code: problem.code() }
    }
}

/// Renders a page: runs `load` with the request, wraps what it gives in the layout, or shows why not.
pub fn page<F, Fut>(load: F) -> impl IntoView
where
    F: FnOnce(Ctx) -> Fut + Send + 'static,
    Fut: Future<Output = Result<AnyView, PageError>> + Send + 'static,
{
    let cx = Ctx::current();
    let response = use_context::<ResponseOptions>();
    Suspend::new(async move {
        let view = match load(cx.clone()).await {
            Ok(view) => view,
            Err(error) => {
                if let Some(response) = response {
                    response.set_status(error.status());
                }
                sorry(&cx, error)
            }
        };
        view! { <Layout cx=cx>{view}</Layout> }.into_any()
    })
}

/// The answer of a page under way, for one whose address has changed. Asked for before anything is awaited.
#[derive(Clone)]
pub struct Onward(Option<ResponseOptions>);

impl Onward {
    /// That of the page that is made just now.
    pub fn current() -> Self {
        Self(use_context())
    }

    /// Leads to another page of the hub.
    pub fn to(&self, cx: &Ctx, path: String) -> AnyView {
        if let Some((response, address)) = self.0.as_ref().zip(HeaderValue::from_str(&path).ok()) {
            response.set_status(StatusCode::FOUND);
            response.insert_header(header::LOCATION, address);
        }
        let l = cx.locale;
        view! { <p><a href=path>{tr!(l, common.page_moved).to_string()}</a></p> }.into_any()
    }
}

/// The page for an address where nothing is.
#[component]
pub fn NotFoundPage() -> impl IntoView {
    page(async |_| Err(PageError::NOT_FOUND))
}

/// A page that says what is wrong and what would help.
fn sorry(cx: &Ctx, error: PageError) -> AnyView {
    let l = cx.locale;
    let sign_in = error.code == Denied::SignIn.code();
    let title = match error.kind {
        Kind::NotFound => tr!(l, problems.title_not_found),
        Kind::Denied if sign_in => tr!(l, problems.title_sign_in),
        Kind::Denied => tr!(l, problems.title_denied),
        Kind::Invalid | Kind::Conflict => tr!(l, problems.title_conflict),
        Kind::Internal => tr!(l, problems.title_internal),
    };
    let to = format!("/sign-in?to={}", encode(&cx.path_and_query));
    view! {
        <PageHead title=title/>
        <p class="lead max-w-prose">{problem(l, error.code)}</p>
        <p class="mt-6 flex flex-wrap gap-3">
            {sign_in.then(|| view! { <a class="btn" href=to>{tr!(l, common.sign_in)}</a> })}
            <a class="btn quiet" href="/">{tr!(l, common.to_home)}</a>
            <a class="btn quiet" href="/handbook">{tr!(l, common.to_handbook)}</a>
        </p>
    }
    .into_any()
}

/// A value of the query, decoded once: leptos' own map decodes twice, so that an address inside would come out changed.
pub fn asked(name: &str) -> String {
    value_of(&Ctx::current().path_and_query, name)
}

fn value_of(path_and_query: &str, name: &str) -> String {
    let query = path_and_query.split_once('?').map_or("", |(_, query)| query);
    url::form_urlencoded::parse(query.as_bytes())
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default()
}

/// Writes a text as one value of a query.
pub fn encode(text: &str) -> String {
    leptos_router::location::Url::escape(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_in_an_address_comes_out_as_it_went_in() {
        let inner = "/oauth2/authorize?redirect_uri=https%3A%2F%2Ftool.example%2Fcb&scope=openid+profile";
        let outer = format!("/provider/sign-in?continue={}", encode(inner));
        assert_eq!(value_of(&outer, "continue"), inner);
        assert_eq!(value_of(&outer, "email"), "");
        assert_eq!(value_of("/provider/sign-in", "continue"), "");
    }
}
