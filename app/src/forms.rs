//! The recipe that every form follows, in this order: who asks, parse, validate, on failure show the same page with what
//! was typed and a sentence beside each field, else store, then redirect (303).
//!
//! Forms are plain HTML and post to a server function under `/do/`. What the next page has to say travels in the browser's
//! session as a [`Flash`]: codes and typed values, never causes.

use std::{collections::BTreeMap, future::Future};

use domain::{Kind, Problem};
use http::{StatusCode, header};
use leptos::prelude::{ServerFnError, expect_context};
use leptos_axum::ResponseOptions;
use serde::{Deserialize, Serialize};
use tower_sessions::Session;

use crate::ctx::{Ctx, SESSION_FLASH};

/// A message for the page that follows an act.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flash {
    /// Path (without query) of the page that it is for.
    path: String,
    /// Form that failed; empty where the act went well.
    form: String,
    /// What was typed, by field.
    typed: BTreeMap<String, String>,
    /// Codes of what is wrong: field (empty for the whole form) and code.
    errors: Vec<(String, String)>,
    /// Code of good news.
    notice: Option<String>,
}

impl Flash {
    /// Takes the message out of the session if it is for this page.
    pub async fn take(session: &Session, path_and_query: &str) -> Self {
        // A session without an id has never been kept: nothing to ask the database for.
        if session.id().is_none() {
            return Self::default();
        }
        let Ok(Some(flash)) = session.get::<Self>(SESSION_FLASH).await else { return Self::default() };
        if flash.path != without_query(path_and_query) {
            return Self::default();
        }
        let _ = session.remove::<Self>(SESSION_FLASH).await;
        flash
    }

    /// Leaves good news for the page that somebody is led to, unless a message waits for them already.
    ///
    /// # Errors
    /// Where the session cannot be written.
    pub async fn leave(
        session: &Session,
        path_and_query: &str,
        notice: &str,
    ) -> Result<(), tower_sessions::session::Error> {
        let path = without_query(path_and_query);
        let waiting = session.get::<Self>(SESSION_FLASH).await?;
        if waiting.is_some_and(|flash| flash.path == path) {
            return Ok(());
        }
        let flash = Self { path: path.to_owned(), notice: Some(notice.to_owned()), ..Self::default() };
        session.insert(SESSION_FLASH, flash).await
    }

    /// Code of good news, for the layout.
    pub fn notice(&self) -> Option<&str> {
        self.notice.as_deref()
    }

    /// The state of one form on this page.
    pub fn form(&self, name: &str) -> FormState {
        if self.form == name {
            FormState { typed: self.typed.clone(), errors: self.errors.clone(), failed: true }
        } else {
            FormState::default()
        }
    }

    /// What went wrong with an act whose form this page may not show any more.
    pub fn failure(&self) -> Option<&str> {
        self.errors.iter().find(|(field, _)| field.is_empty()).map(|(_, code)| code.as_str())
    }
}

/// What a form shows: the values typed before, and what is wrong with them.
#[derive(Debug, Clone, Default)]
pub struct FormState {
    typed: BTreeMap<String, String>,
    errors: Vec<(String, String)>,
    failed: bool,
}

impl FormState {
    /// A form of which one field is wrong, found while the page was made.
    pub fn failed(field: &str, code: &str) -> Self {
        Self { typed: BTreeMap::new(), errors: vec![(field.to_owned(), code.to_owned())], failed: true }
    }

    /// The value to show in a field: what was typed, else what is stored.
    pub fn value(&self, field: &str, stored: &str) -> String {
        self.typed.get(field).map_or(stored, String::as_str).to_owned()
    }

    /// The value of a checkbox after a failure; a box that was not ticked is not posted.
    pub fn checked(&self, field: &str, stored: bool) -> bool {
        if self.failed { self.typed.get(field).is_some_and(|v| !v.is_empty()) } else { stored }
    }

    /// Code of what is wrong with a field.
    pub fn error(&self, field: &str) -> Option<&str> {
        self.errors.iter().find(|(name, _)| name == field).map(|(_, code)| code.as_str())
    }

    /// All that is wrong, for the summary above the form.
    pub fn errors(&self) -> &[(String, String)] {
        &self.errors
    }
}

/// The form that an act answers: its name on the page, where that page is, and what was typed.
#[derive(Debug, Clone)]
pub struct Form {
    name: &'static str,
    page: String,
    typed: BTreeMap<String, String>,
}

impl Form {
    /// A form on the page at a local path.
    pub fn new(name: &'static str, page: &str) -> Self {
        Self { name, page: local_path(page).unwrap_or("/").to_owned(), typed: BTreeMap::new() }
    }

    /// Values to show again should the act fail. Never hand over a password.
    #[must_use]
    pub fn typed(mut self, values: &[(&str, &str)]) -> Self {
        self.typed.extend(values.iter().map(|(field, value)| ((*field).to_owned(), (*value).to_owned())));
        self
    }
}

/// An act that went well: where to go, and what to say there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    to: String,
    notice: Option<&'static str>,
}

impl Done {
    /// Goes to a local path.
    pub fn to(path: impl Into<String>) -> Self {
        Self { to: path.into(), notice: None }
    }

    /// Says a sentence there: a key of the namespace `common` that starts with `notice_`.
    #[must_use]
    pub fn saying(mut self, notice: &'static str) -> Self {
        self.notice = Some(notice);
        self
    }
}

/// An act that failed: codes by field, the empty field for the whole form.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Failed {
    errors: Vec<(String, String)>,
    /// Whether the person first has to show again who they are, and how.
    again: Option<Again>,
}

/// How somebody has to show again who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Again {
    /// It was too long ago.
    Late,
    /// The second step was not taken.
    SecondStep,
}

impl Again {
    /// The way there, and back to a page.
    pub fn way(self, page: &str) -> String {
        let fresh = match self {
            Self::Late => "yes",
            Self::SecondStep => "second",
        };
        format!("/sign-in?fresh={fresh}&to={}", crate::page::encode(page))
    }
}

impl Failed {
    /// The act waits until the person has shown again who they are. They come back to its page with what they typed.
    pub fn until_signed_in_again(how: Again) -> Self {
        Self { again: Some(how), ..Self::field("", "fresh_needed") }
    }

    /// How the person has to show again who they are, if that is what is wrong.
    pub fn again(&self) -> Option<Again> {
        self.again
    }

    /// Code of the first thing that is wrong.
    pub fn code(&self) -> &str {
        self.errors.first().map_or("internal", |(_, code)| code)
    }

    /// Something is wrong with one field.
    pub fn field(field: &str, code: &str) -> Self {
        Self { errors: vec![(field.to_owned(), code.to_owned())], again: None }
    }

    /// Several fields at once.
    pub fn fields<F: Into<String>, C: Into<String>>(errors: impl IntoIterator<Item = (F, C)>) -> Self {
        let errors = errors.into_iter().map(|(field, code)| (field.into(), code.into())).collect();
        Self { errors, again: None }
    }
}

impl<P: Problem + 'static> From<P> for Failed {
    fn from(problem: P) -> Self {
        if problem.kind() == Kind::Internal {
            tracing::error!(error = &problem as &dyn std::error::Error, "an act failed");
        }
        Self::field("", problem.code())
    }
}

/// Runs an act and answers the form: 303 to where it leads, or 303 back to its page with what is wrong.
///
/// # Errors
/// Never: a failed act is an answer too. The type is what server functions ask for.
pub async fn act<F, Fut>(form: Form, run: F) -> Result<(), ServerFnError>
where
    F: FnOnce(Ctx) -> Fut,
    Fut: Future<Output = Result<Done, Failed>>,
{
    let cx = Ctx::current();
    let Form { name, page, typed } = form;
    let (to, flash) = match run(cx.clone()).await {
        Ok(done) => {
            let flash = done.notice.map(|notice| Flash { notice: Some(notice.to_owned()), ..Flash::default() });
            (done.to, flash)
        }
        Err(failed) => {
            let path = without_query(&page).to_owned();
            let to = failed.again.map_or_else(|| page.clone(), |again| again.way(&page));
            let form = name.to_owned();
            (to, Some(Flash { path, form, typed, errors: failed.errors, ..Flash::default() }))
        }
    };
    if let Some(mut flash) = flash {
        if flash.path.is_empty() {
            without_query(&to).clone_into(&mut flash.path);
        }
        if let Err(error) = cx.session.insert(SESSION_FLASH, flash).await {
            tracing::error!(%error, "a message for the next page was lost");
        }
    }
    see_other(&to);
    Ok(())
}

/// Answers with 303 See Other.
pub fn see_other(to: &str) {
    let response = expect_context::<ResponseOptions>();
    response.set_status(StatusCode::SEE_OTHER);
    if let Ok(location) = to.parse() {
        response.insert_header(header::LOCATION, location);
    }
}

/// Returns the text if it is a path on this hub: no scheme, no host, no way to be read as one.
pub fn local_path(text: &str) -> Option<&str> {
    let fine = text.starts_with('/')
        && !text.starts_with("//")
        && !text.contains('\\')
        && !text.chars().any(char::is_control);
    fine.then_some(text)
}

fn without_query(path: &str) -> &str {
    path.split(['?', '#']).next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_of_this_hub_are_followed() {
        assert_eq!(local_path("/bookings?x=1#y"), Some("/bookings?x=1#y"));
        for bad in ["https://evil.test", "//evil.test", "/\\evil.test", "evil", "", "/a\nb"] {
            assert_eq!(local_path(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_failed_form_keeps_what_was_typed() {
        let flash = Flash {
            form: "profile".into(),
            typed: BTreeMap::from([("name".into(), "Nour".into())]),
            errors: vec![("handle".into(), "handle_taken".into())],
            ..Flash::default()
        };
        let form = flash.form("profile");
        assert_eq!(form.value("name", "stored"), "Nour");
        assert_eq!(form.value("region", "stored"), "stored");
        assert_eq!(form.error("handle"), Some("handle_taken"));
        assert!(flash.form("other").errors().is_empty());
    }
}
