//! Stories about Portico as people and programs meet it.

#![expect(clippy::unwrap_used, reason = "a test says what went wrong by failing")]

mod imaging;
mod imaging_hostile;
