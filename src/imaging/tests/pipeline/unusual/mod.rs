//! Pictures that are unusual or not quite right, and that every browser shows: what is kept of them is what people saw.

mod gif;
mod jpeg;
mod png;

use ::png::{BitDepth, ColorType};
use moxcms::{ColorProfile, ToneReprCurve};
use portico_imaging::{PictureError, Prepared};

use super::ordinary::{color, png};
use super::prepared;

const WIDTH: u16 = 128;
const HEIGHT: u16 = 96;

/// 48 patches of 16 pixels, no two alike.
fn chart(channels: usize) -> Vec<u8> {
    let patch = |x: u16, y: u16| (y / 16 * 8 + x / 16) as u8;
    let pixel = |x: u16, y: u16| {
        let number = patch(x, y);
        [number * 5, 255 - number * 4, number.wrapping_mul(37), number]
    };
    (0..HEIGHT).flat_map(|y| (0..WIDTH).flat_map(move |x| pixel(x, y).into_iter().take(channels))).collect()
}

fn found(made: Result<Prepared, PictureError>) -> Result<(u32, u32), PictureError> {
    made.map(|made| (made.width, made.height))
}

fn kept(upload: &[u8]) -> [u8; 3] {
    let [red, green, blue, _] = color(&prepared(upload).unwrap().renditions[0].webp, 50, 50);
    [red, green, blue]
}

#[track_caller]
fn assert_near(found: [u8; 3], wanted: [u8; 3]) {
    assert!(found.into_iter().zip(wanted).all(|(a, b)| a.abs_diff(b) <= 6), "{found:?}, not {wanted:?}");
}

/// A profile of greys whose white is sRGB's, and whose middle is darker.
fn profile_of_greys() -> Vec<u8> {
    let mut profile = ColorProfile::new_gray_with_gamma(2.2);
    profile.gray_trc = Some(ToneReprCurve::Parametric(vec![4.0]));
    profile.encode().unwrap()
}

#[test]
fn a_profile_of_greys_is_left_aside_where_there_are_colours() {
    let with = |profile: Option<&[u8]>, color| {
        let mut bytes = Vec::new();
        let mut encoder = jpeg_encoder::Encoder::new(&mut bytes, 95);
        if let Some(profile) = profile {
            encoder.add_icc_profile(profile).unwrap();
        }
        let channels = if color == jpeg_encoder::ColorType::Luma { 1 } else { 3 };
        encoder.encode(&chart(channels), WIDTH, HEIGHT, color).unwrap();
        prepared(&bytes).unwrap()
    };
    let (greys, srgb) = (profile_of_greys(), ColorProfile::new_srgb().encode().unwrap());
    use jpeg_encoder::ColorType::{Luma, Rgb};
    assert!(with(Some(&greys), Rgb) == with(None, Rgb));
    assert!(with(Some(&greys), Luma) != with(None, Luma));
    assert!(with(Some(&srgb), Luma) == with(None, Luma));

    let pixels = chart(3);
    let upload = |icc| png(WIDTH.into(), HEIGHT.into(), ColorType::Rgb, BitDepth::Eight, &pixels, icc);
    assert!(prepared(&upload(Some(greys.clone()))) == prepared(&upload(None)));
    let pixels = chart(1);
    let upload = |icc| png(WIDTH.into(), HEIGHT.into(), ColorType::Grayscale, BitDepth::Eight, &pixels, icc);
    assert!(prepared(&upload(Some(greys))) != prepared(&upload(None)));
}

#[test]
fn of_a_moving_webp_the_first_frame_that_shows_something_is_kept() {
    let still = |pixel: [u8; 4]| {
        let file = webpx::EncoderConfig::new_lossless()
            .encode_rgba(&pixel.repeat(16 * 16), 16, 16, webpx::Unstoppable)
            .unwrap();
        let chunks = &file[12..];
        let start = chunks.windows(4).position(|name| name == b"VP8L").unwrap();
        chunks[start..].to_vec()
    };
    let moving = |frames: &[[u8; 4]]| {
        let mut chunks = b"WEBPVP8X\x0A\0\0\0\x12\0\0\0\x0F\0\0\x0F\0\0ANIM\x06\0\0\0\0\0\0\0\0\0".to_vec();
        for &pixel in frames {
            let still = still(pixel);
            chunks.extend(b"ANMF");
            chunks.extend((16 + still.len() as u32).to_le_bytes());
            chunks.extend([0, 0, 0, 0, 0, 0, 15, 0, 0, 15, 0, 0, 100, 0, 0, 0]);
            chunks.extend(still);
        }
        [&b"RIFF"[..], &(chunks.len() as u32).to_le_bytes(), &chunks].concat()
    };
    let (clear, red) = ([0, 0, 0, 0], [255, 0, 0, 255]);
    for empty in [0, 1, 9] {
        let frames: Vec<[u8; 4]> = vec![clear; empty].into_iter().chain([red]).collect();
        assert_near(kept(&moving(&frames)), [255, 0, 0]);
    }
    assert_eq!(found(prepared(&moving(&[clear; 11]))), Err(PictureError::Transparent));
}

#[test]
fn sixty_four_megapixels_are_taken_and_more_are_not() {
    let upload = |width: u32, height: u32| {
        let row = vec![0xFF; width.div_ceil(8) as usize * height as usize];
        png(width, height, ColorType::Grayscale, BitDepth::One, &row, None)
    };
    let made = prepared(&upload(9_248, 6_920)).unwrap();
    assert_eq!((made.width, made.height), (2048, 1532));
    assert_eq!(found(prepared(&upload(8_000, 8_001))), Err(PictureError::TooManyPixels { max: 64_000_000 }));
}
