//! Markdown to clean HTML, for profiles, protocols and summaries. The handbook builds on it.

use std::collections::HashSet;

use comrak::Options;

/// Options of comrak that all Markdown here shares: tables, task lists, autolinks, strikethrough; no raw HTML.
pub fn options() -> Options<'static> {
    let mut options = Options::default();
    options.extension.strikethrough = true;
    options.extension.table = true;
    options.extension.autolink = true;
    options.extension.tasklist = true;
    options.render.r#unsafe = false;
    options
}

/// The cleaner that all HTML passes: ammonia's list, plus what comrak makes for headings, alerts and task lists.
pub fn cleaner() -> ammonia::Builder<'static> {
    let mut cleaner = ammonia::Builder::default();
    cleaner
        .add_tags(["input", "section"])
        .add_tag_attributes("input", ["type", "checked", "disabled"])
        .add_generic_attributes(["id", "lang", "dir"])
        .add_allowed_classes(
            "div",
            [
                "markdown-alert",
                "markdown-alert-note",
                "markdown-alert-tip",
                "markdown-alert-important",
                "markdown-alert-warning",
                "markdown-alert-caution",
            ],
        )
        .add_allowed_classes("p", ["markdown-alert-title"])
        .url_schemes(HashSet::from(["http", "https", "mailto"]))
        .link_rel(Some("noopener noreferrer"));
    cleaner
}

/// Markdown written by a member, as clean HTML.
pub fn to_html(markdown: &str) -> String {
    cleaner()
        .clean(&comrak::markdown_to_html(markdown, &options()))
        .to_string()
}

#[cfg(test)]
mod tests {
    use super::to_html;

    #[test]
    fn keeps_words_and_drops_what_could_run() {
        let html = to_html("**warm** <script>alert(1)</script> [x](javascript:alert(1)) ![p](https://a.test/p.png)");
        assert!(html.contains("<strong>warm</strong>"));
        assert!(!html.contains("script"));
    }
}
