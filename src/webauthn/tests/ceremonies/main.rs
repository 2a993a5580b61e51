//! The crate as its callers see it.

#![expect(clippy::unwrap_used, reason = "a test says what went wrong by failing")]

mod options;
mod pairs;
mod refusals;
mod support;
