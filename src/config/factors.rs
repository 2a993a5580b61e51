//! Settings of second factors.

use super::parse::{Parsed, one_of};

/// Whose accounts are of no use without a second factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequireTwoFactor {
    /// Nobody's.
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
