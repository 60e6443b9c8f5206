//! Full-text search: FTS5 on `SQLite`, `tsvector` on `PostgreSQL`, behind one function.

use sea_orm::{ConnectionTrait, DatabaseBackend, DbErr, FromQueryResult, Statement};

use super::{Hit, PageRef, entity::page::Place, rules, sees_members_pages};
use crate::access::Actor;

/// Characters that stand around a found word on the way from the database; the import keeps them out of every page.
const BEGIN: char = '\u{2}';
const END: char = '\u{3}';
/// How many pages one search shows.
pub const MOST: u64 = 30;

/// Pages with all the words of the query, each word taken as the beginning of one, the best first. Whatever is typed, it
/// is words and nothing else; without any, nothing is found. One query.
pub async fn search(db: &impl ConnectionTrait, query: &str, actor: &Actor) -> Result<Vec<Hit>, DbErr> {
    let words = rules::words(query);
    if words.is_empty() {
        return Ok(Vec::new());
    }
    let audience = if sees_members_pages(actor) { "members" } else { "public" };
    let backend = db.get_database_backend();
    let statement = match backend {
        DatabaseBackend::Postgres => Statement::from_sql_and_values(
            backend,
            "SELECT path, parent, depth, part, title, audience,
                ts_headline('simple', words, to_tsquery('simple', $2), $3) AS passage
             FROM (
                SELECT path, parent, depth, part, title, audience, words, position,
                    ts_rank(search, to_tsquery('simple', $1)) AS rank
                FROM handbook_pages
                WHERE search @@ to_tsquery('simple', $1) AND audience IN ('public', $4)
                ORDER BY rank DESC, position LIMIT $5
             ) AS found
             ORDER BY rank DESC, position",
            [
                prefixes(&words, " & ").into(),
                // A passage may hold one of several words only.
                prefixes(&words, " | ").into(),
                format!("StartSel={BEGIN}, StopSel={END}, MaxWords=34, MinWords=18, MaxFragments=0").into(),
                audience.into(),
                i64::try_from(MOST).unwrap_or(30).into(),
            ],
        ),
        _ => Statement::from_sql_and_values(
            backend,
            "SELECT p.path, p.parent, p.depth, p.part, p.title, p.audience,
                snippet(handbook_search, 2, $2, $3, '…', 30) AS passage
             FROM handbook_search JOIN handbook_pages p ON p.path = handbook_search.path
             WHERE handbook_search MATCH $1 AND p.audience IN ('public', $4)
             ORDER BY bm25(handbook_search, 0.0, 8.0, 1.0), p.position LIMIT $5",
            [
                words
                    .iter()
                    .map(|word| format!("\"{word}\"*"))
                    .collect::<Vec<_>>()
                    .join(" ")
                    .into(),
                BEGIN.to_string().into(),
                END.to_string().into(),
                audience.into(),
                i64::try_from(MOST).unwrap_or(30).into(),
            ],
        ),
    };
    let mut hits = Vec::new();
    for row in db.query_all_raw(statement).await? {
        hits.push(Hit {
            place: PageRef::from(Place::from_query_result(&row, "")?),
            passage: runs(&row.try_get::<String>("", "passage")?),
        });
    }
    Ok(hits)
}

fn prefixes(words: &[String], operator: &str) -> String {
    let words: Vec<String> = words.iter().map(|word| format!("'{word}':*")).collect();
    words.join(operator)
}

/// A passage as runs of text, the found ones marked. Lines, which are blocks of the page, are set apart by a dot.
fn runs(passage: &str) -> Vec<(String, bool)> {
    let mut runs: Vec<(String, bool)> = Vec::new();
    let mut push = |text: &str, found: bool| {
        let text = text.replace('\n', " · ");
        if !text.is_empty() {
            runs.push((text, found));
        }
    };
    let mut rest = passage.trim();
    while let Some((before, found)) = rest.split_once(BEGIN) {
        let (found, after) = found.split_once(END).unwrap_or((found, ""));
        push(before, false);
        push(found, true);
        rest = after;
    }
    push(rest, false);
    runs
}

#[cfg(test)]
mod tests {
    use super::runs;

    #[test]
    fn a_passage_is_cut_into_runs() {
        let run = |text: &str, found| (text.to_owned(), found);
        assert_eq!(
            runs("A \u{2}host\u{3} answers\nfor care"),
            [run("A ", false), run("host", true), run(" answers · for care", false)]
        );
        assert_eq!(runs(""), []);
    }
}
