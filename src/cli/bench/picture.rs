//! Pictures to upload: small PNGs, each account's of other colours.

use std::io::Write as _;

use flate2::write::ZlibEncoder;
use flate2::{Compression, Crc};

/// Pixels of a side.
const SIDE: u8 = 160;

/// A PNG (ISO/IEC 15948) with a gradient.
pub(super) fn png(tint: u8) -> std::io::Result<Vec<u8>> {
    let mut pixels = ZlibEncoder::new(Vec::new(), Compression::fast());
    for y in 0..SIDE {
        // Each row begins with how it is filtered: not at all.
        let mut row = vec![0];
        for x in 0..SIDE {
            row.extend_from_slice(&[x.wrapping_add(tint), y.wrapping_sub(tint), tint]);
        }
        pixels.write_all(&row)?;
    }
    let side = u32::from(SIDE).to_be_bytes();
    // Eight bits of red, green and blue each; the only way to compress and to filter, and rows in their order.
    let header = [&side[..], &side, &[8, 2, 0, 0, 0]].concat();
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    for (kind, content) in [(b"IHDR", header), (b"IDAT", pixels.finish()?), (b"IEND", Vec::new())] {
        chunk(&mut file, kind, &content);
    }
    Ok(file)
}

fn chunk(file: &mut Vec<u8>, kind: &[u8; 4], content: &[u8]) {
    let mut sum = Crc::new();
    sum.update(kind);
    sum.update(content);
    #[expect(clippy::cast_possible_truncation, reason = "a few kilobytes")]
    file.extend_from_slice(&(content.len() as u32).to_be_bytes());
    file.extend_from_slice(kind);
    file.extend_from_slice(content);
    file.extend_from_slice(&sum.sum().to_be_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_uploaded_is_a_picture() {
        let picture = image::load_from_memory(&png(200).unwrap()).unwrap().to_rgb8();
        assert_eq!(picture.dimensions(), (SIDE.into(), SIDE.into()));
        assert_eq!(picture.get_pixel(3, 2).0, [203, 58, 200]);
    }
}
