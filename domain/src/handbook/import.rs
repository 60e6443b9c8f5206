//! Reads a handbook: Markdown with a `GitBook`-style `SUMMARY.md`, from a folder or from memory.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    path::Path,
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

use super::{
    Flaw, HandbookError, Heading, PageAudience, PageRef, StoredFile, Warning, links,
    render::{self, Rendered, front_matter, render},
    source::{Source, Unread},
    summary::{self, Entry, SUMMARY},
};

/// A handbook that was read and is ready for [`super::store::replace`].
#[derive(Debug)]
pub struct Handbook {
    pub(super) pages: Vec<NewPage>,
    pub(super) files: BTreeMap<String, StoredFile>,
    pub(super) warnings: Vec<Warning>,
}

impl Handbook {
    /// What its author may want to mend.
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }

    /// How many pages it has.
    pub fn pages(&self) -> usize {
        self.pages.len()
    }
}

/// A page that was read.
#[derive(Debug)]
pub(super) struct NewPage {
    pub(super) place: PageRef,
    pub(super) markdown: String,
    pub(super) html: String,
    pub(super) outline: Vec<Heading>,
    pub(super) words: String,
}

/// Reads a folder. Nothing outside of it is ever read, whatever its pages or its symbolic links say.
///
/// This blocks: call it from the command line, or through `tokio::task::spawn_blocking`.
pub fn from_folder(path: &Path) -> Result<Handbook, HandbookError> {
    let name = path.display().to_string();
    let source = Source::folder(path).map_err(|cause| HandbookError::Unreadable(name.clone(), cause))?;
    read(&source, &name)
}

/// Reads a list of files, each with its path from the root of the handbook.
pub fn from_files(files: &[(&str, &[u8])]) -> Result<Handbook, HandbookError> {
    read(&Source::Files(files.iter().copied().collect()), "the handbook")
}

/// A page on its way: its entry, its text, and what its front matter said.
struct Draft {
    entry: Entry,
    text: String,
    place: PageRef,
}

fn read(source: &Source<'_>, name: &str) -> Result<Handbook, HandbookError> {
    let Some(Ok(list)) = source.read(SUMMARY).ok().map(text) else {
        return Err(HandbookError::NoSummary(name.to_owned()));
    };
    let (entries, flaws) = summary::parse(&list);
    let mut warnings = warn(SUMMARY, flaws);
    let drafts = drafts(source, entries, &mut warnings);
    if drafts.is_empty() {
        return Err(HandbookError::NothingListed);
    }

    let addresses: HashMap<String, String> = drafts
        .iter()
        .map(|draft| (draft.entry.file.clone(), draft.place.path.clone()))
        .collect();
    let mut anchors: HashMap<String, BTreeSet<String>> = HashMap::new();
    let mut jumps = Vec::new();
    let mut pages = Vec::new();
    let mut wanted: BTreeMap<String, PageAudience> = BTreeMap::new();
    for draft in drafts {
        let (front, markdown, first, _) = front_matter(&draft.text);
        let head = (draft.place.title.as_str(), front.description.as_deref());
        let rendered = render(&draft.entry.file, head, (markdown, first), &addresses, source);
        let Rendered {
            html, outline, words, ..
        } = rendered;
        for path in rendered.files {
            let audience = wanted.entry(path).or_insert(draft.place.audience);
            if draft.place.audience == PageAudience::Public {
                *audience = PageAudience::Public;
            }
        }
        warnings.extend(warn(&draft.entry.file, rendered.flaws));
        anchors.insert(draft.entry.file.clone(), rendered.anchors);
        jumps.push((draft.entry.file, rendered.jumps));
        pages.push(NewPage {
            place: draft.place,
            markdown: draft.text,
            html,
            outline,
            words,
        });
    }
    for (file, jumps) in jumps {
        let astray = jumps.into_iter().filter(|(_, page, anchor)| {
            !anchor.is_empty() && anchors.get(page).is_some_and(|known| !known.contains(anchor))
        });
        warnings.extend(warn(
            &file,
            astray.map(|(line, _, anchor)| (line, Flaw::NoSuchHeading(anchor))),
        ));
    }
    warnings.sort();
    warnings.dedup();
    Ok(Handbook {
        pages,
        files: files(source, wanted),
        warnings,
    })
}

/// The pages that are there, each with its place in the tree.
fn drafts(source: &Source<'_>, entries: Vec<Entry>, warnings: &mut Vec<Warning>) -> Vec<Draft> {
    let has_front_page = entries.iter().any(|entry| links::page_path(&entry.file).is_empty());
    let mut drafts: Vec<Draft> = Vec::new();
    // For each entry its draft, or the draft above it where its page is not there.
    let mut places: Vec<Option<usize>> = Vec::new();
    for entry in entries {
        let above = entry.parent.and_then(|parent| places.get(parent).copied().flatten());
        let text = match source.read(&entry.file).map(text) {
            Ok(Ok(text)) => text,
            unread => {
                let file = entry.file.clone();
                let flaw = match unread {
                    Ok(_) => Flaw::NotText(file),
                    Err(Unread::Missing) => Flaw::NoSuchPage(file),
                    Err(other) => render::flaw_of(other, file),
                };
                warnings.extend(warn(SUMMARY, [(entry.line, flaw)]));
                places.push(above);
                continue;
            }
        };
        let (front, _, _, flaws) = front_matter(&text);
        warnings.extend(warn(&entry.file, flaws));
        let mut path = links::page_path(&entry.file);
        if drafts.is_empty() && !has_front_page {
            path.clear();
        }
        if drafts.iter().any(|draft| draft.place.path == path) {
            warnings.extend(warn(SUMMARY, [(entry.line, Flaw::NamedTwice(path))]));
            places.push(above);
            continue;
        }
        let parent = above.and_then(|above| drafts.get(above)).map(|draft| &draft.place);
        let inherited = parent.map_or(PageAudience::Public, |parent| parent.audience);
        let place = PageRef {
            path,
            parent: parent.map(|parent| parent.path.clone()),
            depth: parent.map_or(0, |parent| parent.depth + 1),
            part: entry.part.clone(),
            title: front.title.unwrap_or_else(|| entry.title.clone()),
            audience: front.audience.unwrap_or(inherited),
        };
        places.push(Some(drafts.len()));
        drafts.push(Draft { entry, text, place });
    }
    drafts
}

fn files(source: &Source<'_>, wanted: BTreeMap<String, PageAudience>) -> BTreeMap<String, StoredFile> {
    wanted
        .into_iter()
        .filter_map(|(path, audience)| {
            let content = source.read(&path).ok()?;
            let file = StoredFile {
                media_type: links::media_type(&path)?.to_owned(),
                etag: URL_SAFE_NO_PAD.encode(Sha256::digest(&content)),
                audience,
                content,
            };
            Some((path, file))
        })
        .collect()
}

fn warn(file: &str, flaws: impl IntoIterator<Item = (usize, Flaw)>) -> Vec<Warning> {
    flaws
        .into_iter()
        .map(|(line, flaw)| Warning {
            file: file.to_owned(),
            line,
            flaw,
        })
        .collect()
}

/// UTF-8 with line feeds, without a byte order mark.
fn text(bytes: Vec<u8>) -> Result<String, std::string::FromUtf8Error> {
    let text = String::from_utf8(bytes)?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    Ok(text.replace("\r\n", "\n").replace('\0', "\u{fffd}"))
}
