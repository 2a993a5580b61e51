//! Hashing and verifying passwords, on threads of their own that do not slow other work.

mod engine;
mod legacy;
mod stored;
mod work;

pub use legacy::global_salt;
pub use stored::is_readable;
pub use work::Kinds;

use std::net::IpAddr;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use engine::Engine;
use work::Work;

use crate::model::password::Password;
use crate::worker_pool::{Busy, WorkerPool};

/// How long an answer may wait for those behind it: some eight passwords, and too short to be noticed. Log-ins
/// without pause take half as long beside their hashes for it (docs/PERFORMANCE.md).
const MAX_ANSWER_DELAY: Duration = Duration::from_millis(40);

/// The password workers. Clones share them; they end with the last clone or at [`Passwords::stop`].
#[derive(Clone, Debug)]
pub struct Passwords {
    workers: WorkerPool<Engine>,
    kinds: Arc<RwLock<Arc<Kinds>>>,
}

/// What comparing a password with a stored hash showed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Not this password, or no password at all.
    Wrong,
    /// This password.
    Right,
    /// This password, but hashed in an older way: the caller stores a new [`Passwords::hash`].
    NeedsRehash,
}

impl Passwords {
    /// Starts `workers` threads of the lowest scheduling weight, one for each core as a rule, and
    /// a queue in which at most `queue` passwords wait, of one client a quarter of that where `shared` says so.
    pub fn start(workers: usize, queue: usize, shared: bool) -> Passwords {
        let workers = WorkerPool::start("passwords", workers, queue, shared, MAX_ANSWER_DELAY);
        Passwords { workers, kinds: Arc::default() }
    }

    /// Hashes a password with Argon2id (19 MiB, two passes, one lane) and a new salt of 16 bytes,
    /// as a PHC string. `client` is the address that it is for, which has a share of the queue; nothing for who speaks
    /// for many users.
    ///
    /// # Errors
    /// [`Busy`] at once when the queue is full.
    pub async fn hash(&self, password: &Password, client: Option<IpAddr>) -> Result<String, Busy> {
        let password = password.clone();
        let hashed = self.workers.run(client, move |engine| stored::hash(engine, &password)).await?;
        hashed.ok_or_else(|| self.workers.busy())
    }

    /// Compares a password with what is stored for an account: `None` when there is no such account or it has no
    /// password. Each wrong password costs the same work: a current hash, and the dearest of each older kind that some
    /// account has. A right one costs no more than its own.
    ///
    /// # Errors
    /// [`Busy`] at once when the queue is full.
    pub async fn verify(
        &self,
        password: &Password,
        stored: Option<&str>,
        client: Option<IpAddr>,
    ) -> Result<Verdict, Busy> {
        let mut kinds = self.kinds();
        if let Some(stored) = stored {
            let mut more = Kinds::clone(&kinds);
            if more.add(stored).is_some() && more != *kinds {
                // The cache had not been refreshed since it came in.
                self.set_kinds(more);
                kinds = self.kinds();
            }
        }
        self.compare(password, stored, kinds, client).await
    }

    /// Whether a password is the stored one, where it is no secret whether there is one: a wrong one costs no more than
    /// it must.
    ///
    /// # Errors
    /// [`Busy`] at once when the queue is full.
    pub async fn is_same(&self, password: &Password, stored: &str, client: Option<IpAddr>) -> Result<bool, Busy> {
        Ok(self.compare(password, Some(stored), Arc::default(), client).await? != Verdict::Wrong)
    }

    async fn compare(
        &self,
        password: &Password,
        stored: Option<&str>,
        kinds: Arc<Kinds>,
        client: Option<IpAddr>,
    ) -> Result<Verdict, Busy> {
        let password = password.clone();
        let stored = stored.map(str::to_owned);
        let compare = move |engine: &mut Engine| {
            stored::verify(engine, &password, stored.as_deref(), &kinds, &mut Work::default())
        };
        self.workers.run(client, compare).await
    }

    /// The older kinds of hashes that wrong passwords are charged for.
    pub fn kinds(&self) -> Arc<Kinds> {
        Arc::clone(&self.kinds.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Sets what wrong passwords are charged for: the kinds that accounts have.
    pub fn set_kinds(&self, kinds: Kinds) {
        *self.kinds.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(kinds);
    }

    /// How many passwords wait for a worker now.
    pub fn waiting(&self) -> usize {
        self.workers.waiting()
    }

    /// How many may wait.
    pub fn capacity(&self) -> usize {
        self.workers.capacity()
    }

    /// Takes nothing more. What waits already is still done, then the threads end.
    pub fn stop(&self) {
        self.workers.stop();
    }
}

#[cfg(test)]
mod tests;
