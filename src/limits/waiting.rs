//! Those who are made to wait: bounded in all, and for each key.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::table::Key;

/// The most strangers that wait at once. Each is a request that holds its connection and some kilobytes, and nothing
/// else.
const MAX_WAITING: usize = 1_000;

/// Attempts that wait for the delay of their target to pass.
#[derive(Default)]
pub(super) struct Waiting(Mutex<Waits>);

#[derive(Default)]
struct Waits {
    all: usize,
    by_key: HashMap<Key, u32>,
}

/// A place among those who wait; it is free again when this goes.
pub(super) struct Permit<'w> {
    waiting: &'w Waiting,
    keys: Vec<Key>,
}

impl Waiting {
    /// A place, unless they are all taken, or as many as each key may have.
    pub(super) fn enter(&self, keys: &[(Key, u32)]) -> Option<Permit<'_>> {
        let mut waits = self.lock();
        let taken = |(key, most): &(Key, u32)| waits.by_key.get(key).is_some_and(|count| count >= most);
        if waits.all >= MAX_WAITING || keys.iter().any(taken) {
            return None;
        }
        waits.all += 1;
        for (key, _) in keys {
            *waits.by_key.entry(*key).or_default() += 1;
        }
        Some(Permit { waiting: self, keys: keys.iter().map(|(key, _)| *key).collect() })
    }

    fn lock(&self) -> MutexGuard<'_, Waits> {
        // Nothing panics while it holds this lock.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        let mut waits = self.waiting.lock();
        waits.all -= 1;
        for key in &self.keys {
            if let Some(count) = waits.by_key.get_mut(key) {
                *count -= 1;
                if *count == 0 {
                    waits.by_key.remove(key);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_key_has_so_many_places_and_gets_them_back() {
        let waiting = Waiting::default();
        let places: Vec<_> = (0..3).map(|_| waiting.enter(&[(1, 3), (2, 4)])).collect();
        assert!(places.iter().all(Option::is_some));
        assert!(waiting.enter(&[(1, 3), (2, 4)]).is_none());
        let other = waiting.enter(&[(3, 3), (2, 4)]);
        assert!(other.is_some());
        assert!(waiting.enter(&[(4, 3), (2, 4)]).is_none());
        drop((places, other));
        assert!(waiting.enter(&[(1, 3), (2, 4)]).is_some());
        assert!(waiting.lock().by_key.is_empty());
    }

    #[test]
    fn all_keys_together_have_so_many_places() {
        let waiting = Waiting::default();
        let places: Vec<_> = (0..=MAX_WAITING).map(|number| waiting.enter(&[(number as Key, 1)])).collect();
        assert_eq!(places.iter().flatten().count(), MAX_WAITING);
        drop(places);
        assert_eq!(waiting.lock().all, 0);
    }
}
