//! The annotated example, written from the documentation of the structs.

use std::fmt::Write;

use super::documented::{Key, Section};

/// What stands at the top.
const HEAD: &str = "\
# Every setting of the hub, with its default. Copy to hub.toml and keep what you change.
# A variable of the environment wins over the file: HUB_SECTION__KEY, such as HUB_DATABASE__URL.
# This file is written by `hub config example`; a test proves that it is complete and true.
";

/// Writes the example with all sections.
pub(super) fn example(sections: &[Section]) -> String {
    let mut text = HEAD.to_owned();
    for section in sections {
        // A section of which there can be several is an example as a whole.
        let off = if section.many { "# " } else { "" };
        text.push('\n');
        comment(&mut text, section.docs);
        let _ = writeln!(text, "{off}[{}]", section.name);
        for key in shown(section) {
            comment(&mut text, key.docs);
            match (key.default, key.example) {
                (Some(default), _) => _ = writeln!(text, "{off}{} = {default}", key.name),
                (None, example) => _ = writeln!(text, "# {} = {}", key.name, example.unwrap_or("\"\"")),
            }
        }
    }
    text
}

/// Keys with a line of their own: a table of sections has none.
fn shown(section: &Section) -> impl Iterator<Item = &Key> {
    section
        .keys
        .iter()
        .filter(|key| key.default.is_some() || key.example.is_some())
}

/// The defaults alone, as TOML: the lowest layer of the configuration. Of a section of which there can be several, those
/// with these names.
pub(super) fn defaults(sections: &[Section], names: &[String]) -> String {
    let mut text = String::new();
    let mut write = |name: &str, section: &Section| {
        let _ = writeln!(text, "[{name}]");
        for (key, default) in section.keys.iter().filter_map(|key| Some((key, key.default?))) {
            let _ = writeln!(text, "{} = {default}", key.name);
        }
    };
    for section in sections {
        match section.name.rsplit_once('.') {
            Some((table, _)) if section.many => {
                for name in names {
                    write(&format!("{table}.{name:?}"), section);
                }
            }
            _ => write(section.name, section),
        }
    }
    text
}

fn comment(text: &mut String, lines: &[&str]) {
    for line in lines {
        let _ = writeln!(text, "#{line}");
    }
}
