//! From the components' planes to red, green and blue.

use crate::color;
use crate::decode::DecodeOptions;
use crate::error::PictureError;
use crate::raster::{Channels, Raster};

use super::header::{Frame, State};
use super::plane::Plane;

/// What the components are.
#[derive(Clone, Copy, PartialEq)]
enum Meaning {
    Grey,
    Rgb,
    /// Brightness and two colour differences (ITU-T T.871).
    Differences,
    Inks,
    /// As [`Meaning::Differences`], of inks, and black.
    InkDifferences,
}

/// The picture of these planes, `width` × `height` pixels.
pub(super) fn raster(
    planes: &[Plane],
    frame: &Frame,
    state: &State,
    (width, height): (usize, usize),
    icc: Option<&[u8]>,
    wanted: &DecodeOptions,
) -> Result<Raster, PictureError> {
    let meaning = meaning(frame, state);
    let count = if frame.components.len() == 4 { 4 } else { 3 };
    let mut pixels = vec![0; width * height * count];
    let mut rows: Vec<Row> = planes.iter().map(|plane| Row::new(plane, width, height)).collect();
    for (y, out) in pixels.chunks_exact_mut(width * count).enumerate() {
        let rows: Vec<&[u8]> = rows.iter_mut().zip(planes).map(|(row, plane)| row.at(plane, y, width)).collect();
        match (meaning, &rows[..]) {
            (Meaning::Differences, [luma, blue, red]) => differences(luma, blue, red, out),
            (_, [red, green, blue]) => interleave([red, green, blue], out),
            (_, [cyan, magenta, yellow, black]) => {
                for (index, pixel) in out.as_chunks_mut::<4>().0.iter_mut().enumerate() {
                    *pixel = [cyan[index], magenta[index], yellow[index], black[index]];
                }
            }
            (_, [grey, ..]) => interleave([grey, grey, grey], out),
            (_, []) => return Err(PictureError::Damaged),
        }
        wanted.check_cancelled()?;
    }
    if count == 4 {
        to_inks(&mut pixels, meaning);
        pixels = color::cmyk_to_srgb(&pixels, icc);
    }
    Ok(Raster { width: width as u32, height: height as u32, channels: Channels::Rgb, pixels })
}

/// As libjpeg decides it: by Adobe's note, JFIF's, or the components' names.
fn meaning(frame: &Frame, state: &State) -> Meaning {
    let names: Vec<u16> = frame.components.iter().map(|component| component.name).collect();
    match (names.len(), state.adobe) {
        (1, _) => Meaning::Grey,
        (4, Some(2)) => Meaning::InkDifferences,
        (4, _) => Meaning::Inks,
        (_, _) if state.jfif => Meaning::Differences,
        (_, Some(0)) => Meaning::Rgb,
        (_, None) if names == b"RGB".map(u16::from) => Meaning::Rgb,
        _ => Meaning::Differences,
    }
}

/// Makes 0 no ink and 255 full ink. Files have it the other way round: Adobe's programs began it, and browsers read
/// those without Adobe's note the same.
fn to_inks(pixels: &mut [u8], meaning: Meaning) {
    for pixel in pixels.as_chunks_mut::<4>().0 {
        if meaning == Meaning::InkDifferences {
            let [luma, blue, red, _] = *pixel;
            let mut rgb = [0; 3];
            differences(&[luma], &[blue], &[red], &mut rgb);
            pixel[..3].copy_from_slice(&rgb.map(|value| 255 - value));
        }
        *pixel = pixel.map(|value| 255 - value);
    }
}

fn interleave(rows: [&[u8]; 3], out: &mut [u8]) {
    for (index, pixel) in out.as_chunks_mut::<3>().0.iter_mut().enumerate() {
        *pixel = rows.map(|row| row[index]);
    }
}

fn differences(luma: &[u8], blue: &[u8], red: &[u8], out: &mut [u8]) {
    // Sixteen at a time, so that the arithmetic is done side by side.
    const MANY: usize = 16;
    let chunks = luma.chunks(MANY).zip(blue.chunks(MANY)).zip(red.chunks(MANY));
    for (((luma, blue), red), out) in chunks.zip(out.chunks_mut(MANY * 3)) {
        let mut rgb = [[0; MANY]; 3];
        if let (Some(luma), Some(blue), Some(red)) =
            (luma.first_chunk::<MANY>(), blue.first_chunk::<MANY>(), red.first_chunk::<MANY>())
        {
            for index in 0..MANY {
                let pixel = pixel(luma[index], blue[index], red[index]);
                rgb[0][index] = pixel[0];
                rgb[1][index] = pixel[1];
                rgb[2][index] = pixel[2];
            }
            let (out, _) = out.as_chunks_mut::<3>();
            for (index, out) in out.iter_mut().enumerate().take(MANY) {
                *out = [rgb[0][index], rgb[1][index], rgb[2][index]];
            }
        } else {
            for (index, out) in out.as_chunks_mut::<3>().0.iter_mut().enumerate() {
                *out = pixel(luma[index], blue[index], red[index]);
            }
        }
    }
}

#[inline(always)]
fn pixel(luma: u8, blue: u8, red: u8) -> [u8; 3] {
    let luma = (i32::from(luma) << 14) + (1 << 13);
    let (blue, red) = (i32::from(i16::from(blue) - 128), i32::from(i16::from(red) - 128));
    [luma + red * 22_970, luma - blue * 5_638 - red * 11_700, luma + blue * 29_032]
        .map(|value| (value >> 14).clamp(0, 255) as u8)
}

/// A row of a plane, brought to the picture's width.
struct Row {
    /// How many of the plane's pixels make `of` of the picture's, across and down.
    across: (usize, usize),
    down: (usize, usize),
    blend: Vec<u16>,
    out: Vec<u8>,
}

impl Row {
    fn new(plane: &Plane, width: usize, height: usize) -> Row {
        Row { across: ratio(plane.width, width), down: ratio(plane.height, height), blend: Vec::new(), out: Vec::new() }
    }

    fn at<'a>(&'a mut self, plane: &'a Plane, y: usize, width: usize) -> &'a [u8] {
        let (own, of) = self.down;
        let middle = (y * own / of).min(plane.height - 1);
        let row = |index: usize| &plane.pixels[index * plane.stride..][..plane.width];
        if self.across == (1, 1) && of == own {
            return &row(middle)[..width];
        }
        // Halfway between two rows or pixels, three parts of the nearer and one of the other.
        let other = match (of == 2 * own, y % 2) {
            (false, _) => middle,
            (true, 0) => middle.saturating_sub(1),
            (true, _) => (middle + 1).min(plane.height - 1),
        };
        self.blend.clear();
        self.blend.extend(row(middle).iter().zip(row(other)).map(|(&near, &far)| 3 * u16::from(near) + u16::from(far)));
        self.out.clear();
        let last = plane.width - 1;
        let (own, of) = self.across;
        if of == 2 * own {
            let blend = &self.blend;
            self.out.extend((0..=last).flat_map(|x| {
                let (before, here, after) = (blend[x.saturating_sub(1)], 3 * blend[x], blend[(x + 1).min(last)]);
                [((here + before + 8) >> 4) as u8, ((here + after + 7) >> 4) as u8]
            }));
        } else {
            self.out.extend((0..width).map(|x| ((self.blend[(x * own / of).min(last)] + 2) >> 2) as u8));
        }
        &self.out[..width]
    }
}

/// The ratio that rounding up turned into these two lengths.
fn ratio(own: usize, of: usize) -> (usize, usize) {
    let fits = |&(a, b): &(usize, usize)| own.abs_diff((of * a).div_ceil(b)) == 0;
    [(1, 1), (1, 2), (1, 4), (1, 8)].into_iter().find(fits).unwrap_or((own, of))
}
