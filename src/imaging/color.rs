//! Colours to sRGB where a file says that they are something else.

use moxcms::{
    Chromaticity, CicpColorPrimaries, CicpProfile, ColorPrimaries, ColorProfile, DataColorSpace, Layout,
    MatrixCoefficients, ToneReprCurve, TransferCharacteristics, TransformOptions,
};

use super::raster::{Channels, Raster};
use super::tone_map::ToneMap;

/// What the values of a file's pixels stand for.
pub(super) enum ColorSpace {
    /// Colours, or greys, no brighter than white.
    Profile(Box<ColorProfile>),
    /// Colours of which some are brighter than white.
    HighRange(ToneMap),
}

/// Where white, red, green and blue lie, as x and y of CIE 1931.
pub(super) type Chromaticities = [(f32, f32); 4];

/// Converts a row of 16 bits a channel to 8 bits of sRGB.
pub(super) type DeepRow<'a> = Box<dyn Fn(&[u16]) -> Vec<u8> + 'a>;

impl ColorSpace {
    /// The space of an ICC profile; none where the profile is broken, or where it is one of other colours than the
    /// pixels' and so cannot be theirs (ICC.1, section 7.2.6): the pixels are what the picture is, the profile is a
    /// note to it. Grey pixels are taken for colours, too.
    pub(super) fn from_icc(icc: &[u8], grey: bool) -> Option<ColorSpace> {
        let profile = ColorProfile::new_from_slice(icc).ok()?;
        match profile.color_space {
            DataColorSpace::Rgb => Some(ColorSpace::Profile(Box::new(profile))),
            DataColorSpace::Gray if grey => Some(ColorSpace::Profile(Box::new(profile))),
            _ => None,
        }
    }

    /// The space of two code points (ITU-T H.273); none where either is reserved or says nothing. `peak` is the
    /// brightest light, in cd/m², of a picture with some brighter than white.
    pub(super) fn from_code_points(primaries: u8, transfer: u8, peak: Option<f32>) -> Option<ColorSpace> {
        let points = CicpProfile {
            color_primaries: CicpColorPrimaries::try_from(primaries).ok()?,
            transfer_characteristics: TransferCharacteristics::try_from(transfer).ok()?,
            matrix_coefficients: MatrixCoefficients::Identity,
            full_range: true,
        };
        ColorPrimaries::try_from(points.color_primaries).ok()?;
        ToneReprCurve::try_from(points.transfer_characteristics).ok()?;
        let transfer = points.transfer_characteristics;
        let profile = ColorProfile::new_from_cicp(points);
        Some(match ToneMap::new(transfer, &profile, peak) {
            Some(tones) => ColorSpace::HighRange(tones),
            None => ColorSpace::Profile(Box::new(profile)),
        })
    }

    /// The space of a gamma, the power of light that a value is, and of primaries. What is missing or makes no sense is
    /// sRGB's; none where both are.
    pub(super) fn from_gamma(gamma: Option<f32>, chromaticities: Option<Chromaticities>) -> Option<ColorSpace> {
        let gamma = gamma.filter(|gamma| (0.01..=100.0).contains(gamma));
        let chromaticities = chromaticities.and_then(primaries);
        if gamma.is_none() && chromaticities.is_none() {
            return None;
        }
        let mut profile = ColorProfile::new_srgb();
        // Else its transfer function would go before what is set here.
        profile.cicp = None;
        if let Some((white, primaries)) = chromaticities {
            profile.update_rgb_colorimetry(white.to_xyyb(), primaries);
        }
        if let Some(gamma) = gamma {
            let curve = Some(ToneReprCurve::Parametric(vec![1.0 / gamma]));
            (profile.red_trc, profile.green_trc, profile.blue_trc) = (curve.clone(), curve.clone(), curve);
        }
        Some(ColorSpace::Profile(Box::new(profile)))
    }

    /// Whether 16 bits a channel are better converted as they are. In 8, what is dark of a space without much of a
    /// curve is lost already; but sRGB's colours, and greys by a profile of their own, lose nothing.
    pub(super) fn wants_depth(&self) -> bool {
        match self {
            ColorSpace::HighRange(_) => true,
            ColorSpace::Profile(profile) => profile.color_space == DataColorSpace::Rgb && !is_srgb(profile),
        }
    }

    /// What converts rows of 16 bits a channel.
    pub(super) fn deep(&self, channels: Channels) -> DeepRow<'_> {
        match self {
            ColorSpace::HighRange(tones) => {
                let light = tones.light(1 << 16);
                Box::new(move |row| {
                    let mut out = Vec::with_capacity(row.len());
                    for pixel in row.chunks_exact(channels.count()) {
                        out.extend(tones.map([pixel[0], pixel[1], pixel[2]].map(|value| light[usize::from(value)])));
                        out.extend(pixel.get(3).copied().map(to_byte));
                    }
                    out
                })
            }
            ColorSpace::Profile(profile) => {
                let layout = layout(channels);
                let (srgb, options) = (ColorProfile::new_srgb(), TransformOptions::default());
                let transform = profile.create_transform_16bit(layout, &srgb, layout, options).ok();
                Box::new(move |row| {
                    let mut out = vec![0; row.len()];
                    let is_converted = transform.as_ref().is_some_and(|by| by.transform(row, &mut out).is_ok());
                    let values = if is_converted { out.as_slice() } else { row };
                    values.iter().copied().map(to_byte).collect()
                })
            }
        }
    }
}

/// The picture in sRGB.
pub(super) fn to_srgb(mut raster: Raster, space: Option<ColorSpace>) -> Raster {
    match space {
        Some(ColorSpace::Profile(profile)) if !is_srgb(&profile) => {
            // What no conversion can be made of is left as it is.
            let _ = convert(&mut raster, &profile);
        }
        Some(ColorSpace::HighRange(tones)) => {
            let light = tones.light(1 << 8);
            for pixel in raster.pixels.chunks_exact_mut(raster.channels.count()) {
                let mapped = tones.map([pixel[0], pixel[1], pixel[2]].map(|value| light[usize::from(value)]));
                pixel[..3].copy_from_slice(&mapped);
            }
        }
        _ => {}
    }
    raster
}

/// Ink amounts (0 none, 255 full) of cyan, magenta, yellow, black to sRGB, by the profile where it is one of inks.
pub(super) fn cmyk_to_srgb(inks: &[u8], icc: Option<&[u8]>) -> Vec<u8> {
    let by_profile = || {
        let profile = ColorProfile::new_from_slice(icc?).ok()?;
        if profile.color_space != DataColorSpace::Cmyk {
            return None;
        }
        let srgb = ColorProfile::new_srgb();
        // moxcms reads four inks in the layout of four channels.
        let transform =
            profile.create_transform_8bit(Layout::Rgba, &srgb, Layout::Rgb, TransformOptions::default()).ok()?;
        let mut pixels = vec![0; inks.len() / 4 * 3];
        transform.transform(inks, &mut pixels).ok()?;
        Some(pixels)
    };
    by_profile().unwrap_or_else(|| {
        let (inks, _) = inks.as_chunks::<4>();
        let left = |ink: u8, black: u8| ((u32::from(255 - ink) * u32::from(255 - black) + 127) / 255) as u8;
        inks.iter()
            .flat_map(|&[cyan, magenta, yellow, black]| [left(cyan, black), left(magenta, black), left(yellow, black)])
            .collect()
    })
}

/// Converts the pixels where they are, some at a time: a second picture beside a large one would be as large.
fn convert(raster: &mut Raster, profile: &ColorProfile) -> Option<()> {
    const MANY: usize = 16_384;
    let srgb = ColorProfile::new_srgb();
    let options = TransformOptions::default();
    let count = raster.channels.count();
    match profile.color_space {
        DataColorSpace::Rgb => {
            let layout = layout(raster.channels);
            let transform = profile.create_transform_8bit(layout, &srgb, layout, options).ok()?;
            let mut converted = vec![0; MANY * count];
            for pixels in raster.pixels.chunks_mut(MANY * count) {
                let converted = &mut converted[..pixels.len()];
                transform.transform(pixels, converted).ok()?;
                pixels.copy_from_slice(converted);
            }
        }
        DataColorSpace::Gray => {
            let transform = profile.create_transform_8bit(Layout::Gray, &srgb, Layout::Rgb, options).ok()?;
            let greys: Vec<u8> = (0..=255).collect();
            let mut curve = vec![0; 3 * 256];
            transform.transform(&greys, &mut curve).ok()?;
            for pixel in raster.pixels.chunks_exact_mut(count) {
                let at = usize::from(pixel[0]) * 3;
                pixel[..3].copy_from_slice(&curve[at..at + 3]);
            }
        }
        _ => return None,
    }
    Some(())
}

/// White and primaries, where they make a space: each in its place, and light of each in what is white.
fn primaries(chromaticities: Chromaticities) -> Option<(Chromaticity, ColorPrimaries)> {
    let [white, red, green, blue] = chromaticities.map(|(x, y)| Chromaticity { x, y });
    let primaries = ColorPrimaries { red, green, blue };
    let places = [white, red, green, blue].iter().all(|place| place.y > 0.0 && place.x + place.y <= 1.0);
    // Twice the triangle's area: of a line, moxcms makes a matrix as well.
    let area = (red.x - blue.x) * (green.y - blue.y) - (green.x - blue.x) * (red.y - blue.y);
    let matrix = primaries.transform_to_xyz_d(white);
    let finite = matrix.v.iter().flatten().all(|value| value.is_finite());
    let spans = area.abs() > 0.001;
    (places && spans && finite && matrix.v[1].iter().all(|&light| light > 0.0 && light < 1.0))
        .then_some((white, primaries))
}

fn layout(channels: Channels) -> Layout {
    match channels {
        Channels::Rgb => Layout::Rgb,
        Channels::Rgba => Layout::Rgba,
    }
}

fn to_byte(value: u16) -> u8 {
    ((u32::from(value) + 128) / 257) as u8
}

/// Whether the profile maps a spread of colours to themselves, near enough: most files that carry a profile
/// carry sRGB's, in one of its many spellings.
fn is_srgb(profile: &ColorProfile) -> bool {
    if profile.color_space != DataColorSpace::Rgb {
        return false;
    }
    // Curves of other spaces leave sRGB's the farthest in the dark.
    const LEVELS: [u8; 5] = [0, 12, 85, 170, 255];
    let pixels = LEVELS.iter().flat_map(|&red| LEVELS.map(|green| LEVELS.map(|blue| [red, green, blue])).concat());
    let samples = Raster { width: 125, height: 1, channels: Channels::Rgb, pixels: pixels.flatten().collect() };
    let mut same = samples.clone();
    convert(&mut same, profile).is_some() && same.pixels.iter().zip(&samples.pixels).all(|(a, b)| a.abs_diff(*b) <= 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn converted(space: Option<ColorSpace>, color: [u8; 3]) -> [u8; 3] {
        let raster = Raster { width: 1, height: 1, channels: Channels::Rgb, pixels: color.to_vec() };
        let pixels = to_srgb(raster, space).pixels;
        [pixels[0], pixels[1], pixels[2]]
    }

    /// sRGB's value of this light, 0 to 1.
    fn srgb(light: f64) -> u8 {
        let encoded = if light <= 0.0031308 { light * 12.92 } else { 1.055 * light.powf(1.0 / 2.4) - 0.055 };
        (encoded.clamp(0.0, 1.0) * 255.0).round() as u8
    }

    #[test]
    fn a_gamma_is_undone_by_its_formula() {
        for gamma in [1.0, 1.0 / 1.8, 1.0 / 2.2, 0.2, 1.6] {
            for value in [0u8, 1, 5, 16, 70, 128, 200, 255] {
                let wanted = srgb((f64::from(value) / 255.0).powf(1.0 / f64::from(gamma)));
                let found = converted(ColorSpace::from_gamma(Some(gamma), None), [value; 3]);
                assert!(found.iter().all(|found| found.abs_diff(wanted) <= 2), "{gamma} {value}: {found:?} {wanted}");
            }
        }
    }

    #[test]
    fn sixteen_bits_keep_what_is_dark() {
        let space = ColorSpace::from_gamma(Some(1.0), None).unwrap();
        let row = space.deep(Channels::Rgba);
        for value in [30u16, 100, 300, 1000, 20_000] {
            let found = row(&[value, value, value, 0x8000]);
            assert!(found[0].abs_diff(srgb(f64::from(value) / 65_535.0)) <= 1, "{value}: {found:?}");
            assert_eq!(found[3], 128);
        }
    }

    #[test]
    fn primaries_that_make_no_space_are_left_aside() {
        let p3 = [(0.3127, 0.329), (0.68, 0.32), (0.265, 0.69), (0.15, 0.06)];
        assert!(ColorSpace::from_gamma(None, Some(p3)).is_some());
        for broken in [
            [(0.0, 0.0); 4],
            [(0.3, 0.3); 4],
            [p3[0], p3[1], p3[1], p3[3]],
            [(0.9, 0.05), p3[1], p3[2], p3[3]],
            [p3[0], (f32::NAN, 0.3), p3[2], p3[3]],
            [p3[0], (40_000.0, 20_000.0), p3[2], p3[3]],
            [p3[0], p3[3], p3[2], (0.1, 0.0)],
        ] {
            assert!(ColorSpace::from_gamma(None, Some(broken)).is_none(), "{broken:?}");
            assert!(ColorSpace::from_gamma(Some(0.0), Some(broken)).is_none(), "{broken:?}");
        }
    }

    #[test]
    fn code_points_that_say_nothing_are_no_space() {
        for (primaries, transfer) in [(0, 13), (2, 13), (12, 0), (12, 2), (255, 255), (23, 16)] {
            assert!(ColorSpace::from_code_points(primaries, transfer, None).is_none(), "{primaries} {transfer}");
        }
        assert_eq!(converted(ColorSpace::from_code_points(1, 13, None), [10, 100, 200]), [10, 100, 200]);
    }

    #[test]
    fn the_same_colours_come_of_a_profile_of_code_points_and_of_primaries() {
        let icc = ColorProfile::new_display_p3().encode().unwrap();
        let p3 = [(0.3127, 0.329), (0.68, 0.32), (0.265, 0.69), (0.15, 0.06)];
        for color in [[200, 100, 50], [30, 90, 140], [240, 240, 10], [9, 9, 9]] {
            let by_icc = converted(ColorSpace::from_icc(&icc, false), color);
            for space in [ColorSpace::from_code_points(12, 13, None), ColorSpace::from_gamma(None, Some(p3))] {
                let found = converted(space, color);
                assert!(found.iter().zip(by_icc).all(|(a, b)| a.abs_diff(b) <= 2), "{color:?}: {found:?} {by_icc:?}");
            }
        }
    }
}
