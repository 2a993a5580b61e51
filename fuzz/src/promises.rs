//! What the picture pipeline promises of whatever it takes, and the memory that it may take.

use std::alloc::System;
use std::sync::atomic::AtomicBool;

use cap::Cap;

use portico_imaging::{Crop, Limits, MediaType, Prepared, Rendition, STEPS, crop_again};

/// The longest side of a working copy.
const WORKING_COPY: u32 = 2048;
/// The least that the long side has of a picture that was shrunk.
const SHRUNK: u32 = 1536;

// libFuzzer looks at the memory of the process once a second, which tells the file that asked for too much from the one
// after it only by luck. This one stops the very file.
#[global_allocator]
static ALLOCATOR: Cap<System> = Cap::new(System, usize::MAX);

/// Does the work, and ends the process if it holds more than `most` bytes at a time.
pub fn within_memory<A>(most: usize, work: impl FnOnce() -> A) -> A {
    assert_eq!(ALLOCATOR.set_limit(ALLOCATOR.allocated().saturating_add(most)), Ok(()));
    let made = work();
    assert_eq!(ALLOCATOR.set_limit(usize::MAX), Ok(()));
    made
}

/// The crop that the last bytes of a file stand for. No format minds bytes after its end, so the seeds are ordinary
/// pictures, and the fuzzer finds out by itself what these bytes do.
pub fn crop_within(bytes: &[u8]) -> Crop {
    match bytes {
        [.., zoom, x, y] => Crop::clamped(100 + u16::from(*zoom), *x, *y),
        _ => Crop::default(),
    }
}

/// What is kept of an upload has the promised sizes, and can be cropped again.
pub fn assert_whole(made: &Prepared, crop: Crop, limits: &Limits) {
    let (width, height) = (made.width, made.height);
    assert!(width >= 1 && height >= 1 && width.max(height) <= WORKING_COPY, "{width} × {height}");
    assert!(u64::from(width) * u64::from(height) <= limits.max_pixels, "{width} × {height}");
    let size = match made.working_copy_type {
        MediaType::Jpeg => jpeg_size(&made.working_copy),
        MediaType::Webp => webp_size(&made.working_copy),
    };
    assert_eq!(size, Some((width, height)));

    let (renditions, promised) = (sides(&made.renditions), promised(crop, width, height));
    // A longer picture may have been shrunk, and then its steps were made from more than the working copy has.
    if width.max(height) < SHRUNK {
        assert_eq!(renditions, promised);
    } else {
        let whole = |((step, side), known)| step == known && (side == step || step == STEPS[0]);
        assert!(renditions.iter().rev().copied().zip(STEPS).all(whole), "{renditions:?}");
        assert!(promised.len() <= renditions.len() && renditions.len() <= STEPS.len(), "{renditions:?}");
    }
    for rendition in &made.renditions {
        let side = u32::from(rendition.side);
        assert_eq!(jpeg_size(&rendition.jpeg), Some((side, side)));
        assert_eq!(webp_size(&rendition.webp), Some((side, side)));
    }
    let again = crop_again(&made.working_copy, crop, &AtomicBool::new(false));
    assert_eq!(again.map(|renditions| sides(&renditions)), Ok(promised));
}

/// Each step that the crop of a picture of this size has the pixels for, and its side.
fn promised(crop: Crop, width: u32, height: u32) -> Vec<(u16, u16)> {
    let side = crop.square(width, height).side as u16;
    let steps = STEPS.into_iter().rev().filter(|&step| step <= side || step == STEPS[0]);
    steps.map(|step| (step, step.min(side))).collect()
}

fn sides(renditions: &[Rendition]) -> Vec<(u16, u16)> {
    renditions.iter().map(|rendition| (rendition.step, rendition.side)).collect()
}

/// Width and height, by the frame's header.
fn jpeg_size(bytes: &[u8]) -> Option<(u32, u32)> {
    let mut rest = bytes.strip_prefix(&[0xFF, 0xD8])?;
    loop {
        let [0xFF, marker, high, low, segment @ ..] = rest else { return None };
        if let (0xC0, [_, top, bottom, left, right, ..]) = (*marker, segment) {
            return Some((u16::from_be_bytes([*left, *right]).into(), u16::from_be_bytes([*top, *bottom]).into()));
        }
        rest = rest.get(2 + usize::from(u16::from_be_bytes([*high, *low]))..)?;
    }
}

fn webp_size(bytes: &[u8]) -> Option<(u32, u32)> {
    webpx::ImageInfo::from_webp(bytes).ok().map(|info| (info.width, info.height))
}
