//! Pictures as people have them: every one comes out upright, square, sRGB and without metadata.

use std::sync::atomic::AtomicBool;

use moxcms::ColorProfile;
use portico_imaging::{Crop, Limits, MediaType, crop_again, prepare};

use super::{PICTURES, prepared};

const ADA: &[u8] = b"GPS of her home";

fn seed(name: &str) -> Vec<u8> {
    std::fs::read(format!("{PICTURES}/{name}")).unwrap()
}

/// A JPEG whose upright picture is red, green, blue, white by quarters, stored as the orientation says.
fn oriented(number: u8, width: u16, height: u16) -> Vec<u8> {
    let turned = number >= 5;
    let (across, down) = if turned { (height, width) } else { (width, height) };
    let mut pixels = Vec::new();
    for y in 0..down {
        for x in 0..across {
            let (u, v) = (x * 2 >= across, y * 2 >= down);
            // Where the stored quarter lies in the upright picture.
            let (right, low) = match number {
                2 => (!u, v),
                3 => (!u, !v),
                4 => (u, !v),
                5 => (v, u),
                6 => (!v, u),
                7 => (!v, !u),
                8 => (v, !u),
                _ => (u, v),
            };
            pixels.extend(match (right, low) {
                (false, false) => [255, 0, 0],
                (true, false) => [0, 255, 0],
                (false, true) => [0, 0, 255],
                (true, true) => [255; 3],
            });
        }
    }
    let mut exif = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
    exif.extend([number, 0, 0, 0, 0, 0, 0]);
    exif.extend(ADA);
    let mut bytes = Vec::new();
    let mut encoder = jpeg_encoder::Encoder::new(&mut bytes, 95);
    encoder.add_exif_metadata(&exif).unwrap();
    encoder.add_app_segment(13, ADA.to_vec()).unwrap();
    encoder.encode(&pixels, across, down, jpeg_encoder::ColorType::Rgb).unwrap();
    bytes
}

/// The colour at a place, in percent across and down, of a rendition.
pub fn color(webp: &[u8], across: u32, down: u32) -> [u8; 4] {
    let (pixels, width, height) = webpx::decode_rgba(webp).unwrap();
    let at = ((height * down / 100) * width + width * across / 100) as usize * 4;
    pixels[at..at + 4].try_into().unwrap()
}

fn near(a: [u8; 4], b: [u8; 4]) -> bool {
    a.into_iter().zip(b).all(|(a, b)| a.abs_diff(b) < 24)
}

pub fn png(
    width: u32,
    height: u32,
    color: png::ColorType,
    depth: png::BitDepth,
    data: &[u8],
    icc: Option<Vec<u8>>,
) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut info = png::Info::with_size(width, height);
    (info.color_type, info.bit_depth, info.icc_profile) = (color, depth, icc.map(Into::into));
    let mut writer = png::Encoder::with_info(&mut bytes, info).unwrap().write_header().unwrap();
    writer.write_image_data(data).unwrap();
    writer.finish().unwrap();
    bytes
}

#[test]
fn all_eight_orientations_come_out_upright_in_both_shapes() {
    for (width, height) in [(240, 160), (160, 240)] {
        for number in 1..=8 {
            let made = prepared(&oriented(number, width, height)).unwrap();
            assert_eq!((made.width, made.height), (width.into(), height.into()), "{number}");
            let webp = &made.renditions[0].webp;
            let found = [(20, 20), (80, 20), (20, 80), (80, 80)].map(|(x, y)| color(webp, x, y));
            let wanted = [[255, 0, 0, 255], [0, 255, 0, 255], [0, 0, 255, 255], [255; 4]];
            assert!(found.into_iter().zip(wanted).all(|(a, b)| near(a, b)), "{number}: {found:?}");
        }
    }
}

#[test]
fn nothing_made_carries_metadata() {
    let mut icc = ColorProfile::new_display_p3().encode().unwrap();
    icc.extend(ADA);
    let pixels = [90; 100 * 100 * 3];
    let with_profile = png(100, 100, png::ColorType::Rgb, png::BitDepth::Eight, &pixels, Some(icc));
    for upload in [oriented(6, 200, 200), with_profile, seed("turned.webp")] {
        let made = prepared(&upload).unwrap();
        let files = made.renditions.iter().flat_map(|rendition| [&rendition.webp, &rendition.jpeg]);
        for file in files.chain([&made.working_copy]) {
            for note in [&b"Exif"[..], b"EXIF", b"ICC_PROFILE", b"ICCP", b"XMP ", b"http:", ADA, b"\xFF\xFE"] {
                let header = &file[..file.len().min(700)];
                assert!(!header.windows(note.len()).any(|part| part == note), "{note:?}");
            }
        }
    }
}

#[test]
fn steps_stop_where_the_crop_has_no_more_pixels() {
    for (width, height, steps) in
        [(1, 1, vec![(64, 1)]), (63, 900, vec![(64, 63)]), (300, 128, vec![(128, 128), (64, 64)])]
    {
        let pixels = vec![120; width as usize * height as usize];
        let upload = png(width, height, png::ColorType::Grayscale, png::BitDepth::Eight, &pixels, None);
        let made = prepared(&upload).unwrap();
        let found: Vec<_> = made.renditions.iter().map(|rendition| (rendition.step, rendition.side)).collect();
        assert_eq!(found, steps);
    }
}

#[test]
fn a_large_picture_has_every_step_and_a_working_copy_of_2048_at_most() {
    let upload = png(5000, 2500, png::ColorType::Grayscale, png::BitDepth::Eight, &vec![99; 12_500_000], None);
    let made = prepared(&upload).unwrap();
    assert_eq!((made.width, made.height, made.working_copy_type), (2048, 1024, MediaType::Jpeg));
    assert_eq!(made.renditions.iter().map(|rendition| rendition.step).collect::<Vec<_>>(), [1024, 512, 256, 128, 64]);
    let again = crop_again(&made.working_copy, Crop::clamped(200, 0, 0), &AtomicBool::new(false)).unwrap();
    assert_eq!(again[0].step, 512);
}

#[test]
fn a_working_copy_of_another_installation_stays_as_it_is_and_nothing_else_does() {
    let restored = |bytes: &[u8]| {
        let crop = Crop::clamped(200, 0, 100);
        portico_imaging::restore(bytes, crop, &Limits::default(), &AtomicBool::new(false)).unwrap()
    };
    let clear = [[255, 0, 0, 255], [0, 0, 255, 90]].as_flattened().repeat(30_000);
    for upload in [oriented(6, 300, 200), png(300, 200, png::ColorType::Rgba, png::BitDepth::Eight, &clear, None)] {
        let made = prepared(&upload).unwrap();
        let again = restored(&made.working_copy);
        assert_eq!(again.working_copy, made.working_copy);
        assert_eq!((again.working_copy_type, again.width), (made.working_copy_type, made.width));
        let cropped = crop_again(&made.working_copy, Crop::clamped(200, 0, 100), &AtomicBool::new(false)).unwrap();
        assert_eq!(again.renditions, cropped);

        // Something behind it or inside it, or another size: as any upload.
        let trailing = [&made.working_copy[..], b"something else"].concat();
        let comment = match made.working_copy_type {
            MediaType::Jpeg => [&made.working_copy[..2], b"\xFF\xFE\0\x06note", &made.working_copy[2..]].concat(),
            MediaType::Webp => {
                let mut file = [&made.working_copy[..], b"XMP \x04\0\0\0note"].concat();
                let length = (file.len() - 8) as u32;
                file[4..8].copy_from_slice(&length.to_le_bytes());
                file
            }
        };
        for other in [trailing, comment, upload] {
            assert_ne!(restored(&other).working_copy, other);
            assert!(!restored(&other).working_copy.windows(4).any(|text| text == b"note"));
        }
    }
    let mut wide = Vec::new();
    let pixels = vec![99; 2_100 * 100];
    jpeg_encoder::Encoder::new(&mut wide, 90).encode(&pixels, 2_100, 100, jpeg_encoder::ColorType::Luma).unwrap();
    assert_eq!(restored(&wide).width, 2048);
}

#[test]
fn the_chosen_part_is_what_shows() {
    let upload = oriented(6, 400, 400);
    for (x, y, wanted) in [(0, 0, [255, 0, 0, 255]), (100, 0, [0, 255, 0, 255]), (0, 100, [0, 0, 255, 255])] {
        let made = prepare(&upload, Crop::clamped(200, x, y), &Limits::default(), &AtomicBool::new(false)).unwrap();
        for place in [10, 50, 90] {
            assert!(near(color(&made.renditions[0].webp, place, place), wanted));
        }
    }
}

#[test]
fn every_kind_of_file_is_read() {
    let mut names: Vec<_> =
        std::fs::read_dir(PICTURES).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    for name in names {
        let made = prepared(&seed(&name)).unwrap_or_else(|problem| panic!("{name}: {problem}"));
        let size = match &name[..] {
            "red-inks.jpg" => (32, 32),
            // Browsers leave WebP as it is stored, and what was cropped there is what is kept.
            "turned.webp" => (96, 64),
            name if name.starts_with("turned") => (64, 96),
            _ => (96, 64),
        };
        assert_eq!((made.width, made.height), size, "{name}");
        let clear = name.starts_with("clear") || name == "lossless.webp";
        assert_eq!(made.working_copy_type == MediaType::Webp, clear, "{name}");
    }
}

#[test]
fn inks_become_light() {
    let made = prepared(&seed("red-inks.jpg")).unwrap();
    assert!(near(color(&made.renditions[0].webp, 50, 50), [255, 0, 0, 255]));
}

#[test]
fn sixteen_bits_and_one_bit_are_read() {
    let deep: Vec<u8> = [0xFF, 0xFF, 0x80, 0x00, 0x00, 0x12].repeat(64 * 64);
    let upload = png(64, 64, png::ColorType::Rgb, png::BitDepth::Sixteen, &deep, None);
    assert!(near(color(&prepared(&upload).unwrap().renditions[0].webp, 50, 50), [255, 128, 0, 255]));
    let upload = png(64, 64, png::ColorType::Grayscale, png::BitDepth::One, &[0xFF; 8 * 64], None);
    assert!(near(color(&prepared(&upload).unwrap().renditions[0].webp, 50, 50), [255; 4]));
}

#[test]
fn colours_of_another_space_become_srgb() {
    let icc = ColorProfile::new_display_p3().encode().unwrap();
    let pixels = [200, 100, 50].repeat(64 * 64);
    let upload = |icc| png(64, 64, png::ColorType::Rgb, png::BitDepth::Eight, &pixels, icc);
    let plain = color(&prepared(&upload(None)).unwrap().renditions[0].webp, 50, 50);
    let converted = color(&prepared(&upload(Some(icc.clone()))).unwrap().renditions[0].webp, 50, 50);
    assert!(converted[0] > plain[0] + 8 && converted[2] < plain[2], "{plain:?} {converted:?}");
    let broken = color(&prepared(&upload(Some(icc[..90].to_vec()))).unwrap().renditions[0].webp, 50, 50);
    assert_eq!(broken, plain);
}

#[test]
fn transparency_stays_in_webp_and_is_white_in_jpeg() {
    let pixels = [255, 0, 0, 0].repeat(64 * 64);
    let upload = png(64, 64, png::ColorType::Rgba, png::BitDepth::Eight, &pixels, None);
    let made = prepared(&upload).unwrap();
    assert_eq!(color(&made.renditions[0].webp, 50, 50)[3], 0);
    let flat = prepared(&made.renditions[0].jpeg).unwrap();
    assert!(near(color(&flat.renditions[0].webp, 50, 50), [255; 4]));
}
