//! The range API of Have I Been Pwned: who asks sends five hexadecimal digits of a SHA-1 hash, and gets the rest of every
//! leaked hash that begins so. <https://haveibeenpwned.com/API/v3#PwnedPasswords>

use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Client, StatusCode};
use sha1::{Digest as _, Sha1};
use url::Url;
use zeroize::Zeroizing;

use crate::model::password::Password;

/// How long an answer may take in all, for each of which a person waits.
const ANSWERING: Duration = Duration::from_secs(1);

/// The longest answer that is read, in bytes. One has some 1,500 lines of 40.
const MAX_ANSWER: usize = 1_000_000;

/// How many digits of a hash leave the program.
const SENT: usize = 5;

/// A range API.
#[derive(Clone, Debug)]
pub(super) struct RangeApi {
    client: Client,
    base: Url,
}

/// Why there is no answer. It names no address: that of a question has the digits in it.
#[derive(Debug, thiserror::Error)]
pub(super) enum RangeError {
    /// No connection, or not in time.
    #[error("{0}")]
    Away(reqwest::Error),
    /// Another status than 200.
    #[error("it answers {0}")]
    Refused(StatusCode),
    /// More than anything it may say.
    #[error("its answer is too long")]
    TooLong,
}

impl From<reqwest::Error> for RangeError {
    fn from(error: reqwest::Error) -> RangeError {
        RangeError::Away(error.without_url())
    }
}

impl RangeApi {
    pub(super) fn new(base: &Url) -> reqwest::Result<RangeApi> {
        let client = Client::builder().timeout(ANSWERING).redirect(Policy::none()).user_agent("Portico").build()?;
        Ok(RangeApi { client, base: base.clone() })
    }

    pub(super) async fn has(&self, password: &Password) -> Result<bool, RangeError> {
        for text in password.spellings() {
            if self.has_spelling(text).await? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    async fn has_spelling(&self, text: &str) -> Result<bool, RangeError> {
        let hash: String = Sha1::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02X}")).collect();
        let hash = Zeroizing::new(hash);
        let (sent, kept) = hash.split_at(SENT);
        let mut url = self.base.clone();
        url.set_path(&format!("{}{sent}", self.base.path()));
        // Padded with made-up lines, so that the length of an answer tells those who see it pass nothing.
        let mut answer = self.client.get(url).header("Add-Padding", "true").send().await?;
        if answer.status() != StatusCode::OK {
            return Err(RangeError::Refused(answer.status()));
        }
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await? {
            if body.len() + chunk.len() > MAX_ANSWER {
                return Err(RangeError::TooLong);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(is_among(kept, &String::from_utf8_lossy(&body)))
    }
}

/// Whether the rest of a hash is in an answer. Made-up lines have a count of zero.
fn is_among(kept: &str, answer: &str) -> bool {
    let mut lines = answer.lines().filter_map(|line| line.trim().split_once(':'));
    lines.any(|(rest, count)| rest.eq_ignore_ascii_case(kept) && count.bytes().any(|digit| digit != b'0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_found_by_its_rest_unless_it_is_padding() {
        let answer = "0018A45C4D1DEF81644B54AB7F969B88D65:1\r\n00D4F6E8FA6EECAD2A3AA415EEC418D38EC:20\r\n\
                      011053FD0102E94D6AE2F8B83D76FAF94F6:0\r\nnonsense\r\n";
        assert!(is_among("0018A45C4D1DEF81644B54AB7F969B88D65", answer));
        assert!(is_among("00d4f6e8fa6eecad2a3aa415eec418d38ec", answer));
        assert!(!is_among("011053FD0102E94D6AE2F8B83D76FAF94F6", answer));
        assert!(!is_among("1E4C9B93F3F0682250B6CF8331B7EE68FD8", answer));
    }
}
