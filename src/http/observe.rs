//! What operators see of requests: an id for each, a log line, counters and times.

use std::time::Instant;

use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode};
use axum::response::Response;
use tokio::task::futures::TaskLocalFuture;

use crate::metrics::METRICS;
use crate::request_id::RequestId;

pub(super) const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

fn is_usual(method: &Method) -> bool {
    [Method::GET, Method::POST, Method::HEAD, Method::PUT, Method::PATCH, Method::DELETE, Method::OPTIONS]
        .contains(method)
}

/// Logs how a request ended.
pub(super) fn log(id: RequestId, method: &Method, route: &str, status: StatusCode, seconds: f64) {
    id.sync_scope(|| tracing::debug!(%method, route, status = status.as_u16(), seconds, "answered"));
}

/// A request under way, as operators see it: by an id, and by its route, never by its address, which may hold tokens and
/// names.
pub(super) struct Observed {
    start: Instant,
    id: RequestId,
    route: Option<MatchedPath>,
    method: Method,
}

impl Observed {
    /// Gives a request its id.
    pub(super) fn begin(request: &Request) -> Observed {
        let (start, id) = (Instant::now(), RequestId::next());
        let route = request.extensions().get::<MatchedPath>().cloned();
        let method = request.method().clone();
        Observed { start, id, route, method }
    }

    /// What is logged while it is answered belongs to it.
    pub(super) fn answer<F: Future<Output = Response>>(&self, answer: F) -> TaskLocalFuture<RequestId, F> {
        self.id.scope(answer)
    }

    /// Logs how it ended and counts it.
    pub(super) fn end(self, response: &mut Response) {
        let seconds = self.start.elapsed().as_secs_f64();
        let route = self.route.as_ref().map_or("unmatched", MatchedPath::as_str);
        let status = response.status();
        log(self.id, &self.method, route, status, seconds);
        // Any text can be a method: strange ones count together, or a stranger could make metrics without end.
        let method = if is_usual(&self.method) { self.method.as_str() } else { "other" };
        METRICS.requests.with([route, method, status.as_str()]).inc();
        METRICS.request_seconds.with([route]).observe(seconds);
        if let Ok(value) = HeaderValue::try_from(self.id.to_string()) {
            response.headers_mut().insert(X_REQUEST_ID, value);
        }
    }
}
