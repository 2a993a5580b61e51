//! Words that no person gets for a username.

use std::collections::HashSet;
use std::sync::LazyLock;

use super::keys::{Bounded, MAX_NAME_BYTES, skeleton};

/// Reserved usernames: segments of our own and of the replaced services' addresses, and names that
/// would look like the operator's.
const RESERVED: &[&str] = &[
    "about",
    "account",
    "accounts",
    "admin",
    "administrator",
    "api",
    "assets",
    "avatar",
    "captcha",
    "config",
    "curators",
    "docs",
    "email",
    "goodbye",
    "healthz",
    "help",
    "identifiers",
    "invite",
    "language",
    "login",
    "logout",
    "mail",
    "me",
    "media",
    "metrics",
    "moderator",
    "name",
    "null",
    "openapi",
    "organizations",
    "ota-codes",
    "password",
    "portico",
    "privacy",
    "profile",
    "readyz",
    "reauth",
    "refresh",
    "register",
    "root",
    "search",
    "security",
    "settings",
    "setup",
    "signup",
    "static",
    "stats",
    "status",
    "support",
    "system",
    "terms",
    "token",
    "tokens",
    "u",
    "undefined",
    "update",
    "user",
    "users",
    "validate-captcha",
    "webmaster",
    "welcome",
    "www",
];

/// Whether people would take a name for a reserved word or for `brand`, dots and dashes aside.
pub(super) fn is_reserved(name: &str, brand: &str) -> bool {
    static RESERVED_LOOKS: LazyLock<HashSet<String>> = LazyLock::new(|| RESERVED.iter().flat_map(looks).collect());
    let brand: Vec<String> = looks(&brand).filter(|look| look.chars().count() > 2).collect();
    looks(name).any(|look| RESERVED_LOOKS.contains(&look) || brand.contains(&look))
}

/// What a name could be taken for: as it stands, and by its key (in which a capital I is an i).
fn looks(name: impl AsRef<str>) -> impl Iterator<Item = String> {
    let text: String =
        name.as_ref().chars().take(MAX_NAME_BYTES / 4).filter(|letter| !"._- ".contains(*letter)).collect();
    let key = Bounded::of(&text).map(Bounded::key).unwrap_or_default();
    [text, key].into_iter().filter_map(|text| skeleton(Bounded::of(&text).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reserved_words_are_sorted_for_the_eye() {
        assert!(RESERVED.is_sorted());
    }
}
