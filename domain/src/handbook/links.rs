//! Where a link of a page leads.

use percent_encoding::percent_decode_str;

/// A link, sorted.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// To a heading of the same page.
    Here(String),
    /// Out into the world, or to another page of the hub: left as it is.
    Elsewhere,
    /// A scheme that must not be followed.
    Unsafe(String),
    /// A Markdown file of the folder and an anchor, perhaps empty.
    Page(String, String),
    /// Another file of the folder.
    File(String),
    /// Out of the folder.
    Outside,
}

/// Sorts the destination of a link that stands in `file`.
pub(super) fn sort(file: &str, destination: &str) -> Target {
    if let Some(scheme) = scheme(destination) {
        return match scheme.to_ascii_lowercase().as_str() {
            "http" | "https" | "mailto" => Target::Elsewhere,
            other => Target::Unsafe(other.to_owned()),
        };
    }
    if destination.starts_with("//") {
        return Target::Elsewhere;
    }
    let (path, anchor) = destination.split_once('#').unwrap_or((destination, ""));
    let path = path.split('?').next().unwrap_or(path);
    let anchor = decode(anchor);
    if path.is_empty() {
        return Target::Here(anchor);
    }
    let path = decode(path);
    let markdown = is_markdown(&path);
    // `/programme` is a page of the hub; `/spaces/venues.md` is counted from the root of the folder.
    if path.starts_with('/') && !markdown {
        return Target::Elsewhere;
    }
    let folder = path.ends_with('/') || path.ends_with("..") || path == ".";
    match resolve(file, &path) {
        None => Target::Outside,
        Some(path) if folder => Target::Page(join(&path, "README.md"), anchor),
        Some(path) if markdown => Target::Page(path, anchor),
        Some(path) => Target::File(path),
    }
}

/// The path of a picture that stands in `file`; `None` where it is on another host, or out of the folder.
pub(super) fn picture(file: &str, destination: &str) -> Target {
    if scheme(destination).is_some() || destination.starts_with("//") {
        return Target::Elsewhere;
    }
    let path = destination.split(['#', '?']).next().unwrap_or(destination);
    resolve(file, &decode(path)).map_or(Target::Outside, Target::File)
}

/// Resolves a path written in `file` against the root of the folder, without asking the disk; `None` where it leaves it.
pub(super) fn resolve(file: &str, path: &str) -> Option<String> {
    let from_root = path.starts_with('/');
    let mut parts: Vec<&str> = match file.rsplit_once('/') {
        Some((folder, _)) if !from_root => folder.split('/').collect(),
        _ => Vec::new(),
    };
    if path.contains(['\0', '\\']) {
        return None;
    }
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// Address below `/handbook/` of a Markdown file: without extension, `README` standing for its folder.
pub(super) fn page_path(file: &str) -> String {
    let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
    match stem.rsplit_once('/') {
        Some((folder, name)) if name.eq_ignore_ascii_case("readme") => folder.to_owned(),
        None if stem.eq_ignore_ascii_case("readme") => String::new(),
        _ => stem.to_owned(),
    }
}

pub(super) fn is_markdown(path: &str) -> bool {
    path.rsplit_once('.').is_some_and(|(_, extension)| {
        extension.eq_ignore_ascii_case("md") || extension.eq_ignore_ascii_case("markdown")
    })
}

/// The media type of a file that a handbook may hold, by its extension. HTML and scripts are not among them.
pub(super) fn media_type(path: &str) -> Option<&'static str> {
    let (_, extension) = path.rsplit_once('.')?;
    Some(match extension.to_ascii_lowercase().as_str() {
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "gif" => "image/gif",
        "webp" => "image/webp",
        "avif" => "image/avif",
        "pdf" => "application/pdf",
        "txt" => "text/plain; charset=utf-8",
        "csv" => "text/csv; charset=utf-8",
        "ics" => "text/calendar; charset=utf-8",
        "odt" => "application/vnd.oasis.opendocument.text",
        "ods" => "application/vnd.oasis.opendocument.spreadsheet",
        "odp" => "application/vnd.oasis.opendocument.presentation",
        "epub" => "application/epub+zip",
        "mp3" => "audio/mpeg",
        "ogg" | "oga" | "opus" => "audio/ogg",
        "webm" => "video/webm",
        _ => return None,
    })
}

fn scheme(destination: &str) -> Option<&str> {
    let (scheme, _) = destination.trim_start().split_once(':')?;
    let plain = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c));
    plain.then_some(scheme)
}

fn decode(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() {
        name.to_owned()
    } else {
        format!("{folder}/{name}")
    }
}

#[cfg(test)]
mod tests {
    use super::{Target, page_path, sort};

    fn page(path: &str, anchor: &str) -> Target {
        Target::Page(path.to_owned(), anchor.to_owned())
    }

    #[test]
    fn links_are_counted_from_their_page() {
        assert_eq!(sort("a/b.md", "c.md#top"), page("a/c.md", "top"));
        assert_eq!(sort("a/b.md", "../d%20e.md"), page("d e.md", ""));
        assert_eq!(sort("a/b.md", "/x.md"), page("x.md", ""));
        assert_eq!(sort("a/b.md", "../"), page("README.md", ""));
        assert_eq!(sort("a/b.md", "c/"), page("a/c/README.md", ""));
        assert_eq!(sort("a/b.md", "i/p.svg?x"), Target::File("a/i/p.svg".to_owned()));
        assert_eq!(sort("a/b.md", "#who"), Target::Here("who".to_owned()));
        assert_eq!(sort("a/b.md", "/programme"), Target::Elsewhere);
        assert_eq!(sort("a/b.md", "https://x.test/y.md"), Target::Elsewhere);
    }

    #[test]
    fn nothing_leads_out_of_the_folder() {
        for hostile in [
            "../../etc/passwd",
            "../../x.md",
            "%2e%2e/%2e%2e/x.md",
            "/../x.md",
            "..\\x.md",
            "x%00.md",
        ] {
            assert_eq!(sort("a/b.md", hostile), Target::Outside, "{hostile}");
        }
        assert_eq!(
            sort("a.md", "JavaScript:alert(1)"),
            Target::Unsafe("javascript".to_owned())
        );
        assert_eq!(sort("a.md", "data:text/html,x"), Target::Unsafe("data".to_owned()));
    }

    #[test]
    fn a_readme_is_its_folder() {
        assert_eq!(page_path("README.md"), "");
        assert_eq!(page_path("spaces/README.md"), "spaces");
        assert_eq!(page_path("spaces/venues.md"), "spaces/venues");
    }
}
