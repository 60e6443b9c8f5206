//! What the groups of a provider give, and what the provider rules. The rest is the hub's.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::circles::CircleRole;

/// What a group of a provider can give.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Gift {
    /// The class of operational members.
    Operational,
    /// The class of user members.
    User,
    /// The right of a steward of the hub.
    Steward,
    /// A place in a circle, named as in addresses.
    Circle(String, CircleRole),
}

/// An area of a member's record that either the provider rules or the hub.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Ruled {
    /// The class of membership.
    Class,
    /// The circles.
    Circles,
    /// The right of a steward.
    Steward,
    /// The name.
    Name,
    /// The address.
    Email,
}

/// Why a mapping cannot be used; the words are for the operator.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GiftError {
    /// No gift is written like that.
    #[error("{0:?} is nothing that a group can give")]
    UnknownGift(String),
    /// No area is called like that.
    #[error("{0:?} is nothing that a provider can rule")]
    UnknownArea(String),
    /// A group gives what the hub rules.
    #[error("{0:?} is given, but the provider does not rule that area")]
    NotRuled(String),
}

impl Gift {
    /// Reads `operational`, `user`, `steward`, `circle:tech` or `circle:tech:convenor`.
    pub fn read(text: &str) -> Result<Self, GiftError> {
        let unknown = || GiftError::UnknownGift(text.to_owned());
        match text {
            "operational" => Ok(Self::Operational),
            "user" => Ok(Self::User),
            "steward" => Ok(Self::Steward),
            _ => {
                let circle = text.strip_prefix("circle:").ok_or_else(unknown)?;
                let (slug, role) = match circle.split_once(':') {
                    Some((slug, role)) => (slug, CircleRole::read(role).ok_or_else(unknown)?),
                    None => (circle, CircleRole::Member),
                };
                if slug.is_empty() {
                    Err(unknown())
                } else {
                    Ok(Self::Circle(slug.to_owned(), role))
                }
            }
        }
    }

    /// The area that it belongs to.
    pub fn area(&self) -> Ruled {
        match self {
            Self::Operational | Self::User => Ruled::Class,
            Self::Steward => Ruled::Steward,
            Self::Circle(..) => Ruled::Circles,
        }
    }
}

impl Ruled {
    /// Reads the word of the configuration.
    pub fn read(word: &str) -> Result<Self, GiftError> {
        match word {
            "class" => Ok(Self::Class),
            "circles" => Ok(Self::Circles),
            "steward" => Ok(Self::Steward),
            "name" => Ok(Self::Name),
            "email" => Ok(Self::Email),
            _ => Err(GiftError::UnknownArea(word.to_owned())),
        }
    }
}

/// What each group of a provider gives, and what the provider rules.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Mapping {
    /// Gifts by group.
    groups: BTreeMap<String, Vec<Gift>>,
    /// What the provider rules.
    rules: BTreeSet<Ruled>,
}

impl Mapping {
    /// A mapping as the operator wrote it.
    ///
    /// # Errors
    /// Where a word means nothing, or a group gives what the hub rules.
    pub fn new<'t>(groups: impl IntoIterator<Item = (&'t str, &'t [String])>, rules: &str) -> Result<Self, GiftError> {
        let rules: BTreeSet<Ruled> = rules.split_whitespace().map(Ruled::read).collect::<Result<_, _>>()?;
        let mut read = BTreeMap::new();
        for (group, given) in groups {
            let gifts: Vec<Gift> = given.iter().map(|text| Gift::read(text)).collect::<Result<_, _>>()?;
            if let Some((text, _)) = given.iter().zip(&gifts).find(|(_, gift)| !rules.contains(&gift.area())) {
                return Err(GiftError::NotRuled(text.clone()));
            }
            read.insert(group.to_owned(), gifts);
        }
        Ok(Self { groups: read, rules })
    }

    /// Whether the provider rules an area.
    pub fn rules(&self, area: Ruled) -> bool {
        self.rules.contains(&area)
    }

    /// What these groups give. A claim that is missing says nothing, so that nothing is given and nothing taken; an
    /// empty one gives nothing. Of several roles in one circle the first in the circle's order counts.
    pub fn gifts(&self, groups: Option<&[String]>) -> Option<BTreeSet<Gift>> {
        let groups = groups.filter(|_| !self.groups.is_empty())?;
        let mut roles: BTreeMap<&str, CircleRole> = BTreeMap::new();
        let mut gifts = BTreeSet::new();
        for gift in groups.iter().filter_map(|group| self.groups.get(group)).flatten() {
            if let Gift::Circle(slug, role) = gift {
                let kept = roles.entry(slug).or_insert(*role);
                *kept = (*kept).min(*role);
            } else {
                gifts.insert(gift.clone());
            }
        }
        gifts.extend(
            roles
                .into_iter()
                .map(|(slug, role)| Gift::Circle(slug.to_owned(), role)),
        );
        Some(gifts)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn words(list: &[&str]) -> Vec<String> {
        list.iter().map(|word| (*word).to_owned()).collect()
    }

    fn mapping() -> Mapping {
        let (work, tech, keys) = (
            words(&["operational"]),
            words(&["operational", "circle:tech"]),
            words(&["steward", "circle:tech:convenor"]),
        );
        Mapping::new(
            [("work", &work[..]), ("tech", &tech[..]), ("keys", &keys[..])],
            "class circles steward",
        )
        .unwrap()
    }

    #[test]
    fn groups_give_what_the_operator_wrote() {
        let gifts = mapping().gifts(Some(&words(&["tech", "keys", "choir"]))).unwrap();
        assert_eq!(
            gifts.into_iter().collect::<Vec<_>>(),
            [
                Gift::Operational,
                Gift::Steward,
                Gift::Circle("tech".into(), CircleRole::Convenor)
            ]
        );
    }

    #[test]
    fn a_missing_claim_says_nothing_and_an_empty_one_gives_nothing() {
        assert_eq!(mapping().gifts(None), None);
        assert_eq!(mapping().gifts(Some(&[])), Some(BTreeSet::new()));
        assert_eq!(
            Mapping::default().gifts(Some(&words(&["work"]))),
            None,
            "nothing is mapped"
        );
    }

    #[test]
    fn a_mapping_that_means_nothing_is_refused() {
        let given = |gift: &str, rules: &str| {
            let gifts = words(&[gift]);
            Mapping::new([("g", &gifts[..])], rules).unwrap_err()
        };
        assert_eq!(given("admin", "class"), GiftError::UnknownGift("admin".into()));
        assert_eq!(given("circle:", "circles"), GiftError::UnknownGift("circle:".into()));
        assert_eq!(
            given("circle:a:boss", "circles"),
            GiftError::UnknownGift("circle:a:boss".into())
        );
        assert_eq!(given("user", "klass"), GiftError::UnknownArea("klass".into()));
        assert_eq!(given("steward", "class"), GiftError::NotRuled("steward".into()));
    }
}
