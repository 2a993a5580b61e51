//! What replicas share over Redis, where `REDIS_URL` is set: revoked tokens, each until it would have run out, and
//! counts of attempts, each until its time is over.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::{AsyncCommands as _, Client, ErrorKind, ExistenceCheck, RedisError, SetExpiry, SetOptions, cmd};

use crate::config::Secret;

/// How long Redis may take: it is asked on every call.
const REDIS_TIMEOUT: Duration = Duration::from_secs(1);

/// How often a connection takes the place of one that failed, at most.
const RENEWAL: Duration = Duration::from_secs(1);

/// Adds one to a count unless it has reached its limit. Gives the count, or no count and for how many milliseconds it
/// is so. In one step, so that many at once cannot slip through, and no count is ever left without an end.
const COUNT: &str = "local count = tonumber(redis.call('get', KEYS[1]) or '0') \
    if count >= tonumber(ARGV[1]) then return {0, redis.call('pttl', KEYS[1])} end \
    redis.call('incr', KEYS[1]) \
    if count == 0 then redis.call('pexpire', KEYS[1], ARGV[2]) end \
    return {count + 1, 0}";

/// For how many milliseconds a count is at its limit.
const USED_UP: &str = "if tonumber(redis.call('get', KEYS[1]) or '0') < tonumber(ARGV[1]) then return -1 end \
    return redis.call('pttl', KEYS[1])";

/// Takes one back, if there is one.
const FORGIVE: &str = "if tonumber(redis.call('get', KEYS[1]) or '0') > 0 then redis.call('decr', KEYS[1]) end";

/// The connection to Redis, in which replicas share counts and revocations.
pub struct Redis {
    client: Client,
    connection: Mutex<Renewed>,
    state: Mutex<State>,
}

/// The connection in use, and when it took the place of another.
struct Renewed {
    connection: ConnectionManager,
    since: Option<Instant>,
}

/// What was last heard of Redis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Well,
    /// It answers, and refuses what is asked: it only reads, its memory is full, or its password is another.
    Refusing,
    /// It does not answer.
    Away,
}

/// What an answer shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shows {
    /// That Redis answers. A script that found nothing to change, and a key deleted, are no more than that.
    Answers,
    /// That it takes what is written, too.
    Writes,
}

impl Redis {
    /// Where the entries are. Nothing is connected yet.
    ///
    /// # Errors
    /// When the address is none of a Redis.
    pub fn open(url: &Secret) -> Result<Redis, RedisError> {
        let client = Client::open(url.expose())?;
        let connection = Mutex::new(Renewed { connection: connection(&client)?, since: None });
        Ok(Redis { client, connection, state: Mutex::new(State::Well) })
    }

    fn connection(&self) -> ConnectionManager {
        // Nothing panics while it holds this lock.
        self.connection.lock().unwrap_or_else(PoisonError::into_inner).connection.clone()
    }

    /// Begins anew with a connection, once in [`RENEWAL`]. A manager by itself connects again only when the one it has was
    /// closed: not where that has gone silent, nor where a first answer was none that it understands.
    fn renew(&self) {
        let mut renewed = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        if renewed.since.is_some_and(|since| since.elapsed() < RENEWAL) {
            return;
        }
        if let Ok(connection) = connection(&self.client) {
            *renewed = Renewed { connection, since: Some(Instant::now()) };
        }
    }

    /// Notes that a token (or a family of them) is revoked, for as long as it would have lasted. False when it was
    /// already: then the first note stands.
    ///
    /// # Errors
    /// When Redis does not answer.
    pub async fn revoke(&self, id: &str, note: &str, lasts: Duration) -> Result<bool, RedisError> {
        let options = SetOptions::default()
            .conditional_set(ExistenceCheck::NX)
            .with_expiration(SetExpiry::EX(lasts.as_secs().max(1)));
        let answer = self.connection().set_options(revoked(id), note, options).await;
        let set: Option<String> = self.heard(Shows::Writes, answer)?;
        Ok(set.is_some())
    }

    /// The note about a revoked token; nothing when it is not revoked.
    ///
    /// # Errors
    /// When Redis does not answer.
    pub async fn revoked(&self, id: &str) -> Result<Option<String>, RedisError> {
        self.heard(Shows::Answers, self.connection().get(revoked(id)).await)
    }

    /// Counts a try of at most so many within `window`. Gives how many that makes, or else how long to wait.
    ///
    /// # Errors
    /// When Redis does not answer.
    pub async fn count(&self, key: u128, attempts: u32, window: Duration) -> Result<Result<u32, Duration>, RedisError> {
        let mut count = cmd("EVAL");
        count.arg(COUNT).arg(1).arg(tried(key)).arg(attempts).arg(window.as_millis() as u64);
        let (count, wait): (u32, i64) = self.heard(Shows::Answers, count.query_async(&mut self.connection()).await)?;
        Ok(if count > 0 { Ok(count) } else { Err(Duration::from_millis(wait.try_into().unwrap_or_default())) })
    }

    /// How long to wait when so many attempts are counted.
    ///
    /// # Errors
    /// When Redis does not answer.
    pub async fn used_up(&self, key: u128, attempts: u32) -> Result<Option<Duration>, RedisError> {
        let mut asked = cmd("EVAL");
        asked.arg(USED_UP).arg(1).arg(tried(key)).arg(attempts);
        let wait: i64 = self.heard(Shows::Answers, asked.query_async(&mut self.connection()).await)?;
        Ok(u64::try_from(wait).ok().map(Duration::from_millis))
    }

    /// Takes back a try.
    ///
    /// # Errors
    /// When Redis does not answer.
    pub async fn forgive(&self, key: u128) -> Result<(), RedisError> {
        let mut forgive = cmd("EVAL");
        forgive.arg(FORGIVE).arg(1).arg(tried(key));
        self.heard(Shows::Answers, forgive.query_async(&mut self.connection()).await)
    }

    /// Forgets every try.
    ///
    /// # Errors
    /// When Redis does not answer.
    pub async fn forget(&self, key: u128) -> Result<(), RedisError> {
        self.heard(Shows::Answers, self.connection().del(tried(key)).await)
    }

    /// Whether Redis answers, and takes what is written: a replica of another Redis, or one whose memory is full, only
    /// answers.
    ///
    /// # Errors
    /// [`RedisError`] when it does not.
    pub async fn ping(&self) -> Result<(), RedisError> {
        let options = SetOptions::default().with_expiration(SetExpiry::EX(1));
        self.heard(Shows::Writes, self.connection().set_options("portico:ping", "", options).await)
    }

    /// One line when it goes, and one when it is back. One that refuses is well again once it takes a change.
    fn heard<T>(&self, shows: Shows, answer: Result<T, RedisError>) -> Result<T, RedisError> {
        // Nothing panics while it holds this lock.
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let before = *state;
        *state = match &answer {
            Ok(_) if before == State::Refusing && shows == Shows::Answers => State::Refusing,
            Ok(_) => State::Well,
            Err(error) if error.code().is_some() || error.kind() == ErrorKind::AuthenticationFailed => State::Refusing,
            Err(_) => State::Away,
        };
        // One that refuses, too: it may be another by now at that address.
        if answer.is_err() {
            self.renew();
        }
        match (before, *state, &answer) {
            (State::Refusing | State::Away, State::Well, _) => tracing::info!("Redis answers again"),
            (State::Well | State::Away, State::Refusing, Err(error)) => {
                tracing::warn!(%error, "Redis refuses: what it does not take is kept here alone, and no token is taken where it refuses to be read");
            }
            (State::Well | State::Refusing, State::Away, Err(error)) => {
                tracing::warn!(%error, "Redis does not answer: no token is taken and tries are counted here alone until it does");
            }
            _ => {}
        }
        answer
    }
}

/// A connection that is made when it is first needed.
fn connection(client: &Client) -> Result<ConnectionManager, RedisError> {
    let config = ConnectionManagerConfig::new()
        .set_number_of_retries(1)
        .set_connection_timeout(Some(REDIS_TIMEOUT))
        .set_response_timeout(Some(REDIS_TIMEOUT));
    ConnectionManager::new_lazy_with_config(client.clone(), config)
}

fn revoked(id: &str) -> String {
    format!("portico:revoked:{id}")
}

/// A hash alone: what a client tried is not to be read there.
fn tried(key: u128) -> String {
    format!("portico:tries:{key:032x}")
}
