//! A service that receives webhooks, over TLS, and answers as the story wants.

use std::convert::Infallible;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{HeaderMap, Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use portico::config::InternalTls;
use serde_json::Value;
use tokio::net::TcpListener;

use super::certificates;

/// One delivery.
#[derive(Clone, Debug)]
pub struct Received {
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Received {
    /// A header, or nothing.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// What it says.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

/// The service.
pub struct Receiver {
    port: u16,
    authority: String,
    seen: Arc<Mutex<Vec<Received>>>,
    answer: Arc<Mutex<Answer>>,
    folder: Arc<tempfile::TempDir>,
}

type Answer = (u16, Vec<(&'static str, String)>);

impl Receiver {
    /// Listens on a free port and answers 204.
    pub async fn start() -> Receiver {
        let folder = tempfile::tempdir().unwrap();
        certificates(folder.path());
        Receiver::of(Arc::new(folder)).await
    }

    /// Another service, with a certificate of the same authority.
    pub async fn beside(&self) -> Receiver {
        Receiver::of(Arc::clone(&self.folder)).await
    }

    async fn of(folder: Arc<tempfile::TempDir>) -> Receiver {
        let file = |name: &str| folder.path().join(name);
        let files = InternalTls { certificate: file("server.pem"), key: file("server.key"), client_ca: None };
        let tls = portico::tls::acceptor(&files).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let seen: Arc<Mutex<Vec<Received>>> = Arc::default();
        let answer = Arc::new(Mutex::new((204, Vec::new())));
        let (all, next) = (Arc::clone(&seen), Arc::clone(&answer));
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let (tls, all, next) = (tls.clone(), Arc::clone(&all), Arc::clone(&next));
                tokio::spawn(async move {
                    let Ok(stream) = tls.accept(stream).await else { return };
                    let service = service_fn(move |request: Request<Incoming>| {
                        let (all, next) = (Arc::clone(&all), Arc::clone(&next));
                        async move { Ok::<_, Infallible>(receive(request, &all, &next).await) }
                    });
                    let _ = Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(stream), service).await;
                });
            }
        });
        let authority = Path::display(&file("ca.pem")).to_string();
        Receiver { port, authority, seen, answer, folder }
    }

    /// Its address, by this host name or address of the machine.
    pub fn url(&self, host: &str) -> String {
        format!("https://{host}:{}/hooks", self.port)
    }

    /// The file with its authority: what a Portico that believes it has as `SSL_CERT_FILE`.
    pub fn authority(&self) -> &str {
        &self.authority
    }

    /// What it answers from now on.
    pub fn answers(&self, status: u16, headers: &[(&'static str, &str)]) {
        let headers = headers.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        *self.answer.lock().unwrap() = (status, headers);
    }

    /// What has come.
    pub fn seen(&self) -> Vec<Received> {
        self.seen.lock().unwrap().clone()
    }

    /// What has come, once it is so much.
    pub async fn wait_for(&self, count: usize) -> Vec<Received> {
        let start = Instant::now();
        while self.seen().len() < count {
            assert!(start.elapsed() < Duration::from_secs(30), "{} of {count} have come", self.seen().len());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        self.seen()
    }
}

async fn receive(
    request: Request<Incoming>,
    all: &Mutex<Vec<Received>>,
    next: &Mutex<Answer>,
) -> Response<Full<Bytes>> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    all.lock().unwrap().push(Received { headers: head.headers, body });
    let (status, headers) = next.lock().unwrap().clone();
    let response = headers
        .into_iter()
        .fold(Response::builder().status(status), |response, (name, value)| response.header(name, value));
    response.body(Full::default()).unwrap()
}
