//! `make bench`: starts the release build on a demo database of its own and prints what it reaches, whatever that is.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation
)]
#![allow(clippy::cast_sign_loss, clippy::disallowed_methods, missing_docs)]

mod http;
mod load;
mod people;
mod program;
mod tokens;

use std::{path::Path, time::Duration};

use http::Browser;
use load::Rate;
use program::Program;

/// Connections at a time, about twice what keeps a small machine busy.
const CONNECTIONS: usize = 16;
/// A header of a request, as it is sent.
const BROTLI: &str = "accept-encoding: br\r\n";
const WARM_UP: Duration = Duration::from_secs(1);
const MEASURED: Duration = Duration::from_secs(5);

#[tokio::main]
async fn main() {
    let folder = tempfile::tempdir().unwrap();
    let sqlite = format!("sqlite://{}/hub.sqlite", folder.path().display());
    let program = Program::start(&sqlite).await;
    println!(
        "first answer after start   {:>9.0} ms",
        program.first_answer.as_secs_f64() * 1000.0
    );
    println!("memory at rest             {:>9.1} MB\n", program.memory().0);

    let home = load::once(program.address, "/").await;
    let css = between(&home, "href=\"/pkg/", "\"")
        .map(|name| format!("/pkg/{name}"))
        .unwrap();
    let programme = load::once(program.address, "/programme").await;
    let sessions = programme.matches("href=\"/sessions/").count();
    println!(
        "{CONNECTIONS} connections, {} s each, generator on the same machine",
        MEASURED.as_secs()
    );
    println!("                              requests/s     p50 ms     p99 ms     bytes  of static");
    let plain = measure(&program, "static file (styles)", &css, "", None).await;
    let own = Some(plain.per_second);
    measure(
        &program,
        &format!("programme, {sessions} links to sessions"),
        "/programme",
        "",
        own,
    )
    .await;
    measure(&program, "handbook page", "/handbook", "", own).await;
    measure(&program, "home page", "/", "", own).await;
    println!("  the same for a reader who is signed in: made anew each time");
    let reader = Browser::signed_in(program.address, "amara")
        .await
        .unwrap()
        .cookie_header();
    measure(&program, "programme", "/programme", &reader, own).await;
    measure(&program, "handbook page", "/handbook", &reader, own).await;
    measure(&program, "home page", "/", &reader, own).await;
    println!("  the same as the first, compressed (brotli; files beforehand, pages on the fly)");
    let packed = measure(&program, "static file (styles)", &css, BROTLI, None).await;
    let own = Some(packed.per_second);
    measure(&program, "programme", "/programme", BROTLI, own).await;
    measure(&program, "handbook page", "/handbook", BROTLI, own).await;
    let (now, most) = program.memory();
    println!("\nmemory after that          {now:>9.1} MB (most {most:.1} MB)\n");
    let people = people::measure(&program, "SQLite").await;
    tokens::measure(&program, people, "SQLite").await;
    drop(program);
    // `scripts/with-postgres` starts an empty one.
    if let Ok(server) = std::env::var("HUB_TEST_POSTGRES") {
        let program = Program::start(&format!("{server}/postgres")).await;
        let people = people::measure(&program, "PostgreSQL").await;
        tokens::measure(&program, people, "PostgreSQL").await;
    }
    sizes(Path::new("target/site"));
}

async fn measure(program: &Program, name: &str, path: &str, headers: &str, of: Option<f64>) -> Rate {
    load::run(program.address, path, headers, CONNECTIONS, WARM_UP).await;
    let rate = load::run(program.address, path, headers, CONNECTIONS, MEASURED).await;
    let ratio = of
        .map(|of| format!("{:>8.0} %", rate.per_second / of * 100.0))
        .unwrap_or_default();
    println!(
        "{name:<30}{:>10.0} {:>10.2} {:>10.2} {:>9}{ratio}",
        rate.per_second, rate.median_ms, rate.p99_ms, rate.bytes
    );
    rate
}

fn between<'t>(text: &'t str, before: &str, after: &str) -> Option<&'t str> {
    text.split_once(before)?.1.split_once(after).map(|(found, _)| found)
}

/// What a browser fetches, as it travels.
fn sizes(site: &Path) {
    let mut total = 0;
    println!("bytes as brotli");
    for (kind, folder, ending) in [
        ("wasm", "pkg", ".wasm.br"),
        ("script", "pkg", ".js.br"),
        ("styles", "pkg", ".css.br"),
        ("fonts (as they are)", "fonts", ".woff2"),
    ] {
        let files = std::fs::read_dir(site.join(folder)).into_iter().flatten().flatten();
        let bytes: u64 = files
            .filter(|file| file.file_name().to_string_lossy().ends_with(ending))
            .map(|file| file.metadata().unwrap().len())
            .sum();
        println!("{kind:<24} {bytes:>11}");
        if folder == "pkg" && kind != "styles" {
            total += bytes;
        }
    }
    println!("{:<24} {total:>11}", "wasm and script");
}
