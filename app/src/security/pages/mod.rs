//! Pages about ways of signing in, one's own trail, and who comes in.

mod own;
mod passkeys;
mod people;
mod second_step;
mod trail;
mod verify;

pub use own::SecurityPage;
pub use people::PeoplePage;
pub use second_step::{RecoveryCodesPage, SecondStepPage, SetUpPage};
pub use trail::TrailPage;
pub use verify::VerifyPage;
