//! The handbook that everybody browses.
