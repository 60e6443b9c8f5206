//! The programme for calendars outside: a file for each session and a feed to subscribe to.

pub mod render;
