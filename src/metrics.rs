//! Metrics of this process, in the Prometheus text format. Each is of fixed size: nothing is kept for a request or an event.

use std::sync::LazyLock;

use prometheus::core::Collector;
use prometheus::{
    Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry,
    TextEncoder,
};

/// The media type of the Prometheus text format.
pub const CONTENT_TYPE: &str = prometheus::TEXT_FORMAT;

/// Upper bounds of the buckets of [`Metrics::request_seconds`].
const SECONDS: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

/// The metrics of this process.
pub static METRICS: LazyLock<Metrics> = LazyLock::new(Metrics::new);

/// A metric for each combination of `N` label values.
#[derive(Debug)]
pub struct Labelled<V, const N: usize>(V);

impl<const N: usize> Labelled<IntCounterVec, N> {
    /// The counter with these label values.
    pub fn with(&self, values: [&str; N]) -> IntCounter {
        self.0.with_label_values(&values)
    }
}

impl<const N: usize> Labelled<IntGaugeVec, N> {
    /// The gauge with these label values.
    pub fn with(&self, values: [&str; N]) -> IntGauge {
        self.0.with_label_values(&values)
    }

    /// Removes the gauges with all label values.
    pub fn clear(&self) {
        self.0.reset();
    }
}

impl<const N: usize> Labelled<HistogramVec, N> {
    /// The histogram with these label values.
    pub fn with(&self, values: [&str; N]) -> Histogram {
        self.0.with_label_values(&values)
    }
}

/// Every metric there is, by its name without `portico_`, and `_total` where it counts.
#[derive(Debug)]
#[expect(missing_docs, reason = "the help text of each says what it is")]
pub struct Metrics {
    registry: Registry,
    pub audit_lost: IntCounter,
    pub audit_rows: Labelled<IntCounterVec, 2>,
    pub body_bytes: IntGauge,
    pub connections_refused: IntCounter,
    pub database_connections_open: IntGauge,
    pub database_connections_used: IntGauge,
    pub events_delivered: Labelled<IntCounterVec, 1>,
    pub events_kept: IntGauge,
    pub events_lost: Labelled<IntCounterVec, 1>,
    pub events_oldest_seconds: Labelled<IntGaugeVec, 1>,
    pub events_retried: Labelled<IntCounterVec, 1>,
    pub events_waiting: Labelled<IntGaugeVec, 1>,
    pub grpc_answers: Labelled<IntCounterVec, 2>,
    pub limits_refused: Labelled<IntCounterVec, 1>,
    pub limits_slowed: IntCounter,
    pub log_lines_limited: IntCounter,
    pub log_lines_lost: IntCounter,
    pub mail_relay_up: Labelled<IntGaugeVec, 0>,
    pub mails: Labelled<IntCounterVec, 1>,
    pub password_queue: IntGauge,
    pub picture_queue: IntGauge,
    pub request_seconds: Labelled<HistogramVec, 1>,
    pub requests: Labelled<IntCounterVec, 3>,
    pub requests_refused: IntCounter,
    pub sessions: IntGauge,
    pub target_disabled: Labelled<IntGaugeVec, 1>,
    pub target_failing: Labelled<IntGaugeVec, 1>,
    pub targets_given_up: Labelled<IntCounterVec, 1>,
    pub worker_panics: Labelled<IntCounterVec, 1>,
}

impl Metrics {
    fn new() -> Metrics {
        let names = Names(Registry::new());
        Metrics {
            audit_lost: names.counter("audit_lost_total", "Audit rows dropped from a full queue."),
            audit_rows: names.counters("audit_rows_total", "Audit rows written.", ["action", "door"]),
            body_bytes: names.gauge("body_bytes", "Bytes of request bodies in memory."),
            connections_refused: names.counter("connections_refused_total", "Connections over the cap of an address."),
            database_connections_open: names.gauge("database_connections_open", "Database connections open."),
            database_connections_used: names.gauge("database_connections_used", "Database connections in use."),
            events_delivered: names.counters("events_delivered_total", "Events delivered.", ["target"]),
            events_kept: names.gauge("events_kept", "Events in the outbox."),
            events_lost: names.counters("events_lost_total", "Events past their retention undelivered.", ["target"]),
            events_oldest_seconds: names.gauges(
                "events_oldest_seconds",
                "Age of the oldest event that waits for delivery.",
                ["target"],
            ),
            events_retried: names.counters("events_retried_total", "Failed deliveries, each retried.", ["target"]),
            events_waiting: names.gauges("events_waiting", "Events that wait for delivery.", ["target"]),
            grpc_answers: names.counters("grpc_answers_total", "RPCs answered, by code.", ["rpc", "code"]),
            limits_refused: names.counters("limits_refused_total", "Attempts refused by a rate limit.", ["rule"]),
            limits_slowed: names.counter("limits_slowed_total", "Log-ins delayed after wrong passwords."),
            log_lines_limited: names
                .counter("log_lines_limited_total", "Log lines dropped by the rate limit of their callsite."),
            log_lines_lost: names.counter("log_lines_lost_total", "Log lines dropped from a full queue."),
            mail_relay_up: names.gauges("mail_relay_up", "Whether the mail relay takes mail; absent without mail.", []),
            mails: names.counters("mails_total", "Mails worked on, by outcome.", ["outcome"]),
            password_queue: names.gauge("password_queue", "Passwords that wait to be hashed."),
            picture_queue: names.gauge("picture_queue", "Pictures that wait to be processed."),
            request_seconds: names.histograms("request_seconds", "Time to answer a request.", &SECONDS, ["route"]),
            requests: names.counters("requests_total", "Requests answered.", ["route", "method", "status"]),
            requests_refused: names.counter("requests_refused_total", "Requests over the cap of an address."),
            sessions: names.gauge("sessions", "Sessions in use."),
            target_disabled: names.gauges("target_disabled", "Whether a target of events is disabled.", ["target"]),
            target_failing: names.gauges("target_failing", "Whether deliveries to a target fail.", ["target"]),
            targets_given_up: names.counters("targets_given_up_total", "Webhooks given up.", ["target"]),
            worker_panics: names.counters("worker_panics_total", "Background workers that panicked.", ["worker"]),
            registry: names.0,
        }
    }

    /// All of them in the Prometheus text format.
    ///
    /// # Errors
    /// When one has nothing to tell, which none of these is asked for.
    pub fn render(&self) -> prometheus::Result<String> {
        TextEncoder::new().encode_to_string(&self.registry.gather())
    }
}

/// Makes metrics, each under a name of its own.
struct Names(Registry);

impl Names {
    fn counter(&self, name: &str, help: &str) -> IntCounter {
        self.registered(IntCounter::with_opts(options(name, help)))
    }

    fn counters<const N: usize>(&self, name: &str, help: &str, labels: [&str; N]) -> Labelled<IntCounterVec, N> {
        Labelled(self.registered(IntCounterVec::new(options(name, help), &labels)))
    }

    fn gauge(&self, name: &str, help: &str) -> IntGauge {
        self.registered(IntGauge::with_opts(options(name, help)))
    }

    fn gauges<const N: usize>(&self, name: &str, help: &str, labels: [&str; N]) -> Labelled<IntGaugeVec, N> {
        Labelled(self.registered(IntGaugeVec::new(options(name, help), &labels)))
    }

    fn histograms<const N: usize>(
        &self,
        name: &str,
        help: &str,
        buckets: &[f64],
        labels: [&str; N],
    ) -> Labelled<HistogramVec, N> {
        let options = HistogramOpts::from(options(name, help)).buckets(buckets.to_vec());
        Labelled(self.registered(HistogramVec::new(options, &labels)))
    }

    #[expect(clippy::expect_used, reason = "every start makes all of them, under the names that stand above")]
    fn registered<C: Collector + Clone + 'static>(&self, made: prometheus::Result<C>) -> C {
        let metric = made.expect("names and labels are well-formed");
        self.0.register(Box::new(metric.clone())).expect("names differ");
        metric
    }
}

fn options(name: &str, help: &str) -> Opts {
    Opts::new(name, help).namespace("portico")
}
