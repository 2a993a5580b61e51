//! Which secrets are no secrets: placeholders left in place, and what a machine guesses in a moment.

/// How the keys of examples and project templates begin, letters and digits alone.
const BEGINNINGS: &[&str] = &["changeme", "changethis", "djangoinsecure", "yoursecret", "replaceme", "replacethis"];

/// What placeholders are made of.
const PLACEHOLDER_WORDS: &[&str] = &[
    "changeme",
    "change",
    "replace",
    "insecure",
    "default",
    "example",
    "password",
    "random",
    "secret",
    "string",
    "django",
    "please",
    "super",
    "token",
    "value",
    "your",
    "this",
    "here",
    "keep",
    "jwt",
    "key",
    "top",
    "the",
    "my",
    "me",
    "it",
    "insert",
    "enter",
    "put",
    "set",
    "goes",
    "now",
    "new",
    "some",
    "strong",
    "long",
    "generate",
    "dummy",
    "sample",
    "fixme",
    "todo",
    "placeholder",
    "portico",
    "with",
    "own",
    "a",
];

/// A block that is only repeated is no longer a secret for it.
const MAX_PERIOD: usize = 12;

/// Whether a secret is a well-known one.
pub(super) fn is_placeholder(secret: &str) -> bool {
    let plain: String = secret.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    BEGINNINGS.iter().any(|beginning| plain.starts_with(beginning))
        || says_nothing(plain)
        || repeats(secret.as_bytes())
        || counts(secret.as_bytes())
}

/// A key that Django makes for a new project, and warns of by its beginning.
pub(super) fn is_of_a_new_project(secret: &str) -> bool {
    secret.starts_with("django-insecure-")
}

/// Whether next to nothing is left without the words that placeholders are made of, and numbers.
fn says_nothing(mut plain: String) -> bool {
    let before = plain.len();
    for word in PLACEHOLDER_WORDS {
        plain = plain.replace(word, "");
    }
    let has_words = plain.len() < before;
    plain.retain(|letter| !letter.is_ascii_digit());
    has_words && plain.len() < 4
}

/// Whether it is one short block again and again, or of hardly any different bytes.
fn repeats(secret: &[u8]) -> bool {
    let mut bytes = secret.to_vec();
    bytes.sort_unstable();
    bytes.dedup();
    let has_period = |length: usize| secret.len() > length && secret.iter().zip(&secret[length..]).all(|(a, b)| a == b);
    bytes.len() < 6 || (1..=MAX_PERIOD).any(has_period)
}

/// Whether most of it goes along the alphabet, the digits or back, a step at a time.
fn counts(secret: &[u8]) -> bool {
    let is_step = |pair: &[u8]| pair[0].abs_diff(pair[1]) == 1;
    secret.len() > 1 && secret.windows(2).filter(|pair| is_step(pair)).count() * 4 >= (secret.len() - 1) * 3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_placeholder_is_no_secret() {
        for placeholder in [
            "abcdefghijklmnopqrstuvwxyz012345",
            "0123456789abcdef",
            "ABCDEFGHIJKLMNOPabcdefghijklmnop",
            "zyxwvutsrqponmlkjihgfedcba987654",
            "changeme-changeme-changeme-changeme",
            "Change-Me!Change-Me!Change-Me!Change-Me!",
            "change_me_1234567890123456789012345",
            "django-insecure-0k#w!q8v@zj3&x7p$n5m^b2c*d9f(h1g)",
            "your-secret-key-at-least-32-characters",
            "secret-key-secret-key-1234567890-secret",
            "super-secret-jwt-token-please-change-this",
            "passwordpasswordpasswordpassword",
            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            "abababababababababababababababababababab",
            "12345678901234567890123456789012",
            "aabbccddeeaabbccddeeaabbccddeeaabbccddee",
            "01011101001101010011010100110101",
        ] {
            assert!(is_placeholder(placeholder), "{placeholder}");
        }
    }

    #[test]
    fn what_an_operator_made_is_a_secret() {
        for secret in [
            "4b1e0f3c9a7d5e2840b6c1d93f7a8e25",
            "4021775093318264759018834726150993847261",
            "q0Zr3m9xWv6J1sKf8Yt2LbNc5HdGa7Pe",
            "three brave herons over the quiet lake",
            "ключ, который никто не угадает",
        ] {
            assert!(!is_placeholder(secret), "{secret}");
        }
    }
}
