//! The catalogue of tools in the database.

use sea_orm::{ActiveModelTrait, ConnectionTrait, DbErr, FromQueryResult, QueryResult, Set, Statement};
use uuid::Uuid;

use super::{NewTool, Tool, ToolError, checked, entity};
use crate::{CircleId, ToolId, access::Audience, circles::Circle, db::violates};

/// All tools in the order of the catalogue, each with its circle and the circle that looks after it. One query.
pub async fn list(db: &impl ConnectionTrait) -> Result<Vec<Tool>, DbErr> {
    let statement = Statement::from_string(
        db.get_database_backend(),
        "SELECT t.id, t.slug, t.name, t.purpose, t.software, t.licence, t.source_link, t.link, t.audience,
            c.id AS circle_id, c.slug AS circle_slug, c.name AS circle_name, c.purpose AS circle_purpose,
            k.id AS keeper_id, k.slug AS keeper_slug, k.name AS keeper_name, k.purpose AS keeper_purpose
         FROM tools t
         LEFT JOIN circles c ON c.id = t.circle_id
         LEFT JOIN circles k ON k.id = t.caretaker_circle_id
         ORDER BY t.position, t.name, t.id",
    );
    db.query_all_raw(statement).await?.iter().map(tool).collect()
}

/// Puts a tool into the catalogue.
pub async fn insert(db: &impl ConnectionTrait, new: NewTool) -> Result<ToolId, ToolError> {
    let new = checked(new)?;
    let id = ToolId::generate();
    let row = entity::ActiveModel {
        id: Set(id.0),
        slug: Set(new.slug),
        name: Set(new.name),
        purpose: Set(new.purpose),
        software: Set(new.software),
        licence: Set(new.licence),
        source_link: Set(new.source_link),
        link: Set(new.link),
        audience: Set(new.audience.as_str().to_owned()),
        circle_id: Set(new.audience.circle().map(|circle| circle.0)),
        caretaker_circle_id: Set(new.caretaker.map(|circle| circle.0)),
        position: Set(new.position),
    };
    row.insert(db).await.map_err(|error| {
        // `PostgreSQL` names the constraint, `SQLite` the column.
        if violates(&error, "tools_slug_key") || violates(&error, "tools.slug") {
            ToolError::SlugTaken
        } else {
            ToolError::Db(error)
        }
    })?;
    Ok(id)
}

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    slug: String,
    name: String,
    purpose: String,
    software: String,
    licence: String,
    source_link: String,
    link: String,
    audience: String,
}

fn tool(result: &QueryResult) -> Result<Tool, DbErr> {
    let row = Row::from_query_result(result, "")?;
    let circle = circle(result, "circle_")?;
    let audience = Audience::read(&row.audience, circle.as_ref().map(|circle| circle.id))
        .ok_or_else(|| DbErr::Custom(format!("tool {} has the audience {}", row.slug, row.audience)))?;
    Ok(Tool {
        id: ToolId(row.id),
        slug: row.slug,
        name: row.name,
        purpose: row.purpose,
        software: row.software,
        licence: row.licence,
        source_link: row.source_link,
        link: row.link,
        audience,
        circle,
        caretaker: self::circle(result, "keeper_")?,
    })
}

fn circle(row: &QueryResult, prefix: &str) -> Result<Option<Circle>, DbErr> {
    let Some(id) = row.try_get::<Option<Uuid>>(prefix, "id")? else {
        return Ok(None);
    };
    Ok(Some(Circle {
        id: CircleId(id),
        slug: row.try_get(prefix, "slug")?,
        name: row.try_get(prefix, "name")?,
        purpose: row.try_get(prefix, "purpose")?,
    }))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use chrono_tz::Tz;
    use sea_orm::{ConnectionTrait, Statement};

    use super::{insert, list};
    use crate::{
        CircleId, MemberId,
        access::{ActingMember, Actor, Audience, Denied},
        circles::CircleRole,
        members::{Class, Standing},
        testing::on_each_database,
        tools::{NewTool, ToolError, may_use},
    };

    fn new(slug: &str, audience: Audience, caretaker: Option<CircleId>, position: i32) -> NewTool {
        NewTool {
            slug: slug.into(),
            name: slug.to_uppercase(),
            purpose: "To meet".into(),
            software: "BigBlueButton".into(),
            licence: "LGPL-3.0-only".into(),
            source_link: "https://example.org/source".into(),
            link: "https://rooms.alder.example".into(),
            audience,
            caretaker,
            position,
        }
    }

    fn person(standing: Standing, circles: Vec<CircleId>) -> Actor {
        Actor::Member(Box::new(ActingMember {
            id: MemberId::generate(),
            handle: "ines".into(),
            name: "Ines".into(),
            class: Class {
                operational: !circles.is_empty(),
                user: true,
            },
            standing,
            steward: false,
            circles: circles.into_iter().map(|circle| (circle, CircleRole::Member)).collect(),
            time_zone: Tz::UTC,
            locale: String::new(),
        }))
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn the_catalogue_knows_circles_and_who_may_use_what() {
        on_each_database(|db| async move {
            let (tech, care) = (CircleId::generate(), CircleId::generate());
            let tx = db.begin().await.unwrap();
            for (id, slug) in [(tech, "tech"), (care, "care")] {
                let circle = "INSERT INTO circles (id, slug, name, purpose, created_at) VALUES ($1, $2, $2, '', $3)";
                let values = [id.0.into(), slug.into(), crate::testing::at(2026, 1, 1, 0, 0).into()];
                tx.execute_raw(Statement::from_sql_and_values(db.backend(), circle, values))
                    .await
                    .unwrap();
            }
            insert(&tx, new("rooms", Audience::Circle(tech), Some(care), 1))
                .await
                .unwrap();
            insert(&tx, new("pads", Audience::Everybody, None, 0)).await.unwrap();
            tx.commit().await.unwrap();

            let tools = list(db.read()).await.unwrap();
            assert_eq!(
                tools.iter().map(|tool| tool.slug.as_str()).collect::<Vec<_>>(),
                ["pads", "rooms"]
            );
            let (pads, rooms) = (&tools[0], &tools[1]);
            assert_eq!(pads.caretaker, None);
            assert_eq!(rooms.circle.as_ref().map(|circle| circle.slug.as_str()), Some("tech"));
            assert_eq!(
                rooms.caretaker.as_ref().map(|circle| circle.slug.as_str()),
                Some("care")
            );

            assert_eq!(may_use(pads, &Actor::Anonymous), Ok(()));
            assert_eq!(may_use(rooms, &Actor::Anonymous), Err(Denied::SignIn));
            assert_eq!(
                may_use(rooms, &person(Standing::Active, vec![care])),
                Err(Denied::CircleOnly)
            );
            assert_eq!(
                may_use(rooms, &person(Standing::Lapsed, vec![tech])),
                Err(Denied::NotActive)
            );
            assert_eq!(may_use(rooms, &person(Standing::Active, vec![tech])), Ok(()));
        })
        .await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_tool_has_an_address_of_its_own_and_a_safe_link() {
        on_each_database(|db| async move {
            let tx = db.begin().await.unwrap();
            let mut hostile = new("pads", Audience::Members, None, 0);
            hostile.link = "javascript:alert(1)".into();
            assert!(matches!(insert(&tx, hostile).await, Err(ToolError::BadLink)));
            insert(&tx, new("pads", Audience::Members, None, 0)).await.unwrap();
            let twice = insert(&tx, new("pads", Audience::Members, None, 0)).await;
            assert!(matches!(twice, Err(ToolError::SlugTaken)), "{twice:?}");
        })
        .await;
    }
}
