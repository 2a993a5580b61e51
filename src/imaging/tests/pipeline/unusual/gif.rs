//! GIF files, made by hand: frames of other sizes than the canvas, interlaced, transparent, cut off.

use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use portico_imaging::{Crop, Limits, PictureError, prepare};

use super::{found, prepared};

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
            let mut packed = ::gif::Frame { width: frame.width, height: frame.height, ..::gif::Frame::default() };
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
