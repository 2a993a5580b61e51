//! HTML escaping of what templates show.

use std::borrow::{Borrow, Cow};
use std::fmt::{self, Write};

use askama::filters::{Escaper, Html, Safe};

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

/// A name that templates give: of an icon, a field, a class, an address. It is HTML as it stands.
pub(crate) fn verbatim(name: impl Borrow<&'static str>) -> Safe<&'static str> {
    Safe(*name.borrow())
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
    if let Some(last) = bytes.last_chunk::<16>() {
        let (chunks, _) = bytes.as_chunks::<16>();
        return !chunks.iter().any(has_special) && !has_special(last);
    }
    // Shorter ones by their two ends, which overlap: they are most of what a page shows.
    let are_plain = are_ends_plain::<8>(bytes).or_else(|| are_ends_plain::<4>(bytes));
    are_plain.unwrap_or_else(|| !bytes.iter().copied().any(is_special))
}

/// Whether both ends of so many bytes are plain, where there are so many.
fn are_ends_plain<const N: usize>(bytes: &[u8]) -> Option<bool> {
    Some(!has_special::<N>(bytes.first_chunk()?) & !has_special::<N>(bytes.last_chunk()?))
}

/// Whether any of these means something in HTML. It looks at every byte, so that no branch keeps the compiler from looking
/// at all of them together.
fn has_special<const N: usize>(bytes: &[u8; N]) -> bool {
    bytes.iter().fold(false, |found, &byte| found | is_special(byte))
}

fn is_special(byte: u8) -> bool {
    (byte == b'"') | (byte == b'&') | (byte == b'\'') | (byte == b'<') | (byte == b'>')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// It is written and given as askama's own escaper does it.
    fn assert_escaped(text: &str) {
        let (mut ours, mut wanted) = (String::new(), String::new());
        Escape.write_escaped_str(&mut ours, text).unwrap();
        Html.write_escaped_str(&mut wanted, text).unwrap();
        assert_eq!(ours, wanted, "{text:?}");
        assert_eq!(escape(text), wanted, "{text:?}");
    }

    #[test]
    fn every_character_is_escaped_as_askama_does() {
        let around =
            ["", "plain", "\u{1F469}\u{200D}\u{1F680}", "a text that is longer than sixteen bytes, twice over"];
        for character in (0..=0x2FF).filter_map(char::from_u32) {
            for text in around {
                assert_escaped(&format!("{text}{character}"));
                assert_escaped(&format!("{character}{text}"));
            }
        }
    }

    #[test]
    fn a_character_is_escaped_wherever_it_stands() {
        for special in ['"', '&', '\'', '<', '>'] {
            for (before, after) in (0..40).flat_map(|length| (0..=length).map(move |before| (before, length - before)))
            {
                assert_escaped(&format!("{}{special}{}", "x".repeat(before), "x".repeat(after)));
            }
        }
    }
}
