//! What came of the load: counts and latencies by kind, as a table or as JSON.

use std::io;
use std::time::Duration;

use serde::Serialize;

use super::client::Fault;
use super::work::Kind;

/// What a worker has seen.
#[derive(Default)]
pub(super) struct Tally([Samples; Kind::ALL.len()]);

/// What it has seen of one kind.
#[derive(Default)]
struct Samples {
    /// In microseconds, of right answers alone: refusals are quick, and would make them look better.
    latencies: Vec<u32>,
    refused: u64,
    errors: u64,
    first_error: Option<String>,
}

impl Tally {
    /// Notes an answer and how long it took.
    pub(super) fn note(&mut self, kind: Kind, done: &Result<(), Fault>, latency: Duration) {
        let samples = &mut self.0[kind as usize];
        match done {
            Ok(()) => samples.latencies.push(u32::try_from(latency.as_micros()).unwrap_or(u32::MAX)),
            Err(fault) if fault.is_refusal() => samples.refused += 1,
            Err(fault) => {
                samples.errors += 1;
                samples.first_error.get_or_insert_with(|| fault.to_string());
            }
        }
    }

    /// Takes in what another worker has seen.
    pub(super) fn add(&mut self, other: Tally) {
        for (samples, others) in self.0.iter_mut().zip(other.0) {
            samples.add(others);
        }
    }
}

impl Samples {
    fn add(&mut self, other: Samples) {
        self.latencies.extend(other.latencies);
        self.refused += other.refused;
        self.errors += other.errors;
        self.first_error = self.first_error.take().or(other.first_error);
    }

    fn row(&mut self, kind: &'static str, time: Duration) -> Row {
        self.latencies.sort_unstable();
        let at = |share| quantile(&self.latencies, share).map(|latency| f64::from(latency) / 1_000.0);
        let count = self.latencies.len();
        Row {
            kind,
            count,
            refused: self.refused,
            errors: self.errors,
            per_second: rounded(count as f64 / time.as_secs_f64(), 10.0),
            p50_ms: at(0.5),
            p95_ms: at(0.95),
            p99_ms: at(0.99),
            slowest_ms: at(1.0),
            first_error: self.first_error.clone(),
        }
    }
}

/// The nearest-rank quantile: the least that `share` of all are not above.
fn quantile(sorted: &[u32], share: f64) -> Option<u32> {
    let rank = (sorted.len() as f64 * share).ceil() as usize;
    sorted.get(rank.max(1) - 1).copied()
}

/// A number to the nearest of so many parts of one.
pub(super) fn rounded(number: f64, parts: f64) -> f64 {
    (number * parts).round() / parts
}

/// What the load was, and what came of it. Its names are for programs, and stay.
#[derive(Serialize)]
pub(super) struct Report {
    pub(super) url: String,
    pub(super) connections: u16,
    pub(super) accounts: u16,
    /// How long it took, to the last answer.
    pub(super) seconds: f64,
    /// Whether it was stopped before its time.
    pub(super) stopped: bool,
    pub(super) total: Row,
    pub(super) kinds: Vec<Row>,
}

/// The figures of one kind, or of all.
#[derive(Serialize)]
pub(super) struct Row {
    kind: &'static str,
    /// Right answers, which the latencies are of.
    count: usize,
    /// Answers that said to come later: statuses 429 and 503.
    refused: u64,
    /// Wrong answers, and none.
    errors: u64,
    per_second: f64,
    p50_ms: Option<f64>,
    p95_ms: Option<f64>,
    p99_ms: Option<f64>,
    slowest_ms: Option<f64>,
    /// What was wrong with the first of them.
    first_error: Option<String>,
}

/// The figures of each kind and of all together, gRPC among them if it was called.
pub(super) fn rows(tally: Tally, with_grpc: bool, time: Duration) -> (Vec<Row>, Row) {
    let mut all = Samples::default();
    let mut rows = Vec::new();
    for (kind, mut samples) in Kind::ALL.into_iter().zip(tally.0) {
        if with_grpc || kind != Kind::Info {
            rows.push(samples.row(kind.name(), time));
            all.add(samples);
        }
    }
    (rows, all.row("all", time))
}

impl Report {
    /// Prints it as a table, latencies in milliseconds.
    pub(super) fn print(&self) -> io::Result<()> {
        let Report { url, connections, accounts, seconds, .. } = self;
        say!("{url}: {connections} connections, {accounts} accounts, {seconds:.1} seconds; latencies in milliseconds")?;
        say!(
            "{:<10} {:>9} {:>8} {:>7} {:>11} {:>9} {:>9} {:>9} {:>9}",
            "kind",
            "count",
            "refused",
            "errors",
            "per second",
            "p50",
            "p95",
            "p99",
            "slowest"
        )?;
        self.kinds.iter().chain([&self.total]).try_for_each(Row::print)
    }

    /// Prints it as one JSON object.
    pub(super) fn print_json(&self) -> io::Result<()> {
        say!("{}", serde_json::to_string_pretty(self)?)
    }

    /// Why the load did not go well.
    pub(super) fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if self.stopped {
            problems.push("stopped before its time".to_owned());
        }
        let wrong = |row: &Row| Some(format!("{} of {} ({})", row.errors, row.kind, row.first_error.as_ref()?));
        let wrong: Vec<String> = self.kinds.iter().filter_map(wrong).collect();
        if !wrong.is_empty() {
            problems.push(format!("answers were wrong: {}", wrong.join(", ")));
        }
        problems
    }
}

impl Row {
    fn print(&self) -> io::Result<()> {
        let ms = |latency: Option<f64>| latency.map_or("-".to_owned(), |ms| format!("{ms:.2}"));
        say!(
            "{:<10} {:>9} {:>8} {:>7} {:>11.1} {:>9} {:>9} {:>9} {:>9}",
            self.kind,
            self.count,
            self.refused,
            self.errors,
            self.per_second,
            ms(self.p50_ms),
            ms(self.p95_ms),
            ms(self.p99_ms),
            ms(self.slowest_ms)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_those_of_the_nearest_rank() {
        let sorted: Vec<u32> = (1..=100).collect();
        let of = |share| quantile(&sorted, share);
        assert_eq!([of(0.5), of(0.95), of(0.99), of(1.0)], [Some(50), Some(95), Some(99), Some(100)]);
        for share in [0.5, 0.99, 1.0] {
            assert_eq!(quantile(&[7], share), Some(7));
            assert_eq!(quantile(&[], share), None);
        }
        assert_eq!(quantile(&[1, 2, 3], 0.5), Some(2));
    }

    #[test]
    fn what_workers_have_seen_is_told_by_kind_and_together() {
        let ms = Duration::from_millis;
        let (mut one, mut other) = (Tally::default(), Tally::default());
        one.note(Kind::Page, &Ok(()), ms(3));
        one.note(Kind::Page, &Err(Fault::busy("later")), ms(9_000));
        other.note(Kind::Page, &Ok(()), ms(1));
        other.note(Kind::LogIn, &Ok(()), ms(40));
        other.note(Kind::LogIn, &Err(Fault::wrong("another's")), ms(9_000));
        one.add(other);
        let (rows, all) = rows(one, false, Duration::from_secs(2));
        let [page, me, _, _, log_in, _] = rows.as_slice() else { panic!("{} rows", rows.len()) };
        assert_eq!((page.count, page.refused, page.errors, page.per_second), (2, 1, 0, 1.0));
        assert_eq!((page.p50_ms, page.slowest_ms), (Some(1.0), Some(3.0)));
        assert_eq!((me.count, me.p50_ms, me.per_second), (0, None, 0.0));
        assert_eq!((log_in.count, log_in.errors, log_in.first_error.as_deref()), (1, 1, Some("another's")));
        assert_eq!((all.count, all.refused, all.errors, all.slowest_ms), (3, 1, 1, Some(40.0)));
    }
}
