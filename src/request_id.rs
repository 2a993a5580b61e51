//! Request ids: what names a request in its answer, in the log, on error pages and among the last errors.

use std::fmt::{self, Display};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::task::futures::TaskLocalFuture;
use uuid::Uuid;

tokio::task_local! {
    static CURRENT: RequestId;
}

/// The id of a request.
#[derive(Clone, Copy, Debug)]
pub struct RequestId(u64);

impl RequestId {
    /// One that no other request has: counted up from a random number, in steps that make neighbours look unlike.
    pub fn next() -> RequestId {
        static FIRST: LazyLock<u64> = LazyLock::new(|| Uuid::new_v4().as_u64_pair().1);
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let steps = COUNT.fetch_add(0x9E37_79B9_7F4A_7C15, Ordering::Relaxed);
        RequestId(FIRST.wrapping_add(steps))
    }

    /// Makes a future part of the request. A span of `tracing` would do as much for fifty times the instructions, each
    /// time a request comes, whether it has anything to log or not.
    pub fn scope<F: Future>(self, future: F) -> TaskLocalFuture<RequestId, F> {
        CURRENT.scope(self, future)
    }

    /// Does something as part of the request.
    pub fn sync_scope<T>(self, act: impl FnOnce() -> T) -> T {
        CURRENT.sync_scope(self, act)
    }

    /// The request that the caller is part of, if it is.
    pub fn current() -> Option<RequestId> {
        CURRENT.try_with(|id| *id).ok()
    }
}

impl Display for RequestId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:016x}", self.0)
    }
}
