//! Bodies of requests that are answered before they are read.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use axum::http::{HeaderValue, Request, Response, Version, header};
use hyper::body::{Frame, Incoming, SizeHint};

/// Whether the body of a request was read to its end.
pub(super) struct Reading(Option<Arc<AtomicBool>>);

/// Watches the body of a request, where that matters: in HTTP/1.1 the connection ends behind an answer that came before
/// the body was read.
pub(super) fn watch(request: Request<Incoming>) -> (Request<Body>, Reading) {
    if request.version() != Version::HTTP_11 || request.body().is_end_stream() {
        return (request.map(Body::new), Reading(None));
    }
    let is_read = Arc::new(AtomicBool::new(false));
    let watched = request.map(|body| Body::new(RequestBody { body, is_read: Arc::clone(&is_read) }));
    (watched, Reading(Some(is_read)))
}

impl Reading {
    /// Says `Connection: close` (RFC 9112 §9.6) where the body was not read: a client that is not told would send its next
    /// request into the connection.
    pub(super) fn announce_close<B>(self, response: &mut Response<B>) {
        if self.0.is_some_and(|is_read| !is_read.load(Ordering::Relaxed)) {
            response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
    }
}

/// A body that tells whether it was read to its end.
struct RequestBody {
    body: Incoming,
    is_read: Arc<AtomicBool>,
}

impl HttpBody for RequestBody {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let watched = self.get_mut();
        let frame = Pin::new(&mut watched.body).poll_frame(cx);
        if matches!(frame, Poll::Ready(None)) || watched.body.is_end_stream() {
            watched.is_read.store(true, Ordering::Relaxed);
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
