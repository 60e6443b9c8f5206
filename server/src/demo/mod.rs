//! The demo community: Alder Commons, an invented co-operative, filled into an empty database.
//!
//! The tables are under `data/`, one file a subject. Everything goes through the stores that the hub itself uses, so the
//! demo keeps every rule that people keep; the same day always gives the same community.

mod assemblies;
mod data;
mod directory;
mod handbook;
mod venues;

#[cfg(test)]
mod tests;

use chrono::{DateTime, Utc};
use domain::{
    accounts::AccountError,
    assemblies::AssemblyError,
    bookings::BookingError,
    circles::CircleError,
    db::Db,
    handbook::HandbookError,
    members::{self, MemberError},
    sessions::SessionError,
    spaces::SpaceError,
    tools::ToolError,
};

use directory::Directory;

/// The password of every demo account.
pub const PASSWORD: &str = "commons-demo";
/// The host of every demo address: `amara@alder.example`.
pub const MAIL_HOST: &str = "alder.example";

/// Somebody to try the demo as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignIn {
    /// Address to sign in with.
    pub email: &'static str,
    /// Who they are, in a few words.
    pub who: &'static str,
}

/// Three people to try the demo as; their password is [`PASSWORD`].
pub const SIGN_INS: [SignIn; 3] = [
    SignIn {
        email: "amara@alder.example",
        who: "steward and facilitator: can open today's general assembly",
    },
    SignIn {
        email: "jonas@alder.example",
        who: "user member: can book the next commons.hour",
    },
    SignIn {
        email: "sam@alder.example",
        who: "guest of the wider community",
    },
];

/// What was filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// People in the directory.
    pub people: usize,
    /// Organisations in the directory.
    pub organisations: usize,
    /// Circles.
    pub circles: usize,
    /// Venue spaces.
    pub spaces: usize,
    /// Sessions written out, past and to come.
    pub sessions: usize,
    /// Bookings made.
    pub bookings: usize,
    /// Tools in the catalogue.
    pub tools: usize,
    /// Pages of the handbook.
    pub pages: usize,
}

/// Why the demo was not filled in.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// Somebody lives here already.
    #[error("the database is not empty: the demo community only moves into an empty one")]
    NotEmpty,
    /// A table of the demo cannot be read.
    #[error("a table of the demo cannot be read: {0}")]
    Data(String),
    /// The directory refused.
    #[error(transparent)]
    Member(#[from] MemberError),
    /// The circles refused.
    #[error(transparent)]
    Circle(#[from] CircleError),
    /// The accounts refused.
    #[error(transparent)]
    Account(#[from] AccountError),
    /// The spaces refused.
    #[error(transparent)]
    Space(#[from] SpaceError),
    /// The sessions refused.
    #[error(transparent)]
    Session(#[from] SessionError),
    /// The bookings refused.
    #[error(transparent)]
    Booking(#[from] BookingError),
    /// The assemblies refused.
    #[error(transparent)]
    Assembly(#[from] AssemblyError),
    /// The handbook refused.
    #[error(transparent)]
    Handbook(#[from] HandbookError),
    /// The tools refused.
    #[error(transparent)]
    Tool(#[from] ToolError),
    /// The database failed.
    #[error(transparent)]
    Db(#[from] sea_orm::DbErr),
}

impl From<Box<figment::Error>> for DemoError {
    fn from(error: Box<figment::Error>) -> Self {
        Self::Data(error.to_string())
    }
}

/// Names something in a table that is not there.
fn missing(what: &str, name: &str) -> DemoError {
    DemoError::Data(format!("no {what} '{name}'"))
}

/// Fills an empty database with the demo community, as of this day.
///
/// # Errors
/// [`DemoError::NotEmpty`] where there is any member already, so that a real community is never touched.
pub async fn fill(db: &Db, now: DateTime<Utc>) -> Result<Summary, DemoError> {
    if !members::store::is_empty(db.read()).await? {
        return Err(DemoError::NotEmpty);
    }
    let directory = Directory::fill(db, now).await?;
    let pages = fill_handbook(db, now).await?;
    let venues = venues::fill(db, &directory, now).await?;
    assemblies::fill(db, &directory, now).await?;
    Ok(Summary {
        people: directory.people,
        organisations: directory.organisations,
        circles: directory.circles.len(),
        spaces: venues.spaces,
        sessions: venues.sessions + 2,
        bookings: venues.bookings,
        tools: fill_tools(db, &directory).await?,
        pages,
    })
}

async fn fill_handbook(db: &Db, now: DateTime<Utc>) -> Result<usize, DemoError> {
    let handbook = domain::handbook::import::from_files(handbook::FILES)?;
    let pages = handbook.pages();
    domain::handbook::store::replace(db, handbook, None, now).await?;
    Ok(pages)
}

async fn fill_tools(db: &Db, directory: &Directory) -> Result<usize, DemoError> {
    let tools = data::tools()?;
    let count = tools.len();
    let tx = db.begin().await?;
    for (position, tool) in (0..).zip(tools) {
        let new = domain::tools::NewTool {
            audience: directory.audience(&tool.audience)?,
            caretaker: Some(directory.circle(&tool.caretaker)?),
            slug: tool.slug,
            name: tool.name,
            purpose: tool.purpose,
            software: tool.software,
            licence: tool.licence,
            source_link: tool.source,
            link: tool.link,
            position,
        };
        domain::tools::store::insert(&tx, new).await?;
    }
    tx.commit().await?;
    Ok(count)
}
