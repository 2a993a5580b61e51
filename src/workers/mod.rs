//! What runs beside requests: sweeping up, delivering events, late rows of the audit log, a look at imported password hashes;
//! stopped together.

mod audit;
mod delivery;
mod legacy_hashes;
pub mod sweep;

use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::app::App;

use delivery::Delivery;

/// The running loops.
pub struct Workers {
    tracker: TaskTracker,
    stop: CancellationToken,
}

/// Starts them.
///
/// # Errors
/// When events could not be delivered as the settings say.
pub fn start(app: &App) -> anyhow::Result<Workers> {
    let workers = Workers { tracker: TaskTracker::new(), stop: CancellationToken::new() };
    let delivery = Delivery::new(app, workers.stop.clone())?;
    workers.tracker.spawn(every(Duration::from_secs(600), workers.stop.clone(), app.clone()));
    workers.tracker.spawn(delivery.run());
    workers.tracker.spawn(audit::run(app.clone(), workers.stop.clone()));
    workers.tracker.spawn(legacy_hashes::run(app.clone(), workers.stop.clone()));
    workers.tracker.close();
    Ok(workers)
}

impl Workers {
    /// Tells them to stop and waits for what they are doing.
    pub async fn stop(self) {
        self.stop.cancel();
        self.tracker.wait().await;
    }
}

async fn every(pause: Duration, stop: CancellationToken, app: App) {
    loop {
        if let Err(error) = sweep::run_once(&app).await {
            tracing::warn!(error = format!("{error:#}"), "sweeping up failed and is tried again later");
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(pause) => {}
        }
    }
}
