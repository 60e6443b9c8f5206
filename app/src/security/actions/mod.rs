//! Acts on one's own ways of signing in, and of stewards on who comes in.

mod addresses;
mod passkeys;
mod people;
pub(crate) mod second_step;

pub use addresses::{AddAddress, AskAgain, ChangePassword, MakeMain, RemoveAddress, VerifyAddress};
pub use passkeys::{
    AddPasskey, PasskeyAcceptInvitation, PasskeyOptions, PasskeyRegisterFirst, PasskeySecond, PasskeySecondStep,
    PasskeySignIn, RemovePasskey,
};
pub use people::{Decide, Invite, WithdrawInvitation};
pub use second_step::{NewRecoveryCodes, SecondStepOff, SecondStepOn, TakeSecondStep};
