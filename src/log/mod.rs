//! The log on standard error. Logging never hurts: lines wait in a bounded queue for a thread of their own, so a reader
//! that is slow, gone or out of room costs lines, which are counted, and never blocks, panics or ends anything.

mod limit;

use std::backtrace::{Backtrace, BacktraceStatus};
use std::io::{self, IsTerminal as _, Write};
use std::panic::{self, PanicHookInfo};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

use anyhow::Context as _;
use tokio::sync::mpsc::{self, Receiver, Sender};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::clock::Clock;
use crate::metrics::METRICS;
use crate::recent_errors;
use crate::request_id::RequestId;

/// How many lines may wait: about a megabyte, and far more than a reader that keeps up ever leaves.
const MAX_QUEUED: usize = 4096;
/// How long the end of the program waits for lines that are still queued.
const FLUSH_TIMEOUT: Duration = Duration::from_secs(1);

/// Writes what still waits when it is dropped.
#[derive(Debug)]
pub struct Guard(LineQueue);

/// Starts the log: for people on a terminal, as JSON elsewhere. `directives` is the setting `PORTICO_LOG`, `clock` what
/// dates the errors that are kept for admins.
///
/// # Errors
/// When `directives` are none, or the system gives no thread.
pub fn start(directives: &str, clock: Clock) -> anyhow::Result<Guard> {
    // tower-sessions would name a span of its own in lines about a request.
    // Of what a client does wrong these libraries warn each time: a cookie that is no session's, an answer to a ping that
    // was not sent. A line costs it a tenth of the bytes, and lines without end fill a disk.
    // Where targets alone are named, the rest is told as by default: a misspelt one switches nothing off.
    let filter: Targets =
        format!("info,h2=error,rustls=error,tower_sessions=error,tower_sessions_core=error,{directives}")
            .parse()
            .context("PORTICO_LOG holds no directives such as info or portico=debug")?;
    // What fails on the way to a broker or a receiver is told once, by us, with what it means; these libraries would
    // tell it as errors of their own.
    let filter =
        ["lapin", "rustls_platform_verifier", "sqlx_core::pool::inner"].into_iter().fold(filter, |filter, library| {
            if directives.contains(library) { filter } else { filter.with_target(library, LevelFilter::OFF) }
        });
    let form = if io::stderr().is_terminal() { Form::Text } else { Form::Json };
    let queue = LineQueue::start(io::stderr(), form).context("the log's thread cannot be started")?;
    // The subscriber itself would tell of a line that it cannot write by `eprintln!`, which panics where standard error
    // is what fails.
    let log = tracing_subscriber::fmt().log_internal_errors(false).with_max_level(LevelFilter::TRACE);
    let log = log.with_writer(queue.clone());
    let recent = recent_errors::Layer::new(clock.clone());
    let limit = limit::Layer::new(clock);
    match form {
        Form::Text => log.with_target(false).finish().with(recent).with(limit).with(filter).init(),
        Form::Json => log
            .json()
            .flatten_event(true)
            .with_current_span(false)
            .finish()
            .with(recent)
            .with(limit)
            .with(filter)
            .init(),
    }
    // The standard library would write panics past the log, on lines of another form and without limit.
    panic::set_hook(Box::new(log_panic));
    Ok(Guard(queue))
}

fn log_panic(panic: &PanicHookInfo<'_>) {
    let text = panic.payload_as_str().unwrap_or_default();
    let location = panic.location().map(tracing::field::display);
    let backtrace = Backtrace::capture();
    let backtrace = (backtrace.status() == BacktraceStatus::Captured).then(|| tracing::field::display(backtrace));
    tracing::error!(text, location, backtrace, "a thread panicked");
}

impl Drop for Guard {
    fn drop(&mut self) {
        let (done, written) = sync_channel(1);
        if self.0.sender.try_send(Message::Flush(done)).is_ok() {
            let _ = written.recv_timeout(FLUSH_TIMEOUT);
        }
    }
}

/// Writes a line to standard error, if that takes it: `eprintln!` panics where it does not.
pub fn tell(line: impl std::fmt::Display) {
    let _ = writeln!(io::stderr(), "{line}");
}

enum Message {
    Line(Vec<u8>),
    Flush(SyncSender<()>),
}

/// What lines look like.
#[derive(Clone, Copy, Debug)]
enum Form {
    /// For people.
    Text,
    /// An object of JSON each.
    Json,
}

impl Form {
    /// A line, which says of which request it is.
    fn line(self, line: &[u8], request: Option<RequestId>) -> Vec<u8> {
        let Some(id) = request else { return line.to_vec() };
        match (self, line.strip_suffix(b"}\n"), line.strip_suffix(b"\n")) {
            (Form::Json, Some(object), _) => [object, format!(",\"request\":\"{id}\"}}\n").as_bytes()].concat(),
            (Form::Text, _, Some(text)) => [text, format!(" request={id}\n").as_bytes()].concat(),
            _ => line.to_vec(),
        }
    }
}

/// Lines on their way to standard error.
#[derive(Clone, Debug)]
struct LineQueue {
    sender: Sender<Message>,
    form: Form,
}

impl LineQueue {
    fn start(output: impl Write + Send + 'static, form: Form) -> io::Result<LineQueue> {
        let (sender, receiver) = mpsc::channel(MAX_QUEUED);
        thread::Builder::new().name("log".to_owned()).spawn(move || write_all(receiver, output))?;
        Ok(LineQueue { sender, form })
    }
}

fn write_all(mut queue: Receiver<Message>, mut output: impl Write) {
    while let Some(message) = queue.blocking_recv() {
        match message {
            Message::Line(line) => {
                if output.write_all(&line).and_then(|()| output.flush()).is_err() {
                    count_lost();
                }
            }
            // The caller may have stopped waiting.
            Message::Flush(done) => drop(done.send(())),
        }
    }
}

fn count_lost() {
    METRICS.log_lines_lost.inc();
}

impl<'w> MakeWriter<'w> for LineQueue {
    type Writer = LineQueue;

    fn make_writer(&'w self) -> LineQueue {
        self.clone()
    }
}

/// The subscriber writes each line at once, as part of the request that it tells of.
impl Write for LineQueue {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        if self.sender.try_send(Message::Line(self.form.line(line, RequestId::current()))).is_err() {
            count_lost();
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    #[test]
    fn a_line_ends_with_the_request_that_it_tells_of() {
        let id = RequestId::next();
        let line = |form: Form, line: &[u8]| String::from_utf8(form.line(line, Some(id))).unwrap();
        assert_eq!(line(Form::Json, b"{\"a\":1}\n"), format!("{{\"a\":1,\"request\":\"{id}\"}}\n"));
        assert_eq!(line(Form::Text, b"INFO {a}\n"), format!("INFO {{a}} request={id}\n"));
        assert_eq!(Form::Json.line(b"{\"a\":1}\n", None), b"{\"a\":1}\n");
    }

    /// A reader that is gone.
    struct Broken;

    impl Write for Broken {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::BrokenPipe.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// A reader that does not read.
    struct Stuck(Arc<Mutex<()>>);

    impl Write for Stuck {
        fn write(&mut self, line: &[u8]) -> io::Result<usize> {
            let _unread = self.0.lock().unwrap();
            Ok(line.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_line_that_cannot_be_written_is_no_error() {
        let mut queue = LineQueue::start(Broken, Form::Text).unwrap();
        for _ in 0..3 {
            queue.write_all(b"a line\n").unwrap();
        }
        drop(Guard(queue));
    }

    #[test]
    fn a_reader_that_does_not_read_blocks_no_writer() {
        let reader = Arc::new(Mutex::new(()));
        let unread = reader.lock().unwrap();
        let mut queue = LineQueue::start(Stuck(Arc::clone(&reader)), Form::Text).unwrap();
        for _ in 0..2 * MAX_QUEUED {
            queue.write_all(b"a line\n").unwrap();
        }
        drop(unread);
    }
}
