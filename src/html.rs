//! HTML escaping of what templates show.

use std::borrow::Cow;
use std::fmt::{self, Write};

use askama::filters::{Escaper, Html};

/// askama's escaper, behind a look at whether there is anything to escape: texts are short and mostly plain, and that
/// look takes many bytes at once. `askama.toml` names it.
#[derive(Clone, Copy, Debug)]
pub struct Escape;

impl Escaper for Escape {
    #[inline]
    fn write_escaped_str<W: Write>(&self, mut dest: W, text: &str) -> fmt::Result {
        if is_plain(text) { dest.write_str(text) } else { Html.write_escaped_str(dest, text) }
    }

    #[inline]
    fn write_escaped_char<W: Write>(&self, dest: W, character: char) -> fmt::Result {
        Html.write_escaped_char(dest, character)
    }
}

/// A text as HTML.
pub(crate) fn escape(text: &str) -> Cow<'_, str> {
    if is_plain(text) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    // A string takes all there is.
    let _ = Html.write_escaped_str(&mut escaped, text);
    Cow::Owned(escaped)
}

/// Whether a text holds nothing that means something in HTML.
fn is_plain(text: &str) -> bool {
    let bytes = text.as_bytes();
    let Some(last) = bytes.last_chunk::<16>() else {
        return !bytes.iter().copied().any(is_special);
    };
    let (chunks, _) = bytes.as_chunks::<16>();
    !chunks.iter().any(has_special) && !has_special(last)
}

/// It looks at every byte, so that no branch keeps the compiler from looking at all of them together.
fn has_special(bytes: &[u8; 16]) -> bool {
    bytes.iter().fold(false, |found, &byte| found | is_special(byte))
}

fn is_special(byte: u8) -> bool {
    (byte == b'"') | (byte == b'&') | (byte == b'\'') | (byte == b'<') | (byte == b'>')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_is_escaped_as_askama_does() {
        let escaped = |escaper: &dyn Fn(&mut String, &str) -> fmt::Result, text: &str| {
            let mut written = String::new();
            escaper(&mut written, text).unwrap();
            written
        };
        let around =
            ["", "plain", "\u{1F469}\u{200D}\u{1F680}", "a text that is longer than sixteen bytes, twice over"];
        for character in (0..=0x2FF).filter_map(char::from_u32) {
            for text in around.iter().flat_map(|text| [format!("{text}{character}"), format!("{character}{text}")]) {
                let ours = escaped(&|to, text| Escape.write_escaped_str(to, text), &text);
                assert_eq!(ours, escaped(&|to, text| Html.write_escaped_str(to, text), &text), "{text:?}");
                assert_eq!(ours, escape(&text));
            }
        }
    }
}
