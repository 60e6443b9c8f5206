//! A letter as plain text and as HTML that mail programs show: no picture, no font, nothing fetched from anywhere.

use std::fmt::Write;

use super::{Words, Written};
use crate::i18n::{Locale, code};

/// Both forms of a letter.
pub(super) fn both(locale: Locale, words: &Words) -> Written {
    Written {
        subject: one_line(&words.subject),
        text: text(words),
        html: html(locale, words),
    }
}

/// A name in a subject must not begin a new header.
fn one_line(subject: &str) -> String {
    subject.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn text(words: &Words) -> String {
    let mut text = format!("{}\n\n", words.greeting);
    for part in &words.before {
        let _ = write!(text, "{part}\n\n");
    }
    if let Some(button) = &words.button {
        let _ = write!(text, "{}:\n{}\n\n", button.label, button.address);
    }
    for part in &words.after {
        let _ = write!(text, "{part}\n\n");
    }
    let _ = writeln!(text, "-- \n{}", words.foot);
    text
}

const BODY: &str = "margin:0;padding:24px;background:#f6f3ec;color:#23302a;font:17px/1.55 Georgia,serif";
const SHEET: &str = "max-width:34em;margin:0 auto;padding:28px;background:#fffdf8;border-radius:12px";
const BUTTON: &str = "display:inline-block;padding:12px 22px;background:#2f5d46;color:#ffffff;border-radius:8px;text-decoration:none";
const SMALL: &str = "font-size:14px;color:#55615a;overflow-wrap:anywhere";

fn html(locale: Locale, words: &Words) -> String {
    let mut page = format!(
        "<!DOCTYPE html><html lang=\"{}\"><head><meta charset=\"utf-8\"><title>{}</title></head>\
         <body style=\"{BODY}\"><div style=\"{SHEET}\"><p>{}</p>",
        code(locale),
        escape(&words.subject),
        escape(&words.greeting)
    );
    for part in &words.before {
        let _ = write!(page, "<p>{}</p>", escape(part));
    }
    if let Some(button) = &words.button {
        let address = escape(&button.address);
        let _ = write!(page, "<p><a href=\"{address}\" style=\"{BUTTON}\">{}</a></p>", escape(&button.label));
        if let Some(help) = &button.help {
            let _ = write!(page, "<p style=\"{SMALL}\">{}<br>{address}</p>", escape(help));
        }
    }
    for part in &words.after {
        let _ = write!(page, "<p>{}</p>", escape(part));
    }
    let _ = write!(page, "<p style=\"{SMALL}\">{}</p></div></body></html>", escape(&words.foot));
    page
}

/// Text as text within HTML, in attributes too.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}
