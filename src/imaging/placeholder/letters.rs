//! Initials.

use std::sync::LazyLock;

use ttf_parser::{Face, GlyphId};

use super::canvas::{Canvas, Shape};
use super::color;

/// Capital letters and digits of Latin, Cyrillic and Greek, from Noto Sans Bold: its licence stands beside it.
/// It was made so: pyftsubset NotoSans-Bold.ttf --no-hinting --layout-features='' --unicodes=…, of each letter
/// and digit from U+0030 to U+024F, U+0370 to U+052F, U+1E00 to U+1FFF, U+2C60 to U+2C7F and U+A720 to U+A7FF
/// what Unicode makes its upper case.
static FONT: &[u8] = include_bytes!("initials.ttf");

#[expect(clippy::expect_used, reason = "the font is part of the program, and a test reads it")]
static FACE: LazyLock<Face<'static>> = LazyLock::new(|| Face::parse(FONT, 0).expect("the embedded font is whole"));

/// Whether there is a letter, and the font has all of them.
pub(super) fn can_write(letters: &str) -> bool {
    !letters.is_empty() && letters.chars().all(|letter| FACE.glyph_index(letter).is_some())
}

/// The letters in the middle of a ground of this hue.
pub(super) fn draw(letters: &str, hue: u8, side: u16) -> Canvas {
    let palette = color::of_hue(hue);
    let mut canvas = Canvas::new(side, palette.ground);
    let line = Line::of(letters);
    if line.ink.is_empty() {
        return canvas;
    }
    let capital = f32::from(FACE.capital_height().unwrap_or(714));
    let height = if line.count == 1 { 0.42 } else { 0.34 };
    // Wide letters, and the three or more that an "ffi" turns into, get smaller rather than lost.
    let scale = (height / capital).min(0.7 / (line.ink.end - line.ink.start));
    let left = 0.5 - (line.ink.start + line.ink.end) / 2.0 * scale;
    // Centred by the height of capitals: an accent or a tail does not move its letter.
    let baseline = 0.5 + capital / 2.0 * scale;
    canvas.fill(&line.shape.map(|[x, y]| [left + x * scale, baseline - y * scale]), palette.figure);
    canvas
}

/// Letters side by side, in the font's units, y upwards.
struct Line {
    shape: Shape,
    count: usize,
    /// From the left edge of the first letter's ink to the right edge of the last one's.
    ink: std::ops::Range<f32>,
}

impl Line {
    fn of(letters: &str) -> Line {
        let mut line = Line { shape: Shape::default(), count: 0, ink: f32::MAX..f32::MIN };
        let mut pen = 0.0;
        for glyph in letters.chars().map(|letter| FACE.glyph_index(letter).unwrap_or(GlyphId(0))) {
            let mut shape = Shape::default();
            if let Some(bounds) = FACE.outline_glyph(glyph, &mut shape) {
                line.ink.start = line.ink.start.min(pen + f32::from(bounds.x_min));
                line.ink.end = line.ink.end.max(pen + f32::from(bounds.x_max));
            }
            line.shape.append(shape.map(|[x, y]| [pen + x, y]));
            pen += f32::from(FACE.glyph_hor_advance(glyph).unwrap_or_default());
            line.count += 1;
        }
        line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_font_writes_the_initials_of_three_scripts() {
        for letters in ["AL", "ÅŻ", "МЫ", "ЇҒ", "ΩΆ", "7", "FFI", "ẞ", "Ǆ"] {
            assert!(can_write(letters), "{letters}");
        }
        for letters in ["", "李", "عم", "A李"] {
            assert!(!can_write(letters), "{letters}");
        }
    }

    #[test]
    fn letters_stay_inside_the_picture() {
        for letters in ["W", "WW", "ЩЮ", "ỒǺ", "FFIFFI", "ǄǄ", "I"] {
            let canvas = draw(letters, 1, 96);
            let ground = color::of_hue(1).ground;
            let (pixels, _) = canvas.pixels().as_chunks::<3>();
            let (first, last) = (&pixels[..96], &pixels[96 * 95..]);
            assert!(first.iter().chain(last).all(|pixel| *pixel == ground), "{letters}");
            assert!(pixels.chunks(96).all(|row| row[0] == ground && row[95] == ground), "{letters}");
            assert!(pixels.iter().any(|pixel| *pixel != ground), "{letters}");
        }
    }
}
