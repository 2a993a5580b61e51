//! Pages compressed by gzip. They are whole in memory, so one compressor for each thread does, kept from page to page:
//! making one costs as much as what it does with a page.

use std::cell::RefCell;

use axum::body::{Body, HttpBody as _, to_bytes};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use flate2::{Compress, Compression, FlushCompress, Status};

use super::conditional::accepts;

/// Below this many bytes an answer fits one packet anyway.
const MIN_GZIP_BYTES: u64 = 1024;
/// Above this many bytes an answer is no page.
const MAX_GZIP_BYTES: u64 = 1024 * 1024;

thread_local! {
    /// Fast, and with a window of 16 KiB: pages are of that size.
    static COMPRESSOR: RefCell<Compress> = RefCell::new(Compress::new_gzip(Compression::fast(), 14));
}

/// Whether a client takes compressed answers.
pub(super) fn is_taken(headers: &HeaderMap) -> bool {
    accepts(headers, &header::ACCEPT_ENCODING, "gzip")
}

/// Compresses text that is whole, for clients that take it. Pages hold no secret that an attacker could guess by its
/// compressed length: no form carries a token.
pub(super) async fn page(response: Response, is_taken: bool) -> Response {
    let kind = response.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let is_text = kind.starts_with("text/") || kind.starts_with("application/json");
    let size = response.body().size_hint().exact().filter(|size| (MIN_GZIP_BYTES..=MAX_GZIP_BYTES).contains(size));
    let (true, Some(_), false) = (is_text, size, response.headers().contains_key(header::CONTENT_ENCODING)) else {
        return response;
    };
    let (mut parts, body) = response.into_parts();
    parts.headers.append(header::VARY, HeaderValue::from_static("accept-encoding"));
    if !is_taken {
        return Response::from_parts(parts, body);
    }
    // Such a body is in memory: nothing is waited for, and nothing can break.
    let plain = to_bytes(body, usize::MAX).await.unwrap_or_default();
    let Some(packed) = COMPRESSOR.with_borrow_mut(|compressor| gzip(compressor, &plain)) else {
        return Response::from_parts(parts, Body::from(plain));
    };
    parts.headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    parts.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(packed.len()));
    Response::from_parts(parts, Body::from(packed))
}

/// `None` when the compressor refuses, which it has no reason to.
fn gzip(compressor: &mut Compress, plain: &[u8]) -> Option<Vec<u8>> {
    compressor.reset();
    let mut packed = Vec::with_capacity(plain.len() / 2 + 64);
    loop {
        let read = usize::try_from(compressor.total_in()).ok()?;
        match compressor.compress_vec(plain.get(read..)?, &mut packed, FlushCompress::Finish) {
            Ok(Status::StreamEnd) => return Some(packed),
            Ok(Status::Ok | Status::BufError) => packed.reserve(plain.len() / 2 + 64),
            Err(_) => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use flate2::read::GzDecoder;
    use flate2::{Compress, Compression};

    use super::gzip;

    #[test]
    fn what_was_packed_unpacks_to_the_same_page_after_page() {
        let mut compressor = Compress::new_gzip(Compression::fast(), 14);
        let noise: String =
            (0u32..40_000).map(|n| char::from(b' ' + (n.wrapping_mul(2_654_435_761) >> 24) as u8 % 90)).collect();
        for page in ["<p>One page</p>".repeat(900), "another".repeat(20_000), noise, String::new()] {
            let packed = gzip(&mut compressor, page.as_bytes()).unwrap();
            let mut unpacked = String::new();
            GzDecoder::new(packed.as_slice()).read_to_string(&mut unpacked).unwrap();
            assert!(unpacked == page, "{} bytes came back as {}", page.len(), unpacked.len());
        }
    }
}
