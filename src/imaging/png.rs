//! PNG, row by row, so that neither 16 bits a channel nor interlacing makes it large.

use std::io::Cursor;

use png::{BitDepth, ColorType, Decoder, DecodingError, Info, Limits, Transformations};

use crate::model::picture::PictureProblem;

use super::decode::{DecodeOptions, Stored};
use super::orientation::Orientation;
use super::raster::Channels;
use super::shrink::Shrink;

/// Rows, the palette and the notes that are read (colour profile, EXIF) may take this many bytes.
const MEMORY: usize = 16 << 20;

/// Where the seven passes of Adam7 put their pixels (PNG, third edition, section 8.1): first column and row,
/// and the distance to the next.
const PASSES: [[u32; 4]; 7] =
    [[0, 0, 8, 8], [4, 0, 8, 8], [0, 4, 4, 8], [2, 0, 4, 4], [0, 2, 2, 4], [1, 0, 2, 2], [0, 1, 1, 2]];

/// Decodes a PNG, and gives its colour profile.
pub(super) fn decode(bytes: &[u8], wanted: &DecodeOptions) -> Result<(Stored, Option<Vec<u8>>), PictureProblem> {
    let mut decoder = Decoder::new_with_limits(Cursor::new(bytes), Limits { bytes: MEMORY });
    decoder.set_ignore_text_chunk(true);
    decoder.set_transformations(Transformations::normalize_to_color8());
    let header = decoder.read_header_info().map_err(damaged)?;
    let (width, height, interlaced) = (header.width, header.height, header.interlaced);
    wanted.check(width, height)?;

    let mut reader = decoder.read_info().map_err(damaged)?;
    let icc = reader.info().icc_profile.as_ref().map(|profile| profile.to_vec());
    let orientation = reader.info().exif_metadata.as_ref().map(|exif| Orientation::from_exif(exif));
    check_palette(reader.info())?;
    let (color, BitDepth::Eight) = reader.output_color_type() else {
        return Err(PictureProblem::Damaged);
    };
    let channels = match color {
        ColorType::Grayscale | ColorType::Rgb => Channels::Rgb,
        _ => Channels::Rgba,
    };
    // Interlaced, all sums are held at once, so there the picture shrinks as far as it may.
    let by = if interlaced { wanted.shrink(width, height, 1536, 1.0) } else { wanted.average(width, height, channels) };
    let mut shrink = match interlaced {
        true => Shrink::scattered(width, height, by, channels),
        false => Shrink::rows(width, height, by, channels),
    };
    for [y, left, step] in order(width, height, interlaced) {
        let row = reader.next_interlaced_row().map_err(damaged)?.ok_or(PictureProblem::Damaged)?;
        take(&mut shrink, color, row.data(), [y, left, step]);
        shrink.end_row(y);
        wanted.check_cancelled()?;
    }
    // What follows the pixels must be whole too: a file cut off in its last chunk was cut off.
    reader.finish().map_err(damaged)?;
    let orientation = orientation.unwrap_or_default();
    Ok((Stored { raster: shrink.finish(), width, height, by, orientation }, icc))
}

/// One to 256 colours of three bytes (PNG, third edition, section 11.2.2): `png` panics when it looks up in any other.
fn check_palette(info: &Info) -> Result<(), PictureProblem> {
    let bytes = info.palette.as_ref().map_or(0, |palette| palette.len());
    let whole = bytes.is_multiple_of(3) && (3..=3 * 256).contains(&bytes);
    if info.color_type == ColorType::Indexed && !whole { Err(PictureProblem::Damaged) } else { Ok(()) }
}

/// The rows in the order of the file: which one, its first column, and the distance to the next.
fn order(width: u32, height: u32, interlaced: bool) -> Box<dyn Iterator<Item = [u32; 3]>> {
    if !interlaced {
        return Box::new((0..height).map(|y| [y, 0, 1]));
    }
    let passes = PASSES.into_iter().filter(move |&[left, ..]| left < width);
    Box::new(
        passes.flat_map(move |[left, top, step, down]| {
            (top..height).step_by(down as usize).map(move |y| [y, left, step])
        }),
    )
}

fn take(shrink: &mut Shrink, color: ColorType, row: &[u8], [y, left, step]: [u32; 3]) {
    match color {
        ColorType::Grayscale => shrink.take(y, left, step, row.iter().map(|&grey| [grey, grey, grey, 255])),
        ColorType::GrayscaleAlpha => {
            let (pixels, _) = row.as_chunks::<2>();
            shrink.take(y, left, step, pixels.iter().map(|&[grey, alpha]| [grey, grey, grey, alpha]));
        }
        ColorType::Rgb => {
            let (pixels, _) = row.as_chunks::<3>();
            shrink.take(y, left, step, pixels.iter().map(|&[red, green, blue]| [red, green, blue, 255]));
        }
        // The transformation has already looked the palette up.
        ColorType::Rgba | ColorType::Indexed => {
            let (pixels, _) = row.as_chunks::<4>();
            shrink.take(y, left, step, pixels.iter().copied());
        }
    }
}

fn damaged(error: DecodingError) -> PictureProblem {
    match error {
        DecodingError::LimitsExceeded => PictureProblem::TooComplex,
        _ => PictureProblem::Damaged,
    }
}
