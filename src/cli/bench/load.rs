//! The load itself: workers, each with a connection of its own, that ask for one thing after the other until the time
//! is over.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval, sleep};
use tokio_util::sync::CancellationToken;

use crate::cli::progress::Progress;

use super::account::Account;
use super::client::{Client, send};
use super::grpc::Caller;
use super::report::Tally;
use super::target::Target;
use super::work::{Schedule, perform};

/// How often the progress is looked at.
const LOOK: Duration = Duration::from_millis(100);

/// How long a worker waits that was refused or found no account: such answers are quick, and it would do nothing else.
const PAUSE: Duration = Duration::from_millis(50);

/// Where the RPCs are.
pub(super) struct Internal {
    pub(super) target: Target,
    pub(super) token: Option<String>,
}

/// What all workers share.
struct Shared {
    schedule: Schedule,
    accounts: Vec<Arc<Account>>,
    /// The number of the next request.
    next: AtomicUsize,
    stop: CancellationToken,
}

/// A worker and its connections.
struct Worker {
    client: Client,
    caller: Option<Caller>,
    shared: Arc<Shared>,
}

/// Lets so many workers ask for so long, or until it is to stop. Gives what they have seen, and how long it took to the
/// last answer.
pub(super) async fn run(
    target: &Target,
    internal: Option<&Internal>,
    accounts: &[Arc<Account>],
    connections: u16,
    length: Duration,
    stop: &CancellationToken,
) -> anyhow::Result<(Tally, Duration)> {
    let shared = Arc::new(Shared {
        schedule: Schedule::new(internal.is_some()),
        accounts: accounts.to_vec(),
        next: AtomicUsize::new(0),
        stop: stop.clone(),
    });
    let mut workers = Vec::new();
    for _ in 0..connections {
        workers.push(Worker::connect(target, internal, &shared).await?);
    }
    let start = Instant::now();
    let mut running: JoinSet<Tally> = workers.into_iter().map(|worker| worker.run(start + length)).collect();
    let (mut progress, mut look) = (Progress::new(None), interval(LOOK));
    look.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let mut tally = Tally::default();
    loop {
        tokio::select! {
            ended = running.join_next() => match ended {
                Some(seen) => tally.add(seen.context("a worker broke")?),
                None => break,
            },
            _ = look.tick() => progress.show(shared.next.load(Ordering::Relaxed) as u64, "requests", 0),
        }
    }
    progress.end();
    Ok((tally, start.elapsed()))
}

impl Worker {
    /// Opens the connections before the time runs.
    async fn connect(target: &Target, internal: Option<&Internal>, shared: &Arc<Shared>) -> anyhow::Result<Worker> {
        let client = target.client()?;
        send(client.get("/healthz")).await.context("a connection could not be opened")?;
        let mut caller = None;
        if let Some(Internal { target, token }) = internal {
            let new = Caller::new(target.grpc_client()?, token.as_deref());
            if let Some(account) = shared.accounts.first() {
                new.info(&account.email).await.with_context(|| {
                    format!("the internal listener at {} refuses Info (--grpc-token-file?)", target.base())
                })?;
            }
            caller = Some(new);
        }
        Ok(Worker { client, caller, shared: Arc::clone(shared) })
    }

    /// Asks for one thing after the other. What was asked for in time is waited for.
    async fn run(self, end: Instant) -> Tally {
        let Worker { client, caller, shared } = self;
        let mut tally = Tally::default();
        while Instant::now() < end && !shared.stop.is_cancelled() {
            let number = shared.next.fetch_add(1, Ordering::Relaxed);
            let kind = shared.schedule.kind(number);
            let account = &shared.accounts[shared.schedule.account(number, shared.accounts.len())];
            let start = Instant::now();
            let done = perform(kind, &client, caller.as_ref(), account).await;
            tally.note(kind, &done, start.elapsed());
            if done.is_err() {
                sleep(PAUSE).await;
            }
        }
        tally
    }
}
