//! A delivery run for one target: everything that waits for it is delivered, in order, or the first failure ends it.

use std::time::Duration;

use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::app::App;
use crate::events::targets::WEBHOOK;
use crate::metrics::METRICS;
use crate::store;
use crate::store::events::EventRow;
use crate::store::targets::Target;

use super::lease::{Lease, LeaseLost};
use super::transport::{DeliveryError, Transport, Transports};

/// How long a send that is under way may take once a stop was asked for.
const STOP_TIMEOUT: Duration = Duration::from_secs(2);

/// A delivery run for one target.
pub(super) struct DeliveryRun {
    app: App,
    transports: Transports,
    replica: Uuid,
    name: String,
    stop: CancellationToken,
}

/// How a run ended.
pub(super) enum Outcome {
    /// Nothing waits any more, or a stop was asked for.
    Done,
    /// Another replica delivers to this target, or writers are too busy to be asked what is settled.
    Later,
    /// It did not arrive.
    Failed { error: String, first: Duration, longest: Duration, at_least: Duration },
}

/// What stops a run early.
enum Stop {
    Later,
    DeliveryError(DeliveryError),
    Database(sqlx::Error),
}

impl From<sqlx::Error> for Stop {
    fn from(error: sqlx::Error) -> Stop {
        Stop::Database(error)
    }
}

impl From<LeaseLost> for Stop {
    fn from(_: LeaseLost) -> Stop {
        Stop::Later
    }
}

impl DeliveryRun {
    pub(super) fn new(
        app: &App,
        transports: &Transports,
        replica: Uuid,
        name: String,
        stop: CancellationToken,
    ) -> DeliveryRun {
        DeliveryRun { app: app.clone(), transports: transports.clone(), replica, name, stop }
    }

    pub(super) async fn run(self) -> Outcome {
        let (mut lease, target) = match Lease::take(&self.app, &self.name, self.replica).await {
            Ok(Some(held)) => held,
            Ok(None) => return Outcome::Later,
            Err(error) => return failed(&error),
        };
        let end = self.deliver(&mut lease, target).await;
        let noted = match &end {
            Err(Stop::DeliveryError(trouble)) => self.note(trouble).await,
            Ok(()) | Err(Stop::Later | Stop::Database(_)) => Ok(()),
        };
        // Should this fail, the lease runs out by itself.
        let released = lease.release().await;
        match (end, noted.and(released)) {
            (Err(Stop::Database(error)), _) | (_, Err(error)) => failed(&error),
            (Ok(()), Ok(())) => Outcome::Done,
            (Err(Stop::Later), Ok(())) => Outcome::Later,
            (Err(Stop::DeliveryError(DeliveryError { error, first, longest, at_least, .. })), Ok(())) => {
                Outcome::Failed { error, first, longest, at_least }
            }
        }
    }

    async fn deliver(&self, lease: &mut Lease, target: Target) -> Result<(), Stop> {
        let mut transport = tokio::select! {
            opened = lease.during(self.transports.open(&self.app, &target)) => opened??.map_err(Stop::DeliveryError)?,
            () = self.stop.cancelled() => return Ok(()),
        };
        if let (Some(next), Some(until)) = (target.replay_next, target.replay_until) {
            self.deliver_again(lease, &mut transport, next, until).await?;
        }
        self.deliver_new(lease, &mut transport, target.reached).await
    }

    /// Events whose replay was asked for.
    async fn deliver_again(
        &self,
        lease: &mut Lease,
        transport: &mut Transport,
        first: i64,
        until: i64,
    ) -> Result<(), Stop> {
        let mut next = Some(first);
        while let Some(from) = next.filter(|_| !self.stop.is_cancelled()) {
            let events = self.read(from - 1, until, transport.batch()).await?;
            let (sent, trouble) = self.send(lease, transport, &events).await?;
            next = match (events.get(sent), events.last()) {
                (Some(event), _) => Some(event.sequence),
                (None, Some(last)) if last.sequence < until => Some(last.sequence + 1),
                (None, _) => None,
            };
            let mut connection = self.app.db().write_once().await?;
            if !store::targets::replayed(&mut connection, &self.name, self.replica, from, next).await? {
                return Err(Stop::Later);
            }
            if let Some(trouble) = trouble {
                return Err(Stop::DeliveryError(trouble));
            }
        }
        Ok(())
    }

    /// What has not arrived yet.
    async fn deliver_new(&self, lease: &mut Lease, transport: &mut Transport, mut reached: i64) -> Result<(), Stop> {
        let mut horizon = reached;
        while !self.stop.is_cancelled() {
            if reached >= horizon {
                horizon = store::events::settled(self.app.db()).await?.ok_or(Stop::Later)?;
                if reached >= horizon {
                    break;
                }
            }
            let events = self.read(reached, horizon, transport.batch()).await?;
            let (sent, trouble) = self.send(lease, transport, &events).await?;
            let arrived = match events.get(..sent).and_then(<[EventRow]>::last) {
                Some(last) => last.sequence,
                // Nothing there up to the horizon: pruned, or never committed.
                None if events.is_empty() => horizon,
                None => reached,
            };
            if arrived > reached {
                let mut connection = self.app.db().write_once().await?;
                if !store::targets::reach(&mut connection, &self.name, self.replica, arrived).await? {
                    return Err(Stop::Later);
                }
                reached = arrived;
            }
            if let Some(trouble) = trouble {
                return Err(Stop::DeliveryError(trouble));
            }
        }
        Ok(())
    }

    async fn read(&self, after: i64, until: i64, limit: i64) -> sqlx::Result<Vec<EventRow>> {
        let mut connection = self.app.db().read().await?;
        store::events::between(&mut connection, after, until, limit).await
    }

    /// Sends events and keeps the lease meanwhile. Gives how many arrived, and what happened to the next.
    async fn send(
        &self,
        lease: &mut Lease,
        transport: &mut Transport,
        events: &[EventRow],
    ) -> Result<(usize, Option<DeliveryError>), Stop> {
        lease.keep().await??;
        let too_late = async {
            self.stop.cancelled().await;
            sleep(STOP_TIMEOUT).await;
        };
        let (sent, trouble) = tokio::select! {
            done = lease.during(transport.send(events)) => done??,
            // What was not confirmed is sent again another time.
            () = too_late => (0, None),
        };
        if sent > 0 {
            METRICS.events_delivered.with([&self.name]).inc_by(sent as u64);
        }
        Ok((sent, trouble))
    }

    /// Notes what went wrong, and gives a webhook up that has failed for too long.
    async fn note(&self, trouble: &DeliveryError) -> sqlx::Result<()> {
        let now = self.app.now();
        let mut tx = self.app.db().begin().await?;
        let since = store::targets::fail(&mut tx, &self.name, &trouble.error, now).await?;
        let failed_for = since.map_or(time::Duration::ZERO, |since| now - since);
        let is_over = self.name.starts_with(WEBHOOK) && failed_for >= self.app.settings().webhook_give_up;
        let gives_up = trouble.is_final || is_over;
        if gives_up {
            store::targets::disable(&mut tx, &self.name, Some(now)).await?;
        }
        tx.commit().await?;
        if gives_up {
            METRICS.targets_given_up.with([&self.name]).inc();
            tracing::warn!(
                target_name = self.name,
                error = trouble.error,
                "a webhook is given up; `portico webhook enable` takes it up again"
            );
        }
        Ok(())
    }
}

fn failed(error: &sqlx::Error) -> Outcome {
    let error = format!("the database refused: {error}");
    Outcome::Failed { error, first: Duration::from_secs(1), longest: Duration::from_secs(10), at_least: Duration::ZERO }
}
