//! How fast a client has to send the body of its request: slower is stuck, or meant to hold what others need.

use std::time::{Duration, Instant};

/// How long a body is waited for in one go.
const PATIENCE: Duration = Duration::from_secs(60);
/// What a byte adds to the patience that is left: a client that sends a kilobyte a second keeps it.
const WORTH_OF_A_BYTE: Duration = Duration::from_millis(1);
/// How long a body is waited for in all, however it comes.
const CEILING: Duration = Duration::from_secs(15 * 60);

/// The patience with a client that sends a body: a token bucket, full at first, which drains while the body is waited
/// for and is filled by what comes. It holds a minute, so that no burst buys more silence than that. What the server
/// takes its time for counts against no client.
#[derive(Debug)]
pub(super) struct Pace {
    left: Duration,
    /// How long was waited, but for what is waited now.
    waited: Duration,
    since: Option<Instant>,
}

impl Pace {
    /// Nothing was waited for yet.
    pub(super) fn new() -> Pace {
        Pace { left: PATIENCE, waited: Duration::ZERO, since: None }
    }

    /// The body is waited for. Gives how much longer it will be, or nothing when it came too slowly.
    pub(super) fn wait(&mut self, now: Instant) -> Option<Duration> {
        let waiting = now.saturating_duration_since(*self.since.get_or_insert(now));
        let left = self.left.min(CEILING.saturating_sub(self.waited)).saturating_sub(waiting);
        (!left.is_zero()).then_some(left)
    }

    /// So many bytes have come, or the body's end. Gives whether they came in time; `now` is only asked for where they
    /// were waited for.
    pub(super) fn received(&mut self, bytes: usize, now: impl FnOnce() -> Instant) -> bool {
        if let Some(since) = self.since {
            let now = now();
            if self.wait(now).is_none() {
                return false;
            }
            let waiting = now.saturating_duration_since(since);
            self.left = self.left.saturating_sub(waiting);
            self.waited += waiting;
            self.since = None;
        }
        let worth = WORTH_OF_A_BYTE.saturating_mul(u32::try_from(bytes).unwrap_or(u32::MAX));
        self.left = self.left.saturating_add(worth).min(PATIENCE);
        true
    }

    /// How long the body was waited for in all.
    pub(super) fn waited(&self, now: Instant) -> Duration {
        self.waited + self.since.map(|since| now.saturating_duration_since(since)).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A client that sends so many bytes after each pause of so many seconds: how many pauses it gets away with, of at
    /// most `most`.
    fn pauses(seconds: u64, bytes: usize, most: usize) -> usize {
        let (mut pace, mut now) = (Pace::new(), Instant::now());
        for done in 0..most {
            pace.wait(now);
            now += Duration::from_secs(seconds);
            if !pace.received(bytes, || now) {
                return done;
            }
        }
        most
    }

    #[test]
    fn ten_megabytes_arrive_over_200_kilobits_a_second() {
        assert_eq!(pauses(40, 1_000_000, 10), 10);
        assert_eq!(pauses(1, 25_000, 400), 400);
    }

    #[test]
    fn a_minute_of_silence_ends_it_and_less_does_not() {
        assert_eq!(pauses(60, 1_000_000, 2), 0);
        assert_eq!(pauses(59, 1_000_000, 2), 2);
        let (mut pace, now) = (Pace::new(), Instant::now());
        assert_eq!(pace.wait(now), Some(PATIENCE));
        assert_eq!(pace.wait(now + Duration::from_secs(59)), Some(Duration::from_secs(1)));
        assert_eq!(pace.wait(now + PATIENCE), None);
    }

    #[test]
    fn less_than_a_kilobyte_a_second_runs_out_and_no_burst_makes_up_for_it() {
        assert_eq!(pauses(10, 1, 100), 6);
        assert_eq!(pauses(1, 500, 1_000), 118);
        assert_eq!(pauses(1, 1_000, 800), 800);
        let (mut pace, now) = (Pace::new(), Instant::now());
        assert!(pace.received(10_000_000, || now));
        assert_eq!(pace.wait(now), Some(PATIENCE));
    }

    #[test]
    fn no_body_is_waited_for_longer_than_a_quarter_of_an_hour() {
        assert_eq!(pauses(10, 100_000, 100), 89);
    }

    #[test]
    fn what_the_server_takes_counts_against_no_client() {
        let (mut pace, now) = (Pace::new(), Instant::now());
        pace.wait(now);
        assert!(pace.received(10, || now + Duration::from_secs(1)));
        let later = now + Duration::from_secs(3600);
        assert_eq!(pace.waited(later), Duration::from_secs(1));
        assert!(pace.received(10, || later));
        assert!(pace.wait(later).is_some());
    }
}
