//! The program `hub`: what stands around the pages. Router and its guards, sign-on, calendars, live events, jobs,
//! the command line. Pages are in `app`, rules and data in `domain`.

pub mod calendar;
pub mod cli;
pub mod clock;
mod conditional;
pub mod config;
pub mod demo;
pub mod handbook;
pub mod health;
pub mod http;
pub mod jobs;
pub mod live;
mod mail;
pub mod outbox;
pub mod outgoing;
mod scim;
pub mod secrets;
pub mod sso;
pub mod state;
