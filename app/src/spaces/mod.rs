//! Venue spaces.
