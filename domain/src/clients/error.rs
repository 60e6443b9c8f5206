//! What can go wrong with tools and the shared sign-on.

use crate::{
    access::Denied,
    problem::{Kind, Problem},
};

/// Why a tool could not be registered or changed, or why somebody could not enter.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// Not theirs to do.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// No tool has that name.
    #[error("no such client")]
    NotFound,
    /// The hub's own client is kept by the hub itself.
    #[error("the hub looks after its own client")]
    Own,
    /// A tool without a name.
    #[error("a tool needs a name")]
    NameMissing,
    /// No address to send codes to.
    #[error("a redirect address is missing")]
    RedirectMissing,
    /// An address that codes must not be sent to.
    #[error("this redirect address cannot be taken")]
    RedirectShape,
    /// An address that people cannot be sent to after signing out.
    #[error("this address after signing out cannot be taken")]
    AfterShape,
    /// An address that no logout token can be sent to.
    #[error("this logout address cannot be taken")]
    LogoutShape,
    /// The entry of the catalogue is not there.
    #[error("no such tool in the catalogue")]
    ToolUnknown,
    /// The circle is not there.
    #[error("no such circle")]
    CircleUnknown,
    /// A tool without a secret has none to change.
    #[error("this tool has no secret")]
    NoSecret,
    /// The token that lets a program register itself is unknown, used up or out of date.
    #[error("the token does not open registration")]
    TokenRefused,
    /// Not the name of a host that can be guarded.
    #[error("this is no host that can be guarded")]
    HostShape,
    /// Another tool is guarded there.
    #[error("another tool is guarded on this host")]
    HostTaken,
    /// Not the beginning of a path.
    #[error("an open path begins with a slash and is longer")]
    PathShape,
    /// Not the address of a SCIM endpoint.
    #[error("this is no address of a SCIM endpoint")]
    ScimAddress,
    /// Nothing that can be sent as a bearer token, or none for a new address.
    #[error("a bearer token is missing, or is none")]
    ScimToken,
    /// A secret could not be sealed.
    #[cfg(feature = "db")]
    #[error(transparent)]
    Seal(#[from] crate::seal::SealError),
    /// Nobody ends their own access: another steward does.
    #[error("nobody ends their own access")]
    OwnAccess,
    /// A hub keeps at least one steward.
    #[error("the last steward stays")]
    LastSteward,
    /// Organisations do not sign in.
    #[error("only people have access that can end")]
    NotAPerson,
    /// It has ended before.
    #[error("the access has ended already")]
    AlreadyEnded,
    /// There is nothing to give back.
    #[error("the access was not ended")]
    NotEnded,
    /// An act of power says why.
    #[error("a reason is missing")]
    ReasonMissing,
    /// The database failed.
    #[cfg(feature = "db")]
    #[error(transparent)]
    Db(#[from] sea_orm::DbErr),
}

impl ClientError {
    /// The field of the form that it belongs beside, if to one.
    pub fn field(&self) -> Option<&'static str> {
        match self {
            Self::NameMissing => Some("name"),
            Self::RedirectMissing | Self::RedirectShape => Some("redirect_uris"),
            Self::AfterShape => Some("post_logout_redirect_uris"),
            Self::LogoutShape => Some("backchannel_logout_uri"),
            Self::ToolUnknown => Some("tool"),
            Self::CircleUnknown => Some("circle"),
            Self::ReasonMissing => Some("reason"),
            Self::HostShape | Self::HostTaken => Some("host"),
            Self::PathShape => Some("open_paths"),
            Self::ScimAddress => Some("scim_address"),
            Self::ScimToken => Some("scim_token"),
            _ => None,
        }
    }
}

impl Problem for ClientError {
    fn kind(&self) -> Kind {
        match self {
            Self::Denied(denied) => denied.kind(),
            Self::NotFound => Kind::NotFound,
            Self::Own
            | Self::HostTaken
            | Self::NoSecret
            | Self::OwnAccess
            | Self::LastSteward
            | Self::NotAPerson
            | Self::AlreadyEnded
            | Self::NotEnded => Kind::Conflict,
            Self::NameMissing
            | Self::RedirectMissing
            | Self::RedirectShape
            | Self::AfterShape
            | Self::LogoutShape
            | Self::ToolUnknown
            | Self::ReasonMissing
            | Self::HostShape
            | Self::PathShape
            | Self::ScimAddress
            | Self::ScimToken
            | Self::CircleUnknown => Kind::Invalid,
            Self::TokenRefused => Kind::Denied,
            #[cfg(feature = "db")]
            Self::Db(_) | Self::Seal(_) => Kind::Internal,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Denied(denied) => denied.code(),
            Self::NotFound => "client_not_found",
            Self::Own => "client_own",
            Self::NameMissing => "name_missing",
            Self::RedirectMissing => "redirect_missing",
            Self::RedirectShape => "redirect_shape",
            Self::AfterShape => "after_shape",
            Self::LogoutShape => "logout_shape",
            Self::ToolUnknown => "tool_unknown",
            Self::CircleUnknown => "circle_not_found",
            Self::NoSecret => "client_no_secret",
            Self::TokenRefused => "registration_token_refused",
            Self::OwnAccess => "access_own",
            Self::LastSteward => "access_last_steward",
            Self::NotAPerson => "access_not_a_person",
            Self::AlreadyEnded => "access_already_ended",
            Self::NotEnded => "access_not_ended",
            Self::ReasonMissing => "reason_needed",
            Self::HostShape => "host_shape",
            Self::HostTaken => "host_taken",
            Self::PathShape => "path_shape",
            Self::ScimAddress => "scim_address_shape",
            Self::ScimToken => "scim_token_shape",
            #[cfg(feature = "db")]
            Self::Db(_) | Self::Seal(_) => "internal",
        }
    }
}
