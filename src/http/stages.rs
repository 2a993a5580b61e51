//! Requests under way go through stages together. What a page takes does not fit the part of a processor's cache that
//! holds code: one request after another, each from end to end, has it fetched anew each time. So before each stage a
//! request lets the others catch up, and one of them after another finds the code of the stage where it was. The last stage
//! sends the answers: a proxy on the same machine that was woken for one of them finds the next.

use std::cell::Cell;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use tokio::task::yield_now;

/// Every so many requests that are alone, one looks whether there are others.
const LOOK: usize = 8;

/// So often an answer waits for others, at most, where memory answers most requests: each time its task is polled anew.
const MAX_WAITS: usize = 4;

thread_local! {
    /// How many requests have come on this thread.
    static COME: Cell<usize> = const { Cell::new(0) };
}

/// The requests that go through stages.
#[derive(Debug)]
pub(super) struct Stages {
    /// How often an answer waits for others, at most.
    max_waits: usize,
    under_way: AtomicUsize,
    /// Whether there were others, the last time that one let them catch up.
    are_several: AtomicBool,
    passed: AtomicUsize,
}

/// A request under way, until this is dropped.
pub(super) struct UnderWay<'a>(&'a Stages);

impl Stages {
    /// Where requests wait for a database that is another process, an answer waits for others once: those that came while
    /// it did would be answered much later.
    pub(super) fn new(wait_for_database: bool) -> Stages {
        Stages {
            max_waits: if wait_for_database { 1 } else { MAX_WAITS },
            under_way: AtomicUsize::new(0),
            are_several: AtomicBool::new(false),
            passed: AtomicUsize::new(0),
        }
    }

    /// Counts a request.
    pub(super) fn enter(&self) -> UnderWay<'_> {
        COME.set(COME.get().wrapping_add(1));
        self.under_way.fetch_add(1, Ordering::Relaxed);
        UnderWay(self)
    }

    /// Before a request goes on to the next stage. One that is alone goes on at once: to let others go first costs it a
    /// look at what has come.
    pub(super) async fn next(&self) {
        let looks = || self.passed.fetch_add(1, Ordering::Relaxed).is_multiple_of(LOOK);
        if self.are_several.load(Ordering::Relaxed) || looks() {
            yield_now().await;
            self.are_several.store(self.under_way.load(Ordering::Relaxed) > 1, Ordering::Relaxed);
        }
    }

    /// Before a request's answer is sent: once more for as long as others come on this thread meanwhile, so that their
    /// answers go together with it.
    pub(super) async fn last(&self) {
        for _ in 0..self.max_waits {
            let come = COME.get();
            self.next().await;
            if COME.get() == come {
                break;
            }
        }
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.under_way.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use std::iter::repeat_with;
    use std::pin::pin;

    use futures_util::FutureExt as _;

    use super::*;

    /// How many of so many requests go on at once.
    fn at_once(stages: &Stages, requests: usize) -> usize {
        repeat_with(|| stages.next().now_or_never()).take(requests).flatten().count()
    }

    #[tokio::test]
    async fn a_request_that_is_alone_seldom_waits() {
        let stages = Stages::new(false);
        let _alone = stages.enter();
        stages.next().await;
        assert_eq!(at_once(&stages, 2 * LOOK), 2 * LOOK - 2);
    }

    #[tokio::test]
    async fn requests_together_wait_for_one_another_until_they_are_alone() {
        let stages = Stages::new(false);
        let (_one, other) = (stages.enter(), stages.enter());
        stages.next().await;
        assert_eq!(at_once(&stages, LOOK), 0);
        drop(other);
        stages.next().await;
        assert_eq!(at_once(&stages, LOOK - 1), LOOK - 1);
    }

    #[tokio::test]
    async fn an_answer_waits_for_those_that_come_meanwhile_and_not_for_ever() {
        for (wait_for_database, most) in [(false, MAX_WAITS), (true, 1)] {
            let stages = Stages::new(wait_for_database);
            let (_one, _other) = (stages.enter(), stages.enter());
            stages.next().await;
            let waits = |others_come: bool| {
                let mut last = pin!(stages.last());
                let polls = repeat_with(|| {
                    others_come.then(|| stages.enter());
                    last.as_mut().now_or_never()
                });
                polls.take_while(Option::is_none).count()
            };
            assert_eq!(waits(false), 1);
            assert_eq!(waits(true), most);
        }
    }
}
