//! What can go wrong in the directory.

use crate::{
    access::Denied,
    problem::{Kind, Problem},
};

/// Problems of the directory.
#[derive(Debug, thiserror::Error)]
pub enum MemberError {
    /// Not theirs to do.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// Nobody goes by that handle, or they have left.
    #[error("no such member")]
    NotFound,
    /// Somebody else goes by that handle.
    #[error("the handle is taken")]
    HandleTaken,
    /// Nobody else is a steward.
    #[error("the last steward")]
    LastSteward,
    /// A form with something to put right, field by field.
    #[error("the form needs another look")]
    Invalid(Vec<(&'static str, FieldProblem)>),
    /// The database failed.
    #[cfg(feature = "db")]
    #[error(transparent)]
    Db(#[from] sea_orm::DbErr),
}

impl Problem for MemberError {
    fn kind(&self) -> Kind {
        match self {
            Self::Denied(denied) => denied.kind(),
            Self::NotFound => Kind::NotFound,
            Self::HandleTaken | Self::LastSteward => Kind::Conflict,
            Self::Invalid(_) => Kind::Invalid,
            #[cfg(feature = "db")]
            Self::Db(_) => Kind::Internal,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Denied(denied) => denied.code(),
            Self::NotFound => "member_not_found",
            Self::HandleTaken => "handle_taken",
            Self::LastSteward => "last_steward",
            Self::Invalid(_) => "form_invalid",
            #[cfg(feature = "db")]
            Self::Db(_) => "internal",
        }
    }
}

/// What is wrong with one field of a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldProblem {
    /// A name has to be there.
    NameMissing,
    /// Longer than fits.
    TooLong,
    /// Not 2 to 30 small letters, digits and single hyphens.
    HandleShape,
    /// Somebody else goes by it.
    HandleTaken,
    /// Not an address of mail.
    EmailShape,
    /// Not an http or https address.
    WebsiteShape,
    /// Not a name of the IANA time zone database.
    ZoneUnknown,
    /// Not a BCP 47 tag.
    LanguageShape,
    /// No organisation of the directory goes by that handle.
    OrganisationUnknown,
}

impl FieldProblem {
    /// The key of its sentence.
    pub fn code(self) -> &'static str {
        match self {
            Self::NameMissing => "name_missing",
            Self::TooLong => "too_long",
            Self::HandleShape => "handle_shape",
            Self::HandleTaken => "handle_taken",
            Self::EmailShape => "email_shape",
            Self::WebsiteShape => "website_shape",
            Self::ZoneUnknown => "zone_unknown",
            Self::LanguageShape => "language_shape",
            Self::OrganisationUnknown => "organisation_unknown",
        }
    }
}
