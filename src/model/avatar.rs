//! Whose avatar an address asks for.

use portico_imaging::MediaType;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::{AccountId, Keys, Username};

/// Whose picture is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum AvatarSubject {
    /// An account's.
    Id(AccountId),
    /// The account with this username, or that had it a while ago.
    Username(Keys),
    /// The account whose e-mail has this MD5 hash, if it may be found by it.
    Md5([u8; 16]),
    /// The same by SHA-256.
    Sha256([u8; 32]),
}

impl AvatarSubject {
    /// From an account id, `@username`, or 32 or 64 hexadecimal digits, and the kind that its ending asks for. All but
    /// the username may have one: `.jpg`, `.jpeg`, `.webp`, or `.png`, in which no picture is kept and which asks for
    /// nothing. Nothing when it is none of these.
    pub fn parse(text: &str) -> Option<(AvatarSubject, Option<MediaType>)> {
        // A username keeps its dots: taken for extensions, they would show another user's picture.
        if let Some(username) = text.strip_prefix('@') {
            return Username::keys(username).ok().map(|keys| (AvatarSubject::Username(keys), None));
        }
        let (text, kind) = split_ending(text);
        let subject = match text.len() {
            32 => digits(text).map(AvatarSubject::Md5),
            64 => digits(text).map(AvatarSubject::Sha256),
            // Only as ids are written here: an id without hyphens cannot be told from an MD5 hash.
            36 => Uuid::try_parse(text).ok().map(|id| AvatarSubject::Id(AccountId(id))),
            _ => None,
        };
        Some((subject?, kind))
    }

    /// The same bytes for each way to write it.
    pub fn digest(&self) -> [u8; 32] {
        match self {
            AvatarSubject::Id(id) => Sha256::digest(id.to_string()),
            AvatarSubject::Username(username) => Sha256::digest(format!("@{}", username.key())),
            AvatarSubject::Md5(hash) => Sha256::digest(hash),
            AvatarSubject::Sha256(hash) => Sha256::digest(hash),
        }
        .into()
    }
}

/// A name without its ending, if it is one of those that avatars may have, and the kind of picture that it means.
pub fn split_ending(text: &str) -> (&str, Option<MediaType>) {
    let Some((name, ending)) = text.rsplit_once('.') else { return (text, None) };
    match ending.to_ascii_lowercase().as_str() {
        "jpg" | "jpeg" => (name, Some(MediaType::Jpeg)),
        "webp" => (name, Some(MediaType::Webp)),
        "png" => (name, None),
        _ => (text, None),
    }
}

/// The bytes that twice as many hexadecimal digits mean.
fn digits<const COUNT: usize>(text: &str) -> Option<[u8; COUNT]> {
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    let mut bytes = [0; COUNT];
    if pairs.len() != COUNT || !rest.is_empty() {
        return None;
    }
    for (byte, pair) in bytes.iter_mut().zip(pairs) {
        let [high, low] = pair.map(|digit| char::from(digit).to_digit(16));
        *byte = u8::try_from(high? * 16 + low?).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Option<AvatarSubject> {
        AvatarSubject::parse(text).map(|(subject, _)| subject)
    }

    #[test]
    fn an_account_is_named_by_id_username_or_hash() {
        let id = "0192f0c1-7a2b-7c3d-8e4f-5a6b7c8d9e0f";
        assert_eq!(parsed(id), Some(AvatarSubject::Id(AccountId(id.parse().unwrap()))));
        assert_eq!(parsed("@Ada"), Username::keys("Ada").ok().map(AvatarSubject::Username));
        assert_eq!(parsed(&"0f".repeat(16)), Some(AvatarSubject::Md5([15; 16])));
        assert_eq!(parsed(&"0F".repeat(32)), Some(AvatarSubject::Sha256([15; 32])));
        for text in ["", "@", "ada", "ada@example.org", &"0g".repeat(16), &"0f".repeat(15), &"é".repeat(16)] {
            assert_eq!(AvatarSubject::parse(text), None, "{text}");
        }
    }

    #[test]
    fn an_ending_means_a_kind_and_in_a_username_nothing() {
        for (ending, kind) in [
            (".jpg", Some(MediaType::Jpeg)),
            (".JPEG", Some(MediaType::Jpeg)),
            (".webp", Some(MediaType::Webp)),
            (".Webp", Some(MediaType::Webp)),
            (".PNG", None),
            ("", None),
        ] {
            let found = AvatarSubject::parse(&("0f".repeat(16) + ending));
            assert_eq!(found, Some((AvatarSubject::Md5([15; 16]), kind)), "{ending}");
            let name = format!("ada{ending}");
            let named = Username::keys(&name).ok().map(|keys| (AvatarSubject::Username(keys), None));
            assert_eq!(AvatarSubject::parse(&format!("@{name}")), named);
        }
        assert_eq!(AvatarSubject::parse(&("0f".repeat(16) + ".gif")), None);
    }

    #[test]
    fn every_way_to_write_a_name_gives_the_same_pattern() {
        let digest = |text: &str| parsed(text).unwrap().digest();
        assert_eq!(digest("@Ada"), digest("@ADA"));
        assert_eq!(digest(&"AB".repeat(16)), digest(&("ab".repeat(16) + ".png")));
        assert_ne!(digest("@ada"), digest("@bob"));
    }
}
