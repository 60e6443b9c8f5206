//! The tree of pages, written straight as HTML: it stands beside every page and can be long.

use std::fmt::Write;

use domain::handbook::{PageAudience, PageRef, address};

/// In a larger handbook only the branch that the reader stands on is unfolded.
const SMALL: usize = 60;

/// Lists within lists, by part; `here` is marked, and `members` is the word beside pages that guests do not see.
pub(super) fn html(tree: &[PageRef], here: &PageRef, above: &[PageRef], members: &str) -> String {
    let mut out = String::with_capacity(tree.len() * 96);
    // How deep each open list item is.
    let mut open: Vec<i32> = Vec::new();
    let mut part: Option<&str> = None;
    for page in tree {
        let unfolded = |path: &str| path == here.path || above.iter().any(|crumb| crumb.path == path);
        let listed = tree.len() <= SMALL || page.depth == 0 || page.parent.as_deref().is_none_or(unfolded);
        if !listed {
            continue;
        }
        let first_of_part = page.depth == 0 && part != Some(page.part.as_str());
        if first_of_part {
            close(&mut out, &mut open, -1);
            part = Some(&page.part);
            if !page.part.is_empty() {
                let _ = write!(out, "<p class=\"part\">{}</p>", escape(&page.part));
            }
        } else {
            close(&mut out, &mut open, page.depth);
        }
        match open.last() {
            // A sibling: its predecessor was closed, its list is still open.
            Some(depth) if *depth == page.depth => out.push_str("</li>"),
            _ => {
                out.push_str("<ul>");
                open.push(page.depth);
            }
        }
        let current = if page.path == here.path {
            " aria-current=\"page\""
        } else {
            ""
        };
        let _ = write!(
            out,
            "<li><a href=\"{}\"{current}>{}</a>",
            address(&page.path),
            escape(&page.title)
        );
        if page.audience == PageAudience::Members {
            let _ = write!(out, " <span class=\"tag clay\">{}</span>", escape(members));
        }
    }
    close(&mut out, &mut open, -1);
    out
}

/// Closes all lists that are deeper than `depth`.
fn close(out: &mut String, open: &mut Vec<i32>, depth: i32) {
    while open.last().is_some_and(|last| *last > depth) {
        out.push_str("</li></ul>");
        open.pop();
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(path: &str, depth: i32, part: &str) -> PageRef {
        PageRef {
            path: path.to_owned(),
            parent: None,
            depth,
            part: part.to_owned(),
            title: format!("<{path}>"),
            audience: PageAudience::Public,
        }
    }

    #[test]
    fn lists_are_nested_and_closed() {
        let tree = [
            page("a", 0, ""),
            page("b", 0, "P"),
            page("c", 1, "P"),
            page("d", 3, "P"),
            page("e", 1, "P"),
            page("f", 0, "P"),
        ];
        assert_eq!(
            html(&tree, &tree[2], &[], "members"),
            "<ul><li><a href=\"/handbook/a\">&lt;a&gt;</a></li></ul><p class=\"part\">P</p>\
             <ul><li><a href=\"/handbook/b\">&lt;b&gt;</a>\
             <ul><li><a href=\"/handbook/c\" aria-current=\"page\">&lt;c&gt;</a>\
             <ul><li><a href=\"/handbook/d\">&lt;d&gt;</a></li></ul></li>\
             <li><a href=\"/handbook/e\">&lt;e&gt;</a></li></ul></li>\
             <li><a href=\"/handbook/f\">&lt;f&gt;</a></li></ul>"
        );
    }
}
