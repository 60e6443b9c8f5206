//! The design system: a meeting house, not an office. Tokens and component classes are in `style/`.

mod fields;
mod languages;
mod layout;
mod pattern;
mod pieces;
mod problems;
mod when;

pub use fields::{Check, ErrorSummary, Field, Select, Submit, TextArea};
pub use languages::language;
pub use layout::{Layout, PageHead};
pub use pattern::{Avatar, Pattern};
pub use pieces::{Card, Crumbs, Empty, Markdown, Pager, SeatBar, Tag, Tone};
pub use problems::{notice, problem};
pub use when::{DateBlock, When, clock, day, day_and_time, day_of_month, iso, month, offset_note, short_day, span};
