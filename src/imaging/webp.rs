//! WebP by libwebp, which shrinks while it decodes; of an animation, the first frame that shows something. EXIF's
//! orientation is left aside, as browsers do: what a person crops there is what is kept.

use webpx::{Decoder, DecoderConfig, ImageInfo};

use crate::error::PictureError;

use super::color::ColorSpace;
use super::decode::{DecodeOptions, FRAMES, Stored, within_memory};
use super::orientation::Orientation;
use super::raster::{Channels, Raster};
use super::shrink::Shrink;

/// The chunks that matter of a WebP file (RFC 9649, section 2.7).
#[derive(Default)]
struct File<'a> {
    canvas: Option<(u32, u32)>,
    icc: Option<&'a [u8]>,
    animated: bool,
    frames: Vec<&'a [u8]>,
}

/// Decodes a WebP.
pub(super) fn decode(bytes: &[u8], wanted: &DecodeOptions) -> Result<Stored, PictureError> {
    let file = read(bytes)?;
    let colors = file.icc.and_then(|icc| ColorSpace::from_icc(icc, false));
    if let Some((width, height)) = file.canvas {
        wanted.check(width, height)?;
    }
    let stored = if file.animated {
        let canvas = file.canvas.ok_or(PictureError::Damaged)?;
        first_to_show(&file.frames, canvas, wanted)?
    } else {
        still(bytes, wanted)?
    };
    Ok(Stored { colors, ..stored })
}

/// The first frame that is not transparent all over.
fn first_to_show(frames: &[&[u8]], canvas: (u32, u32), wanted: &DecodeOptions) -> Result<Stored, PictureError> {
    let mut problem = PictureError::Damaged;
    let mut pixels = 0;
    for frame in frames.iter().take(FRAMES) {
        // Together they are no more work than a picture may be.
        pixels += u64::from(canvas.0) * u64::from(canvas.1);
        if pixels > wanted.limits.max_pixels {
            break;
        }
        let stored = on_canvas(frame, canvas, wanted)?;
        if stored.raster.shows_something() {
            return Ok(stored);
        }
        problem = PictureError::Transparent;
    }
    Err(problem)
}

fn still(bytes: &[u8], wanted: &DecodeOptions) -> Result<Stored, PictureError> {
    let info = ImageInfo::from_webp(bytes).map_err(|_| PictureError::Damaged)?;
    let (width, height) = (info.width, info.height);
    wanted.check(width, height)?;
    let channels = if info.has_alpha { Channels::Rgba } else { Channels::Rgb };
    let by = wanted.average(width, height, channels);
    // Of a lossless picture, libwebp holds every pixel.
    let by = within_memory(by, (width, height), channels, |_| u64::from(width) * u64::from(height) * 4);
    let mut config = DecoderConfig::new().use_threads(false);
    if by > 1 {
        config = config.scale(width.div_ceil(by), height.div_ceil(by));
    }
    let decoder = Decoder::new(bytes).map_err(|_| PictureError::Damaged)?.config(config);
    let decoded = match channels {
        Channels::Rgba => decoder.decode_rgba_raw(),
        Channels::Rgb => decoder.decode_rgb_raw(),
    };
    let (pixels, columns, rows) = decoded.map_err(|_| PictureError::Damaged)?;
    let raster = Raster { width: columns, height: rows, channels, pixels };
    Ok(Stored { raster, width, height, by, orientation: Orientation::default(), colors: None })
}

/// A frame of an animation, laid on its transparent canvas: those before it show nothing. libwebp's own animation
/// decoder would hold two canvases of full size.
fn on_canvas(frame: &[u8], (width, height): (u32, u32), wanted: &DecodeOptions) -> Result<Stored, PictureError> {
    let (head, chunks) = frame.split_at_checked(16).ok_or(PictureError::Damaged)?;
    let [left, top, columns, rows] = [0, 3, 6, 9].map(|at| three_bytes(&head[at..]));
    let (left, top, columns, rows) = (left * 2, top * 2, columns + 1, rows + 1);
    if left + columns > width || top + rows > height {
        return Err(PictureError::Damaged);
    }
    let still = still(&as_file(chunks, columns, rows), wanted)?;
    if (still.width, still.height) != (columns, rows) {
        return Err(PictureError::Damaged);
    }
    if (columns, rows) == (width, height) {
        return Ok(still);
    }
    let Raster { width: columns, height: rows, channels, pixels } = still.raster;
    let by = still.by;
    let mut canvas = Shrink::rows(width.div_ceil(by), height.div_ceil(by), 1, Channels::Rgba);
    for (y, row) in (0..rows).zip(pixels.chunks_exact(columns as usize * channels.count())) {
        let pixel = |pixel: &[u8]| [pixel[0], pixel[1], pixel[2], pixel.get(3).copied().unwrap_or(255)];
        canvas.take(top / by + y, left / by, 1, row.chunks_exact(channels.count()).map(pixel));
    }
    Ok(Stored { raster: canvas.finish(), width, height, ..still })
}

/// A still WebP file of a frame's chunks.
fn as_file(chunks: &[u8], width: u32, height: u32) -> Vec<u8> {
    const HAS_ALPHA: u8 = 0x10;
    let flags = if chunks.starts_with(b"ALPH") { HAS_ALPHA } else { 0 };
    let mut file = b"RIFF".to_vec();
    let extended = flags != 0;
    let length = 4 + if extended { 18 } else { 0 } + chunks.len();
    file.extend((length as u32).to_le_bytes());
    file.extend(b"WEBP");
    if extended {
        file.extend(b"VP8X\x0A\0\0\0");
        file.extend([flags, 0, 0, 0]);
        file.extend(&(width - 1).to_le_bytes()[..3]);
        file.extend(&(height - 1).to_le_bytes()[..3]);
    }
    file.extend(chunks);
    file
}

fn read(bytes: &[u8]) -> Result<File<'_>, PictureError> {
    const ANIMATED: u8 = 0x02;
    let length = bytes.get(4..8).and_then(|length| length.try_into().ok()).map(u32::from_le_bytes);
    let length = length.ok_or(PictureError::Damaged)? as usize;
    let mut rest = bytes.get(12..length.saturating_add(8)).ok_or(PictureError::Damaged)?;
    let mut file = File::default();
    while let Some((name, content, after)) = chunk(rest) {
        match name {
            b"VP8X" if content.len() >= 10 => {
                file.animated = content[0] & ANIMATED != 0;
                file.canvas = Some((three_bytes(&content[4..]) + 1, three_bytes(&content[7..]) + 1));
            }
            b"ICCP" => file.icc = file.icc.or(Some(content)),
            b"ANMF" => file.frames.push(content),
            _ => {}
        }
        rest = after;
    }
    Ok(file)
}

/// The first chunk's name and content, and what comes after it.
pub(super) fn chunk(bytes: &[u8]) -> Option<(&[u8; 4], &[u8], &[u8])> {
    let (name, rest) = bytes.split_first_chunk::<4>()?;
    let (length, rest) = rest.split_first_chunk::<4>()?;
    let length = u32::from_le_bytes(*length) as usize;
    let content = rest.get(..length)?;
    Some((name, content, rest.get(length + length % 2..).unwrap_or_default()))
}

fn three_bytes(bytes: &[u8]) -> u32 {
    u32::from_le_bytes([bytes[0], bytes[1], bytes[2], 0])
}
