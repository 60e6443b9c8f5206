//! Accounts of the built-in OpenID provider, identities, browser sessions and invitations.
