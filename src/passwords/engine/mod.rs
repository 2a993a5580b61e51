//! Argon2 itself: a SIMD engine behind the `argon2` crate's types, where the feature `argon2-rust` is on (it is by
//! default) and the engine is right on this machine; else the `argon2` crate, which takes twice the time and the memory
//! anew for each hash. `docs/DEPENDENCIES.md` says why there are two, `docs/PERFORMANCE.md` what each takes.

use argon2::Argon2;

use crate::worker_pool::WorkerState;

use super::stored::Argon2Params;

#[cfg(feature = "argon2-rust")]
mod fast;

/// The engine that is not compiled in.
#[cfg(not(feature = "argon2-rust"))]
mod fast {
    use super::Argon2Params;

    pub(super) enum Fast {}

    impl Fast {
        pub(super) fn trusted() -> Option<Fast> {
            None
        }

        pub(super) fn derive(
            &mut self,
            _: &Argon2Params,
            _: &[u8],
            _: &[u8],
            _: &mut [u8],
        ) -> Result<(), argon2::Error> {
            match *self {}
        }

        pub(super) fn clear(&mut self) {
            match *self {}
        }

        pub(super) fn keeps_memory(&self) -> bool {
            match *self {}
        }
    }
}

/// One worker's Argon2, with the memory that it keeps from hash to hash.
pub(super) struct Engine {
    fast: Option<fast::Fast>,
}

impl Engine {
    /// An engine that holds no memory yet. The first one in a process, made for the first password, runs the
    /// self-check.
    pub(super) fn new() -> Engine {
        Engine { fast: fast::Fast::trusted() }
    }

    /// Fills `tag` by Argon2.
    ///
    /// # Errors
    /// When the parameters, the salt or the tag have no acceptable size, or memory is short.
    pub(super) fn derive(
        &mut self,
        recipe: &Argon2Params,
        password: &[u8],
        salt: &[u8],
        tag: &mut [u8],
    ) -> Result<(), argon2::Error> {
        match &mut self.fast {
            Some(fast) => fast.derive(recipe, password, salt, tag),
            None => derive_slow(recipe, password, salt, tag),
        }
    }
}

impl Default for Engine {
    fn default() -> Engine {
        Engine::new()
    }
}

impl WorkerState for Engine {
    fn release_memory(&mut self) {
        if let Some(fast) = &mut self.fast {
            fast.clear();
        }
    }

    fn keeps_memory(&self) -> bool {
        self.fast.as_ref().is_some_and(fast::Fast::keeps_memory)
    }
}

fn derive_slow(recipe: &Argon2Params, password: &[u8], salt: &[u8], tag: &mut [u8]) -> Result<(), argon2::Error> {
    Argon2::new(recipe.algorithm, recipe.version, recipe.params.clone()).hash_password_into(password, salt, tag)
}
