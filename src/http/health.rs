//! Whether the process is up, and whether it can serve.

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;

use crate::app::App;

use super::routing::get;

pub(super) fn router() -> Router<App> {
    Router::new().route("/healthz", get(async || "ok\n")).route("/readyz", get(ready))
}

/// 200 when database, media store and, where set, Redis answer within two seconds, the last two to a write, else
/// 503 with what does not.
async fn ready(State(app): State<App>) -> (StatusCode, String) {
    let readiness = app.readiness().await;
    let word = |fine: bool| if fine { "ok" } else { "failed" };
    let status = if readiness.is_ready() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let mut text = format!("database: {}\nmedia: {}\n", word(readiness.database), word(readiness.media));
    if let Some(redis) = readiness.redis {
        text += &format!("redis: {}\n", word(redis));
    }
    if readiness.is_leaving {
        text += "stopping\n";
    }
    (status, text)
}
