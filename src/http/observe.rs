//! What operators see of requests: an id for each, a log line, counters and times.

use std::time::Instant;

use axum::Extension;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use metrics::{counter, gauge, histogram};
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use tracing::Instrument as _;

use crate::accounts;
use crate::app::App;

/// Names one request in the log and on error pages.
#[derive(Clone, Debug)]
pub(super) struct RequestId(pub(super) String);

/// Renders what has been counted.
#[derive(Clone)]
pub struct Metrics(PrometheusHandle);

/// Installs the recorder that all counters go to; once in a process.
///
/// # Errors
/// When one is installed already.
pub fn install() -> Result<Metrics, BuildError> {
    const SECONDS: &[f64] = &[0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];
    let handle = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), SECONDS)?
        .install_recorder()?;
    Ok(Metrics(handle))
}

/// Gives the request an id, logs how it ended and counts it by route, never by address: addresses hold
/// tokens and names.
pub(super) async fn request(mut request: Request, next: Next) -> Response {
    let start = Instant::now();
    let id = uuid::Uuid::new_v4().simple().to_string()[..16].to_owned();
    let route = request.extensions().get::<MatchedPath>().map_or("unmatched", |path| path.as_str()).to_owned();
    let method = request.method().clone();
    request.extensions_mut().insert(RequestId(id.clone()));
    let span = tracing::info_span!("request", id);
    let mut response = next.run(request).instrument(span.clone()).await;
    let seconds = start.elapsed().as_secs_f64();
    let status = response.status();
    span.in_scope(|| {
        tracing::debug!(%method, route, status = status.as_u16(), seconds, "answered");
    });
    let labels = [("route", route), ("method", method.as_str().to_owned()), ("status", status.as_str().to_owned())];
    counter!("portico_requests_total", &labels).increment(1);
    histogram!("portico_request_seconds", &labels[..1]).record(seconds);
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert("x-request-id", value);
    }
    response
}

/// What has been counted, as Prometheus reads it; behind the internal token when one is set.
pub(super) async fn metrics(
    State(app): State<App>,
    Extension(metrics): Extension<Metrics>,
    headers: HeaderMap,
) -> Response {
    if let Some(token) = &app.settings().internal_token {
        let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
        // Compared under a key that nobody has, so that the time tells nothing.
        let hide = |text: &str| app.sign("internal-token", text.as_bytes());
        if hide(given) != hide(&format!("Bearer {}", token.expose())) {
            return (StatusCode::UNAUTHORIZED, [(header::WWW_AUTHENTICATE, "Bearer")], "").into_response();
        }
    }
    measure(&app).await;
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], metrics.0.render()).into_response()
}

/// Reads the gauges that change without a request.
async fn measure(app: &App) {
    #[expect(clippy::cast_precision_loss, reason = "counts of this size are exact in a float")]
    let set = |name: &'static str, value: usize| gauge!(name).set(value as f64);
    set("portico_password_queue", app.passwords().waiting());
    set("portico_picture_queue", app.workshop().waiting());
    let (used, open) = app.db().connections();
    set("portico_database_connections_used", used);
    set("portico_database_connections_open", open);
    if let Ok(counts) = accounts::find::counts(app).await {
        set("portico_sessions", counts.sessions);
        set("portico_events_waiting", counts.events_waiting);
    }
}
