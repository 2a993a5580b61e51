//! Bodies of requests: how much of them may be in memory, at once and for how long. Every door over HTTP stands behind
//! [`bound`], so that no reader of a body has to think of it; RPCs have a limit and a deadline of their own (`grpc`).

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::multipart::{Field, Multipart, MultipartError};
use axum::extract::{DefaultBodyLimit, FromRequest as _, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Version, header};
use axum::middleware::Next;
use axum::response::Response;
use hyper::body::{Frame, SizeHint};
use tokio::time::timeout;

use crate::app::App;
use crate::peer;
use crate::shares::{Limit, Share};

/// The largest body without files, in bytes.
pub(super) const FORM_LIMIT: usize = 64 * 1024;
/// The largest text in a form that may hold files, in bytes; all its texts together have [`FORM_LIMIT`].
pub(super) const TEXT_LIMIT: usize = 16 * 1024;
/// The most parts of a form that may hold files.
const MAX_PARTS: usize = 100;
/// How long a request may take, the reading of its body included: slower is stuck, or meant to be.
const TIME: Duration = Duration::from_secs(60);
/// When to come again while there is too much to do.
pub(super) const RETRY_AFTER: Duration = Duration::from_secs(5);

/// So much of a body is read in one go. The reader of multipart forms gathers all that is there before it looks at any
/// of it.
const BURST: usize = 16 * 1024;
/// What is a megabyte here.
const MEGABYTE: usize = 1024 * 1024;
/// The memory that the first [`TEXT_LIMIT`] bytes of bodies may take: forms are read while uploads have to wait, and it
/// takes many addresses with hundreds of requests each to hold up those of others.
const FORMS: Limit = Limit { each: 2 * MEGABYTE, all: 32 * MEGABYTE };

/// The memory that what is beyond them may take: enough for a few uploads of the largest size at once.
fn uploads(app: &App) -> Limit {
    let upload = app.settings().picture_max_bytes;
    Limit { each: upload.saturating_mul(2).max(24 * MEGABYTE), all: upload.saturating_mul(5).max(64 * MEGABYTE) }
}

/// A door, and how it says in its own words that it cannot serve a client: by a status.
#[derive(Clone)]
pub(super) struct Door {
    pub(super) app: App,
    pub(super) refuse: fn(StatusCode) -> Response,
}

/// Gives a request a minute and its body a share of the memory; who asks for more is told to come again.
pub(super) async fn bound(State(door): State<Door>, mut request: Request, next: Next) -> Response {
    if !request.body().is_end_stream() && is_encoded(request.headers()) {
        return (door.refuse)(StatusCode::UNSUPPORTED_MEDIA_TYPE);
    }
    let held = hold(&door.app, &mut request);
    let busy = || (door.refuse)(StatusCode::SERVICE_UNAVAILABLE);
    match timeout(TIME, next.run(request)).await {
        // Whatever was made of a body that broke off. What was done without it is done.
        Ok(response) if is_error(response.status()) && held.is_some_and(|held| held.is_refused()) => busy(),
        Ok(response) => response,
        Err(_) => busy(),
    }
}

/// Says `Connection: close` (RFC 9112 §9.6) where a request was answered before its body was read: the connection ends
/// behind such an answer, and a client that is not told would send its next request into it.
pub(super) async fn announce_close(mut request: Request, next: Next) -> Response {
    if request.version() != Version::HTTP_11 || request.body().is_end_stream() {
        return next.run(request).await;
    }
    let is_read = Arc::new(AtomicBool::new(false));
    let body = std::mem::take(request.body_mut());
    *request.body_mut() = Body::new(Watched { body, is_read: Arc::clone(&is_read) });
    let mut response = next.run(request).await;
    if !is_read.load(Ordering::Relaxed) {
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

/// A body that tells whether it was read to its end.
struct Watched {
    body: Body,
    is_read: Arc<AtomicBool>,
}

impl HttpBody for Watched {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
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

/// Whether a body is not what its type says until it is decoded, which Portico does not.
fn is_encoded(headers: &HeaderMap) -> bool {
    let encodings = headers.get_all(header::CONTENT_ENCODING).iter();
    encodings.into_iter().any(|value| !matches!(value.as_bytes().trim_ascii(), b"" | b"identity"))
}

fn is_error(status: StatusCode) -> bool {
    status.is_client_error() || status.is_server_error()
}

/// What a request's body holds of the memory, until it is answered.
struct Held {
    form: Share,
    upload: Share,
    /// How many bytes its reader keeps at most: what is beyond them is read and dropped.
    kept: AtomicUsize,
    /// Whether it is known who sends it.
    is_members: AtomicBool,
    refused: AtomicBool,
}

impl Held {
    fn is_refused(&self) -> bool {
        self.refused.load(Ordering::Relaxed)
    }
}

fn hold(app: &App, request: &mut Request) -> Option<Arc<Held>> {
    if request.body().is_end_stream() {
        return None;
    }
    let address = peer::address(request.extensions(), request.headers(), &app.settings().trusted_proxies);
    let held = Arc::new(Held {
        form: app.form_memory().of(address),
        upload: app.upload_memory().of(address),
        kept: AtomicUsize::new(FORM_LIMIT),
        is_members: AtomicBool::new(false),
        refused: AtomicBool::new(false),
    });
    let body = std::mem::take(request.body_mut());
    *request.body_mut() =
        Body::new(Counted { body, read: 0, burst: 0, uploads: uploads(app), held: Arc::clone(&held) });
    request.extensions_mut().insert(Keeps(Arc::clone(&held)));
    Some(held)
}

/// Leads from a request to what its body holds.
#[derive(Clone)]
struct Keeps(Arc<Held>);

/// Tells that a request's reader keeps so many bytes of its body, which is more than a form has.
pub(super) fn keeps(request: &Request, bytes: usize) {
    if let Some(Keeps(held)) = request.extensions().get() {
        held.kept.store(bytes, Ordering::Relaxed);
    }
}

/// Tells that a request's sender has shown who they are: strangers fill half of the memory for uploads and no more.
pub(super) fn of_member(request: &Request) {
    if let Some(Keeps(held)) = request.extensions().get() {
        held.is_members.store(true, Ordering::Relaxed);
    }
}

/// A body whose bytes are counted as they come, whatever was said of its length.
struct Counted {
    body: Body,
    read: usize,
    /// How many bytes were read since its reader last had to wait.
    burst: usize,
    uploads: Limit,
    held: Arc<Held>,
}

impl Counted {
    /// Whether there is room for what has been read.
    fn fits(&self) -> bool {
        let Held { form, upload, kept, .. } = &*self.held;
        let holds = self.read.min(kept.load(Ordering::Relaxed));
        let first = holds.min(TEXT_LIMIT);
        let grows = |share: &Share, to: usize, most| to <= share.held() || share.take(to - share.held(), most);
        let Limit { each, all } = self.uploads;
        let all = if self.held.is_members.load(Ordering::Relaxed) { all } else { all / 2 };
        grows(form, first, FORMS) && grows(upload, holds - first, Limit { each, all })
    }
}

impl HttpBody for Counted {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let counted = self.get_mut();
        if counted.burst >= BURST {
            counted.burst = 0;
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        let frame = Pin::new(&mut counted.body).poll_frame(cx);
        if let Poll::Ready(Some(Ok(found))) = &frame
            && let Some(data) = found.data_ref()
        {
            counted.read += data.len();
            counted.burst += data.len();
            if !counted.fits() {
                counted.held.refused.store(true, Ordering::Relaxed);
                return Poll::Ready(Some(Err(axum::Error::new("there is no memory left for bodies"))));
            }
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

/// Why a form that may hold files is read no further.
pub(super) enum Unread {
    /// It has more than it may.
    TooLarge,
    /// It is no such form, or it broke off.
    Broken,
}

impl From<MultipartError> for Unread {
    fn from(error: MultipartError) -> Unread {
        if error.status() == StatusCode::PAYLOAD_TOO_LARGE { Unread::TooLarge } else { Unread::Broken }
    }
}

/// Begins to read a form of which at most `most` bytes are taken, and as many kept.
pub(super) async fn multipart(mut request: Request, most: usize) -> Result<Multipart, Unread> {
    keeps(&request, most);
    DefaultBodyLimit::max(most).apply(&mut request);
    Multipart::from_request(request, &()).await.map_err(|_| Unread::Broken)
}

/// A file's bytes as far as they are wanted: one more than `most` shows that it is too large. The rest is read and
/// dropped, since a browser that is still sending takes an early answer for a broken connection.
///
/// It is kept in pieces until it is whole: a buffer that grows would take up to three times the memory.
pub(super) async fn file(field: &mut Field<'_>, most: usize) -> Result<Bytes, MultipartError> {
    const PIECE: usize = 256 * 1024;
    let mut pieces: Vec<Vec<u8>> = Vec::new();
    let mut room = most.saturating_add(1);
    while let Some(chunk) = field.chunk().await? {
        let mut wanted = &chunk[..chunk.len().min(room)];
        room -= wanted.len();
        while !wanted.is_empty() {
            match pieces.last_mut().filter(|piece| piece.len() < PIECE) {
                Some(piece) => {
                    let (now, later) = wanted.split_at(wanted.len().min(PIECE - piece.len()));
                    piece.extend_from_slice(now);
                    wanted = later;
                }
                None => pieces.push(Vec::new()),
            }
        }
    }
    Ok(pieces.concat().into())
}

/// What a form that may hold files may still have, files apart.
pub(super) struct Room {
    parts: usize,
    texts: usize,
}

impl Room {
    pub(super) fn new() -> Room {
        Room { parts: MAX_PARTS, texts: FORM_LIMIT }
    }

    fn take(&mut self, bytes: usize) -> Result<(), Unread> {
        self.texts = self.texts.checked_sub(bytes).ok_or(Unread::TooLarge)?;
        Ok(())
    }

    /// The next part.
    pub(super) async fn next<'f>(&mut self, form: &'f mut Multipart) -> Result<Option<Field<'f>>, Unread> {
        let Some(field) = form.next_field().await? else { return Ok(None) };
        self.parts = self.parts.checked_sub(1).ok_or(Unread::TooLarge)?;
        self.take(field.name().map_or(0, str::len) + field.file_name().map_or(0, str::len))?;
        Ok(Some(field))
    }

    /// A part that is text.
    pub(super) async fn text(&mut self, mut field: Field<'_>) -> Result<String, Unread> {
        let mut text = Vec::new();
        while let Some(chunk) = field.chunk().await? {
            self.take(chunk.len())?;
            text.extend_from_slice(&chunk);
            if text.len() > TEXT_LIMIT {
                return Err(Unread::TooLarge);
            }
        }
        String::from_utf8(text).map_err(|_| Unread::Broken)
    }
}
