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

/// 200 when database, media store and, where set, Redis answer within two seconds, else 503 with what does not.
async fn ready(State(app): State<App>) -> (StatusCode, String) {
    const PATIENCE: Duration = Duration::from_secs(2);
    let redis = async {
        match app.revoked() {
            Some(revoked) => revoked.ping().await.is_ok(),
            None => true,
        }
    };
    let (database, media, redis) = tokio::join!(
        timeout(PATIENCE, app.db().ping()),
        timeout(PATIENCE, app.media().ping()),
        timeout(PATIENCE, redis)
    );
    let word = |fine: bool| if fine { "ok" } else { "failed" };
    let (database, media, redis) = (matches!(database, Ok(Ok(()))), matches!(media, Ok(Ok(()))), redis == Ok(true));
    let status = if database && media && redis { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let mut text = format!("database: {}\nmedia: {}\n", word(database), word(media));
    if app.revoked().is_some() {
        text += &format!("redis: {}\n", word(redis));
    }
    (status, text)
}
