//! JSON Web Tokens (RFC 7519): the keys they are signed with, what they say, and what tells one dialect's from
//! another's. Whether one is still good, [`crate::tokens`] knows.

mod claims;
mod dialect;
mod keys;

pub use claims::Claims;
pub(crate) use claims::NewClaims;
pub use dialect::Dialect;
pub use keys::{KeyError, Keys};

/// Why a token is not taken. Each door has its own words for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenProblem {
    /// Not a token at all, or one with contradictory insides.
    Malformed,
    /// Signed by no key of ours, or by another algorithm.
    Signature,
    /// Its time is over.
    Expired,
    /// Its time has not come.
    NotYet,
    /// A refresh token in place of an access token, or the other way round.
    WrongType,
    /// It has no id.
    NoId,
    /// It names no account.
    NoAccount,
    /// Logged out, replaced, or ended with everything else of its account.
    Ended,
    /// Its account is gone.
    UnknownAccount,
    /// Its account is disabled.
    Disabled,
}
