//! Types of files that people take for pictures and that no decoder here reads, told by their magic numbers, so that
//! the refusal can say what the file is and what to do about it.

/// So much of a file is looked at.
const HEAD: usize = 1024;

/// The type of a file that people take for a picture and that no decoder here reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnsupportedType {
    /// HEIF with HEVC inside: what iPhones make.
    Heic,
    /// AVIF.
    Avif,
    /// JPEG XL.
    JpegXl,
    /// JPEG 2000.
    Jpeg2000,
    /// Windows bitmap.
    Bmp,
    /// Windows icon.
    Ico,
    /// TIFF, and the raw files of cameras that are TIFF within.
    Tiff,
    /// Photoshop document.
    Psd,
    /// SVG.
    Svg,
    /// PDF.
    Pdf,
    /// MP4 or QuickTime, such as the moving half of a Live Photo.
    Video,
}

impl UnsupportedType {
    /// What people call it.
    pub fn name(self) -> &'static str {
        match self {
            UnsupportedType::Heic => "HEIC",
            UnsupportedType::Avif => "AVIF",
            UnsupportedType::JpegXl => "JPEG XL",
            UnsupportedType::Jpeg2000 => "JPEG 2000",
            UnsupportedType::Bmp => "BMP",
            UnsupportedType::Ico => "ICO",
            UnsupportedType::Tiff => "TIFF",
            UnsupportedType::Psd => "PSD",
            UnsupportedType::Svg => "SVG",
            UnsupportedType::Pdf => "PDF",
            UnsupportedType::Video => "video",
        }
    }
}

/// The type of a file by its first bytes, whatever it is called. Nothing when it is none of these.
pub fn sniff(bytes: &[u8]) -> Option<UnsupportedType> {
    let head = &bytes[..bytes.len().min(HEAD)];
    match head {
        [_, _, _, _, b'f', b't', b'y', b'p', ..] => of_container(head),
        [0xFF, 0x0A, ..] | [0, 0, 0, 12, b'J', b'X', b'L', b' ', ..] => Some(UnsupportedType::JpegXl),
        [0xFF, 0x4F, 0xFF, 0x51, ..] | [0, 0, 0, 12, b'j', b'P', b' ', b' ', ..] => Some(UnsupportedType::Jpeg2000),
        [b'I', b'I', b'*' | b'+', 0, ..] | [b'M', b'M', 0, b'*' | b'+', ..] => Some(UnsupportedType::Tiff),
        // Two letters alone begin many a text: the length of the second header tells.
        [b'B', b'M', _, _, _, _, _, _, _, _, _, _, _, _, 12 | 40 | 52 | 56 | 64 | 108 | 124, 0, 0, 0, ..] => {
            Some(UnsupportedType::Bmp)
        }
        [0, 0, 1, 0, ..] => Some(UnsupportedType::Ico),
        [b'8', b'B', b'P', b'S', ..] => Some(UnsupportedType::Psd),
        [b'%', b'P', b'D', b'F', b'-', ..] => Some(UnsupportedType::Pdf),
        _ => is_svg(head).then_some(UnsupportedType::Svg),
    }
}

/// The type of an ISO base media file by the brands of its first box: the major one, the minor version, then those it is
/// compatible with. AVIF names the brands of HEIF too, so its own come first.
fn of_container(head: &[u8]) -> Option<UnsupportedType> {
    let length = head.first_chunk().map_or(0, |length| u32::from_be_bytes(*length));
    let end = head.len().min(length as usize);
    let (brands, _) = head.get(8..end)?.as_chunks::<4>();
    let has = |wanted: &[&[u8; 4]]| brands.iter().any(|brand| wanted.contains(&brand));
    Some(if has(&[b"avif", b"avis"]) {
        UnsupportedType::Avif
    } else if has(&[b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"]) {
        UnsupportedType::Heic
    } else {
        UnsupportedType::Video
    })
}

/// Whether it is XML that comes to its `svg` element soon, behind a declaration and comments. A page of HTML may hold
/// one as well, and is none.
fn is_svg(head: &[u8]) -> bool {
    let text = String::from_utf8_lossy(head).to_ascii_lowercase();
    let text = text.trim_start_matches('\u{feff}').trim_start();
    text.starts_with('<') && !text.starts_with("<!doctype html") && !text.contains("<html") && text.contains("<svg")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_told_by_their_first_bytes() {
        for (head, wanted) in [
            (&b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"[..], UnsupportedType::Heic),
            (b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic", UnsupportedType::Heic),
            (b"\0\0\0\x1cftypmif1\0\0\0\0mif1avifmiaf", UnsupportedType::Avif),
            (b"\0\0\0\x14ftypavis\0\0\0\0avis", UnsupportedType::Avif),
            (b"\0\0\0\x14ftypqt  \0\0\0\0qt  ", UnsupportedType::Video),
            (b"\0\0\0\x18ftypisom\0\0\0\0isommp42", UnsupportedType::Video),
            (b"\xFF\x0A\x7F\0", UnsupportedType::JpegXl),
            (b"\0\0\0\x0cJXL \r\n\x87\n", UnsupportedType::JpegXl),
            (b"\0\0\0\x0cjP  \r\n\x87\n", UnsupportedType::Jpeg2000),
            (b"II*\0\x08\0\0\0", UnsupportedType::Tiff),
            (b"MM\0*\0\0\0\x08", UnsupportedType::Tiff),
            (b"BM\x46\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0", UnsupportedType::Bmp),
            (b"\0\0\x01\0\x01\0", UnsupportedType::Ico),
            (b"8BPS\0\x01", UnsupportedType::Psd),
            (b"%PDF-1.7\n", UnsupportedType::Pdf),
            (b"\xEF\xBB\xBF<?xml version=\"1.0\"?>\n<!-- drawn -->\n<svg/>", UnsupportedType::Svg),
            (b"<SVG xmlns=''>", UnsupportedType::Svg),
        ] {
            assert_eq!(sniff(head), Some(wanted), "{}", String::from_utf8_lossy(head));
        }
    }

    #[test]
    fn brands_behind_the_first_box_say_nothing() {
        assert_eq!(sniff(b"\0\0\0\x10ftypisom\0\0\0\0avifheic"), Some(UnsupportedType::Video));
        assert_eq!(sniff(b"\xFF\xFF\xFF\xFFftypavif"), Some(UnsupportedType::Avif));
        assert_eq!(sniff(b"\0\0\0\0ftyp"), None);
    }

    #[test]
    fn what_is_something_else_has_no_name() {
        let html = b"<!doctype html><svg></svg>";
        let page = b"<?xml version='1.0'?><html><body><svg/></body></html>";
        for other in [&b""[..], b"BMW is no bitmap at all", b"nothing", b"\xFF\xD8\xFF\xE0", html, page, b"<p>"] {
            assert_eq!(sniff(other), None, "{}", String::from_utf8_lossy(other));
        }
    }
}
