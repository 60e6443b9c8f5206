//! Circles and their people.
