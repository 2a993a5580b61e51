//! The clock: nothing else reads the machine's, so that tests can let a month pass in a moment. Deadlines of
//! connections and the like, which are about waiting and not about the time, keep the machine's own.

#[cfg(debug_assertions)]
use std::path::Path;
#[cfg(debug_assertions)]
use std::sync::Arc;
use std::time::Instant;

use time::ext::InstantExt as _;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

/// A clock; the machine's, unless it was made for tests. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    /// The file that says how far ahead of the machine's it goes. A release has no such thing.
    #[cfg(debug_assertions)]
    moved_by: Option<Arc<Path>>,
}

impl Clock {
    /// The machine's clock. One of a debug build goes ahead of it by as many seconds as stand in the file that the
    /// environment variable `TEST_CLOCK` names, for as long as they stand there.
    pub fn from_environment() -> Clock {
        Clock {
            #[cfg(debug_assertions)]
            moved_by: std::env::var_os("TEST_CLOCK").map(|file| Path::new(&file).into()),
        }
    }

    /// The time, in whole UTC seconds: SQLite compares times as text.
    pub fn now(&self) -> OffsetDateTime {
        #[expect(clippy::disallowed_methods, reason = "this is where all other code gets it from")]
        let now = OffsetDateTime::now_utc() + self.ahead();
        now.replace_nanosecond(0).unwrap_or(now)
    }

    /// The time that passes, whatever the time of day is set to: for spans that begin and end in one process.
    pub fn monotonic(&self) -> Instant {
        Instant::now().add_signed(self.ahead())
    }

    #[cfg(debug_assertions)]
    fn ahead(&self) -> Duration {
        let text = self.moved_by.as_deref().and_then(|file| std::fs::read_to_string(file).ok());
        Duration::seconds(text.and_then(|seconds| seconds.parse().ok()).unwrap_or_default())
    }

    #[cfg(not(debug_assertions))]
    const fn ahead(&self) -> Duration {
        Duration::ZERO
    }
}

/// A new id (UUIDv7, RFC 9562 §5.7). It begins with the machine's time, whatever clock is gone by, which keeps ids in
/// the order in which they were made; nothing reads that time.
pub fn new_id() -> Uuid {
    #[expect(clippy::disallowed_methods, reason = "an id has an order and no age")]
    Uuid::now_v7()
}
