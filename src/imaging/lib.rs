//! The picture pipeline: from the uploaded bytes to upright, square, sRGB pictures without metadata.
//!
//! Pure and blocking: no async, no I/O, no clock. One call is one thread's work, bounded in memory by the
//! pixel limit and in time by what its decoders may read, and it stops soon after `cancelled` is set.

mod color;
mod crop;
mod decode;
mod encode;
mod error;
mod gif;
mod jpeg;
mod orientation;
pub mod placeholder;
mod png;
mod raster;
mod resize;
mod shrink;
mod srgb_transfer;
mod tone_map;
pub mod unsupported;
mod webp;
mod working_copy;

use std::sync::atomic::AtomicBool;

pub use crop::{Crop, STEPS, Square, Turn};
pub use error::PictureError;

use self::decode::{DecodeOptions, Decoded, check_cancelled, decode};
use self::raster::Channels;

/// The working copy's long side is at most this many pixels.
const WORKING_COPY: u32 = 2048;
/// Good enough to be cropped and encoded again without a visible loss.
const WORKING_COPY_QUALITY: u8 = 88;
const WEBP_QUALITY: u8 = 80;
const JPEG_QUALITY: u8 = 80;

/// What a picture may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The most that width times height may be, by the file's header.
    pub max_pixels: u64,
}

impl Default for Limits {
    /// 64 megapixels.
    fn default() -> Limits {
        Limits { max_pixels: 64_000_000 }
    }
}

/// The type of a file made here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MediaType {
    /// `image/jpeg`
    Jpeg,
    /// `image/webp`
    Webp,
}

impl MediaType {
    /// The name for `Content-Type`.
    pub fn name(self) -> &'static str {
        match self {
            MediaType::Jpeg => "image/jpeg",
            MediaType::Webp => "image/webp",
        }
    }

    /// What the names of its files end in.
    pub fn extension(self) -> &'static str {
        match self {
            MediaType::Jpeg => "jpg",
            MediaType::Webp => "webp",
        }
    }
}

/// Everything that is kept of an upload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prepared {
    /// The whole picture, upright, to crop again from.
    pub working_copy: Vec<u8>,
    /// JPEG, or WebP where the picture has transparent parts.
    pub working_copy_type: MediaType,
    /// The working copy's width in pixels.
    pub width: u32,
    /// The working copy's height in pixels.
    pub height: u32,
    /// The cropped square in each step that has the pixels, largest first; at least one.
    pub renditions: Vec<Rendition>,
}

/// The cropped square in one size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendition {
    /// Which of [`STEPS`].
    pub step: u16,
    /// The real side in pixels: the step, or less where the smallest step found fewer.
    pub side: u16,
    /// With transparency.
    pub webp: Vec<u8>,
    /// On white.
    pub jpeg: Vec<u8>,
}

/// Makes everything that is kept of an upload from its bytes, turned as `crop` says.
///
/// Errs with what is wrong with the picture, or [`PictureError::Cancelled`] soon after `cancelled` is set.
pub fn prepare(bytes: &[u8], crop: Crop, limits: &Limits, cancelled: &AtomicBool) -> Result<Prepared, PictureError> {
    let decoded = decode(bytes, &DecodeOptions { crop, limits, cancelled })?;
    let renditions = renditions(&decoded, crop, cancelled)?;
    let copy = resize::fit(decoded.raster, WORKING_COPY)?;
    check_cancelled(cancelled)?;
    let (working_copy, working_copy_type) = match copy.channels {
        Channels::Rgb => (encode::jpeg(&copy, WORKING_COPY_QUALITY, cancelled)?, MediaType::Jpeg),
        Channels::Rgba => (encode::webp(&copy, WORKING_COPY_QUALITY, cancelled)?, MediaType::Webp),
    };
    Ok(Prepared { working_copy, working_copy_type, width: copy.width, height: copy.height, renditions })
}

/// As [`prepare`], of a file that may be a working copy of another installation: one that is stays as it is, so that no
/// move costs it anything. For files from those who run the program alone: a stranger's are always encoded anew.
///
/// Errs as [`prepare`] does.
pub fn restore(bytes: &[u8], crop: Crop, limits: &Limits, cancelled: &AtomicBool) -> Result<Prepared, PictureError> {
    if let Some(working_copy_type) = working_copy::layout(bytes).filter(|_| crop.turn().is_none()) {
        let decoded = decode(bytes, &DecodeOptions { crop, limits, cancelled })?;
        let (width, height) = (decoded.width, decoded.height);
        if width.max(height) <= WORKING_COPY {
            let renditions = renditions(&decoded, crop, cancelled)?;
            return Ok(Prepared { working_copy: bytes.to_vec(), working_copy_type, width, height, renditions });
        }
    }
    prepare(bytes, crop, limits, cancelled)
}

/// Makes the renditions anew, from a working copy that [`prepare`] made, which stays as it is: one that is turned is
/// prepared again.
///
/// Errs as [`prepare`] does, with the default limits, which every working copy is within.
pub fn crop_again(working_copy: &[u8], crop: Crop, cancelled: &AtomicBool) -> Result<Vec<Rendition>, PictureError> {
    let limits = Limits::default();
    let decoded = decode(working_copy, &DecodeOptions { crop, limits: &limits, cancelled })?;
    renditions(&decoded, crop, cancelled)
}

fn renditions(decoded: &Decoded, crop: Crop, cancelled: &AtomicBool) -> Result<Vec<Rendition>, PictureError> {
    let Square { left, top, side } = crop.square(decoded.width, decoded.height);
    let by = f64::from(decoded.by);
    let square = Square { left: left / by, top: top / by, side: side / by };
    let mut renditions = Vec::new();
    resize::steps(&decoded.raster, square, side, cancelled, |step, raster| {
        let webp = encode::webp(raster, WEBP_QUALITY, cancelled)?;
        let jpeg = encode::jpeg(raster, JPEG_QUALITY, cancelled)?;
        renditions.push(Rendition { step, side: raster.width as u16, webp, jpeg });
        Ok(())
    })?;
    Ok(renditions)
}
