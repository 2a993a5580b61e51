//! What an upload of the usual size can be: small files that say of themselves how large they are, up to the real limit.
//! A file takes a hundred times longer than in `pictures`, so this says more of memory and time than of the formats.

#![no_main]

use std::sync::atomic::AtomicBool;

use libfuzzer_sys::fuzz_target;
use portico_fuzz::promises::{assert_whole, crop_within, within_memory};
use portico_imaging::{Limits, prepare};

/// Bytes.
const MEMORY: usize = 300 << 20;

fuzz_target!(|bytes: &[u8]| {
    let (crop, limits) = (crop_within(bytes), Limits::default());
    let made = within_memory(MEMORY, || prepare(bytes, crop, &limits, &AtomicBool::new(false)));
    if let Ok(made) = made {
        assert_whole(&made, crop, &limits);
    }
});
