//! Whether a file is a working copy already: nothing in it but the picture.

use super::MediaType;

/// The type of a file that is laid out as the encoders here lay working copies out: one scan of a JPEG with its tables,
/// or a still, lossy WebP; no metadata, and nothing behind the picture.
pub(super) fn layout(bytes: &[u8]) -> Option<MediaType> {
    if is_plain_jpeg(bytes) {
        Some(MediaType::Jpeg)
    } else if is_plain_webp(bytes) {
        Some(MediaType::Webp)
    } else {
        None
    }
}

/// The segments of a JPEG (ITU-T T.81, annex B) are a JFIF header without a thumbnail, the tables, a frame of three
/// components and a scan: each no longer, and no more of them, than a picture has.
fn is_plain_jpeg(bytes: &[u8]) -> bool {
    const JFIF_HEADER: usize = 14;
    const FRAME: usize = 6 + 3 * 3;
    /// Four tables of each kind, of bytes or of the longest codes.
    const QUANTIZATION: usize = 4 * (1 + 64);
    const HUFFMAN: usize = 4 * (1 + 16 + 256);
    let Some(mut rest) = bytes.strip_prefix(&[0xFF, 0xD8]) else { return false };
    let (mut headers, mut frames, mut quantization, mut huffman) = (0, 0, 0, 0);
    loop {
        let [0xFF, marker, high, low, ..] = *rest else { return false };
        let length = usize::from(u16::from_be_bytes([high, low]));
        let (Some(content), Some(after)) = (rest.get(4..2 + length), rest.get(2 + length..)) else { return false };
        rest = after;
        let (sum, most) = match marker {
            0xE0 if content.starts_with(b"JFIF\0") => (&mut headers, JFIF_HEADER),
            0xC0 if content.len() == FRAME => (&mut frames, FRAME),
            0xDB => (&mut quantization, QUANTIZATION),
            0xC4 => (&mut huffman, HUFFMAN),
            // What follows a scan's header is entropy-coded: no marker stands in it but that of the end.
            0xDA => {
                let end = rest.windows(2).position(|pair| pair[0] == 0xFF && pair[1] != 0);
                return frames == FRAME && end.is_some_and(|at| rest[at..] == [0xFF, 0xD9]);
            }
            _ => return false,
        };
        *sum += content.len();
        if *sum > most {
            return false;
        }
    }
}

/// The chunks of a WebP (RFC 9649) are a picture's, and its header says that there are no others.
fn is_plain_webp(bytes: &[u8]) -> bool {
    const HAS_ALPHA: u8 = 0x10;
    let length = bytes.get(4..8).and_then(|length| length.try_into().ok()).map(u32::from_le_bytes);
    if !bytes.starts_with(b"RIFF")
        || bytes.get(8..12) != Some(b"WEBP")
        || length.is_none_or(|length| length as usize + 8 != bytes.len())
    {
        return false;
    }
    let (mut rest, mut names) = (&bytes[12..], Vec::new());
    while let Some((name, content, after)) = super::webp::chunk(rest) {
        if name == b"VP8X" && !matches!(content, [HAS_ALPHA, 0, 0, 0, ..] if content.len() == 10) {
            return false;
        }
        names.push(name);
        rest = after;
    }
    rest.is_empty() && (names == [b"VP8 "] || names == [b"VP8X", b"ALPH", b"VP8 "])
}
