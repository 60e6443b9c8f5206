//! Who reads what, and what stands around a page.

use super::{PageAudience, PageRef};
use crate::access::{Actor, Audience, Denied};

/// Whether this person may read pages of that audience. Stewards, who import the handbook, read all of it.
pub fn may_read(audience: PageAudience, actor: &Actor) -> Result<(), Denied> {
    match audience {
        PageAudience::Public => Ok(()),
        PageAudience::Members if actor.is_steward() => Ok(()),
        PageAudience::Members => Audience::Members.may_enter(actor),
    }
}

/// Whether pages for members are listed to this person at all.
pub fn sees_members_pages(actor: &Actor) -> bool {
    may_read(PageAudience::Members, actor).is_ok()
}

/// The address of a page in the hub, percent-encoded: `/handbook/spaces/venues`.
pub fn address(path: &str) -> String {
    if path.is_empty() {
        return "/handbook".to_owned();
    }
    format!("/handbook/{}", encode(path))
}

/// Percent-encodes what may not stand in the path of an address.
pub(super) fn encode(path: &str) -> String {
    use std::fmt::Write as _;
    let mut encoded = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

/// The pages above a page, from the top; those the reader may not see are not in `tree` and are passed over.
pub fn crumbs(place: &PageRef, tree: &[PageRef]) -> Vec<PageRef> {
    let mut above = Vec::new();
    let mut parent = place.parent.as_deref();
    while let Some(path) = parent {
        let Some(page) = tree.iter().find(|page| page.path == path) else {
            break;
        };
        if above.len() > tree.len() {
            break;
        }
        above.push(page.clone());
        parent = page.parent.as_deref();
    }
    above.reverse();
    above
}

/// The pages before and after a page in reading order.
pub fn neighbours(path: &str, tree: &[PageRef]) -> (Option<PageRef>, Option<PageRef>) {
    let Some(place) = tree.iter().position(|page| page.path == path) else {
        return (None, None);
    };
    let previous = place.checked_sub(1).and_then(|before| tree.get(before));
    (previous.cloned(), tree.get(place + 1).cloned())
}

/// The words of a search: letters and digits only, in lower case, at most twelve. What is left cannot be an operator of
/// any query language.
pub fn words(query: &str) -> Vec<String> {
    query
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .take(12)
        .map(|word| word.chars().take(48).collect::<String>().to_lowercase())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{address, words};

    #[test]
    fn an_address_is_safe_in_a_link() {
        assert_eq!(address(""), "/handbook");
        assert_eq!(address("spaces/the venues"), "/handbook/spaces/the%20venues");
        assert_eq!(address("código\"<"), "/handbook/c%C3%B3digo%22%3C");
    }

    #[test]
    fn a_search_keeps_words_only() {
        assert_eq!(words("Commons.hour, again!"), ["commons", "hour", "again"]);
        assert!(words("\0 ' \" * -- (").is_empty());
        assert_eq!(words(&"a ".repeat(100)).len(), 12);
    }
}
