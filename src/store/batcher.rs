//! A batcher (dataloader): requests that come together are answered in one round trip to the database; what comes while
//! one batch is under way is the next. A lone request is a batch at once; of many, each costs a fraction of a round
//! trip. Where no other is under way, a read is not even handed to another task.

use std::fmt;
use std::iter::repeat_with;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use sqlx::{ColumnIndex, Decode, FromRow, Row, Type};
use tokio::sync::mpsc::error::SendError;
use tokio::sync::{mpsc, oneshot};
use tokio::task::yield_now;
use tokio::time::timeout;

/// So long a batch of reads may take, and each of its callers waits at most, however many batches are before it: a database
/// that has gone silent holds no caller up for longer.
const LOOKUP_TIMEOUT: Duration = Duration::from_secs(5);

/// How a batch of requests is answered.
pub(super) trait Batch: Send + Sync + 'static {
    /// One request.
    type Request: Send + Sync + 'static;
    /// The answer to one request.
    type Answer: Send + 'static;
    /// The most requests of a batch.
    const MAX_BATCH: usize;
    /// Whether it reads: then a request that no other is under way with is answered by itself, at once. Writes wait a moment for others:
    /// the next transaction would have to wait for this one's end.
    const READS: bool = true;

    /// Does it all, and gives an answer for each request, in their order; or does nothing.
    fn answer(&self, requests: &[Self::Request]) -> impl Future<Output = sqlx::Result<Vec<Self::Answer>>> + Send;
}

/// A request under way, and where its answer is sent.
type Pending<B> =
    (<B as Batch>::Request, oneshot::Sender<Result<<B as Batch>::Answer, BatchError<<B as Batch>::Request>>>);

/// Why a batch failed.
enum BatchError<Request> {
    /// The batch was this request alone: the error is its own.
    Own(sqlx::Error),
    /// Perhaps for another request of the batch: here is this one again.
    Shared(Request),
}

/// Gathers requests into batches. One whose caller is gone before its batch is dropped, so what waits is what callers
/// still wait for.
pub(super) struct Batcher<B: Batch> {
    batch: Arc<B>,
    sender: OnceLock<mpsc::UnboundedSender<Pending<B>>>,
    under_way: AtomicUsize,
}

impl<B: Batch> Batcher<B> {
    /// A batcher without requests; its task begins with the first one.
    pub(super) fn new(batch: B) -> Batcher<B> {
        Batcher { batch: Arc::new(batch), sender: OnceLock::new(), under_way: AtomicUsize::new(0) }
    }

    /// Sends a request with the next batch, and waits for its answer. Where a batch came to nothing, each request is
    /// repeated by itself: none fails for another's fault, and each caller gets its own error.
    ///
    /// # Errors
    /// The database's; [`sqlx::Error::PoolTimedOut`] for a read that is not answered in [`LOOKUP_TIMEOUT`].
    pub(super) async fn load(&self, request: B::Request) -> sqlx::Result<B::Answer> {
        in_time::<B, _>(pin!(self.wait(request))).await
    }

    async fn wait(&self, request: B::Request) -> sqlx::Result<B::Answer> {
        let (_counted, is_alone) = Counted::begin(&self.under_way);
        if B::READS && is_alone {
            // Tasks about to send a request come first: that is short beside a round trip.
            yield_now().await;
            if self.under_way.load(Ordering::Relaxed) == 1 {
                return self.answer_alone(request).await;
            }
        }
        let sender = self.sender.get_or_init(|| {
            let (sender, requests) = mpsc::unbounded_channel();
            tokio::spawn(run(Arc::clone(&self.batch), requests));
            sender
        });
        let (answer, answered) = oneshot::channel();
        let request = match sender.send((request, answer)) {
            Ok(()) => match answered.await.map_err(|_| sqlx::Error::WorkerCrashed)? {
                Ok(answer) => return Ok(answer),
                Err(BatchError::Own(error)) => return Err(error),
                Err(BatchError::Shared(request)) => request,
            },
            Err(SendError((request, _))) => request,
        };
        self.answer_alone(request).await
    }

    async fn answer_alone(&self, request: B::Request) -> sqlx::Result<B::Answer> {
        self.batch.answer(&[request]).await?.pop().ok_or(sqlx::Error::WorkerCrashed)
    }
}

/// What a batch or one of its callers waits for, which takes too long where it reads. It is pinned by the caller: a future
/// that is given another one holds it twice, and is copied with it.
async fn in_time<B: Batch, T>(work: Pin<&mut impl Future<Output = sqlx::Result<T>>>) -> sqlx::Result<T> {
    if B::READS { timeout(LOOKUP_TIMEOUT, work).await.map_err(|_| sqlx::Error::PoolTimedOut)? } else { work.await }
}

/// A request that is counted as under way until this is dropped, be it that its caller is gone.
struct Counted<'a>(&'a AtomicUsize);

impl Counted<'_> {
    /// Counts one; and whether there is no other.
    fn begin(count: &AtomicUsize) -> (Counted<'_>, bool) {
        (Counted(count), count.fetch_add(1, Ordering::Relaxed) == 0)
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl<B: Batch> fmt::Debug for Batcher<B> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Batcher").finish_non_exhaustive()
    }
}

/// A row with the place, in its batch, of the request that it answers: column `place`.
pub(super) struct Placed<T> {
    place: i64,
    row: T,
}

impl<'r, R: Row, T: FromRow<'r, R>> FromRow<'r, R> for Placed<T>
where
    &'static str: ColumnIndex<R>,
    i64: Decode<'r, R::Database> + Type<R::Database>,
{
    fn from_row(row: &'r R) -> sqlx::Result<Placed<T>> {
        Ok(Placed { place: row.try_get("place")?, row: T::from_row(row)? })
    }
}

/// The answers to so many requests: a row, or none.
pub(super) fn in_places<T>(rows: Vec<Placed<T>>, requests: usize) -> Vec<Option<T>> {
    let mut answers: Vec<Option<T>> = repeat_with(|| None).take(requests).collect();
    for Placed { place, row } in rows {
        if let Some(answer) = usize::try_from(place).ok().and_then(|place| answers.get_mut(place)) {
            *answer = Some(row);
        }
    }
    answers
}

async fn run<B: Batch>(batch: Arc<B>, mut receiver: mpsc::UnboundedReceiver<Pending<B>>) {
    let mut next = Vec::with_capacity(B::MAX_BATCH);
    while receiver.recv_many(&mut next, B::MAX_BATCH).await > 0 {
        // Tasks about to send a request go first: that is short beside a round trip.
        yield_now().await;
        while next.len() < B::MAX_BATCH
            && let Ok(request) = receiver.try_recv()
        {
            next.push(request);
        }
        let (requests, callers): (Vec<_>, Vec<_>) = next.drain(..).filter(|(_, caller)| !caller.is_closed()).unzip();
        if requests.is_empty() {
            continue;
        }
        let answers = in_time::<B, _>(pin!(batch.answer(&requests))).await;
        let results: Vec<_> = match answers {
            Ok(answers) => answers.into_iter().map(Ok).collect(),
            Err(error) if requests.len() == 1 => vec![Err(BatchError::Own(error))],
            Err(_) => requests.into_iter().map(|request| Err(BatchError::Shared(request))).collect(),
        };
        // A caller that is gone needs no answer.
        callers.into_iter().zip(results).for_each(|(caller, result)| drop(caller.send(result)));
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::sync::{Mutex, PoisonError};

    use tokio::sync::Semaphore;
    use tokio::task::JoinSet;

    use super::*;

    /// Answers each number by its double, one batch for each permit, and notes the batches. An odd one fails the whole
    /// batch.
    struct Doubles<const READS: bool> {
        permits: Semaphore,
        batches: Mutex<Vec<Vec<u32>>>,
    }

    impl<const READS: bool> Batch for Doubles<READS> {
        type Request = u32;
        type Answer = u32;
        const MAX_BATCH: usize = 4;
        const READS: bool = READS;

        async fn answer(&self, requests: &[u32]) -> sqlx::Result<Vec<u32>> {
            self.batches.lock().unwrap().push(requests.to_vec());
            self.permits.acquire().await.unwrap().forget();
            match requests.iter().find(|request| *request % 2 == 1) {
                Some(odd) => Err(sqlx::Error::Protocol(odd.to_string())),
                None => Ok(requests.iter().map(|request| request * 2).collect()),
            }
        }
    }

    fn batcher<const READS: bool>(permits: usize) -> Arc<Batcher<Doubles<READS>>> {
        Arc::new(Batcher::new(Doubles { permits: Semaphore::new(permits), batches: Mutex::default() }))
    }

    fn batches<const READS: bool>(batcher: &Batcher<Doubles<READS>>) -> Vec<Vec<u32>> {
        batcher.batch.batches.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Sends requests together, behind one that is under way already.
    async fn behind_another<const READS: bool>(
        batcher: &Arc<Batcher<Doubles<READS>>>,
        requests: &[u32],
    ) -> JoinSet<(u32, Result<u32, String>)> {
        let mut callers = JoinSet::new();
        for request in [&[0], requests].concat() {
            let own = Arc::clone(batcher);
            callers.spawn(async move { (request, own.load(request).await.map_err(|error| error.to_string())) });
            while request == 0 && batches(batcher).is_empty() {
                yield_now().await;
            }
        }
        while batcher.under_way.load(Ordering::Relaxed) <= requests.len() {
            yield_now().await;
        }
        for _ in 0..10 {
            yield_now().await;
        }
        callers
    }

    async fn answers<const READS: bool>(
        batcher: &Batcher<Doubles<READS>>,
        mut callers: JoinSet<(u32, Result<u32, String>)>,
    ) -> BTreeSet<(u32, Result<u32, String>)> {
        batcher.batch.permits.add_permits(100);
        let mut answers = BTreeSet::new();
        while let Some(answer) = callers.join_next().await {
            answers.insert(answer.unwrap());
        }
        answers
    }

    #[tokio::test]
    async fn a_lone_read_is_answered_without_a_task() {
        let batcher = batcher::<true>(1);
        assert_eq!(batcher.load(4).await.unwrap(), 8);
        assert!(batcher.sender.get().is_none());
    }

    #[tokio::test]
    async fn requests_that_come_while_another_is_under_way_are_one_batch() {
        let batcher = batcher::<true>(0);
        let callers = behind_another(&batcher, &[2, 4, 6]).await;
        let answers = answers(&batcher, callers).await;
        assert_eq!(answers, [(0, Ok(0)), (2, Ok(4)), (4, Ok(8)), (6, Ok(12))].into());
        assert_eq!(batches(&batcher), [vec![0], vec![2, 4, 6]]);
    }

    #[tokio::test]
    async fn a_batch_has_no_more_requests_than_it_may() {
        let batcher = batcher::<false>(0);
        let callers = behind_another(&batcher, &[2, 4, 6, 8, 10, 12]).await;
        assert_eq!(answers(&batcher, callers).await.len(), 7);
        assert_eq!(batches(&batcher), [vec![0], vec![2, 4, 6, 8], vec![10, 12]]);
    }

    #[tokio::test]
    async fn a_request_fails_for_its_own_fault_alone() {
        let batcher = batcher::<true>(0);
        let callers = behind_another(&batcher, &[2, 3, 4]).await;
        let answers = answers(&batcher, callers).await;
        let own = sqlx::Error::Protocol("3".to_owned()).to_string();
        assert_eq!(answers, [(0, Ok(0)), (2, Ok(4)), (3, Err(own)), (4, Ok(8))].into());
    }

    #[tokio::test]
    async fn a_request_whose_caller_is_gone_is_dropped() {
        let batcher = batcher::<true>(0);
        let callers = behind_another(&batcher, &[2]).await;
        let gone = Arc::clone(&batcher);
        let caller = tokio::spawn(async move { gone.load(4).await });
        while batcher.under_way.load(Ordering::Relaxed) < 3 {
            yield_now().await;
        }
        caller.abort();
        assert!(caller.await.is_err_and(|error| error.is_cancelled()));
        assert_eq!(answers(&batcher, callers).await, [(0, Ok(0)), (2, Ok(4))].into());
        assert_eq!(batches(&batcher), [vec![0], vec![2]]);
    }
}
