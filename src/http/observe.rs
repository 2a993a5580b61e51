//! What operators see of requests: an id for each, a log line, counters and times.

use std::collections::HashMap;
use std::fmt::{self, Display};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{LazyLock, PoisonError, RwLock};
use std::time::Instant;

use axum::Extension;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use metrics::{Counter, Histogram, counter, gauge, histogram};
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use tracing::instrument::Instrumented;
use tracing::{Instrument as _, Span};

use crate::app::App;
use crate::events;
use crate::lookup;

use crate::peer::knows_internal_token;

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Names one request in the log and on error pages.
#[derive(Clone, Copy, Debug)]
pub(super) struct RequestId(u64);

impl RequestId {
    /// One that no other request has: counted up from a random number, in steps that make neighbours look unlike.
    fn next() -> RequestId {
        static FIRST: LazyLock<u64> = LazyLock::new(|| uuid::Uuid::new_v4().as_u64_pair().1);
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let steps = COUNT.fetch_add(0x9E37_79B9_7F4A_7C15, Ordering::Relaxed);
        RequestId(FIRST.wrapping_add(steps))
    }
}

impl Display for RequestId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:016x}", self.0)
    }
}

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

/// The figures of one route, method and status. Finding them anew by their labels costs more than counting does.
#[derive(Clone)]
struct Figures {
    requests: Counter,
    seconds: Histogram,
}

impl Figures {
    fn of(route: &str, method: &Method, status: StatusCode) -> Figures {
        type Known = HashMap<String, HashMap<(Option<Method>, StatusCode), Figures>>;
        static KNOWN: LazyLock<RwLock<Known>> = LazyLock::new(RwLock::default);
        // Any text can be a method: strange ones count together, or a stranger could make figures without end.
        let wanted = (Some(method.clone()).filter(is_usual), status);
        let found = |known: &Known| known.get(route).and_then(|known| known.get(&wanted)).cloned();
        // Nothing panics while it holds this lock, and figures half written would still be figures.
        if let Some(figures) = found(&KNOWN.read().unwrap_or_else(PoisonError::into_inner)) {
            return figures;
        }
        let method = wanted.0.as_ref().map_or("other", Method::as_str).to_owned();
        let labels = [("route", route.to_owned()), ("method", method), ("status", status.as_str().to_owned())];
        let figures = Figures {
            requests: counter!("portico_requests_total", &labels),
            seconds: histogram!("portico_request_seconds", &labels[..1]),
        };
        let mut known = KNOWN.write().unwrap_or_else(PoisonError::into_inner);
        known.entry(route.to_owned()).or_default().insert(wanted, figures.clone());
        figures
    }
}

fn is_usual(method: &Method) -> bool {
    [Method::GET, Method::POST, Method::HEAD, Method::PUT, Method::PATCH, Method::DELETE, Method::OPTIONS]
        .contains(method)
}

/// A request under way, as operators see it: by an id, and by its route, never by its address, which may hold tokens and
/// names.
pub(super) struct Observed {
    start: Instant,
    id: RequestId,
    route: Option<MatchedPath>,
    method: Method,
    span: Span,
}

impl Observed {
    /// Gives a request its id.
    pub(super) fn begin(request: &mut Request) -> Observed {
        let (start, id) = (Instant::now(), RequestId::next());
        let route = request.extensions().get::<MatchedPath>().cloned();
        let method = request.method().clone();
        request.extensions_mut().insert(id);
        let span = tracing::info_span!("request", %id);
        Observed { start, id, route, method, span }
    }

    /// What is logged while it is answered belongs to it.
    pub(super) fn answer<F: Future<Output = Response>>(&self, answer: F) -> Instrumented<F> {
        answer.instrument(self.span.clone())
    }

    /// Logs how it ended and counts it.
    pub(super) fn end(self, response: &mut Response) {
        let seconds = self.start.elapsed().as_secs_f64();
        let route = self.route.as_ref().map_or("unmatched", MatchedPath::as_str);
        let status = response.status();
        self.span.in_scope(|| {
            tracing::debug!(method = %self.method, route, status = status.as_u16(), seconds, "answered");
        });
        let figures = Figures::of(route, &self.method, status);
        figures.requests.increment(1);
        figures.seconds.record(seconds);
        if let Ok(value) = HeaderValue::try_from(self.id.to_string()) {
            response.headers_mut().insert(X_REQUEST_ID, value);
        }
    }
}

/// What has been counted, as Prometheus reads it; behind the internal token when one is set.
pub(super) async fn metrics(
    State(app): State<App>,
    Extension(metrics): Extension<Metrics>,
    headers: HeaderMap,
) -> Response {
    if !knows_internal_token(&app, &headers) {
        return (StatusCode::UNAUTHORIZED, [(header::WWW_AUTHENTICATE, "Bearer")], "").into_response();
    }
    measure(&app).await;
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], metrics.0.render()).into_response()
}

/// Reads the gauges that change without a request.
async fn measure(app: &App) {
    #[expect(clippy::cast_precision_loss, reason = "counts of this size are exact in a float")]
    let set = |name: &'static str, value: usize| gauge!(name).set(value as f64);
    let (passwords, pictures) = app.queues();
    set("portico_password_queue", passwords);
    set("portico_picture_queue", pictures);
    set("portico_body_bytes", app.form_memory().held() + app.upload_memory().held());
    let (used, open) = app.database_connections();
    set("portico_database_connections_used", used);
    set("portico_database_connections_open", open);
    if let Ok(counts) = lookup::counts(app).await {
        set("portico_sessions", counts.sessions);
    }
    measure_events(app).await;
}

/// Reads how the targets of events are doing.
async fn measure_events(app: &App) {
    #[expect(clippy::cast_precision_loss, reason = "counts of this size are exact in a float")]
    let number = |count: i64| count as f64;
    if let Ok(count) = events::list::count(app).await {
        gauge!("portico_events_kept").set(number(count));
    }
    let Ok(standings) = events::targets::standings(app).await else { return };
    for standing in standings {
        let target = standing.target.name;
        let age = standing.oldest.map_or(0, |oldest| (app.now() - oldest).whole_seconds());
        gauge!("portico_events_waiting", "target" => target.clone()).set(number(standing.waiting));
        gauge!("portico_events_oldest_seconds", "target" => target.clone()).set(number(age));
        let failing = standing.target.failing_since.is_some();
        gauge!("portico_target_failing", "target" => target.clone()).set(f64::from(u8::from(failing)));
        let disabled = standing.target.disabled_at.is_some();
        gauge!("portico_target_disabled", "target" => target).set(f64::from(u8::from(disabled)));
    }
}
