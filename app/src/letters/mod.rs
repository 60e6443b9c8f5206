//! The words of letters, as text and as HTML, in the language of their reader.

mod dress;
#[cfg(test)]
mod tests;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use domain::accounts::letters::{About, Factor, Ready};

use crate::{
    account::device::device,
    i18n::{Locale, locale_for, tr},
    ui::day_and_time,
};

/// Where letters come from.
#[derive(Debug, Clone, Copy)]
pub struct Sender<'a> {
    /// Name of the community.
    pub community: &'a str,
    /// Address of the hub, without a slash at the end.
    pub base_url: &'a str,
    /// Language where a reader has none.
    pub locale: &'a str,
    /// Zone of the times in a letter.
    pub zone: Tz,
}

/// A letter in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// Its subject.
    pub subject: String,
    /// All of it as plain text.
    pub text: String,
    /// All of it as a page.
    pub html: String,
}

/// What a letter consists of, before it is dressed.
struct Words {
    subject: String,
    greeting: String,
    before: Vec<String>,
    button: Option<Button>,
    after: Vec<String>,
    foot: String,
}

struct Button {
    label: String,
    address: String,
    /// What to do where it does not work.
    help: Option<String>,
}

/// Writes a letter.
pub fn write(ready: &Ready, sender: Sender<'_>) -> Written {
    let l = locale_for(&ready.letter.locale).or_else(|| locale_for(sender.locale)).unwrap_or(Locale::en);
    dress::both(l, &words(l, ready, sender))
}

fn words(l: Locale, ready: &Ready, sender: Sender<'_>) -> Words {
    let when = |at: DateTime<Utc>| format!("{} ({})", day_and_time(at, sender.zone, l), sender.zone.name());
    let community = || sender.community.to_owned();
    let mut name = None;
    // Subject, what it says, label of its button, what stands below.
    let (subject, before, label, after) = match &ready.letter.about {
        About::Invitation { by, .. } => {
            let first = match by {
                Some(by) => tr!(l, letters.invitation_by, by = by.clone(), community = community()).to_string(),
                None => tr!(l, letters.invitation, community = community()).to_string(),
            };
            (
                tr!(l, letters.invitation_subject, community = community()).to_string(),
                vec![first, tr!(l, letters.invitation_more).to_string()],
                Some(tr!(l, letters.invitation_button).to_string()),
                vec![tr!(l, letters.invitation_foot).to_string()],
            )
        }
        About::Registration { name: given } => {
            name = Some(given);
            (
                tr!(l, letters.registration_subject, community = community()).to_string(),
                vec![tr!(l, letters.registration, community = community()).to_string()],
                Some(tr!(l, letters.registration_button).to_string()),
                vec![tr!(l, letters.registration_foot).to_string()],
            )
        }
        About::Approved { name: given } => {
            name = Some(given);
            (
                tr!(l, letters.approved_subject, community = community()).to_string(),
                vec![tr!(l, letters.approved, community = community()).to_string()],
                Some(tr!(l, letters.registration_button).to_string()),
                vec![tr!(l, letters.approved_foot).to_string()],
            )
        }
        About::Declined { name: given, words } => {
            name = Some(given);
            let mut before = vec![tr!(l, letters.declined, community = community()).to_string()];
            if !words.is_empty() {
                before.push(tr!(l, letters.declined_words, words = words.clone()).to_string());
            }
            before.push(tr!(l, letters.declined_more).to_string());
            (tr!(l, letters.declined_subject, community = community()).to_string(), before, None, Vec::new())
        }
        About::Request { name: given } => (
            tr!(l, letters.request_subject, name = given.clone()).to_string(),
            vec![tr!(l, letters.request, name = given.clone(), community = community()).to_string()],
            Some(tr!(l, letters.request_button).to_string()),
            Vec::new(),
        ),
        About::Known => (
            tr!(l, letters.known_subject, community = community()).to_string(),
            vec![
                tr!(l, letters.known, community = community()).to_string(),
                tr!(l, letters.known_more).to_string(),
            ],
            Some(tr!(l, letters.known_button).to_string()),
            vec![tr!(l, letters.known_foot).to_string()],
        ),
        About::VerifyAddress { .. } => (
            tr!(l, letters.verify_subject).to_string(),
            vec![tr!(l, letters.verify, address = ready.letter.to.clone(), community = community()).to_string()],
            Some(tr!(l, letters.verify_button).to_string()),
            vec![tr!(l, letters.verify_foot).to_string()],
        ),
        About::ResetPassword => (
            tr!(l, letters.reset_subject, community = community()).to_string(),
            vec![tr!(l, letters.reset, community = community()).to_string()],
            Some(tr!(l, letters.reset_button).to_string()),
            vec![tr!(l, letters.reset_foot).to_string()],
        ),
        About::PasswordChanged { at } => (
            tr!(l, letters.password_subject).to_string(),
            vec![
                tr!(l, letters.password, community = community(), at = when(*at)).to_string(),
                tr!(l, letters.alarm).to_string(),
            ],
            None,
            Vec::new(),
        ),
        About::AddressChanged { address } => (
            tr!(l, letters.address_subject).to_string(),
            vec![
                tr!(l, letters.address, community = community(), address = address.clone()).to_string(),
                tr!(l, letters.alarm).to_string(),
            ],
            None,
            Vec::new(),
        ),
        About::NewDevice { user_agent, at } => (
            tr!(l, letters.device_subject).to_string(),
            vec![
                tr!(l, letters.device, community = community(), device = named(l, user_agent), at = when(*at)).to_string(),
                tr!(l, letters.device_was_you).to_string(),
                tr!(l, letters.alarm).to_string(),
            ],
            Some(tr!(l, letters.device_button).to_string()),
            Vec::new(),
        ),
        About::FactorChanged { factor, at } => (
            tr!(l, letters.factor_subject).to_string(),
            vec![changed(l, factor, sender.community, when(*at)), tr!(l, letters.alarm).to_string()],
            Some(tr!(l, letters.factor_button).to_string()),
            Vec::new(),
        ),
    };
    let button = label.zip(ready.path.as_ref()).map(|(label, path)| Button {
        label,
        address: format!("{}{path}", sender.base_url),
        help: ready.until.map(|until| tr!(l, letters.once, until = when(until)).to_string()),
    });
    Words {
        subject,
        greeting: match name {
            Some(name) => tr!(l, letters.hello_name, name = name.clone()).to_string(),
            None => tr!(l, letters.hello).to_string(),
        },
        before,
        button,
        after,
        foot: tr!(l, letters.foot, community = community(), address = sender.base_url.to_owned()).to_string(),
    }
}

/// A browser in words.
fn named(l: Locale, user_agent: &str) -> String {
    match device(user_agent) {
        (Some(browser), Some(system)) => {
            tr!(l, letters.device_name, browser = browser, system = system).to_string()
        }
        (Some(known), None) | (None, Some(known)) => known.to_owned(),
        (None, None) => tr!(l, letters.device_unknown).to_string(),
    }
}

fn changed(l: Locale, factor: &Factor, community: &str, at: String) -> String {
    let community = community.to_owned();
    match factor {
        Factor::PasskeyAdded(name) => {
            tr!(l, letters.factor_passkey_added, name = name.clone(), community = community, at = at).to_string()
        }
        Factor::PasskeyRemoved(name) => {
            tr!(l, letters.factor_passkey_removed, name = name.clone(), community = community, at = at).to_string()
        }
        Factor::TotpAdded => tr!(l, letters.factor_totp_added, community = community, at = at).to_string(),
        Factor::TotpRemoved => tr!(l, letters.factor_totp_removed, community = community, at = at).to_string(),
    }
}
