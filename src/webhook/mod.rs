//! Events by HTTPS, signed as Standard Webhooks has it: <https://www.standardwebhooks.com>.

mod address;

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use ipnet::IpNet;
use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use reqwest::redirect::Policy;
use reqwest::{Client, StatusCode};
use sha2::Sha256;
use url::Url;

pub use address::{BlockedAddress, check, is_public};

/// How long a receiver may take to be reached, and to answer.
const CONNECTING: Duration = Duration::from_secs(5);
const ANSWERING: Duration = Duration::from_secs(15);

/// Sends events by HTTPS.
pub struct Sender {
    client: Client,
    allowed: Vec<IpNet>,
}

/// A webhook request: one event, signed as it is sent.
pub struct Post<'a> {
    /// Names the event: the same whenever it is sent again.
    pub id: &'a str,
    /// The time of this try, in seconds of Unix.
    pub timestamp: i64,
    /// The JSON.
    pub body: String,
    /// What the receiver knows it by: one secret, and the one before while both are good.
    pub secrets: &'a [[u8; 32]],
}

/// Why an event did not arrive.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// The receiver does not want any more.
    #[error("the receiver says that it is gone")]
    Gone,
    /// It took it not, this time.
    #[error("the receiver answers {status}")]
    Refused {
        /// Its answer.
        status: StatusCode,
        /// When it wants to be asked again, if it says.
        retry_after: Option<Duration>,
    },
    /// The address must not be sent to.
    #[error(transparent)]
    BlockedAddress(#[from] BlockedAddress),
    /// No answer.
    #[error("the receiver does not answer: {0}")]
    Away(String),
}

impl Sender {
    /// Sends to public addresses, and to those in `allowed`.
    ///
    /// # Errors
    /// When the system's certificates cannot be read.
    pub fn new(allowed: &[IpNet]) -> reqwest::Result<Sender> {
        let client = Client::builder()
            .https_only(true)
            // Where one address leads to another is not looked at: it may lead inside.
            .redirect(Policy::none())
            .no_proxy()
            .dns_resolver(Arc::new(address::Resolver::new(allowed)))
            .connect_timeout(CONNECTING)
            .timeout(ANSWERING)
            .pool_max_idle_per_host(1)
            .user_agent("Portico-Webhooks")
            .build()?;
        Ok(Sender { client, allowed: allowed.to_vec() })
    }

    /// Sends once.
    ///
    /// # Errors
    /// See [`SendError`].
    pub async fn send(&self, url: &Url, post: Post<'_>) -> Result<(), SendError> {
        // Names are checked when they are resolved; addresses are not resolved.
        check(url, &self.allowed)?;
        let request = self
            .client
            .post(url.clone())
            .header(CONTENT_TYPE, "application/json")
            .header("webhook-id", post.id)
            .header("webhook-timestamp", post.timestamp)
            .header("webhook-signature", signatures(post.secrets, post.id, post.timestamp, &post.body));
        let answer = request.body(post.body).send().await.map_err(|error| SendError::Away(words(&error)))?;
        let retry_after = answer.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
        match answer.status() {
            status if status.is_success() => Ok(()),
            StatusCode::GONE => Err(SendError::Gone),
            status => Err(SendError::Refused { status, retry_after: retry_after.map(Duration::from_secs) }),
        }
    }
}

/// The signature header, which may hold several.
fn signatures(secrets: &[[u8; 32]], id: &str, timestamp: i64, body: &str) -> String {
    secrets.iter().map(|secret| sign(secret, id, timestamp, body)).collect::<Vec<_>>().join(" ")
}

/// One signature: version 1, HMAC-SHA256 over id, time and body.
fn sign(secret: &[u8], id: &str, timestamp: i64, body: &str) -> String {
    #[expect(clippy::expect_used, reason = "HMAC takes a key of any length (RFC 2104)")]
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).expect("HMAC takes any key");
    mac.update(format!("{id}.{timestamp}.{body}").as_bytes());
    format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
}

/// The error and its causes, without the address: its query may hold a secret.
fn words(error: &reqwest::Error) -> String {
    let mut words = if error.is_timeout() { "too late".to_owned() } else { "no connection".to_owned() };
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        words = error.to_string();
        cause = error.source();
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_the_one_of_the_standard() {
        // The example of the specification.
        let secret = STANDARD.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let signature = sign(&secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, r#"{"test": 2432232314}"#);
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }
}
