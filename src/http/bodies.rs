//! Bodies of requests: how much of them may be in memory, at once and for how long. Every door over HTTP stands behind
//! [`bound`], so that no reader of a body has to think of it; RPCs have a limit and a deadline of their own (`grpc`).

use std::error::Error as StdError;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use hyper::body::{Frame, SizeHint};
use tokio::time::{Sleep, sleep, timeout};

use crate::app::App;
use crate::peer;
use crate::shares::{Limit, Share};

use super::multipart::TEXT_LIMIT;
use super::pace::Pace;

/// The largest body without files, in bytes.
pub(super) const FORM_LIMIT: usize = 64 * 1024;
/// How long a request may take, apart from waiting for its body: slower is stuck.
const TIME: Duration = Duration::from_secs(60);
/// How often is looked whether a body still comes.
const LOOK: Duration = Duration::from_secs(5);
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

/// Why a body was read no further.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Cut {
    /// There is no memory left for it.
    #[error("there is no memory left for bodies")]
    Full,
    /// It came too slowly.
    #[error("the body came too slowly")]
    Slow,
    /// It broke off, or is not framed as HTTP wants it.
    #[error("the body came broken")]
    Broken,
}

impl Cut {
    fn status(self) -> StatusCode {
        match self {
            Cut::Full => StatusCode::SERVICE_UNAVAILABLE,
            Cut::Slow => StatusCode::REQUEST_TIMEOUT,
            Cut::Broken => StatusCode::BAD_REQUEST,
        }
    }
}

/// Why a body was read no further, by what its reader was told, which may be wrapped many times.
pub(super) fn cut_of(error: &(dyn StdError + 'static)) -> Option<Cut> {
    std::iter::successors(Some(error), |&error| error.source()).find_map(|error| error.downcast_ref::<Cut>().copied())
}

/// Gives a request a minute, besides what its body takes to come, and its body a share of the memory; who asks for more
/// is told to come again, and who sends too slowly is told so.
pub(super) async fn bound<F: Future<Output = Response>>(
    door: &Door,
    mut request: Request,
    answer: impl FnOnce(Request) -> F,
) -> Response {
    if !request.body().is_end_stream() && is_encoded(request.headers()) {
        return (door.refuse)(StatusCode::UNSUPPORTED_MEDIA_TYPE);
    }
    let held = hold(&door.app, &mut request);
    let Some(response) = in_time(&door.app, held.as_deref(), pin!(answer(request))).await else {
        return (door.refuse)(StatusCode::SERVICE_UNAVAILABLE);
    };
    // Whatever was made of a body that broke off, unless the answer says why. What was done without it is done.
    match held.and_then(|held| held.cut.get().copied()) {
        Some(cut) if is_error(response.status()) && response.status() != cut.status() => (door.refuse)(cut.status()),
        _ => response,
    }
}

/// The answer to a request, unless it takes longer than [`TIME`] besides waiting for the body. It is pinned by the caller:
/// a future that is given another one holds it twice.
async fn in_time(
    app: &App,
    held: Option<&Held>,
    mut answer: Pin<&mut impl Future<Output = Response>>,
) -> Option<Response> {
    let begun = app.clock().monotonic();
    let mut left = TIME;
    loop {
        if let Ok(response) = timeout(left, answer.as_mut()).await {
            return Some(response);
        }
        let now = app.clock().monotonic();
        let waited = held.map(|held| held.pace().waited(now)).unwrap_or_default();
        let taken = now.saturating_duration_since(begun).saturating_sub(waited);
        left = TIME.checked_sub(taken).filter(|left| !left.is_zero())?;
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
    pace: Mutex<Pace>,
    /// Why it was read no further.
    cut: OnceLock<Cut>,
}

impl Held {
    /// Nothing panics while it holds this lock.
    fn pace(&self) -> MutexGuard<'_, Pace> {
        self.pace.lock().unwrap_or_else(PoisonError::into_inner)
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
        pace: Mutex::new(Pace::new()),
        cut: OnceLock::new(),
    });
    let counted = Counted {
        body: std::mem::take(request.body_mut()),
        read: 0,
        burst: 0,
        held: Arc::clone(&held),
        app: app.clone(),
        look: None,
    };
    *request.body_mut() = Body::new(counted);
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

/// A body whose bytes are counted as they come, whatever was said of its length, and only waited for while they do.
struct Counted {
    body: Body,
    read: usize,
    /// How many bytes were read since its reader last had to wait.
    burst: usize,
    held: Arc<Held>,
    app: App,
    /// When is looked next whether it still comes.
    look: Option<Pin<Box<Sleep>>>,
}

impl Counted {
    /// Whether there is room for what has been read.
    fn fits(&self) -> bool {
        let Held { form, upload, kept, .. } = &*self.held;
        let holds = self.read.min(kept.load(Ordering::Relaxed));
        let first = holds.min(TEXT_LIMIT);
        let grows = |share: &Share, to: usize, most| to <= share.held() || share.take(to - share.held(), most);
        let Limit { each, all } = uploads(&self.app);
        let all = if self.held.is_members.load(Ordering::Relaxed) { all } else { all / 2 };
        grows(form, first, FORMS) && grows(upload, holds - first, Limit { each, all })
    }

    /// Waits for more, as long as its client's pace allows.
    fn wait(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        loop {
            let Some(left) = self.held.pace().wait(self.app.clock().monotonic()) else { return self.cut(Cut::Slow) };
            let look = self.look.get_or_insert_with(|| Box::pin(sleep(left.min(LOOK))));
            if look.as_mut().poll(cx).is_pending() {
                return Poll::Pending;
            }
            self.look = None;
        }
    }

    /// Reads no further.
    fn cut(&self, cut: Cut) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let cut = *self.held.cut.get_or_init(|| cut);
        Poll::Ready(Some(Err(axum::Error::new(cut))))
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
        let Poll::Ready(frame) = Pin::new(&mut counted.body).poll_frame(cx) else { return counted.wait(cx) };
        let bytes = match &frame {
            Some(Ok(found)) => found.data_ref().map_or(0, Bytes::len),
            Some(Err(_)) => return counted.cut(Cut::Broken),
            None => 0,
        };
        let is_in_time = counted.held.pace().received(bytes, || counted.app.clock().monotonic());
        if !is_in_time {
            return counted.cut(Cut::Slow);
        }
        counted.read += bytes;
        counted.burst += bytes;
        if bytes > 0 && !counted.fits() {
            return counted.cut(Cut::Full);
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
