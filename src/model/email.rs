//! E-mail addresses: what was typed is shown and written to, and a key decides whose it is.

use md5::Md5;
use sha2::{Digest as _, Sha256};

use super::Problem;
use super::keys::{Bounded, Keys};
use super::visible::is_hidden;

/// The most characters of an address (RFC 5321 §4.5.3.1.3, less the angle brackets).
const MAX: usize = 254;

/// An e-mail address and the key it is unique under.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Email {
    typed: String,
    key: String,
}

/// What other applications know an address by when they ask for its picture, as Gravatar and Libravatar do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hashes {
    /// MD5, the older one.
    pub md5: [u8; 16],
    /// SHA-256.
    pub sha256: [u8; 32],
}

impl Email {
    /// An address by the rule that every account keeps: something before the last `@`, a domain or an address
    /// literal behind it, at most 254 characters, no white space, nothing hidden. What does not show at its ends is
    /// taken off.
    ///
    /// # Errors
    /// [`Problem::Missing`], [`Problem::TooLong`], [`Problem::Malformed`], [`Problem::Characters`] for what is hidden,
    /// in the domain too, where IDNA would pass over some of it and two addresses look alike.
    pub fn parse(text: &str) -> Result<Email, Problem> {
        let text = Bounded::of(text).map_err(|_| Problem::TooLong { max: MAX })?.stripped();
        if text.text().contains(is_hidden) {
            return Err(Problem::Characters);
        }
        let (local, domain) = parts(text)?;
        let local_key = local.key();
        if local_key.contains(|letter| is_odd(letter) || is_hidden(letter)) {
            return Err(Problem::Malformed);
        }
        Ok(Email { typed: text.text().to_owned(), key: format!("{local_key}@{domain}") })
    }

    /// Lookup keys of an e-mail address. Older accounts may have one that no new one could have, with something hidden
    /// in it.
    ///
    /// # Errors
    /// [`Problem::Missing`], [`Problem::TooLong`], [`Problem::Malformed`].
    pub fn keys(text: &str) -> Result<Keys, Problem> {
        let text = Bounded::of(text).map_err(|_| Problem::TooLong { max: MAX })?;
        let (local, domain) = parts(text.stripped())?;
        let older = parts(text.trimmed()).unwrap_or_else(|_| (local, domain.clone()));
        Ok(Keys::new(format!("{}@{domain}", local.key()), format!("{}@{}", older.0.older_key(), older.1)))
    }

    /// An address a user enters on the pages: its domain has a dot, since no mail comes to a bare word.
    ///
    /// # Errors
    /// As [`Email::parse`].
    pub fn choose(text: &str) -> Result<Email, Problem> {
        let email = Email::parse(text)?;
        let domain = email.key.rsplit('@').next().unwrap_or_default();
        if domain.contains('.') && !domain.starts_with('[') { Ok(email) } else { Err(Problem::Malformed) }
    }

    /// One that was parsed before and comes back from the database.
    pub(crate) fn stored(typed: String, key: String) -> Email {
        Email { typed, key }
    }

    /// As it was typed.
    pub fn typed(&self) -> &str {
        &self.typed
    }

    /// Its hashes, in lower case. They are of what was typed, not of the key: callers know no key.
    pub fn hashes(&self) -> Hashes {
        let text = self.typed.trim().to_lowercase();
        Hashes { md5: Md5::digest(&text).into(), sha256: Sha256::digest(&text).into() }
    }

    /// Local part and domain as mail is sent to it: the one as it was typed, the other as an A-label (RFC 5890 §2.3.2.1),
    /// which every server takes, while the Unicode form asks for SMTPUTF8.
    pub fn mailbox(&self) -> (&str, &str) {
        let local = self.typed.rsplit_once('@').map_or("", |(local, _)| local);
        let domain = self.key.rsplit_once('@').map_or("", |(_, domain)| domain);
        (local, domain)
    }

    /// What it is unique under: the local part as a username's key, the domain in IDNA's ASCII.
    pub fn key(&self) -> &str {
        &self.key
    }
}

/// The part before the last `@`, and the domain in ASCII.
fn parts(text: Bounded<'_>) -> Result<(Bounded<'_>, String), Problem> {
    if text.text().is_empty() {
        return Err(Problem::Missing);
    }
    if text.text().chars().count() > MAX {
        return Err(Problem::TooLong { max: MAX });
    }
    let [local, domain] = text.part(|text| text.rsplit_once('@')).ok_or(Problem::Malformed)?;
    let letters = local.text();
    if letters.is_empty()
        || letters.len() > 64
        || letters.contains(is_odd)
        || letters.starts_with('.')
        || letters.ends_with('.')
    {
        return Err(Problem::Malformed);
    }
    let domain = ascii_domain(domain.text()).ok_or(Problem::Malformed)?;
    Ok((local, domain))
}

/// What no local part holds that stands outside quotes.
fn is_odd(letter: char) -> bool {
    letter.is_whitespace() || letter.is_control() || "<>(),;:\\\"[]@".contains(letter)
}

/// The domain as the name system knows it, or an address literal as it stands.
fn ascii_domain(domain: &str) -> Option<String> {
    if let Some(literal) = domain.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        let address = literal.strip_prefix("IPv6:").unwrap_or(literal);
        return address.parse::<std::net::IpAddr>().ok().map(|_| domain.to_lowercase());
    }
    let ascii = idna::domain_to_ascii_strict(domain).ok()?;
    let fine = |label: &str| !label.is_empty() && !label.starts_with('-') && !label.ends_with('-');
    ascii.split('.').all(fine).then_some(ascii)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letter_case_and_international_domains_do_not_make_another_address() {
        let key = |text| Email::parse(text).unwrap().key().to_owned();
        assert_eq!(key("Ada@Example.ORG"), "ada@example.org");
        assert_eq!(key("ada@BÜCHER.example"), "ada@xn--bcher-kva.example");
        assert_eq!(key("ada@xn--bcher-kva.example"), "ada@xn--bcher-kva.example");
        assert_eq!(key("STRASSE@example.org"), key("straße@example.org"));
        assert_ne!(key("mıra@example.org"), key("mira@example.org"));
    }

    #[test]
    fn the_hashes_are_those_that_gravatar_documents() {
        let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        let hashes = Email::parse(" MyEmailAddress@example.com ").unwrap().hashes();
        assert_eq!(hex(&hashes.md5), "0bc83cb571cd1c50ba6f3e8a78ef1346");
        assert_eq!(hex(&hashes.sha256), "84059b07d4be67b806386c0aad8070a23f18836bbaae342275dc0a83414c32ee");
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for bad in [
            "ada",
            "@example.org",
            "ada@",
            "a da@example.org",
            "ada@exa mple.org",
            "a@b@c.org",
            "ada@.org",
            "bob＠evil@example.org",
        ] {
            assert_eq!(Email::parse(bad), Err(Problem::Malformed), "{bad:?}");
        }
        assert_eq!(Email::parse("  "), Err(Problem::Missing));
        assert_eq!(Email::parse(&"\u{FDFA}".repeat(21_000)), Err(Problem::TooLong { max: 254 }));
        assert_eq!(Email::parse(&format!("a@{}.org", "b.".repeat(130))), Err(Problem::TooLong { max: 254 }));
    }

    #[test]
    fn an_address_with_something_hidden_in_it_is_refused_by_that_name() {
        for hidden in "\0\t\u{200B}\u{202E}\u{AD}\u{2060}\u{200D}\u{E000}\u{378}\u{3164}\u{FE0F}\u{E0041}".chars() {
            for address in [
                format!("pa{hidden}sted@example.org"),
                format!("pasted{hidden}@example.org"),
                format!("pasted@exa{hidden}mple.org"),
                format!("pasted@{hidden}example.org"),
            ] {
                assert_eq!(Email::parse(&address), Err(Problem::Characters), "{address:?}");
                assert_eq!(Email::choose(&address), Err(Problem::Characters), "{address:?}");
            }
        }
        for pasted in
            ["\u{200B}ada@example.org", "\u{FEFF} ada@example.org\u{200B}", "\u{202A}ada@example.org\u{202C}\n"]
        {
            assert_eq!(Email::parse(pasted).unwrap().typed(), "ada@example.org", "{pasted:?}");
            assert_eq!(Email::keys(pasted).unwrap().key(), "ada@example.org", "{pasted:?}");
        }
        // An older account that has one at its end is still found by what it has.
        assert!(Email::keys("ada\u{202E}@example.org").unwrap().contain("ada\u{202E}@example.org"));
        assert!(Email::keys("\u{202E}ada@example.org").unwrap().contain("\u{202E}ada@example.org"));
        assert_eq!(Email::parse("\u{200B}"), Err(Problem::Missing));
    }

    #[test]
    fn the_pages_want_a_domain_that_gets_mail() {
        assert!(Email::parse("a@localhost").is_ok());
        assert_eq!(Email::choose("a@localhost"), Err(Problem::Malformed));
        assert_eq!(Email::choose("a@[127.0.0.1]"), Err(Problem::Malformed));
        assert!(Email::choose("a+b@example.org").is_ok());
    }
}
