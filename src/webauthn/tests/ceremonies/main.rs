//! The crate as its callers see it.

mod options;
mod pairs;
mod refusals;
mod support;
