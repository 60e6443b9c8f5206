//! The catalogue of provisioned tools.
