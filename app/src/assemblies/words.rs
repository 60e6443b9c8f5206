//! The words that islands say, in the reader's language. The page fills them in; `{name}`, `{n}` and the like stand for
//! what only the moment knows.

use std::vec::IntoIter;

use serde::{Deserialize, Serialize};

/// What stands in a list of texts, each at its place.
trait Text {
    fn take(texts: &mut IntoIter<String>) -> Self;
    fn give(self, texts: &mut Vec<String>);
}

impl Text for String {
    fn take(texts: &mut IntoIter<String>) -> Self {
        texts.next().unwrap_or_default()
    }

    fn give(self, texts: &mut Vec<String>) {
        texts.push(self);
    }
}

impl<A: Text, B: Text> Text for (A, B) {
    fn take(texts: &mut IntoIter<String>) -> Self {
        (A::take(texts), B::take(texts))
    }

    fn give(self, texts: &mut Vec<String>) {
        self.0.give(texts);
        self.1.give(texts);
    }
}

impl<T: Text, const N: usize> Text for [T; N] {
    fn take(texts: &mut IntoIter<String>) -> Self {
        std::array::from_fn(|_| T::take(texts))
    }

    fn give(self, texts: &mut Vec<String>) {
        for text in self {
            text.give(texts);
        }
    }
}

/// All that follow: only the last field of all may be one.
impl<T: Text> Text for Vec<T> {
    fn take(texts: &mut IntoIter<String>) -> Self {
        let mut all = Self::new();
        while texts.len() > 0 {
            all.push(T::take(texts));
        }
        all
    }

    fn give(self, texts: &mut Vec<String>) {
        for text in self {
            text.give(texts);
        }
    }
}

/// Words travel as a list of texts: the browser needs far less code to read that than to read fields by their names.
macro_rules! words {
    ($(#[$about:meta])* $name:ident { $($(#[$doc:meta])* $field:ident: $kind:ty,)+ }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(from = "Vec<String>", into = "Vec<String>")]
        pub struct $name {
            $($(#[$doc])* pub $field: $kind,)+
        }

        impl Text for $name {
            fn take(texts: &mut IntoIter<String>) -> Self {
                Self { $($field: Text::take(texts),)+ }
            }

            fn give(self, texts: &mut Vec<String>) {
                $(self.$field.give(texts);)+
            }
        }

        impl From<Vec<String>> for $name {
            fn from(texts: Vec<String>) -> Self {
                Self::take(&mut texts.into_iter())
            }
        }

        impl From<$name> for Vec<String> {
            fn from(words: $name) -> Self {
                let mut texts = Self::new();
                words.give(&mut texts);
                texts
            }
        }
    };
}

words! {
    /// Words of the sign that says whether a session is open now.
    StateWords {
        /// `Open now`.
        open: String,
        /// `{n} here`.
        here: String,
        /// Link to the door.
        enter: String,
        /// `It is closed.`
        closed: String,
        /// Link to the minutes.
        minutes: String,
    }
}

words! {
    /// Words of the live room.
    RoomWords {
        /// The sign of state.
        state: StateWords,
        /// Heading of the agenda.
        agenda: String,
        /// Where there is none.
        agenda_none: String,
        /// Above the current item.
        now: String,
        /// Instead of it, before the first.
        before: String,
        /// Instead of it, after the last.
        done: String,
        /// `Item {place} of {of}`.
        place: String,
        /// `{n} min left`.
        left: String,
        /// `{n} min over time`.
        over: String,
        /// `{n} min`.
        min: String,
        /// `took {n} min`.
        took: String,
        /// Beside items: to come, now, done.
        phases: [String; 3],
        /// Button for the first item.
        begin: String,
        /// Button for the item after.
        next: String,
        /// Button after the last item.
        finish: String,
        /// Button for the item before.
        back: String,
        /// Heading of the roles.
        roles: String,
        /// Code and name of each role.
        role_names: [(String, String); 4],
        /// Where nobody holds a role.
        nobody: String,
        /// Button to take a role.
        take: String,
        /// Button to hand one's own role back.
        release: String,
        /// Button to free somebody else's role.
        free: String,
        /// Heading of the people, with `{n}`.
        people: String,
        /// After the reader's own name.
        me: String,
        /// Heading of the minutes.
        minutes: String,
        /// Where nothing is noted yet.
        minutes_none: String,
        /// Code and name of each sort of line.
        kinds: [(String, String); 3],
        /// `{name} takes this on`.
        owner: String,
        /// `due {day}`.
        due: String,
        /// `noted by {name} at {time}`.
        noted: String,
        /// Heading of the form for a line.
        write: String,
        /// Labels of its fields: sort, words, owner, due day.
        fields: [String; 4],
        /// Help for owner and due day.
        action_help: String,
        /// Option for an action that nobody takes on yet.
        no_owner: String,
        /// Its button.
        send: String,
        /// Announcements: opened, closed, `{item}` taken up, `{name}` came, left, took `{role}`, `{kind}: {text}` noted.
        news: [String; 7],
    }
}

impl RoomWords {
    /// The name of a role.
    pub fn role(&self, code: &str) -> String {
        named(&self.role_names, code)
    }

    /// The name of a sort of line.
    pub fn kind(&self, code: &str) -> String {
        named(&self.kinds, code)
    }
}

fn named(names: &[(String, String)], code: &str) -> String {
    names
        .iter()
        .find(|(known, _)| known == code)
        .map(|(_, name)| name.clone())
        .unwrap_or_default()
}

/// Puts what the moment knows into a sentence.
pub fn fill(sentence: &str, parts: &[(&str, &str)]) -> String {
    parts.iter().fold(sentence.to_owned(), |text, (name, value)| {
        text.replace(&format!("{{{name}}}"), value)
    })
}

words! {
    /// What was typed into the form for a line before it failed, and what is wrong with it, in words.
    TypedLine {
        /// Sort.
        kind: String,
        /// Words.
        text: String,
        /// Owner.
        owner: String,
        /// Due day.
        due: String,
        /// Field and sentence.
        wrong: Vec<(String, String)>,
    }
}

impl TypedLine {
    /// What is wrong with a field.
    pub fn wrong(&self, field: &str) -> Option<String> {
        self.wrong
            .iter()
            .find(|(name, _)| name == field)
            .map(|(_, sentence)| sentence.clone())
    }
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;
    use crate::{assemblies::speak, i18n::Locale};

    #[test]
    fn words_arrive_as_they_left() {
        for locale in [Locale::en, Locale::es] {
            let words = speak::room(locale);
            let sent = Vec::from(words.clone());
            assert_eq!(RoomWords::from(sent), words);
        }
        let pair = |field: &str| (field.to_owned(), "Too long.".to_owned());
        let typed = TypedLine {
            text: "Buy paint".to_owned(),
            wrong: vec![pair("text"), pair("due")],
            ..TypedLine::default()
        };
        assert_eq!(TypedLine::from(Vec::from(typed.clone())), typed);
    }
}
