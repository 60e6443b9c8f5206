//! What a page of the handbook is.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// Who may read a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PageAudience {
    /// Everybody.
    Public,
    /// Active members.
    Members,
}

impl PageAudience {
    /// The word in the database and in the front matter.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Members => "members",
        }
    }

    /// Reads the word.
    pub fn read(word: &str) -> Option<Self> {
        match word {
            "public" => Some(Self::Public),
            "members" => Some(Self::Members),
            _ => None,
        }
    }
}

/// A heading of a page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heading {
    /// 2 to 4.
    pub level: u8,
    /// Anchor within the page.
    pub id: String,
    /// The words.
    pub text: String,
}

/// A page in the tree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageRef {
    /// Address below `/handbook/`, without extension: `spaces/venues`. The first page's is empty.
    pub path: String,
    /// The page above it in the tree.
    pub parent: Option<String>,
    /// Depth in the tree, from 0.
    pub depth: i32,
    /// The part of the handbook it stands in; empty before the first part.
    pub part: String,
    /// Title.
    pub title: String,
    /// Who may read it.
    pub audience: PageAudience,
}

/// A page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Its place in the tree.
    pub place: PageRef,
    /// Clean HTML; it begins with the page's one `h1`.
    pub html: String,
    /// Headings, for the outline.
    pub outline: Vec<Heading>,
    /// Last import that changed it.
    pub updated_at: DateTime<Utc>,
}

/// A page that a search found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// The page.
    pub place: PageRef,
    /// A passage, as runs of text; `true` marks the words searched for.
    pub passage: Vec<(String, bool)>,
}

/// A page with all that stands around it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// The page itself.
    pub page: Page,
    /// The pages above it, from the top.
    pub crumbs: Vec<PageRef>,
    /// The page before it in reading order.
    pub previous: Option<PageRef>,
    /// The page after it.
    pub next: Option<PageRef>,
    /// All pages that this reader may see, in reading order.
    pub tree: Vec<PageRef>,
}

/// A picture or other file that a page shows or links to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredFile {
    /// Its media type, from a closed list.
    pub media_type: String,
    /// Changes when the content does; without quotes.
    pub etag: String,
    /// Who may have it.
    pub audience: PageAudience,
    /// The bytes.
    pub content: Vec<u8>,
}

/// What an import did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Report {
    /// Pages there are now.
    pub pages: usize,
    /// Pages that are new or read differently than before.
    pub changed: usize,
    /// Pages that were there and are gone.
    pub removed: usize,
    /// Pictures and other files there are now.
    pub files: usize,
    /// What its author may want to mend.
    pub warnings: Vec<Warning>,
}

/// Something in the folder that could not be taken as it stands.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Warning {
    /// The file, from the folder's root.
    pub file: String,
    /// The line in it, from 1.
    pub line: usize,
    /// What is wrong.
    pub flaw: Flaw,
}

impl std::fmt::Display for Warning {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.flaw)
    }
}

/// What can be wrong in a folder. None of it stops an import; the rest of the page stays whole.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum Flaw {
    /// A link or an entry to a page that is not there.
    #[error("there is no page {0}")]
    NoSuchPage(String),
    /// A link to a page that SUMMARY.md does not name.
    #[error("{0} is not in SUMMARY.md, so it is not in the handbook")]
    NotListed(String),
    /// A path that leaves the folder, by dots or by a symbolic link.
    #[error("{0} is outside the handbook's folder and was not read")]
    Outside(String),
    /// A picture or a file that is not there.
    #[error("there is no file {0}")]
    NoSuchFile(String),
    /// A file of a kind that the hub does not serve.
    #[error("{0} is of a kind that the handbook does not serve")]
    UnknownKind(String),
    /// A file that is too large to keep in the database.
    #[error("{0} is larger than 8 MB")]
    TooLarge(String),
    /// A file that could not be read.
    #[error("{0} could not be read")]
    Unreadable(String),
    /// A page that is not UTF-8.
    #[error("{0} is not UTF-8 text")]
    NotText(String),
    /// An anchor that no heading of the page has.
    #[error("no heading of that page has the anchor #{0}")]
    NoSuchHeading(String),
    /// A picture of another host.
    #[error("{0} is on another host; it became a link: put the picture into the folder to show it")]
    RemotePicture(String),
    /// A link that is neither http, https nor mailto.
    #[error("a link that begins with {0}: is not allowed")]
    UnsafeLink(String),
    /// HTML in the Markdown.
    #[error("HTML tags are left out")]
    RawHtml,
    /// A hint of an unknown style.
    #[error("no hint has the style {0:?}; known are info, warning, success and danger")]
    UnknownHint(String),
    /// A hint without its end.
    #[error("this hint has no {{% endhint %}}")]
    UnclosedHint,
    /// A block tag that the hub does not know.
    #[error("the tag {0} is not known here and was left out")]
    UnknownTag(String),
    /// An entry of SUMMARY.md that names a page again.
    #[error("{0} is named twice; it stays where it was named first")]
    NamedTwice(String),
    /// An entry of SUMMARY.md that is not a link to a Markdown file.
    #[error("{0:?} is not a link to a .md file, so it is not in the handbook")]
    NotAPage(String),
    /// A key of the front matter with a value that it cannot have.
    #[error("{0:?} is not an audience; known are public and members")]
    UnknownAudience(String),
}
