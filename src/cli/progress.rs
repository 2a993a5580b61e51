//! How far a long command is: one line that stays in its place on a terminal, a line now and then elsewhere.

use std::io::{IsTerminal as _, Write as _};
use std::time::{Duration, Instant};

use crate::log;

/// How wide the bar is, in letters.
const WIDTH: usize = 24;

/// The progress of a command, on standard error.
pub(super) struct Progress {
    /// Bytes in all, where that is known.
    length: Option<u64>,
    start: Instant,
    shown: Option<Instant>,
    on_terminal: bool,
}

impl Progress {
    pub(super) fn new(length: Option<u64>) -> Progress {
        Progress { length, start: Instant::now(), shown: None, on_terminal: std::io::stderr().is_terminal() }
    }

    /// Shows how many are done, and how far that is by the bytes read.
    pub(super) fn show(&mut self, done: u64, what: &str, read: u64) {
        let pause = if self.on_terminal { Duration::from_millis(100) } else { Duration::from_secs(10) };
        if self.shown.unwrap_or(self.start).elapsed() < pause {
            return;
        }
        self.shown = Some(Instant::now());
        let rate = u128::from(done) * 1000 / self.start.elapsed().as_millis().max(1);
        let text = format!("{done} {what}, {rate} a second");
        let percent = self.length.filter(|length| *length > 0).map(|length| (read * 100 / length).min(100));
        if !self.on_terminal {
            let percent = percent.map(|percent| format!(" ({percent} %)")).unwrap_or_default();
            log::tell(format_args!("{text}{percent}"));
            return;
        }
        let bar = percent.map(|percent| {
            let full = WIDTH * usize::try_from(percent).unwrap_or_default() / 100;
            format!("[{}{}] {percent:>3} %  ", "#".repeat(full), " ".repeat(WIDTH - full))
        });
        let _ = write!(std::io::stderr(), "\r\x1b[K{}{text}", bar.unwrap_or_default());
        let _ = std::io::stderr().flush();
    }

    /// Says something beside it.
    pub(super) fn line(&mut self, text: &str) {
        self.clear();
        log::tell(text);
    }

    /// Takes it away.
    pub(super) fn end(&mut self) {
        self.clear();
    }

    fn clear(&mut self) {
        if self.on_terminal && self.shown.is_some() {
            let _ = write!(std::io::stderr(), "\r\x1b[K");
        }
    }
}
