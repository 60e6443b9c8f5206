//! What circles and stewards do in a review.

use domain::{
    circles,
    reviews::{Kind, ReviewError, store},
};
use leptos::prelude::*;
use uuid::Uuid;

use crate::{
    ctx::Ctx,
    forms::{Done, Failed, Form, act},
    page::encode,
};

const PROPOSALS: &str = "/circles/review";

fn page_of(circle: &str) -> String {
    format!("/circles/{}/review", encode(circle))
}

fn subject(kind: &str, subject: &str) -> Result<(Kind, Uuid), ReviewError> {
    Kind::read(kind).zip(subject.parse().ok()).ok_or(ReviewError::NotFound)
}

/// Answers one question of a review.
#[server(prefix = "/do", endpoint = "reviews/answer")]
pub async fn answer_review(
    #[server(default)] circle: String,
    #[server(default)] kind: String,
    #[server(default)] subject: String,
    #[server(default)] keep: String,
) -> Result<(), ServerFnError> {
    act(Form::new("review", &page_of(&circle)), async |cx: Ctx| {
        let (kind, id) = self::subject(&kind, &subject)?;
        let known = circles::store::by_slug(cx.db().read(), &circle).await?.ok_or(ReviewError::NotFound)?;
        store::answer(cx.db(), &cx.actor, known.id, &[(kind, id, keep == "yes")], false, cx.now).await?;
        Ok::<_, Failed>(Done::to(format!("{}#{}", page_of(&circle), id)))
    })
    .await
}

/// Ends a review; with `rest`, everything that was not answered is confirmed first.
#[server(prefix = "/do", endpoint = "reviews/finish")]
pub async fn finish_review(
    #[server(default)] circle: String,
    #[server(default)] rest: String,
) -> Result<(), ServerFnError> {
    act(Form::new("review", &page_of(&circle)), async |cx: Ctx| {
        let known = circles::store::by_slug(cx.db().read(), &circle).await?.ok_or(ReviewError::NotFound)?;
        let id = known.id;
        let open = store::latest(cx.db().read(), known).await?.ok_or(ReviewError::NotFound)?;
        let rest: Vec<(Kind, Uuid, bool)> = open
            .items
            .iter()
            .filter(|item| !rest.is_empty() && item.keep.is_none())
            .map(|item| (item.kind, item.subject, true))
            .collect();
        store::answer(cx.db(), &cx.actor, id, &rest, true, cx.now).await?;
        Ok::<_, Failed>(Done::to(page_of(&circle)).saying("notice_review_finished"))
    })
    .await
}

/// Decides on what was not confirmed.
#[server(prefix = "/do", endpoint = "reviews/decide")]
pub async fn decide_review(
    #[server(default)] review: String,
    #[server(default)] kind: String,
    #[server(default)] subject: String,
    #[server(default)] goes: String,
) -> Result<(), ServerFnError> {
    act(Form::new("decide", PROPOSALS), async |cx: Ctx| {
        cx.actor.may_steward()?;
        cx.require_fresh().await?;
        let (kind, id) = self::subject(&kind, &subject)?;
        let review = review.parse::<Uuid>().map_err(|_| ReviewError::NotFound)?;
        store::decide(cx.db(), &cx.actor, review, kind, id, goes == "yes", cx.now).await?;
        Ok::<_, Failed>(Done::to(PROPOSALS).saying("notice_done"))
    })
    .await
}
