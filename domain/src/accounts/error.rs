//! What can go wrong with accounts, as a person sees it.

use crate::problem::{Kind, Problem};

/// Why an account, an invitation or a session could not be had.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// Nothing was given as a name.
    #[error("a name is missing")]
    NameMissing,
    /// What was given cannot be an address.
    #[error("this is no e-mail address")]
    EmailInvalid,
    /// The password is shorter than [`super::PASSWORD_MIN`] characters.
    #[error("the password is too short")]
    PasswordTooShort,
    /// The password is longer than [`super::PASSWORD_MAX`] bytes.
    #[error("the password is too long")]
    PasswordTooLong,
    /// The password is the person's own name or address, or one that everybody tries first.
    #[error("the password is too easy to guess")]
    PasswordGuessable,
    /// An account has this address already.
    #[error("no account can be made with this address")]
    EmailTaken,
    /// Accounts are made by invitation here.
    #[error("registration is by invitation")]
    RegistrationClosed,
    /// The invitation is unknown, used or expired; which of these, stays unsaid.
    #[error("the invitation cannot be used")]
    InvitationUnusable,
    /// Address and password do not fit together; which of them is wrong, stays unsaid.
    #[error("address and password do not fit")]
    SignInRefused,
    /// Too many wrong passwords for this account from this place.
    #[error("too many attempts")]
    TooManyAttempts,
    /// The link of a letter is unknown, used or expired.
    #[error("the link cannot be used")]
    LinkUnusable,
    /// The address belongs to this account already.
    #[error("the account has this address already")]
    AddressAlready,
    /// The account has as many addresses as fit.
    #[error("too many addresses")]
    AddressesFull,
    /// Nobody has shown yet that the address is theirs.
    #[error("the address is not verified")]
    AddressUnverified,
    /// Letters go to this address, so that it stays.
    #[error("this is the main address")]
    AddressIsMain,
    /// The account has no such address.
    #[error("no such address")]
    AddressNotFound,
    /// The member has no account at the built-in provider.
    #[error("no account here")]
    NoAccount,
    /// The present password was not given right.
    #[error("this is not the present password")]
    PasswordWrong,
    /// What somebody says of themselves is too long.
    #[error("the words are too long")]
    WordsTooLong,
    /// The code of the second step is wrong, or was used.
    #[error("the code is wrong")]
    CodeWrong,
    /// The second step took too long, or none is before them.
    #[error("the second step is over")]
    SecondStepLate,
    /// The second step is on already.
    #[error("the second step is on")]
    SecondStepOn,
    /// The second step is not on.
    #[error("the second step is off")]
    SecondStepOff,
    /// The account has as many passkeys as fit.
    #[error("too many passkeys")]
    PasskeysFull,
    /// What the browser answered does not fit the challenge.
    #[error("the passkey does not fit")]
    PasskeyRefused,
    /// The passkey is none that this hub knows, or another person's.
    #[error("an unknown passkey")]
    PasskeyUnknown,
    /// The account has no such passkey, or none at all.
    #[error("no such passkey")]
    PasskeyNotFound,
    /// Nobody asked for a passkey here, or too long ago.
    #[error("no passkey is waited for")]
    PasskeyLate,
    /// Nothing else would open the account.
    #[error("this is the last way in")]
    LastWay,
    /// A secret could not be made, sealed or opened.
    #[error("a secret failed: {0}")]
    Secret(String),
    /// There is no such request, or it was decided already.
    #[error("no such request")]
    RequestNotFound,
    /// There is no such invitation, or it was used already.
    #[error("no such invitation")]
    InvitationNotFound,
    /// There is no such session, or it is somebody else's.
    #[error("no such session")]
    SessionNotFound,
    /// The identity is another member's.
    #[error("the identity belongs to another record")]
    IdentityTaken,
    /// There is no such identity, or it is somebody else's.
    #[error("no such identity")]
    IdentityUnknown,
    /// The only way in which the member signs in.
    #[error("the last way to sign in")]
    LastIdentity,
    /// The one with which they are signed in at this moment.
    #[error("the identity is in use")]
    IdentityInUse,
    /// There is nothing to confirm, or it was left too long.
    #[error("nothing to confirm")]
    NothingPending,
    /// The password could not be hashed.
    #[error("the password could not be hashed: {0}")]
    Hashing(String),
    /// The database failed.
    #[cfg(feature = "db")]
    #[error(transparent)]
    Db(#[from] sea_orm::DbErr),
}

impl AccountError {
    /// The field of the form that it belongs beside, if to one.
    pub fn field(&self) -> Option<&'static str> {
        match self {
            Self::NameMissing => Some("name"),
            Self::EmailInvalid | Self::EmailTaken => Some("email"),
            Self::AddressAlready | Self::AddressesFull => Some("email"),
            Self::PasswordTooShort | Self::PasswordTooLong | Self::PasswordGuessable => Some("password"),
            Self::PasswordWrong => Some("present"),
            Self::CodeWrong => Some("code"),
            Self::WordsTooLong => Some("words"),
            _ => None,
        }
    }
}

impl Problem for AccountError {
    fn kind(&self) -> Kind {
        match self {
            Self::NameMissing
            | Self::EmailInvalid
            | Self::PasswordTooShort
            | Self::PasswordTooLong
            | Self::PasswordGuessable
            | Self::PasswordWrong
            | Self::CodeWrong
            | Self::WordsTooLong
            | Self::PasskeyRefused
            | Self::PasskeyUnknown
            | Self::SignInRefused => Kind::Invalid,
            Self::EmailTaken
            | Self::TooManyAttempts
            | Self::SecondStepLate
            | Self::SecondStepOn
            | Self::SecondStepOff
            | Self::PasskeysFull
            | Self::PasskeyLate
            | Self::LastWay
            | Self::AddressAlready
            | Self::AddressesFull
            | Self::AddressUnverified
            | Self::AddressIsMain
            | Self::IdentityTaken
            | Self::LastIdentity
            | Self::IdentityInUse
            | Self::NothingPending => Kind::Conflict,
            Self::RegistrationClosed => Kind::Denied,
            Self::InvitationUnusable
            | Self::LinkUnusable
            | Self::AddressNotFound
            | Self::NoAccount
            | Self::RequestNotFound
            | Self::InvitationNotFound
            | Self::IdentityUnknown
            | Self::PasskeyNotFound
            | Self::SessionNotFound => Kind::NotFound,
            Self::Hashing(_) | Self::Secret(_) => Kind::Internal,
            #[cfg(feature = "db")]
            Self::Db(_) => Kind::Internal,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NameMissing => "name_missing",
            Self::EmailInvalid => "email_invalid",
            Self::PasswordTooShort => "password_too_short",
            Self::PasswordTooLong => "password_too_long",
            Self::PasswordGuessable => "password_guessable",
            Self::EmailTaken => "email_taken",
            Self::RegistrationClosed => "registration_closed",
            Self::InvitationUnusable => "invitation_unusable",
            Self::LinkUnusable => "link_unusable",
            Self::AddressAlready => "address_already",
            Self::AddressesFull => "addresses_full",
            Self::AddressUnverified => "address_unverified",
            Self::AddressIsMain => "address_is_main",
            Self::AddressNotFound => "address_not_found",
            Self::NoAccount => "no_account_here",
            Self::PasswordWrong => "password_wrong",
            Self::WordsTooLong => "too_long",
            Self::RequestNotFound => "request_not_found",
            Self::InvitationNotFound => "invitation_not_found",
            Self::SignInRefused => "sign_in_refused",
            Self::TooManyAttempts => "too_many_attempts",
            Self::SessionNotFound => "device_not_found",
            Self::IdentityTaken => "identity_taken",
            Self::IdentityUnknown => "identity_unknown",
            Self::LastIdentity => "last_identity",
            Self::IdentityInUse => "identity_in_use",
            Self::NothingPending => "nothing_pending",
            Self::CodeWrong => "code_wrong",
            Self::SecondStepLate => "second_step_late",
            Self::SecondStepOn => "second_step_already",
            Self::SecondStepOff => "second_step_missing",
            Self::PasskeysFull => "passkeys_full",
            Self::PasskeyRefused => "passkey_refused",
            Self::PasskeyUnknown => "passkey_unknown",
            Self::PasskeyNotFound => "passkey_not_found",
            Self::PasskeyLate => "passkey_late",
            Self::LastWay => "last_way",
            Self::Hashing(_) | Self::Secret(_) => "internal",
            #[cfg(feature = "db")]
            Self::Db(_) => "internal",
        }
    }
}
