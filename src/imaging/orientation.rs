//! The way up: read from EXIF or asked for by a person, applied to pixels.

use super::raster::Raster;
use crate::crop::Turn;

/// How stored pixels become upright ones: EXIF's 1 to 8.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Orientation {
    /// Rows and columns change places, before anything is mirrored.
    transposed: bool,
    mirrored_across: bool,
    mirrored_down: bool,
}

impl Orientation {
    /// The orientation in a TIFF structure as EXIF has it; upright when there is none or it makes no sense,
    /// since a camera's mistake in its notes is no reason to refuse the picture.
    pub(super) fn from_exif(exif: &[u8]) -> Orientation {
        // What follows the name and its end is padding, of any value.
        let tiff = match exif {
            [b'E', b'x', b'i', b'f', 0, _, tiff @ ..] => tiff,
            tiff => tiff,
        };
        let number = image::metadata::Orientation::from_exif_chunk(tiff).map_or(1, |orientation| orientation.to_exif());
        let (transposed, mirrored_across, mirrored_down) = match number {
            2 => (false, true, false),
            3 => (false, true, true),
            4 => (false, false, true),
            5 => (true, false, false),
            6 => (true, true, false),
            7 => (true, true, true),
            8 => (true, false, true),
            _ => (false, false, false),
        };
        Orientation { transposed, mirrored_across, mirrored_down }
    }

    /// Width and height once upright.
    pub(super) fn upright_size(self, width: u32, height: u32) -> (u32, u32) {
        if self.transposed { (height, width) } else { (width, height) }
    }

    /// The same picture, upright.
    pub(super) fn apply(self, raster: Raster) -> Raster {
        if self == Orientation::default() {
            return raster;
        }
        match raster.channels.count() {
            3 => self.turned::<3>(raster),
            _ => self.turned::<4>(raster),
        }
    }

    fn turned<const CHANNELS: usize>(self, raster: Raster) -> Raster {
        let (width, height) = self.upright_size(raster.width, raster.height);
        let (columns, rows) = (width as usize, height as usize);
        let (source, _) = raster.pixels.as_chunks::<CHANNELS>();
        let mut pixels = vec![0; raster.pixels.len()];
        let (target, _) = pixels.as_chunks_mut::<CHANNELS>();
        // Square tiles, so that reading columns and writing rows both stay within the processor's cache.
        const TILE: usize = 32;
        let stride = raster.width as usize;
        for top in (0..rows).step_by(TILE) {
            for left in (0..columns).step_by(TILE) {
                for y in top..rows.min(top + TILE) {
                    let from_y = if self.mirrored_down { rows - 1 - y } else { y };
                    for x in left..columns.min(left + TILE) {
                        let from_x = if self.mirrored_across { columns - 1 - x } else { x };
                        let at = if self.transposed { from_x * stride + from_y } else { from_y * stride + from_x };
                        target[y * columns + x] = source[at];
                    }
                }
            }
        }
        Raster { width, height, pixels, ..raster }
    }
}

impl From<Turn> for Orientation {
    /// What makes of an upright picture the turned one.
    fn from(turn: Turn) -> Orientation {
        let (transposed, mirrored_across, mirrored_down) = match (turn.degrees(), turn.is_mirrored()) {
            (90, false) => (true, true, false),
            (180, false) => (false, true, true),
            (270, false) => (true, false, true),
            (90, true) => (true, true, true),
            (180, true) => (false, false, true),
            (270, true) => (true, false, false),
            (_, mirrored) => (false, mirrored, false),
        };
        Orientation { transposed, mirrored_across, mirrored_down }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::raster::Channels;

    fn exif(number: u16, little: bool) -> Vec<u8> {
        let [short, long]: [fn(u32, bool) -> Vec<u8>; 2] = [
            |value, little| if little { (value as u16).to_le_bytes() } else { (value as u16).to_be_bytes() }.to_vec(),
            |value, little| if little { value.to_le_bytes() } else { value.to_be_bytes() }.to_vec(),
        ];
        let mut tiff = if little { b"II".to_vec() } else { b"MM".to_vec() };
        for part in [short(42, little), long(8, little), short(1, little), short(0x0112, little), short(3, little)] {
            tiff.extend(part);
        }
        tiff.extend(long(1, little));
        tiff.extend(short(u32::from(number), little));
        tiff.extend([0; 6]);
        tiff
    }

    /// Two wide and three high: the letters of the upright picture, row by row, as each orientation stores them.
    const STORED: [(u16, u32, &[u8; 6]); 8] = [
        (1, 2, b"abcdef"),
        (2, 2, b"badcfe"),
        (3, 2, b"fedcba"),
        (4, 2, b"efcdab"),
        (5, 3, b"acebdf"),
        (6, 3, b"bdface"),
        (7, 3, b"fdbeca"),
        (8, 3, b"ecafdb"),
    ];

    #[test]
    fn every_orientation_comes_out_upright() {
        for (number, width, stored) in STORED {
            for little in [false, true] {
                let pixels = stored.iter().flat_map(|&letter| [letter; 3]).collect();
                let raster = Raster { width, height: 6 / width, channels: Channels::Rgb, pixels };
                let upright = Orientation::from_exif(&exif(number, little)).apply(raster);
                let letters: Vec<u8> = upright.pixels.iter().step_by(3).copied().collect();
                assert_eq!((upright.width, upright.height, &letters[..]), (2, 3, &b"abcdef"[..]), "{number}");
            }
        }
    }

    #[test]
    fn the_name_before_the_notes_is_padded_with_anything() {
        for padding in [0, 1, 0x20, 0xFF] {
            let named = [&b"Exif\0"[..], &[padding], &exif(6, false)].concat();
            assert_eq!(Orientation::from_exif(&named), Orientation::from_exif(&exif(6, false)));
        }
        assert_ne!(Orientation::from_exif(&exif(6, false)), Orientation::default());
    }

    #[test]
    fn a_picture_is_mirrored_first_and_then_turned_clockwise() {
        for (degrees, mirrored, width, wanted) in [
            (0, false, 2, b"abcdef"),
            (90, false, 3, b"ecafdb"),
            (180, false, 2, b"fedcba"),
            (270, false, 3, b"bdface"),
            (0, true, 2, b"badcfe"),
            (90, true, 3, b"fdbeca"),
            (180, true, 2, b"efcdab"),
            (270, true, 3, b"acebdf"),
        ] {
            let pixels = b"abcdef".iter().flat_map(|&letter| [letter; 3]).collect();
            let raster = Raster { width: 2, height: 3, channels: Channels::Rgb, pixels };
            let turned = Orientation::from(Turn::new(degrees, mirrored)).apply(raster);
            let letters: Vec<u8> = turned.pixels.iter().step_by(3).copied().collect();
            assert_eq!((turned.width, &letters[..]), (width, &wanted[..]), "{degrees} {mirrored}");
        }
    }

    #[test]
    fn notes_that_make_no_sense_leave_the_picture_as_it_is() {
        let mut endless = exif(6, true);
        endless[4..8].copy_from_slice(&u32::MAX.to_le_bytes());
        for broken in [
            &b""[..],
            b"II*\0",
            b"Exif\0",
            b"Exif\0\xFF",
            b"Exif\0\0MM\0*\0\0",
            &endless,
            &exif(9, true),
            &exif(0, false),
        ] {
            assert_eq!(Orientation::from_exif(broken), Orientation::default());
        }
    }
}
