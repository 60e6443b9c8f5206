//! Signing in, and what a person sees of their own account.
