//! What must not be told of a relay's words, which quote what they answer.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Shorter ones stand in ordinary words.
const MIN: usize = 4;

/// Texts that are taken out of others: credentials, as they are and as SASL sends them, and the recipient's address.
#[derive(Clone)]
pub(super) struct Secrets(Vec<String>);

impl Secrets {
    /// User and password, and what they are sent as.
    pub(super) fn new(credentials: Option<(&str, &str)>) -> Secrets {
        let mut secrets = Vec::new();
        if let Some((user, password)) = credentials {
            secrets.extend([
                STANDARD.encode(format!("\0{user}\0{password}")),
                STANDARD.encode(format!("user={user}\u{1}auth=Bearer {password}\u{1}\u{1}")),
                STANDARD.encode(password),
                STANDARD.encode(user),
                password.to_owned(),
            ]);
        }
        Secrets(secrets)
    }

    /// These and a recipient, as the address was typed and as it is sent.
    pub(super) fn and(&self, typed: &str, sent: &str) -> Secrets {
        let mut secrets = self.clone();
        secrets.0.extend([typed.to_owned(), sent.to_owned()]);
        secrets
    }

    /// A text without them, whatever their case.
    pub(super) fn hide(&self, text: &str) -> String {
        self.0.iter().filter(|secret| secret.len() >= MIN).fold(text.to_owned(), |text, secret| without(&text, secret))
    }
}

fn without(text: &str, secret: &str) -> String {
    let mut rest = text;
    let mut shown = String::new();
    while let Some(at) = find(rest, secret) {
        shown.push_str(&rest[..at]);
        shown.push('…');
        rest = &rest[at + secret.len()..];
    }
    shown + rest
}

/// Where a text begins in another, by ASCII's letters without regard to case: servers write addresses in lower case.
fn find(text: &str, part: &str) -> Option<usize> {
    let fits = |at: &usize| text.get(*at..at + part.len()).is_some_and(|found| found.eq_ignore_ascii_case(part));
    (0..text.len()).find(fits)
}
