//! Whether the process is up, and whether it can serve.

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use std::time::Duration;
use tokio::time::timeout;

use crate::app::App;

pub(super) fn router() -> Router<App> {
    Router::new().route("/healthz", get(async || "ok\n")).route("/readyz", get(ready))
}

/// 200 when database and media store answer within two seconds, else 503 with what does not.
async fn ready(State(app): State<App>) -> (StatusCode, String) {
    const PATIENCE: Duration = Duration::from_secs(2);
    let (database, media) = tokio::join!(timeout(PATIENCE, app.db().ping()), timeout(PATIENCE, app.media().ping()));
    let word = |fine: bool| if fine { "ok" } else { "failed" };
    let (database, media) = (matches!(database, Ok(Ok(()))), matches!(media, Ok(Ok(()))));
    let status = if database && media { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, format!("database: {}\nmedia: {}\n", word(database), word(media)))
}
