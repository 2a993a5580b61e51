//! The listeners: accepting connections, cutting off slow ones, and stopping without losing a request.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::Semaphore;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

use crate::http::{Peer, lower_words};

/// How long a client may take to send its headers: slower is broken, or meant to be (SECURITY R9).
const HEADER_TIMEOUT: Duration = Duration::from_secs(10);
/// How long running requests may take once a stop was asked for.
const STOP_TIMEOUT: Duration = Duration::from_secs(8);
/// Connections at once, at most: each holds memory, and files are few.
const MOST_CONNECTIONS: usize = 10_000;

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
        let socket = TcpListener::bind(address).await?;
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

/// Serves until SIGTERM or SIGINT: then new connections are refused and running requests finish. A second
/// signal, or eight seconds, end it at once.
pub async fn serve(listeners: Vec<(Listener, Router)>) {
    let stop = CancellationToken::new();
    // Before the first connection: whoever got an answer may already ask for a stop.
    let mut signals = StopSignals::listen();
    let mut tasks = tokio::task::JoinSet::new();
    for (listener, router) in listeners {
        tasks.spawn(accept(listener, router, stop.clone()));
    }
    signals.next().await;
    tracing::info!("stopping: running requests are finished first");
    stop.cancel();
    let finished = async { while tasks.join_next().await.is_some() {} };
    tokio::select! {
        () = finished => {}
        () = tokio::time::sleep(STOP_TIMEOUT) => tracing::warn!("some requests did not finish in time and are cut off"),
        () = signals.next() => tracing::warn!("stopped at once by a second signal"),
    }
}

async fn accept(listener: Listener, router: Router, stop: CancellationToken) {
    let Listener { socket, tls, .. } = listener;
    let connections = GracefulShutdown::new();
    let room = Arc::new(Semaphore::new(MOST_CONNECTIONS));
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEADER_TIMEOUT).max_buf_size(64 * 1024);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(200)
        .max_header_list_size(32 * 1024)
        .keep_alive_interval(Duration::from_secs(60));
    loop {
        let Ok(permit) = Arc::clone(&room).acquire_owned().await else { break };
        let (stream, peer) = tokio::select! {
            () = stop.cancelled() => break,
            accepted = socket.accept() => match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    // Out of files, mostly: accepting again at once would only spin.
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                    continue;
                }
            },
        };
        // Small answers go out at once.
        let _ = stream.set_nodelay(true);
        let service = router.clone().map_request(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(Peer(peer));
            lower_words(request).map(Body::new)
        });
        let (builder, watcher, tls) = (builder.clone(), connections.watcher(), tls.clone());
        let service = TowerToHyperService::new(service);
        tokio::spawn(async move {
            // A client that breaks off is no event.
            match tls {
                None => {
                    let connection = builder.serve_connection_with_upgrades(TokioIo::new(stream), service).into_owned();
                    let _ = watcher.watch(connection).await;
                }
                Some(tls) => {
                    if let Ok(Ok(stream)) = timeout(HEADER_TIMEOUT, tls.accept(stream)).await {
                        let connection =
                            builder.serve_connection_with_upgrades(TokioIo::new(stream), service).into_owned();
                        let _ = watcher.watch(connection).await;
                    }
                }
            }
            drop(permit);
        });
    }
    drop(socket);
    connections.shutdown().await;
}

/// SIGTERM and SIGINT, heard from when this is made.
struct StopSignals(Option<(Signal, Signal)>);

impl StopSignals {
    fn listen() -> StopSignals {
        StopSignals(signal(SignalKind::terminate()).ok().zip(signal(SignalKind::interrupt()).ok()))
    }

    async fn next(&mut self) {
        let Some((terminate, interrupt)) = &mut self.0 else { return std::future::pending().await };
        tokio::select! { _ = terminate.recv() => {}, _ = interrupt.recv() => {} }
    }
}
