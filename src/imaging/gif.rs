//! The first frame of a GIF that shows something.
//!
//! `gif` unpacks a frame's pixels. The blocks around them are read here, as browsers do: it refuses extensions it
//! does not know, takes bytes between blocks for one, and cannot put narrow interlaced frames in order.

use std::io::Read;

use gif::{ColorOutput, DecodeOptions as GifOptions};

use crate::error::PictureError;

use super::decode::{DecodeOptions, FRAMES, Stored, within_memory};
use super::orientation::Orientation;
use super::raster::Channels;
use super::shrink::Shrink;

const EXTENSION: u8 = 0x21;
const GRAPHIC_CONTROL: u8 = 0xF9;
const IMAGE: u8 = 0x2C;
const TRAILER: u8 = 0x3B;

/// Where the four passes of an interlaced frame begin, and the distance to the next row (GIF89a, appendix E).
const PASSES: [(usize, usize); 4] = [(0, 8), (4, 8), (2, 4), (1, 2)];

/// A file's frames, in their order.
struct Frames<'a> {
    width: u32,
    height: u32,
    palette: Option<&'a [u8]>,
    rest: &'a [u8],
}

/// A frame, still packed.
struct Frame<'a> {
    left: u32,
    top: u32,
    width: u16,
    height: u16,
    interlaced: bool,
    palette: Option<&'a [u8]>,
    transparent: Option<u8>,
    /// Its pixels, and whatever follows them.
    data: &'a [u8],
}

/// Decodes the first frame that is not transparent all over, as it lies on the canvas: those before it show nothing.
/// GIF has neither orientation nor, in practice, profiles.
pub(super) fn decode(bytes: &[u8], wanted: &DecodeOptions) -> Result<Stored, PictureError> {
    let frames = Frames::new(bytes).ok_or(PictureError::Damaged)?;
    let palette = frames.palette;
    let (mut width, mut height) = (frames.width, frames.height);
    let mut problem = PictureError::Damaged;
    let mut pixels = 0;
    for (number, frame) in frames.take(FRAMES).enumerate() {
        let (columns, rows) = (u32::from(frame.width), u32::from(frame.height));
        if number == 0 {
            // As browsers have it, the canvas grows with the first frame; what later ones have beyond it is left out.
            (width, height) = (width.max(frame.left + columns), height.max(frame.top + rows));
            wanted.check(width, height)?;
        }
        // Together they are no more work than a picture may be.
        pixels += u64::from(columns) * u64::from(rows);
        if pixels > wanted.limits.max_pixels {
            break;
        }
        let indices = frame.indices()?;
        if frame.shows_something(&indices, width, height) {
            return frame.on_canvas(&indices, frame.palette.or(palette), (width, height), wanted);
        }
        problem = PictureError::Transparent;
        wanted.check_cancelled()?;
    }
    Err(problem)
}

impl<'a> Frames<'a> {
    /// Reads the screen's size and palette; none where the file ends before.
    fn new(bytes: &'a [u8]) -> Option<Frames<'a>> {
        let screen = bytes.get(6..)?;
        let ([w0, w1, h0, h1, flags, _, _], rest) = screen.split_first_chunk::<7>()?;
        let (palette, rest) = palette(*flags, rest)?;
        Some(Frames { width: two_bytes([*w0, *w1]).into(), height: two_bytes([*h0, *h1]).into(), palette, rest })
    }
}

impl<'a> Iterator for Frames<'a> {
    type Item = Frame<'a>;

    fn next(&mut self) -> Option<Frame<'a>> {
        let mut transparent = None;
        loop {
            let (&block, rest) = self.rest.split_first()?;
            self.rest = match block {
                EXTENSION => {
                    let (&label, content) = rest.split_first()?;
                    if label == GRAPHIC_CONTROL
                        && let [length, flags, _, _, index, ..] = content
                        && *length >= 4
                    {
                        transparent = (flags & 1 != 0).then_some(*index);
                    }
                    after_blocks(content)
                }
                IMAGE => {
                    let frame = Frame::read(rest, transparent)?;
                    self.rest = after_blocks(frame.data.get(1..).unwrap_or_default());
                    return Some(frame);
                }
                TRAILER => return None,
                // GIF87a says that what stands between blocks is to be ignored, and files have zeros there.
                _ => rest,
            };
        }
    }
}

impl<'a> Frame<'a> {
    fn read(bytes: &'a [u8], transparent: Option<u8>) -> Option<Frame<'a>> {
        let (&[l0, l1, t0, t1, w0, w1, h0, h1, flags], rest) = bytes.split_first_chunk::<9>()?;
        let (palette, data) = palette(flags, rest)?;
        Some(Frame {
            left: two_bytes([l0, l1]).into(),
            top: two_bytes([t0, t1]).into(),
            width: two_bytes([w0, w1]),
            height: two_bytes([h0, h1]),
            interlaced: flags & 0x40 != 0,
            palette,
            transparent,
            data,
        })
    }

    /// The palette's index of each pixel, rows in the order of the file.
    fn indices(&self) -> Result<Vec<u8>, PictureError> {
        let mut indices = vec![0; usize::from(self.width) * usize::from(self.height)];
        if indices.is_empty() {
            return Ok(indices);
        }
        // A file of its own: a screen with a palette of two colours, which is not looked at, and this frame.
        let mut head = b"GIF89a\0\0\0\0\x80\0\0\0\0\0\0\0\0".to_vec();
        head.extend([IMAGE, 0, 0, 0, 0]);
        head.extend(self.width.to_le_bytes());
        head.extend(self.height.to_le_bytes());
        head.push(0);
        let mut options = GifOptions::new();
        options.set_color_output(ColorOutput::Indexed);
        let read = || {
            let mut decoder = options.read_info(head.as_slice().chain(self.data))?;
            decoder.next_frame_info()?;
            decoder.fill_buffer(&mut indices)
        };
        if read().is_ok_and(|whole| whole) { Ok(indices) } else { Err(PictureError::Damaged) }
    }

    /// Whether any pixel within the canvas is not transparent.
    fn shows_something(&self, indices: &[u8], width: u32, height: u32) -> bool {
        let columns = width.saturating_sub(self.left).min(self.width.into()) as usize;
        let rows = height.saturating_sub(self.top) as usize;
        let mut rows = self.places().into_iter().filter(|&(y, _)| y < rows);
        rows.any(|(_, row)| {
            let row = &indices[row * usize::from(self.width)..][..columns];
            row.iter().any(|&index| Some(index) != self.transparent)
        })
    }

    /// For each row, from top to bottom, where it is in the file.
    fn places(&self) -> Vec<(usize, usize)> {
        let height = usize::from(self.height);
        if !self.interlaced {
            return (0..height).map(|row| (row, row)).collect();
        }
        let rows = PASSES.into_iter().flat_map(|(first, step)| (first..height).step_by(step));
        let mut places: Vec<(usize, usize)> = rows.enumerate().map(|(place, row)| (row, place)).collect();
        places.sort_unstable();
        places
    }

    /// The frame on its canvas. What it leaves free there is transparent.
    fn on_canvas(
        &self,
        indices: &[u8],
        palette: Option<&[u8]>,
        (width, height): (u32, u32),
        wanted: &DecodeOptions,
    ) -> Result<Stored, PictureError> {
        let colors = colors(palette.ok_or(PictureError::Damaged)?, self.transparent);
        let (columns, rows) = (u32::from(self.width), u32::from(self.height));
        let covers = (self.left, self.top) == (0, 0) && columns >= width && rows >= height;
        let channels = if covers && self.transparent.is_none() { Channels::Rgb } else { Channels::Rgba };
        let by = wanted.average(width, height, channels);
        let by = within_memory(by, (width, height), channels, |_| indices.len() as u64);
        let mut shrink = Shrink::rows(width, height, by, channels);
        let places = self.places();
        for y in 0..height {
            let place = y.checked_sub(self.top).and_then(|row| places.get(row as usize));
            if let Some(&(_, place)) = place {
                let row = &indices[place * columns as usize..][..columns as usize];
                shrink.take(y, self.left, 1, row.iter().map(|&index| colors[usize::from(index)]));
            }
            shrink.end_row(y);
            wanted.check_cancelled()?;
        }
        let orientation = Orientation::default();
        Ok(Stored { raster: shrink.finish(), width, height, by, orientation, colors: None })
    }
}

/// The palette that a screen's or a frame's flags promise, and what comes after it; none where the file ends before.
fn palette(flags: u8, bytes: &[u8]) -> Option<(Option<&[u8]>, &[u8])> {
    if flags & 0x80 == 0 {
        return Some((None, bytes));
    }
    let (palette, rest) = bytes.split_at_checked(3 << ((flags & 7) + 1))?;
    Some((Some(palette), rest))
}

/// What comes after the data blocks that begin here, and the empty one at their end.
fn after_blocks(mut bytes: &[u8]) -> &[u8] {
    while let Some((&length, rest)) = bytes.split_first() {
        bytes = rest.get(usize::from(length)..).unwrap_or_default();
        if length == 0 {
            break;
        }
    }
    bytes
}

fn two_bytes(bytes: [u8; 2]) -> u16 {
    u16::from_le_bytes(bytes)
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
