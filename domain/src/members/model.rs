//! What a member is.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use crate::{CircleId, MemberId, circles::CircleRole};

/// An individual or an organisation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MemberKind {
    /// A person.
    Person,
    /// An organisation.
    Organisation,
}

impl MemberKind {
    /// The word in the database and in addresses.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Organisation => "organisation",
        }
    }

    /// Reads the word.
    pub fn read(word: &str) -> Option<Self> {
        [Self::Person, Self::Organisation]
            .into_iter()
            .find(|kind| kind.as_str() == word)
    }
}

/// Classes of membership; they are not exclusive, and neither means guest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Class {
    /// Contributes work or means, in at least one circle.
    pub operational: bool,
    /// Contributes money, uses the services.
    pub user: bool,
}

impl Class {
    /// Of the wider community only.
    pub fn is_guest(self) -> bool {
        !self.operational && !self.user
    }
}

/// State in the register of members.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Has asked, is not recognised yet.
    Applicant,
    /// In good standing. A guest's record is active too.
    Active,
    /// Recognised, at rest.
    Inactive,
    /// No longer fulfils what membership asks.
    Lapsed,
    /// Has left.
    Left,
}

impl Standing {
    /// All states, in the order in which they usually follow one another.
    pub const ALL: [Self; 5] = [Self::Applicant, Self::Active, Self::Inactive, Self::Lapsed, Self::Left];

    /// The word in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Applicant => "applicant",
            Self::Active => "active",
            Self::Inactive => "inactive",
            Self::Lapsed => "lapsed",
            Self::Left => "left",
        }
    }

    /// Reads the word.
    pub fn read(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|standing| standing.as_str() == word)
    }
}

/// A field of the profile that its owner shows or hides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// How to speak of them.
    Pronouns,
    /// In their own words.
    About,
    /// Where to write.
    Email,
    /// A page of their own.
    Website,
    /// Languages they speak.
    Languages,
    /// The zone they live in.
    TimeZone,
    /// Part of the world.
    Region,
    /// Organisations they belong to.
    Organisation,
    /// Circles they belong to.
    Circles,
}

impl Field {
    /// All fields, in the order of the profile page.
    pub const ALL: [Self; 9] = [
        Self::Pronouns,
        Self::About,
        Self::Email,
        Self::Website,
        Self::Languages,
        Self::TimeZone,
        Self::Region,
        Self::Organisation,
        Self::Circles,
    ];

    /// The word in the database and in forms.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pronouns => "pronouns",
            Self::About => "about",
            Self::Email => "email",
            Self::Website => "website",
            Self::Languages => "languages",
            Self::TimeZone => "time_zone",
            Self::Region => "region",
            Self::Organisation => "organisation",
            Self::Circles => "circles",
        }
    }

    /// Who sees it until its owner says otherwise: members, and nobody for the address.
    pub fn default_visibility(self) -> Visibility {
        match self {
            Self::Email => Visibility::Nobody,
            _ => Visibility::Members,
        }
    }
}

/// Who sees a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Visibility {
    /// Everybody on the internet.
    Public,
    /// Active members of this community.
    Members,
    /// The person alone.
    Nobody,
}

impl Visibility {
    /// All of them, from the widest.
    pub const ALL: [Self; 3] = [Self::Public, Self::Members, Self::Nobody];

    /// The word in the database and in forms.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Members => "members",
            Self::Nobody => "nobody",
        }
    }

    /// Reads the word.
    pub fn read(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|visibility| visibility.as_str() == word)
    }
}

/// A member's whole record, as its owner and the stores see it. For other eyes it is cut down by `rules::seen_by`.
/// Name and handle are always public; a member who wants to stay pseudonymous picks them accordingly.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Key.
    pub id: MemberId,
    /// Person or organisation.
    pub kind: MemberKind,
    /// Class of membership.
    pub class: Class,
    /// State in the register.
    pub standing: Standing,
    /// Steward of the hub.
    pub steward: bool,
    /// Unique name in addresses.
    pub handle: String,
    /// The name they go by.
    pub name: String,
    /// How to speak of them.
    pub pronouns: String,
    /// In their own words, Markdown.
    pub about: String,
    /// Where to write.
    pub email: String,
    /// A page of their own, http or https.
    pub website: String,
    /// Languages as BCP 47 tags.
    pub languages: Vec<String>,
    /// The zone they live in.
    pub time_zone: Tz,
    /// Part of the world.
    pub region: String,
    /// Language chosen for the hub's pages, empty for the browser's.
    pub locale: String,
    /// Visibility of fields that differ from [`Field::default_visibility`].
    pub visibility: BTreeMap<Field, Visibility>,
    /// When an assembly recognised them, if one has.
    pub recognised_at: Option<DateTime<Utc>>,
    /// Which assembly that was.
    pub recognised_by: String,
    /// When the record was made.
    pub created_at: DateTime<Utc>,
}

impl Member {
    /// A new record: an active guest about whom nothing is known but the name.
    #[cfg(feature = "db")]
    pub fn new(kind: MemberKind, name: &str, handle: &str, now: DateTime<Utc>) -> Self {
        Self {
            id: MemberId::generate(),
            kind,
            class: Class::default(),
            standing: Standing::Active,
            steward: false,
            handle: handle.to_owned(),
            name: name.to_owned(),
            pronouns: String::new(),
            about: String::new(),
            email: String::new(),
            website: String::new(),
            languages: Vec::new(),
            time_zone: Tz::UTC,
            region: String::new(),
            locale: String::new(),
            visibility: BTreeMap::new(),
            recognised_at: None,
            recognised_by: String::new(),
            created_at: now,
        }
    }

    /// Who sees a field.
    pub fn visibility_of(&self, field: Field) -> Visibility {
        self.visibility
            .get(&field)
            .copied()
            .unwrap_or_else(|| field.default_visibility())
    }

    /// The short form, enough for a link.
    pub fn to_ref(&self) -> MemberRef {
        MemberRef {
            id: self.id,
            handle: self.handle.clone(),
            name: self.name.clone(),
        }
    }
}

/// What other people may see of a member: a hidden field is empty, as if it had never been filled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// Key.
    pub id: MemberId,
    /// Person or organisation.
    pub kind: MemberKind,
    /// Class of membership.
    pub class: Class,
    /// State in the register.
    pub standing: Standing,
    /// Steward of the hub.
    pub steward: bool,
    /// Unique name in addresses.
    pub handle: String,
    /// The name they go by.
    pub name: String,
    /// How to speak of them.
    pub pronouns: String,
    /// In their own words, Markdown.
    pub about: String,
    /// Where to write.
    pub email: String,
    /// A page of their own.
    pub website: String,
    /// Languages as BCP 47 tags.
    pub languages: Vec<String>,
    /// The zone they live in.
    pub time_zone: Option<Tz>,
    /// Part of the world.
    pub region: String,
    /// Organisations of a person.
    pub organisations: Vec<MemberRef>,
    /// People of an organisation who show that they belong to it.
    pub people: Vec<MemberRef>,
    /// Circles, with the role there.
    pub circles: Vec<CircleRef>,
}

/// How a member hangs together with others.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ties {
    /// Organisations of a person.
    pub organisations: Vec<MemberRef>,
    /// People of an organisation, with whom each of them lets know that they belong to it.
    pub people: Vec<(MemberRef, Visibility)>,
    /// Circles, with the role there.
    pub circles: Vec<CircleRef>,
}

/// A member in a list: enough for a link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberRef {
    /// Key.
    pub id: MemberId,
    /// Unique name in addresses.
    pub handle: String,
    /// The name they go by.
    pub name: String,
}

/// A circle that a member belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CircleRef {
    /// Key.
    pub id: CircleId,
    /// Name in addresses.
    pub slug: String,
    /// Name.
    pub name: String,
    /// Role in it.
    pub role: CircleRole,
}
