//! One page: front matter, Markdown, clean HTML, outline and the words for search.

use std::{
    collections::{BTreeSet, HashMap},
    fmt::{self, Write},
    sync::{Mutex, PoisonError},
};

use comrak::{
    Anchorizer, Arena, Node, Options,
    adapters::{HeadingAdapter, HeadingMeta},
    format_html_with_plugins,
    nodes::{NodeLink, NodeValue, Sourcepos},
    options::Plugins,
    parse_document,
};

use super::{
    Flaw, Heading, PageAudience, hints,
    links::{self, Target},
    rules::{address, encode},
    source::{Source, Unread},
};

/// Ids that the hub's own layout uses; a heading never takes them.
const TAKEN: &[&str] = &[
    "main", "content", "top", "menu", "nav", "search", "q", "outline", "pages", "errors", "notice",
];

/// How comrak writes task items.
const TICKED: &str = r#"<input type="checkbox" checked="" disabled="" />"#;
const UNTICKED: &str = r#"<input type="checkbox" disabled="" />"#;

/// What the front matter says.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Front {
    pub(super) title: Option<String>,
    pub(super) description: Option<String>,
    pub(super) audience: Option<PageAudience>,
}

/// A page, ready to be stored.
#[derive(Debug)]
pub(super) struct Rendered {
    pub(super) html: String,
    pub(super) outline: Vec<Heading>,
    pub(super) words: String,
    /// All anchors there are.
    pub(super) anchors: BTreeSet<String>,
    /// Files it shows or links to.
    pub(super) files: BTreeSet<String>,
    /// Links to headings: line, Markdown file, anchor. They are checked when all pages are read.
    pub(super) jumps: Vec<(usize, String, String)>,
    /// What is wrong, by line.
    pub(super) flaws: Vec<(usize, Flaw)>,
}

/// Takes the front matter off: what it says, the rest, the number of the rest's first line, and flaws.
pub(super) fn front_matter(text: &str) -> (Front, &str, usize, Vec<(usize, Flaw)>) {
    let mut front = Front::default();
    let mut flaws = Vec::new();
    let Some((block, rest)) = text.strip_prefix("---\n").and_then(|inner| {
        let end = if inner.starts_with("---\n") {
            Some(0)
        } else {
            inner.find("\n---\n").map(|end| end + 1)
        }?;
        Some((inner.get(..end)?, inner.get(end + 4..)?))
    }) else {
        return (front, text, 1, flaws);
    };
    let mut lines = block.lines().enumerate().peekable();
    while let Some((index, line)) = lines.next() {
        let Some((key, value)) = line.split_once(':') else {
            continue;
        };
        let mut value = value.trim().to_owned();
        if matches!(value.as_str(), ">" | ">-" | "|" | "|-") {
            value.clear();
            while let Some((_, more)) = lines.next_if(|(_, next)| next.starts_with([' ', '\t'])) {
                value.push_str(if value.is_empty() { "" } else { " " });
                value.push_str(more.trim());
            }
        }
        let value = unquoted(&value);
        match key {
            "title" if !value.is_empty() => front.title = Some(value.to_owned()),
            "description" if !value.is_empty() => front.description = Some(value.to_owned()),
            "audience" => {
                front.audience = PageAudience::read(value);
                if front.audience.is_none() {
                    flaws.push((index + 2, Flaw::UnknownAudience(value.to_owned())));
                    // Better hidden from somebody who may read it than shown to somebody who may not.
                    front.audience = Some(PageAudience::Members);
                }
            }
            _ => {}
        }
    }
    (front, rest, block.lines().count() + 3, flaws)
}

fn unquoted(value: &str) -> &str {
    for quote in ['"', '\''] {
        if let Some(inner) = value.strip_prefix(quote).and_then(|v| v.strip_suffix(quote)) {
            return inner;
        }
    }
    value
}

/// Renders the page `file`. `first` is the line its Markdown begins at, `pages` the Markdown files of the handbook with
/// their addresses.
pub(super) fn render(
    file: &str,
    (title, description): (&str, Option<&str>),
    (markdown, first): (&str, usize),
    pages: &HashMap<String, String>,
    source: &Source<'_>,
) -> Rendered {
    let translated = hints::translate(markdown, first);
    let arena = Arena::new();
    let options = options();
    let root = parse_document(&arena, &translated.text, &options);

    let mut desk = Desk {
        file,
        pages,
        source,
        files: BTreeSet::new(),
        jumps: Vec::new(),
        flaws: Vec::new(),
    };
    let heading = take_first_heading(root);
    let nodes: Vec<Node<'_>> = root.descendants().collect();
    for node in nodes {
        desk.attend(node, &arena);
    }

    let headings = Headings::default();
    let mut plugins = Plugins::default();
    plugins.render.heading_adapter = Some(&headings);
    let mut body = String::new();
    // Writing to a string cannot fail.
    let _ = format_html_with_plugins(root, &options, &mut body, &plugins);
    let (outline, anchors) = headings.finish();
    // A box that cannot be ticked is a picture of a box; as a form field it would need a label.
    let body = body
        .replace(TICKED, "☑")
        .replace(UNTICKED, "☐")
        .replace("<li>☑", "<li class=\"task\">☑")
        .replace("<li>☐", "<li class=\"task\">☐");

    let mut html = String::with_capacity(body.len() + 200);
    let shown = heading.as_deref().unwrap_or(title);
    let _ = writeln!(html, "<h1>{}</h1>", escaped(shown));
    if let Some(description) = description {
        let _ = writeln!(html, "<p class=\"lead\">{}</p>", escaped(description));
    }
    html.push_str(&cleaner().clean(&body).to_string());

    let mut words = String::new();
    if shown != title {
        let _ = writeln!(words, "{shown}");
    }
    if let Some(description) = description {
        let _ = writeln!(words, "{description}");
    }
    collect_text(root, &mut words);
    words.retain(|c| c == '\n' || !c.is_control());

    let mut flaws = translated.flaws.clone();
    flaws.extend(
        desk.flaws
            .into_iter()
            .map(|(line, flaw)| (translated.source_line(line), flaw)),
    );
    let jumps = desk.jumps.into_iter();
    Rendered {
        html,
        outline,
        words: words.trim().to_owned(),
        anchors,
        files: desk.files,
        jumps: jumps
            .map(|(line, page, anchor)| (translated.source_line(line), page, anchor))
            .collect(),
        flaws,
    }
}

fn options() -> Options<'static> {
    let mut options = crate::markdown::options();
    options.extension.alerts = true;
    options.extension.footnotes = true;
    options
}

fn cleaner() -> ammonia::Builder<'static> {
    let mut cleaner = crate::markdown::cleaner();
    cleaner
        .add_allowed_classes("section", ["footnotes"])
        .add_allowed_classes("li", ["task"])
        .add_allowed_classes("sup", ["footnote-ref"])
        .add_allowed_classes("a", ["footnote-backref"]);
    cleaner
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

/// A page that begins with a heading of the first level is shown under it; later ones step down to the second level.
fn take_first_heading(root: Node<'_>) -> Option<String> {
    let mut first = None;
    if let Some(node) = root.first_child()
        && matches!(&node.data.borrow().value, NodeValue::Heading(heading) if heading.level == 1)
    {
        first = Some(plain_text(node).trim().to_owned()).filter(|text| !text.is_empty());
    }
    if first.is_some()
        && let Some(node) = root.first_child()
    {
        node.detach();
    }
    for node in root.descendants() {
        if let NodeValue::Heading(heading) = &mut node.data.borrow_mut().value {
            heading.level = heading.level.max(2);
        }
    }
    first
}

/// The work on links and pictures of one page.
struct Desk<'s> {
    file: &'s str,
    pages: &'s HashMap<String, String>,
    source: &'s Source<'s>,
    files: BTreeSet<String>,
    jumps: Vec<(usize, String, String)>,
    flaws: Vec<(usize, Flaw)>,
}

impl Desk<'_> {
    fn attend<'a>(&mut self, node: Node<'a>, arena: &'a Arena<'a>) {
        let (value, line) = {
            let ast = node.data.borrow();
            (ast.value.clone(), ast.sourcepos.start.line)
        };
        match value {
            NodeValue::Link(to) => match self.link(&to.url, line) {
                Some(url) => node.data.borrow_mut().value = NodeValue::Link(Box::new(NodeLink { url, ..*to })),
                None => unwrap(node),
            },
            NodeValue::Image(image) => self.picture(node, *image, line, arena),
            NodeValue::HtmlBlock(html) if !html.literal.trim_start().starts_with("<!--") => {
                self.flaws.push((line, Flaw::RawHtml));
            }
            NodeValue::HtmlInline(html) if !html.starts_with("<!--") => self.flaws.push((line, Flaw::RawHtml)),
            _ => {}
        }
    }

    /// Where the link goes in the hub; `None` where it goes nowhere.
    fn link(&mut self, url: &str, line: usize) -> Option<String> {
        match links::sort(self.file, url) {
            Target::Elsewhere => Some(url.to_owned()),
            Target::Here(anchor) => {
                self.jumps.push((line, self.file.to_owned(), anchor.clone()));
                Some(format!("#{anchor}"))
            }
            Target::Page(page, anchor) => {
                let Some(path) = self.pages.get(&page) else {
                    let known = self.source.has(&page);
                    let flaw = if known {
                        Flaw::NotListed(page)
                    } else {
                        Flaw::NoSuchPage(page)
                    };
                    self.flaws.push((line, flaw));
                    return None;
                };
                let address = address(path);
                if anchor.is_empty() {
                    return Some(address);
                }
                let whole = format!("{address}#{anchor}");
                self.jumps.push((line, page, anchor));
                Some(whole)
            }
            Target::File(path) => self.keep(path, line),
            Target::Outside => {
                self.flaws.push((line, Flaw::Outside(url.to_owned())));
                None
            }
            Target::Unsafe(scheme) => {
                self.flaws.push((line, Flaw::UnsafeLink(scheme)));
                None
            }
        }
    }

    fn picture<'a>(&mut self, node: Node<'a>, image: NodeLink, line: usize, arena: &'a Arena<'a>) {
        let kept = match links::picture(self.file, &image.url) {
            Target::File(path) => self.keep(path, line),
            Target::Elsewhere => {
                // The reader's browser is never sent to another host without being asked.
                self.flaws.push((line, Flaw::RemotePicture(image.url.clone())));
                let safe = matches!(links::sort(self.file, &image.url), Target::Elsewhere);
                let within_link = node
                    .ancestors()
                    .skip(1)
                    .any(|above| matches!(above.data.borrow().value, NodeValue::Link(_)));
                if safe && !within_link {
                    if node.first_child().is_none() {
                        let words = NodeValue::Text(image.url.clone().into());
                        node.append(arena.alloc(words.into()));
                    }
                    node.data.borrow_mut().value = NodeValue::Link(Box::new(image));
                } else {
                    unwrap(node);
                }
                return;
            }
            _ => {
                self.flaws.push((line, Flaw::Outside(image.url.clone())));
                None
            }
        };
        match kept {
            Some(url) => node.data.borrow_mut().value = NodeValue::Image(Box::new(NodeLink { url, ..image })),
            None => unwrap(node),
        }
    }

    /// Notes a file that the page needs and gives its address.
    fn keep(&mut self, path: String, line: usize) -> Option<String> {
        if links::media_type(&path).is_none() {
            let known = self.source.has(&path);
            let flaw = if known {
                Flaw::UnknownKind(path)
            } else {
                Flaw::NoSuchFile(path)
            };
            self.flaws.push((line, flaw));
            return None;
        }
        match self.source.read(&path) {
            Ok(_) => {
                let address = format!("/handbook-files/{}", encode(&path));
                self.files.insert(path);
                Some(address)
            }
            Err(unread) => {
                self.flaws.push((line, flaw_of(unread, path)));
                None
            }
        }
    }
}

/// The flaw of a file that could not be read.
pub(super) fn flaw_of(unread: Unread, path: String) -> Flaw {
    match unread {
        Unread::Missing => Flaw::NoSuchFile(path),
        Unread::Outside => Flaw::Outside(path),
        Unread::TooLarge => Flaw::TooLarge(path),
        Unread::Refused => Flaw::Unreadable(path),
    }
}

/// Puts the children of a node into its place.
fn unwrap(node: Node<'_>) {
    let children: Vec<Node<'_>> = node.children().collect();
    for child in children {
        node.insert_before(child);
    }
    node.detach();
}

/// All words below a node.
pub(super) fn plain_text(node: Node<'_>) -> String {
    let mut text = String::new();
    collect_text(node, &mut text);
    text.trim().to_owned()
}

fn collect_text(node: Node<'_>, text: &mut String) {
    for child in node.children() {
        let block = {
            let ast = child.data.borrow();
            match &ast.value {
                NodeValue::Text(words) => text.push_str(words),
                NodeValue::Code(code) => text.push_str(&code.literal),
                NodeValue::CodeBlock(code) => text.push_str(&code.literal),
                NodeValue::SoftBreak | NodeValue::LineBreak => text.push(' '),
                _ => {}
            }
            ast.value.block()
        };
        collect_text(child, text);
        if block && !text.ends_with('\n') {
            text.push('\n');
        }
    }
}

/// Gives headings their anchors and notes the outline while comrak writes the page.
#[derive(Default)]
struct Headings(Mutex<Noted>);

struct Noted {
    anchors: Anchorizer,
    outline: Vec<Heading>,
    all: BTreeSet<String>,
}

impl Default for Noted {
    fn default() -> Self {
        let mut anchors = Anchorizer::new();
        for id in TAKEN {
            anchors.anchorize(id);
        }
        Self {
            anchors,
            outline: Vec::new(),
            all: BTreeSet::new(),
        }
    }
}

impl Headings {
    fn finish(self) -> (Vec<Heading>, BTreeSet<String>) {
        let noted = self.0.into_inner().unwrap_or_else(PoisonError::into_inner);
        (noted.outline, noted.all)
    }
}

impl HeadingAdapter for Headings {
    fn enter(&self, output: &mut dyn Write, heading: &HeadingMeta, _: Option<Sourcepos>) -> fmt::Result {
        let mut noted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut id = noted.anchors.anchorize(heading.content.trim());
        if id.is_empty() {
            id = noted.anchors.anchorize("section");
        }
        noted.all.insert(id.clone());
        if heading.level <= 4 {
            noted.outline.push(Heading {
                level: heading.level,
                id: id.clone(),
                text: heading.content.trim().to_owned(),
            });
        }
        write!(output, "\n<h{} id=\"{}\">", heading.level, escaped(&id))
    }

    fn exit(&self, output: &mut dyn Write, heading: &HeadingMeta) -> fmt::Result {
        writeln!(output, "</h{}>", heading.level)
    }
}
