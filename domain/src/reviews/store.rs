//! Reviews in the database.

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult, Statement, Value};
use uuid::Uuid;

use super::{Item, Kind, Proposal, Review, ReviewError, may_answer, may_decide};
use crate::{
    CircleId,
    access::Actor,
    audit,
    circles::{self, Circle},
    db::Db,
};

fn sql(db: &impl ConnectionTrait, text: &str, values: impl IntoIterator<Item = Value>) -> Statement {
    Statement::from_sql_and_values(db.get_database_backend(), text, values)
}

/// What a circle answers for: the tools it looks after or that are open to it, and its people.
const ANSWERS_FOR: [(Kind, &str); 2] = [
    (
        Kind::Tool,
        "SELECT id FROM tools WHERE caretaker_circle_id = $1 OR circle_id = $1",
    ),
    (
        Kind::Person,
        "SELECT m.id FROM circle_members c JOIN members m ON m.id = c.member_id
         WHERE c.circle_id = $1 AND m.standing <> 'left'",
    ),
];

#[derive(FromQueryResult)]
struct Subject {
    id: Uuid,
}

/// Opens a review for each circle whose last one began long enough ago, and ends those that are out of time. Says how many
/// were opened.
pub async fn come_round(
    db: &Db,
    now: DateTime<Utc>,
    every: TimeDelta,
    answer_within: TimeDelta,
) -> Result<usize, DbErr> {
    let tx = db.begin().await?;
    tx.execute_raw(sql(
        &tx,
        "UPDATE access_reviews SET closed_at = $1 WHERE closed_at IS NULL AND due_at <= $1",
        [now.into()],
    ))
    .await?;
    let mut opened = 0;
    for circle in circles::store::all(&tx).await? {
        let recent = tx
            .query_one_raw(sql(
                &tx,
                "SELECT 1 AS one FROM access_reviews WHERE circle_id = $1 AND (closed_at IS NULL OR opened_at > $2) LIMIT 1",
                [circle.id.0.into(), (now - every).into()],
            ))
            .await?;
        if recent.is_none() {
            opened += usize::from(open(&tx, now, circle.id, answer_within).await?);
        }
    }
    tx.commit().await?;
    Ok(opened)
}

/// Opens a review; false where the circle answers for nothing.
async fn open(
    tx: &impl ConnectionTrait,
    now: DateTime<Utc>,
    circle: CircleId,
    answer_within: TimeDelta,
) -> Result<bool, DbErr> {
    let mut subjects = Vec::new();
    for (kind, text) in ANSWERS_FOR {
        let found = Subject::find_by_statement(sql(tx, text, [circle.0.into()]))
            .all(tx)
            .await?;
        subjects.extend(found.into_iter().map(|subject| (kind, subject.id)));
    }
    if subjects.is_empty() {
        return Ok(false);
    }
    let id = Uuid::now_v7();
    tx.execute_raw(sql(
        tx,
        "INSERT INTO access_reviews (id, circle_id, opened_at, due_at) VALUES ($1, $2, $3, $4)",
        [id.into(), circle.0.into(), now.into(), (now + answer_within).into()],
    ))
    .await?;
    for (kind, subject) in subjects {
        tx.execute_raw(sql(
            tx,
            "INSERT INTO access_review_items (review_id, kind, subject_id) VALUES ($1, $2, $3)",
            [id.into(), kind.as_str().into(), subject.into()],
        ))
        .await?;
    }
    Ok(true)
}

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    opened_at: DateTime<Utc>,
    due_at: DateTime<Utc>,
    closed_at: Option<DateTime<Utc>>,
}

/// The latest review of a circle, with its questions.
pub async fn latest(db: &impl ConnectionTrait, circle: Circle) -> Result<Option<Review>, DbErr> {
    let row = Row::find_by_statement(sql(
        db,
        "SELECT id, opened_at, due_at, closed_at FROM access_reviews WHERE circle_id = $1 ORDER BY opened_at DESC LIMIT 1",
        [circle.id.0.into()],
    ))
    .one(db)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let items = ItemRow::find_by_statement(sql(
        db,
        &format!("{ITEMS} WHERE i.review_id = $1 {ORDER}"),
        [row.id.into()],
    ))
    .all(db)
    .await?;
    Ok(Some(Review {
        id: row.id,
        circle,
        opened_at: row.opened_at,
        due_at: row.due_at,
        closed_at: row.closed_at,
        items: items.into_iter().filter_map(ItemRow::item).collect(),
    }))
}

const ITEMS: &str = "SELECT i.review_id, r.circle_id, r.closed_at, i.kind, i.subject_id, i.answer,
        COALESCE(t.name, m.name) AS name, COALESCE(t.slug, m.handle) AS slug
     FROM access_review_items i
     JOIN access_reviews r ON r.id = i.review_id
     LEFT JOIN tools t ON i.kind = 'tool' AND t.id = i.subject_id
     LEFT JOIN members m ON i.kind = 'person' AND m.id = i.subject_id";
const ORDER: &str = "ORDER BY i.kind DESC, COALESCE(t.name, m.sort_key), i.subject_id";

#[derive(FromQueryResult)]
struct ItemRow {
    review_id: Uuid,
    circle_id: Uuid,
    closed_at: Option<DateTime<Utc>>,
    kind: String,
    subject_id: Uuid,
    answer: Option<String>,
    name: Option<String>,
    slug: Option<String>,
}

impl ItemRow {
    fn item(self) -> Option<Item> {
        Some(Item {
            kind: Kind::read(&self.kind)?,
            subject: self.subject_id,
            name: self.name?,
            slug: self.slug?,
            keep: self.answer.map(|answer| answer == "keep"),
        })
    }
}

/// Answers questions of the review that is open: each with its kind, its subject, and whether it stays.
pub async fn answer(
    db: &Db,
    actor: &Actor,
    circle: CircleId,
    answers: &[(Kind, Uuid, bool)],
    finish: bool,
    now: DateTime<Utc>,
) -> Result<(), ReviewError> {
    let by = may_answer(actor, circle)?.id;
    let tx = db.begin().await?;
    let open = tx
        .query_one_raw(sql(
            &tx,
            "SELECT id FROM access_reviews WHERE circle_id = $1 AND closed_at IS NULL AND due_at > $2",
            [circle.0.into(), now.into()],
        ))
        .await?
        .ok_or(ReviewError::NotFound)?;
    let review: Uuid = open.try_get("", "id")?;
    for (kind, subject, keep) in answers {
        let answered = tx
            .execute_raw(sql(
                &tx,
                "UPDATE access_review_items SET answer = $1, answered_by = $2, answered_at = $3
                 WHERE review_id = $4 AND kind = $5 AND subject_id = $6",
                [
                    (if *keep { "keep" } else { "remove" }).into(),
                    by.0.into(),
                    now.into(),
                    review.into(),
                    kind.as_str().into(),
                    (*subject).into(),
                ],
            ))
            .await?;
        if answered.rows_affected() == 0 {
            return Err(ReviewError::NotFound);
        }
    }
    if finish {
        tx.execute_raw(sql(
            &tx,
            "UPDATE access_reviews SET closed_at = $1, closed_by = $2 WHERE id = $3",
            [now.into(), by.0.into(), review.into()],
        ))
        .await?;
        audit::record(&tx, now, Some(by), "review.finish", &circle.to_string(), "").await?;
    }
    tx.commit().await?;
    Ok(())
}

/// What was not confirmed in reviews that have ended, and is still there, the oldest first.
pub async fn proposals(db: &impl ConnectionTrait) -> Result<Vec<Proposal>, DbErr> {
    let text = format!(
        "{ITEMS} WHERE r.closed_at IS NOT NULL AND i.decided_at IS NULL AND (i.answer IS NULL OR i.answer = 'remove')
            AND (i.kind = 'tool' OR EXISTS (
                SELECT 1 FROM circle_members c WHERE c.circle_id = r.circle_id AND c.member_id = i.subject_id))
         ORDER BY r.closed_at, i.kind DESC, i.subject_id"
    );
    let rows = ItemRow::find_by_statement(sql(db, &text, [])).all(db).await?;
    let ids: Vec<CircleId> = rows.iter().map(|row| CircleId(row.circle_id)).collect();
    let circles = circles::store::by_ids(db, &ids).await?;
    Ok(rows
        .into_iter()
        .filter_map(|row| {
            Some(Proposal {
                review: row.review_id,
                circle: circles.get(&CircleId(row.circle_id))?.clone(),
                closed_at: row.closed_at?,
                item: row.item()?,
            })
        })
        .collect())
}

/// A steward decides on a proposal: what goes leaves the circle (a person), or loses the circle that looks after it and its
/// door (a tool); what stays is not asked about again until the next review.
pub async fn decide(
    db: &Db,
    actor: &Actor,
    review: Uuid,
    kind: Kind,
    subject: Uuid,
    goes: bool,
    now: DateTime<Utc>,
) -> Result<(), ReviewError> {
    let by = may_decide(actor)?.id;
    let tx = db.begin().await?;
    let proposal = proposals(&tx)
        .await?
        .into_iter()
        .find(|proposal| proposal.review == review && proposal.item.kind == kind && proposal.item.subject == subject);
    let proposal = proposal.ok_or(ReviewError::NotFound)?;
    tx.execute_raw(sql(
        &tx,
        "UPDATE access_review_items SET decided_at = $1, decided_by = $2 WHERE review_id = $3 AND kind = $4 AND subject_id = $5",
        [now.into(), by.0.into(), review.into(), kind.as_str().into(), subject.into()],
    ))
    .await?;
    if goes {
        match kind {
            Kind::Person => {
                tx.execute_raw(sql(
                    &tx,
                    "DELETE FROM circle_members WHERE circle_id = $1 AND member_id = $2",
                    [proposal.circle.id.0.into(), subject.into()],
                ))
                .await?;
            }
            Kind::Tool => {
                tx.execute_raw(sql(
                    &tx,
                    "UPDATE tools SET caretaker_circle_id = NULL WHERE id = $1 AND caretaker_circle_id = $2",
                    [subject.into(), proposal.circle.id.0.into()],
                ))
                .await?;
                tx.execute_raw(sql(
                    &tx,
                    "UPDATE provider_clients SET disabled_at = $1 WHERE tool_id = $2 AND disabled_at IS NULL",
                    [now.into(), subject.into()],
                ))
                .await?;
            }
        }
    }
    let act = if goes { "review.remove" } else { "review.keep" };
    let detail = format!("{} of {}", kind.as_str(), proposal.circle.slug);
    audit::record(&tx, now, Some(by), act, &proposal.item.slug, &detail).await?;
    tx.commit().await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::{
        access::{ActingMember, Denied},
        circles::CircleRole,
        testing::{self, at, make_member, on_each_database},
    };

    async fn run(db: &Db, text: &str, values: Vec<Value>) {
        let tx = db.begin().await.unwrap();
        tx.execute_raw(sql(&tx, text, values)).await.unwrap();
        tx.commit().await.unwrap();
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn what_a_circle_does_not_confirm_is_proposed_and_a_steward_decides() {
        on_each_database(|db| async move {
            let now = at(2026, 11, 23, 9, 0);
            let (half_a_year, month) = (TimeDelta::days(180), TimeDelta::days(30));
            let tech = CircleId::generate();
            run(
                &db,
                "INSERT INTO circles (id, slug, name, created_at) VALUES ($1, 'tech', 'Tech', $2)",
                vec![tech.0.into(), now.into()],
            )
            .await;
            assert_eq!(
                come_round(&db, now, half_a_year, month).await.unwrap(),
                0,
                "it answers for nothing"
            );
            let (ama, bo) = (make_member(&db, "ama").await, make_member(&db, "bo").await);
            for (member, role) in [(ama, CircleRole::Convenor), (bo, CircleRole::Member)] {
                run(
                    &db,
                    "INSERT INTO circle_members (circle_id, member_id, role, since) VALUES ($1, $2, $3, $4)",
                    vec![tech.0.into(), member.0.into(), role.as_str().into(), now.into()],
                )
                .await;
            }
            let pads = Uuid::now_v7();
            run(
                &db,
                "INSERT INTO tools (id, slug, name, purpose, software, licence, link, audience, caretaker_circle_id)
                 VALUES ($1, 'pads', 'Pads', '', 'Etherpad', 'Apache-2.0', 'https://pads.example', 'members', $2)",
                vec![pads.into(), tech.0.into()],
            )
            .await;
            assert_eq!(come_round(&db, now, half_a_year, month).await.unwrap(), 1);
            assert_eq!(
                come_round(&db, now, half_a_year, month).await.unwrap(),
                0,
                "one at a time"
            );
            let circle = circles::store::by_slug(db.read(), "tech").await.unwrap().unwrap();
            let review = latest(db.read(), circle.clone()).await.unwrap().unwrap();
            let names: Vec<_> = review
                .items
                .iter()
                .map(|item| (item.kind, item.slug.as_str()))
                .collect();
            assert_eq!(
                names,
                [(Kind::Tool, "pads"), (Kind::Person, "ama"), (Kind::Person, "bo")]
            );

            let person = |id, role| {
                let circles = vec![(tech, role)];
                Actor::Member(Box::new(ActingMember {
                    id,
                    circles,
                    ..testing::member("x")
                }))
            };
            let not_his = answer(&db, &person(bo, CircleRole::Member), tech, &[], false, now).await;
            assert!(matches!(not_his, Err(ReviewError::Denied(Denied::CircleRoleOnly))));
            let convenor = person(ama, CircleRole::Convenor);
            let answers = [(Kind::Person, ama.0, true), (Kind::Person, bo.0, false)];
            answer(&db, &convenor, tech, &answers, false, now).await.unwrap();
            let foreign = answer(
                &db,
                &convenor,
                tech,
                &[(Kind::Person, Uuid::now_v7(), true)],
                false,
                now,
            )
            .await;
            assert!(matches!(foreign, Err(ReviewError::NotFound)));
            assert!(proposals(db.read()).await.unwrap().is_empty(), "not before it ends");

            let over = now + month;
            come_round(&db, over, half_a_year, month).await.unwrap();
            let late = answer(&db, &convenor, tech, &[], true, over).await;
            assert!(matches!(late, Err(ReviewError::NotFound)));
            let proposed = proposals(db.read()).await.unwrap();
            let names: Vec<_> = proposed.iter().map(|p| p.item.slug.as_str()).collect();
            assert_eq!(names, ["pads", "bo"], "unanswered, or answered with no");

            let mut ada = testing::member("ada");
            ada.id = ama;
            ada.steward = true;
            let steward = Actor::Member(Box::new(ada));
            let denied = decide(&db, &convenor, review.id, Kind::Person, bo.0, true, over).await;
            assert!(matches!(denied, Err(ReviewError::Denied(Denied::StewardsOnly))));
            decide(&db, &steward, review.id, Kind::Person, bo.0, true, over)
                .await
                .unwrap();
            decide(&db, &steward, review.id, Kind::Tool, pads, false, over)
                .await
                .unwrap();
            let twice = decide(&db, &steward, review.id, Kind::Tool, pads, true, over).await;
            assert!(matches!(twice, Err(ReviewError::NotFound)));
            assert!(proposals(db.read()).await.unwrap().is_empty());
            assert_eq!(circles::store::roles_of(db.read(), bo).await.unwrap(), []);
            let next = now + half_a_year;
            assert_eq!(
                come_round(&db, next, half_a_year, month).await.unwrap(),
                1,
                "and round again"
            );
        })
        .await;
    }
}
