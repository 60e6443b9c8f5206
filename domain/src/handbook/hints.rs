//! `GitBook` hint blocks, turned into the alerts that comrak knows, line by line and before comrak reads the page.

use std::ops::RangeInclusive;

use comrak::{Arena, nodes::NodeValue, parse_document};

use super::Flaw;

/// Markdown without `GitBook`'s tags.
pub(super) struct Translated {
    /// The Markdown.
    pub(super) text: String,
    /// For each of its lines, the line of the source it came from.
    lines: Vec<usize>,
    /// Flaws, by line of the source.
    pub(super) flaws: Vec<(usize, Flaw)>,
}

impl Translated {
    /// The line of the source that a line of the text came from, both from 1.
    pub(super) fn source_line(&self, line: usize) -> usize {
        let last = self.lines.last().copied().unwrap_or(1);
        self.lines.get(line.saturating_sub(1)).copied().unwrap_or(last)
    }

    fn push(&mut self, line: usize, text: &str) {
        self.text.push_str(text);
        self.text.push('\n');
        self.lines.push(line);
    }
}

/// Turns `{% hint style="info" %} … {% endhint %}` into `> [!NOTE]`; code is left as it is. `first` is the number of the
/// first line, for a page whose front matter was taken off.
pub(super) fn translate(markdown: &str, first: usize) -> Translated {
    let code = code_lines(markdown);
    let mut out = Translated {
        text: String::with_capacity(markdown.len() + 64),
        lines: Vec::new(),
        flaws: Vec::new(),
    };
    // The line where a hint began, and how far it is indented.
    let mut open: Option<(usize, String)> = None;
    for (index, line) in markdown.lines().enumerate() {
        let at = first + index;
        let tag = if code.iter().any(|block| block.contains(&(index + 1))) {
            None
        } else {
            Tag::read(line)
        };
        match tag {
            Some(Tag::Hint(style, rest)) => {
                if let Some((began, _)) = open.take() {
                    out.flaws.push((began, Flaw::UnclosedHint));
                }
                let alert = alert(style).unwrap_or_else(|| {
                    out.flaws.push((at, Flaw::UnknownHint(style.to_owned())));
                    "NOTE"
                });
                let indent = indent(line);
                out.push(at, "");
                out.push(at, &format!("{indent}> [!{alert}]"));
                if let Some(inner) = rest.strip_suffix(END).or_else(|| rest.strip_suffix(END_TIGHT)) {
                    out.push(at, &format!("{indent}> {}", inner.trim()));
                    out.push(at, "");
                } else {
                    if !rest.is_empty() {
                        out.push(at, &format!("{indent}> {rest}"));
                    }
                    open = Some((at, indent.to_owned()));
                }
            }
            Some(Tag::EndHint(before)) => {
                if let (Some((_, indent)), false) = (&open, before.is_empty()) {
                    out.push(at, &quoted(indent, before));
                }
                open = None;
                out.push(at, "");
            }
            Some(Tag::Unknown(tag)) => {
                out.flaws.push((at, Flaw::UnknownTag(tag.to_owned())));
                let blank = open.as_ref().map_or(String::new(), |(_, indent)| quoted(indent, ""));
                out.push(at, &blank);
            }
            None => match &open {
                Some((_, indent)) => out.push(at, &quoted(indent, line)),
                None => out.push(at, line),
            },
        }
    }
    if let Some((began, _)) = open {
        out.flaws.push((began, Flaw::UnclosedHint));
    }
    out
}

const END: &str = "{% endhint %}";
const END_TIGHT: &str = "{%endhint%}";

enum Tag<'a> {
    /// Style, and what stands behind the tag on its line.
    Hint(&'a str, &'a str),
    /// What stands before the tag on its line.
    EndHint(&'a str),
    /// The whole tag.
    Unknown(&'a str),
}

impl<'a> Tag<'a> {
    fn read(line: &'a str) -> Option<Self> {
        let line = line.trim();
        if !line.starts_with("{%") {
            let before = line.strip_suffix(END).or_else(|| line.strip_suffix(END_TIGHT));
            return before.map(|before| Self::EndHint(before.trim()));
        }
        let (inner, rest) = line.get(2..)?.split_once("%}")?;
        let tag = line.get(..line.len() - rest.len())?;
        let inner = inner.trim();
        Some(match inner.split_whitespace().next() {
            Some("hint") => Self::Hint(style(inner), rest.trim()),
            Some("endhint") => Self::EndHint(""),
            _ => Self::Unknown(tag),
        })
    }
}

/// The value of `style="…"` in a tag.
fn style(tag: &str) -> &str {
    let value = tag.split_once("style=").map_or("", |(_, value)| value);
    match value.chars().next() {
        Some(quote @ ('"' | '\'')) => value.get(1..).and_then(|v| v.split(quote).next()).unwrap_or(""),
        _ => value.split_whitespace().next().unwrap_or("info"),
    }
}

fn alert(style: &str) -> Option<&'static str> {
    match style {
        "info" => Some("NOTE"),
        "warning" => Some("WARNING"),
        "success" => Some("TIP"),
        "danger" => Some("CAUTION"),
        _ => None,
    }
}

fn indent(line: &str) -> &str {
    let end = line.len() - line.trim_start().len();
    line.get(..end).unwrap_or("")
}

/// The line as part of a block quote that is itself indented, in a list for instance.
fn quoted(indent: &str, line: &str) -> String {
    let line = line.strip_prefix(indent).unwrap_or_else(|| line.trim_start());
    format!("{indent}> {line}")
}

/// The lines of all code blocks, from 1.
fn code_lines(markdown: &str) -> Vec<RangeInclusive<usize>> {
    let arena = Arena::new();
    let root = parse_document(&arena, markdown, &crate::markdown::options());
    root.descendants()
        .filter_map(|node| {
            let ast = node.data.borrow();
            matches!(ast.value, NodeValue::CodeBlock(_)).then(|| ast.sourcepos.start.line..=ast.sourcepos.end.line)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::translate;
    use crate::handbook::Flaw;

    #[test]
    fn a_hint_becomes_an_alert_and_keeps_its_lines() {
        let hint = translate(
            "Before\n{% hint style=\"warning\" %}\n- one\n- two\n{% endhint %}\nAfter",
            5,
        );
        assert_eq!(hint.text, "Before\n\n> [!WARNING]\n> - one\n> - two\n\nAfter\n");
        assert_eq!(hint.source_line(5), 8);
        assert!(hint.flaws.is_empty());
    }

    #[test]
    fn a_hint_on_one_line() {
        let hint = translate("{% hint style='success' %} Well done. {% endhint %}", 1);
        assert_eq!(hint.text, "\n> [!TIP]\n> Well done.\n\n");
    }

    #[test]
    fn code_is_left_alone() {
        let page = "```\n{% hint style=\"info\" %}\nx\n{% endhint %}\n```\n\n    {% hint style=\"info\" %}\n";
        assert_eq!(translate(page, 1).text, page);
        let within = translate("{% hint style=\"info\" %}\n```\n{% endhint %}\n```\n{% endhint %}", 1);
        assert_eq!(within.text, "\n> [!NOTE]\n> ```\n> {% endhint %}\n> ```\n\n");
    }

    #[test]
    fn flaws_name_their_line() {
        let flaws = translate("a\n{% hint style=\"loud\" %}\nb\n\n{% embed url=\"x\" %}", 1).flaws;
        assert_eq!(
            flaws,
            [
                (2, Flaw::UnknownHint("loud".into())),
                (5, Flaw::UnknownTag("{% embed url=\"x\" %}".into())),
                (2, Flaw::UnclosedHint),
            ]
        );
    }
}
