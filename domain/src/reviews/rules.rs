//! Who looks at a review, who answers it, who decides.

use crate::{
    CircleId,
    access::{ActingMember, Actor, Denied},
    circles::CircleRole,
};

/// Whether this person may see the review of a circle: its members, and stewards.
pub fn may_look(actor: &Actor, circle: CircleId) -> Result<&ActingMember, Denied> {
    let member = actor.signed_in()?;
    if actor.in_circle(circle) || actor.is_steward() {
        Ok(member)
    } else {
        Err(Denied::CircleOnly)
    }
}

/// Whether they may answer for the circle: whoever holds a role there, and stewards.
pub fn may_answer(actor: &Actor, circle: CircleId) -> Result<&ActingMember, Denied> {
    let member = may_look(actor, circle)?;
    let holds = member
        .circles
        .iter()
        .any(|(id, role)| *id == circle && *role != CircleRole::Member);
    if holds || actor.is_steward() {
        Ok(member)
    } else {
        Err(Denied::CircleRoleOnly)
    }
}

/// Whether they may act on what was not confirmed.
pub fn may_decide(actor: &Actor) -> Result<&ActingMember, Denied> {
    actor.may_steward()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    #[test]
    fn a_circle_answers_through_those_who_hold_a_role() {
        let (tech, care) = (CircleId::generate(), CircleId::generate());
        let mut bo = testing::member("bo");
        bo.circles.push((tech, CircleRole::Member));
        let member = Actor::Member(Box::new(bo.clone()));
        assert!(may_look(&member, tech).is_ok());
        assert_eq!(may_answer(&member, tech).err(), Some(Denied::CircleRoleOnly));
        assert_eq!(may_look(&member, care).err(), Some(Denied::CircleOnly));
        assert_eq!(may_look(&Actor::Anonymous, tech).err(), Some(Denied::SignIn));
        assert_eq!(may_decide(&member).err(), Some(Denied::StewardsOnly));
        bo.circles[0].1 = CircleRole::Secretary;
        assert!(may_answer(&Actor::Member(Box::new(bo.clone())), tech).is_ok());
        bo.circles.clear();
        bo.steward = true;
        let steward = Actor::Member(Box::new(bo));
        assert!(may_answer(&steward, tech).is_ok() && may_decide(&steward).is_ok());
    }
}
