//! Rate limits: how often something may be tried from one place, or against one account, in a while.
//!
//! Counts live in memory of a fixed size, which a flood cannot fill up, or in Redis, under hashes alone:
//! the names and addresses themselves are stored nowhere.

mod rule;
mod table;
mod waiting;

use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::clock::Clock;
use crate::metrics::METRICS;
use crate::redis::Redis;
use crate::secrets::mac;
use crate::shares::{client_network, client_site};

pub use rule::Rule;

use table::{Key, Seconds, Table};
use waiting::Waiting;

/// Too many attempts; the next is allowed after this time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooMany {
    /// How long until the count starts afresh.
    pub retry_after: Duration,
}

/// Counts attempts: for all replicas together over Redis where there is one, else in this process. While Redis does not
/// answer, each replica counts by itself: no user is locked out for it, and no client is without a limit.
pub struct Limits {
    enabled: bool,
    /// What the keys of each rule are hashed under: without it one cannot tell which of them share a place, or whose
    /// they are.
    secrets: [[u8; 32]; Rule::ALL.len()],
    clock: Clock,
    started: Instant,
    tables: [Table; Rule::ALL.len()],
    waiting: Waiting,
    /// Those whom services ask for, whose places no stranger takes.
    waiting_for_services: Waiting,
    turns: Box<[tokio::sync::Mutex<()>]>,
    redis: Option<Arc<Redis>>,
    /// Until when Redis is not asked, since it has just not answered.
    resting: Mutex<Option<Instant>>,
}

/// How long Redis is left alone after it did not answer: each question may cost a second.
const REDIS_COOL_DOWN: Duration = Duration::from_secs(5);

/// How many addresses may have their turn at once. Two that share a slot wait for each other, which is short.
const TURNS: usize = 1_024;

impl Limits {
    /// Counters that hold callers to the rules, or, for load tests, do not. Replicas that share a Redis share the
    /// secret.
    pub fn new(enabled: bool, secret: [u8; 32], redis: Option<Arc<Redis>>, clock: Clock) -> Limits {
        Limits {
            enabled,
            secrets: Rule::ALL.map(|rule| mac(&secret, rule.terms().name.as_bytes())),
            started: clock.monotonic(),
            clock,
            tables: Rule::ALL.map(|rule| Table::new(rule.terms().sets)),
            waiting: Waiting::default(),
            waiting_for_services: Waiting::default(),
            turns: (0..TURNS).map(|_| tokio::sync::Mutex::default()).collect(),
            redis,
            resting: Mutex::default(),
        }
    }

    /// Counts a try, and gives how many that makes. It is counted before the work it allows, so that many at once
    /// cannot slip through.
    ///
    /// # Errors
    /// [`TooMany`] when the rule's attempts are used up.
    pub async fn count(&self, rule: Rule, who: &str) -> Result<u32, TooMany> {
        let counted = self.tally(rule, who).await;
        if counted.is_err() {
            METRICS.limits_refused.with([rule.terms().name]).inc();
        }
        counted
    }

    /// Counts a try that is not refused. Gives how many that makes; as an error the rule's most, beyond which nothing
    /// is counted and nothing is to be taken back.
    ///
    /// # Errors
    /// The rule's most.
    pub async fn count_up(&self, rule: Rule, who: &str) -> Result<u32, u32> {
        self.tally(rule, who).await.map_err(|_| rule.terms().attempts)
    }

    /// Whether the rule's attempts are used up, without trying.
    ///
    /// # Errors
    /// [`TooMany`] when they are.
    pub async fn check(&self, rule: Rule, who: &str) -> Result<(), TooMany> {
        if !self.enabled {
            return Ok(());
        }
        let (key, terms) = (self.key(rule, who), rule.terms());
        let here = |limits: &Limits| {
            let now = limits.now();
            limits.table(rule).used_up(key, terms.attempts, now).map(|end| seconds(end - now))
        };
        let wait = match self.redis() {
            Some(redis) => match redis.used_up(key, terms.attempts).await {
                Ok(wait) => wait,
                Err(_) => {
                    self.let_redis_rest();
                    here(self)
                }
            },
            None => here(self),
        };
        match wait {
            Some(retry_after) => {
                METRICS.limits_refused.with([terms.name]).inc();
                Err(TooMany { retry_after })
            }
            None => Ok(()),
        }
    }

    /// Whether this is the first time in the rule's window, which begins now if it is; [`Limits::forgive`] takes that back.
    /// When in doubt it is.
    pub async fn is_new(&self, rule: Rule, who: &str) -> bool {
        if !self.enabled {
            return true;
        }
        let (key, terms) = (self.key(rule, who), rule.terms());
        if let Some(redis) = self.redis() {
            match redis.count(key, 1, terms.window).await {
                Ok(counted) => return counted.is_ok(),
                Err(_) => self.let_redis_rest(),
            }
        }
        self.table(rule).is_new(key, whole_seconds(terms.window), self.now())
    }

    /// Takes back a try that turned out well.
    pub async fn forgive(&self, rule: Rule, who: &str) {
        if !self.enabled {
            return;
        }
        let key = self.key(rule, who);
        self.table(rule).forgive(key, self.now());
        if let Some(redis) = self.redis()
            && redis.forgive(key).await.is_err()
        {
            self.let_redis_rest();
        }
    }

    /// Clears every count of a key.
    pub async fn clear(&self, rule: Rule, who: &str) {
        if !self.enabled {
            return;
        }
        let key = self.key(rule, who);
        self.table(rule).clear(key, self.now());
        if let Some(redis) = self.redis()
            && redis.forget(key).await.is_err()
        {
            self.let_redis_rest();
        }
    }

    /// Makes a stranger wait, among at most so many at once of each rule and key, and in all: no thread and no
    /// connection to the database waits with them.
    ///
    /// # Errors
    /// [`TooMany`] at once when there is no place to wait.
    pub async fn wait(&self, places: &[(Rule, &str, u32)], delay: Duration) -> Result<(), TooMany> {
        self.wait_among(&self.waiting, places, delay).await
    }

    /// The same for a user on whose behalf a service asks.
    ///
    /// # Errors
    /// As [`Limits::wait`].
    pub async fn wait_for_service(&self, places: &[(Rule, &str, u32)], delay: Duration) -> Result<(), TooMany> {
        self.wait_among(&self.waiting_for_services, places, delay).await
    }

    async fn wait_among(
        &self,
        waiting: &Waiting,
        places: &[(Rule, &str, u32)],
        delay: Duration,
    ) -> Result<(), TooMany> {
        if !self.enabled || delay.is_zero() {
            return Ok(());
        }
        let keys: Vec<_> = places.iter().map(|(rule, who, most)| (self.key(*rule, who), *most)).collect();
        let Some(_place) = waiting.enter(&keys) else {
            METRICS.limits_refused.with(["waiting"]).inc();
            return Err(TooMany { retry_after: seconds(whole_seconds(delay).max(1)) });
        };
        METRICS.limits_slowed.inc();
        tokio::time::sleep(delay).await;
        Ok(())
    }

    /// A turn: until it is over, no other task has one under the same key, in this process. Nothing when limits are
    /// off.
    pub async fn turn(&self, who: &str) -> Option<tokio::sync::MutexGuard<'_, ()>> {
        if !self.enabled {
            return None;
        }
        Some(self.turns[self.key(Rule::SignUp, who) as usize % TURNS].lock().await)
    }

    async fn tally(&self, rule: Rule, who: &str) -> Result<u32, TooMany> {
        if !self.enabled {
            return Ok(0);
        }
        let (key, terms) = (self.key(rule, who), rule.terms());
        if let Some(redis) = self.redis() {
            match redis.count(key, terms.attempts, terms.window).await {
                Ok(counted) => return counted.map_err(|retry_after| TooMany { retry_after }),
                Err(_) => self.let_redis_rest(),
            }
        }
        let now = self.now();
        let counted = self.table(rule).count(key, terms.attempts, whole_seconds(terms.window), now);
        counted.map_err(|end| TooMany { retry_after: seconds(end - now) })
    }

    fn key(&self, rule: Rule, who: &str) -> Key {
        mac(&self.secrets[rule as usize], who.as_bytes())
            .iter()
            .take(16)
            .fold(0, |key, byte| key << 8 | Key::from(*byte))
    }

    fn table(&self, rule: Rule) -> &Table {
        &self.tables[rule as usize]
    }

    /// The seconds since the limits began to count, by the monotonic clock.
    fn now(&self) -> Seconds {
        whole_seconds(self.clock.monotonic().saturating_duration_since(self.started)).saturating_add(1)
    }

    /// Redis, unless it has just not answered.
    fn redis(&self) -> Option<&Redis> {
        let redis = self.redis.as_deref()?;
        let resting = lock(&self.resting).is_some_and(|until| Instant::now() < until);
        (!resting).then_some(redis)
    }

    fn let_redis_rest(&self) {
        *lock(&self.resting) = Some(Instant::now() + REDIS_COOL_DOWN);
    }
}

fn seconds(seconds: Seconds) -> Duration {
    Duration::from_secs(seconds.into())
}

fn whole_seconds(time: Duration) -> Seconds {
    Seconds::try_from(time.as_secs()).unwrap_or(Seconds::MAX)
}

/// Nothing panics while it holds these locks.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The key of what is likely one site: the /48 for IPv6, of which one client may have each /64; nothing for IPv4.
pub fn site_key(address: IpAddr) -> Option<String> {
    client_site(address).map(|site| format!("{site}/48"))
}

/// The key of a client's address: its [`client_network`].
pub fn address_key(address: IpAddr) -> String {
    client_network(address).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits() -> Limits {
        Limits::new(true, [7; 32], None, Clock::default())
    }

    #[tokio::test]
    async fn each_rule_and_each_key_has_a_count_of_its_own() {
        let limits = limits();
        for count in 1..=20 {
            assert_eq!(limits.count(Rule::Data, "a").await, Ok(count));
        }
        let refused = limits.count(Rule::Data, "a").await.unwrap_err();
        assert!(refused.retry_after <= Rule::Data.terms().window && !refused.retry_after.is_zero());
        assert_eq!(limits.check(Rule::Data, "a").await.unwrap_err().retry_after, refused.retry_after);
        assert_eq!(limits.count(Rule::Data, "b").await, Ok(1));
        assert_eq!(limits.count(Rule::Picture, "a").await, Ok(1));
        assert!(limits.check(Rule::Picture, "a").await.is_ok());
    }

    #[tokio::test]
    async fn what_is_not_refused_is_counted_up_to_its_most() {
        let limits = limits();
        for count in 1..=1_010 {
            let counted = limits.count_up(Rule::SignInAccount, "a").await;
            assert_eq!(counted, if count <= 1_000 { Ok(count) } else { Err(1_000) });
        }
    }

    #[tokio::test]
    async fn no_request_waits_where_no_place_is_left() {
        let limits = limits();
        let place = [(Rule::SignInPair, "a", 1)];
        let long = limits.wait(&place, Duration::from_secs(3_600));
        tokio::pin!(long);
        assert!(futures_util::poll!(&mut long).is_pending());
        assert!(limits.wait(&place, Duration::from_secs(2)).await.is_err());
        assert!(limits.wait(&place, Duration::ZERO).await.is_ok());
    }

    #[tokio::test]
    async fn switched_off_nothing_is_limited_and_no_request_waits() {
        let limits = Limits::new(false, [7; 32], None, Clock::default());
        for _ in 0..30 {
            assert!(limits.count(Rule::Data, "a").await.is_ok());
        }
        assert!(limits.wait(&[(Rule::SignInPair, "a", 0)], Duration::from_secs(3_600)).await.is_ok());
        assert!(limits.turn("a").await.is_none());
    }

    #[test]
    fn one_ipv6_network_is_one_client() {
        let key = |text: &str| address_key(text.parse().unwrap());
        assert_eq!(key("2001:db8::1"), key("2001:db8::ffff:1"));
        assert_ne!(key("2001:db8::1"), key("2001:db8:0:1::1"));
        assert_eq!(key("::ffff:192.0.2.7"), key("192.0.2.7"));
        let site = |text: &str| site_key(text.parse().unwrap());
        assert_eq!(site("2001:db8:1::1"), site("2001:db8:1:ffff::1"));
        assert_ne!(site("2001:db8:1::1"), site("2001:db8:2::1"));
        assert_eq!(site("::ffff:192.0.2.7"), None);
    }
}
