//! Use cases: log-ins. A log-in is one act: a user authenticates, which gives an
//! [`Authenticated`](crate::authenticated::Authenticated), and with that
//! alone a browser's session is started ([`session::start`]) or a program's tokens are issued
//! ([`crate::tokens::issue`]).
//!
//! Whatever a log-in leaves behind carries the generation that its account had when the proof was given, and is
//! compared with the account's wherever it is read. Ending everything begins the next generation (`end::everything`),
//! so what is under way meanwhile comes to nothing, however late it is written.

pub(crate) mod app_password;
mod authenticate;
mod credential;
pub mod device;
pub mod end;
pub mod passkey;
mod password;
mod reauthenticate;
pub mod second_step;
pub mod session;
mod throttle;

pub use authenticate::{authenticate, authenticate_by_any, begin, verify};
pub use reauthenticate::reauthenticate;
pub(crate) use reauthenticate::{authenticate_as, check_chosen, prove_former_password, prove_password};
pub(crate) use throttle::{count_proof, count_proof_by_link};
