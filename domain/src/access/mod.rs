//! Who asks, and who may come in: shared by venue spaces, tools and handbook pages.

use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use crate::{
    CircleId, MemberId,
    circles::CircleRole,
    members::{Class, Standing},
    problem::{Kind, Problem},
};

/// The person who asks for a page or an act.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Actor {
    /// Nobody signed in.
    #[default]
    Anonymous,
    /// A member record, of any class: guests of the wider community have one too.
    Member(Box<ActingMember>),
}

/// What rules need to know of a signed-in member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActingMember {
    /// Key of the member.
    pub id: MemberId,
    /// Unique name in addresses.
    pub handle: String,
    /// The name they go by.
    pub name: String,
    /// Membership class; neither operational nor user means guest.
    pub class: Class,
    /// State in the register of members.
    pub standing: Standing,
    /// Whether they are a steward of the hub.
    pub steward: bool,
    /// Circles they belong to, with their role there.
    pub circles: Vec<(CircleId, CircleRole)>,
    /// The zone they live in.
    pub time_zone: Tz,
    /// Language they chose, empty for the browser's.
    pub locale: String,
}

impl Actor {
    /// The signed-in member, if any.
    pub fn member(&self) -> Option<&ActingMember> {
        match self {
            Self::Anonymous => None,
            Self::Member(member) => Some(member),
        }
    }

    /// The signed-in member, or the denial that asks to sign in.
    pub fn signed_in(&self) -> Result<&ActingMember, Denied> {
        self.member().ok_or(Denied::SignIn)
    }

    /// Whether they count as a member of the co-operative: active, and operational or user.
    pub fn is_member(&self) -> bool {
        self.member().is_some_and(ActingMember::is_member)
    }

    /// Whether they are an active operational member.
    pub fn is_operational(&self) -> bool {
        self.member().is_some_and(|m| m.is_member() && m.class.operational)
    }

    /// Whether they are an active steward.
    pub fn is_steward(&self) -> bool {
        self.member()
            .is_some_and(|m| m.steward && m.standing == Standing::Active)
    }

    /// Whether they belong to the circle, as an active member.
    pub fn in_circle(&self, circle: CircleId) -> bool {
        self.member()
            .is_some_and(|m| m.is_member() && m.circles.iter().any(|(id, _)| *id == circle))
    }

    /// Acts kept for stewards.
    pub fn may_steward(&self) -> Result<&ActingMember, Denied> {
        let member = self.signed_in()?;
        if self.is_steward() {
            Ok(member)
        } else {
            Err(Denied::StewardsOnly)
        }
    }
}

impl ActingMember {
    /// Active, and operational or user.
    pub fn is_member(&self) -> bool {
        self.standing == Standing::Active && !self.class.is_guest()
    }
}

/// Who may come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Audience {
    /// All comers, signed in or not.
    Everybody,
    /// Active operational and user members.
    Members,
    /// Active operational members.
    Operational,
    /// Active user members.
    Users,
    /// Members of one circle.
    Circle(CircleId),
}

impl Audience {
    /// The word in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Everybody => "everybody",
            Self::Members => "members",
            Self::Operational => "operational",
            Self::Users => "users",
            Self::Circle(_) => "circle",
        }
    }

    /// Reads the word and the circle of a row; `None` where they do not fit together.
    pub fn read(word: &str, circle: Option<CircleId>) -> Option<Self> {
        match (word, circle) {
            ("everybody", _) => Some(Self::Everybody),
            ("members", _) => Some(Self::Members),
            ("operational", _) => Some(Self::Operational),
            ("users", _) => Some(Self::Users),
            ("circle", Some(circle)) => Some(Self::Circle(circle)),
            _ => None,
        }
    }

    /// The circle, where there is one.
    pub fn circle(self) -> Option<CircleId> {
        if let Self::Circle(circle) = self {
            Some(circle)
        } else {
            None
        }
    }

    /// Whether this person belongs to the audience, and why not.
    pub fn may_enter(self, actor: &Actor) -> Result<(), Denied> {
        let belongs = match self {
            Self::Everybody => true,
            Self::Members => actor.is_member(),
            Self::Operational => actor.is_operational(),
            Self::Users => actor.member().is_some_and(|m| m.is_member() && m.class.user),
            Self::Circle(circle) => actor.in_circle(circle),
        };
        if belongs {
            return Ok(());
        }
        let Some(member) = actor.member() else {
            return Err(Denied::SignIn);
        };
        Err(match self {
            _ if !member.class.is_guest() && member.standing != Standing::Active => Denied::NotActive,
            Self::Operational => Denied::OperationalOnly,
            Self::Circle(_) => Denied::CircleOnly,
            Self::Everybody | Self::Members | Self::Users => Denied::MembersOnly,
        })
    }
}

/// Why a person may not do something. Each has one sentence that says what would help.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// Signing in may help.
    #[error("signing in is needed")]
    SignIn,
    /// For active operational and user members.
    #[error("for members")]
    MembersOnly,
    /// For active operational members.
    #[error("for operational members")]
    OperationalOnly,
    /// For members of the circle that the space or tool belongs to.
    #[error("for members of the circle")]
    CircleOnly,
    /// For those who hold a role in the circle.
    #[error("for those who hold a role in the circle")]
    CircleRoleOnly,
    /// The membership is not active at present.
    #[error("membership is not active")]
    NotActive,
    /// For facilitators of the space.
    #[error("for facilitators of the space")]
    FacilitatorsOnly,
    /// For stewards of the hub.
    #[error("for stewards")]
    StewardsOnly,
    /// For the person concerned.
    #[error("for the person concerned")]
    NotYours,
    /// The person has to enter the open session first.
    #[error("enter the session first")]
    EnterFirst,
}

impl Problem for Denied {
    fn kind(&self) -> Kind {
        Kind::Denied
    }

    fn code(&self) -> &'static str {
        match self {
            Self::SignIn => "sign_in",
            Self::MembersOnly => "members_only",
            Self::OperationalOnly => "operational_only",
            Self::CircleOnly => "circle_only",
            Self::CircleRoleOnly => "circle_role_only",
            Self::NotActive => "not_active",
            Self::FacilitatorsOnly => "facilitators_only",
            Self::StewardsOnly => "stewards_only",
            Self::NotYours => "not_yours",
            Self::EnterFirst => "enter_first",
        }
    }
}
