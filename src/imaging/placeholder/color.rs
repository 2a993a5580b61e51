//! Colours as the style sheet writes them.

use super::canvas::Color;

/// `oklch(lightness chroma hue)` in sRGB, as CSS Color 4 §9.4 defines it; hue in degrees.
pub fn oklch(lightness: f32, chroma: f32, hue: f32) -> Color {
    let (sin, cos) = hue.to_radians().sin_cos();
    let (a, b) = (chroma * cos, chroma * sin);
    let long = (lightness + 0.396_337_78 * a + 0.215_803_76 * b).powi(3);
    let middle = (lightness - 0.105_561_346 * a - 0.063_854_17 * b).powi(3);
    let short = (lightness - 0.089_484_18 * a - 1.291_485_5 * b).powi(3);
    [
        4.076_741_7 * long - 3.307_711_6 * middle + 0.230_969_94 * short,
        -1.268_438 * long + 2.609_757_4 * middle - 0.341_319_4 * short,
        -0.004_196_086 * long - 0.703_418_6 * middle + 1.707_614_7 * short,
    ]
    .map(|srgb_transfer| {
        let srgb_transfer = srgb_transfer.clamp(0.0, 1.0);
        let value = if srgb_transfer <= 0.003_130_8 {
            12.92 * srgb_transfer
        } else {
            1.055 * srgb_transfer.powf(1.0 / 2.4) - 0.055
        };
        (value * 255.0 + 0.5) as u8
    })
}

/// Ground and figure, with enough contrast for letters, and a ground that stands out from a white page and
/// from a dark one.
pub(super) struct Palette {
    pub(super) ground: Color,
    pub(super) figure: Color,
}

/// One of the eight hues of the style sheet's `.h1` to `.h8`.
pub(super) fn of_hue(hue: u8) -> Palette {
    const DEGREES: [f32; 8] = [25.0, 65.0, 110.0, 155.0, 200.0, 250.0, 295.0, 340.0];
    let degrees = DEGREES[usize::from(hue.wrapping_sub(1)) % DEGREES.len()];
    Palette { ground: oklch(0.5, 0.075, degrees), figure: oklch(0.965, 0.018, degrees) }
}

/// The stone of the pages, for no account in particular.
pub(super) fn of_stone() -> Palette {
    Palette { ground: oklch(0.62, 0.014, 80.0), figure: oklch(0.945, 0.008, 83.0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn oklch_is_what_browsers_make_of_it() {
        assert_eq!(oklch(1.0, 0.0, 0.0), [255, 255, 255]);
        assert_eq!(oklch(0.0, 0.0, 0.0), [0, 0, 0]);
        assert_eq!(oklch(0.627_955, 0.257_683, 29.233_88), [255, 0, 0]);
        assert_eq!(oklch(0.519_752, 0.176_858, 142.495_4), [0, 128, 0]);
    }

    #[test]
    fn letters_keep_a_contrast_of_4_5_on_every_hue() {
        let srgb_transfer = |value: u8| {
            let value = f32::from(value) / 255.0;
            if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        let luminance =
            |[r, g, b]: Color| 0.2126 * srgb_transfer(r) + 0.7152 * srgb_transfer(g) + 0.0722 * srgb_transfer(b);
        for hue in 1..=8 {
            let Palette { ground, figure } = of_hue(hue);
            let contrast = (luminance(figure) + 0.05) / (luminance(ground) + 0.05);
            assert!(contrast >= 4.5, "h{hue}: {contrast}");
        }
    }
}
