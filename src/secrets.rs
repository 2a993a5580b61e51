//! Secrets: random tokens, the hashes that are stored instead of them, and message authentication codes.

use aws_lc_rs::aead::{AES_256_GCM_SIV, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

/// Unguessable: 256 random bits, as 64 hexadecimal digits.
pub fn random_token() -> String {
    let mut bytes = [0; 32];
    #[expect(clippy::expect_used, reason = "a system without random bytes can keep no secrets")]
    getrandom::fill(&mut bytes).expect("the system gives random bytes");
    hex(&bytes)
}

/// Two lower-case hexadecimal digits a byte.
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let nibbles = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    nibbles.map(|nibble| char::from(DIGITS[usize::from(nibble)])).collect()
}

/// So many random characters of 62: letters and digits, which survive every field and are marked by a double click.
///
/// # Errors
/// When the system gives no random bytes.
pub(crate) fn random_text(length: usize) -> anyhow::Result<String> {
    const LETTERS: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let mut text = String::with_capacity(length);
    while text.len() < length {
        let mut bytes = [0; 64];
        getrandom::fill(&mut bytes).map_err(|error| anyhow::anyhow!("no random bytes: {error}"))?;
        // Bytes beyond the last multiple of 62 would make some letters likelier than others.
        let fair = bytes.iter().filter(|byte| usize::from(**byte) < 256 / LETTERS.len() * LETTERS.len());
        let letters = fair.map(|byte| char::from(LETTERS[usize::from(*byte) % LETTERS.len()]));
        text.extend(letters.take(length - text.len()));
    }
    Ok(text)
}

/// What is stored instead of a token, so that a stolen database opens nothing.
pub fn hash_token(token: &[u8]) -> [u8; 32] {
    Sha256::digest(token).into()
}

/// HMAC-SHA256 (RFC 2104).
pub(crate) fn mac(key: &[u8], message: &[u8]) -> [u8; 32] {
    #[expect(clippy::expect_used, reason = "HMAC takes a key of any length (RFC 2104)")]
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes any key");
    mac.update(message);
    mac.finalize().into_bytes().into()
}

/// How the first byte of what is sealed says that it was sealed as here.
const SEAL: u8 = 1;

/// Seals a short secret for the database (AES-256-GCM-SIV, RFC 8452), bound to what `about` says.
///
/// # Errors
/// When the system gives no random bytes.
pub(crate) fn seal(key: &[u8; 32], about: &[u8], secret: &[u8]) -> anyhow::Result<Vec<u8>> {
    let mut nonce = [0; NONCE_LEN];
    getrandom::fill(&mut nonce).map_err(|error| anyhow::anyhow!("no random bytes: {error}"))?;
    let mut text = secret.to_vec();
    let key = sealing_key(key)?;
    key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(about), &mut text)
        .map_err(|_| anyhow::anyhow!("a secret that is too long to be sealed"))?;
    Ok([[SEAL].as_slice(), &nonce, &text].concat())
}

/// What [`seal`] sealed under this key, about the same; `None` for anything else.
pub(crate) fn unseal(key: &[u8; 32], about: &[u8], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let (version, rest) = sealed.split_first()?;
    let (nonce, text) = rest.split_first_chunk::<NONCE_LEN>()?;
    if *version != SEAL {
        return None;
    }
    let mut text = Zeroizing::new(text.to_vec());
    let nonce = Nonce::assume_unique_for_key(*nonce);
    let length = sealing_key(key).ok()?.open_in_place(nonce, Aad::from(about), &mut text).ok()?.len();
    text.truncate(length);
    Some(text)
}

fn sealing_key(key: &[u8; 32]) -> anyhow::Result<LessSafeKey> {
    let key = UnboundKey::new(&AES_256_GCM_SIV, key).map_err(|_| anyhow::anyhow!("a key of another length"))?;
    Ok(LessSafeKey::new(key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_under_the_same_key_about_the_same_alone() {
        let sealed = seal(&[7; 32], b"ada", b"secret").unwrap();
        assert_eq!(unseal(&[7; 32], b"ada", &sealed).unwrap().as_slice(), b"secret");
        assert_ne!(seal(&[7; 32], b"ada", b"secret").unwrap(), sealed);
        assert!(unseal(&[8; 32], b"ada", &sealed).is_none());
        assert!(unseal(&[7; 32], b"bob", &sealed).is_none());
        for at in 0..sealed.len() {
            let mut bent = sealed.clone();
            bent[at] ^= 1;
            assert!(unseal(&[7; 32], b"ada", &bent).is_none(), "{at}");
            assert!(unseal(&[7; 32], b"ada", &sealed[..at]).is_none(), "{at}");
        }
    }
}
