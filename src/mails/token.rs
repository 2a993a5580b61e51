//! The tokens of mailed links. A token is a MAC over the link's id, so that each try of a mail carries the same one
//! without its being kept: what the database holds is the id and a hash of the token.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use uuid::Uuid;

use crate::app::App;
use crate::secrets::hash_token;

/// The token of a link: 256 bits, which `SECRET_KEY` is needed for.
pub(crate) fn of_link(app: &App, link: Uuid) -> String {
    URL_SAFE_NO_PAD.encode(app.sign("mailed link", link.as_bytes()))
}

/// What is stored of it.
pub(crate) fn hash(app: &App, link: Uuid) -> [u8; 32] {
    hash_token(of_link(app, link).as_bytes())
}

/// The six digits that stand beside a link, for the browser that asked.
pub(crate) fn code(app: &App, link: Uuid) -> String {
    let [a, b, c, d, e, f, g, h, ..] = app.sign("mailed code", link.as_bytes());
    // Of 2^64 numbers, the remainder favours none by more than one in 10^13.
    format!("{:06}", u64::from_be_bytes([a, b, c, d, e, f, g, h]) % 1_000_000)
}
