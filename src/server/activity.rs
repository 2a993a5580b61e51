//! What a connection is doing, and for how long it may go on like that.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::shares::Share;

use super::HEADER_TIMEOUT;

/// What HTTP/2 begins with (RFC 9113 §3.4). So many bytes tell it from HTTP/1, for which a client has
/// [`HEADER_TIMEOUT`].
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// How long a client may leave unread what waits for it.
const UNREAD: Duration = Duration::from_secs(30);
/// How long a client may take to leave once it was told to.
const LEAVING: Duration = Duration::from_secs(5);
/// How often is looked, at least: what goes wrong meanwhile is found then.
const LOOK: Duration = Duration::from_secs(5);

/// What a connection is doing. It costs a clock's reading where something begins or ends, and no timer of its own.
pub(super) struct Activity {
    state: Mutex<State>,
    /// Whether answers wait to be written.
    holds: AtomicBool,
}

struct State {
    /// How long it may stay open while nothing is asked.
    keep_alive: Duration,
    received: usize,
    /// Whether all that was received so far is HTTP/2's preface.
    is_http2: bool,
    /// Since when the headers of an HTTP/1 request are coming.
    begun_since: Option<Instant>,
    /// Since when the socket takes nothing more.
    stalled_since: Option<Instant>,
    /// Requests under way: an answer that waits for the client to read on since a moment, or one that waits for us.
    requests: Vec<(u64, Option<Instant>)>,
    /// How many requests there were.
    count: u64,
    /// Since when there is none.
    quiet_since: Instant,
    leaving_since: Option<Instant>,
    /// The memory of answers that wait to be written.
    held: Vec<Share>,
}

/// What is to become of a connection.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// All is well until this time, as far as can be told.
    Well(Instant),
    /// It is to end, with what is still under way finished.
    Leave,
    /// It is to end at once.
    Cut,
}

impl Activity {
    pub(super) fn begun(now: Instant, keep_alive: Duration) -> Activity {
        let state = State {
            keep_alive,
            received: 0,
            is_http2: true,
            begun_since: None,
            stalled_since: None,
            requests: Vec::new(),
            count: 0,
            quiet_since: now,
            leaving_since: None,
            held: Vec::new(),
        };
        Activity { state: Mutex::new(state), holds: AtomicBool::new(false) }
    }

    /// Nothing panics while it holds this lock.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// TLS is agreed on: what came before was no request.
    pub(super) fn agreed(&self, now: Instant) {
        self.state().quiet_since = now;
    }

    /// Bytes have come. Whether it is of no more interest when: HTTP/2 has other frames than requests.
    pub(super) fn received(&self, bytes: &[u8]) -> bool {
        let mut state = self.state();
        let expected = PREFACE.get(state.received..).unwrap_or_default();
        state.is_http2 &= bytes.iter().zip(expected).all(|(byte, wanted)| byte == wanted);
        state.received = state.received.saturating_add(bytes.len());
        if !state.is_http2 && state.requests.is_empty() {
            state.begun_since.get_or_insert_with(Instant::now);
        }
        state.is_http2 && state.received >= PREFACE.len()
    }

    /// The socket takes nothing more, or does again.
    pub(super) fn stalls(&self, stalls: bool) {
        self.state().stalled_since = stalls.then(Instant::now);
    }

    /// An answer waits to be written.
    pub(super) fn holds(&self, memory: Share) {
        self.state().held.push(memory);
        self.holds.store(true, Ordering::Relaxed);
    }

    /// All that waited is written.
    pub(super) fn wrote_all(&self) {
        if self.holds.swap(false, Ordering::Relaxed) {
            self.state().held.clear();
        }
    }

    /// A request has come: its number.
    pub(super) fn asked(&self) -> u64 {
        let mut state = self.state();
        state.count += 1;
        state.begun_since = None;
        let number = state.count;
        state.requests.push((number, None));
        number
    }

    /// The answer to a request waits for the client, or for us.
    pub(super) fn waits(&self, number: u64, for_client: bool) {
        let since = for_client.then(Instant::now);
        if let Some(request) = self.state().requests.iter_mut().find(|request| request.0 == number) {
            request.1 = since;
        }
    }

    /// A request is answered, or broken off.
    pub(super) fn answered(&self, number: u64) {
        let mut state = self.state();
        state.requests.retain(|request| request.0 != number);
        if state.requests.is_empty() {
            state.quiet_since = Instant::now();
        }
    }

    /// Judges at a time.
    pub(super) fn judge(&self, now: Instant) -> Verdict {
        let mut state = self.state();
        let unread = state.requests.iter().filter_map(|request| request.1).chain(state.stalled_since).min();
        let is_greeting = state.received < PREFACE.len() && state.count == 0;
        let greeting = is_greeting.then(|| state.quiet_since + HEADER_TIMEOUT);
        let headers = state.begun_since.map(|since| since + HEADER_TIMEOUT);
        let is_quiet = state.requests.is_empty();
        let leaving = state.leaving_since.filter(|_| is_quiet).map(|since| since.max(state.quiet_since) + LEAVING);
        let cut = [greeting, headers, unread.map(|since| since + UNREAD), leaving].into_iter().flatten().min();
        if cut.is_some_and(|cut| cut <= now) {
            return Verdict::Cut;
        }
        let idle = (is_quiet && state.leaving_since.is_none()).then(|| state.quiet_since + state.keep_alive);
        if idle.is_some_and(|idle| idle <= now) {
            state.leaving_since = Some(now);
            return Verdict::Leave;
        }
        Verdict::Well([Some(now + LOOK), cut, idle].into_iter().flatten().min().unwrap_or(now + LOOK))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(start: Instant, seconds: u64) -> Instant {
        start + Duration::from_secs(seconds)
    }

    const KEEP_ALIVE: Duration = Duration::from_secs(75);

    /// A connection that speaks HTTP/2.
    fn greeted(start: Instant) -> Activity {
        let activity = Activity::begun(start, KEEP_ALIVE);
        assert!(activity.received(PREFACE));
        activity
    }

    #[test]
    fn who_says_nothing_or_next_to_nothing_is_cut_off() {
        let start = Instant::now();
        let activity = Activity::begun(start, KEEP_ALIVE);
        assert!(!activity.received(&PREFACE[..PREFACE.len() - 1]));
        assert!(matches!(activity.judge(after(start, 9)), Verdict::Well(_)));
        assert_eq!(activity.judge(after(start, 10)), Verdict::Cut);
        assert!(activity.received(&PREFACE[PREFACE.len() - 1..]));
        assert!(matches!(activity.judge(after(start, 10)), Verdict::Well(_)));
    }

    #[test]
    fn who_begins_a_request_has_less_time_than_who_asks_nothing() {
        let activity = Activity::begun(Instant::now(), KEEP_ALIVE);
        activity.received(b"GET /healthz HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n");
        let number = activity.asked();
        activity.answered(number);
        assert!(matches!(activity.judge(after(Instant::now(), 74)), Verdict::Well(_)));
        activity.received(b"G");
        assert!(matches!(activity.judge(after(Instant::now(), 9)), Verdict::Well(_)));
        assert_eq!(activity.judge(after(Instant::now(), 10)), Verdict::Cut);
        activity.answered(activity.asked());
        assert_eq!(activity.judge(after(Instant::now(), 75)), Verdict::Leave);
    }

    #[test]
    fn who_asks_nothing_is_told_to_leave_and_cut_off_when_they_stay() {
        let start = Instant::now();
        let activity = greeted(start);
        assert!(matches!(activity.judge(after(start, 74)), Verdict::Well(_)));
        assert_eq!(activity.judge(after(start, 75)), Verdict::Leave);
        assert!(matches!(activity.judge(after(start, 79)), Verdict::Well(_)));
        assert_eq!(activity.judge(after(start, 80)), Verdict::Cut);
    }

    #[test]
    fn a_request_under_way_keeps_its_connection_as_long_as_it_waits_for_us() {
        let start = Instant::now();
        let activity = greeted(start);
        let number = activity.asked();
        assert!(matches!(activity.judge(after(start, 600)), Verdict::Well(_)));
        activity.waits(number, true);
        assert!(matches!(activity.judge(after(Instant::now(), 29)), Verdict::Well(_)));
        assert_eq!(activity.judge(after(Instant::now(), 30)), Verdict::Cut);
        activity.waits(number, false);
        assert!(matches!(activity.judge(after(Instant::now(), 30)), Verdict::Well(_)));
    }

    #[test]
    fn an_unread_answer_is_not_hidden_by_others_that_are_read() {
        let activity = greeted(Instant::now());
        let unread = activity.asked();
        activity.waits(unread, true);
        let read = activity.asked();
        activity.waits(read, true);
        activity.answered(read);
        assert_eq!(activity.judge(after(Instant::now(), 30)), Verdict::Cut);
    }

    #[test]
    fn a_socket_that_takes_nothing_is_cut_off_even_when_no_request_is_under_way() {
        let activity = greeted(Instant::now());
        activity.stalls(true);
        assert_eq!(activity.judge(after(Instant::now(), 30)), Verdict::Cut);
        activity.stalls(false);
        assert!(matches!(activity.judge(after(Instant::now(), 30)), Verdict::Well(_)));
    }
}
