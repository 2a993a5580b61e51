//! Looking which imported password hashes are left: an import is another process, and log-ins replace them.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::accounts::legacy_hashes;
use crate::app::App;

/// Until it has looked, the time of a first wrong password tells whether an account was imported. A look is a few seeks in an
/// index.
const POLL_INTERVAL: Duration = Duration::from_secs(5);

/// Looks at the start and every five seconds, until it is told to stop.
pub(super) async fn run(app: App, stop: CancellationToken) {
    loop {
        if let Err(error) = legacy_hashes::look(&app).await {
            tracing::warn!(error = format!("{error:#}"), "the kinds of password hashes cannot be read");
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(POLL_INTERVAL) => {}
        }
    }
}
