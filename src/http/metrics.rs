//! `/metrics`: what is counted and measured of this process, for Prometheus.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use tokio::sync::Mutex;

use crate::app::App;
use crate::events;
use crate::lookup;
use crate::metrics::{CONTENT_TYPE, METRICS};
use crate::peer::knows_internal_token;

/// Answers with all metrics; behind the internal token when one is set.
pub(super) async fn metrics(State(app): State<App>, headers: HeaderMap) -> Response {
    /// Two at once would read each other's gauges half set.
    static TURN: Mutex<()> = Mutex::const_new(());

    if !knows_internal_token(&app, &headers) {
        return (StatusCode::UNAUTHORIZED, [(header::WWW_AUTHENTICATE, "Bearer")], "").into_response();
    }
    let _turn = TURN.lock().await;
    measure(&app).await;
    measure_events(&app).await;
    match METRICS.render() {
        Ok(text) => ([(header::CONTENT_TYPE, CONTENT_TYPE)], text).into_response(),
        Err(error) => {
            tracing::error!(%error, "metrics could not be written");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// Reads the gauges that change without a request.
async fn measure(app: &App) {
    let (passwords, pictures) = app.queues();
    METRICS.password_queue.set(number(passwords));
    METRICS.picture_queue.set(number(pictures));
    METRICS.body_bytes.set(number(app.form_memory().held() + app.upload_memory().held()));
    let (used, open) = app.database_connections();
    METRICS.database_connections_used.set(number(used));
    METRICS.database_connections_open.set(number(open));
    if let Ok(counts) = lookup::counts(app).await {
        METRICS.sessions.set(number(counts.sessions));
    }
}

/// Reads how the targets of events are doing. What was told of targets that are no more goes.
async fn measure_events(app: &App) {
    if let Ok(count) = events::list::count(app).await {
        METRICS.events_kept.set(count);
    }
    let Ok(standings) = events::targets::standings(app).await else { return };
    let by_target =
        [&METRICS.events_waiting, &METRICS.events_oldest_seconds, &METRICS.target_failing, &METRICS.target_disabled];
    by_target.iter().for_each(|gauges| gauges.clear());
    for standing in standings {
        let age = standing.oldest.map_or(0, |oldest| (app.now() - oldest).whole_seconds());
        let failing = standing.target.failing_since.is_some();
        let disabled = standing.target.disabled_at.is_some();
        let figures = [standing.waiting, age, i64::from(failing), i64::from(disabled)];
        for (gauges, figure) in by_target.iter().zip(figures) {
            gauges.with([&standing.target.name]).set(figure);
        }
    }
}

fn number(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
