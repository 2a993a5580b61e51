//! Rate limits: how often something may be tried from one place, or against one account, in a while.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How many tries are allowed in which time.
#[derive(Debug)]
pub struct Rule {
    name: &'static str,
    tries: u32,
    window: Duration,
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

/// Counts tries in this process.
#[derive(Debug)]
pub struct Limits {
    enabled: bool,
    counts: Mutex<HashMap<(&'static str, String), Count>>,
}

#[derive(Clone, Copy, Debug)]
struct Count {
    tries: u32,
    ends: Instant,
}

/// When this many keys are counted, those whose time is over are dropped; when none is, new keys are not
/// limited rather than memory running out.
const MOST_KEYS: usize = 200_000;

impl Limits {
    /// Counters that hold callers to the rules, or, for load tests, do not.
    pub fn new(enabled: bool) -> Limits {
        Limits { enabled, counts: Mutex::default() }
    }

    /// Counts a try. It is counted before the work it allows, so that many at once cannot slip through.
    ///
    /// # Errors
    /// [`TooMany`] when the rule's tries are used up.
    pub fn count(&self, rule: &Rule, key: &str) -> Result<(), TooMany> {
        if !self.enabled {
            return Ok(());
        }
        let now = Instant::now();
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.len() >= MOST_KEYS {
            counts.retain(|_, count| count.ends > now);
            if counts.len() >= MOST_KEYS {
                return Ok(());
            }
        }
        let fresh = Count { tries: 0, ends: now + rule.window };
        let count = counts.entry((rule.name, key.to_owned())).or_insert(fresh);
        if count.ends <= now {
            *count = fresh;
        }
        if count.tries >= rule.tries {
            return Err(TooMany { retry_after: count.ends.duration_since(now) });
        }
        count.tries += 1;
        Ok(())
    }

    /// Takes back a try that turned out well.
    pub fn forgive(&self, rule: &Rule, key: &str) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&(rule.name, key.to_owned())) {
            count.tries = count.tries.saturating_sub(1);
        }
    }

    /// Forgets every try under a key.
    pub fn clear(&self, rule: &Rule, key: &str) {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner).remove(&(rule.name, key.to_owned()));
    }
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

    #[test]
    fn the_third_try_of_two_is_refused_until_the_window_ends() {
        let limits = Limits::new(true);
        assert!(limits.count(&TWICE, "a").is_ok());
        assert!(limits.count(&TWICE, "a").is_ok());
        assert!(limits.count(&TWICE, "a").unwrap_err().retry_after <= TWICE.window);
        assert!(limits.count(&TWICE, "b").is_ok());
    }

    #[test]
    fn a_forgiven_try_does_not_count() {
        let limits = Limits::new(true);
        for _ in 0..5 {
            assert!(limits.count(&TWICE, "a").is_ok());
            limits.forgive(&TWICE, "a");
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
