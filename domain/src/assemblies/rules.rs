//! Who may do what in an assembly. The page that shows a button and the store that does the act ask the same function.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use super::{AssemblyError, EntryKind, Role, Room, stage::Stage};
use crate::{
    MemberId,
    access::{ActingMember, Actor, Denied},
    spaces::rules::may_facilitate,
};

/// Longest line of the minutes.
pub const ENTRY: usize = 2000;

impl Room {
    /// Where the assembly stands.
    pub fn stage(&self) -> Stage {
        Stage::of(&self.session)
    }

    /// Whether this person facilitates the space.
    pub fn facilitates<'a>(&self, actor: &'a Actor) -> Result<&'a ActingMember, Denied> {
        let facilitators: Vec<MemberId> = self.facilitators.iter().map(|who| who.id).collect();
        may_facilitate(actor, &facilitators)
    }
}

/// Who may be in the room and read its minutes: the audience of the space and its facilitators, signed in, because
/// those inside see each other's names.
pub fn may_come<'a>(actor: &'a Actor, room: &Room) -> Result<&'a ActingMember, Denied> {
    let member = actor.signed_in()?;
    if room.facilitates(actor).is_err() {
        room.space.audience.may_enter(actor)?;
    }
    Ok(member)
}

/// Facilitators of the space, and whoever they gave the facilitator role to, lead.
pub fn may_lead<'a>(actor: &'a Actor, room: &Room) -> Result<&'a ActingMember, Denied> {
    let member = may_come(actor, room)?;
    let holds = room
        .assembly
        .holder(Role::Facilitator)
        .is_some_and(|who| who.id == member.id);
    if holds { Ok(member) } else { room.facilitates(actor) }
}

/// Opening: who leads, from half an hour before the start until the end of the time held.
pub fn may_open<'a>(actor: &'a Actor, room: &Room, now: DateTime<Utc>) -> Result<&'a ActingMember, AssemblyError> {
    let member = may_lead(actor, room)?;
    room.stage().open(now)?;
    Ok(member)
}

/// Entering an open assembly, with the protocol that holds there acknowledged: `acknowledged` is the version shown.
pub fn may_enter<'a>(
    actor: &'a Actor,
    room: &Room,
    acknowledged: Option<i32>,
) -> Result<&'a ActingMember, AssemblyError> {
    let member = may_come(actor, room)?;
    room.stage().must_be_open()?;
    has_read(room, acknowledged)?;
    Ok(member)
}

/// The protocol was read in the version that holds now.
pub fn has_read(room: &Room, acknowledged: Option<i32>) -> Result<(), AssemblyError> {
    match acknowledged {
        None => Err(AssemblyError::ProtocolUnread),
        Some(version) if version != room.space.protocol_version => Err(AssemblyError::ProtocolChanged),
        Some(_) => Ok(()),
    }
}

/// Whatever is done inside: the assembly is open and the person has entered.
pub fn is_inside<'a>(actor: &'a Actor, room: &Room) -> Result<&'a ActingMember, AssemblyError> {
    let member = may_come(actor, room)?;
    room.stage().must_be_open()?;
    if !room.assembly.is_inside(member.id) {
        return Err(Denied::EnterFirst.into());
    }
    Ok(member)
}

/// Taking a role that is free. The facilitator's is for facilitators of the space, who answer for it.
pub fn may_take<'a>(actor: &'a Actor, room: &Room, role: Role) -> Result<&'a ActingMember, AssemblyError> {
    let member = is_inside(actor, room)?;
    if role == Role::Facilitator {
        room.facilitates(actor)?;
    }
    match room.assembly.holder(role) {
        Some(_) => Err(AssemblyError::RoleTaken),
        None => Ok(member),
    }
}

/// Handing a role back: who holds it, or a facilitator of the space for somebody whose line broke.
pub fn may_release<'a>(actor: &'a Actor, room: &Room, role: Role) -> Result<&'a ActingMember, AssemblyError> {
    let member = is_inside(actor, room)?;
    match room.assembly.holder(role) {
        None => Err(AssemblyError::RoleFree),
        Some(holder) if holder.id == member.id => Ok(member),
        Some(_) => room.facilitates(actor).map_err(|_| Denied::NotYours.into()),
    }
}

/// Moving the agenda: who leads, from inside.
pub fn may_advance<'a>(actor: &'a Actor, room: &Room) -> Result<&'a ActingMember, AssemblyError> {
    is_inside(actor, room)?;
    Ok(may_lead(actor, room)?)
}

/// Writing minutes: the note-taker and who leads, from inside.
pub fn may_note<'a>(actor: &'a Actor, room: &Room) -> Result<&'a ActingMember, AssemblyError> {
    let member = is_inside(actor, room)?;
    let takes_notes = room
        .assembly
        .holder(Role::NoteTaker)
        .is_some_and(|who| who.id == member.id);
    if takes_notes || may_lead(actor, room).is_ok() {
        Ok(member)
    } else {
        Err(Denied::NotYours.into())
    }
}

/// Closing: who leads. They need not be inside: a room that everybody left is closed from the door.
pub fn may_close<'a>(actor: &'a Actor, room: &Room) -> Result<&'a ActingMember, AssemblyError> {
    let member = may_lead(actor, room)?;
    room.stage().must_be_open()?;
    Ok(member)
}

/// Reading the minutes: whoever may come, once it is closed.
pub fn may_read_minutes<'a>(actor: &'a Actor, room: &Room) -> Result<&'a ActingMember, AssemblyError> {
    let member = may_come(actor, room)?;
    match room.stage() {
        Stage::Closed { .. } => Ok(member),
        Stage::Open { .. } | Stage::Planned { .. } => Err(AssemblyError::NotOver),
        Stage::Off => Err(AssemblyError::CalledOff),
    }
}

/// What is to be noted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEntry {
    /// Sort of line.
    pub kind: EntryKind,
    /// The words.
    pub text: String,
    /// Who takes an action on: somebody who came.
    pub owner: Option<MemberId>,
    /// Day by which an action is due.
    pub due_on: Option<NaiveDate>,
}

impl NewEntry {
    /// Checks a line against the room. Owner and due day belong to actions; other lines lose them.
    pub fn check(self, room: &Room, now: DateTime<Utc>) -> Result<Self, AssemblyError> {
        let text = self.text.trim().to_owned();
        if text.is_empty() {
            return Err(AssemblyError::EntryEmpty);
        }
        if text.chars().count() > ENTRY {
            return Err(AssemblyError::EntryTooLong);
        }
        let action = self.kind == EntryKind::Action;
        let owner = self.owner.filter(|_| action);
        if owner.is_some_and(|id| room.assembly.attendance.iter().all(|person| person.member.id != id)) {
            return Err(AssemblyError::OwnerAbsent);
        }
        let due_on = self.due_on.filter(|_| action);
        // A day's grace: somewhere it is still yesterday.
        if due_on.is_some_and(|due| due < (now - TimeDelta::days(1)).date_naive()) {
            return Err(AssemblyError::DuePassed);
        }
        Ok(Self {
            kind: self.kind,
            text,
            owner,
            due_on,
        })
    }
}
