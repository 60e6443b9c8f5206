//! Who holds a space.

use crate::{
    MemberId,
    access::{ActingMember, Actor, Denied},
    members::Standing,
};

/// Acts kept for the facilitators of a space: scheduling, opening, moving and calling off its sessions.
pub fn may_facilitate<'a>(actor: &'a Actor, facilitators: &[MemberId]) -> Result<&'a ActingMember, Denied> {
    let member = actor.signed_in()?;
    if !facilitators.contains(&member.id) {
        return Err(Denied::FacilitatorsOnly);
    }
    if member.standing != Standing::Active {
        return Err(Denied::NotActive);
    }
    Ok(member)
}

#[cfg(all(test, feature = "testing"))]
mod tests {
    use super::may_facilitate;
    use crate::{
        MemberId,
        access::{Actor, Denied},
        members::Standing,
        testing::member,
    };

    #[test]
    fn only_active_facilitators_hold_a_space() {
        let mut ada = member("ada");
        let facilitators = [ada.id];
        assert!(may_facilitate(&Actor::Member(Box::new(ada.clone())), &facilitators).is_ok());
        assert_eq!(
            may_facilitate(&Actor::Member(Box::new(member("ben"))), &facilitators),
            Err(Denied::FacilitatorsOnly)
        );
        assert_eq!(may_facilitate(&Actor::Anonymous, &facilitators), Err(Denied::SignIn));
        ada.standing = Standing::Lapsed;
        assert_eq!(
            may_facilitate(&Actor::Member(Box::new(ada)), &facilitators),
            Err(Denied::NotActive)
        );
        assert_eq!(
            may_facilitate(&Actor::Member(Box::new(member("ben"))), &[MemberId::generate()]),
            Err(Denied::FacilitatorsOnly)
        );
    }
}
