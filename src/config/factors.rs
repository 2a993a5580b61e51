//! Settings of second factors.

use super::parse::{Parsed, one_of};

/// Whose accounts are of no use without a second factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequireTwoFactor {
    /// No user's.
    Off,
    /// Those of admins.
    Admins,
    /// All.
    Everyone,
}

impl RequireTwoFactor {
    /// Whether an account has to have one.
    pub fn is_wanted_of(self, is_admin: bool) -> bool {
        match self {
            RequireTwoFactor::Off => false,
            RequireTwoFactor::Admins => is_admin,
            RequireTwoFactor::Everyone => true,
        }
    }
}

/// What doors that ask for no second factor do with the password alone of an account that has one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DoorsSecondFactor {
    /// They refuse it as a wrong one.
    Refuse,
    /// They take it.
    Ignore,
}

pub(super) fn doors(value: &str) -> Parsed<DoorsSecondFactor> {
    one_of(value, &[("refuse", DoorsSecondFactor::Refuse), ("ignore", DoorsSecondFactor::Ignore)])
}

pub(super) fn require(value: &str) -> Parsed<RequireTwoFactor> {
    one_of(
        value,
        &[
            ("off", RequireTwoFactor::Off),
            ("admins", RequireTwoFactor::Admins),
            ("everyone", RequireTwoFactor::Everyone),
        ],
    )
}
