//! Pictures that are unusual or not quite right, and that every browser shows: what is kept of them is what people saw.

use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use moxcms::{ColorProfile, ToneReprCurve};
use png::{BitDepth, ColorType};
use portico_imaging::{Crop, Limits, PictureError, Prepared, prepare};

use super::ordinary::{color, png};
use super::{crc, prepared};

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

fn jpeg(setting: impl FnOnce(&mut jpeg_encoder::Encoder<&mut Vec<u8>>)) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = jpeg_encoder::Encoder::new(&mut bytes, 95);
    encoder.set_sampling_factor(jpeg_encoder::SamplingFactor::F_1_1);
    setting(&mut encoder);
    encoder.encode(&chart(3), WIDTH, HEIGHT, jpeg_encoder::ColorType::Rgb).unwrap();
    bytes
}

fn inks(note: bool) -> Vec<u8> {
    let mut bytes = Vec::new();
    let encoder = jpeg_encoder::Encoder::new(&mut bytes, 95);
    encoder.encode(&chart(4), WIDTH, HEIGHT, jpeg_encoder::ColorType::Cmyk).unwrap();
    if !note {
        remove(&mut bytes, 0xEE);
    }
    bytes
}

/// Where each segment begins: its marker, and from which byte to which.
fn segments(bytes: &[u8]) -> Vec<(u8, usize, usize)> {
    let mut found = Vec::new();
    let mut at = 2;
    while bytes[at + 1] != 0xD9 {
        let length = usize::from(u16::from_be_bytes([bytes[at + 2], bytes[at + 3]]));
        found.push((bytes[at + 1], at, at + 2 + length));
        at += 2 + length;
        // After a scan's header, its data.
        while bytes[at] != 0xFF || matches!(bytes[at + 1], 0 | 0xD0..=0xD7) {
            at += 1;
        }
    }
    found
}

fn remove(bytes: &mut Vec<u8>, marker: u8) {
    for (found, start, end) in segments(bytes).into_iter().rev() {
        if found == marker {
            bytes.drain(start..end);
        }
    }
}

fn found(made: Result<Prepared, PictureError>) -> Result<(u32, u32), PictureError> {
    made.map(|made| (made.width, made.height))
}

#[test]
fn stray_bytes_between_the_segments_of_a_jpeg_are_passed_over() {
    let original = jpeg(|_| ());
    let wanted = prepared(&original).unwrap();
    let strays: [&[u8]; 6] = [&[0], &[0, 0], &[7; 18], &[0xFF, 0x00], &[0xFF, 0xFF], &[0x42; 70_000]];
    for (marker, start, _) in segments(&original).into_iter().skip(1) {
        for stray in strays {
            let mut bytes = original.clone();
            bytes.splice(start..start, stray.iter().copied());
            assert!(prepared(&bytes).as_ref() == Ok(&wanted), "{marker:#X}, {} bytes", stray.len());
        }
    }
}

#[test]
fn stray_bytes_without_end_are_no_picture() {
    let start = Instant::now();
    for stray in [0x00, 0x42, 0xFF] {
        let bytes = [&[0xFF, 0xD8, 0xFF, 0xE0, 0, 2][..], &vec![stray; 10_000_000]].concat();
        assert_eq!(found(prepared(&bytes)), Err(PictureError::Damaged));
    }
    assert!(start.elapsed() < Duration::from_secs(20));
}

#[test]
fn a_jpeg_that_lacks_only_its_end_mark_is_whole_and_one_that_lacks_a_scan_is_not() {
    for original in [jpeg(|_| ()), jpeg(|encoder| encoder.set_progressive(true))] {
        let wanted = prepared(&original).unwrap();
        for cut in [1, 2] {
            assert_eq!(prepared(&original[..original.len() - cut]).as_ref(), Ok(&wanted), "{cut}");
        }
        for cut in [8, 20, original.len() / 2] {
            let bytes = &original[..original.len() - cut];
            assert_eq!(found(prepared(bytes)), Err(PictureError::Damaged), "{cut}");
        }
    }
    let progressive = jpeg(|encoder| encoder.set_progressive(true));
    let last = segments(&progressive).into_iter().rfind(|&(marker, ..)| marker == 0xDA).unwrap().1;
    assert_eq!(found(prepared(&progressive[..last])), Err(PictureError::Damaged));
}

#[test]
fn a_jpeg_without_huffman_tables_means_the_standard_ones() {
    let original = jpeg(|_| ());
    let mut bytes = original.clone();
    remove(&mut bytes, 0xC4);
    assert!(bytes.len() < original.len());
    assert!(prepared(&bytes) == prepared(&original));
}

#[test]
fn components_of_one_name_are_told_apart_by_their_order() {
    let original = jpeg(|_| ());
    for (name, in_scans) in [(1, true), (0, false), (255, true), (0, true)] {
        let mut bytes = original.clone();
        for (marker, start, _) in segments(&original) {
            match marker {
                0xC0 => [10, 13, 16].into_iter().for_each(|at| bytes[start + at] = name),
                0xDA if in_scans => [5, 7, 9].into_iter().for_each(|at| bytes[start + at] = name),
                _ => {}
            }
        }
        assert!(prepared(&bytes) == prepared(&original), "{name} {in_scans}");
    }
}

#[test]
fn a_quantization_table_may_come_just_before_its_first_scan() {
    // Each component in a scan of its own.
    for progressive in [false, true] {
        let original = jpeg(|encoder| {
            encoder.set_optimized_huffman_tables(true);
            encoder.set_progressive(progressive);
        });
        let found = segments(&original);
        let scans: Vec<usize> = found.iter().filter(|(marker, ..)| *marker == 0xDA).map(|found| found.1).collect();
        let &(_, start, end) = found.iter().rfind(|(marker, ..)| *marker == 0xDB).unwrap();
        // The colours', which the second scan is the first to use.
        let table = original[start..end].to_vec();
        let mut bytes = original.clone();
        bytes.splice(scans[1]..scans[1], table);
        bytes.drain(start..end);
        assert!(prepared(&bytes) == prepared(&original), "{progressive}");
        // Later it is too late.
        let mut bytes = original.clone();
        bytes.drain(start..end);
        assert_eq!(found_problem(&bytes), Some(PictureError::Damaged));
    }
}

fn found_problem(bytes: &[u8]) -> Option<PictureError> {
    prepared(bytes).err()
}

#[test]
fn inks_without_adobes_note_are_read_as_those_with_it() {
    assert!(inks(false).len() < inks(true).len());
    assert!(prepared(&inks(false)).unwrap() == prepared(&inks(true)).unwrap());
}

#[test]
fn exif_is_read_whatever_pads_its_name() {
    let exif = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0";
    let original = jpeg(|encoder| encoder.add_exif_metadata(exif).unwrap());
    let name = original.windows(6).position(|bytes| bytes == b"Exif\0\0").unwrap();
    for padding in [0, 1, 0xFF] {
        let mut bytes = original.clone();
        bytes[name + 5] = padding;
        assert_eq!(found(prepared(&bytes)), Ok((HEIGHT.into(), WIDTH.into())), "{padding}");
    }
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

fn kept(upload: &[u8]) -> [u8; 3] {
    let [red, green, blue, _] = color(&prepared(upload).unwrap().renditions[0].webp, 50, 50);
    [red, green, blue]
}

#[track_caller]
fn assert_near(found: [u8; 3], wanted: [u8; 3]) {
    assert!(found.into_iter().zip(wanted).all(|(a, b)| a.abs_diff(b) <= 6), "{found:?}, not {wanted:?}");
}

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

/// A GIF by hand.
struct Gif {
    screen: (u16, u16),
    frames: Vec<GifFrame>,
}

#[derive(Clone)]
struct GifFrame {
    left: u16,
    top: u16,
    width: u16,
    height: u16,
    interlaced: bool,
    /// What comes before the frame.
    before: Vec<u8>,
    transparent: Option<u8>,
    pixels: Vec<u8>,
}

/// Red, green, blue, white.
const PALETTE: [u8; 12] = [255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255];

impl GifFrame {
    fn of(width: u16, height: u16, pixel: impl Fn(u16, u16) -> u8) -> GifFrame {
        let pixels = (0..height).flat_map(|y| (0..width).map(move |x| (x, y))).map(|(x, y)| pixel(x, y)).collect();
        let (left, top, interlaced, before, transparent) = (0, 0, false, Vec::new(), None);
        GifFrame { left, top, width, height, interlaced, before, transparent, pixels }
    }

    fn clear(width: u16, height: u16) -> GifFrame {
        GifFrame { transparent: Some(3), ..GifFrame::of(width, height, |_, _| 3) }
    }
}

impl Gif {
    fn bytes(&self) -> Vec<u8> {
        let mut bytes = b"GIF89a".to_vec();
        bytes.extend([self.screen.0.to_le_bytes(), self.screen.1.to_le_bytes()].concat());
        bytes.extend([0xF1, 0, 0]);
        bytes.extend(PALETTE);
        for frame in &self.frames {
            bytes.extend(&frame.before);
            if let Some(index) = frame.transparent {
                bytes.extend([0x21, 0xF9, 4, 1, 0, 0, index, 0]);
            }
            bytes.push(0x2C);
            for value in [frame.left, frame.top, frame.width, frame.height] {
                bytes.extend(value.to_le_bytes());
            }
            bytes.push(if frame.interlaced { 0x40 } else { 0 });
            let width = usize::from(frame.width);
            let rows: Vec<usize> = match frame.interlaced {
                true => [(0, 8), (4, 8), (2, 4), (1, 2)]
                    .into_iter()
                    .flat_map(|(first, step)| (first..usize::from(frame.height)).step_by(step))
                    .collect(),
                false => (0..usize::from(frame.height)).collect(),
            };
            let pixels: Vec<u8> = rows.iter().flat_map(|row| &frame.pixels[row * width..][..width]).copied().collect();
            let mut packed = gif::Frame { width: frame.width, height: frame.height, ..gif::Frame::default() };
            packed.buffer = pixels.into();
            packed.make_lzw_pre_encoded();
            // The first byte is the least size of a code.
            bytes.push(packed.buffer[0]);
            for block in packed.buffer[1..].chunks(255) {
                bytes.push(block.len() as u8);
                bytes.extend(block);
            }
            bytes.push(0);
        }
        bytes.push(0x3B);
        bytes
    }

    fn of(screen: (u16, u16), frames: impl IntoIterator<Item = GifFrame>) -> Vec<u8> {
        Gif { screen, frames: frames.into_iter().collect() }.bytes()
    }
}

/// Where a frame of 8 × 8 pixels begins.
fn image_of_8(bytes: &[u8]) -> usize {
    bytes.windows(9).position(|bytes| bytes == [0x2C, 0, 0, 0, 0, 8, 0, 8, 0]).unwrap()
}

/// Quarters of red, green, blue and white.
fn quarters(width: u16, height: u16) -> GifFrame {
    GifFrame::of(width, height, |x, y| u8::from(x * 2 >= width) + 2 * u8::from(y * 2 >= height))
}

#[test]
fn a_gifs_canvas_grows_with_its_first_frame() {
    let wanted = prepared(&Gif::of((96, 64), [quarters(96, 64)])).unwrap();
    for screen in [(0, 0), (0, 64), (96, 0), (95, 63), (1, 1), (50, 64)] {
        assert!(prepared(&Gif::of(screen, [quarters(96, 64)])).as_ref() == Ok(&wanted), "{screen:?}");
    }
    let moved = GifFrame { left: 10, top: 20, ..quarters(96, 64) };
    assert_eq!(found(prepared(&Gif::of((0, 0), [moved.clone()]))), Ok((106, 84)));
    assert_eq!(found(prepared(&Gif::of((200, 30), [moved.clone()]))), Ok((200, 84)));
    // Later frames are cut to it.
    assert_eq!(found(prepared(&Gif::of((0, 0), [GifFrame::clear(30, 40), moved]))), Ok((30, 40)));
}

#[test]
fn a_gifs_size_is_checked_when_its_canvas_has_grown() {
    let too_many = Err(PictureError::TooManyPixels { max: 64_000_000 });
    for screen in [(0, 0), (10, 10)] {
        let mut bytes = Gif::of(screen, [quarters(8, 8)]);
        let image = image_of_8(&bytes);
        bytes[image + 5..image + 9].fill(0xFF);
        assert_eq!(found(prepared(&bytes)), too_many);
        bytes[image + 1..image + 5].fill(0xFF);
        assert_eq!(found(prepared(&bytes)), Err(PictureError::TooLong { max: 65_535 }));
    }
    // A frame after the first can be no larger either.
    let mut bytes = Gif::of((10, 10), [GifFrame::clear(10, 10), quarters(8, 8)]);
    let image = image_of_8(&bytes);
    bytes[image + 5..image + 9].fill(0xFF);
    assert!(prepared(&bytes).is_err());
}

#[test]
fn what_is_unknown_between_the_blocks_of_a_gif_is_passed_over() {
    let wanted = prepared(&Gif::of((96, 64), [quarters(96, 64)])).unwrap();
    let between: [&[u8]; 7] = [
        &[0],
        &[0, 0],
        &[0, 0, 0],
        &[0x21, 0x42, 3, 1, 2, 3, 0],
        &[0x21, 0x00, 0],
        &[0x21, 0x01, 12, 0, 0, 0, 0, 0, 0, 0, 0, 8, 8, 1, 0, 2, b'H', b'i', 0, 0],
        &[0x0A, 0xFF, 0x00],
    ];
    for bytes in between {
        let frame = GifFrame { before: bytes.to_vec(), ..quarters(96, 64) };
        assert!(prepared(&Gif::of((96, 64), [frame.clone()])).as_ref() == Ok(&wanted), "{bytes:?}");
        // Also before a frame that is not the first.
        let later = Gif::of((96, 64), [GifFrame::clear(96, 64), frame]);
        assert!(prepared(&later).as_ref() == Ok(&wanted), "{bytes:?}");
    }
}

#[test]
fn interlaced_gifs_of_every_narrow_shape_are_put_in_order() {
    for width in 1..=12 {
        for height in (1..=20).chain([99, 100]) {
            let frame = GifFrame::of(width, height, |x, y| ((x * 7 + y * 5 + x * y) % 4) as u8);
            let interlaced = GifFrame { interlaced: true, ..frame.clone() };
            let wanted = prepared(&Gif::of((width, height), [frame])).unwrap();
            assert!(prepared(&Gif::of((width, height), [interlaced])).as_ref() == Ok(&wanted), "{width} × {height}");
        }
    }
}

#[test]
fn of_a_gif_the_first_frame_that_shows_something_is_kept() {
    let wanted = prepared(&Gif::of((96, 64), [quarters(96, 64)])).unwrap();
    for empty in [1, 2, 9] {
        let frames = vec![GifFrame::clear(96, 64); empty];
        let bytes = Gif::of((96, 64), frames.into_iter().chain([quarters(96, 64)]));
        assert!(prepared(&bytes).as_ref() == Ok(&wanted), "{empty}");
    }
    // Nothing within the canvas, or no pixels at all.
    let outside = GifFrame { left: 96, ..quarters(10, 10) };
    let none = GifFrame { height: 0, pixels: Vec::new(), ..GifFrame::clear(96, 0) };
    let bytes = Gif::of((96, 64), [GifFrame::clear(96, 64), outside, none, quarters(96, 64)]);
    assert!(prepared(&bytes).as_ref() == Ok(&wanted));
}

#[test]
fn a_gif_that_shows_nothing_is_told_so_after_ten_frames() {
    let transparent = Err(PictureError::Transparent);
    assert_eq!(found(prepared(&Gif::of((96, 64), [GifFrame::clear(96, 64)]))), transparent);
    let frames = vec![GifFrame::clear(96, 64); 10];
    assert_eq!(found(prepared(&Gif::of((96, 64), frames.into_iter().chain([quarters(96, 64)])))), transparent);
    let start = Instant::now();
    let many = Gif::of((1_000, 1_000), vec![GifFrame::clear(1_000, 1_000); 30]);
    assert_eq!(found(prepared(&many)), transparent);
    // Together they have no more pixels than a picture may.
    let limits = Limits { max_pixels: 1_500_000 };
    let problem = prepare(&many, Crop::default(), &limits, &AtomicBool::new(false)).err();
    assert_eq!(problem, Some(PictureError::Transparent));
    assert!(start.elapsed() < Duration::from_secs(20));
}

#[test]
fn a_gif_without_its_last_bytes_is_whole_where_its_pixels_are() {
    let whole = Gif::of((96, 64), [quarters(96, 64)]);
    let wanted = prepared(&whole).unwrap();
    for cut in [1, 2] {
        assert!(prepared(&whole[..whole.len() - cut]).as_ref() == Ok(&wanted), "{cut}");
    }
    for cut in [10, whole.len() / 2] {
        assert_eq!(found(prepared(&whole[..whole.len() - cut])), Err(PictureError::Damaged), "{cut}");
    }
    for frames in [vec![], vec![GifFrame { height: 0, pixels: Vec::new(), ..GifFrame::clear(0, 0) }]] {
        assert!(prepared(&Gif::of((0, 0), frames)).is_err());
    }
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
