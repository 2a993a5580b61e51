//! Revoked tokens over Redis, where `REDIS_URL` is set: every replica knows at once, and each entry goes when its
//! token would have run out. While Redis does not answer, no token is taken.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::{AsyncCommands as _, Client, ExistenceCheck, RedisError, SetExpiry, SetOptions};

use crate::config::Secret;

/// How long Redis may take: it is asked on every call.
const PATIENCE: Duration = Duration::from_secs(1);

/// The entries of every replica.
pub struct Revoked {
    connection: ConnectionManager,
    is_down: AtomicBool,
}

impl Revoked {
    /// Where the entries are. Nothing is connected yet, and a lost connection comes back by itself.
    ///
    /// # Errors
    /// When the address is none of a Redis.
    pub fn open(url: &Secret) -> Result<Revoked, RedisError> {
        let config = ConnectionManagerConfig::new()
            .set_number_of_retries(1)
            .set_connection_timeout(Some(PATIENCE))
            .set_response_timeout(Some(PATIENCE));
        let connection = ConnectionManager::new_lazy_with_config(Client::open(url.expose())?, config)?;
        Ok(Revoked { connection, is_down: AtomicBool::new(false) })
    }

    /// Notes that a token (or a family of them) is revoked, for as long as it would have lasted. False when it was
    /// already: then the first note stands.
    ///
    /// # Errors
    /// When Redis does not answer.
    pub async fn add(&self, id: &str, note: &str, lasts: Duration) -> Result<bool, RedisError> {
        let options = SetOptions::default()
            .conditional_set(ExistenceCheck::NX)
            .with_expiration(SetExpiry::EX(lasts.as_secs().max(1)));
        let set: Option<String> = self.heard(self.connection.clone().set_options(key(id), note, options).await)?;
        Ok(set.is_some())
    }

    /// The note about a revoked token; nothing when it is not revoked.
    ///
    /// # Errors
    /// When Redis does not answer.
    pub async fn find(&self, id: &str) -> Result<Option<String>, RedisError> {
        self.heard(self.connection.clone().get(key(id)).await)
    }

    /// Whether Redis answers.
    ///
    /// # Errors
    /// When it does not.
    pub async fn ping(&self) -> Result<(), RedisError> {
        self.heard(self.connection.clone().ping().await)
    }

    /// One line when it goes, and one when it is back.
    fn heard<T>(&self, answer: Result<T, RedisError>) -> Result<T, RedisError> {
        match &answer {
            Ok(_) if self.is_down.swap(false, Ordering::Relaxed) => tracing::info!("Redis answers again"),
            Err(error) if !self.is_down.swap(true, Ordering::Relaxed) => {
                tracing::warn!(%error, "Redis does not answer: no token is taken until it does");
            }
            _ => {}
        }
        answer
    }
}

fn key(id: &str) -> String {
    format!("portico:revoked:{id}")
}
