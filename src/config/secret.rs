//! A value that must not be shown.

use std::fmt;

use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use super::strength;

/// A secret setting. Its `Debug` says nothing; read it by [`Secret::expose`].
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Keeps `value` from being shown by accident.
    pub fn new(value: impl Into<String>) -> Secret {
        Secret(value.into())
    }

    /// Whether a machine may find it out: short for HMAC-SHA256 (RFC 7518 §3.2 wants 32 bytes), or the key that Django
    /// gives to a new project.
    pub fn is_weak(&self) -> bool {
        self.0.len() < 32 || strength::is_of_a_new_project(&self.0)
    }

    /// Whether `given` is the value, in constant time, so that it cannot be found out byte by byte: digests are
    /// compared, since the length is part of a secret too.
    pub fn is(&self, given: &[u8]) -> bool {
        Sha256::digest(self.0.as_bytes()).ct_eq(&Sha256::digest(given)).into()
    }

    /// The value itself.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret(********)")
    }
}
