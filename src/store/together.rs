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
    type Question: Send + Sync + 'static;
    /// What one is told.
    type Answer: Send + 'static;
    /// The most questions of a batch.
    const MAX_BATCH: usize;

    /// Does it all, and gives an answer for each question, in their order; or does nothing.
    fn answer(&self, questions: &[Self::Question]) -> impl Future<Output = sqlx::Result<Vec<Self::Answer>>> + Send;
}

/// A question, and who waits for its answer.
type Asked<B> = (<B as Batch>::Question, oneshot::Sender<Result<<B as Batch>::Answer, Failed<<B as Batch>::Question>>>);

/// A batch came to nothing.
enum Failed<Question> {
    /// It was this question alone.
    With(sqlx::Error),
    /// Perhaps for another question: here is this one again.
    Among(Question),
}

/// Where questions gather. One whose request was given up before its batch is dropped, so what waits is what requests
/// under way ask for.
pub(super) struct Together<B: Batch> {
    batch: Arc<B>,
    asked: OnceLock<mpsc::UnboundedSender<Asked<B>>>,
}

impl<B: Batch> Together<B> {
    /// Begins with the first question.
    pub(super) fn new(batch: B) -> Together<B> {
        Together { batch: Arc::new(batch), asked: OnceLock::new() }
    }

    /// Asks, and waits for the answer. Where a batch came to nothing, each of it asks again by itself: nobody fails for
    /// another's question, and everybody learns why their own fails.
    ///
    /// # Errors
    /// The database's.
    pub(super) async fn ask(&self, question: B::Question) -> sqlx::Result<B::Answer> {
        let asked = self.asked.get_or_init(|| {
            let (asked, questions) = mpsc::unbounded_channel();
            tokio::spawn(run(Arc::clone(&self.batch), questions));
            asked
        });
        let (answer, answered) = oneshot::channel();
        let question = match asked.send((question, answer)) {
            Ok(()) => match answered.await.map_err(|_| sqlx::Error::WorkerCrashed)? {
                Ok(answer) => return Ok(answer),
                Err(Failed::With(error)) => return Err(error),
                Err(Failed::Among(question)) => question,
            },
            Err(SendError((question, _))) => question,
        };
        self.batch.answer(&[question]).await?.pop().ok_or(sqlx::Error::WorkerCrashed)
    }
}

impl<B: Batch> fmt::Debug for Together<B> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Together").finish_non_exhaustive()
    }
}

async fn run<B: Batch>(batch: Arc<B>, mut asked: mpsc::UnboundedReceiver<Asked<B>>) {
    let mut next = Vec::with_capacity(B::MAX_BATCH);
    while asked.recv_many(&mut next, B::MAX_BATCH).await > 0 {
        // Whoever is about to ask goes first: a turn of theirs is short beside a way to the database.
        yield_now().await;
        while next.len() < B::MAX_BATCH
            && let Ok(question) = asked.try_recv()
        {
            next.push(question);
        }
        let (questions, askers): (Vec<_>, Vec<_>) = next.drain(..).filter(|(_, asker)| !asker.is_closed()).unzip();
        if questions.is_empty() {
            continue;
        }
        let told: Vec<_> = match batch.answer(&questions).await {
            Ok(answers) => answers.into_iter().map(Ok).collect(),
            Err(error) if questions.len() == 1 => vec![Err(Failed::With(error))],
            Err(_) => questions.into_iter().map(|question| Err(Failed::Among(question))).collect(),
        };
        // Whoever has gone away wants no answer.
        askers.into_iter().zip(told).for_each(|(asker, told)| drop(asker.send(told)));
    }
}
