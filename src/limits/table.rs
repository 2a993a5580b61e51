//! Counts in memory of a fixed size: a set-associative table that never evicts a key counted more often than others.

use std::sync::{Mutex, PoisonError};

/// How many counts share a set.
const WAYS: usize = 8;

/// Locks of a table. Each guards its share of the sets, whose memory is asked for with the first count in it.
const SHARDS: usize = 64;

/// A key: the hash of a rule and of whom it is asked for. One half of it picks the set, the other is its tag there.
pub(super) type Key = u128;

/// A time since the program's start, or a duration; in whole seconds.
pub(super) type Seconds = u32;

/// A tag, then the time its count expires above the count itself. All zero, it has ended long ago: memory that no key
/// has written to costs nothing.
type Line = [u64; 2];

/// The lines of a set, then its floor: the most that was counted in a line which was given up, until the last of those
/// would have ended. A key that comes into the set begins with that.
type Set = [Line; WAYS + 1];

/// How often keys were counted, each in windows of its own that begin with its first try.
///
/// No count is less than what was tried in its window (as in Space-Saving: Metwally, Agrawal, El Abbadi 2005): a flood
/// of keys makes limits stricter and never lifts them, and the line that makes room is the one with the fewest
/// attempts.
pub(super) struct Table {
    shards: Box<[Mutex<Vec<Set>>]>,
    sets: usize,
}

impl Table {
    /// A table for eight times as many keys as it has sets.
    pub(super) fn new(sets: usize) -> Table {
        Table { shards: (0..SHARDS).map(|_| Mutex::default()).collect(), sets: sets.next_multiple_of(SHARDS) }
    }

    /// Counts a try unless there were `most` in the window. Gives how many that makes, or else when the window ends.
    pub(super) fn count(&self, key: Key, most: u32, window: Seconds, now: Seconds) -> Result<u32, Seconds> {
        self.with(key, |tag, set| {
            if let Some(line) = find(set, tag, now) {
                if count(line) >= most {
                    return Err(end(line));
                }
                *line = with_count(*line, count(line) + 1);
                return Ok(count(line));
            }
            let (place, floor) = room(set, now);
            if count(&floor) >= most {
                return Err(end(&floor));
            }
            set[WAYS] = floor;
            set[place] = line(tag, now.saturating_add(window), count(&floor) + 1);
            Ok(count(&set[place]))
        })
    }

    /// When the window of a key ends in which `most` attempts were counted; nothing when there were fewer.
    pub(super) fn used_up(&self, key: Key, most: u32, now: Seconds) -> Option<Seconds> {
        self.with(key, |tag, set| {
            let line = match find(set, tag, now) {
                Some(line) => *line,
                None => room(set, now).1,
            };
            (count(&line) >= most).then(|| end(&line))
        })
    }

    /// Whether a key is new in its window, which begins now if it is. When in doubt it is.
    pub(super) fn is_new(&self, key: Key, window: Seconds, now: Seconds) -> bool {
        self.with(key, |tag, set| {
            if let Some(line) = find(set, tag, now) {
                let is_new = count(line) == 0;
                *line = with_count(*line, 1);
                return is_new;
            }
            let (place, _) = room(set, now);
            set[place] = line(tag, now.saturating_add(window), 1);
            true
        })
    }

    /// Takes a try back, if there is one.
    pub(super) fn forgive(&self, key: Key, now: Seconds) {
        self.with(key, |tag, set| {
            if let Some(line) = find(set, tag, now) {
                *line = with_count(*line, count(line).saturating_sub(1));
            }
        });
    }

    /// Takes every try back.
    pub(super) fn clear(&self, key: Key, now: Seconds) {
        self.with(key, |tag, set| {
            if let Some(line) = find(set, tag, now) {
                *line = with_count(*line, 0);
            }
        });
    }

    fn with<T>(&self, key: Key, work: impl FnOnce(u64, &mut Set) -> T) -> T {
        let place = (key >> 64) as usize % self.sets;
        // Nothing panics while it holds this lock, and a set half written would still be one.
        let mut sets = self.shards[place % SHARDS].lock().unwrap_or_else(PoisonError::into_inner);
        if sets.is_empty() {
            *sets = vec![[[0; 2]; WAYS + 1]; self.sets / SHARDS];
        }
        work(key as u64, &mut sets[place / SHARDS])
    }

    /// The memory that it has asked for, in bytes.
    #[cfg(test)]
    fn bytes(&self) -> usize {
        let bytes = |sets: &Mutex<Vec<Set>>| sets.lock().unwrap().capacity() * size_of::<Set>();
        self.shards.iter().map(bytes).sum()
    }
}

/// The line of a tag whose window has not ended.
fn find(set: &mut Set, tag: u64, now: Seconds) -> Option<&mut Line> {
    set[..WAYS].iter_mut().find(|line| line[0] == tag && end(line) > now)
}

/// Where a key that comes into the set gets its line, and what the floor is then.
fn room(set: &Set, now: Seconds) -> (usize, Line) {
    let ended = |line: &Line| end(line) <= now;
    let floor = if ended(&set[WAYS]) { [0; 2] } else { set[WAYS] };
    // One whose window has ended goes before any other.
    let lines = set[..WAYS].iter().enumerate();
    match lines.min_by_key(|(_, line)| (!ended(line), count(line))) {
        Some((place, least)) if !ended(least) => {
            (place, line(0, end(&floor).max(end(least)), count(&floor).max(count(least))))
        }
        found => (found.map_or(0, |(place, _)| place), floor),
    }
}

fn line(tag: u64, end: Seconds, count: u32) -> Line {
    [tag, u64::from(end) << 32 | u64::from(count)]
}

fn with_count(old: Line, count: u32) -> Line {
    line(old[0], end(&old), count)
}

fn count(line: &Line) -> u32 {
    line[1] as u32
}

fn end(line: &Line) -> Seconds {
    (line[1] >> 32) as Seconds
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    const WINDOW: Seconds = 600;

    /// Keys as hashes are: the same numbers in each run, without a pattern.
    fn key(number: u64) -> Key {
        let mix = |mut word: u64| {
            word = (word ^ (word >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            word = (word ^ (word >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            word ^ (word >> 31)
        };
        u128::from(mix(number.wrapping_mul(0x9E37_79B9_7F4A_7C15))) << 64 | u128::from(mix(!number))
    }

    #[test]
    fn a_try_beyond_the_most_is_refused_until_the_window_ends() {
        let table = Table::new(64);
        assert_eq!(table.count(key(1), 2, WINDOW, 100), Ok(1));
        assert_eq!(table.count(key(1), 2, WINDOW, 300), Ok(2));
        assert_eq!(table.used_up(key(1), 2, 699), Some(700));
        assert_eq!(table.count(key(1), 2, WINDOW, 699), Err(700));
        assert_eq!(table.count(key(2), 2, WINDOW, 699), Ok(1));
        assert_eq!(table.used_up(key(1), 2, 700), None);
        assert_eq!(table.count(key(1), 2, WINDOW, 700), Ok(1));
    }

    #[test]
    fn what_is_forgiven_or_cleared_does_not_count() {
        let table = Table::new(64);
        for _ in 0..5 {
            assert_eq!(table.count(key(1), 2, WINDOW, 1), Ok(1));
            table.forgive(key(1), 1);
        }
        table.forgive(key(1), 1);
        for count in [Ok(1), Ok(2), Err(601)] {
            assert_eq!(table.count(key(1), 2, WINDOW, 1), count);
        }
        table.clear(key(1), 1);
        assert_eq!(table.count(key(1), 2, WINDOW, 1), Ok(1));
    }

    #[test]
    fn a_key_is_new_once_in_its_window() {
        let table = Table::new(64);
        assert!(table.is_new(key(1), WINDOW, 1));
        assert!(!table.is_new(key(1), WINDOW, 600));
        assert!(table.is_new(key(2), WINDOW, 600));
        assert!(table.is_new(key(1), WINDOW, 601));
    }

    /// A table that is far too small, and keys in an order that makes it give up counts all the time.
    #[test]
    fn no_count_is_ever_less_than_the_tries_were() {
        let table = Table::new(64);
        let mut attempts: HashMap<u64, u32> = HashMap::new();
        for step in 0..200_000_u64 {
            let number = (key(step) as u64) % 3_000 % (1 + step % 3_000);
            let known = attempts.entry(number).or_default();
            *known += 1;
            let counted = table.count(key(number), u32::MAX, WINDOW, 1).unwrap();
            assert!(counted >= *known, "step {step}: {counted} of {known}");
            let asked = (key(!step) as u64) % 3_000;
            if let Some(known) = attempts.get(&asked) {
                assert!(table.used_up(key(asked), *known, 1).is_some(), "step {step}");
            }
        }
    }

    #[test]
    fn a_count_given_up_is_remembered_though_others_end_before_it() {
        // One set for all, in a table of one lock: keys of one half.
        let table = Table::new(SHARDS);
        let key = |number: u64| Key::from(number);
        for number in 1..=8 {
            // The first eight end at 51, but for the last.
            let window = if number == 8 { WINDOW } else { 50 };
            for _ in 0..=number {
                table.count(key(number), 100, window, 1).unwrap();
            }
        }
        // Two more: the lightest make room.
        table.count(key(9), 100, WINDOW, 40).unwrap();
        table.count(key(10), 100, WINDOW, 40).unwrap();
        // The rest has ended; a key that was evicted comes back and is not new before the floor ends, too.
        assert!(table.count(key(1), 100, WINDOW, 45).unwrap() >= 3);
        assert!(table.count(key(2), 100, WINDOW, 45).unwrap() >= 4);
        assert_eq!(table.count(key(8), 100, WINDOW, 300), Ok(10));
    }

    #[test]
    fn who_has_tried_often_is_remembered_after_a_million_others_in_memory_that_does_not_grow() {
        let table = Table::new(1_024);
        for _ in 0..100 {
            table.count(key(0), 100, WINDOW, 1).unwrap();
        }
        let mut bytes = 0;
        for number in 1..=1_000_000 {
            // Each is let in or refused as the flood rises; none of it moves the heavy one.
            let _ = table.count(key(number), 100, WINDOW, 1);
            if number == 100_000 {
                bytes = table.bytes();
            }
        }
        assert_eq!(table.bytes(), bytes);
        assert!(bytes <= 1_024 * size_of::<Set>(), "{bytes}");
        assert_eq!(table.count(key(0), 100, WINDOW, 1), Err(601));
    }

    #[test]
    fn an_unused_table_has_no_memory() {
        assert_eq!(Table::new(1_024).bytes(), 0);
    }
}
