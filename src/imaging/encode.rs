//! Pixels to WebP and JPEG, with nothing else in the file.

use std::sync::atomic::AtomicBool;

use jpeg_encoder::{ColorType, SamplingFactor};
use webpx::{EncoderConfig, Stop, StopReason};

use crate::error::PictureError;

use super::decode::check_cancelled;
use super::raster::{Channels, Raster};

/// libwebp's effort, 0 to 6. Against 4, its default, 2 takes less than half the time for 7 % more bytes;
/// against 1, hardly more time for 2 % fewer.
const EFFORT: u8 = 2;

/// Lets the encoder be stopped half way.
struct Flag<'a>(&'a AtomicBool);

impl Stop for Flag<'_> {
    fn check(&self) -> Result<(), StopReason> {
        check_cancelled(self.0).map_err(|_| StopReason::Cancelled)
    }
}

/// A lossy WebP of this quality, 0 to 100, with the picture's opacity.
pub(super) fn webp(raster: &Raster, quality: u8, cancelled: &AtomicBool) -> Result<Vec<u8>, PictureError> {
    let config = EncoderConfig::new().quality(f32::from(quality)).method(EFFORT);
    let encoded = match raster.channels {
        Channels::Rgb => config.encode_rgb(&raster.pixels, raster.width, raster.height, Flag(cancelled)),
        Channels::Rgba => config.encode_rgba(&raster.pixels, raster.width, raster.height, Flag(cancelled)),
    };
    check_cancelled(cancelled)?;
    encoded.map_err(|_| PictureError::Damaged)
}

/// A JPEG of this quality, 1 to 100, on white where the picture is transparent.
pub(super) fn jpeg(raster: &Raster, quality: u8, cancelled: &AtomicBool) -> Result<Vec<u8>, PictureError> {
    check_cancelled(cancelled)?;
    let flat;
    let pixels = match raster.channels {
        Channels::Rgb => &raster.pixels,
        Channels::Rgba => {
            flat = raster.on_white();
            &flat
        }
    };
    let (Ok(width), Ok(height)) = (u16::try_from(raster.width), u16::try_from(raster.height)) else {
        return Err(PictureError::Damaged);
    };
    let mut bytes = Vec::new();
    let mut encoder = jpeg_encoder::Encoder::new(&mut bytes, quality);
    encoder.set_sampling_factor(SamplingFactor::F_2_2);
    // The encoder's optimised tables would save some 5 % of the bytes, but put each colour into a scan of its own,
    // which some decoders read as a green picture.
    encoder.encode(pixels, width, height, ColorType::Rgb).map_err(|_| PictureError::Damaged)?;
    Ok(bytes)
}
