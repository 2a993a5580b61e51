//! The last errors that were logged, kept for admins: when, in which part, the sentence without its values, and the id
//! of the request. Personal data that a value might hold stays in the log.

use std::collections::VecDeque;
use std::fmt::Debug;
use std::sync::{LazyLock, Mutex, PoisonError};

use time::OffsetDateTime;
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::layer::Context;

use crate::clock::Clock;
use crate::request_id::RequestId;

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

/// Reads the message.
#[derive(Default)]
struct Message(String);

impl Visit for Message {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if field.name() == "message" {
            self.0 = format!("{value:?}");
        }
    }
}

impl<S: Subscriber> tracing_subscriber::Layer<S> for Layer {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if *event.metadata().level() != Level::ERROR {
            return;
        }
        let mut message = Message::default();
        event.record(&mut message);
        let (message, request) = (message.0, RequestId::current().map(|id| id.to_string()));
        let recent = Recent { timestamp: self.clock.now(), part: event.metadata().target(), message, request };
        let mut recents = RECENT.lock().unwrap_or_else(PoisonError::into_inner);
        if recents.len() >= MAX_ERRORS {
            recents.pop_front();
        }
        recents.push_back(recent);
    }
}
