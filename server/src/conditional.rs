//! Conditional requests: nobody is sent what they have already.

use http::{HeaderMap, header};

/// Whether the browser has the thing of this tag already; the tag comes with its quotes.
pub(crate) fn already_there(headers: &HeaderMap, tag: &str) -> bool {
    headers
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|known| known.trim().trim_start_matches("W/"))
        .any(|known| known == tag || known == "*")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_tag_is_found_among_others_weak_or_strong() {
        let sent = |value: &str| HeaderMap::from_iter([(header::IF_NONE_MATCH, value.parse().unwrap())]);
        for known in ["\"a\"", "W/\"a\"", "\"b\", \"a\"", "*"] {
            assert!(already_there(&sent(known), "\"a\""), "{known}");
        }
        assert!(!already_there(&sent("\"b\""), "\"a\""));
        assert!(!already_there(&HeaderMap::new(), "\"a\""));
    }
}
