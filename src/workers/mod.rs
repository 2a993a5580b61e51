//! What runs beside requests: sweeping up, delivering events, sending mail, late rows of the audit log, a look at imported password
//! hashes; stopped together.

mod audit;
mod delivery;
mod legacy_hashes;
mod mail;
pub mod sweep;

use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::app::App;
use crate::metrics::METRICS;

use delivery::{Delivery, Transports};

/// How long a worker that has panicked rests before it starts again.
const RESTART_DELAY: Duration = Duration::from_secs(1);

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
    let transports = Transports::new(app)?;
    workers.run("sweep", app, |app, stop| every(Duration::from_secs(600), stop, app));
    workers.run("delivery", app, move |app, stop| Delivery::new(&app, &transports, stop).run());
    workers.run("mail", app, mail::run);
    workers.run("audit", app, audit::run);
    workers.run("legacy-hashes", app, legacy_hashes::run);
    workers.tracker.close();
    Ok(workers)
}

impl Workers {
    /// Runs a loop, and starts it again where it has panicked: one bad turn must not end delivery for ever.
    fn run<L>(&self, name: &'static str, app: &App, start: impl Fn(App, CancellationToken) -> L + Send + 'static)
    where
        L: Future<Output = ()> + Send + 'static,
    {
        let (app, stop) = (app.clone(), self.stop.clone());
        self.tracker.spawn(async move {
            while tokio::spawn(start(app.clone(), stop.clone())).await.is_err_and(|error| error.is_panic()) {
                METRICS.worker_panics.with([name]).inc();
                tracing::error!(worker = name, "a background worker panicked and is started again");
                if stop.run_until_cancelled(tokio::time::sleep(RESTART_DELAY)).await.is_none() {
                    return;
                }
            }
        });
    }

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
