//! Sending mail: a poll of the queue, a bounded number of mails under way, and a breaker for a relay that is away.

use std::time::{Duration, Instant};

use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::app::App;
use crate::error::Error;
use crate::mailer::Mailer;
use crate::mails::deliver::{self, Attempt};
use crate::metrics::METRICS;

/// Between two polls: one short query each.
const POLL_INTERVAL: Duration = Duration::from_millis(500);
/// How long mails that are under way may take once a stop was asked for. The others' leases run out.
const STOP_TIMEOUT: Duration = Duration::from_secs(8);
/// How old what was last heard of the relay may be before it is looked at without a mail: what operators are shown of it
/// is no older.
const CHECK_INTERVAL: Duration = Duration::from_secs(300);
/// How long a relay that is away is left alone: at first, and at most.
const BREAK: (Duration, Duration) = (Duration::from_secs(10), Duration::from_secs(300));

/// What this replica knows of the relay and its mails.
struct Sending {
    app: App,
    mailer: Mailer,
    /// Names this replica, as the holder of a mail.
    replica: Uuid,
    running: JoinSet<Result<Attempt, Error>>,
    breaker: Breaker,
    workers: usize,
}

/// Open while the relay is away; a single mail, or a look at it, tries whether it is back.
#[derive(Default)]
struct Breaker {
    failures: u32,
    until: Option<Instant>,
}

/// Sends until it is told to stop.
pub(super) async fn run(app: App, stop: CancellationToken) {
    let Some(mailer) = app.mailer().cloned() else {
        stop.cancelled().await;
        return;
    };
    METRICS.mail_relay_up.with([]).set(1);
    let workers = app.settings().mail_workers;
    let (replica, running) = (Uuid::new_v4(), JoinSet::new());
    let mut sending = Sending { app, mailer, replica, running, breaker: Breaker::default(), workers };
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
        if free == 0 {
            return Ok(());
        }
        if !deliver::is_due(&self.app).await? {
            if self.running.is_empty() && self.is_check_due() {
                let mailer = self.mailer.clone();
                self.running.spawn(async move { Ok(deliver::check(&mailer).await) });
            }
            return Ok(());
        }
        let room = deliver::room(&self.app).await?.saturating_sub(self.running.len());
        for _ in 0..free.min(room) {
            let (app, replica) = (self.app.clone(), self.replica);
            self.running.spawn(async move { deliver::attempt(&app, replica).await });
        }
        Ok(())
    }

    /// Whether the relay is to be looked at although no mail is due: nothing was heard of it for a while, or it was away
    /// and may be back.
    fn is_check_due(&self) -> bool {
        let is_old = |at: Instant| at.elapsed() >= CHECK_INTERVAL;
        self.breaker.until.is_some() || self.mailer.heard().is_none_or(|heard| is_old(heard.at))
    }

    /// Notes what came of an attempt. True when it has dealt with a mail: more may wait.
    fn note(&mut self, ended: Result<Result<Attempt, Error>, tokio::task::JoinError>) -> bool {
        let is_done = matches!(ended, Ok(Ok(Attempt::Done(_))));
        match ended {
            Ok(Ok(Attempt::Done(outcome))) => {
                METRICS.mails.with([outcome.as_str()]).inc();
                if outcome != deliver::Outcome::Dropped {
                    self.breaker.close();
                }
            }
            Ok(Ok(Attempt::RelayUp)) => self.breaker.close(),
            Ok(Ok(Attempt::RelayDown(error))) => {
                self.breaker.open(&error);
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
    fn close(&mut self) {
        METRICS.mail_relay_up.with([]).set(1);
        if std::mem::take(self).failures > 0 {
            tracing::info!("the mail relay takes mail again");
        }
    }

    fn open(&mut self, error: &str) {
        METRICS.mail_relay_up.with([]).set(0);
        if self.failures == 0 {
            tracing::warn!(error, "the mail relay takes no mail; mails wait and are tried again");
        }
        // Several mails that were under way together found the relay away once.
        if self.until.is_none_or(|until| until <= Instant::now()) {
            let pause = BREAK.0.saturating_mul(1 << self.failures.min(8)).min(BREAK.1);
            self.until = Some(Instant::now() + pause);
            self.failures += 1;
        }
    }
}
