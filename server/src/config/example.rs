//! The annotated example, written from the documentation of the structs.

use std::fmt::Write;

use super::documented::Section;

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
        text.push('\n');
        comment(&mut text, section.docs);
        let _ = writeln!(text, "[{}]", section.name);
        for key in section.keys {
            comment(&mut text, key.docs);
            match (key.default, key.example) {
                (Some(default), _) => _ = writeln!(text, "{} = {default}", key.name),
                (None, example) => _ = writeln!(text, "# {} = {}", key.name, example.unwrap_or("\"\"")),
            }
        }
    }
    text
}

/// The defaults alone, as TOML: the lowest layer of the configuration.
pub(super) fn defaults(sections: &[Section]) -> String {
    let mut text = String::new();
    for section in sections {
        let _ = writeln!(text, "[{}]", section.name);
        for (key, default) in section.keys.iter().filter_map(|key| Some((key, key.default?))) {
            let _ = writeln!(text, "{} = {default}", key.name);
        }
    }
    text
}

fn comment(text: &mut String, lines: &[&str]) {
    for line in lines {
        let _ = writeln!(text, "#{line}");
    }
}
