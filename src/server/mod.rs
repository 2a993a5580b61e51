//! The listeners: accepting connections, cutting off slow ones, and stopping without losing a request.

mod activity;
mod answer;
mod capacity;
mod connection;
mod stream;
mod unread;

use std::io::{self, IsTerminal as _};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use hyper_util::rt::{TokioExecutor, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;
use tokio::time::sleep;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

use crate::http::Routes;
use crate::metrics::METRICS;

pub use capacity::Capacity;
use connection::Connection;

/// How long a client may take to send its headers: slower is broken, or meant to be.
const HEADER_TIMEOUT: Duration = Duration::from_secs(10);
/// How long running requests may take once a stop was asked for.
const STOP_TIMEOUT: Duration = Duration::from_secs(8);
/// How long after it was told that connections cannot be accepted this is told again.
const TOLD_AGAIN: Duration = Duration::from_secs(60);
/// Connections that may wait to be accepted, as far as the system allows: a client that finds no room among them tries
/// again only after a second.
const BACKLOG: u32 = 4096;

/// An address that Portico has taken and listens at.
pub struct Listener {
    socket: TcpListener,
    address: SocketAddr,
    tls: Option<TlsAcceptor>,
}

impl Listener {
    /// Takes an address; with port 0 the system picks the port.
    ///
    /// # Errors
    /// When it is in use or not ours.
    pub async fn bind(address: SocketAddr) -> io::Result<Listener> {
        let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        let socket = socket.listen(BACKLOG)?;
        Ok(Listener { address: socket.local_addr()?, socket, tls: None })
    }

    /// The same, speaking TLS alone.
    pub fn with_tls(self, tls: TlsAcceptor) -> Listener {
        Listener { tls: Some(tls), ..self }
    }

    /// What its addresses begin with.
    pub fn scheme(&self) -> &'static str {
        if self.tls.is_some() { "https" } else { "http" }
    }

    /// Where it listens, the port included.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

/// How long is waited for what.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// How long a connection may stay open while nothing is asked.
    pub keep_alive: Duration,
    /// How long new connections are still taken once a stop was asked for.
    pub drain: Duration,
}

/// Serves until a stop is asked for. `leave` is called then, which tells load balancers to go elsewhere, and new
/// connections are taken as long as [`Patience::drain`] says; then they are refused, and running requests finish. A
/// second signal, or eight seconds, end it at once.
pub async fn serve(
    listeners: Vec<(Listener, Routes, Capacity)>,
    patience: Patience,
    mut signals: StopSignals,
    leave: impl FnOnce(),
) {
    let stop = CancellationToken::new();
    let mut tasks = tokio::task::JoinSet::new();
    for (listener, routes, capacity) in listeners {
        tasks.spawn(accept(listener, routes, capacity, patience.keep_alive, stop.clone()));
    }
    signals.next().await;
    leave();
    if !patience.drain.is_zero() {
        tracing::info!("stopping: new requests are taken for {} seconds more", patience.drain.as_secs());
        tokio::select! { () = sleep(patience.drain) => {}, () = signals.next() => {} }
    }
    tracing::info!("stopping: running requests are finished first");
    stop.cancel();
    let finished = async { while tasks.join_next().await.is_some() {} };
    tokio::select! {
        () = finished => {}
        () = sleep(STOP_TIMEOUT) => tracing::warn!("some requests did not finish in time and are cut off"),
        () = signals.next() => tracing::warn!("stopped at once by a second signal"),
    }
}

/// Takes connections until it is to stop, and in no other case ends.
async fn accept(listener: Listener, routes: Routes, capacity: Capacity, keep_alive: Duration, stop: CancellationToken) {
    let Listener { socket, tls, .. } = listener;
    let (stopping, stopped) = watch::channel(());
    let builder = Arc::new(builder());
    let mut told = None;
    loop {
        let (stream, peer) = tokio::select! {
            () = stop.cancelled() => break,
            accepted = socket.accept() => match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    // Out of files, mostly: accepting again at once would only spin, and so would telling it each time.
                    if told.is_none_or(|at: Instant| at.elapsed() >= TOLD_AGAIN) {
                        told = Some(Instant::now());
                        tracing::warn!(%error, "a connection could not be accepted");
                    }
                    sleep(Duration::from_millis(100)).await;
                    continue;
                }
            },
        };
        let Some(share) = capacity.share(peer.ip()) else {
            METRICS.connections_refused.inc();
            continue;
        };
        let place = tokio::select! {
            () = stop.cancelled() => break,
            place = capacity.place(share) => place,
        };
        let connection = Connection {
            socket: at_once(stream),
            peer,
            tls: tls.clone(),
            routes: routes.clone(),
            capacity: capacity.clone(),
            keep_alive,
            stop: stopped.clone(),
        };
        let builder = Arc::clone(&builder);
        tokio::spawn(async move {
            connection.serve(&builder).await;
            drop(place);
        });
    }
    drop((socket, stopped));
    // Each connection is told, and has its receiver until it is done.
    let _ = stopping.send(());
    stopping.closed().await;
}

/// Small answers go out at once.
fn at_once(stream: TcpStream) -> TcpStream {
    let _ = stream.set_nodelay(true);
    stream
}

/// The most bytes of a request's head. In HTTP/1.1 a connection reads its bodies in pieces of that size.
const MAX_HEAD_BYTES: usize = 32 * 1024;

fn builder() -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    // Its own timer for headers would also end connections that rest between requests: `Activity` tells the two apart.
    builder.http1().timer(TokioTimer::new()).header_read_timeout(None::<Duration>).max_buf_size(MAX_HEAD_BYTES);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(100)
        .max_header_list_size(MAX_HEAD_BYTES as u32)
        // What a connection may have in memory unasked: bodies not read yet, answers not taken.
        .initial_stream_window_size(64 * 1024)
        .initial_connection_window_size(256 * 1024)
        .max_send_buf_size(64 * 1024)
        .keep_alive_interval(Duration::from_secs(60));
    builder
}

/// The signals that ask for a stop, heard from when this is made: SIGTERM and SIGINT. SIGHUP asks for one where
/// a user closes the terminal that the program was started in; elsewhere it is what asks others to read their
/// settings or open their log again, and nothing follows from it.
#[derive(Debug)]
pub struct StopSignals {
    /// SIGTERM, SIGINT and SIGHUP.
    signals: Option<[Signal; 3]>,
    /// Asked for before the terminal is gone.
    has_terminal: bool,
}

impl StopSignals {
    /// Hears from here on.
    pub fn listen() -> StopSignals {
        let hear = |kinds: [SignalKind; 3]| {
            let [terminate, interrupt, hangup] = kinds.map(|kind| signal(kind).ok());
            Some([terminate?, interrupt?, hangup?])
        };
        StopSignals {
            signals: hear([SignalKind::terminate(), SignalKind::interrupt(), SignalKind::hangup()]),
            has_terminal: io::stderr().is_terminal(),
        }
    }

    /// Waits for the next.
    pub async fn next(&mut self) {
        let Some([terminate, interrupt, hangup]) = &mut self.signals else { return std::future::pending().await };
        loop {
            tokio::select! {
                _ = terminate.recv() => return,
                _ = interrupt.recv() => return,
                _ = hangup.recv() => if self.has_terminal { return },
            }
        }
    }
}
