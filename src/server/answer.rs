//! The body of an answer on its way to the client.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use axum::http::{Response, Version};
use hyper::body::{Frame, SizeHint};

use crate::shares::Share;

use super::activity::Activity;

/// The largest piece that is handed to an HTTP/2 stream at once: what it holds for a client that reads nothing is out
/// of sight.
const PIECE: usize = 16 * 1024;

/// How much memory an answer takes until it is sent. One that is read as it is sent takes next to none; small ones are
/// bounded by the number of requests, and are not refused for what others leave unread.
pub(super) fn size(response: &Response<Body>) -> usize {
    let size = response.body().size_hint().exact().and_then(|size| usize::try_from(size).ok());
    size.filter(|size| *size > PIECE).unwrap_or_default()
}

/// A request that is counted as under way until this is dropped.
pub(super) struct Request {
    activity: Arc<Activity>,
    number: u64,
    version: Version,
    _share: Option<Share>,
}

impl Request {
    pub(super) fn begin(activity: &Arc<Activity>, version: Version, share: Option<Share>) -> Request {
        Request { activity: Arc::clone(activity), number: activity.asked(), version, _share: share }
    }
}

impl Drop for Request {
    fn drop(&mut self) {
        self.activity.answered(self.number);
    }
}

/// A body that notes whether it waits for its client or for us. In HTTP/1 the socket tells that.
pub(super) struct Answer {
    body: Body,
    /// What is left of a large piece.
    rest: Bytes,
    request: Request,
    /// The memory that it takes.
    memory: Option<Share>,
}

impl Answer {
    pub(super) fn new(body: Body, request: Request, memory: Option<Share>) -> Answer {
        if request.version == Version::HTTP_2 {
            request.activity.waits(request.number, true);
        }
        Answer { body, rest: Bytes::new(), request, memory }
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        // In HTTP/1 all of it waits to be written by now.
        if self.request.version != Version::HTTP_2
            && let Some(memory) = self.memory.take().filter(|memory| memory.held() > 0)
        {
            self.request.activity.holds(memory);
        }
    }
}

impl HttpBody for Answer {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let answer = self.get_mut();
        if answer.request.version != Version::HTTP_2 {
            return Pin::new(&mut answer.body).poll_frame(cx);
        }
        let mut frame = if answer.rest.is_empty() {
            Pin::new(&mut answer.body).poll_frame(cx)
        } else {
            Poll::Ready(Some(Ok(Frame::data(std::mem::take(&mut answer.rest)))))
        };
        if let Poll::Ready(Some(Ok(found))) = &mut frame
            && let Some(data) = found.data_mut()
            && data.len() > PIECE
        {
            answer.rest = data.split_off(PIECE);
        }
        answer.request.activity.waits(answer.request.number, frame.is_ready());
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let (body, rest) = (self.body.size_hint(), self.rest.len() as u64);
        let mut hint = SizeHint::new();
        hint.set_lower(body.lower() + rest);
        if let Some(upper) = body.upper() {
            hint.set_upper(upper + rest);
        }
        hint
    }
}
