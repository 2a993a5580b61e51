//! Colours to sRGB where an ICC profile says that they are something else.

use moxcms::{ColorProfile, DataColorSpace, Layout, TransformOptions};

use super::raster::{Channels, Raster};

/// The picture in sRGB. A profile that is broken, or of another kind of colours, is left aside: the pixels
/// are what the picture is, the profile is a note to it.
pub(super) fn to_srgb(raster: Raster, icc: Option<&[u8]>) -> Raster {
    let Some(profile) = icc.and_then(|icc| ColorProfile::new_from_slice(icc).ok()) else {
        return raster;
    };
    if is_srgb(&profile) {
        return raster;
    }
    convert(&raster, &profile).unwrap_or(raster)
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

fn convert(raster: &Raster, profile: &ColorProfile) -> Option<Raster> {
    let srgb = ColorProfile::new_srgb();
    let options = TransformOptions::default();
    let layout = match raster.channels {
        Channels::Rgb => Layout::Rgb,
        Channels::Rgba => Layout::Rgba,
    };
    let mut pixels = vec![0; raster.pixels.len()];
    match profile.color_space {
        DataColorSpace::Rgb => {
            let transform = profile.create_transform_8bit(layout, &srgb, layout, options).ok()?;
            transform.transform(&raster.pixels, &mut pixels).ok()?;
        }
        DataColorSpace::Gray => {
            let transform = profile.create_transform_8bit(Layout::Gray, &srgb, Layout::Rgb, options).ok()?;
            let greys: Vec<u8> = (0..=255).collect();
            let mut curve = vec![0; 3 * 256];
            transform.transform(&greys, &mut curve).ok()?;
            let count = raster.channels.count();
            for (to, from) in pixels.chunks_exact_mut(count).zip(raster.pixels.chunks_exact(count)) {
                to.copy_from_slice(from);
                to[..3].copy_from_slice(&curve[usize::from(from[0]) * 3..][..3]);
            }
        }
        _ => return None,
    }
    Some(Raster { pixels, ..*raster })
}

/// Whether the profile maps a spread of colours to themselves, near enough: most files that carry a profile
/// carry sRGB's, in one of its many spellings.
fn is_srgb(profile: &ColorProfile) -> bool {
    if profile.color_space != DataColorSpace::Rgb {
        return false;
    }
    let samples: Vec<u8> = (0..64u8).flat_map(|n| [n % 4 * 85, n / 4 % 4 * 85, n / 16 * 85]).collect();
    let raster = Raster { width: 64, height: 1, channels: Channels::Rgb, pixels: samples };
    convert(&raster, profile)
        .is_some_and(|same| same.pixels.iter().zip(&raster.pixels).all(|(a, b)| a.abs_diff(*b) <= 2))
}
