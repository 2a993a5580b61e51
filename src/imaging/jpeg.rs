//! JPEG, shrunk while it is decoded.

use jpeg_decoder::{Decoder, PixelFormat};

use super::color;
use super::decode::{Stored, Wanted};
use super::orientation::Orientation;
use super::raster::{Channels, Raster};
use crate::model::picture::PictureProblem;

/// Decodes a JPEG, and gives its colour profile.
pub(super) fn decode(bytes: &[u8], wanted: &Wanted) -> Result<(Stored, Option<Vec<u8>>), PictureProblem> {
    let mut decoder = Decoder::new(bytes);
    decoder.read_info().map_err(|_| PictureProblem::Damaged)?;
    let info = decoder.info().ok_or(PictureProblem::Damaged)?;
    let (width, height) = (u32::from(info.width), u32::from(info.height));
    wanted.check(width, height)?;
    let by = wanted.shrink(width, height, 1536, 1.0);
    let (w, h) = decoder.scale((width / by) as u16, (height / by) as u16).map_err(|_| PictureProblem::Damaged)?;
    let pixels = decoder.decode().map_err(|_| PictureProblem::Damaged)?;
    let icc = decoder.icc_profile();
    let pixels = match info.pixel_format {
        PixelFormat::RGB24 => pixels,
        PixelFormat::L8 => pixels.into_iter().flat_map(|v| [v; 3]).collect(),
        PixelFormat::CMYK32 => color::inks_to_srgb(&pixels, icc.as_deref()),
        _ => return Err(PictureProblem::Unsupported),
    };
    let orientation = decoder.exif_data().map(Orientation::from_exif).unwrap_or_default();
    let raster = Raster { width: u32::from(w), height: u32::from(h), channels: Channels::Rgb, pixels };
    Ok((Stored { raster, width, height, by, orientation }, icc))
}
