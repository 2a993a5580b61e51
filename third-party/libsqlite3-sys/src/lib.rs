//! `libsqlite3-sys` as it is today, for those who ask for an older one.
#![no_std]

pub use newest::*;
