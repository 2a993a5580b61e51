//! The clock.

use time::OffsetDateTime;

/// The time, in whole UTC seconds.
pub fn now() -> OffsetDateTime {
    let now = OffsetDateTime::now_utc();
    now.replace_nanosecond(0).unwrap_or(now)
}
