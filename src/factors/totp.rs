//! Time-based one-time passwords (RFC 6238): SHA-1, six digits, steps of 30 seconds, which is what authenticator apps
//! take, whatever else is offered to them.

use aws_lc_rs::hmac;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use subtle::ConstantTimeEq as _;
use time::OffsetDateTime;

/// How long a code is shown for, in seconds.
const PERIOD: i64 = 30;

/// So many steps early or late a code is taken: clocks differ, and people type slowly.
const WINDOW: i64 = 1;

/// How many letters of the key stand together where a person types it.
const GROUP: usize = 4;

const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// What is escaped in the parts of an `otpauth:` address: all but the unreserved (RFC 3986 §2.3).
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// What an authenticator app and the program share.
#[derive(Clone, Copy)]
pub(crate) struct Secret(pub(crate) [u8; 20]);

impl Secret {
    /// A new one: 160 random bits, as RFC 4226 §4 recommends.
    ///
    /// # Errors
    /// When the system gives no random bytes.
    pub(crate) fn random() -> Result<Secret, getrandom::Error> {
        let mut bytes = [0; 20];
        getrandom::fill(&mut bytes)?;
        Ok(Secret(bytes))
    }

    /// The steps whose code this is, of those that are taken at `now`, the latest first.
    pub(crate) fn steps_of(&self, code: &str, now: OffsetDateTime) -> Vec<i64> {
        let current = now.unix_timestamp().div_euclid(PERIOD);
        let steps = (current - WINDOW..=current + WINDOW).rev();
        steps.filter(|step| self.code(*step).as_bytes().ct_eq(code.as_bytes()).into()).collect()
    }

    /// The code of a step (RFC 4226 §5.3).
    fn code(&self, step: i64) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &self.0);
        let tag = hmac::sign(&key, &step.to_be_bytes());
        let digest = tag.as_ref();
        let offset = usize::from(digest[digest.len() - 1] & 0xf);
        let number = digest[offset..offset + 4].iter().fold(0, |number, byte| number << 8 | u32::from(*byte));
        format!("{:06}", (number & 0x7fff_ffff) % 1_000_000)
    }

    /// As people type it into an app: Base32 (RFC 4648 §6) in groups.
    pub(crate) fn groups(&self) -> Vec<String> {
        let letters: Vec<char> = self.base32().chars().collect();
        letters.chunks(GROUP).map(|group| group.iter().collect()).collect()
    }

    fn base32(&self) -> String {
        let letters = self.0.chunks(5).flat_map(|bytes| {
            let bits = bytes.iter().fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte));
            (0..8).rev().map(move |place| char::from(BASE32[usize::try_from(bits >> (5 * place) & 31).unwrap_or(0)]))
        });
        letters.collect()
    }

    /// The address that an app reads: what it is to show, and the secret.
    pub(crate) fn address(&self, issuer: &str, login: &str) -> String {
        let [issuer, login] = [issuer, login].map(|text| utf8_percent_encode(text, RESERVED).to_string());
        format!("otpauth://totp/{issuer}:{login}?secret={}&issuer={issuer}", self.base32())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RFC: Secret = Secret(*b"12345678901234567890");

    #[test]
    fn codes_are_those_of_rfc_4226_appendix_d() {
        let codes: Vec<String> = (0..10).map(|step| RFC.code(step)).collect();
        let known =
            ["755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489"];
        assert_eq!(codes, known);
    }

    #[test]
    fn codes_are_those_of_rfc_6238_appendix_b() {
        let known = [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ];
        for (time, code) in known {
            assert_eq!(RFC.code(time / PERIOD), code, "{time}");
        }
    }

    #[test]
    fn a_code_is_taken_one_step_early_or_late() {
        let now = OffsetDateTime::from_unix_timestamp(1_111_111_111).unwrap();
        let step = 1_111_111_111 / PERIOD;
        for (apart, is_taken) in [(-2, false), (-1, true), (0, true), (1, true), (2, false)] {
            let taken = RFC.steps_of(&RFC.code(step + apart), now);
            assert_eq!(taken, if is_taken { vec![step + apart] } else { vec![] }, "{apart}");
        }
        assert!(RFC.steps_of("50471", now).is_empty());
    }

    #[test]
    fn an_app_is_told_issuer_and_name() {
        let address = RFC.address("Zoë & Co: A/B", "ada@example.com");
        let expected = "otpauth://totp/Zo%C3%AB%20%26%20Co%3A%20A%2FB:ada%40example.com\
                        ?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Zo%C3%AB%20%26%20Co%3A%20A%2FB";
        assert_eq!(address, expected);
        assert_eq!(RFC.groups().join(" "), "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ");
    }
}
