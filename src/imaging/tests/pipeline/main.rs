//! What the picture pipeline makes of files: ordinary ones, odd ones, and those made to break it.

#![expect(unreachable_pub, reason = "a test binary has no outside: `pub` marks what its modules use of each other")]
#![expect(clippy::unwrap_used, reason = "a test says what went wrong by failing")]

mod broken_files;
mod hostile;
mod ordinary;
mod unusual;

use std::sync::atomic::AtomicBool;

use portico_imaging::{Crop, Limits, PictureError, Prepared, prepare};

/// The folder of pictures that tests begin with.
const PICTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/pictures");

/// What is kept of a file, uncropped.
pub fn prepared(bytes: &[u8]) -> Result<Prepared, PictureError> {
    prepare(bytes, Crop::default(), &Limits::default(), &AtomicBool::new(false))
}

/// The checksum of a PNG's chunk, its type included.
pub fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| if crc & 1 != 0 { crc >> 1 ^ 0xEDB8_8320 } else { crc >> 1 })
    })
}
