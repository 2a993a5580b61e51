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
