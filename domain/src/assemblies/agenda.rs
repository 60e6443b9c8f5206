//! How the agenda moves: one item at a time, forward, or back where the room returns to an item.

use chrono::{DateTime, Utc};

use super::{AgendaItem, AssemblyError};

/// How far the agenda has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// No item has been taken up.
    Before,
    /// The item with this index is being talked about.
    At(usize),
    /// All items are done.
    Done,
}

/// A move on the agenda.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// To the item that follows.
    Next,
    /// To the item before.
    Back,
}

impl Step {
    /// Reads the word of a form.
    pub fn read(word: &str) -> Option<Self> {
        match word {
            "next" => Some(Self::Next),
            "back" => Some(Self::Back),
            _ => None,
        }
    }
}

impl Progress {
    /// How far these items have come.
    pub fn of(items: &[AgendaItem]) -> Self {
        if let Some(index) = items
            .iter()
            .position(|i| i.started_at.is_some() && i.ended_at.is_none())
        {
            Self::At(index)
        } else if items.iter().any(|i| i.ended_at.is_some()) {
            Self::Done
        } else {
            Self::Before
        }
    }

    /// As a number that a form carries: 0 before, the item's place, then one more than there are items.
    pub fn mark(self, items: usize) -> usize {
        match self {
            Self::Before => 0,
            Self::At(index) => index + 1,
            Self::Done => items + 1,
        }
    }

    /// Where a step leads on an agenda of so many items.
    pub fn step(self, step: Step, items: usize) -> Result<Self, AssemblyError> {
        match (self, step) {
            _ if items == 0 => Err(AssemblyError::AgendaEnd),
            (Self::Before, Step::Next) => Ok(Self::At(0)),
            (Self::At(index), Step::Next) if index + 1 < items => Ok(Self::At(index + 1)),
            (Self::At(_), Step::Next) => Ok(Self::Done),
            (Self::Done, Step::Back) => Ok(Self::At(items - 1)),
            (Self::At(0), Step::Back) => Ok(Self::Before),
            (Self::At(index), Step::Back) => Ok(Self::At(index - 1)),
            (Self::Before, Step::Back) | (Self::Done, Step::Next) => Err(AssemblyError::AgendaEnd),
        }
    }
}

/// Makes the step: the current item ends and the next one starts; on the way back the left item counts as not taken up,
/// and the one returned to goes on from its first start. `seen` is the [mark](Progress::mark) that the person saw.
pub fn step(
    mut items: Vec<AgendaItem>,
    step: Step,
    seen: usize,
    now: DateTime<Utc>,
) -> Result<Vec<AgendaItem>, AssemblyError> {
    let here = Progress::of(&items);
    if here.mark(items.len()) != seen {
        return Err(AssemblyError::AgendaMoved);
    }
    let there = here.step(step, items.len())?;
    if let Progress::At(index) = here {
        match step {
            Step::Next => items[index].ended_at = Some(now),
            Step::Back => items[index].started_at = None,
        }
    }
    if let Progress::At(index) = there {
        items[index].started_at.get_or_insert(now);
        items[index].ended_at = None;
    }
    Ok(items)
}

/// The close ends the item that is being talked about.
pub fn finish(mut items: Vec<AgendaItem>, now: DateTime<Utc>) -> Vec<AgendaItem> {
    if let Progress::At(index) = Progress::of(&items) {
        items[index].ended_at = Some(now);
    }
    items
}

#[cfg(all(test, feature = "testing"))]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::{AgendaItemId, testing::at};

    fn items(count: i32) -> Vec<AgendaItem> {
        (1..=count)
            .map(|position| AgendaItem {
                id: AgendaItemId::generate(),
                position,
                title: format!("Item {position}"),
                minutes: 10,
                started_at: None,
                ended_at: None,
            })
            .collect()
    }

    #[test]
    fn walks_to_the_end_with_one_current_item_at_most() {
        let mut agenda = items(3);
        for minute in 0..4 {
            agenda = step(agenda, Step::Next, minute as usize, at(2026, 12, 1, 18, minute)).unwrap();
            let current = agenda.iter().filter(|i| i.started_at.is_some() && i.ended_at.is_none());
            assert_eq!(current.count(), usize::from(minute < 3));
        }
        assert_eq!(Progress::of(&agenda), Progress::Done);
        assert_eq!(agenda[0].ended_at, agenda[1].started_at);
        assert!(matches!(
            step(agenda, Step::Next, 4, at(2026, 12, 1, 18, 9)),
            Err(AssemblyError::AgendaEnd)
        ));
    }

    #[test]
    fn a_step_back_undoes_a_step_forward() {
        for count in 1..5 {
            let mut agenda = items(count);
            for place in 0..=usize::try_from(count).unwrap() {
                let now = at(2026, 12, 1, 18, 5);
                let before = Progress::of(&agenda);
                let forth = step(agenda.clone(), Step::Next, place, now).unwrap();
                let back = step(forth.clone(), Step::Back, place + 1, now).unwrap();
                assert_eq!(Progress::of(&back), before);
                agenda = forth;
            }
        }
    }

    #[test]
    fn two_clicks_on_one_button_make_one_step() {
        let agenda = step(items(3), Step::Next, 0, at(2026, 12, 1, 18, 0)).unwrap();
        assert!(matches!(
            step(agenda, Step::Next, 0, at(2026, 12, 1, 18, 0)),
            Err(AssemblyError::AgendaMoved)
        ));
    }

    #[test]
    fn an_empty_agenda_goes_nowhere() {
        assert!(matches!(
            step(items(0), Step::Next, 0, at(2026, 12, 1, 18, 0)),
            Err(AssemblyError::AgendaEnd)
        ));
    }
}
