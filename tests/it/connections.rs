//! Clients that do not do their part: silent ones, slow ones, those that read nothing, and too many at once.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::future::{BoxFuture, FutureExt as _, join_all};
use futures_util::stream::{self, FuturesUnordered, StreamExt as _};
use http_body_util::{BodyExt as _, Empty, StreamBody};
use hyper::body::Frame;
use hyper::client::conn::http2;
use hyper::{Request, Version};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};

use crate::support::Portico;

const FORM: &str = "application/x-www-form-urlencoded";

fn address(url: &str) -> SocketAddr {
    url.trim_start_matches("http://").parse().unwrap()
}

/// A connection from this address of the machine's own.
async fn connect(from: &str, to: SocketAddr) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(format!("{from}:0").parse().unwrap()).unwrap();
    socket.connect(to).await.unwrap()
}

/// Whether the other side has closed it, without reading anything.
fn is_closed(stream: &TcpStream) -> bool {
    let mut byte = [0];
    !matches!(stream.try_read(&mut byte), Err(error) if error.kind() == std::io::ErrorKind::WouldBlock)
}

/// How long it takes until a client at another address is told that the process is up.
async fn bystander(to: SocketAddr) -> Duration {
    let start = Instant::now();
    let mut stream = connect("127.0.0.2", to).await;
    stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    start.elapsed()
}

#[tokio::test]
async fn silent_connections_of_one_address_keep_no_other_client_out() {
    portico::open_files::raise();
    let portico = Portico::with_files(1024).await;
    for url in [portico.url(), portico.internal_url()] {
        let to = address(url);
        let silent = join_all((0..1100).map(|_| connect("127.0.0.1", to))).await;
        for _ in 0..3 {
            let waited = bystander(to).await;
            assert!(waited < Duration::from_secs(1), "{url}: {waited:?}");
        }
        // Those above the share of one address are closed at once, long before silence is over.
        let start = Instant::now();
        let closed = || silent.iter().filter(|stream| is_closed(stream)).count();
        while closed() < 900 {
            assert!(start.elapsed() < Duration::from_secs(5), "{url}: only {} are closed", closed());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        drop(silent);
    }
    assert!(!portico.log().contains("could not be accepted"), "{}", portico.log());
}

#[tokio::test]
async fn a_trusted_proxy_may_have_as_many_connections_as_there_is_room_for() {
    portico::open_files::raise();
    let portico = Portico::with(&[("PORTICO_TRUSTED_PROXIES", "127.0.0.1")]).await;
    let silent = join_all((0..1500).map(|_| connect("127.0.0.1", address(portico.url())))).await;
    portico.visitor().get("/healthz").await.assert_status(200);
    assert!(!silent.iter().any(is_closed));
}

#[tokio::test]
async fn requests_under_way_are_shared_out_by_address_however_few_connections_they_come_by() {
    let portico = Portico::start().await;
    let to = address(portico.url());
    let (mut senders, mut under_way) = (Vec::new(), FuturesUnordered::new());
    for _ in 0..6 {
        let stream = TokioIo::new(connect("127.0.0.1", to).await);
        let (mut sender, connection) = http2::Builder::new(TokioExecutor::new()).handshake(stream).await.unwrap();
        tokio::spawn(connection);
        for _ in 0..100 {
            let body = StreamBody::new(stream::pending::<Result<Frame<Bytes>, Infallible>>());
            let request = Request::post("http://127.0.0.1/login").header("content-type", FORM);
            under_way.push(sender.send_request(request.body(body).unwrap()));
        }
        senders.push(sender);
    }
    for _ in 0..50 {
        let answer = under_way.next().await.unwrap().unwrap();
        assert_eq!(answer.status(), 503);
        assert_eq!(answer.headers()["retry-after"], "5");
    }
    let waited = bystander(to).await;
    assert!(waited < Duration::from_secs(5), "{waited:?}");
    let refused = portico.metric("portico_requests_refused_total").await;
    assert!(refused.is_some_and(|refused| refused >= 50), "{refused:?}");
}

/// Ends when the connection has ended, and then with what came before.
async fn end_of(mut stream: TcpStream) -> String {
    let mut answer = Vec::new();
    // Cut off or closed is the same to the waiting client.
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

async fn says(to: SocketAddr, words: &str) -> String {
    let mut stream = TcpStream::connect(to).await.unwrap();
    stream.write_all(words.as_bytes()).await.unwrap();
    end_of(stream).await
}

/// Asks for much and reads nothing of it, until the other side gives up.
async fn reads_nothing(to: SocketAddr) {
    let mut stream = TcpStream::connect(to).await.unwrap();
    let request = "GET /openapi.json HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n".repeat(400);
    let _ = stream.write_all(request.as_bytes()).await;
    while stream.take_error().unwrap().is_none() {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Speaks HTTP/2 and answers pings, but asks only so often, and reads nothing where `reads` is false. Ends with the
/// connection.
async fn over_http2(to: SocketAddr, path: &str, times: usize, reads: bool) {
    let stream = TokioIo::new(TcpStream::connect(to).await.unwrap());
    let mut builder = http2::Builder::new(TokioExecutor::new());
    builder.timer(TokioTimer::new());
    if !reads {
        builder.initial_stream_window_size(1000).initial_connection_window_size(1000);
    }
    let (mut sender, connection) = builder.handshake::<_, Empty<Bytes>>(stream).await.unwrap();
    let connection = tokio::spawn(connection);
    let mut unread = Vec::new();
    for _ in 0..times {
        let request = Request::builder().version(Version::HTTP_2).uri(format!("http://127.0.0.1{path}"));
        let answer = sender.send_request(request.body(Empty::new()).unwrap()).await.unwrap();
        assert_eq!(answer.status(), 200);
        if reads {
            answer.into_body().collect().await.unwrap();
        } else {
            unread.push(answer);
        }
    }
    let _ = connection.await;
}

#[tokio::test]
async fn a_client_that_does_not_do_its_part_is_cut_off_at_every_stage() {
    let portico = Portico::with(&[("PORTICO_INTROSPECTION_SECRET", "sixteen letters or more")]).await;
    portico.member("ada").await;
    let (public, internal) = (address(portico.url()), address(portico.internal_url()));
    let mut clients: Vec<(String, BoxFuture<'_, ()>)> = Vec::new();
    for to in [public, internal] {
        for words in [
            "",
            "G",
            "PRI * HTTP/2.0\r\n\r\n",
            "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
            "GET /healthz HTTP/1.1\r\nhost: 127.0",
        ] {
            clients.push((format!("{words:?} and no more"), says(to, words).map(drop).boxed()));
        }
        clients.push(("no request over HTTP/2".to_owned(), over_http2(to, "/healthz", 0, true).boxed()));
        clients.push(("one request over HTTP/2".to_owned(), over_http2(to, "/healthz", 1, true).boxed()));
    }
    clients.push(("unread answers".to_owned(), reads_nothing(public).boxed()));
    clients.push(("unread answers over HTTP/2".to_owned(), over_http2(public, "/openapi.json", 3, false).boxed()));
    let form = "application/x-www-form-urlencoded";
    let parts = "multipart/form-data; boundary=x";
    for (target, kind, status) in [
        ("POST /login", form, "408"),
        ("POST /account/profile", form, "408"),
        ("POST /account/picture", parts, "408"),
        ("POST /api/users/login", form, "408"),
        ("POST /api/user/register", parts, "408"),
        ("POST /users/login", "application/json", "408"),
        ("POST /users", "application/json", "408"),
        ("POST /oauth/introspect", form, "408"),
        ("POST /oauth/revoke", form, "408"),
        ("GET /healthz", form, "200"),
        ("GET /avatar/@ada", form, "200"),
        ("GET /media/x/y.jpg", form, "404"),
        ("GET /openapi.json", form, "200"),
    ] {
        let words =
            format!("{target} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: {kind}\r\ncontent-length: 90\r\n\r\na=");
        let client = async move {
            let answer = says(public, &words).await;
            let code = answer.split(' ').nth(1).unwrap_or_default();
            assert!(!code.is_empty() && status.contains(code), "{target}: {answer}");
            // Coming again changes nothing about a slow connection.
            assert!(!answer.contains("retry-after: "), "{target}: {answer}");
        };
        clients.push((target.to_owned(), client.boxed()));
    }
    let start = Instant::now();
    join_all(clients.into_iter().map(|(name, client)| async move {
        let ended = tokio::time::timeout(Duration::from_secs(100), client).await;
        assert!(ended.is_ok(), "{name}: still open after {:?}", start.elapsed());
    }))
    .await;
}
