//! Who sees what of a member, and what lists may know.

use crate::{
    MemberId,
    access::Actor,
    members::{Field, Member, MemberKind, Profile, Standing, Ties, Visibility},
};

/// Longest handle.
const HANDLE_LENGTH: usize = 30;

/// The widest circle of readers that a person belongs to: public, or members. Stewards read like members; a signed-in guest
/// reads like everybody.
pub fn reads_as(actor: &Actor) -> Visibility {
    if actor.is_member() || actor.is_steward() {
        Visibility::Members
    } else {
        Visibility::Public
    }
}

/// Whether somebody who reads as `reader` sees what is shown to `shown_to`. What is for nobody stays unseen.
pub fn shows(shown_to: Visibility, reader: Visibility) -> bool {
    shown_to <= reader && shown_to != Visibility::Nobody
}

/// A member as this person may see them: a hidden field is empty, as if it had never been filled.
pub fn seen_by(member: &Member, ties: &Ties, actor: &Actor) -> Profile {
    let own = actor.member().map(|m| m.id);
    let reader = reads_as(actor);
    let mut profile = seen_as(member, ties, reader, own == Some(member.id));
    if let Some(own) = own {
        // Somebody who hides an affiliation still sees themselves among the organisation's people.
        profile.people = people(ties, reader, Some(own));
    }
    profile
}

/// The owner's own look at how others see their profile: as everybody, or as members.
pub fn previewed_as(member: &Member, ties: &Ties, reader: Visibility) -> Profile {
    seen_as(member, ties, reader.min(Visibility::Members), false)
}

fn seen_as(member: &Member, ties: &Ties, reader: Visibility, owner: bool) -> Profile {
    let sees = |field| owner || shows(member.visibility_of(field), reader);
    let text = |field, value: &str| if sees(field) { value.to_owned() } else { String::new() };
    Profile {
        id: member.id,
        kind: member.kind,
        class: member.class,
        standing: member.standing,
        steward: member.steward,
        handle: member.handle.clone(),
        name: member.name.clone(),
        pronouns: text(Field::Pronouns, &member.pronouns),
        about: text(Field::About, &member.about),
        email: text(Field::Email, &member.email),
        website: text(Field::Website, &member.website),
        languages: if sees(Field::Languages) {
            member.languages.clone()
        } else {
            Vec::new()
        },
        time_zone: sees(Field::TimeZone).then_some(member.time_zone),
        region: text(Field::Region, &member.region),
        organisations: if sees(Field::Organisation) {
            ties.organisations.clone()
        } else {
            Vec::new()
        },
        people: people(ties, reader, None),
        circles: if sees(Field::Circles) {
            ties.circles.clone()
        } else {
            Vec::new()
        },
    }
}

fn people(ties: &Ties, reader: Visibility, own: Option<MemberId>) -> Vec<super::MemberRef> {
    ties.people
        .iter()
        .filter(|(person, shown_to)| shows(*shown_to, reader) || own == Some(person.id))
        .map(|(person, _)| person.clone())
        .collect()
}

/// Whether the profile has a page for this person: who has left is remembered by stewards alone.
pub fn may_look_up(member: &Member, actor: &Actor) -> bool {
    member.standing != Standing::Left
        || actor.is_steward()
        || actor.member().is_some_and(|reader| reader.id == member.id)
}

/// What lists and search know of a member, so that the database can hide what the profile hides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    /// The folded name.
    pub sort_key: String,
    /// Folded words that everybody may find.
    pub search_public: String,
    /// Folded words that members may find.
    pub search_members: String,
}

/// Works out what lists may know.
pub fn listing(member: &Member) -> Listing {
    let words = |reader| {
        let languages = member.languages.join(" ");
        let zone = member.time_zone.name();
        let mut words = vec![member.name.as_str(), member.handle.as_str()];
        for (field, value) in [
            (Field::Pronouns, member.pronouns.as_str()),
            (Field::About, member.about.as_str()),
            (Field::Email, member.email.as_str()),
            (Field::Website, member.website.as_str()),
            (Field::Languages, languages.as_str()),
            (Field::TimeZone, zone),
            (Field::Region, member.region.as_str()),
        ] {
            if !value.is_empty() && shows(member.visibility_of(field), reader) {
                words.push(value);
            }
        }
        fold(&words.join("\n"))
    };
    Listing {
        sort_key: fold(&member.name),
        search_public: words(Visibility::Public),
        search_members: words(Visibility::Members),
    }
}

/// Lower case without the marks of Latin letters, so that `jose` finds José.
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for letter in text.chars().flat_map(char::to_lowercase) {
        let plain = match letter {
            'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' | 'ā' | 'ă' | 'ą' | 'ạ' | 'ả' | 'ấ' | 'ầ' => "a",
            'ç' | 'ć' | 'č' => "c",
            'ď' | 'đ' => "d",
            'è' | 'é' | 'ê' | 'ë' | 'ē' | 'ę' | 'ě' | 'ẹ' | 'ế' | 'ề' | 'ệ' => "e",
            'ğ' | 'ģ' => "g",
            'ì' | 'í' | 'î' | 'ï' | 'ī' | 'ı' | 'ị' => "i",
            'ł' | 'ľ' | 'ļ' => "l",
            'ñ' | 'ń' | 'ň' | 'ņ' => "n",
            'ò' | 'ó' | 'ô' | 'õ' | 'ö' | 'ø' | 'ō' | 'ő' | 'ọ' | 'ố' | 'ồ' | 'ộ' | 'ơ' => "o",
            'ř' | 'ŕ' => "r",
            'ś' | 'š' | 'ş' | 'ș' => "s",
            'ť' | 'ţ' | 'ț' => "t",
            'ù' | 'ú' | 'û' | 'ü' | 'ū' | 'ů' | 'ű' | 'ư' | 'ụ' => "u",
            'ý' | 'ÿ' => "y",
            'ź' | 'ž' | 'ż' => "z",
            'æ' => "ae",
            'œ' => "oe",
            'ß' => "ss",
            // A combining mark, left over where lower-casing took a letter apart.
            '\u{300}'..='\u{36f}' => "",
            other => {
                folded.push(other);
                ""
            }
        };
        folded.push_str(plain);
    }
    folded
}

/// Whether a handle has the right shape: 2 to 30 small letters, digits and single hyphens, none at either end.
pub fn is_handle(text: &str) -> bool {
    (2..=HANDLE_LENGTH).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && !text.starts_with('-')
        && !text.ends_with('-')
        && !text.contains("--")
}

/// The stem of the handles made from a name.
pub fn handle_stem(name: &str) -> String {
    let mut stem = String::new();
    for letter in fold(name).chars() {
        if letter.is_ascii_alphanumeric() {
            stem.push(letter);
        } else if !stem.is_empty() && !stem.ends_with('-') && !matches!(letter, '\'' | '’') {
            stem.push('-');
        }
        if stem.len() >= HANDLE_LENGTH - 4 {
            break;
        }
    }
    let stem = stem.trim_matches('-');
    if stem.len() < 2 {
        "member".to_owned()
    } else {
        stem.to_owned()
    }
}

/// A handle for a name that nobody goes by yet: `amara-okafor`, else `amara-okafor-2` and so on.
pub fn handle_from(name: &str, taken: impl Fn(&str) -> bool) -> String {
    let stem = handle_stem(name);
    if !taken(&stem) {
        return stem;
    }
    let mut number: u32 = 2;
    loop {
        let handle = format!("{stem}-{number}");
        if !taken(&handle) {
            return handle;
        }
        number += 1;
    }
}

/// The fields that mean something for a person or for an organisation.
pub fn fields_of(kind: MemberKind) -> impl Iterator<Item = Field> {
    Field::ALL.into_iter().filter(move |field| {
        kind == MemberKind::Person || !matches!(field, Field::Pronouns | Field::Organisation | Field::Circles)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn handles_are_made_of_names() {
        let nobody = |_: &str| false;
        assert_eq!(handle_from("Amara Okafor", nobody), "amara-okafor");
        assert_eq!(handle_from("Zoë d’Alençon", nobody), "zoe-dalencon");
        assert_eq!(handle_from("  Łukasz  (he) ", nobody), "lukasz-he");
        assert_eq!(handle_from("李小龍", nobody), "member");
        assert_eq!(handle_from("Amara", |h| h == "amara" || h == "amara-2"), "amara-3");
    }

    #[test]
    fn every_made_handle_has_the_right_shape() {
        for name in ["a", "", "--", "x".repeat(80).as_str(), "A-b_c d", "Ðórs Þe"] {
            let handle = handle_from(name, |h| h.len() < 4);
            assert!(is_handle(&handle), "{name} gave {handle}");
        }
    }

    #[test]
    fn handles_are_checked() {
        for good in ["ab", "a-b", "b2", "amara-okafor"] {
            assert!(is_handle(good), "{good}");
        }
        for bad in [
            "a",
            "-ab",
            "ab-",
            "a--b",
            "Amara",
            "a b",
            "a/b",
            "ñandu",
            &"x".repeat(31),
        ] {
            assert!(!is_handle(bad), "{bad}");
        }
    }

    #[test]
    fn folding_forgets_case_and_marks() {
        assert_eq!(fold("José ÁÉÍ Straße İstanbul"), "jose aei strasse istanbul");
    }
}
