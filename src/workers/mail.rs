//! Sending mail: a poll of the queue, a bounded number of mails under way, and a breaker for a relay that is away.

use std::time::{Duration, Instant};

use metrics::{counter, gauge};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::app::App;
use crate::error::Error;
use crate::mails::deliver::{self, Attempt};

/// Between two polls: one short query each.
const POLL_INTERVAL: Duration = Duration::from_millis(500);
/// How long mails that are under way may take once a stop was asked for. The others' leases run out.
const STOP_TIMEOUT: Duration = Duration::from_secs(8);
/// How long a relay that is away is left alone: at first, and at most.
const BREAK: (Duration, Duration) = (Duration::from_secs(10), Duration::from_secs(300));

/// What this replica knows of the relay and its mails.
struct Sending {
    app: App,
    /// Names this replica, as the holder of a mail.
    replica: Uuid,
    running: JoinSet<Result<Attempt, Error>>,
    breaker: Breaker,
    workers: usize,
}

/// Open while the relay is away; a single mail tries whether it is back.
#[derive(Default)]
struct Breaker {
    failures: u32,
    until: Option<Instant>,
}

/// Sends until it is told to stop.
pub(super) async fn run(app: App, stop: CancellationToken) {
    if app.mailer().is_none() {
        stop.cancelled().await;
        return;
    }
    gauge!("portico_mail_relay_up").set(1.0);
    let workers = app.settings().mail_workers;
    let (replica, running) = (Uuid::new_v4(), JoinSet::new());
    let mut sending = Sending { app, replica, running, breaker: Breaker::default(), workers };
    let mut pause = Duration::ZERO;
    loop {
        tokio::select! {
            () = stop.cancelled() => break,
            Some(ended) = sending.running.join_next() => {
                // After a look in vain the next one waits: what another replica holds would be looked for without end.
                if sending.note(ended) {
                    pause = Duration::ZERO;
                }
            }
            () = sleep(pause) => pause = match sending.look().await {
                Ok(()) => POLL_INTERVAL,
                Err(error) => {
                    tracing::warn!(error = format!("{error:#}"), "mails cannot be looked for and are tried again");
                    Duration::from_secs(2)
                }
            },
        }
    }
    // Dropped then, what is still under way is sent again by another replica, or by this one after its start.
    let finish = async { while sending.running.join_next().await.is_some() {} };
    timeout(STOP_TIMEOUT, finish).await.unwrap_or_default();
}

impl Sending {
    /// Starts as many attempts as there are mails due, workers free, and room in the rate.
    async fn look(&mut self) -> Result<(), Error> {
        let now = Instant::now();
        let most = match self.breaker.until {
            Some(until) if until > now => 0,
            Some(_) => 1,
            None => self.workers,
        };
        let free = most.saturating_sub(self.running.len());
        if free == 0 || !deliver::is_due(&self.app).await? {
            return Ok(());
        }
        let room = deliver::room(&self.app).await?.saturating_sub(self.running.len());
        for _ in 0..free.min(room) {
            let (app, replica) = (self.app.clone(), self.replica);
            self.running.spawn(async move { deliver::attempt(&app, replica).await });
        }
        Ok(())
    }

    /// Notes what came of an attempt. True when it has dealt with a mail: more may wait.
    fn note(&mut self, ended: Result<Result<Attempt, Error>, tokio::task::JoinError>) -> bool {
        let is_done = matches!(ended, Ok(Ok(Attempt::Done(_))));
        match ended {
            Ok(Ok(Attempt::Done(outcome))) => {
                counter!("portico_mails_total", "outcome" => outcome.as_str()).increment(1);
                if outcome != deliver::Outcome::Dropped && self.breaker.close() {
                    tracing::info!("the mail relay takes mail again");
                }
            }
            Ok(Ok(Attempt::RelayDown(error))) => {
                if self.breaker.open() {
                    tracing::warn!(error, "the mail relay takes no mail; mails wait and are tried again");
                }
            }
            Ok(Ok(Attempt::Idle)) => {}
            Ok(Err(error)) => {
                tracing::warn!(error = format!("{error:#}"), "a mail could not be worked on and is tried again");
            }
            // It has logged its panic; the lease runs out.
            Err(_) => {}
        }
        is_done
    }
}

impl Breaker {
    /// True when it was open.
    fn close(&mut self) -> bool {
        gauge!("portico_mail_relay_up").set(1.0);
        std::mem::take(self).failures > 0
    }

    /// True when it was closed.
    fn open(&mut self) -> bool {
        gauge!("portico_mail_relay_up").set(0.0);
        let first = self.failures == 0;
        // Several mails that were under way together found the relay away once.
        if self.until.is_none_or(|until| until <= Instant::now()) {
            let pause = BREAK.0.saturating_mul(1 << self.failures.min(8)).min(BREAK.1);
            self.until = Some(Instant::now() + pause);
            self.failures += 1;
        }
        first
    }
}
