//! When answers are handed over.

use std::sync::mpsc;

use super::*;

const FOREVER: Duration = Duration::from_hours(1);

/// One thread that holds answers for so long, with a first job behind it that has answered and a second in its hands: whether
/// the first asker has heard yet, before and after the second is done.
async fn heard(hold: Duration) -> (bool, bool) {
    let threads = Threads::<()>::start("test", 1, 8, hold);
    let (open, gate) = mpsc::channel::<()>();
    let (begun, second_begun) = oneshot::channel();
    // Both wait before the thread can have done the first.
    let (ready, go) = mpsc::channel::<()>();
    let mut first = Box::pin(threads.run(move |()| go.recv().unwrap()));
    let mut second = Box::pin(threads.run(move |()| {
        begun.send(()).unwrap();
        gate.recv().unwrap();
    }));
    assert!(futures_util::poll!(&mut first).is_pending());
    assert!(futures_util::poll!(&mut second).is_pending());
    ready.send(()).unwrap();
    second_begun.await.unwrap();
    let before = futures_util::poll!(&mut first).is_ready();
    open.send(()).unwrap();
    second.await.unwrap();
    let after = before || futures_util::poll!(&mut first).is_ready();
    (before, after)
}

#[tokio::test]
async fn an_answer_waits_for_those_behind_it() {
    assert_eq!(heard(FOREVER).await, (false, true));
}

#[tokio::test]
async fn an_answer_that_may_not_wait_is_given_at_once() {
    assert_eq!(heard(Duration::ZERO).await, (true, true));
}

#[tokio::test]
async fn an_answer_with_nothing_behind_it_is_given_at_once() {
    let threads = Threads::<()>::start("test", 1, 8, FOREVER);
    assert_eq!(threads.run(|()| 7).await, Ok(7));
}
