//! Delivery of events from the outbox: a poll of the targets, and a run for each one that events wait for.

mod lease;
mod run;
mod transport;

use std::collections::HashMap;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::app::App;
use crate::events::targets;
use crate::metrics::METRICS;
use crate::store::{self, targets::Target};

use run::{DeliveryRun, Outcome};
pub(super) use transport::Transports;

/// Between two polls: one short query each.
const POLL_INTERVAL: Duration = Duration::from_millis(250);
/// Between two polls when there is no target: a webhook may be added.
const IDLE_POLL_INTERVAL: Duration = Duration::from_secs(2);

/// What this replica knows of all targets.
pub(super) struct Delivery {
    app: App,
    transports: Transports,
    /// Names this replica, as the holder of a target.
    replica: Uuid,
    states: HashMap<String, State>,
    running: JoinSet<(String, Outcome)>,
    stop: CancellationToken,
}

/// What it knows of one.
#[derive(Default)]
struct State {
    is_running: bool,
    /// Attempts that failed, one after another.
    failures: u32,
    not_before: Option<Instant>,
}

impl Delivery {
    pub(super) fn new(app: &App, transports: &Transports, stop: CancellationToken) -> Delivery {
        let (app, transports, replica) = (app.clone(), transports.clone(), Uuid::new_v4());
        Delivery { app, transports, replica, states: HashMap::new(), running: JoinSet::new(), stop }
    }

    /// Delivers until it is told to stop, then lets what is under way come to an end.
    pub(super) async fn run(mut self) {
        let mut pause = Duration::ZERO;
        loop {
            tokio::select! {
                () = self.stop.cancelled() => break,
                Some(ended) = self.running.join_next() => self.note(ended),
                () = sleep(pause) => match self.look().await {
                    Ok(next) => pause = next,
                    Err(error) => {
                        tracing::warn!(error = format!("{error:#}"), "events cannot be looked for and are tried again");
                        pause = Duration::from_secs(2);
                    }
                },
            }
        }
        while let Some(ended) = self.running.join_next().await {
            self.note(ended);
        }
        self.transports.close().await;
    }

    /// Starts a turn for every target that something waits for. Gives the pause before the next look.
    async fn look(&mut self) -> anyhow::Result<Duration> {
        let mut connection = self.app.db().read().await?;
        let latest = store::events::latest(&mut connection).await?;
        let mut known = store::targets::all(&mut connection).await?;
        drop(connection);
        let queues = if self.transports.broker.is_some() { targets::queues(&self.app) } else { Vec::new() };
        for name in &queues {
            if !known.iter().any(|target| target.name == *name) {
                store::targets::insert(&mut self.app.db().write_once().await?, name, None, 0).await?;
                known.push(Target::new(name.clone()));
            }
        }
        known.retain(|target| target.url.is_some() || queues.contains(&target.name));
        self.states.retain(|name, state| state.is_running || known.iter().any(|target| target.name == *name));
        let pause = if known.is_empty() { IDLE_POLL_INTERVAL } else { POLL_INTERVAL };
        for target in known {
            let waits = target.reached < latest || target.replay_next.is_some();
            if waits && target.disabled_at.is_none() {
                self.start(&target);
            }
        }
        Ok(pause)
    }

    fn start(&mut self, target: &Target) {
        let now = self.app.clock().monotonic();
        let state = self.states.entry(target.name.clone()).or_default();
        if state.is_running || state.not_before.is_some_and(|timestamp| timestamp > now) {
            return;
        }
        state.is_running = true;
        let name = target.name.clone();
        let run = DeliveryRun::new(&self.app, &self.transports, self.replica, name.clone(), self.stop.clone());
        self.running.spawn(async move { (name, run.run().await) });
    }

    fn note(&mut self, ended: Result<(String, Outcome), tokio::task::JoinError>) {
        // A turn that panicked has logged it; its lease runs out, and so does this state.
        let Ok((name, outcome)) = ended else {
            self.states.values_mut().for_each(|state| state.is_running = false);
            return;
        };
        let now = self.app.clock().monotonic();
        let Some(state) = self.states.get_mut(&name) else { return };
        state.is_running = false;
        match outcome {
            Outcome::Done => {
                if state.failures > 0 {
                    tracing::info!(target_name = name, "events arrive again");
                }
                *state = State::default();
            }
            Outcome::Later => state.not_before = Some(now + Duration::from_secs(1)),
            Outcome::Failed { error, first, longest, at_least } => {
                METRICS.events_retried.with([&name]).inc();
                if state.failures == 0 {
                    tracing::warn!(target_name = name, error, "events do not arrive and are tried again");
                }
                let pause = pause(state.failures, first, longest).max(at_least);
                state.failures = state.failures.saturating_add(1);
                state.not_before = Some(now + pause);
            }
        }
    }
}

/// A pause that doubles with each failure, somewhere between a half and the whole of it: replicas that failed together
/// do not come back together.
fn pause(failures: u32, first: Duration, longest: Duration) -> Duration {
    let whole = first.saturating_mul(1 << failures.min(16)).min(longest);
    whole.mul_f64(0.5 + f64::from(Uuid::new_v4().as_bytes()[0]) / 512.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_end_somewhere() {
        let (first, longest) = (Duration::from_millis(250), Duration::from_secs(30));
        for failures in [0, 3, 40] {
            let whole = first.saturating_mul(1 << failures.min(16)).min(longest);
            let pause = pause(failures, first, longest);
            assert!(pause >= whole / 2 && pause <= whole, "{pause:?} after {failures}");
        }
    }
}
