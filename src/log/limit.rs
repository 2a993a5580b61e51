//! A rate limit on log lines: where something is broken, each request may have a line to write, and a client that asks
//! without end must not fill a disk with them.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use tracing::callsite::Identifier;
use tracing::{Event, Level, Subscriber, warn};
use tracing_subscriber::layer::Context;

use crate::clock::Clock;
use crate::metrics::METRICS;

/// How many lines of one callsite are written in a minute: enough to see what is wrong and with what, and some 25 MB a
/// day at the most.
const MAX_LINES: u32 = 60;

/// Drops lines of a callsite beyond [`MAX_LINES`] a minute, says so once in that minute, and counts them. What is told
/// at `debug` and below was asked for, and is not limited.
#[derive(Debug)]
pub(super) struct Layer {
    clock: Clock,
    windows: Mutex<HashMap<Identifier, Window>>,
}

/// The lines of a callsite in one minute.
#[derive(Debug, Default)]
struct Window {
    /// Since 1970.
    minute: i64,
    lines: u32,
}

impl Layer {
    /// One whose minutes are of this clock.
    pub(super) fn new(clock: Clock) -> Layer {
        Layer { clock, windows: Mutex::default() }
    }

    /// How many lines of this callsite there are in this minute, this one included.
    fn count(&self, callsite: Identifier) -> u32 {
        let minute = self.clock.now().unix_timestamp() / 60;
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        let window = windows.entry(callsite).or_default();
        if window.minute != minute {
            *window = Window { minute, lines: 0 };
        }
        window.lines = window.lines.saturating_add(1);
        window.lines
    }
}

impl<S: Subscriber> tracing_subscriber::Layer<S> for Layer {
    fn event_enabled(&self, event: &Event<'_>, _: Context<'_, S>) -> bool {
        let metadata = event.metadata();
        if *metadata.level() > Level::INFO || metadata.target() == module_path!() {
            return true;
        }
        let lines = self.count(metadata.callsite());
        if lines == MAX_LINES + 1 {
            let (part, line) = (metadata.target(), metadata.line());
            warn!(part, line, "more lines like the last of this part are dropped until the minute ends");
        }
        if lines > MAX_LINES {
            METRICS.log_lines_limited.inc();
        }
        lines <= MAX_LINES
    }
}
