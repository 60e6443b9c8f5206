//! The handbook as its authors and readers use it, on both databases.
#![allow(clippy::unwrap_used)]

use std::fs;

use chrono_tz::Tz;

use super::{
    Flaw, HandbookError, Hit, PageAudience, Report,
    import::{from_files, from_folder},
    search::search,
    store,
};
use crate::{
    MemberId,
    access::{ActingMember, Actor, Denied},
    db::Db,
    members::{Class, Standing},
    testing::{at, on_each_database},
};

const SMALL: &[(&str, &[u8])] = &[
    (
        "SUMMARY.md",
        b"# Summary\n\n* [Welcome](README.md)\n\n## Spaces\n\n* [Spaces](spaces/README.md)\n  * [Venue spaces](spaces/venues.md)\n  * [For stewards](spaces/keys.md)\n* [commons.hour](hour.md)\n",
    ),
    (
        "README.md",
        b"# Welcome to the commons\n\nStart with the [venues](spaces/venues.md#who-hosts).\n",
    ),
    (
        "spaces/README.md",
        b"Three kinds.\n\n![A house](../img/house.svg)\n\n[Back](../README.md) or [up](../)\n",
    ),
    (
        "spaces/venues.md",
        b"---\ndescription: Where people meet.\n---\n# Venue spaces\n\n## Who hosts\n\nA host holds the space.\n\n{% hint style=\"info\" %}\nHosts **care**.\n{% endhint %}\n\n### Main\n",
    ),
    (
        "spaces/keys.md",
        b"---\naudience: members\n---\nThe cupboard key hangs behind the lighthouse door.\n\n![Key](../img/key.png)\n",
    ),
    ("hour.md", b"Every commons.hour begins at 18:00 UTC with self-care.\n"),
    ("img/house.svg", b"<svg/>"),
    ("img/key.png", b"png"),
    ("secret.txt", b"nobody links here"),
];

fn member() -> Actor {
    Actor::Member(Box::new(ActingMember {
        id: MemberId::generate(),
        handle: "ines".into(),
        name: "Ines".into(),
        class: Class {
            operational: false,
            user: true,
        },
        standing: Standing::Active,
        steward: false,
        circles: Vec::new(),
        time_zone: Tz::UTC,
        locale: String::new(),
    }))
}

async fn import(db: &Db, files: &[(&str, &[u8])]) -> Report {
    let handbook = from_files(files).unwrap();
    store::replace(db, handbook, None, at(2026, 11, 23, 9, 0))
        .await
        .unwrap()
}

fn marked(hits: &[Hit]) -> Vec<String> {
    let runs = hits.iter().flat_map(|hit| &hit.passage);
    runs.filter(|(_, found)| *found)
        .map(|(text, _)| text.to_lowercase())
        .collect()
}

fn html(markdown: &str) -> String {
    let handbook = from_files(&[
        ("SUMMARY.md", b"* [A](a.md)\n* [B](b c.md)\n* [C](<b c.md>)"),
        ("a.md", markdown.as_bytes()),
        ("b c.md", b"b"),
        ("p.svg", b"<svg/>"),
    ]);
    handbook.unwrap().pages.remove(0).html
}

fn flaws(markdown: &str) -> Vec<(usize, Flaw)> {
    let files: &[(&str, &[u8])] = &[
        ("SUMMARY.md", b"* [A](a.md)"),
        ("a.md", markdown.as_bytes()),
        ("x.md", b""),
        ("x.html", b""),
    ];
    let warnings = from_files(files).unwrap().warnings;
    warnings
        .into_iter()
        .map(|warning| (warning.line, warning.flaw))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handbook_is_imported_and_browsed() {
    on_each_database(|db| async move {
        assert!(store::is_empty(db.read()).await.unwrap());
        let report = import(&db, SMALL).await;
        assert_eq!(
            (report.pages, report.files, report.changed, report.removed),
            (5, 2, 5, 0)
        );
        assert_eq!(report.warnings, []);
        assert!(!store::is_empty(db.read()).await.unwrap());

        let tree = store::tree(db.read(), &member()).await.unwrap();
        let rows: Vec<_> = tree
            .iter()
            .map(|p| (p.path.as_str(), p.depth, p.part.as_str()))
            .collect();
        assert_eq!(
            rows,
            [
                ("", 0, ""),
                ("spaces", 0, "Spaces"),
                ("spaces/venues", 1, "Spaces"),
                ("spaces/keys", 1, "Spaces"),
                ("hour", 0, "Spaces")
            ]
        );

        let first = store::page(db.read(), "", &Actor::Anonymous).await.unwrap();
        assert!(first.page.html.starts_with("<h1>Welcome to the commons</h1>"));
        assert!(first.page.html.contains("href=\"/handbook/spaces/venues#who-hosts\""));
        assert_eq!(first.previous, None);

        let venues = store::page(db.read(), "spaces/venues", &Actor::Anonymous)
            .await
            .unwrap();
        assert_eq!(
            venues.crumbs.iter().map(|p| p.title.as_str()).collect::<Vec<_>>(),
            ["Spaces"]
        );
        assert_eq!(venues.previous.unwrap().path, "spaces");
        assert_eq!(venues.next.unwrap().path, "hour", "a guest goes past the members' page");
        assert!(venues.page.html.contains("<p class=\"lead\">Where people meet.</p>"));
        assert!(venues.page.html.contains("markdown-alert-note"));
        let outline: Vec<_> = venues.page.outline.iter().map(|h| (h.level, h.id.as_str())).collect();
        assert_eq!(outline, [(2, "who-hosts"), (3, "main-1")], "the layout keeps #main");

        let spaces = store::page(db.read(), "/spaces/", &Actor::Anonymous).await.unwrap();
        assert!(
            spaces
                .page
                .html
                .contains("<img src=\"/handbook-files/img/house.svg\" alt=\"A house\">")
        );
        assert_eq!(spaces.page.html.matches("href=\"/handbook\"").count(), 2);
        let lost = store::page(db.read(), "nowhere", &member()).await;
        assert!(matches!(lost, Err(HandbookError::NotFound)));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_for_members_is_kept_from_guests() {
    on_each_database(|db| async move {
        import(&db, SMALL).await;
        let (guest, member) = (Actor::Anonymous, member());
        let closed = store::page(db.read(), "spaces/keys", &guest).await;
        assert!(matches!(closed, Err(HandbookError::Denied(Denied::SignIn))));
        assert!(store::page(db.read(), "spaces/keys", &member).await.is_ok());

        let listed = store::tree(db.read(), &guest).await.unwrap();
        assert!(listed.iter().all(|page| page.audience == PageAudience::Public));
        assert_eq!(store::place(db.read(), "spaces/keys", &guest).await.unwrap(), None);
        assert!(store::place(db.read(), "spaces/keys", &member).await.unwrap().is_some());

        assert_eq!(search(db.read(), "lighthouse", &guest).await.unwrap(), []);
        assert_eq!(search(db.read(), "lighthouse", &member).await.unwrap().len(), 1);

        assert!(store::file(db.read(), "img/key.png", &guest).await.unwrap().is_none());
        assert!(
            store::file_etag(db.read(), "img/key.png", &guest)
                .await
                .unwrap()
                .is_none()
        );
        assert!(store::file(db.read(), "img/key.png", &member).await.unwrap().is_some());
        let house = store::file(db.read(), "img/house.svg", &guest).await.unwrap().unwrap();
        assert_eq!(
            (house.media_type.as_str(), house.content.as_slice()),
            ("image/svg+xml", &b"<svg/>"[..])
        );
        assert_eq!(
            store::file_etag(db.read(), "img/house.svg", &guest).await.unwrap(),
            Some(house.etag)
        );
        assert!(store::file(db.read(), "secret.txt", &member).await.unwrap().is_none());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn search_finds_words_and_marks_them() {
    on_each_database(|db| async move {
        import(&db, SMALL).await;
        let found = async |query: &str| search(db.read(), query, &Actor::Anonymous).await.unwrap();

        let hosts = found("host").await;
        assert_eq!(hosts[0].place.path, "spaces/venues");
        assert!(marked(&hosts).contains(&"host".to_owned()));
        let dotted = found("commons.hour").await;
        assert_eq!(dotted[0].place.path, "hour", "a title weighs most");
        assert!(!marked(&dotted).is_empty());
        assert_eq!(found("CARE").await.len(), 2, "in self-care, and in a hint");
        assert_eq!(found("venue hosts").await.len(), 1, "all words");
        assert!(found("zebra").await.is_empty());

        let hostile = [
            "",
            "   ",
            "'",
            "\"",
            "\"unclosed",
            "a' OR 1=1 --",
            "* * *",
            "NEAR(",
            "title:",
            "path:x",
            "-host",
            "(host",
            "host)",
            "host AND",
            "NOT",
            "OR OR",
            "host & | !",
            "a:*",
            "<->",
            "\0",
            "\\",
            "%_",
            "^host",
            "{a b}: c",
            "<script>alert(1)</script>",
            "🜁",
            "ﷺ",
            "\u{202e}host",
            "İ",
            "ß",
        ];
        for query in hostile {
            let hits = search(db.read(), query, &Actor::Anonymous).await;
            assert!(hits.is_ok(), "{query:?}: {hits:?}");
        }
        assert!(
            search(db.read(), &"host ".repeat(5000), &Actor::Anonymous)
                .await
                .is_ok()
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn importing_again_replaces_everything_at_once() {
    on_each_database(|db| async move {
        import(&db, SMALL).await;
        let later = at(2026, 11, 24, 9, 0);
        let mut files = SMALL.to_vec();
        files[0].1 = b"* [Welcome](README.md)\n* [Hour](hour.md)\n";
        files[1].1 = b"# Welcome to the commons\n\nShorter, with a walrus.\n";
        let report = store::replace(&db, from_files(&files).unwrap(), None, later)
            .await
            .unwrap();
        assert_eq!(
            (report.pages, report.files, report.changed, report.removed),
            (2, 0, 2, 3)
        );
        let gone = store::page(db.read(), "spaces/venues", &member()).await;
        assert!(matches!(gone, Err(HandbookError::NotFound)));
        assert!(search(db.read(), "holds", &member()).await.unwrap().is_empty());
        assert_eq!(search(db.read(), "walrus", &member()).await.unwrap().len(), 1);
        assert!(
            store::file(db.read(), "img/house.svg", &member())
                .await
                .unwrap()
                .is_none()
        );

        let again = store::replace(&db, from_files(&files).unwrap(), None, at(2026, 11, 25, 9, 0))
            .await
            .unwrap();
        assert_eq!(again.changed, 0);
        let page = store::page(db.read(), "", &Actor::Anonymous).await.unwrap().page;
        assert_eq!(page.updated_at, later, "the date of the last change");
    })
    .await;
}

#[test]
fn nothing_that_could_run_comes_through() {
    let page = html(
        "<script>alert(1)</script>\n\n[a](javascript:alert(1)) [b](JAVASCRIPT:alert(1)) [c](data:text/html,x)\n\n\
         <img src=x onerror=alert(1)> <iframe src=\"https://x.test\"></iframe>\n\n<svg onload=alert(1)>\n\n\
         ![p](x\" onerror=\"alert(1))\n\n## \"><img src=x onerror=alert(1)>\n\n<!-- -->\n\n\
         [d](vbscript:x) <javascript:alert(1)>\n\n> [!NOTE] <b onclick=x>t</b>\n> words\n",
    );
    for hostile in [
        "<script",
        "\"javascript:",
        "\"JAVASCRIPT:",
        "\"data:",
        "\"vbscript:",
        "<iframe",
        "<svg",
        "<img",
        "<b ",
    ] {
        assert!(!page.contains(hostile), "{hostile} in {page}");
    }
    let title = from_files(&[
        ("SUMMARY.md", b"* [A](a.md)"),
        (
            "a.md",
            b"---\ntitle: <script>x</script>\ndescription: \"<img src=x>\"\n---\nx",
        ),
    ]);
    let page = title.unwrap().pages.remove(0).html;
    assert!(!page.contains("<script") && !page.contains("<img"));
}

#[test]
fn pages_keep_what_markdown_can_say() {
    let page = html("Note.[^1]\n\n[^1]: Small print.\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n- [x] done\n\n![P](p.svg)");
    assert!(page.contains("<table>") && page.contains("<li class=\"task\">☑ done") && page.contains("footnote-ref"));
    assert!(page.contains("/handbook-files/p.svg"));
    assert!(
        html("# One\n\n# Two").contains("<h2 id=\"two\">Two</h2>"),
        "one h1 a page"
    );
    assert!(html("[b](<b c.md>) [b](b%20c.md)").matches("/handbook/b%20c").count() == 2);
    let code = html("```\n{% hint style=\"info\" %}\n```");
    assert!(code.contains("{% hint"));
}

#[test]
fn flaws_name_file_and_line_and_stop_nothing() {
    let page = "---\ntitle: T\n---\nOne [x](x.md)\ntwo [y](y.md)\n\n{% hint style=\"info\" %}\n[up](../../etc/passwd)\n\
                {% endhint %}\n\n![n](n.png) ![far](https://x.test/p.png)\n[h](x.html) [j](#nope)\n<b>raw</b>\n";
    assert_eq!(
        flaws(page),
        [
            (4, Flaw::NotListed("x.md".into())),
            (5, Flaw::NoSuchPage("y.md".into())),
            (8, Flaw::Outside("../../etc/passwd".into())),
            (11, Flaw::NoSuchFile("n.png".into())),
            (11, Flaw::RemotePicture("https://x.test/p.png".into())),
            (12, Flaw::UnknownKind("x.html".into())),
            (12, Flaw::NoSuchHeading("nope".into())),
            (13, Flaw::RawHtml),
        ]
    );
    assert_eq!(
        flaws("---\naudience: friends\n---\nx"),
        [(2, Flaw::UnknownAudience("friends".into()))]
    );
}

#[test]
fn a_page_below_a_members_page_is_for_members_too() {
    let handbook = from_files(&[
        (
            "SUMMARY.md",
            b"* [A](a.md)\n  * [B](b.md)\n  * [C](c.md)\n* [Gone](gone.md)\n  * [D](d.md)",
        ),
        ("a.md", b"---\naudience: members\n---\n"),
        ("b.md", b"b"),
        ("c.md", b"---\naudience: public\n---\n"),
        ("d.md", b"d"),
    ])
    .unwrap();
    let places: Vec<_> = handbook
        .pages
        .iter()
        .map(|p| (p.place.path.as_str(), p.place.audience, p.place.depth))
        .collect();
    assert_eq!(
        places,
        [
            ("", PageAudience::Members, 0),
            ("b", PageAudience::Members, 1),
            ("c", PageAudience::Public, 1),
            ("d", PageAudience::Public, 0),
        ]
    );
    assert_eq!(
        handbook.warnings[0].to_string(),
        "SUMMARY.md:4: there is no page gone.md"
    );
}

#[test]
fn a_folder_is_read_and_nothing_beside_it() {
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("secret.md"), "secret").unwrap();
    fs::write(outside.path().join("secret.svg"), "secret").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    fs::create_dir(root.join("img")).unwrap();
    let list = "* [A](a.md)\n* [Link](link.md)\n* [Up](../secret.md)\n* [Inside](inside.md)\n* [Folder](img.md)\n";
    fs::write(root.join("SUMMARY.md"), list).unwrap();
    fs::write(
        root.join("a.md"),
        "\u{feff}# A\r\n\r\n![s](img/s.svg)\r\n![ok](img/ok.svg)\r\n[p](../../../../etc/passwd)",
    )
    .unwrap();
    fs::write(root.join("img/ok.svg"), "<svg/>").unwrap();
    fs::create_dir(root.join("img.md")).unwrap();
    std::os::unix::fs::symlink(outside.path().join("secret.md"), root.join("link.md")).unwrap();
    std::os::unix::fs::symlink(outside.path().join("secret.svg"), root.join("img/s.svg")).unwrap();
    std::os::unix::fs::symlink(root.join("a.md"), root.join("inside.md")).unwrap();

    let handbook = from_folder(root).unwrap();
    assert_eq!(handbook.pages.len(), 2);
    assert_eq!(handbook.files.keys().collect::<Vec<_>>(), ["img/ok.svg"]);
    let told: Vec<_> = handbook
        .warnings
        .iter()
        .filter(|w| w.file != "inside.md")
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        told,
        [
            "SUMMARY.md:2: link.md is outside the handbook's folder and was not read",
            "SUMMARY.md:3: ../secret.md is outside the handbook's folder and was not read",
            "SUMMARY.md:5: there is no page img.md",
            "a.md:3: img/s.svg is outside the handbook's folder and was not read",
            "a.md:5: ../../../../etc/passwd is outside the handbook's folder and was not read",
        ]
    );
    let text: String = handbook.pages.iter().map(|page| page.html.clone()).collect();
    assert!(!text.contains("secret"));

    assert!(matches!(
        from_folder(&root.join("img")),
        Err(HandbookError::NoSummary(_))
    ));
    assert!(matches!(
        from_folder(&root.join("nowhere")),
        Err(HandbookError::Unreadable(..))
    ));
    assert!(matches!(
        from_files(&[("SUMMARY.md", b"words")]),
        Err(HandbookError::NothingListed)
    ));
}
