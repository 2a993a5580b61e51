//! Pictures to upload, and a look at what came of them.

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, ImageFormat, Rgb, RgbImage};

pub const RED: [u8; 3] = [200, 30, 30];
pub const GREEN: [u8; 3] = [30, 160, 60];
pub const BLUE: [u8; 3] = [40, 60, 200];
pub const YELLOW: [u8; 3] = [230, 210, 40];

/// A picture with a colour in each corner's quarter: top left, top right, bottom left, bottom right.
pub fn quarters(width: u32, height: u32, colors: [[u8; 3]; 4]) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| Rgb(colors[usize::from(x >= width / 2) + 2 * usize::from(y >= height / 2)]))
}

/// An ordinary upload.
pub fn jpeg(width: u32, height: u32) -> Vec<u8> {
    encode(&quarters(width, height, [RED, GREEN, BLUE, YELLOW]), ImageFormat::Jpeg)
}

/// The same file with comments that make it as long as this.
pub fn padded(jpeg: &[u8], length: usize) -> Vec<u8> {
    const COMMENT: usize = 2 + 0xFFFF;
    let mut padded = jpeg[..2].to_vec();
    let mut missing = length - jpeg.len();
    while missing > 0 {
        // What is left is room for another comment, or for none.
        let whole = missing.min(COMMENT);
        let comment = if (1..4).contains(&(missing - whole)) { whole - 4 } else { whole };
        padded.extend_from_slice(&[0xFF, 0xFE]);
        padded.extend_from_slice(&u16::try_from(comment - 2).unwrap().to_be_bytes());
        padded.resize(padded.len() + comment - 4, b' ');
        missing -= comment;
    }
    padded.extend_from_slice(&jpeg[2..]);
    assert_eq!(padded.len(), length);
    padded
}

pub fn encode(picture: &RgbImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    DynamicImage::from(picture.clone()).write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// What a phone held upright makes: the sensor's rows lie across, and EXIF says to turn them (orientation 6). Upright,
/// it shows red, green, blue and yellow in its quarters; its EXIF also holds a place on earth, written out.
pub fn from_phone(width: u32, height: u32) -> Vec<u8> {
    // Turned a quarter clockwise, the sensor's bottom left is the picture's top left.
    let sensor = quarters(width, height, [GREEN, YELLOW, RED, BLUE]);
    let mut jpeg = Vec::new();
    JpegEncoder::new_with_quality(&mut jpeg, 90).encode_image(&sensor).unwrap();
    let mut exif = b"Exif\0\0MM\0\x2a\0\0\0\x08\0\x02".to_vec();
    exif.extend_from_slice(&[0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0]);
    let secret = b"48.8584 N 2.2945 E\0\0";
    exif.extend_from_slice(&[0x01, 0x0e, 0, 2, 0, 0, 0, 20, 0, 0, 0, 38]);
    exif.extend_from_slice(&[0, 0, 0, 0]);
    exif.extend_from_slice(secret);
    let mut photo = jpeg[..2].to_vec();
    photo.extend_from_slice(&[0xff, 0xe1]);
    photo.extend_from_slice(&u16::try_from(exif.len() + 2).unwrap().to_be_bytes());
    photo.extend_from_slice(&exif);
    photo.extend_from_slice(&jpeg[2..]);
    photo
}

/// A picture as it came back.
#[track_caller]
pub fn decode(bytes: &[u8]) -> RgbImage {
    image::load_from_memory(bytes).expect("a picture").into_rgb8()
}

/// It shows these colours in its quarters.
#[track_caller]
pub fn assert_quarters(picture: &RgbImage, colors: [[u8; 3]; 4]) {
    let (width, height) = picture.dimensions();
    let places = [(1, 1), (3, 1), (1, 3), (3, 3)];
    for ((x, y), color) in places.into_iter().zip(colors) {
        let Rgb(seen) = *picture.get_pixel(width * x / 4, height * y / 4);
        let far = seen.iter().zip(color).any(|(seen, wanted)| seen.abs_diff(wanted) > 24);
        assert!(!far, "{seen:?} where {color:?} was expected, at {x}/4, {y}/4 of {width}×{height}");
    }
}
