//! From bytes to an upright sRGB picture, no larger than is of use.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::crop::{Crop, STEPS};
use crate::error::PictureError;

use super::color::ColorSpace;
use super::orientation::Orientation;
use super::raster::{Channels, Raster};
use super::shrink::MAX_FACTOR;
use super::{Limits, color, gif, jpeg, png, webp};

/// The longest side taken: what JPEG can say. PNG's 2³¹ would make a single row a gigabyte.
pub(super) const MAX_SIDE: u32 = 65_535;
/// How many frames of an animation are looked at for one that shows something.
pub(super) const FRAMES: usize = 10;
/// Bytes that a picture may take while it is decoded and turned upright.
const MEMORY: u64 = 280_000_000;

/// A decoded picture and how it relates to the one in the file.
pub(super) struct Decoded {
    /// Upright, then turned as wanted; sRGB.
    pub(super) raster: Raster,
    /// Width of the upright picture in the file.
    pub(super) width: u32,
    /// Height of the upright picture in the file.
    pub(super) height: u32,
    /// Each of `raster`'s pixels stands for `by` × `by` of the file's, but at the far edges.
    pub(super) by: u32,
}

/// What a decoder hands back: pixels as stored, in the file's colours made 8 bits a channel.
pub(super) struct Stored {
    pub(super) raster: Raster,
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) by: u32,
    pub(super) orientation: Orientation,
    /// None where they are sRGB's, or nothing is known of them.
    pub(super) colors: Option<ColorSpace>,
}

/// How much of a picture is wanted, and what stops the work.
pub(super) struct DecodeOptions<'a> {
    pub(super) crop: Crop,
    pub(super) limits: &'a Limits,
    pub(super) cancelled: &'a AtomicBool,
}

impl DecodeOptions<'_> {
    /// Refuses a size over the limits. To be asked before anything of that size is allocated.
    pub(super) fn check(&self, width: u32, height: u32) -> Result<(), PictureError> {
        if width == 0 || height == 0 {
            return Err(PictureError::Damaged);
        }
        if width.max(height) > MAX_SIDE {
            return Err(PictureError::TooLong { max: MAX_SIDE });
        }
        if u64::from(width) * u64::from(height) > self.limits.max_pixels {
            return Err(PictureError::TooManyPixels { max: self.limits.max_pixels });
        }
        Ok(())
    }

    /// By how much a picture of this size may shrink while it is decoded: 1, 2, 4 or 8. Afterwards the long
    /// side still has `long` pixels and the crop `spare` times the pixels of its largest step.
    pub(super) fn shrink(&self, width: u32, height: u32, long: u32, spare: f64) -> u32 {
        let side = self.crop.square(width, height).side;
        let step = largest_step(side);
        let enough = |by: &u32| width.max(height) / by >= long && side / f64::from(*by) >= f64::from(step) * spare;
        [8, 4, 2].into_iter().find(enough).unwrap_or(1)
    }

    /// The same for decoders that shrink by averaging, which is plainer than the filter that comes after: only
    /// so far that the filter still has the most of the work, unless the picture's bytes are too many for that.
    pub(super) fn average(&self, width: u32, height: u32, channels: Channels) -> u32 {
        const MANY: u64 = 37_500_000;
        let bytes = u64::from(width) * u64::from(height) * channels.count() as u64;
        if bytes > MANY { self.shrink(width, height, 1536, 1.0) } else { self.shrink(width, height, 4096, 2.0) }
    }

    /// Errs once the caller no longer wants the picture.
    pub(super) fn check_cancelled(&self) -> Result<(), PictureError> {
        check_cancelled(self.cancelled)
    }
}

/// By how much a picture that was to shrink by `by` does so within bounded memory: a long strip keeps the pixels that
/// its short side needs, and may have too many then. `beside` is what the decoder holds beside them, in bytes, for a
/// factor.
pub(super) fn within_memory(
    by: u32,
    (width, height): (u32, u32),
    channels: Channels,
    beside: impl Fn(u32) -> u64,
) -> u32 {
    let fits = |by: &u32| {
        let pixels = u64::from(width.div_ceil(*by)) * u64::from(height.div_ceil(*by));
        let bytes = pixels * channels.count() as u64;
        // Turning it upright takes it a second time, when the decoder is gone.
        bytes + bytes.max(beside(*by)) <= MEMORY
    };
    [1, 2, 4].into_iter().find(|factor| *factor >= by && fits(factor)).unwrap_or(MAX_FACTOR)
}

/// Errs once `cancelled` is set.
pub(super) fn check_cancelled(cancelled: &AtomicBool) -> Result<(), PictureError> {
    if cancelled.load(Ordering::Relaxed) { Err(PictureError::Cancelled) } else { Ok(()) }
}

/// The largest of [`STEPS`] that a crop of this side has the pixels for.
pub(super) fn largest_step(side: f64) -> u16 {
    STEPS.into_iter().rev().find(|&step| side >= f64::from(step)).unwrap_or(STEPS[0].min(side as u16))
}

/// Decodes by what the bytes are, never by a declared type.
pub(super) fn decode(bytes: &[u8], wanted: &DecodeOptions) -> Result<Decoded, PictureError> {
    wanted.check_cancelled()?;
    let stored = match bytes {
        [0xFF, 0xD8, 0xFF, ..] => jpeg::decode(bytes, wanted)?,
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1A, b'\n', ..] => png::decode(bytes, wanted)?,
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => webp::decode(bytes, wanted)?,
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => gif::decode(bytes, wanted)?,
        _ => return Err(PictureError::NotAPicture),
    };
    wanted.check_cancelled()?;
    let Stored { raster, width, height, by, orientation, colors } = stored;
    let raster = color::to_srgb(raster.without_idle_alpha(), colors);
    let turn = Orientation::from(wanted.crop.turn());
    let (width, height) = orientation.upright_size(width, height);
    let (width, height) = turn.upright_size(width, height);
    Ok(Decoded { raster: turn.apply(orientation.apply(raster)), width, height, by })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shrink::Shrink;

    #[test]
    fn no_shape_of_the_largest_picture_takes_more_than_its_memory() {
        let (cancelled, limits) = (AtomicBool::new(false), Limits::default());
        let wanted = DecodeOptions { crop: Crop::default(), limits: &limits, cancelled: &cancelled };
        for long in (8_000..=MAX_SIDE).step_by(97) {
            let short = (limits.max_pixels / u64::from(long)) as u32;
            for (size, channels) in [((long, short), Channels::Rgb), ((short, long), Channels::Rgba)] {
                let (width, height) = size;
                assert_eq!(wanted.check(width, height), Ok(()));
                let sums = |by| Shrink::scattered_sums(width, height, by);
                let frame = |_| u64::from(width) * u64::from(height);
                let lossless = |_| 4 * u64::from(width) * u64::from(height);
                let besides: [&dyn Fn(u32) -> u64; 4] = [&|_| 0, &sums, &frame, &lossless];
                for beside in besides {
                    let by = within_memory(wanted.average(width, height, channels), size, channels, beside);
                    let pixels = u64::from(width.div_ceil(by)) * u64::from(height.div_ceil(by));
                    let bytes = pixels * channels.count() as u64;
                    assert!(bytes + bytes.max(beside(by)) <= MEMORY, "{width} × {height} by {by}");
                }
            }
        }
    }

    #[test]
    fn a_picture_shrinks_no_further_than_memory_asks_for() {
        for by in [1, 2, 4, 8] {
            assert_eq!(within_memory(by, (4_000, 3_000), Channels::Rgba, |_| 0), by);
        }
        assert_eq!(within_memory(1, (31_250, 2_048), Channels::Rgba, |_| 0), 2);
    }
}
