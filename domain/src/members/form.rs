//! The form of one's own profile: from what was typed to what can be kept.

use std::collections::{BTreeMap, BTreeSet};

use chrono_tz::Tz;

use crate::members::{Field, FieldProblem, Member, Visibility, rules};

const NAME_LENGTH: usize = 120;
const LINE_LENGTH: usize = 120;
const ABOUT_LENGTH: usize = 4000;
const ADDRESS_LENGTH: usize = 300;
const MOST_LANGUAGES: usize = 12;

/// What was typed, kept as typed so that the form can show it again.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ProfileForm {
    /// The name they go by.
    pub name: String,
    /// Unique name in addresses.
    pub handle: String,
    /// How to speak of them.
    pub pronouns: String,
    /// In their own words.
    pub about: String,
    /// Where to write.
    pub email: String,
    /// A page of their own.
    pub website: String,
    /// Languages as BCP 47 tags, with commas or spaces between them.
    pub languages: String,
    /// The zone they live in.
    pub time_zone: String,
    /// Part of the world.
    pub region: String,
    /// Handles of their organisations, with commas or spaces between them.
    pub organisations: String,
    /// Who sees which field; a word that is not known leaves things as they are.
    pub visibility: BTreeMap<Field, String>,
}

/// What the form asks for, proved to be well-formed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProfileChange {
    /// The name they go by.
    pub name: String,
    /// Unique name in addresses.
    pub handle: String,
    /// How to speak of them.
    pub pronouns: String,
    /// In their own words.
    pub about: String,
    /// Where to write.
    pub email: String,
    /// A page of their own.
    pub website: String,
    /// Languages as BCP 47 tags.
    pub languages: Vec<String>,
    /// The zone they live in.
    pub time_zone: Tz,
    /// Part of the world.
    pub region: String,
    /// Handles of their organisations.
    pub organisations: BTreeSet<String>,
    /// Who sees which field.
    pub visibility: BTreeMap<Field, Visibility>,
}

impl ProfileForm {
    /// The form as it stands before anything is typed.
    pub fn of(member: &Member, organisations: &[String]) -> Self {
        Self {
            name: member.name.clone(),
            handle: member.handle.clone(),
            pronouns: member.pronouns.clone(),
            about: member.about.clone(),
            email: member.email.clone(),
            website: member.website.clone(),
            languages: member.languages.join(", "),
            time_zone: member.time_zone.name().to_owned(),
            region: member.region.clone(),
            organisations: organisations.join(", "),
            visibility: Field::ALL
                .into_iter()
                .map(|field| (field, member.visibility_of(field).as_str().to_owned()))
                .collect(),
        }
    }

    /// Checks every field, and says all that is wrong at once.
    ///
    /// # Errors
    /// The fields that cannot be kept, each with its problem.
    pub fn validate(&self) -> Result<ProfileChange, Vec<(&'static str, FieldProblem)>> {
        let mut problems = Vec::new();
        let name = self.name.split_whitespace().collect::<Vec<_>>().join(" ");
        if name.is_empty() {
            problems.push(("name", FieldProblem::NameMissing));
        }
        let handle = self.handle.trim().trim_start_matches('@').to_lowercase();
        if !rules::is_handle(&handle) {
            problems.push(("handle", FieldProblem::HandleShape));
        }
        for (field, value, most) in [
            ("name", name.as_str(), NAME_LENGTH),
            ("pronouns", self.pronouns.as_str(), LINE_LENGTH),
            ("about", self.about.as_str(), ABOUT_LENGTH),
            ("email", self.email.as_str(), ADDRESS_LENGTH),
            ("website", self.website.as_str(), ADDRESS_LENGTH),
            ("region", self.region.as_str(), LINE_LENGTH),
        ] {
            if value.chars().count() > most {
                problems.push((field, FieldProblem::TooLong));
            }
        }
        let email = self.email.trim();
        if !email.is_empty() && !is_email(email) {
            problems.push(("email", FieldProblem::EmailShape));
        }
        let website = self.website.trim();
        if !website.is_empty() && !is_website(website) {
            problems.push(("website", FieldProblem::WebsiteShape));
        }
        let languages = languages(&self.languages);
        if languages.is_none() {
            problems.push(("languages", FieldProblem::LanguageShape));
        }
        let time_zone = self.time_zone.trim().parse::<Tz>();
        if time_zone.is_err() {
            problems.push(("time_zone", FieldProblem::ZoneUnknown));
        }
        let (Some(languages), Ok(time_zone), true) = (languages, time_zone, problems.is_empty()) else {
            return Err(problems);
        };
        Ok(ProfileChange {
            name,
            handle,
            pronouns: self.pronouns.trim().to_owned(),
            about: self.about.trim().to_owned(),
            email: email.to_owned(),
            website: website.to_owned(),
            languages,
            time_zone,
            region: self.region.split_whitespace().collect::<Vec<_>>().join(" "),
            organisations: split(&self.organisations)
                .map(|handle| handle.trim_start_matches('@').to_lowercase())
                .collect(),
            visibility: self
                .visibility
                .iter()
                .filter_map(|(field, word)| Some((*field, Visibility::read(word)?)))
                .collect(),
        })
    }
}

fn split(list: &str) -> impl Iterator<Item = &str> {
    list.split(|c: char| c == ',' || c == ';' || c.is_whitespace())
        .filter(|part| !part.is_empty())
}

fn is_email(text: &str) -> bool {
    text.split_once('@').is_some_and(|(local, host)| {
        !local.is_empty()
            && host.contains('.')
            && !host.starts_with('.')
            && !host.ends_with('.')
            && !host.contains('@')
            && !text
                .chars()
                .any(|c| c.is_whitespace() || c.is_control() || "<>\"\\,;".contains(c))
    })
}

/// An http or https address that can stand in a link as it is.
fn is_website(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let Some(rest) = lower.strip_prefix("https://").or_else(|| lower.strip_prefix("http://")) else {
        return false;
    };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    !host.is_empty()
        && !host.starts_with('.')
        && !host.contains(['@', '\\'])
        && !text
            .chars()
            .any(|c| c.is_whitespace() || c.is_control() || "<>\"`{}|^".contains(c))
}

/// Reads tags like `en`, `pt-BR` or `zh-Hant`, in the usual case; `None` where one is not well-formed.
fn languages(list: &str) -> Option<Vec<String>> {
    let mut tags: Vec<String> = Vec::new();
    for part in split(list) {
        let tag = language(part)?;
        if !tags.contains(&tag) {
            tags.push(tag);
        }
    }
    (tags.len() <= MOST_LANGUAGES).then_some(tags)
}

fn language(text: &str) -> Option<String> {
    let mut subtags = text.split('-');
    let primary = subtags.next()?;
    if !(2..=3).contains(&primary.len()) || !primary.bytes().all(|b| b.is_ascii_alphabetic()) {
        return None;
    }
    let mut tag = primary.to_ascii_lowercase();
    for subtag in subtags {
        if !(2..=8).contains(&subtag.len()) || !subtag.bytes().all(|b| b.is_ascii_alphanumeric()) {
            return None;
        }
        tag.push('-');
        match subtag.len() {
            2 => tag.push_str(&subtag.to_ascii_uppercase()),
            4 => {
                tag.push_str(&subtag[..1].to_ascii_uppercase());
                tag.push_str(&subtag[1..].to_ascii_lowercase());
            }
            _ => tag.push_str(&subtag.to_ascii_lowercase()),
        }
    }
    Some(tag)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn filled() -> ProfileForm {
        ProfileForm {
            name: "  Amara   Okafor ".into(),
            handle: "@Amara".into(),
            website: "https://alder.example/amara".into(),
            languages: "EN, ig; pt-br zh-hant en".into(),
            time_zone: "Africa/Lagos".into(),
            ..ProfileForm::default()
        }
    }

    #[test]
    fn what_is_well_formed_is_tidied() {
        let change = filled().validate().unwrap();
        assert_eq!(change.name, "Amara Okafor");
        assert_eq!(change.handle, "amara");
        assert_eq!(change.languages, ["en", "ig", "pt-BR", "zh-Hant"]);
    }

    #[test]
    fn each_field_says_what_is_wrong_with_it() {
        let wrong = ProfileForm {
            name: " ".into(),
            handle: "a b".into(),
            about: "x".repeat(4001),
            email: "nobody".into(),
            website: "javascript:alert(1)".into(),
            languages: "english".into(),
            time_zone: "Mars/Olympus".into(),
            ..ProfileForm::default()
        };
        assert_eq!(
            wrong.validate().unwrap_err(),
            [
                ("name", FieldProblem::NameMissing),
                ("handle", FieldProblem::HandleShape),
                ("about", FieldProblem::TooLong),
                ("email", FieldProblem::EmailShape),
                ("website", FieldProblem::WebsiteShape),
                ("languages", FieldProblem::LanguageShape),
                ("time_zone", FieldProblem::ZoneUnknown),
            ]
        );
    }

    #[test]
    fn only_web_addresses_are_websites() {
        for good in ["http://a.test", "https://a.test/x?y=1#z", "HTTPS://a.test"] {
            assert!(is_website(good), "{good}");
        }
        for bad in [
            "a.test",
            "https://",
            "https:// a.test",
            "https://u@a.test",
            "data:text/html,x",
            "//a.test",
        ] {
            assert!(!is_website(bad), "{bad}");
        }
    }
}
