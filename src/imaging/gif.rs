//! The first frame of a GIF.

use std::io::Cursor;
use std::num::NonZeroU64;

use gif::{ColorOutput, DecodeOptions as GifOptions, MemoryLimit};

use crate::model::picture::PictureProblem;

use super::decode::{DecodeOptions, Stored};
use super::orientation::Orientation;
use super::raster::Channels;
use super::shrink::Shrink;

/// Decodes the first frame, as it lies on the canvas. GIF has neither orientation nor, in practice, profiles.
pub(super) fn decode(bytes: &[u8], wanted: &DecodeOptions) -> Result<(Stored, Option<Vec<u8>>), PictureProblem> {
    let mut options = GifOptions::new();
    options.set_color_output(ColorOutput::Indexed);
    // A frame that reaches beyond its canvas is what other programs refuse, and would dodge the check below.
    options.check_frame_consistency(true);
    let most = NonZeroU64::new(wanted.limits.max_pixels).unwrap_or(NonZeroU64::MIN);
    options.set_memory_limit(MemoryLimit::Bytes(most));
    let mut decoder = options.read_info(Cursor::new(bytes)).map_err(|_| PictureProblem::Damaged)?;
    let (width, height) = (u32::from(decoder.width()), u32::from(decoder.height()));
    wanted.check(width, height)?;

    let global = decoder.global_palette().map(<[u8]>::to_vec);
    let frame = decoder.next_frame_info().map_err(|_| PictureProblem::Damaged)?.ok_or(PictureProblem::Damaged)?;
    let (left, top) = (u32::from(frame.left), u32::from(frame.top));
    let (columns, rows) = (usize::from(frame.width), u32::from(frame.height));
    let transparent = frame.transparent;
    let palette = frame.palette.clone().or(global).ok_or(PictureProblem::Damaged)?;
    let mut indices = vec![0; columns * rows as usize];
    decoder.read_into_buffer(&mut indices).map_err(|_| PictureProblem::Damaged)?;

    // What the frame leaves free of its canvas is transparent.
    let whole = columns == width as usize && rows == height;
    let channels = if whole && transparent.is_none() { Channels::Rgb } else { Channels::Rgba };
    let colors = colors(&palette, transparent);
    let by = wanted.average(width, height, channels);
    let mut shrink = Shrink::rows(width, height, by, channels);
    for y in 0..height {
        if let Some(row) = y.checked_sub(top).filter(|&row| row < rows && columns > 0) {
            let row = &indices[row as usize * columns..][..columns];
            shrink.take(y, left, 1, row.iter().map(|&index| colors[usize::from(index)]));
        }
        shrink.end_row(y);
        wanted.check_cancelled()?;
    }
    let orientation = Orientation::default();
    Ok((Stored { raster: shrink.finish(), width, height, by, orientation }, None))
}

/// The colour of each index; black where the palette is too short, as browsers have it.
fn colors(palette: &[u8], transparent: Option<u8>) -> [[u8; 4]; 256] {
    let mut colors = [[0, 0, 0, 255]; 256];
    for (color, &[red, green, blue]) in colors.iter_mut().zip(palette.as_chunks::<3>().0) {
        *color = [red, green, blue, 255];
    }
    if let Some(index) = transparent {
        colors[usize::from(index)] = [0; 4];
    }
    colors
}
