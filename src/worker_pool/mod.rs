//! A worker pool for heavy work, passwords and pictures: threads of the lowest scheduling weight behind a bounded queue
//! that refuses at once when it is full.
//!
//! One client has a quarter of the places at most, so that no address keeps all others out; who speaks for many users (a
//! service, the operator) has as many as there are.
//!
//! Two rules shape this. A job's place belongs to the job: the caller may leave, but a hash that
//! runs keeps its thread until it is done, so disconnecting gains nothing. And a
//! thread of the lowest weight may be stopped anywhere for a long time, so it never holds a lock
//! that an ordinary thread waits for: the queue is lock-free, the counters are atomic.
//!
//! Answers may be held back a moment while more work waits, and handed over together: heavy work leaves the caches of
//! its core cold, and what follows an answer (rows, a response, the next request) then finds them cold once and not
//! each time.

use std::fmt;
use std::net::IpAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::Ordering::SeqCst;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize};
use std::sync::{Arc, OnceLock};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use crossbeam_queue::SegQueue;
use tokio::runtime;
use tokio::sync::oneshot;

use crate::shares::{Limit, Share, Shares};

/// How long a worker without work keeps its memory.
const KEEP_MEMORY: Duration = Duration::from_secs(10);

/// The state that a worker keeps from job to job.
pub(crate) trait WorkerState: Default + 'static {
    /// Whether it holds memory that can be given back.
    fn keeps_memory(&self) -> bool {
        false
    }

    /// Gives that memory back to the system.
    fn release_memory(&mut self) {}
}

impl WorkerState for () {}

/// Too much waits already, or the program is stopping: nothing was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Busy {
    /// When it is worth trying again, in whole seconds.
    pub retry_after: Duration,
}

impl fmt::Display for Busy {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "the queue is full for {} s", self.retry_after.as_secs())
    }
}

impl std::error::Error for Busy {}

/// A job for whichever worker is free. It is not done, and gives nothing, when its caller is gone.
type Job<K> = Box<dyn FnOnce(&mut K) -> Option<Completion> + Send>;

/// The completion of a job: sends its result to the caller.
type Completion = Box<dyn FnOnce() + Send>;

/// A pool of worker threads and their queue; they end with the last clone.
pub(crate) struct WorkerPool<K> {
    handle: Arc<Handle<K>>,
}

/// What the askers hold: when the last one goes, the threads are told to end.
struct Handle<K> {
    shared: Arc<Shared<K>>,
}

/// What askers and threads share.
struct Shared<K> {
    queue: SegQueue<Job<K>>,
    waiting: AtomicUsize,
    capacity: usize,
    /// The places of each client; nothing where clients have no limits.
    shares: Option<Arc<Shares>>,
    max_delay: Duration,
    stopping: AtomicBool,
    workers: Box<[Worker]>,
    /// Where the askers wait.
    runtime: OnceLock<runtime::Handle>,
    /// How long a job takes, in microseconds: a moving average.
    avg_job_time: AtomicU64,
}

/// One thread, as seen from outside.
#[derive(Default)]
struct Worker {
    thread: OnceLock<Thread>,
    asleep: AtomicBool,
}

impl<K> Clone for WorkerPool<K> {
    fn clone(&self) -> WorkerPool<K> {
        WorkerPool { handle: Arc::clone(&self.handle) }
    }
}

impl<K: WorkerState> WorkerPool<K> {
    /// Starts the threads, whose names begin with `name`. At most `capacity` jobs wait; one at least may. `shared` says
    /// whether one client has a share of the places alone. No answer is
    /// held back for longer than `max_delay`, as far as the time that the next job takes can be told, and none at all
    /// when no other job waits.
    pub(crate) fn start(
        name: &str,
        workers: usize,
        capacity: usize,
        shared: bool,
        max_delay: Duration,
    ) -> WorkerPool<K> {
        let shared = Arc::new(Shared {
            queue: SegQueue::new(),
            waiting: AtomicUsize::new(0),
            capacity: capacity.max(1),
            shares: shared.then(Shares::new),
            max_delay,
            stopping: AtomicBool::new(false),
            workers: (0..workers.max(1)).map(|_| Worker::default()).collect(),
            runtime: OnceLock::new(),
            avg_job_time: AtomicU64::new(10_000),
        });
        for index in 0..shared.workers.len() {
            let shared_with_thread = Arc::clone(&shared);
            let spawned =
                thread::Builder::new().name(format!("{name}-{index}")).spawn(move || shared_with_thread.work(index));
            if let Err(error) = spawned {
                tracing::error!(%error, "a worker thread could not be started");
            }
        }
        WorkerPool { handle: Arc::new(Handle { shared }) }
    }

    /// Has a worker do the work and waits for what comes out. Work that has not begun when the
    /// asker stops waiting is never begun. `client` is the address that it is for; nothing for who speaks for many.
    ///
    /// # Errors
    /// [`Busy`] when the queue or the client's share of it is full, the queue is closed, or the work did not come to an
    /// end.
    pub(crate) async fn run<Answer, Work>(&self, client: Option<IpAddr>, work: Work) -> Result<Answer, Busy>
    where
        Answer: Send + 'static,
        Work: FnOnce(&mut K) -> Answer + Send + 'static,
    {
        let shared = &self.handle.shared;
        shared.runtime.get_or_init(runtime::Handle::current);
        let place = shared.place(client)?;
        let (answer, answered) = oneshot::channel();
        shared.push(Box::new(move |state| {
            // The place is the job's, whether its asker waits or not.
            let _place = place;
            if answer.is_closed() {
                return None;
            }
            let done = work(state);
            // The asker may leave meanwhile, and then the answer is dropped.
            let complete: Completion = Box::new(move || drop(answer.send(done)));
            Some(complete)
        }))?;
        answered.await.map_err(|_| shared.busy())
    }

    /// How many jobs wait.
    pub(crate) fn waiting(&self) -> usize {
        self.handle.shared.waiting.load(SeqCst)
    }

    /// How many jobs may wait.
    pub(crate) fn capacity(&self) -> usize {
        self.handle.shared.capacity
    }

    /// Closes the queue; what waits in it is still done.
    pub(crate) fn stop(&self) {
        self.handle.shared.stop();
    }

    /// What a refused asker is told.
    pub(crate) fn busy(&self) -> Busy {
        self.handle.shared.busy()
    }
}

impl<K> fmt::Debug for WorkerPool<K> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("WorkerPool").finish_non_exhaustive()
    }
}

impl<K> Drop for Handle<K> {
    fn drop(&mut self) {
        self.shared.stop();
    }
}

impl<K> Shared<K> {
    fn stop(&self) {
        self.stopping.store(true, SeqCst);
        self.workers.iter().for_each(Worker::wake);
    }
}

impl<K: WorkerState> Shared<K> {
    /// A place of the client's share.
    fn place(&self, client: Option<IpAddr>) -> Result<Option<Share>, Busy> {
        let (Some(shares), Some(client)) = (&self.shares, client) else { return Ok(None) };
        let share = shares.of(client);
        let most = Limit { each: (self.capacity / 4).max(1), all: usize::MAX };
        if share.take(1, most) { Ok(Some(share)) } else { Err(self.busy()) }
    }

    fn push(&self, job: Job<K>) -> Result<(), Busy> {
        let room = |waiting| (waiting < self.capacity).then_some(waiting + 1);
        self.waiting.fetch_update(SeqCst, SeqCst, room).map_err(|_| self.busy())?;
        // Asked after the place is taken: a worker leaves only once it has seen no place taken.
        if self.stopping.load(SeqCst) {
            self.waiting.fetch_sub(1, SeqCst);
            return Err(self.busy());
        }
        self.queue.push(job);
        self.wake_one();
        Ok(())
    }

    fn wake_one(&self) {
        for worker in &self.workers {
            if worker.asleep.swap(false, SeqCst) {
                worker.wake();
                return;
            }
        }
    }

    fn busy(&self) -> Busy {
        let ahead = self.waiting.load(SeqCst) as u64 + 1;
        let time =
            Duration::from_micros(self.avg_job_time.load(SeqCst).saturating_mul(ahead) / self.workers.len() as u64);
        Busy { retry_after: Duration::from_secs(time.as_secs() + 1) }
    }

    /// The life of worker number `index`.
    fn work(&self, index: usize) {
        let worker = &self.workers[index];
        worker.thread.get_or_init(thread::current);
        lower_priority();
        // Made for the first job: an idle program stays small.
        let mut state: Option<K> = None;
        let mut pending = PendingCompletions::default();
        loop {
            let Some(job) = self.queue.pop() else {
                self.complete(&mut pending);
                if self.stopping.load(SeqCst) && self.waiting.load(SeqCst) == 0 {
                    return;
                }
                self.sleep(worker, state.as_mut());
                continue;
            };
            self.waiting.fetch_sub(1, SeqCst);
            pending.0.extend(self.do_job(job, state.get_or_insert_with(K::default)));
            if pending.age() + self.avg_job_time() >= self.max_delay {
                self.complete(&mut pending);
            }
        }
    }

    /// In one go: were the askers told one by one, each would be served, ahead of this thread, before the next is told.
    fn complete(&self, pending: &mut PendingCompletions) {
        let Some(runtime) = self.runtime.get().filter(|_| !pending.0.is_empty()) else { return };
        let answers = std::mem::take(&mut pending.0);
        runtime.spawn(async move { answers.into_iter().for_each(|(_, complete)| complete()) });
    }

    /// Gives when it was done and how its answer gets to the asker; nothing when its caller is gone.
    fn do_job(&self, job: Job<K>, state: &mut K) -> Option<(Instant, Completion)> {
        let begun = Instant::now();
        // Work that panics takes its answer with it, and nothing else.
        let complete = catch_unwind(AssertUnwindSafe(|| job(state))).unwrap_or_else(|_| {
            *state = K::default();
            None
        })?;
        self.record_job_time(begun.elapsed());
        Some((Instant::now(), complete))
    }

    /// How long a job takes.
    fn avg_job_time(&self) -> Duration {
        Duration::from_micros(self.avg_job_time.load(SeqCst))
    }

    fn record_job_time(&self, took: Duration) {
        let took = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let avg_job_time = self.avg_job_time.load(SeqCst);
        self.avg_job_time.store((avg_job_time.saturating_mul(7).saturating_add(took)) / 8, SeqCst);
    }

    /// Waits for work, or to be told to end. What is pushed between the look at the queue and the
    /// sleep finds `asleep` set, and the wake-up is kept for a thread not yet parked.
    fn sleep(&self, worker: &Worker, state: Option<&mut K>) {
        worker.asleep.store(true, SeqCst);
        if self.queue.is_empty() && !self.stopping.load(SeqCst) {
            if let Some(state) = state.filter(|state| state.keeps_memory()) {
                let begun = Instant::now();
                thread::park_timeout(KEEP_MEMORY);
                if begun.elapsed() >= KEEP_MEMORY {
                    state.release_memory();
                }
            } else {
                thread::park();
            }
        }
        worker.asleep.store(false, SeqCst);
    }
}

/// Completions held back, and since when.
#[derive(Default)]
struct PendingCompletions(Vec<(Instant, Completion)>);

impl PendingCompletions {
    /// How long the first of them has been held.
    fn age(&self) -> Duration {
        self.0.first().map_or(Duration::ZERO, |(since, _)| since.elapsed())
    }
}

impl Worker {
    fn wake(&self) {
        if let Some(thread) = self.thread.get() {
            thread.unpark();
        }
    }
}

/// Gives this thread the lowest weight, where the system lets it. Not `SCHED_IDLE`: a processor that runs nothing
/// else counts as idle then, and every other program's work is sent to it.
fn lower_priority() {
    #[cfg(target_os = "linux")]
    let _ = rustix::process::setpriority_process(None, 19);
}

#[cfg(test)]
mod tests;
