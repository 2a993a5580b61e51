//! The picture pipeline out of `src`, by itself: Portico whole would be compiled for minutes, and nothing else of it is
//! fuzzed. What the pipeline may know of the rest is little, and its layer keeps it so.

#[path = "../../src/imaging/mod.rs"]
pub mod imaging;
pub mod model;
pub mod promises;
#[expect(dead_code, reason = "Portico's other threads use the rest")]
#[path = "../../src/worker_pool/mod.rs"]
mod worker_pool;
