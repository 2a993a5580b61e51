//! What an upload can be: any bytes at all, with any crop.

#![no_main]

use std::sync::atomic::AtomicBool;

use libfuzzer_sys::fuzz_target;
use portico_fuzz::promises::{assert_whole, crop_within, within_memory};
use portico_imaging::{Limits, prepare};

/// Enough for three steps, and so few that each file takes a moment: what headers say matters more here than how much
/// of it there is. `large_pictures` is for the other end.
const LIMITS: Limits = Limits { max_pixels: 256 * 256 };

/// Bytes. The rows of a PNG and what its notes unpack to may take 16 MiB alone.
const MEMORY: usize = 64 << 20;

fuzz_target!(|bytes: &[u8]| {
    let crop = crop_within(bytes);
    let made = within_memory(MEMORY, || prepare(bytes, crop, &LIMITS, &AtomicBool::new(false)));
    if let Ok(made) = made {
        assert_whole(&made, crop, &LIMITS);
    }
});
