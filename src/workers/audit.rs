//! Writing the rows of the audit log that go with no change of their own.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::audit::queue;

/// How long rows gather before they are written together.
const POLL_INTERVAL: Duration = Duration::from_millis(200);

/// Writes until it is told to stop, and then what still waits.
pub(super) async fn run(app: App, stop: CancellationToken) {
    while !stop.is_cancelled() {
        tokio::select! {
            () = stop.cancelled() => {}
            () = app.audit_queue().filled() => {}
        }
        if let Err(error) = queue::flush(&app).await {
            tracing::warn!(error = format!("{error:#}"), "rows of the audit log cannot be written and wait");
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(Duration::from_secs(5)) => {}
            }
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(POLL_INTERVAL) => {}
        }
    }
    if let Err(error) = queue::flush(&app).await {
        tracing::warn!(error = format!("{error:#}"), "the last rows of the audit log could not be written");
    }
}
