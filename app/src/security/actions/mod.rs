//! Acts on one's own ways of signing in, and of stewards on who comes in.

mod addresses;
mod people;

pub use addresses::{AddAddress, AskAgain, ChangePassword, MakeMain, RemoveAddress, VerifyAddress};
pub use people::{Decide, Invite, WithdrawInvitation};
