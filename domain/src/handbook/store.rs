//! Pages and files of the handbook in the database.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseBackend, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set,
};

use super::{
    HandbookError, Page, PageAudience, PageRef, Reading, Report, StoredFile,
    entity::{file, page},
    import::{Handbook, NewPage},
    may_read, rules, sees_members_pages,
};
use crate::{MemberId, access::Actor, audit, db::Db};

/// Rows of one statement; databases limit how many values it may carry.
const CHUNK: usize = 100;
/// What [`page::Place`] needs.
const PLACE: [page::Column; 6] = [
    page::Column::Path,
    page::Column::Parent,
    page::Column::Depth,
    page::Column::Part,
    page::Column::Title,
    page::Column::Audience,
];

/// Puts a handbook where the old one was, pages, files and search, in one transaction: readers see the old one or the new
/// one. `by` is `None` for the command line.
pub async fn replace(
    db: &Db,
    handbook: Handbook,
    by: Option<MemberId>,
    now: DateTime<Utc>,
) -> Result<Report, HandbookError> {
    let tx = db.begin().await?;
    if db.backend() == DatabaseBackend::Postgres {
        // Two imports at once wait for each other; readers do not wait.
        tx.execute_unprepared("LOCK TABLE handbook_pages IN EXCLUSIVE MODE")
            .await?;
    }
    let before: HashMap<String, page::Model> = page::Entity::find()
        .all(&tx)
        .await?
        .into_iter()
        .map(|row| (row.path.clone(), row))
        .collect();
    page::Entity::delete_many().exec(&tx).await?;
    file::Entity::delete_many().exec(&tx).await?;

    let mut report = Report {
        pages: handbook.pages.len(),
        files: handbook.files.len(),
        removed: before.len(),
        warnings: handbook.warnings,
        ..Report::default()
    };
    let mut rows = Vec::with_capacity(handbook.pages.len());
    for (position, new) in handbook.pages.into_iter().enumerate() {
        let old = before.get(&new.place.path);
        report.removed -= usize::from(old.is_some());
        let row = row(new, position, old, now)?;
        report.changed += usize::from(row.updated_at == now);
        rows.push(row);
    }
    for chunk in rows.chunks(CHUNK) {
        let chunk = chunk.iter().cloned().map(|row| page::ActiveModel {
            path: Set(row.path),
            parent: Set(row.parent),
            position: Set(row.position),
            depth: Set(row.depth),
            part: Set(row.part),
            title: Set(row.title),
            audience: Set(row.audience),
            markdown: Set(row.markdown),
            html: Set(row.html),
            outline: Set(row.outline),
            words: Set(row.words),
            updated_at: Set(row.updated_at),
        });
        page::Entity::insert_many(chunk).exec_without_returning(&tx).await?;
    }
    for (path, new) in handbook.files {
        let row = file::ActiveModel {
            path: Set(path),
            audience: Set(new.audience.as_str().to_owned()),
            media_type: Set(new.media_type),
            etag: Set(new.etag),
            content: Set(new.content),
        };
        file::Entity::insert(row).exec_without_returning(&tx).await?;
    }
    if db.backend() == DatabaseBackend::Sqlite {
        // PostgreSQL keeps its search column itself.
        tx.execute_unprepared("DELETE FROM handbook_search").await?;
        tx.execute_unprepared(
            "INSERT INTO handbook_search (path, title, words) SELECT path, title, words FROM handbook_pages",
        )
        .await?;
    }
    let detail = format!("{} pages, {} files", report.pages, report.files);
    audit::record(&tx, now, by, "handbook.import", "handbook", &detail).await?;
    tx.commit().await?;
    Ok(report)
}

/// The row of a page; it keeps its date where nothing that a reader sees has changed.
fn row(new: NewPage, position: usize, old: Option<&page::Model>, now: DateTime<Utc>) -> Result<page::Model, DbErr> {
    let mut row = page::Model {
        path: new.place.path,
        parent: new.place.parent,
        position: i32::try_from(position).unwrap_or(i32::MAX),
        depth: new.place.depth,
        part: new.place.part,
        title: new.place.title,
        audience: new.place.audience.as_str().to_owned(),
        markdown: new.markdown,
        html: new.html,
        outline: serde_json::to_string(&new.outline).map_err(|e| DbErr::Custom(e.to_string()))?,
        words: new.words,
        updated_at: now,
    };
    if let Some(old) = old
        && old.html == row.html
        && old.title == row.title
        && old.audience == row.audience
    {
        row.updated_at = old.updated_at;
    }
    Ok(row)
}

/// The pages that this reader may see, in reading order. One query.
pub async fn tree(db: &impl ConnectionTrait, actor: &Actor) -> Result<Vec<PageRef>, DbErr> {
    Ok(whole_tree(db)
        .await?
        .into_iter()
        .filter(|place| may_read(place.audience, actor).is_ok())
        .collect())
}

async fn whole_tree(db: &impl ConnectionTrait) -> Result<Vec<PageRef>, DbErr> {
    let rows = page::Entity::find()
        .select_only()
        .columns(PLACE)
        .order_by_asc(page::Column::Position)
        .into_model::<page::Place>()
        .all(db)
        .await?;
    Ok(rows.into_iter().map(PageRef::from).collect())
}

/// A page by its path, with what stands around it; the empty path is the first page. Two queries.
///
/// # Errors
/// [`HandbookError::Denied`] where the page is there and not this reader's, so that the answer can say what would help.
pub async fn page(db: &impl ConnectionTrait, path: &str, actor: &Actor) -> Result<Reading, HandbookError> {
    let path = path.trim_matches('/');
    let mut tree = whole_tree(db).await?;
    let place = tree.iter().find(|place| place.path == path).cloned();
    tree.retain(|place| may_read(place.audience, actor).is_ok());
    let place = match place {
        Some(place) => {
            may_read(place.audience, actor)?;
            place
        }
        None if path.is_empty() => tree.first().cloned().ok_or(HandbookError::NotFound)?,
        None => return Err(HandbookError::NotFound),
    };
    let (html, outline, updated_at): (String, String, DateTime<Utc>) = page::Entity::find_by_id(&place.path)
        .select_only()
        .columns([page::Column::Html, page::Column::Outline, page::Column::UpdatedAt])
        .into_tuple()
        .one(db)
        .await?
        .ok_or(HandbookError::NotFound)?;
    let (previous, next) = rules::neighbours(&place.path, &tree);
    Ok(Reading {
        crumbs: rules::crumbs(&place, &tree),
        previous,
        next,
        tree,
        page: Page {
            outline: serde_json::from_str(&outline).map_err(|e| DbErr::Custom(e.to_string()))?,
            place,
            html,
            updated_at,
        },
    })
}

/// The place of one page, for a link to it from elsewhere in the hub; `None` where it is gone or not this reader's.
pub async fn place(db: &impl ConnectionTrait, path: &str, actor: &Actor) -> Result<Option<PageRef>, DbErr> {
    let row = page::Entity::find_by_id(path.trim_matches('/'))
        .select_only()
        .columns(PLACE)
        .into_model::<page::Place>()
        .one(db)
        .await?;
    Ok(row
        .map(PageRef::from)
        .filter(|place| may_read(place.audience, actor).is_ok()))
}

/// Whether no handbook has been imported yet.
pub async fn is_empty(db: &impl ConnectionTrait) -> Result<bool, DbErr> {
    let first: Option<String> = page::Entity::find()
        .select_only()
        .column(page::Column::Path)
        .into_tuple()
        .one(db)
        .await?;
    Ok(first.is_none())
}

/// The fingerprint of a file, without its content, to answer a browser that has it already.
pub async fn file_etag(db: &impl ConnectionTrait, path: &str, actor: &Actor) -> Result<Option<String>, DbErr> {
    visible_file(path, actor)
        .select_only()
        .column(file::Column::Etag)
        .into_tuple()
        .one(db)
        .await
}

/// A picture or other file; `None` where it is not there or not this reader's.
pub async fn file(db: &impl ConnectionTrait, path: &str, actor: &Actor) -> Result<Option<StoredFile>, DbErr> {
    Ok(visible_file(path, actor).one(db).await?.map(StoredFile::from))
}

fn visible_file(path: &str, actor: &Actor) -> sea_orm::Select<file::Entity> {
    let found = file::Entity::find_by_id(path);
    if sees_members_pages(actor) {
        found
    } else {
        found.filter(file::Column::Audience.eq(PageAudience::Public.as_str()))
    }
}
