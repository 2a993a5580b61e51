//! Hashes that came with imported accounts: read here, never written by a sign-in. Their forms are those that the
//! replaced services wrote.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use sha2::Sha256;
use subtle::ConstantTimeEq;

use super::work::{Kind, Work};

/// How a hash with a global salt is stored: `$pbkdf2-sha256-global$i=100000$<salt>$<hash>`, both
/// in base64 without padding.
const GLOBAL: &str = "$pbkdf2-sha256-global$i=";

/// How Django's hashes are stored: `pbkdf2_sha256$720000$<salt>$<hash>`.
const DJANGO: &str = "pbkdf2_sha256$";

/// What HMAC-SHA256 gives, and what all of these services kept.
const HASH_BYTES: usize = 32;

/// The most work that a stored hash may ask for: seconds, not minutes.
const MAX_BCRYPT_COST: u32 = 15;
/// The least work that bcrypt knows.
pub(super) const MIN_BCRYPT_COST: u32 = 4;
const MAX_PBKDF2_ITERATIONS: u32 = 5_000_000;

/// The stored form of a bare base64 hash by PBKDF2-HMAC-SHA256 with one global salt, for
/// the importer, who knows that salt and the iterations from the old service's settings.
///
/// `None` if the hash is not 32 bytes in base64, or the iterations are none or beyond five million.
pub fn global_salt(hash: &str, salt: &str, iterations: u32) -> Option<String> {
    let hash = STANDARD.decode(hash).ok().filter(|hash| hash.len() == HASH_BYTES)?;
    let iterations = allowed_iterations(iterations)?;
    let (salt, hash) = (STANDARD_NO_PAD.encode(salt), STANDARD_NO_PAD.encode(hash));
    Some(format!("{GLOBAL}{iterations}${salt}${hash}"))
}

/// A stored hash of an older service.
pub(super) enum Legacy<'a> {
    /// `$2a$`, `$2b$`, `$2y$`: one algorithm, of which only the first 72 bytes of a password count.
    Bcrypt(&'a str),
    /// PBKDF2-HMAC-SHA256.
    Pbkdf2(Pbkdf2),
}

/// A hash by PBKDF2-HMAC-SHA256.
pub(super) struct Pbkdf2 {
    iterations: u32,
    salt: Vec<u8>,
    hash: Vec<u8>,
    /// Whether the service trimmed passwords before it hashed them.
    trimmed: bool,
}

impl Legacy<'_> {
    /// What is stored, if it is of a form we know, whole, and not too costly to check.
    pub(super) fn read(stored: &str) -> Option<Legacy<'_>> {
        if let Some(rest) = stored.strip_prefix(GLOBAL) {
            let [iterations, salt, hash] = parts(rest)?;
            let salt = STANDARD_NO_PAD.decode(salt).ok()?;
            let hash = STANDARD_NO_PAD.decode(hash).ok()?;
            Pbkdf2::new(iterations, salt, hash, false).map(Legacy::Pbkdf2)
        } else if let Some(rest) = stored.strip_prefix(DJANGO) {
            let [iterations, salt, hash] = parts(rest)?;
            let hash = STANDARD.decode(hash).ok()?;
            Pbkdf2::new(iterations, salt.into(), hash, true).map(Legacy::Pbkdf2)
        } else {
            is_bcrypt(stored).then_some(Legacy::Bcrypt(stored))
        }
    }

    /// Whether this is the hash of the password.
    pub(super) fn matches(&self, password: &str, work: &mut Work) -> bool {
        match self {
            Legacy::Bcrypt(stored) => {
                work.bcrypt += bcrypt_cost(stored).map_or(0, |cost| 1 << cost);
                bcrypt::verify(password, stored).unwrap_or(false)
            }
            Legacy::Pbkdf2(pbkdf2) => pbkdf2.matches(password, work),
        }
    }
}

impl Pbkdf2 {
    fn new(iterations: &str, salt: Vec<u8>, hash: Vec<u8>, trimmed: bool) -> Option<Pbkdf2> {
        let iterations = allowed_iterations(iterations.parse().ok()?)?;
        (hash.len() == HASH_BYTES).then_some(Pbkdf2 { iterations, salt, hash, trimmed })
    }

    fn matches(&self, typed: &str, work: &mut Work) -> bool {
        if !self.trimmed {
            return self.matches_exactly(typed, work);
        }
        let trimmed = typed.trim_matches(is_python_space);
        self.matches_exactly(trimmed, work) || (trimmed != typed && self.matches_exactly(typed, work))
    }

    fn matches_exactly(&self, text: &str, work: &mut Work) -> bool {
        work.pbkdf2 += u64::from(self.iterations);
        let mut derived = [0; HASH_BYTES];
        pbkdf2::pbkdf2_hmac::<Sha256>(text.as_bytes(), &self.salt, self.iterations, &mut derived);
        derived.ct_eq(self.hash.as_slice()).into()
    }
}

/// The kind of a stored hash, and how those of the kind begin.
pub(super) fn kind(stored: &str) -> Option<(&str, Kind)> {
    for (prefix, trims) in [(GLOBAL, false), (DJANGO, true)] {
        if let Some(rest) = stored.strip_prefix(prefix) {
            let (iterations, _) = rest.split_once('$')?;
            let kind = Kind::Pbkdf2 { iterations: allowed_iterations(iterations.parse().ok()?)?, trims };
            return Some((stored.get(..=prefix.len() + iterations.len())?, kind));
        }
    }
    let cost = bcrypt_cost(stored)?;
    let known = is_bcrypt_version(stored.get(..4)?) && stored.get(6..7) == Some("$");
    let allowed = (MIN_BCRYPT_COST..=MAX_BCRYPT_COST).contains(&cost);
    (known && allowed).then_some((stored.get(..7)?, Kind::Bcrypt { cost }))
}

/// Does the work of bcrypt for nothing.
pub(super) fn spend_bcrypt(password: &str, cost: u32, work: &mut Work) {
    work.bcrypt += 1 << cost;
    let _ = std::hint::black_box(bcrypt::hash_with_salt(password, cost, [0; 16]));
}

/// Does the work of PBKDF2 for nothing.
pub(super) fn spend_pbkdf2(password: &str, iterations: u32, work: &mut Work) {
    let dummy = Pbkdf2 { iterations, salt: vec![0; 16], hash: vec![0; HASH_BYTES], trimmed: false };
    std::hint::black_box(dummy.matches_exactly(password, work));
}

/// Whether services that trimmed passwords would have trimmed this one.
pub(super) fn is_padded(password: &str) -> bool {
    password.trim_matches(is_python_space) != password
}

/// Three parts between two dollar signs.
fn parts(text: &str) -> Option<[&str; 3]> {
    let parts: Vec<&str> = text.split('$').collect();
    parts.try_into().ok()
}

/// The iterations, unless there are none or absurdly many.
fn allowed_iterations(iterations: u32) -> Option<u32> {
    if iterations > MAX_PBKDF2_ITERATIONS {
        tracing::warn!(iterations, "A stored PBKDF2 hash asks for more work than is allowed, so it is not checked");
    }
    (1..=MAX_PBKDF2_ITERATIONS).contains(&iterations).then_some(iterations)
}

/// Whether the text is a whole bcrypt hash at an allowed cost. Malformed ones have made a verifier
/// panic, so none gets as far as that.
fn is_bcrypt(stored: &str) -> bool {
    let Some((version, rest)) = stored.split_at_checked(4) else {
        return false;
    };
    let Some((cost, rest)) = rest.split_once('$') else {
        return false;
    };
    let whole = is_bcrypt_version(version)
        && cost.len() == 2
        && cost.bytes().all(|byte| byte.is_ascii_digit())
        && rest.len() == 53
        && rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'/'));
    let Some(cost) = cost.parse::<u32>().ok().filter(|_| whole) else {
        return false;
    };
    if cost > MAX_BCRYPT_COST {
        tracing::warn!(cost, "A stored bcrypt hash asks for more work than is allowed, so it is not checked");
    }
    (MIN_BCRYPT_COST..=MAX_BCRYPT_COST).contains(&cost)
}

fn is_bcrypt_version(version: &str) -> bool {
    matches!(version, "$2a$" | "$2b$" | "$2y$")
}

/// The cost of a whole hash.
fn bcrypt_cost(stored: &str) -> Option<u32> {
    stored.get(4..6)?.parse().ok()
}

/// What Python's `str.strip` takes off: Unicode white space and four ASCII separators.
fn is_python_space(character: char) -> bool {
    character.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&character)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(stored: &str, typed: &str) -> Option<bool> {
        Some(Legacy::read(stored)?.matches(typed, &mut Work::default()))
    }

    const DJANGO: &str = "pbkdf2_sha256$720000$Kq3NaAMhEUxkfy2ocbSN6W$1A6l7wBZ/dZhoCoDsL52/Mt8gkxet2vTnLuWILDCz4k=";

    #[test]
    fn the_known_answers_of_the_old_services_match() {
        let bcrypt = "$2b$12$SHtqWqmz4.gn/AjKdNXjbOaa.9rFfLOjBZceffxewBDHBlnZbfIja";
        assert_eq!(matches(bcrypt, "n"), Some(true));
        assert_eq!(matches(bcrypt, "m"), Some(false));
        let newer = "pbkdf2_sha256$870000$jmZqyMTB7bokK3nI114D53$pnCV4CJ83Ho2G/fUgxr5cGu2hUe3qoc9TN5LOic+o1U=";
        assert_eq!(matches(newer, "password1"), Some(true));
        assert_eq!(matches(newer, "password2"), Some(false));
        assert_eq!(matches(DJANGO, "password1"), Some(true));
        let global = global_salt("TbfEtLgspFC6WtGImSTlxL+6rt0mti5McQqpH3ceWu8=", "skh4Ss", 100_000).unwrap();
        assert_eq!(matches(&global, "Abcdef1"), Some(true));
        assert_eq!(matches(&global, "Abcdef1 "), Some(false));
    }

    #[test]
    fn a_hash_of_a_service_that_trimmed_forgives_white_space() {
        assert_eq!(matches(DJANGO, "  password1\u{a0}\u{1c}\n"), Some(true));
        assert_eq!(matches(DJANGO, "pass word1"), Some(false));
    }

    #[test]
    fn all_three_bcrypt_names_are_one_and_72_bytes_count() {
        let long = "0123456789".repeat(8);
        let hash = bcrypt::hash_with_salt(&long, 4, [7; 16]).unwrap();
        for version in [bcrypt::Version::TwoA, bcrypt::Version::TwoB, bcrypt::Version::TwoY] {
            let stored = hash.format_for_version(version);
            assert_eq!(matches(&stored, &long), Some(true));
            assert_eq!(matches(&stored, &long[..72]), Some(true));
            assert_eq!(matches(&stored, &long[..71]), Some(false));
        }
        assert_eq!(matches(&hash.format_for_version(bcrypt::Version::TwoX), &long), None);
    }

    #[test]
    fn the_unusable_the_absurd_and_the_broken_are_not_read() {
        let tail = "SHtqWqmz4.gn/AjKdNXjbOaa.9rFfLOjBZceffxewBDHBlnZbfIja";
        for stored in [
            "",
            "!",
            "!FqkWqmz4gnAjKdNXjbOaa9rFfLOjBZceffxewBD",
            "password1",
            "$2b$12$",
            "$2b$12$é",
            "$2é",
            &format!("$2b$31${tail}"),
            &format!("$2b$16${tail}"),
            &format!("$2b$03${tail}"),
            &format!("$2b$+9${tail}"),
            &format!("$2b$12${}é", &tail[..51]),
            &format!("$2b$12${tail}x"),
            "pbkdf2_sha256$0$salt$1A6l7wBZ/dZhoCoDsL52/Mt8gkxet2vTnLuWILDCz4k=",
            "pbkdf2_sha256$5000001$salt$1A6l7wBZ/dZhoCoDsL52/Mt8gkxet2vTnLuWILDCz4k=",
            "pbkdf2_sha256$4294967296$salt$1A6l7wBZ/dZhoCoDsL52/Mt8gkxet2vTnLuWILDCz4k=",
            "pbkdf2_sha256$1000$salt$",
            "pbkdf2_sha256$1000$salt$AAAA",
            "pbkdf2_sha256$1000$sa$lt$1A6l7wBZ/dZhoCoDsL52/Mt8gkxet2vTnLuWILDCz4k=",
            "$pbkdf2-sha256-global$i=1000$$",
        ] {
            assert_eq!(matches(stored, "password1"), None, "{stored:?}");
        }
        assert_eq!(global_salt("not base64!", "salt", 1_000), None);
        assert_eq!(global_salt("AAAA", "salt", 1_000), None);
    }
}
