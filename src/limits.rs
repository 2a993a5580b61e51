//! Rate limits: how often something may be tried from one place, or against one account, in a while.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::redis::Redis;

/// How many tries are allowed in which time.
#[derive(Debug)]
pub struct Rule {
    name: &'static str,
    tries: u32,
    window: Duration,
}

impl Rule {
    /// What the count of this rule and key is called.
    fn name_of(&self, key: &str) -> String {
        format!("{} {key}", self.name)
    }
}

/// Log-ins that failed, of one account from one address.
pub const SIGN_IN: Rule = Rule { name: "sign-in", tries: 10, window: Duration::from_secs(15 * 60) };
/// Log-ins that failed from one address, whatever the account.
pub const SIGN_IN_ADDRESS: Rule = Rule { name: "sign-in-address", tries: 100, window: Duration::from_secs(15 * 60) };
/// Log-ins that failed, of one account, from everywhere it was never logged in from (NIST SP 800-63B §3.2.2).
pub const SIGN_IN_STRANGERS: Rule =
    Rule { name: "sign-in-strangers", tries: 100, window: Duration::from_secs(24 * 3600) };
/// Sign-ups tried from one address.
pub const SIGN_UP: Rule = Rule { name: "sign-up", tries: 200, window: Duration::from_secs(10 * 60) };
/// Accounts made from one address.
pub const SIGN_UP_DONE: Rule = Rule { name: "sign-up-done", tries: 60, window: Duration::from_secs(3600) };
/// Pictures uploaded by one account.
pub const PICTURE: Rule = Rule { name: "picture", tries: 60, window: Duration::from_secs(10 * 60) };
/// Copies of one account's data.
pub const DATA: Rule = Rule { name: "data", tries: 20, window: Duration::from_secs(3600) };

/// Too many tries; another is welcome after this time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooMany {
    /// How long until the count starts afresh.
    pub retry_after: Duration,
}

/// Counts tries: for all replicas together over Redis where there is one, else in this process. While Redis does not answer, each
/// replica counts by itself: nobody is locked out for it, and nobody tries without end.
pub struct Limits {
    enabled: bool,
    own: Mutex<HashMap<String, Count>>,
    redis: Option<Arc<Redis>>,
    /// Until when Redis is not asked, since it has just not answered.
    resting: Mutex<Option<Instant>>,
}

#[derive(Clone, Copy, Debug)]
struct Count {
    tries: u32,
    ends: Instant,
}

/// When this many keys are counted, those whose time is over are dropped; when none is, new keys are not
/// limited rather than memory running out.
const MOST_KEYS: usize = 200_000;

/// How long Redis is left alone after it did not answer: each question may cost a second.
const REST: Duration = Duration::from_secs(5);

impl Limits {
    /// Counters that hold callers to the rules, or, for load tests, do not.
    pub fn new(enabled: bool, redis: Option<Arc<Redis>>) -> Limits {
        Limits { enabled, own: Mutex::default(), redis, resting: Mutex::default() }
    }

    /// Counts a try. It is counted before the work it allows, so that many at once cannot slip through.
    ///
    /// # Errors
    /// [`TooMany`] when the rule's tries are used up.
    pub async fn count(&self, rule: &Rule, key: &str) -> Result<(), TooMany> {
        if !self.enabled {
            return Ok(());
        }
        let name = rule.name_of(key);
        let wait = match self.redis() {
            Some(redis) => match redis.count(&name, rule.tries, rule.window).await {
                Ok(wait) => wait,
                Err(_) => {
                    self.let_redis_rest();
                    self.count_here(rule, name)
                }
            },
            None => self.count_here(rule, name),
        };
        wait.map_or(Ok(()), |retry_after| Err(TooMany { retry_after }))
    }

    /// Takes back a try that turned out well.
    pub async fn forgive(&self, rule: &Rule, key: &str) {
        let name = rule.name_of(key);
        if let Some(count) = lock(&self.own).get_mut(&name) {
            count.tries = count.tries.saturating_sub(1);
        }
        if let Some(redis) = self.redis()
            && redis.forgive(&name).await.is_err()
        {
            self.let_redis_rest();
        }
    }

    /// Forgets every try under a key.
    pub async fn clear(&self, rule: &Rule, key: &str) {
        let name = rule.name_of(key);
        lock(&self.own).remove(&name);
        if let Some(redis) = self.redis()
            && redis.forget(&name).await.is_err()
        {
            self.let_redis_rest();
        }
    }

    /// Redis, unless it has just not answered, or nothing is counted.
    fn redis(&self) -> Option<&Redis> {
        let redis = self.redis.as_deref().filter(|_| self.enabled)?;
        let resting = lock(&self.resting).is_some_and(|until| Instant::now() < until);
        (!resting).then_some(redis)
    }

    fn let_redis_rest(&self) {
        *lock(&self.resting) = Some(Instant::now() + REST);
    }

    /// How long to wait, when the tries of this process are used up.
    fn count_here(&self, rule: &Rule, name: String) -> Option<Duration> {
        let now = Instant::now();
        let mut counts = lock(&self.own);
        if counts.len() >= MOST_KEYS {
            counts.retain(|_, count| count.ends > now);
            if counts.len() >= MOST_KEYS {
                return None;
            }
        }
        let fresh = Count { tries: 0, ends: now + rule.window };
        let count = counts.entry(name).or_insert(fresh);
        if count.ends <= now {
            *count = fresh;
        }
        if count.tries >= rule.tries {
            return Some(count.ends.duration_since(now));
        }
        count.tries += 1;
        None
    }
}

/// Nothing panics while it holds these locks, and a count half written would still be a count.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The key of an address: whole for IPv4, the /64 for IPv6, since one client has all of that.
pub fn address_key(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).to_string()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWICE: Rule = Rule { name: "twice", tries: 2, window: Duration::from_secs(60) };

    #[tokio::test]
    async fn the_third_try_of_two_is_refused_until_the_window_ends() {
        let limits = Limits::new(true, None);
        assert!(limits.count(&TWICE, "a").await.is_ok());
        assert!(limits.count(&TWICE, "a").await.is_ok());
        assert!(limits.count(&TWICE, "a").await.unwrap_err().retry_after <= TWICE.window);
        assert!(limits.count(&TWICE, "b").await.is_ok());
    }

    #[tokio::test]
    async fn a_forgiven_try_does_not_count() {
        let limits = Limits::new(true, None);
        for _ in 0..5 {
            assert!(limits.count(&TWICE, "a").await.is_ok());
            limits.forgive(&TWICE, "a").await;
        }
    }

    #[test]
    fn one_ipv6_network_is_one_client() {
        let key = |text: &str| address_key(text.parse().unwrap());
        assert_eq!(key("2001:db8::1"), key("2001:db8::ffff:1"));
        assert_ne!(key("2001:db8::1"), key("2001:db8:0:1::1"));
        assert_eq!(key("::ffff:192.0.2.7"), key("192.0.2.7"));
    }
}
