//! The last errors that were logged, kept for admins: when, in which part, the sentence without its values, and the id
//! of the request. Personal data that a value might hold stays in the log.

use std::collections::VecDeque;
use std::fmt::Debug;
use std::sync::{LazyLock, Mutex, PoisonError};

use time::OffsetDateTime;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

use crate::clock::Clock;

/// How many are kept.
const MAX_ERRORS: usize = 20;

static RECENT: LazyLock<Mutex<VecDeque<Recent>>> = LazyLock::new(Mutex::default);

/// An error that was logged.
#[derive(Clone, Debug)]
pub struct Recent {
    /// When.
    pub timestamp: OffsetDateTime,
    /// In which part of the program.
    pub part: &'static str,
    /// What went wrong.
    pub message: String,
    /// The request in which it did, if it was in one.
    pub request: Option<String>,
}

/// The last errors, the newest first.
pub fn list() -> Vec<Recent> {
    RECENT.lock().unwrap_or_else(PoisonError::into_inner).iter().rev().cloned().collect()
}

/// Sees what is logged, beside what writes it.
#[derive(Debug)]
pub struct Layer {
    clock: Clock,
}

impl Layer {
    /// One that dates what it sees by this clock.
    pub fn new(clock: Clock) -> Layer {
        Layer { clock }
    }
}

/// The id of a request, kept with its span.
struct RequestName(String);

/// Reads one field.
struct Read {
    name: &'static str,
    value: Option<String>,
}

impl Visit for Read {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == self.name {
            self.value = Some(value.to_owned());
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if field.name() == self.name {
            self.value = Some(format!("{value:?}"));
        }
    }
}

impl<S: Subscriber + for<'l> LookupSpan<'l>> tracing_subscriber::Layer<S> for Layer {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        if attributes.metadata().name() != "request" {
            return;
        }
        let mut read = Read { name: "id", value: None };
        attributes.record(&mut read);
        if let (Some(value), Some(span)) = (read.value, context.span(id)) {
            span.extensions_mut().insert(RequestName(value));
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        if *event.metadata().level() != Level::ERROR {
            return;
        }
        let mut read = Read { name: "message", value: None };
        event.record(&mut read);
        let mut spans = context.event_scope(event).into_iter().flatten();
        let request = spans.find_map(|span| span.extensions().get::<RequestName>().map(|name| name.0.clone()));
        let message = read.value.unwrap_or_default();
        let recent = Recent { timestamp: self.clock.now(), part: event.metadata().target(), message, request };
        let mut recents = RECENT.lock().unwrap_or_else(PoisonError::into_inner);
        if recents.len() >= MAX_ERRORS {
            recents.pop_front();
        }
        recents.push_back(recent);
    }
}
