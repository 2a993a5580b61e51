//! When answers are handed over.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::mpsc;
use std::task::Poll;

use super::*;

const FOREVER: Duration = Duration::from_hours(1);

/// A gate, and what waits for it to open.
fn gate() -> (mpsc::Sender<()>, impl FnOnce() + Send + 'static) {
    let (open, gate) = mpsc::channel();
    (open, move || gate.recv().unwrap())
}

/// Asks, where it has not been asked, and tells whether the answer is there.
async fn is_there(mut asked: Pin<&mut impl Future>) -> bool {
    poll_fn(|context| Poll::Ready(asked.as_mut().poll(context).is_ready())).await
}

#[tokio::test]
async fn an_answer_waits_for_those_behind_it() {
    let threads = WorkerPool::<()>::start("test", 1, 8, false, FOREVER);
    let (first_gate, second_gate) = (gate(), gate());
    let (begin, begun) = oneshot::channel();
    let mut first = pin!(threads.run(None, |()| first_gate.1()));
    let mut second = pin!(threads.run(None, |()| {
        begin.send(()).unwrap();
        second_gate.1();
    }));
    // Both are in the queue before the first is done.
    assert!(!is_there(first.as_mut()).await);
    assert!(!is_there(second.as_mut()).await);
    first_gate.0.send(()).unwrap();
    begun.await.unwrap();
    // Were it handed over, it would be now.
    tokio::task::yield_now().await;
    assert!(!is_there(first.as_mut()).await);
    second_gate.0.send(()).unwrap();
    assert_eq!(tokio::join!(first, second), (Ok(()), Ok(())));
}

#[tokio::test]
async fn an_answer_that_may_not_wait_is_given_while_another_is_worked_on() {
    let threads = WorkerPool::<()>::start("test", 1, 8, false, Duration::ZERO);
    let (first_gate, second_gate) = (gate(), gate());
    let mut first = pin!(threads.run(None, |()| first_gate.1()));
    let mut second = pin!(threads.run(None, |()| second_gate.1()));
    assert!(!is_there(first.as_mut()).await);
    assert!(!is_there(second.as_mut()).await);
    first_gate.0.send(()).unwrap();
    assert_eq!(first.await, Ok(()));
    assert!(!is_there(second.as_mut()).await);
    second_gate.0.send(()).unwrap();
    assert_eq!(second.await, Ok(()));
}

#[tokio::test]
async fn an_answer_with_nothing_behind_it_is_given_at_once() {
    let threads = WorkerPool::<()>::start("test", 1, 8, false, FOREVER);
    assert_eq!(threads.run(None, |()| 7).await, Ok(7));
}
