//! What many ask for at once, done in one way to the database: what comes while one batch is under way is the next. A
//! lone question is a batch at once; of many, each costs a fraction of a way.

use std::fmt;
use std::sync::{Arc, OnceLock};

use tokio::sync::mpsc::error::SendError;
use tokio::sync::{mpsc, oneshot};
use tokio::task::yield_now;

/// What is done for many at once.
pub(super) trait Batch: Send + Sync + 'static {
    /// What one asks for.
    type Request: Send + Sync + 'static;
    /// What one is told.
    type Answer: Send + 'static;
    /// The most questions of a batch.
    const MAX_BATCH: usize;

    /// Does it all, and gives an answer for each question, in their order; or does nothing.
    fn answer(&self, requests: &[Self::Request]) -> impl Future<Output = sqlx::Result<Vec<Self::Answer>>> + Send;
}

/// A question, and who waits for its answer.
type Pending<B> =
    (<B as Batch>::Request, oneshot::Sender<Result<<B as Batch>::Answer, BatchError<<B as Batch>::Request>>>);

/// A batch came to nothing.
enum BatchError<Request> {
    /// It was this question alone.
    Own(sqlx::Error),
    /// Perhaps for another question: here is this one again.
    Shared(Request),
}

/// Where questions gather. One whose request was given up before its batch is dropped, so what waits is what requests
/// under way ask for.
pub(super) struct Batcher<B: Batch> {
    batch: Arc<B>,
    requests_sent: OnceLock<mpsc::UnboundedSender<Pending<B>>>,
}

impl<B: Batch> Batcher<B> {
    /// Begins with the first question.
    pub(super) fn new(batch: B) -> Batcher<B> {
        Batcher { batch: Arc::new(batch), requests_sent: OnceLock::new() }
    }

    /// Asks, and waits for the answer. Where a batch came to nothing, each request is repeated by itself: none fails for
    /// another's fault, and each caller gets its own error.
    ///
    /// # Errors
    /// The database's.
    pub(super) async fn load(&self, request: B::Request) -> sqlx::Result<B::Answer> {
        let requests_sent = self.requests_sent.get_or_init(|| {
            let (requests_sent, requests) = mpsc::unbounded_channel();
            tokio::spawn(run(Arc::clone(&self.batch), requests));
            requests_sent
        });
        let (answer, answered) = oneshot::channel();
        let request = match requests_sent.send((request, answer)) {
            Ok(()) => match answered.await.map_err(|_| sqlx::Error::WorkerCrashed)? {
                Ok(answer) => return Ok(answer),
                Err(BatchError::Own(error)) => return Err(error),
                Err(BatchError::Shared(request)) => request,
            },
            Err(SendError((request, _))) => request,
        };
        self.batch.answer(&[request]).await?.pop().ok_or(sqlx::Error::WorkerCrashed)
    }
}

impl<B: Batch> fmt::Debug for Batcher<B> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Together").finish_non_exhaustive()
    }
}

async fn run<B: Batch>(batch: Arc<B>, mut requests_sent: mpsc::UnboundedReceiver<Pending<B>>) {
    let mut next = Vec::with_capacity(B::MAX_BATCH);
    while requests_sent.recv_many(&mut next, B::MAX_BATCH).await > 0 {
        // Tasks about to send a request go first: that is short beside a round trip.
        yield_now().await;
        while next.len() < B::MAX_BATCH
            && let Ok(request) = requests_sent.try_recv()
        {
            next.push(request);
        }
        let (requests, askers): (Vec<_>, Vec<_>) = next.drain(..).filter(|(_, asker)| !asker.is_closed()).unzip();
        if requests.is_empty() {
            continue;
        }
        let results: Vec<_> = match batch.answer(&requests).await {
            Ok(answers) => answers.into_iter().map(Ok).collect(),
            Err(error) if requests.len() == 1 => vec![Err(BatchError::Own(error))],
            Err(_) => requests.into_iter().map(|request| Err(BatchError::Shared(request))).collect(),
        };
        // A caller that is gone needs no answer.
        askers.into_iter().zip(results).for_each(|(asker, results)| drop(asker.send(results)));
    }
}
