//! Letters to people: who gets one, in which language, about what. `app` has the words, the server carries them.
//!
//! A letter is put into the outbox by [`post`] in the transaction of what it tells. A link with a secret in it is made by
//! [`ready`] at the moment the letter leaves, so that no secret waits in the database, and so that its time begins then.
//! Whether an address has an account is looked up then too: the page that was filled in does the same work either way.

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DbErr};
use serde::{Deserialize, Serialize};

use super::{
    Origin, addresses,
    invitations::{self, NewInvitation},
    links::{self, Purpose},
    normal_email, store,
};
use crate::{AccountId, db::Db, members::Class, outbox};

/// The name of letters in the outbox.
pub const KIND: &str = "mail";

/// A letter that waits to leave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Letter {
    /// The address.
    pub to: String,
    /// The language its reader has chosen; empty where nobody knows.
    pub locale: String,
    /// What it is about.
    pub about: About,
}

/// What a letter is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "about", rename_all = "snake_case")]
pub enum About {
    /// A steward invites somebody.
    Invitation {
        /// The steward's name; none for the command line.
        by: Option<String>,
        /// Class of membership that comes with it.
        operational: bool,
        /// Class of membership that comes with it.
        user: bool,
    },
    /// Somebody wants an account with this address.
    Registration {
        /// The name they gave.
        name: String,
    },
    /// A steward let somebody in who had asked.
    Approved {
        /// The name they gave.
        name: String,
    },
    /// The stewards did not let somebody in.
    Declined {
        /// The name they gave.
        name: String,
        /// What the stewards say to it.
        words: String,
    },
    /// To the stewards: somebody asks for an account.
    Request {
        /// The name they gave.
        name: String,
    },
    /// There is an account with this address already.
    Known,
    /// To confirm an address.
    VerifyAddress {
        /// The account that it was added to.
        account: AccountId,
    },
    /// Somebody wants a new password.
    ResetPassword,
    /// The password was changed.
    PasswordChanged {
        /// When.
        at: DateTime<Utc>,
    },
    /// Letters go to another address from now on.
    AddressChanged {
        /// The new one.
        address: String,
    },
    /// Somebody signed in from a browser that was not known.
    NewDevice {
        /// What the browser calls itself.
        user_agent: String,
        /// When.
        at: DateTime<Utc>,
    },
    /// A way of signing in came or went.
    FactorChanged {
        /// Which.
        factor: Factor,
        /// When.
        at: DateTime<Utc>,
    },
}

/// A way of signing in that came or went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Factor {
    /// A passkey of this name was added.
    PasskeyAdded(String),
    /// A passkey of this name was removed.
    PasskeyRemoved(String),
    /// Codes from an app are asked for.
    TotpAdded,
    /// They are no longer.
    TotpRemoved,
}

/// A letter at the moment it leaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ready {
    /// To whom and about what, as it stands now.
    pub letter: Letter,
    /// Path that its button leads to.
    pub path: Option<String>,
    /// Until when that works, where it ends.
    pub until: Option<DateTime<Utc>>,
}

/// Puts a letter into the outbox. Call [`Db::wake_outbox`] after the commit.
pub async fn post(tx: &impl ConnectionTrait, now: DateTime<Utc>, letter: &Letter) -> Result<(), DbErr> {
    outbox::enqueue(tx, now, KIND, letter, None).await?;
    Ok(())
}

/// Puts a letter into the outbox by itself.
pub async fn post_alone(db: &Db, now: DateTime<Utc>, letter: &Letter) -> Result<(), DbErr> {
    let tx = db.begin().await?;
    post(&tx, now, letter).await?;
    tx.commit().await?;
    db.wake_outbox();
    Ok(())
}

/// Makes a letter ready to leave: finds who it is for and makes the secret of its link. `None` means that nobody gets it.
pub async fn ready(db: &Db, now: DateTime<Utc>, letter: &Letter) -> Result<Option<Ready>, DbErr> {
    let tx = db.begin().await?;
    let ready = ready_in(&tx, now, letter.clone()).await?;
    tx.commit().await?;
    Ok(ready)
}

async fn ready_in(tx: &impl ConnectionTrait, now: DateTime<Utc>, mut letter: Letter) -> Result<Option<Ready>, DbErr> {
    let to = normal_email(&letter.to);
    let plain = |letter: Letter, path: &str| Ready {
        letter,
        path: Some(path.to_owned()),
        until: None,
    };
    let invite = async |new: NewInvitation| -> Result<Ready, DbErr> {
        let token = invitations::create(tx, now, &new).await?;
        Ok(Ready {
            letter: letter.clone(),
            path: Some(format!("/invitations/{token}")),
            until: Some(now + invitations::VALID),
        })
    };
    let new = |name: &str, origin: Origin| NewInvitation {
        email: to.clone(),
        name: name.to_owned(),
        class: Class::default(),
        origin,
        mailed: true,
    };
    let ready = match &letter.about {
        About::Invitation { operational, user, .. } => {
            let class = Class {
                operational: *operational,
                user: *user,
            };
            invite(NewInvitation {
                class,
                ..new("", Origin::Invited)
            })
            .await?
        }
        About::Approved { name } => invite(new(name, Origin::Approved)).await?,
        About::Registration { name } => {
            if store::by_address(tx, &to).await?.is_some() {
                letter.about = About::Known;
                plain(letter, "/sign-in")
            } else {
                invite(new(name, Origin::Registered)).await?
            }
        }
        About::VerifyAddress { account } => {
            let owner = store::by_address(tx, &to).await?.map(|known| known.id);
            if owner.is_some_and(|owner| owner != *account) {
                letter.about = About::Known;
                plain(letter, "/sign-in")
            } else if !addresses::is_of(tx, *account, &to).await? {
                return Ok(None);
            } else {
                let (token, until) = links::issue(tx, now, Purpose::VerifyAddress, *account, &to).await?;
                let path = Some(format!("/account/verify/{token}"));
                Ready {
                    letter,
                    path,
                    until: Some(until),
                }
            }
        }
        About::ResetPassword => {
            let Some(account) = store::by_address(tx, &to)
                .await?
                .filter(|known| known.disabled_at.is_none())
            else {
                return Ok(None);
            };
            let (token, until) = links::issue(tx, now, Purpose::ResetPassword, account.id, &to).await?;
            letter.locale = if account.locale.is_empty() {
                letter.locale
            } else {
                account.locale
            };
            let path = Some(format!("/provider/reset/{token}"));
            Ready {
                letter,
                path,
                until: Some(until),
            }
        }
        About::Known => plain(letter, "/sign-in"),
        About::Request { .. } => plain(letter, "/stewards/accounts"),
        About::NewDevice { .. } => plain(letter, "/account/sessions"),
        About::FactorChanged { .. } => plain(letter, "/account/security"),
        About::Declined { .. } | About::PasswordChanged { .. } | About::AddressChanged { .. } => Ready {
            letter,
            path: None,
            until: None,
        },
    };
    Ok(Some(ready))
}
