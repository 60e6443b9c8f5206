//! Where accounts are sent ahead to, what is sent, and what can go wrong there.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use secrecy::SecretString;
use serde::Serialize;

use crate::{MemberId, tokens};

/// What is wanted of, and was told about, an account that may no longer be used.
pub const INACTIVE: &str = "inactive";
/// What is wanted of something that the tool should not have at all.
pub const GONE: &str = "gone";

/// The two sorts of things that are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A person.
    User,
    /// People with something in common.
    Group,
}

impl Kind {
    /// The word in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Group => "group",
        }
    }
}

/// A person, as one tool may know them. What the tool may not learn is not there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct User {
    /// Who they are to the tool when they sign in.
    pub external_id: String,
    /// The name that nobody else has there.
    pub user_name: String,
    /// The name they go by.
    pub display_name: Option<String>,
    /// Language they chose.
    pub language: Option<String>,
    /// The zone they live in.
    pub time_zone: Option<String>,
    /// Where to write.
    pub email: Option<String>,
    /// Their membership class.
    pub user_type: Option<String>,
}

impl User {
    /// A fingerprint of all that is sent.
    pub fn wanted(&self) -> String {
        // A struct of texts always becomes JSON.
        tokens::fingerprint(&serde_json::to_string(self).unwrap_or_default())
    }
}

/// A group, as tools know it. Its name is the one in the claim `groups`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Group {
    /// Who belongs to it, of those whom the tool knows.
    pub members: BTreeSet<MemberId>,
}

/// A tool that accounts are sent to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The tool.
    pub client_id: String,
    /// Its SCIM endpoint, without a slash at the end.
    pub address: String,
    /// Whether anything is sent.
    pub active: bool,
    /// Grows when what was read no longer holds.
    pub revision: i64,
    /// Number of the last push.
    pub push: i64,
    /// When the tool last took something.
    pub pushed_at: Option<DateTime<Utc>>,
    /// How often in a row nothing could be sent.
    pub tries: i32,
    /// What is wrong with the tool as a whole, the tool's own words, and since when.
    pub trouble: Option<(Trouble, String)>,
    /// When that was.
    pub troubled_at: Option<DateTime<Utc>>,
}

/// What a steward writes down of it.
#[derive(Debug, Clone, Default)]
pub struct TargetForm {
    /// The address.
    pub address: String,
    /// The bearer token; empty to keep the one before.
    pub token: SecretString,
    /// Whether anything is sent.
    pub active: bool,
}

macro_rules! troubles {
    ($($(#[$doc:meta])* $name:ident => $word:literal),+ $(,)?) => {
        /// What went wrong.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Trouble {
            $($(#[$doc])* $name,)+
        }

        impl Trouble {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// The word in the database.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $word,)+ }
            }

            /// Reads the word.
            pub fn read(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|trouble| trouble.as_str() == word)
            }
        }
    };
}

troubles! {
    /// Nobody answers, or not in time.
    Silent => "silent",
    /// An address that the hub may not call.
    Private => "private",
    /// The tool does not take the token.
    Token => "token",
    /// There is no SCIM at this address.
    NotThere => "not_there",
    /// The tool sends elsewhere.
    Moved => "moved",
    /// The tool asks to wait.
    Busy => "busy",
    /// The tool itself failed.
    Broken => "broken",
    /// The tool does not take this.
    Refused => "refused",
    /// Another account or group of the tool has the name.
    Taken => "taken",
    /// What the tool answers is not SCIM.
    Unreadable => "unreadable",
    /// The token does not open with the hub's key.
    Sealed => "sealed",
}

/// How far a tool is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// People whom it knows and who may use it.
    pub people: i64,
    /// Groups that it knows.
    pub groups: i64,
    /// Still to be sent.
    pub waiting: i64,
    /// What it refused: a human has to look.
    pub refused: i64,
}
