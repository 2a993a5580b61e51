//! Use cases: tokens for programs. A log-in starts a family; each of its tokens carries the family's id as `sid`,
//! and is good as long as the family's row is there. So ending a family ends its tokens at once, on every replica.

mod claims;
pub mod issue;
mod keys;
pub mod revoke;
pub mod rotate;
pub mod spent;
pub mod verify;

use std::net::IpAddr;

use crate::error;
use crate::model::Door;

pub use claims::Claims;
pub use keys::{KeyError, Keys};

/// Why a token is not taken. Each door has its own words for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenProblem {
    /// Not a token at all, or one with contradictory insides.
    Malformed,
    /// Signed by nobody we know, or by another algorithm.
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

/// Why a use case of tokens was not carried out.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The token is not taken.
    #[error("the token is not taken: {0:?}")]
    Token(TokenProblem),
    /// Everything else.
    #[error(transparent)]
    Account(#[from] error::Error),
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Error {
        Error::Account(error.into())
    }
}

impl From<TokenProblem> for Error {
    fn from(problem: TokenProblem) -> Error {
        Error::Token(problem)
    }
}

/// What an API call logs in with, for the list of devices.
#[derive(Clone, Debug)]
pub struct Device {
    /// The dialect it speaks.
    pub door: Door,
    /// What it calls itself.
    pub agent: String,
    /// The address it comes from.
    pub address: IpAddr,
}

/// What a program gets.
#[derive(Clone, Debug)]
pub struct Grant {
    /// Opens the dialects.
    pub access: String,
    /// Gets the next grant; only of the Django dialect.
    pub refresh: Option<String>,
}
