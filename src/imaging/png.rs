//! PNG, row by row, so that neither 16 bits a channel nor interlacing makes it large.

use std::io::Cursor;

use png::{
    BitDepth, ColorType, DecodeOptions as PngOptions, Decoder, DecodingError, Info, Limits, Reader, Transformations,
};

use crate::error::PictureError;

use super::color::{ColorSpace, DeepRow};
use super::decode::{DecodeOptions, Stored, within_memory};
use super::orientation::Orientation;
use super::raster::{Channels, Raster};
use super::shrink::Shrink;

/// Rows, the palette and the notes that are read (colour profile, EXIF) may take this many bytes.
const MEMORY: usize = 16 << 20;

/// Where the seven passes of Adam7 put their pixels (PNG, third edition, section 8.1): first column and row,
/// and the distance to the next.
const PASSES: [[u32; 4]; 7] =
    [[0, 0, 8, 8], [4, 0, 8, 8], [0, 4, 4, 8], [2, 0, 4, 4], [0, 2, 2, 4], [1, 0, 2, 2], [0, 1, 1, 2]];

/// The end mark: an empty chunk (PNG, third edition, section 11.2.5).
const END: &[u8] = b"\0\0\0\0IEND\xAE\x42\x60\x82";

/// What the chunks before the pixels say.
struct Header {
    width: u32,
    height: u32,
    interlaced: bool,
    orientation: Orientation,
    colors: Option<ColorSpace>,
    /// Whether the pixels are converted to sRGB as they come, from their 16 bits.
    deep: bool,
}

/// Which checksum of the pixels is looked at.
#[derive(Clone, Copy, PartialEq)]
enum Checksum {
    /// The compressed stream's own.
    Stream,
    /// The chunks'.
    Chunks,
}

/// Decodes a PNG. What comes after its pixels, such as the end mark, may be missing or broken: no pixel is.
pub(super) fn decode(bytes: &[u8], wanted: &DecodeOptions) -> Result<Stored, PictureError> {
    let header = header(bytes, wanted)?;
    let raster = checked_pixels(bytes, &header, wanted).or_else(|problem| match problem {
        // The library gives up at the end of the file before it has given all that it had unpacked.
        PictureError::Damaged if !bytes.ends_with(END) => checked_pixels(&[bytes, END].concat(), &header, wanted),
        problem => Err(problem),
    });
    let (raster, by) = raster?;
    let Header { width, height, orientation, colors, deep, .. } = header;
    Ok(Stored { raster, width, height, by, orientation, colors: colors.filter(|_| !deep) })
}

fn header(bytes: &[u8], wanted: &DecodeOptions) -> Result<Header, PictureError> {
    let mut decoder = Decoder::new_with_limits(Cursor::new(bytes), Limits { bytes: MEMORY });
    decoder.set_ignore_text_chunk(true);
    let info = decoder.read_header_info().map_err(damaged)?;
    let (width, height, interlaced) = (info.width, info.height, info.interlaced);
    wanted.check(width, height)?;

    let reader = decoder.read_info().map_err(damaged)?;
    let info = reader.info();
    check_palette(info)?;
    let orientation = info.exif_metadata.as_ref().map(|exif| Orientation::from_exif(exif)).unwrap_or_default();
    let colors = colors(info);
    let deep = info.bit_depth == BitDepth::Sixteen && colors.as_ref().is_some_and(ColorSpace::wants_depth);
    Ok(Header { width, height, interlaced, orientation, colors, deep })
}

/// The first of the chunks for it that says something usable (PNG, third edition, section 4.3).
fn colors(info: &Info) -> Option<ColorSpace> {
    let grey = matches!(info.color_type, ColorType::Grayscale | ColorType::GrayscaleAlpha);
    let by_code_points = || {
        let points = info.coding_independent_code_points.filter(|points| points.is_video_full_range_image)?;
        ColorSpace::from_code_points(points.color_primaries, points.transfer_function, peak(info))
    };
    let by_profile = || ColorSpace::from_icc(info.icc_profile.as_ref()?, grey);
    let by_gamma = || {
        let gamma = info.gama_chunk.map(|gamma| gamma.into_value());
        let chromaticities = info
            .chrm_chunk
            .map(|chrm| [chrm.white, chrm.red, chrm.green, chrm.blue].map(|(x, y)| (x.into_value(), y.into_value())));
        ColorSpace::from_gamma(gamma, chromaticities).filter(|_| info.srgb.is_none())
    };
    by_code_points().or_else(by_profile).or_else(by_gamma)
}

/// The brightest light in cd/m²: the picture's own, or that of the screen it was made on.
fn peak(info: &Info) -> Option<f32> {
    const UNIT: f32 = 0.0001;
    let own = info.content_light_level.map(|level| level.max_content_light_level).filter(|&level| level > 0);
    let screen = info.mastering_display_color_volume.map(|volume| volume.max_luminance);
    own.or(screen).map(|level| level as f32 * UNIT)
}

/// The pixels, if one of the two checksums is right for them: programs in the wild write wrong ones, of either kind.
fn checked_pixels(bytes: &[u8], header: &Header, wanted: &DecodeOptions) -> Result<(Raster, u32), PictureError> {
    pixels(bytes, header, Checksum::Stream, wanted).or_else(|problem| match problem {
        PictureError::Damaged => pixels(bytes, header, Checksum::Chunks, wanted),
        problem => Err(problem),
    })
}

/// The pixels, in the file's colours unless they are deep, and by how much they shrank.
fn pixels(
    bytes: &[u8],
    header: &Header,
    checksum: Checksum,
    wanted: &DecodeOptions,
) -> Result<(Raster, u32), PictureError> {
    let mut options = PngOptions::default();
    options.set_ignore_crc(checksum == Checksum::Stream);
    options.set_ignore_adler32(checksum == Checksum::Chunks);
    options.set_ignore_text_chunk(true);
    options.set_ignore_iccp_chunk(true);
    let &Header { width, height, interlaced, deep, .. } = header;
    let mut decoder = Decoder::new_with_options(Cursor::new(bytes), options);
    decoder.set_limits(Limits { bytes: MEMORY });
    decoder.set_transformations(match deep {
        true => Transformations::EXPAND,
        false => Transformations::normalize_to_color8(),
    });
    let mut reader = decoder.read_info().map_err(damaged)?;
    check_palette(reader.info())?;
    let (color, depth) = reader.output_color_type();
    let channels = match color {
        ColorType::Grayscale | ColorType::Rgb => Channels::Rgb,
        _ => Channels::Rgba,
    };
    let to_srgb = header.colors.as_ref().filter(|_| deep).map(|colors| colors.deep(channels));
    if depth != if deep { BitDepth::Sixteen } else { BitDepth::Eight } {
        return Err(PictureError::Damaged);
    }
    // Interlaced, all sums are held at once, so there the picture shrinks as far as it may.
    let (mut shrink, by) = if interlaced {
        let by = wanted.shrink(width, height, 1536, 1.0);
        let sums = |by| Shrink::scattered_sums(width, height, by);
        let by = within_memory(by, (width, height), channels, sums);
        (Shrink::scattered(width, height, by, channels), by)
    } else {
        let by = wanted.average(width, height, channels);
        let by = within_memory(by, (width, height), channels, |_| 0);
        (Shrink::rows(width, height, by, channels), by)
    };
    for place in order(width, height, interlaced) {
        read_row(&mut reader, color, to_srgb.as_ref(), &mut shrink, place)?;
        shrink.end_row(place[0]);
        wanted.check_cancelled()?;
    }
    if checksum == Checksum::Chunks {
        // The last chunk's comes after the last row.
        reader.next_interlaced_row().map_err(damaged)?;
    }
    Ok((shrink.finish(), by))
}

fn read_row(
    reader: &mut Reader<Cursor<&[u8]>>,
    color: ColorType,
    to_srgb: Option<&DeepRow>,
    shrink: &mut Shrink,
    place: [u32; 3],
) -> Result<(), PictureError> {
    let row = reader.next_interlaced_row().map_err(damaged)?.ok_or(PictureError::Damaged)?;
    let Some(to_srgb) = to_srgb else {
        take(shrink, color, row.data(), place);
        return Ok(());
    };
    let values = row.data().as_chunks::<2>().0.iter().map(|value| u16::from_be_bytes(*value));
    // Greys three times over: as colours.
    match color {
        ColorType::Grayscale => {
            let values: Vec<u16> = values.flat_map(|grey| [grey; 3]).collect();
            take(shrink, ColorType::Rgb, &to_srgb(&values), place);
        }
        ColorType::GrayscaleAlpha => {
            let values: Vec<u16> = values.collect();
            let pixels = values.as_chunks::<2>().0.iter();
            let values: Vec<u16> = pixels.flat_map(|&[grey, alpha]| [grey, grey, grey, alpha]).collect();
            take(shrink, ColorType::Rgba, &to_srgb(&values), place);
        }
        color => take(shrink, color, &to_srgb(&values.collect::<Vec<u16>>()), place),
    }
    Ok(())
}

/// One to 256 colours of three bytes (PNG, third edition, section 11.2.2): `png` panics when it looks up in any other.
fn check_palette(info: &Info) -> Result<(), PictureError> {
    let bytes = info.palette.as_ref().map_or(0, |palette| palette.len());
    let whole = bytes.is_multiple_of(3) && (3..=3 * 256).contains(&bytes);
    if info.color_type == ColorType::Indexed && !whole { Err(PictureError::Damaged) } else { Ok(()) }
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

fn damaged(error: DecodingError) -> PictureError {
    match error {
        DecodingError::LimitsExceeded => PictureError::TooComplex,
        _ => PictureError::Damaged,
    }
}
