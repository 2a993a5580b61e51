//! The crate as its callers see it.

#![expect(unreachable_pub, reason = "a test binary has no outside: `pub` marks what its modules use of each other")]
#![expect(clippy::unwrap_used, reason = "a test says what went wrong by failing")]

mod options;
mod pairs;
mod refusals;
mod support;
