//! `SUMMARY.md`: the list of pages, in reading order.

use comrak::{Arena, Node, nodes::NodeValue, parse_document};

use super::{
    Flaw,
    links::{self, Target},
    render::plain_text,
};

/// The file's name.
pub(super) const SUMMARY: &str = "SUMMARY.md";

/// A page that the list names.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// Its name in the tree.
    pub(super) title: String,
    /// The Markdown file, from the root of the folder.
    pub(super) file: String,
    /// The entry above it.
    pub(super) parent: Option<usize>,
    /// The part it stands in.
    pub(super) part: String,
    /// Line in `SUMMARY.md`.
    pub(super) line: usize,
}

/// The entries of the list, parents before children, and what is wrong with it by line.
pub(super) fn parse(markdown: &str) -> (Vec<Entry>, Vec<(usize, Flaw)>) {
    let arena = Arena::new();
    let root = parse_document(&arena, markdown, &crate::markdown::options());
    let mut list = List::default();
    for node in root.children() {
        let value = node.data.borrow().value.clone();
        match value {
            // The first level is the title of the list itself.
            NodeValue::Heading(heading) if heading.level > 1 => plain_text(node).trim().clone_into(&mut list.part),
            NodeValue::List(_) => list.walk(node, None),
            _ => {}
        }
    }
    (list.entries, list.flaws)
}

#[derive(Default)]
struct List {
    part: String,
    entries: Vec<Entry>,
    flaws: Vec<(usize, Flaw)>,
}

impl List {
    fn walk(&mut self, list: Node<'_>, parent: Option<usize>) {
        for item in list.children() {
            // A nested list hangs below its item's page, or below the page above where the item is none.
            let mut below = parent;
            for block in item.children() {
                let value = block.data.borrow().value.clone();
                match value {
                    NodeValue::Paragraph => below = self.entry(block, parent).or(parent),
                    NodeValue::List(_) => self.walk(block, below),
                    _ => {}
                }
            }
        }
    }

    fn entry(&mut self, words: Node<'_>, parent: Option<usize>) -> Option<usize> {
        let line = words.data.borrow().sourcepos.start.line;
        let named = words.children().find_map(|node| match &node.data.borrow().value {
            NodeValue::Link(to) => Some((plain_text(node), to.url.clone())),
            _ => None,
        });
        let Some((title, url)) = named else {
            self.flaws.push((line, Flaw::NotAPage(plain_text(words))));
            return None;
        };
        match links::sort(SUMMARY, &url) {
            Target::Page(file, _) => {
                if self.entries.iter().any(|entry| entry.file == file) {
                    self.flaws.push((line, Flaw::NamedTwice(file)));
                    return None;
                }
                self.entries.push(Entry {
                    title: title.trim().to_owned(),
                    file,
                    parent,
                    part: self.part.clone(),
                    line,
                });
                Some(self.entries.len() - 1)
            }
            Target::Outside => {
                self.flaws.push((line, Flaw::Outside(url)));
                None
            }
            _ => {
                self.flaws.push((line, Flaw::NotAPage(title)));
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::parse;
    use crate::handbook::Flaw;

    #[test]
    fn a_tree_with_parts() {
        let (entries, flaws) = parse(
            "# Table of contents\n\n* [Welcome](README.md)\n\n## Spaces\n\n* [Kinds *of* space](spaces/README.md)\n  \
             * [Venues](./spaces/venues.md)\n    * [Circles](spaces/circles.md \"short\")\n* [Care](care.md)\n",
        );
        let rows: Vec<_> = entries
            .iter()
            .map(|e| (e.title.as_str(), e.file.as_str(), e.parent, e.part.as_str(), e.line))
            .collect();
        assert_eq!(
            rows,
            [
                ("Welcome", "README.md", None, "", 3),
                ("Kinds of space", "spaces/README.md", None, "Spaces", 7),
                ("Venues", "spaces/venues.md", Some(1), "Spaces", 8),
                ("Circles", "spaces/circles.md", Some(2), "Spaces", 9),
                ("Care", "care.md", None, "Spaces", 10),
            ]
        );
        assert!(flaws.is_empty());
    }

    #[test]
    fn what_is_no_page_is_told_and_its_children_stay() {
        let (entries, flaws) = parse(
            "- [A](a.md)\n- Only words\n  - [B](b.md)\n- [Far](https://x.test)\n- [A again](a.md)\n- [Up](../up.md)\n",
        );
        assert_eq!(entries.len(), 2);
        assert_eq!(entries[1].parent, None);
        assert_eq!(
            flaws,
            [
                (2, Flaw::NotAPage("Only words".into())),
                (4, Flaw::NotAPage("Far".into())),
                (5, Flaw::NamedTwice("a.md".into())),
                (6, Flaw::Outside("../up.md".into())),
            ]
        );
    }
}
