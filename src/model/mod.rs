//! What Portico knows about: accounts and the values they are made of. Pure: no async, no I/O.

mod account;
mod actor;
pub mod audit;
pub mod avatar;
pub mod client;
pub mod common_passwords;
pub mod email;
mod event;
mod keys;
mod language;
pub mod name;
pub mod password;
pub mod picture;
mod problem;
pub mod profile;
mod reserved;
pub mod search_key;
pub mod username;
mod visible;

pub use account::{Account, AccountId, AccountStanding, AccountSummary, Generation, Status, TermsConsent, Theme};
pub use actor::{Actor, Door, LogIn, Principal};
pub use client::Client;
pub use email::Email;
pub use event::{Event, EventKind};
pub use keys::{Keys, MAX_NAME_BYTES};
pub use language::Language;
pub use name::Name;
pub use problem::{Field, Problem};
pub use profile::Profile;
pub use username::Username;
pub(crate) use visible::plain;
