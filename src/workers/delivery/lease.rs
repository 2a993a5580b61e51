//! The lease of a target, the right to deliver to it: one replica has it at a time, and another takes it a few seconds
//! after that one died.

use std::time::{Duration, Instant};

use uuid::Uuid;

use crate::app::App;
use crate::store;
use crate::store::targets::Target;

/// How long a lease lasts when nothing is heard of its holder.
const LEASE: Duration = Duration::from_secs(5);

/// A lease, held.
pub(super) struct Lease {
    app: App,
    name: String,
    replica: Uuid,
    kept: Instant,
}

/// The lease was lost: another replica has it now.
pub(super) struct LeaseLost;

impl Lease {
    /// Takes it, unless another replica has it.
    pub(super) async fn take(app: &App, name: &str, replica: Uuid) -> sqlx::Result<Option<(Lease, Target)>> {
        let kept = Instant::now();
        let held = hold(app, name, replica).await?;
        Ok(held.map(|target| (Lease { app: app.clone(), name: name.to_owned(), replica, kept }, target)))
    }

    /// Renews it, if it is time to.
    pub(super) async fn keep(&mut self) -> sqlx::Result<Result<(), LeaseLost>> {
        if self.kept.elapsed() < LEASE / 3 {
            return Ok(Ok(()));
        }
        let kept = Instant::now();
        if hold(&self.app, &self.name, self.replica).await?.is_none() {
            return Ok(Err(LeaseLost));
        }
        self.kept = kept;
        Ok(Ok(()))
    }

    /// Does something that may take long, and keeps the right meanwhile.
    pub(super) async fn during<T>(&mut self, work: impl Future<Output = T>) -> sqlx::Result<Result<T, LeaseLost>> {
        let mut work = std::pin::pin!(work);
        loop {
            tokio::select! {
                done = &mut work => return Ok(Ok(done)),
                () = tokio::time::sleep(LEASE / 3) => {
                    if self.keep().await?.is_err() {
                        return Ok(Err(LeaseLost));
                    }
                }
            }
        }
    }

    /// Gives it back, so that no replica waits for its expiry.
    pub(super) async fn release(self) -> sqlx::Result<()> {
        let mut connection = self.app.db().write_once().await?;
        store::targets::release(&mut connection, &self.name, self.replica).await
    }
}

async fn hold(app: &App, name: &str, replica: Uuid) -> sqlx::Result<Option<Target>> {
    let mut connection = app.db().write_once().await?;
    let lease = i64::try_from(LEASE.as_millis()).unwrap_or(i64::MAX);
    store::targets::hold(&mut connection, name, replica, lease).await
}
