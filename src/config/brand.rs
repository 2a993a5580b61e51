//! The brand's files: read with the settings, so that a start is stopped by what cannot be used, and served as they were
//! then.

use std::fmt;
use std::io::Read as _;

use bytes::Bytes;

use crate::secrets::{hash_token, hex};

/// No larger file is taken, in bytes.
const MAX_BYTES: u64 = 100_000;

/// A file of the brand's.
#[derive(Clone)]
pub struct BrandFile {
    /// Its content.
    pub bytes: Bytes,
    /// Its media type.
    pub media_type: &'static str,
    /// The address it is served at, which changes with the content.
    pub path: String,
    /// Its entity tag (RFC 9110 §8.8.3), quotes included.
    pub tag: String,
}

impl fmt::Debug for BrandFile {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("BrandFile").field("path", &self.path).finish_non_exhaustive()
    }
}

/// A picture that browsers show in a header.
pub(super) fn logo(value: &str) -> Result<Option<BrandFile>, String> {
    read(value, "logo", "an SVG, PNG or WebP file of at most 100 kB", |bytes| {
        if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
            Some(("png", "image/png"))
        } else if bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
            Some(("webp", "image/webp"))
        } else if std::str::from_utf8(bytes).is_ok_and(|text| text.contains("<svg")) {
            Some(("svg", "image/svg+xml"))
        } else {
            None
        }
    })
}

/// A style sheet.
pub(super) fn style(value: &str) -> Result<Option<BrandFile>, String> {
    read(value, "brand", "a CSS file in UTF-8 of at most 100 kB", |bytes| {
        let is_text = std::str::from_utf8(bytes).is_ok_and(|text| !text.contains('\0'));
        is_text.then_some(("css", "text/css; charset=utf-8"))
    })
}

/// The file at a path; nothing for none. `kind` gives the extension and the media type of what it holds.
fn read(
    value: &str,
    stem: &str,
    expected: &str,
    kind: fn(&[u8]) -> Option<(&'static str, &'static str)>,
) -> Result<Option<BrandFile>, String> {
    if value.trim().is_empty() {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    let read = std::fs::File::open(value.trim()).and_then(|file| file.take(MAX_BYTES + 1).read_to_end(&mut bytes));
    let length = read.map_err(|error| format!("{expected} ({error})"))?;
    if length as u64 > MAX_BYTES {
        return Err(format!("{expected} (it is larger)"));
    }
    let Some((extension, media_type)) = kind(&bytes) else { return Err(format!("{expected} (it is something else)")) };
    let hash = hex(&hash_token(&bytes)[..6]);
    Ok(Some(BrandFile {
        bytes: bytes.into(),
        media_type,
        path: format!("/static/{stem}.{hash}.{extension}"),
        tag: format!("\"{hash}\""),
    }))
}

#[cfg(test)]
mod tests {
    use super::{logo, style};

    fn file(content: &[u8]) -> (tempfile::TempDir, String) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("brand").display().to_string();
        std::fs::write(&path, content).unwrap();
        (folder, path)
    }

    #[test]
    fn a_logo_is_told_by_its_content_and_named_by_it() {
        for (content, media_type) in [
            (&b"<?xml version=\"1.0\"?><svg xmlns=\"http://www.w3.org/2000/svg\"/>"[..], "image/svg+xml"),
            (b"\x89PNG\r\n\x1a\n....", "image/png"),
            (b"RIFF\x04\0\0\0WEBPVP8 ", "image/webp"),
        ] {
            let (_folder, path) = file(content);
            assert_eq!(logo(&path).unwrap().unwrap().media_type, media_type);
        }
        let paths = [b"<svg>1</svg>", b"<svg>2</svg>"].map(|content| {
            let (_folder, path) = file(content);
            logo(&path).unwrap().unwrap().path
        });
        assert_ne!(paths[0], paths[1]);
        assert!(logo("").unwrap().is_none());
    }

    #[test]
    fn what_is_no_logo_or_style_or_too_large_is_refused() {
        for content in [&b""[..], b"GIF89a", b"<html>", b"<svg\xff>", &vec![b'x'; 100_001]] {
            let (_folder, path) = file(content);
            assert!(logo(&path).is_err(), "{:?}", content.get(..8));
        }
        for content in [&b"\xff"[..], b"a\0", &vec![b' '; 100_001]] {
            let (_folder, path) = file(content);
            assert!(style(&path).is_err(), "{:?}", content.get(..8));
        }
        assert!(logo("/no/such/file").unwrap_err().contains("an SVG, PNG or WebP file"));
        let (_folder, path) = file(b":root{}");
        assert_eq!(style(&path).unwrap().unwrap().media_type, "text/css; charset=utf-8");
    }
}
