//! Use cases: tokens for programs. A log-in starts a family; each of its tokens carries the family's id as `sid`,
//! and is good as long as the family's row is there. So ending a family ends its tokens at once, on every replica.

pub mod issue;
pub mod revoke;
pub mod revoked;
pub mod rotate;
pub mod verify;

use std::net::IpAddr;

use crate::error;
use crate::jwt::{Dialect, TokenProblem};

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

impl Error {
    /// Why something that the holder of a good token wanted to do to their own account was not carried out. They may do
    /// it: where it is forbidden, their log-in has ended since the token was looked at.
    pub fn of_own_account(error: error::Error) -> Error {
        match error {
            error::Error::Forbidden => Error::Token(TokenProblem::Ended),
            error => Error::Account(error),
        }
    }
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
    pub dialect: &'static Dialect,
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
    /// Gets the next grant; only of a dialect with refresh tokens.
    pub refresh: Option<String>,
}
