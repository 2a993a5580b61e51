//! What runs beside requests: loops around a `run_once`, stopped together.

pub mod sweep;

use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::app::App;

/// The running loops.
pub struct Workers {
    tracker: TaskTracker,
    stop: CancellationToken,
}

/// Starts them.
pub fn start(app: &App) -> Workers {
    let workers = Workers { tracker: TaskTracker::new(), stop: CancellationToken::new() };
    workers.tracker.spawn(every(Duration::from_secs(600), workers.stop.clone(), app.clone()));
    workers.tracker.close();
    workers
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
