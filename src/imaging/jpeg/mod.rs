//! JPEG, decoded straight to a half, a quarter or an eighth of its size where that is enough.
//!
//! Written for this one use, because what the pipeline needs is not to be had in one decoder of safe Rust:
//! colours at full resolution when brightness is halved, progressive files without the coefficients that
//! no user will look at (a hostile file would have 400 MB of them), a bound on the work that a file of a few
//! kilobytes can ask for, an end as soon as it is cancelled, and truncated files told from whole ones.

mod bits;
mod header;
mod idct;
mod output;
mod plane;
mod scan;
mod standard_tables;

use crate::error::PictureError;

use self::header::{Frame, Scan, State};
use self::plane::Plane;
use super::color::ColorSpace;
use super::decode::{DecodeOptions, Stored};
use super::orientation::Orientation;

/// Blocks that all scans together may visit: some three times what the common ten scans do at 64 megapixels.
const MAX_BLOCK_VISITS: u64 = 60_000_000;
/// Scans that a file may have. Encoders write ten or so.
const MAX_SCANS: usize = 300;
/// Bytes that planes, coefficients and pixels may take. Beyond it the picture is halved once more.
const MEMORY: u64 = 230 << 20;

/// Decodes a JPEG.
pub(super) fn decode(bytes: &[u8], wanted: &DecodeOptions) -> Result<Stored, PictureError> {
    let mut state = State::default();
    let mut picture: Option<Picture> = None;
    let mut rest = bytes;
    loop {
        let (marker, content, after) = header::segment(rest)?;
        rest = after;
        match (marker, &mut picture) {
            (0xC0..=0xC3 | 0xC5..=0xC7 | 0xC9..=0xCB | 0xCD..=0xCF, None) => {
                let frame = Frame::read(marker, content)?;
                wanted.check(frame.width, frame.height)?;
                picture = Some(Picture::new(frame, wanted)?);
            }
            (0xC0..=0xC3 | 0xC5..=0xC7 | 0xC9..=0xCB | 0xCD..=0xCF, Some(_)) => {
                return Err(PictureError::Damaged);
            }
            (0xDA, Some(picture)) => {
                rest = picture.scan(content, rest, &mut state, wanted)?;
                if picture.whole() {
                    break;
                }
            }
            (0xDA, None) => return Err(PictureError::Damaged),
            (0xD9, _) => break,
            _ => state.remember(marker, content)?,
        }
    }
    let icc = state.icc();
    let orientation = state.exif.map(Orientation::from_exif).unwrap_or_default();
    let picture = picture.ok_or(PictureError::Damaged)?;
    let (width, height, by) = (picture.frame.width, picture.frame.height, picture.by);
    let components = picture.frame.components.len();
    let raster = picture.finish(&state, icc.as_deref(), wanted)?;
    // A profile of inks has done its work by now.
    let icc = icc.filter(|_| components < 4);
    let colors = icc.and_then(|icc| ColorSpace::from_icc(&icc, components == 1));
    Ok(Stored { raster, width, height, by, orientation, colors })
}

struct Picture {
    frame: Frame,
    by: u32,
    planes: Vec<Plane>,
    /// Of each component, which coefficients are known to their last bit, by zigzag index; none before its first scan.
    known: Vec<Option<u64>>,
    scans: usize,
    visits: u64,
}

impl Picture {
    fn new(frame: Frame, wanted: &DecodeOptions) -> Result<Picture, PictureError> {
        let mut by = wanted.shrink(frame.width, frame.height, 1536, 1.0);
        while by < 8 && cost(&frame, by) > MEMORY {
            by *= 2;
        }
        if cost(&frame, by) > MEMORY {
            return Err(PictureError::TooComplex);
        }
        let known = vec![None; frame.components.len()];
        Ok(Picture { frame, by, planes: Vec::new(), known, scans: 0, visits: 0 })
    }

    fn scan<'a>(
        &mut self,
        content: &[u8],
        bytes: &'a [u8],
        state: &mut State,
        wanted: &DecodeOptions,
    ) -> Result<&'a [u8], PictureError> {
        let scan = Scan::read(content, &self.frame)?;
        self.scans += 1;
        self.visits += scan::visits(&self.frame, &scan);
        if self.scans > MAX_SCANS || self.visits > MAX_BLOCK_VISITS {
            return Err(PictureError::TooComplex);
        }
        if self.planes.is_empty() {
            let plane = |component| Plane::new(&self.frame, component, 8 / self.by);
            self.planes = self.frame.components.iter().map(plane).collect();
        }
        for &(component, ..) in &scan.parts {
            match self.known[component] {
                Some(_) if !self.frame.progressive => return Err(PictureError::Damaged),
                Some(_) => {}
                // The table that stands there when the component's first scan comes is its own for good.
                None => {
                    let table = state.quantization.get(self.frame.components[component].quantization);
                    let table = table.and_then(Option::as_ref).ok_or(PictureError::Damaged)?;
                    self.planes[component].quantize(table);
                }
            }
        }
        let rest = scan::read(bytes, &self.frame, &scan, state, &mut self.planes, wanted)?;
        for &(component, ..) in &scan.parts {
            *self.known[component].get_or_insert(0) |= scan.completes();
        }
        Ok(rest)
    }

    /// Whether nothing that comes later could add to the picture. A file may then end as it likes: what lacks its last
    /// marker lacks no pixel.
    fn whole(&self) -> bool {
        self.known.iter().all(|&known| known == Some(u64::MAX))
    }

    fn finish(
        mut self,
        state: &State,
        icc: Option<&[u8]>,
        wanted: &DecodeOptions,
    ) -> Result<super::raster::Raster, PictureError> {
        if self.known.contains(&None) {
            return Err(PictureError::Damaged);
        }
        if self.frame.progressive {
            for plane in &mut self.planes {
                for row in 0..plane.down {
                    plane.finish(row);
                    wanted.check_cancelled()?;
                }
            }
        }
        let size = (self.frame.width.div_ceil(self.by) as usize, self.frame.height.div_ceil(self.by) as usize);
        output::raster(&self.planes, &self.frame, state, size, icc, wanted)
    }
}

/// Bytes that decoding to 1 / `by` of the size takes.
fn cost(frame: &Frame, by: u32) -> u64 {
    let planes: u64 = frame.components.iter().map(|component| plane::cost(frame, component, 8 / by)).sum();
    let pixels = u64::from(frame.width.div_ceil(by)) * u64::from(frame.height.div_ceil(by));
    planes + pixels * if frame.components.len() == 4 { 7 } else { 3 }
}
