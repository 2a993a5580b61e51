//! `argon2-rust`, a SIMD engine that keeps its memory between hashes, behind the `argon2` crate's types. It has had no
//! outside audit, so it works only after it has agreed with the `argon2` crate in this very process.

use std::sync::OnceLock;

use argon2::{Algorithm, Params, Version};
use argon2_rust::params::{Memory, TagLen};

use super::derive_slow;
use crate::passwords::stored::Argon2Params;

/// The engine, with the memory that it keeps from hash to hash.
pub(super) struct Fast(argon2_rust::Hasher);

impl Fast {
    /// An engine that holds no memory yet; `None` where the self-check, which the first one in a process runs, has
    /// failed.
    pub(super) fn trusted() -> Option<Fast> {
        static TRUSTED: OnceLock<bool> = OnceLock::new();
        let mut fast = fast_hasher();
        let trusted = *TRUSTED.get_or_init(|| {
            let passed = self_check(&mut fast);
            fast.clear();
            if !passed {
                tracing::error!("The fast Argon2 engine gives wrong results on this machine; the slower one is used");
            }
            passed
        });
        trusted.then_some(Fast(fast))
    }

    /// Fills `tag` by Argon2.
    ///
    /// # Errors
    /// As the `argon2` crate's.
    pub(super) fn derive(
        &mut self,
        recipe: &Argon2Params,
        password: &[u8],
        salt: &[u8],
        tag: &mut [u8],
    ) -> Result<(), argon2::Error> {
        derive_fast(&mut self.0, recipe, password, salt, tag)
    }

    /// Gives the memory back.
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// Whether it holds memory.
    pub(super) fn keeps_memory(&self) -> bool {
        self.0.reserved_blocks() > 0
    }
}

fn fast_hasher() -> argon2_rust::Hasher {
    argon2_rust::Argon2::new(
        argon2_rust::Algorithm::Argon2id,
        argon2_rust::Version::V0x13,
        argon2_rust::Params::DEFAULT,
    )
    .hasher()
}

fn derive_fast(
    fast: &mut argon2_rust::Hasher,
    recipe: &Argon2Params,
    password: &[u8],
    salt: &[u8],
    tag: &mut [u8],
) -> Result<(), argon2::Error> {
    let algorithm = match recipe.algorithm {
        Algorithm::Argon2d => argon2_rust::Algorithm::Argon2d,
        Algorithm::Argon2i => argon2_rust::Algorithm::Argon2i,
        Algorithm::Argon2id => argon2_rust::Algorithm::Argon2id,
    };
    let version = match recipe.version {
        Version::V0x10 => argon2_rust::Version::V0x10,
        Version::V0x13 => argon2_rust::Version::V0x13,
    };
    let params = argon2_rust::Params::builder()
        .memory(Memory::kib(recipe.params.m_cost().into()))
        .passes(recipe.params.t_cost())
        .lanes(recipe.params.p_cost())
        // Lanes are computed one after another: a stored hash must not choose how many threads run.
        .threads(1)
        .tag_len(TagLen::bytes(tag.len() as u64))
        .build()
        .map_err(translate)?;
    fast.set_argon2(argon2_rust::Argon2::new(algorithm, version, params));
    fast.hash_into_with_ad(password, salt, &[], recipe.params.data(), tag).map_err(translate)
}

/// The few failures that can reach here, in the `argon2` crate's words.
fn translate(error: argon2_rust::Error) -> argon2::Error {
    use argon2_rust::Error;
    match error {
        Error::SaltTooShort => argon2::Error::SaltTooShort,
        Error::SaltTooLong => argon2::Error::SaltTooLong,
        Error::OutputTooShort => argon2::Error::OutputTooShort,
        Error::OutputTooLong => argon2::Error::OutputTooLong,
        Error::PwdTooLong => argon2::Error::PwdTooLong,
        Error::TimeTooSmall => argon2::Error::TimeTooSmall,
        Error::LanesTooFew => argon2::Error::ThreadsTooFew,
        Error::LanesTooMany => argon2::Error::ThreadsTooMany,
        Error::MemoryTooLittle => argon2::Error::MemoryTooLittle,
        _ => argon2::Error::MemoryTooMuch,
    }
}

/// A password, a salt, and their tag by the `argon2` crate with our own parameters.
const KNOWN: (&[u8], &[u8], [u8; 32]) = (
    b"Portico, ready to work?",
    b"sixteen bytes it",
    [
        0x40, 0xf8, 0xaf, 0x06, 0x89, 0x59, 0x3a, 0xde, 0xf2, 0xb9, 0x1b, 0xa2, 0x3c, 0xbb, 0x0b, 0x44, 0x8a, 0xb7,
        0x5d, 0x37, 0x05, 0x2a, 0x6a, 0x2d, 0x1b, 0x88, 0x09, 0x5d, 0xf0, 0x25, 0xc1, 0xbc,
    ],
);

/// Whether the fast engine agrees with the `argon2` crate on this processor: a full-size known
/// answer, then small inputs through every algorithm, with lengths on both sides of a hash block.
fn self_check(fast: &mut argon2_rust::Hasher) -> bool {
    let (password, salt, known) = KNOWN;
    let mut tag = [0; 32];
    let derived = derive_fast(fast, &Argon2Params::CURRENT, password, salt, &mut tag);
    let small =
        [(Algorithm::Argon2id, 8, 3, 1, 32), (Algorithm::Argon2i, 67, 2, 2, 24), (Algorithm::Argon2d, 256, 1, 3, 72)];
    derived.is_ok()
        && tag == known
        && small.into_iter().all(|(algorithm, memory, passes, lanes, length)| {
            Params::new(memory, passes, lanes, Some(length)).is_ok_and(|params| {
                let recipe = Argon2Params { algorithm, version: Version::V0x13, params };
                let password = vec![b'p'; length * 4];
                let (mut ours, mut theirs) = (vec![0; length], vec![1; length]);
                derive_fast(fast, &recipe, &password, salt, &mut ours).is_ok()
                    && derive_slow(&recipe, &password, salt, &mut theirs).is_ok()
                    && ours == theirs
            })
        })
}

#[cfg(test)]
mod tests;
