//! What can go wrong, seen from outside.
//!
//! Rule of use: each area has one error type. A variant that a person can act on has a `code` of its own, which the pages
//! translate into one sentence that says what to do; a cause from the database stays inside and is logged once, at the edge.

/// The sort of a problem; it decides the HTTP status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// 404: it does not exist, or the person may not know that it does.
    NotFound,
    /// 403 (401 where signing in would help): not theirs to do.
    Denied,
    /// 422: what was typed cannot be taken.
    Invalid,
    /// 409: right in itself, but things have moved on.
    Conflict,
    /// 500: our fault.
    Internal,
}

/// An error that pages and HTTP answers can show.
pub trait Problem: std::error::Error {
    /// Its sort.
    fn kind(&self) -> Kind;
    /// A stable, closed code, the key of its translated sentence.
    fn code(&self) -> &'static str;
}

/// The database failed: never the person's doing.
#[cfg(feature = "db")]
impl Problem for sea_orm::DbErr {
    fn kind(&self) -> Kind {
        Kind::Internal
    }

    fn code(&self) -> &'static str {
        "internal"
    }
}
