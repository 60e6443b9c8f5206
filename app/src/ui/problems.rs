//! The sentences for what can go wrong and for what went well: one place from code to words.

use crate::i18n::{Locale, tr};

/// A match from codes to keys of the same name.
macro_rules! sentences {
    ($(#[$doc:meta])* $name:ident, $space:ident, $other:ident, [$($code:ident),* $(,)?]) => {
        $(#[$doc])*
        pub fn $name(l: Locale, code: &str) -> String {
            match code {
                $(stringify!($code) => tr!(l, $space.$code).to_string(),)*
                _ => tr!(l, $space.$other).to_string(),
            }
        }
    };
}

sentences!(
    /// What is wrong, and what would help.
    problem, problems, internal,
    [
        // access
        sign_in, members_only, operational_only, circle_only, not_active, facilitators_only, stewards_only, not_yours,
        enter_first, not_found,
    ]
);

sentences!(
    /// What went well.
    notice, common, notice_done,
    [notice_done, notice_signed_in, notice_signed_out]
);
