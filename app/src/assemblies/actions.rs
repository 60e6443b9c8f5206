//! Acts in the room of an assembly: plain forms, so that all of it works with scripts off.

use std::future::Future;

use domain::{
    SessionId,
    assemblies::{
        AssemblyError, EntryKind, Role,
        agenda::Step,
        plan::Draft,
        rules::NewEntry,
        store::{self, Opening},
    },
    sessions::SessionError,
    spaces,
};
use leptos::prelude::*;

use crate::{
    ctx::Ctx,
    forms::{Done, Failed, Form, act},
};

/// Schedules an assembly of a space.
#[server(prefix = "/do", endpoint = "assemblies/schedule")]
pub async fn schedule(
    #[server(default)] space: String,
    #[server(default)] title: String,
    #[server(default)] summary: String,
    #[server(default)] date: String,
    #[server(default)] time: String,
    #[server(default)] minutes: String,
    #[server(default)] item1: String,
    #[server(default)] length1: String,
    #[server(default)] item2: String,
    #[server(default)] length2: String,
    #[server(default)] item3: String,
    #[server(default)] length3: String,
    #[server(default)] item4: String,
    #[server(default)] length4: String,
    #[server(default)] item5: String,
    #[server(default)] length5: String,
    #[server(default)] item6: String,
    #[server(default)] length6: String,
) -> Result<(), ServerFnError> {
    let agenda = [
        (item1, length1),
        (item2, length2),
        (item3, length3),
        (item4, length4),
        (item5, length5),
        (item6, length6),
    ];
    let draft = Draft {
        title,
        summary,
        date,
        time,
        minutes,
        agenda: agenda.to_vec(),
    };
    act(typed_draft(&space, &draft), async |cx: Ctx| {
        let space = spaces::store::by_slug(cx.db().read(), &space).await?;
        let plan = draft.read(space.time_zone, cx.now).map_err(Failed::fields)?;
        let session = store::schedule(cx.db(), &cx.actor, &space, plan, cx.now).await?;
        Ok(Done::to(format!("/sessions/{}/room", session.id)).saying("notice_scheduled"))
    })
    .await
}

fn typed_draft(space: &str, draft: &Draft) -> Form {
    let rows = (1..).zip(&draft.agenda).flat_map(|(row, (title, minutes))| {
        [
            (format!("item{row}"), title.as_str()),
            (format!("length{row}"), minutes.as_str()),
        ]
    });
    let rows: Vec<_> = rows.collect();
    let rows: Vec<_> = rows.iter().map(|(field, value)| (field.as_str(), *value)).collect();
    Form::new("schedule", &format!("/spaces/{space}/schedule"))
        .typed(&[
            ("title", &draft.title),
            ("summary", &draft.summary),
            ("date", &draft.date),
            ("time", &draft.time),
            ("minutes", &draft.minutes),
        ])
        .typed(&rows)
}

/// Runs an act in a room, wakes those who watch it, and leads back to the room.
async fn in_room<Fut>(form: Form, session: String, run: impl FnOnce(Ctx, SessionId) -> Fut) -> Result<(), ServerFnError>
where
    Fut: Future<Output = Result<Done, Failed>>,
{
    act(form, async |cx: Ctx| {
        let id: SessionId = session.parse().map_err(|_| SessionError::NotFound)?;
        let live = cx.services.clone();
        let done = run(cx, id).await?;
        live.live.notify(id);
        Ok(done)
    })
    .await
}

fn room(session: &str) -> String {
    format!("/sessions/{session}/room")
}

/// The version of the protocol that was acknowledged: the one shown, if the box is ticked.
fn acknowledged(read: &str, version: &str) -> Option<i32> {
    version.parse().ok().filter(|_| !read.is_empty())
}

fn at_the_box(error: AssemblyError) -> Failed {
    match error {
        AssemblyError::ProtocolUnread => Failed::field("read", "protocol_unread"),
        AssemblyError::ProtocolChanged => Failed::field("read", "protocol_changed"),
        error => error.into(),
    }
}

/// Opens an assembly and enters it.
#[server(prefix = "/do", endpoint = "assemblies/open")]
pub async fn open(
    #[server(default)] session: String,
    #[server(default)] read: String,
    #[server(default)] version: String,
) -> Result<(), ServerFnError> {
    in_room(Form::new("open", &room(&session)), session, async move |cx: Ctx, id| {
        let version = acknowledged(&read, &version)
            .ok_or(AssemblyError::ProtocolUnread)
            .map_err(at_the_box)?;
        store::open(cx.db(), &cx.actor, id, Opening::Entering(version), cx.now)
            .await
            .map_err(at_the_box)?;
        Ok(Done::to(format!("/sessions/{id}/room")).saying("notice_opened"))
    })
    .await
}

/// Enters an open assembly.
#[server(prefix = "/do", endpoint = "assemblies/enter")]
pub async fn enter(
    #[server(default)] session: String,
    #[server(default)] read: String,
    #[server(default)] version: String,
) -> Result<(), ServerFnError> {
    in_room(
        Form::new("enter", &room(&session)),
        session,
        async move |cx: Ctx, id| {
            let version = acknowledged(&read, &version);
            store::enter(cx.db(), &cx.actor, id, version, cx.now)
                .await
                .map_err(at_the_box)?;
            Ok(Done::to(format!("/sessions/{id}/room")).saying("notice_entered"))
        },
    )
    .await
}

/// Leaves.
#[server(prefix = "/do", endpoint = "assemblies/leave")]
pub async fn leave(#[server(default)] session: String) -> Result<(), ServerFnError> {
    in_room(Form::new("leave", &room(&session)), session, async |cx: Ctx, id| {
        store::leave(cx.db(), &cx.actor, id, cx.now).await?;
        Ok(Done::to(format!("/sessions/{id}")).saying("notice_left"))
    })
    .await
}

/// Takes a role.
#[server(prefix = "/do", endpoint = "assemblies/take")]
pub async fn take(#[server(default)] session: String, #[server(default)] role: String) -> Result<(), ServerFnError> {
    in_room(
        Form::new("roles", &room(&session)),
        session,
        async move |cx: Ctx, id| {
            let role = Role::read(&role).ok_or(AssemblyError::RoleFree)?;
            store::take(cx.db(), &cx.actor, id, role, cx.now).await?;
            Ok(Done::to(format!("/sessions/{id}/room#roles")))
        },
    )
    .await
}

/// Hands a role back.
#[server(prefix = "/do", endpoint = "assemblies/release")]
pub async fn release(#[server(default)] session: String, #[server(default)] role: String) -> Result<(), ServerFnError> {
    in_room(
        Form::new("roles", &room(&session)),
        session,
        async move |cx: Ctx, id| {
            let role = Role::read(&role).ok_or(AssemblyError::RoleFree)?;
            store::release(cx.db(), &cx.actor, id, role).await?;
            Ok(Done::to(format!("/sessions/{id}/room#roles")))
        },
    )
    .await
}

/// Moves the agenda.
#[server(prefix = "/do", endpoint = "assemblies/advance")]
pub async fn advance(
    #[server(default)] session: String,
    #[server(default)] step: String,
    #[server(default)] seen: String,
) -> Result<(), ServerFnError> {
    in_room(
        Form::new("agenda", &room(&session)),
        session,
        async move |cx: Ctx, id| {
            let step = Step::read(&step).ok_or(AssemblyError::AgendaEnd)?;
            let seen = seen.parse().map_err(|_| AssemblyError::AgendaMoved)?;
            store::advance(cx.db(), &cx.actor, id, step, seen, cx.now).await?;
            Ok(Done::to(format!("/sessions/{id}/room")))
        },
    )
    .await
}

/// Notes a decision, an action or what is worth remembering.
#[server(prefix = "/do", endpoint = "assemblies/note")]
pub async fn note(
    #[server(default)] session: String,
    #[server(default)] kind: String,
    #[server(default)] text: String,
    #[server(default)] owner: String,
    #[server(default)] due: String,
) -> Result<(), ServerFnError> {
    let typed = [
        ("kind", kind.as_str()),
        ("text", &text),
        ("owner", &owner),
        ("due", &due),
    ];
    let form = Form::new("note", &room(&session)).typed(&typed);
    in_room(form, session, async move |cx: Ctx, id| {
        let entry = NewEntry {
            kind: EntryKind::read(&kind).unwrap_or(EntryKind::Note),
            text,
            owner: owner.parse().ok(),
            due_on: match due.as_str() {
                "" => None,
                day => Some(day.parse().map_err(|_| Failed::field("due", "date_unreadable"))?),
            },
        };
        store::note(cx.db(), &cx.actor, id, entry, cx.now)
            .await
            .map_err(at_the_line)?;
        Ok(Done::to(format!("/sessions/{id}/room#minutes")).saying("notice_noted"))
    })
    .await
}

fn at_the_line(error: AssemblyError) -> Failed {
    match error {
        AssemblyError::EntryEmpty => Failed::field("text", "entry_empty"),
        AssemblyError::EntryTooLong => Failed::field("text", "entry_too_long"),
        AssemblyError::OwnerAbsent => Failed::field("owner", "owner_absent"),
        AssemblyError::DuePassed => Failed::field("due", "due_passed"),
        error => error.into(),
    }
}

/// Closes an assembly.
#[server(prefix = "/do", endpoint = "assemblies/close")]
pub async fn close(#[server(default)] session: String) -> Result<(), ServerFnError> {
    in_room(Form::new("close", &room(&session)), session, async |cx: Ctx, id| {
        store::close(cx.db(), &cx.actor, id, cx.now).await?;
        Ok(Done::to(format!("/sessions/{id}/minutes")).saying("notice_closed"))
    })
    .await
}
