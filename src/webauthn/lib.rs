//! A WebAuthn Level 3 relying party: passkeys and security keys, verified.
//!
//! Pure: no I/O, no clock, no state. The options of a ceremony are made here ([`CreationOptions`], [`RequestOptions`]) and what
//! the browser answers is checked here ([`Registration`], [`Authentication`]); where challenges come from, whether one was
//! answered before, and where credentials are kept is the caller's matter.
//!
//! Attestation is neither asked for nor looked at: any format is taken as `none` (§7.1 step 24), as who made an authenticator
//! decides nothing.

mod authentication;
mod authenticator_data;
mod cbor;
mod client_data;
pub mod encoding;
mod error;
mod options;
mod public_key;
mod registration;
mod relying_party;

pub use authentication::{Assertion, Authentication, Known};
pub use error::Error;
pub use options::{CreationOptions, Hint, Kind, Named, RequestOptions, User};
pub use public_key::{ALGORITHMS, PublicKey};
pub use registration::{Credential, Registration};
pub use relying_party::RelyingParty;

/// The longest credential id that is taken, in bytes (§7.1 step 25).
pub const LONGEST_ID: usize = 1023;

/// Whether the authenticator has to verify who uses it: by a fingerprint, a face or a PIN.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UserVerification {
    /// An answer without it is refused.
    Required,
    /// The answer tells whether it was.
    Preferred,
}

/// Whether the authenticator has to have noticed that a user is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UserPresence {
    /// An answer without it is refused.
    Required,
    /// No user is asked when a browser makes a passkey by itself (`mediation: "conditional"`): for that alone this is.
    ConditionalCreate,
}
