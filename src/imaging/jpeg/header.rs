//! The segments of a JPEG file (ITU-T T.81, annex B) and the notes that other standards put in them.

use crate::error::PictureError;

use super::bits::{HuffmanTable, next_marker};
use super::standard_tables::standard_tables;

/// One component of the picture: a brightness, a colour difference, an ink.
#[derive(Clone, Copy, Debug)]
pub(super) struct Component {
    /// What scans call it by. Wider than in the file, for names that had to be made up.
    pub(super) name: u16,
    /// Blocks across and down in each unit of the picture.
    pub(super) across: u32,
    pub(super) down: u32,
    pub(super) quantization: usize,
}

/// What the frame header says.
#[derive(Clone, Debug)]
pub(super) struct Frame {
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) progressive: bool,
    pub(super) components: Vec<Component>,
}

/// What a scan header says.
pub(super) struct Scan {
    /// Index of the component, and of its DC and AC tables.
    pub(super) parts: Vec<(usize, usize, usize)>,
    /// The first and last coefficient in it.
    pub(super) first: usize,
    pub(super) last: usize,
    /// The bit of them that an earlier scan stopped at (0: none), and that this one stops at.
    pub(super) high: u32,
    pub(super) low: u32,
}

/// Everything read so far that later segments refer to.
pub(super) struct State<'a> {
    pub(super) quantization: [Option<[u16; 64]>; 4],
    pub(super) tables: [[Table<'a>; 4]; 2],
    pub(super) restart: u32,
    pub(super) exif: Option<&'a [u8]>,
    /// Adobe's colour transform.
    pub(super) adobe: Option<u8>,
    pub(super) jfif: bool,
    profile: Vec<(u8, u8, &'a [u8])>,
}

/// A Huffman table, not made before a scan uses it, or a file could have hundreds of thousands made.
#[derive(Default)]
pub(super) enum Table<'a> {
    #[default]
    None,
    Written(&'a [u8; 16], &'a [u8]),
    Made(HuffmanTable),
}

impl Table<'_> {
    pub(super) fn make(&mut self) -> Result<(), PictureError> {
        if let Table::Written(counts, values) = self {
            *self = Table::Made(HuffmanTable::new(counts, values)?);
        }
        Ok(())
    }

    pub(super) fn codes(&self) -> Result<&HuffmanTable, PictureError> {
        match self {
            Table::Made(codes) => Ok(codes),
            _ => Err(PictureError::Damaged),
        }
    }
}

/// The next marker's code, the content of its segment, and what comes after.
pub(super) fn segment(bytes: &[u8]) -> Result<(u8, &[u8], &[u8]), PictureError> {
    let [0xFF, marker, rest @ ..] = next_marker(bytes) else {
        return Err(PictureError::Damaged);
    };
    let marker = *marker;
    // Markers that stand alone.
    if matches!(marker, 0x01 | 0xD0..=0xD9) {
        return Ok((marker, &[], rest));
    }
    let (length, _) = rest.split_first_chunk::<2>().ok_or(PictureError::Damaged)?;
    let length = usize::from(u16::from_be_bytes(*length));
    if length < 2 || length > rest.len() {
        return Err(PictureError::Damaged);
    }
    Ok((marker, &rest[2..length], &rest[length..]))
}

impl Default for State<'_> {
    fn default() -> Self {
        State {
            quantization: [None; 4],
            tables: standard_tables(),
            restart: 0,
            exif: None,
            adobe: None,
            jfif: false,
            profile: Vec::new(),
        }
    }
}

impl<'a> State<'a> {
    /// Remembers what a segment other than a frame's or a scan's says.
    pub(super) fn remember(&mut self, marker: u8, content: &'a [u8]) -> Result<(), PictureError> {
        match marker {
            0xC4 => self.huffman(content)?,
            0xDB => self.quantization(content)?,
            0xDD => self.restart = content.first_chunk::<2>().map_or(0, |count| u32::from(u16::from_be_bytes(*count))),
            0xE0 => self.jfif |= content.starts_with(b"JFIF\0"),
            0xE1 if content.starts_with(b"Exif\0") => self.exif = self.exif.or(Some(content)),
            0xE2 => {
                if let Some([number, count, part @ ..]) = content.strip_prefix(b"ICC_PROFILE\0") {
                    self.profile.push((*number, *count, part));
                }
            }
            0xEE if content.starts_with(b"Adobe") => self.adobe = content.get(11).copied(),
            _ => {}
        }
        Ok(())
    }

    /// The colour profile, put together from its parts (ICC.1, annex B.4); none where one is missing.
    pub(super) fn icc(&mut self) -> Option<Vec<u8>> {
        self.profile.sort_by_key(|&(number, ..)| number);
        let whole = (1..).zip(&self.profile).all(|(expected, &(number, count, _))| {
            usize::from(number) == expected && usize::from(count) == self.profile.len()
        });
        (whole && !self.profile.is_empty())
            .then(|| self.profile.iter().flat_map(|(_, _, part)| *part).copied().collect())
    }

    fn huffman(&mut self, mut content: &'a [u8]) -> Result<(), PictureError> {
        while let Some((&place, rest)) = content.split_first() {
            let (counts, rest) = rest.split_first_chunk::<16>().ok_or(PictureError::Damaged)?;
            let total = counts.iter().map(|&count| usize::from(count)).sum();
            let (values, rest) = rest.split_at_checked(total).ok_or(PictureError::Damaged)?;
            let class = self.tables.get_mut(usize::from(place >> 4)).ok_or(PictureError::Damaged)?;
            *class.get_mut(usize::from(place & 15)).ok_or(PictureError::Damaged)? = Table::Written(counts, values);
            content = rest;
        }
        Ok(())
    }

    fn quantization(&mut self, mut content: &[u8]) -> Result<(), PictureError> {
        while let Some((&place, rest)) = content.split_first() {
            let wide = place >> 4 != 0;
            let (values, rest) = rest.split_at_checked(if wide { 128 } else { 64 }).ok_or(PictureError::Damaged)?;
            let table = std::array::from_fn(|index| match wide {
                true => u16::from_be_bytes([values[index * 2], values[index * 2 + 1]]),
                false => u16::from(values[index]),
            });
            *self.quantization.get_mut(usize::from(place & 15)).ok_or(PictureError::Damaged)? = Some(table);
            content = rest;
        }
        Ok(())
    }
}

/// The names of components in one header, made distinct: cameras give all three the same one. As libjpeg, a name that
/// was there before becomes the next after the highest, in the frame's header and in each scan's alike.
#[derive(Default)]
struct Names(Vec<u16>);

impl Names {
    fn distinct(&mut self, name: u8) -> u16 {
        let mut name = u16::from(name);
        if self.0.contains(&name) {
            name = self.0.iter().max().map_or(name, |highest| highest + 1);
        }
        self.0.push(name);
        name
    }
}

impl Frame {
    /// Reads a frame header, whose marker says how the picture is coded.
    pub(super) fn read(marker: u8, content: &[u8]) -> Result<Frame, PictureError> {
        let [precision, h1, h0, w1, w0, count, specifications @ ..] = content else {
            return Err(PictureError::Damaged);
        };
        // Lossless, hierarchical and arithmetic coding, and 12 bits: no browser shows them.
        if !matches!(marker, 0xC0..=0xC2) || *precision != 8 || !matches!(count, 1 | 3 | 4) {
            return Err(PictureError::Unsupported);
        }
        let (specifications, _) = specifications.as_chunks::<3>();
        let mut names = Names::default();
        let components: Vec<Component> = specifications
            .iter()
            .take(usize::from(*count))
            .map(|&[name, sampling, quantization]| Component {
                name: names.distinct(name),
                // A lone component's blocks come one by one, whatever it says (A.2.2).
                across: if *count == 1 { 1 } else { u32::from(sampling >> 4) },
                down: if *count == 1 { 1 } else { u32::from(sampling & 15) },
                quantization: usize::from(quantization),
            })
            .collect();
        let sane = |component: &Component| matches!(component.across, 1..=4) && matches!(component.down, 1..=4);
        if components.len() != usize::from(*count) || !components.iter().all(sane) {
            return Err(PictureError::Damaged);
        }
        let pair = |high: &u8, low: &u8| u32::from(*high) << 8 | u32::from(*low);
        Ok(Frame { width: pair(w1, w0), height: pair(h1, h0), progressive: marker == 0xC2, components })
    }

    /// The most blocks that a component has in a unit, across and down.
    pub(super) fn mcu(&self) -> (u32, u32) {
        let most = |of: fn(&Component) -> u32| self.components.iter().map(of).max().unwrap_or(1);
        (most(|component| component.across), most(|component| component.down))
    }
}

impl Scan {
    pub(super) fn read(content: &[u8], frame: &Frame) -> Result<Scan, PictureError> {
        let (&count, rest) = content.split_first().ok_or(PictureError::Damaged)?;
        let (parts, rest) = rest.split_at_checked(usize::from(count) * 2).ok_or(PictureError::Damaged)?;
        let [first, last, bits, ..] = *rest else {
            return Err(PictureError::Damaged);
        };
        let mut names = Names::default();
        let part = |&[name, tables]: &[u8; 2]| {
            let name = names.distinct(name);
            let component = frame.components.iter().position(|component| component.name == name)?;
            let (dc, ac) = (usize::from(tables >> 4), usize::from(tables & 15));
            (dc < 4 && ac < 4).then_some((component, dc, ac))
        };
        let parts: Option<Vec<_>> = parts.as_chunks::<2>().0.iter().map(part).collect();
        let parts = parts.ok_or(PictureError::Damaged)?;
        let in_order = parts.windows(2).all(|pair| pair[0].0 < pair[1].0);
        let scan = match frame.progressive {
            true => Scan {
                parts,
                first: usize::from(first),
                last: usize::from(last),
                high: u32::from(bits >> 4),
                low: u32::from(bits & 15),
            },
            false => Scan { parts, first: 0, last: 63, high: 0, low: 0 },
        };
        let refines = scan.high == 0 || scan.high == scan.low + 1;
        let alone = scan.first == 0 || scan.parts.len() == 1;
        let ordered =
            scan.first <= scan.last && scan.last < 64 && (!frame.progressive || scan.first > 0 || scan.last == 0);
        if !matches!(scan.parts.len(), 1..=4) || !in_order || !refines || !alone || !ordered || scan.low > 13 {
            return Err(PictureError::Damaged);
        }
        Ok(scan)
    }

    /// The coefficients that this scan brings to their last bit, by zigzag index.
    pub(super) fn completes(&self) -> u64 {
        if self.low == 0 { u64::MAX >> (63 - self.last) & u64::MAX << self.first } else { 0 }
    }
}
