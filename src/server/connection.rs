//! Serving one connection, for as long as its client does its part.

use std::convert::Infallible;
use std::net::{Ipv6Addr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, Version, header};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::{sleep_until, timeout};
use tokio_rustls::TlsAcceptor;

use crate::http::{Routes, lowercase_clark_path};
use crate::metrics::METRICS;
use crate::peer::Peer;

use super::HEADER_TIMEOUT;
use super::activity::{Activity, Verdict};
use super::answer::{self, Answer};
use super::capacity::Capacity;
use super::stream::{Heard, Watched};
use super::unread;

/// A client's socket, and what is needed to serve it.
pub(super) struct Connection {
    pub(super) socket: TcpStream,
    pub(super) peer: SocketAddr,
    pub(super) tls: Option<TlsAcceptor>,
    pub(super) routes: Routes,
    pub(super) capacity: Capacity,
    /// How long it may stay open while nothing is asked.
    pub(super) keep_alive: Duration,
    /// Changes when the program is to stop; the last one to drop theirs lets it.
    pub(super) stop: watch::Receiver<()>,
}

impl Connection {
    /// Serves it to its end. A client that breaks off is no event.
    pub(super) async fn serve(self, builder: &Builder<TokioExecutor>) {
        let activity = Arc::new(Activity::begun(Instant::now(), self.keep_alive));
        let socket = Watched::new(self.socket, Arc::clone(&activity));
        let talk = Talk { peer: self.peer, routes: self.routes, capacity: self.capacity, stop: self.stop, activity };
        match self.tls {
            None => talk.serve(builder, socket).await,
            Some(tls) => {
                let Ok(Ok(stream)) = timeout(HEADER_TIMEOUT, tls.accept(socket)).await else { return };
                talk.activity.agreed(Instant::now());
                talk.serve(builder, stream).await;
            }
        }
    }
}

/// What a client is told that has as many requests under way, or as much unread, as it may, or when all together have.
fn too_many() -> Response<Body> {
    METRICS.requests_refused.inc();
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
    response
}

/// Whether a request says as HTTP/1.1 wants it which host it is for: once, as a host and a port (RFC 9112 §3.2). What
/// reads the other of two, or a part of one, would be made to think of another site.
fn has_one_host(request: &Request<Incoming>) -> bool {
    let mut hosts = request.headers().get_all(header::HOST).iter();
    match (hosts.next(), hosts.next()) {
        (Some(host), None) => host.is_empty() || host.to_str().is_ok_and(is_host),
        (None, _) => request.version() != Version::HTTP_11,
        (Some(_), Some(_)) => false,
    }
}

/// Whether a text is a host with or without a port (RFC 3986 §3.2.2, §3.2.3).
fn is_host(text: &str) -> bool {
    let (is_named, rest) = match text.strip_prefix('[').and_then(|text| text.split_once(']')) {
        Some((address, rest)) => (address.parse::<Ipv6Addr>().is_ok(), rest),
        None => {
            let (name, rest) = text.split_at(text.find(':').unwrap_or(text.len()));
            (!name.is_empty() && name.bytes().all(is_of_name), rest)
        }
    };
    is_named && (rest.is_empty() || rest.strip_prefix(':').is_some_and(is_port))
}

/// Whether a registered name may hold a byte. What `%` stands for is not looked at: no name of ours has any.
fn is_of_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=%".contains(&byte)
}

fn is_port(text: &str) -> bool {
    text.is_empty() || text.bytes().all(|byte| byte.is_ascii_digit()) && text.parse::<u16>().is_ok()
}

fn malformed() -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::BAD_REQUEST;
    response
}

/// The requests of a connection and their answers.
struct Talk {
    peer: SocketAddr,
    routes: Routes,
    capacity: Capacity,
    stop: watch::Receiver<()>,
    activity: Arc<Activity>,
}

impl Talk {
    async fn serve<I: AsyncRead + AsyncWrite + Unpin + Send + 'static>(self, builder: &Builder<TokioExecutor>, io: I) {
        let Talk { peer, routes, capacity, mut stop, activity } = self;
        let service = service_fn(|request: Request<Incoming>| {
            let (version, has_one_host) = (request.version(), has_one_host(&request));
            let (share, memory) = capacity.request(peer.ip(), &request).unzip();
            let (mut request, reading) = unread::watch(lowercase_clark_path(request));
            let answering = (share.is_some() && has_one_host).then(|| {
                request.extensions_mut().insert(Peer(peer));
                routes.answer(request)
            });
            let under_way = answer::Request::begin(&activity, version, share);
            let most = capacity.answers();
            async move {
                let mut response = match answering {
                    Some(answering) => answering.await?,
                    None if !has_one_host => malformed(),
                    None => too_many(),
                };
                if let Some(memory) = &memory
                    && !memory.take(answer::size(&response), most)
                {
                    response = too_many();
                }
                reading.announce_close(&mut response);
                Ok::<_, Infallible>(response.map(|body| Answer::new(body, under_way, memory)))
            }
        });
        let io = Heard::new(io, Arc::clone(&activity));
        let mut connection = pin!(builder.serve_connection(TokioIo::new(io), service));
        let mut stopping = pin!(stop.changed());
        let mut is_leaving = false;
        let mut look = pin!(sleep_until(Instant::now().into()));
        loop {
            tokio::select! {
                biased;
                _ = &mut stopping, if !is_leaving => {
                    is_leaving = true;
                    connection.as_mut().graceful_shutdown();
                }
                _ = &mut connection => break,
                () = &mut look => match activity.judge(Instant::now()) {
                    Verdict::Well(until) => look.as_mut().reset(until.into()),
                    Verdict::Leave => {
                        is_leaving = true;
                        connection.as_mut().graceful_shutdown();
                    }
                    Verdict::Cut => break,
                },
            }
        }
    }
}
