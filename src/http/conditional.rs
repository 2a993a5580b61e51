//! Conditional requests, range requests and content negotiation (RFC 9110 §12–§14).

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use object_store::GetRange;

/// `If-None-Match`: whether the client has the representation with this entity tag, which is written with its quotes.
/// Weak tags count, too (RFC 9110 §13.1.2). Ours have no commas, so that a list can be split at them.
pub(super) fn has(headers: &HeaderMap, tag: &str) -> bool {
    names(headers, tag) || items(headers, &header::IF_NONE_MATCH).any(|known| known == "*")
}

/// The same by the tag alone, where it is not known yet whether there is any representation: `*` means each that there is.
pub(super) fn names(headers: &HeaderMap, tag: &str) -> bool {
    items(headers, &header::IF_NONE_MATCH).any(|known| known.trim_start_matches("W/") == tag)
}

/// `Range`: the one part that is wanted of the representation with this entity tag. Several at once, and what is no
/// range, are answered whole (RFC 9110 §14.2), as is a part of another representation (`If-Range`, §13.1.5).
pub(super) fn range(headers: &HeaderMap, tag: &str) -> Option<GetRange> {
    let is_current = headers.get(header::IF_RANGE).is_none_or(|known| known.as_bytes() == tag.as_bytes());
    headers.get(header::RANGE).filter(|_| is_current).and_then(parse_range)
}

fn parse_range(value: &HeaderValue) -> Option<GetRange> {
    let (start, end) = value.to_str().ok()?.strip_prefix("bytes=")?.split_once('-')?;
    let number = |text: &str| text.parse::<u64>().ok();
    match (start, end) {
        ("", end) => number(end).filter(|length| *length > 0).map(GetRange::Suffix),
        (start, "") => number(start).map(GetRange::Offset),
        (start, end) => {
            let (start, end) = (number(start)?, number(end)?);
            (start <= end).then(|| GetRange::Bounded(start..end.saturating_add(1)))
        }
    }
}

/// Whether `Accept` or `Accept-Encoding` names this very item, and not with a weight of zero; wildcards do not count.
pub(super) fn accepts(headers: &HeaderMap, list: &HeaderName, item: &str) -> bool {
    weights(headers, list).any(|(name, weight)| name.eq_ignore_ascii_case(item) && weight > 0.0)
}

/// The weight that `Accept` gives to a media type: that of the most specific range that the type is in, and zero where
/// it is in none (RFC 9110 §12.5.1).
pub(super) fn media_weight(headers: &HeaderMap, kind: &str) -> f32 {
    let family = kind.split('/').next().unwrap_or_default();
    let specificity = |range: &str| match range.split_once('/') {
        _ if range.eq_ignore_ascii_case(kind) => Some(2),
        Some((named, "*")) if named.eq_ignore_ascii_case(family) => Some(1),
        Some(("*", "*")) => Some(0),
        _ => None,
    };
    let ranges = weights(headers, &header::ACCEPT).filter_map(|(range, weight)| Some((specificity(range)?, weight)));
    ranges.max_by_key(|(specificity, _)| *specificity).map_or(0.0, |(_, weight)| weight)
}

/// The items of a list with their weights, which are 1 where none is given (RFC 9110 §12.4.2).
fn weights<'h>(headers: &'h HeaderMap, list: &HeaderName) -> impl Iterator<Item = (&'h str, f32)> {
    items(headers, list).map(|entry| {
        let mut parts = entry.split(';').map(str::trim);
        let name = parts.next().unwrap_or_default();
        let weight = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
        let weight = weight.and_then(|weight| weight.parse::<f32>().ok()).filter(|weight| weight.is_finite());
        (name, weight.unwrap_or(1.0).clamp(0.0, 1.0))
    })
}

/// The items of a list, which may stand in several headers of one name (RFC 9110 §5.6.1).
fn items<'h>(headers: &'h HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'h str> {
    let values = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(pairs: &[(HeaderName, &'static str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(name, HeaderValue::from_static(value));
        }
        headers
    }

    #[test]
    fn a_known_tag_is_found_among_others_weak_or_not() {
        let knows = |values: &[&'static str]| {
            let pairs: Vec<_> = values.iter().map(|value| (header::IF_NONE_MATCH, *value)).collect();
            has(&of(&pairs), "\"a-1.webp\"")
        };
        for values in
            [&["\"a-1.webp\""][..], &["W/\"a-1.webp\""], &["\"x,y\", \"a-1.webp\""], &["*"], &["\"x\"", "\"a-1.webp\""]]
        {
            assert!(knows(values), "{values:?}");
        }
        for values in [&[][..], &[""], &["\"x\""], &["\"a 1\""], &["a-1.webp"], &["\"a-1.webp"]] {
            assert!(!knows(values), "{values:?}");
        }
    }

    #[test]
    fn one_part_of_the_same_file_is_a_range() {
        let range = |value: &'static str| range(&of(&[(header::RANGE, value)]), "\"t\"");
        assert_eq!(range("bytes=0-9"), Some(GetRange::Bounded(0..10)));
        assert_eq!(range("bytes=5-"), Some(GetRange::Offset(5)));
        assert_eq!(range("bytes=-5"), Some(GetRange::Suffix(5)));
        for odd in ["bytes=9-3", "bytes=0-1,4-5", "lines=1-2", "bytes=-0", "bytes=-", "bytes=a-b", "bytes"] {
            assert_eq!(range(odd), None, "{odd}");
        }
    }

    #[test]
    fn a_part_of_another_file_is_no_range() {
        let range =
            |known: &'static str| range(&of(&[(header::RANGE, "bytes=0-9"), (header::IF_RANGE, known)]), "\"t\"");
        assert!(range("\"t\"").is_some());
        for known in ["\"other\"", "W/\"t\"", "t", "Sat, 29 Oct 1994 19:43:31 GMT", ""] {
            assert_eq!(range(known), None, "{known}");
        }
    }

    #[test]
    fn a_media_type_weighs_what_the_most_specific_range_says() {
        let weight = |value: &'static str| media_weight(&of(&[(header::ACCEPT, value)]), "image/jpeg");
        for (value, expected) in [
            ("image/jpeg", 1.0),
            ("Image/JPEG;q=0.4, image/*, */*", 0.4),
            ("*/*;q=0.1, image/*;q=0.7", 0.7),
            ("*/*; q=0.1, text/html", 0.1),
            ("image/jpeg;q=0, */*", 0.0),
            ("image/webp, text/*", 0.0),
            ("", 0.0),
            ("image/jpeg;level=1;q=0.5", 0.5),
            ("image/jpeg;q=much", 1.0),
            ("image/jpeg;q=NaN", 1.0),
            ("image/jpeg;q=7", 1.0),
        ] {
            assert!((weight(value) - expected).abs() < 0.001, "{value}: {}", weight(value));
        }
    }

    #[test]
    fn an_item_is_accepted_when_it_is_named_and_not_refused() {
        let accepts =
            |value: &'static str| accepts(&of(&[(header::ACCEPT_ENCODING, value)]), &header::ACCEPT_ENCODING, "gzip");
        for value in ["gzip", "br, gzip", "deflate , GZIP;q=0.5", "gzip;q=1.0"] {
            assert!(accepts(value), "{value}");
        }
        for value in ["", "br", "gzipped", "gzip;q=0", "br, gzip; q=0.000", "*"] {
            assert!(!accepts(value), "{value}");
        }
    }
}
