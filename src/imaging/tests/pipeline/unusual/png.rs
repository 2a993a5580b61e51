//! PNG files whose chunks say something of their colours, and damaged ones.

use ::png::{BitDepth, ColorType};
use moxcms::ColorProfile;
use portico_imaging::PictureError;

use super::super::crc;
use super::super::ordinary::png;
use super::{HEIGHT, WIDTH, assert_near, chart, found, kept, prepared};

/// A PNG of one colour, with these chunks before its pixels.
fn flat(color: [u16; 3], deep: bool, chunks: &[(&[u8; 4], &[u8])]) -> Vec<u8> {
    let pixel: Vec<u8> = match deep {
        true => color.into_iter().flat_map(u16::to_be_bytes).collect(),
        false => color.into_iter().map(|value| value as u8).collect(),
    };
    let depth = if deep { BitDepth::Sixteen } else { BitDepth::Eight };
    let mut bytes = png(64, 64, ColorType::Rgb, depth, &pixel.repeat(64 * 64), None);
    // After the header of 13 bytes.
    let written: Vec<u8> = chunks.iter().flat_map(|(name, content)| chunk(name, content)).collect();
    bytes.splice(33..33, written);
    bytes
}

fn chunk(name: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let named = [name, content].concat();
    [&(content.len() as u32).to_be_bytes()[..], &named, &crc(&named).to_be_bytes()].concat()
}

fn gamma(gamma: u32) -> [u8; 4] {
    gamma.to_be_bytes()
}

fn primaries(chromaticities: [u32; 8]) -> Vec<u8> {
    chromaticities.into_iter().flat_map(u32::to_be_bytes).collect()
}

/// White, red, green, blue of Display P3, in parts of 100,000.
const P3: [u32; 8] = [31_270, 32_900, 68_000, 32_000, 26_500, 69_000, 15_000, 6_000];
/// The code points of Display P3.
const P3_POINTS: [u8; 4] = [12, 13, 0, 1];

#[test]
fn the_gamma_of_a_png_is_undone() {
    assert_near(kept(&flat([16; 3], false, &[(b"gAMA", &gamma(100_000))])), [71; 3]);
    assert_near(kept(&flat([128; 3], false, &[(b"gAMA", &gamma(55_556))])), [146; 3]);
    // 0.2 % of the light: in 8 bits it would be none, or twice as much.
    assert_near(kept(&flat([131; 3], true, &[(b"gAMA", &gamma(100_000))])), [7; 3]);
    // What makes no sense is left aside.
    for broken in [0, 1, u32::MAX] {
        assert_near(kept(&flat([100; 3], false, &[(b"gAMA", &gamma(broken))])), [100; 3]);
    }
}

#[test]
fn wide_colours_of_a_png_come_out_the_same_by_code_points_by_primaries_and_by_profile() {
    let icc = ColorProfile::new_display_p3().encode().unwrap();
    let srgb_like = gamma(45_455);
    for (color, deep) in [([200, 100, 50], false), ([90, 140, 60], false), ([51_400, 25_700, 12_850], true)] {
        let pixel: Vec<u8> = match deep {
            true => color.into_iter().flat_map(u16::to_be_bytes).collect(),
            false => color.into_iter().map(|value| value as u8).collect(),
        };
        let depth = if deep { BitDepth::Sixteen } else { BitDepth::Eight };
        let by_profile = kept(&png(64, 64, ColorType::Rgb, depth, &pixel.repeat(64 * 64), Some(icc.clone())));
        assert_near(kept(&flat(color, deep, &[(b"cICP", &P3_POINTS)])), by_profile);
        assert_near(kept(&flat(color, deep, &[(b"cHRM", &primaries(P3))])), by_profile);
        let both: [(&[u8; 4], &[u8]); 2] = [(b"cHRM", &primaries(P3)), (b"gAMA", &srgb_like)];
        assert_near(kept(&flat(color, deep, &both)), by_profile);
    }
}

#[test]
fn of_a_pngs_colour_chunks_the_first_in_their_order_counts() {
    let plain = [200, 100, 50];
    let wide = kept(&flat(plain, false, &[(b"cICP", &P3_POINTS)]));
    let plain_kept = kept(&flat(plain, false, &[]));
    assert!(wide[0] > plain_kept[0] + 8, "{wide:?} {plain_kept:?}");
    let [dark, p3] = [gamma(100_000).to_vec(), primaries(P3)];
    // sRGB's own points, before and after others.
    assert_near(kept(&flat(plain, false, &[(b"gAMA", &dark), (b"cHRM", &p3), (b"cICP", &[1, 13, 0, 1])])), plain_kept);
    assert_near(kept(&flat(plain, false, &[(b"sRGB", &[0]), (b"cICP", &P3_POINTS)])), wide);
    assert_near(kept(&flat(plain, false, &[(b"gAMA", &dark), (b"sRGB", &[0])])), plain_kept);
    // Points that say nothing, or are of part of the range: the next chunk's turn.
    for points in [[2, 2, 0, 1], [12, 13, 0, 0], [0, 255, 0, 1]] {
        assert_near(kept(&flat(plain, false, &[(b"cICP", &points), (b"cHRM", &p3)])), wide);
        assert_near(kept(&flat(plain, false, &[(b"cICP", &points), (b"sRGB", &[0]), (b"gAMA", &dark)])), plain_kept);
    }
    assert_near(kept(&flat(plain, false, &[(b"cHRM", &[0; 32])])), plain_kept);
}

#[test]
fn high_dynamic_range_is_pressed_into_what_a_screen_shows() {
    // White of 203 cd/m², of 1,000 at most, in PQ and in hybrid log-gamma: half of the light, as Chromium shows it.
    for (transfer, value) in [(16, 148), (18, 191)] {
        let points = [9, transfer, 0, 1];
        assert_near(kept(&flat([value; 3], false, &[(b"cICP", &points)])), [190; 3]);
        assert_near(kept(&flat([value * 257; 3], true, &[(b"cICP", &points)])), [190; 3]);
        assert_near(kept(&flat([0; 3], false, &[(b"cICP", &points)])), [0; 3]);
        assert_near(kept(&flat([255; 3], false, &[(b"cICP", &points)])), [255; 3]);
    }
    // As bright as a picture says that it gets, white stays white.
    let level = [2_030_000u32, 1_000_000].into_iter().flat_map(u32::to_be_bytes).collect::<Vec<_>>();
    assert_near(kept(&flat([149; 3], false, &[(b"cICP", &[9, 16, 0, 1]), (b"cLLI", &level)])), [255; 3]);
}

/// The chart as a PNG of several chunks of pixels, and where each chunk begins.
fn chart_png() -> (Vec<u8>, Vec<([u8; 4], usize)>) {
    let mut noise = 1u32;
    let pixels: Vec<u8> = chart(3)
        .into_iter()
        .map(|value| {
            noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            value ^ (noise >> 30) as u8
        })
        .collect();
    let bytes = png(WIDTH.into(), HEIGHT.into(), ColorType::Rgb, BitDepth::Eight, &pixels, None);
    let mut found = Vec::new();
    let mut at = 8;
    while at < bytes.len() {
        found.push((bytes[at + 4..at + 8].try_into().unwrap(), at));
        at += 12 + u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap()) as usize;
    }
    (bytes, found)
}

#[test]
fn a_png_with_all_its_pixels_is_whole_whatever_its_end_and_its_checksums_say() {
    let (original, chunks) = chart_png();
    let wanted = prepared(&original).unwrap();
    let end = chunks.iter().find(|(name, _)| name == b"IEND").unwrap().1;
    for cut in [1, 4, 8, 11, 12] {
        assert_eq!(prepared(&original[..original.len() - cut]).as_ref(), Ok(&wanted), "{cut}");
    }
    for wrong in [end - 1, end - 4, original.len() - 1] {
        let mut bytes = original.clone();
        bytes[wrong] ^= 0x55;
        assert_eq!(prepared(&bytes).as_ref(), Ok(&wanted), "{wrong}");
    }
    // The stream's own checksum, with the chunk's made right again.
    let pixels = chunks.iter().rfind(|(name, _)| name == b"IDAT").unwrap().1;
    let mut bytes = original.clone();
    bytes[end - 5] ^= 0x55;
    let check = crc(&bytes[pixels + 4..end - 4]);
    bytes[end - 4..end].copy_from_slice(&check.to_be_bytes());
    assert_eq!(prepared(&bytes).as_ref(), Ok(&wanted));
}

#[test]
fn a_png_that_is_unpacked_to_many_times_its_size_needs_no_end_mark_either() {
    let patches = |x: u32, y: u32| [(x / 128 * 40) as u8, (y / 128 * 30) as u8, 90];
    let pixels: Vec<u8> = (0..768).flat_map(|y| (0..1024).flat_map(move |x| patches(x, y))).collect();
    let original = png(1024, 768, ColorType::Rgb, BitDepth::Eight, &pixels, None);
    let wanted = prepared(&original).unwrap();
    for cut in [1, 4, 5, 8, 11, 12] {
        assert_eq!(prepared(&original[..original.len() - cut]).as_ref(), Ok(&wanted), "{cut}");
    }
    assert_eq!(found(prepared(&original[..original.len() - 40])), Err(PictureError::Damaged));
}

#[test]
fn a_png_that_lacks_pixels_or_whose_checksums_are_all_wrong_is_damaged() {
    let (original, chunks) = chart_png();
    let (first, end) = (chunks.iter().find(|(name, _)| name == b"IDAT").unwrap().1, chunks.last().unwrap().1);
    for left in [end - 40, end - 200, (first + end) / 2, first + 8, first] {
        assert_eq!(found(prepared(&original[..left])), Err(PictureError::Damaged), "{left}");
        // With the end mark, too.
        let bytes = [&original[..left], &original[end..]].concat();
        assert_eq!(found(prepared(&bytes)), Err(PictureError::Damaged), "{left}");
    }
    let mut refused = 0;
    for at in (first + 60..end - 60).step_by(997) {
        let mut bytes = original.clone();
        bytes[at] ^= 0x10;
        refused += usize::from(found(prepared(&bytes)) == Err(PictureError::Damaged));
    }
    assert_eq!(refused, (first + 60..end - 60).step_by(997).count());
    // The header's own checksum still counts.
    let mut bytes = original;
    bytes[30] ^= 1;
    assert_eq!(found(prepared(&bytes)), Err(PictureError::Damaged));
}
