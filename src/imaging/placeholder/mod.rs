//! What is shown where there is no picture: initials, a pattern, a silhouette or nothing. Pure drawing, always
//! the same for the same input, on a ground that suits light pages and dark ones.

mod canvas;
mod color;
mod identicon;
mod letters;
mod silhouette;

use std::collections::HashMap;

use png::{BitDepth, ColorType, Compression, Encoder};

pub use color::oklch;

use self::canvas::Canvas;

/// The largest side that is drawn, in pixels.
pub const LARGEST: u16 = 512;

/// A picture that stands for one that is not there.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Placeholder {
    /// Letters on one of the eight hues.
    Initials {
        /// Capital letters and digits that the font has; see [`Placeholder::initials`].
        letters: String,
        /// 1 to 8.
        hue: u8,
    },
    /// A pattern.
    Identicon {
        /// What it is made from.
        digest: [u8; 32],
    },
    /// The silhouette of a person.
    Silhouette {
        /// 1 to 8, or of no colour.
        hue: Option<u8>,
    },
    /// Fully transparent.
    Blank,
}

impl Placeholder {
    /// Initials, or the silhouette where the font lacks a letter or there is none.
    pub fn initials(letters: String, hue: u8) -> Placeholder {
        if letters::can_write(&letters) {
            Placeholder::Initials { letters, hue }
        } else {
            Placeholder::Silhouette { hue: Some(hue) }
        }
    }

    /// A PNG of `side` by `side` pixels, but not more than [`LARGEST`].
    pub fn draw(&self, side: u16) -> Vec<u8> {
        let side = side.clamp(1, LARGEST);
        match self {
            Placeholder::Initials { letters, hue } => opaque(&letters::draw(letters, *hue, side), side),
            Placeholder::Identicon { digest } => opaque(&identicon::draw(digest, side), side),
            Placeholder::Silhouette { hue } => {
                let palette = hue.map_or_else(color::of_stone, color::of_hue);
                opaque(&silhouette::draw(&palette, side), side)
            }
            Placeholder::Blank => blank(side),
        }
    }
}

fn opaque(canvas: &Canvas, side: u16) -> Vec<u8> {
    match indexed(canvas.pixels()) {
        Some((indexes, palette)) => png(side, &indexes, |encoder| {
            encoder.set_color(ColorType::Indexed);
            encoder.set_palette(palette.concat());
        }),
        None => png(side, canvas.pixels(), |encoder| encoder.set_color(ColorType::Rgb)),
    }
}

/// The pixels as places in a palette, where one is large enough: a third of the bytes to compress.
fn indexed(pixels: &[u8]) -> Option<(Vec<u8>, Vec<[u8; 3]>)> {
    let (pixels, _) = pixels.as_chunks::<3>();
    let mut palette: Vec<[u8; 3]> = Vec::new();
    let mut places = HashMap::new();
    let mut last = None;
    let mut indexes = Vec::with_capacity(pixels.len());
    for &color in pixels {
        // Most pixels are like the one before.
        let index = match last {
            Some((known, index)) if known == color => index,
            _ => *places.entry(color).or_insert_with(|| {
                palette.push(color);
                palette.len() - 1
            }),
        };
        last = Some((color, index));
        indexes.push(u8::try_from(index).ok()?);
    }
    Some((indexes, palette))
}

/// One bit a pixel, and the only colour is transparent.
fn blank(side: u16) -> Vec<u8> {
    let pixels = vec![0; usize::from(side).div_ceil(8) * usize::from(side)];
    png(side, &pixels, |encoder| {
        encoder.set_color(ColorType::Indexed);
        encoder.set_depth(BitDepth::One);
        encoder.set_palette(&[0, 0, 0][..]);
        encoder.set_trns(&[0][..]);
    })
}

fn png(side: u16, pixels: &[u8], set: impl FnOnce(&mut Encoder<'_, &mut Vec<u8>>)) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, u32::from(side), u32::from(side));
    set(&mut encoder);
    encoder.set_compression(Compression::Balanced);
    #[expect(clippy::expect_used, reason = "memory does not fail to be written to, and the sizes are our own")]
    encoder.write_header().and_then(|mut writer| writer.write_image_data(pixels)).expect("a PNG is written to memory");
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds() -> Vec<Placeholder> {
        vec![
            Placeholder::initials("AL".to_owned(), 1),
            Placeholder::initials("AL".to_owned(), 2),
            Placeholder::Identicon { digest: [1; 32] },
            Placeholder::Identicon { digest: [2; 32] },
            Placeholder::Silhouette { hue: None },
            Placeholder::Silhouette { hue: Some(1) },
            Placeholder::Blank,
        ]
    }

    fn pixels(png: &[u8]) -> (u32, Vec<[u8; 4]>) {
        let picture = image::load_from_memory(png).unwrap().into_rgba8();
        assert_eq!(picture.width(), picture.height());
        (picture.width(), picture.pixels().map(|pixel| pixel.0).collect())
    }

    #[test]
    fn every_side_up_to_the_largest_is_drawn_exactly() {
        for placeholder in kinds() {
            for (asked, side) in [(0, 1), (1, 1), (2, 2), (47, 47), (80, 80), (513, 512), (u16::MAX, 512)] {
                assert_eq!(pixels(&placeholder.draw(asked)).0, side, "{placeholder:?}");
            }
        }
    }

    #[test]
    fn the_same_is_drawn_the_same_and_another_otherwise() {
        let drawn: Vec<_> = kinds().iter().map(|placeholder| placeholder.draw(64)).collect();
        assert_eq!(drawn, kinds().iter().map(|placeholder| placeholder.draw(64)).collect::<Vec<_>>());
        for (index, one) in drawn.iter().enumerate() {
            assert!(!drawn[index + 1..].contains(one), "{index}");
        }
    }

    #[test]
    fn an_identicon_is_its_own_mirror_in_even_and_odd_sizes() {
        for seed in 0..40 {
            let digest = std::array::from_fn(|index| (seed * 31 + index * 17) as u8);
            for side in [48, 63] {
                let (width, pixels) = pixels(&Placeholder::Identicon { digest }.draw(side));
                for row in pixels.chunks(width as usize) {
                    let near = |(one, other): (&[u8; 4], &[u8; 4])| {
                        one.iter().zip(other).all(|(one, other)| one.abs_diff(*other) <= 12)
                    };
                    assert!(row.iter().zip(row.iter().rev()).all(near), "{seed} {side}");
                }
            }
        }
    }

    #[test]
    fn letters_that_the_font_lacks_leave_a_silhouette_on_the_same_hue() {
        for letters in ["", "李", "A李"] {
            assert_eq!(Placeholder::initials(letters.to_owned(), 3), Placeholder::Silhouette { hue: Some(3) });
        }
    }
}
