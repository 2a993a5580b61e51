//! The rules: what is limited, how often it may be done, and how many are remembered.

use std::time::Duration;

/// A rate limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rule {
    /// Wrong passwords from one address, whatever the account.
    SignInAddress,
    /// Wrong passwords for one account from one address.
    SignInPair,
    /// Wrong passwords for one account, from everywhere it was never logged in from: they are slowed down, not refused
    /// (NIST SP 800-63B §3.2.2 wants guessing to be limited, OWASP ASVS 6.1.1 that users are not locked out by it).
    SignInAccount,
    /// Wrong passwords in a device that has been logged in to the account.
    SignInDevice,
    /// The same, of a day.
    SignInDeviceDay,
    /// Wrong codes of a second factor.
    Code,
    /// The same, one after another, however slowly they are tried (NIST SP 800-63B §3.2.2 allows a hundred).
    CodeTotal,
    /// Passwords given again in sessions of an account, by its programs, or with a link, right or wrong: each is hashed.
    Proof,
    /// Log-ins to one account from one address.
    LogInPair,
    /// Log-ins to one account.
    LogInAccount,
    /// Log-ins from one address, to whatever account.
    LogInAddress,
    /// Sign-ups tried from one address.
    SignUp,
    /// Accounts made from one address.
    SignUpDone,
    /// Accounts made from one address without a proof of work.
    SignUpUnproved,
    /// A proof of work, which is good for one account.
    SignUpProof,
    /// Names that an address was told are taken.
    TakenAddress,
    /// Names that an account was told are taken.
    TakenAccount,
    /// A name that an address or an account was told is taken. Told again, it is nothing new.
    TakenName,
    /// Changes that users make to their own account.
    Change,
    /// Pictures uploaded by one account, or from one address.
    Picture,
    /// Copies of one account's data.
    Data,
    /// Drafts that are kept with a log-in to one account: each is a session's row of some kilobytes.
    Draft,
    /// Mails with a link that known devices of an account ask for.
    KnownAsker,
    /// Chosen passwords that a service is asked about for one address.
    LeakLookUp,
}

/// The terms of a rate limit.
pub(super) struct Terms {
    /// What it is called in metrics and where counts are shared.
    pub(super) name: &'static str,
    /// The most attempts in a window.
    pub(super) attempts: u32,
    /// In which time.
    pub(super) window: Duration,
    /// The sets of its table in memory: an eighth of the keys that are remembered at once before any is given up.
    pub(super) sets: usize,
}

impl Rule {
    /// All of them, in the order of their numbers.
    pub(super) const ALL: [Rule; 24] = [
        Rule::SignInAddress,
        Rule::SignInPair,
        Rule::SignInAccount,
        Rule::SignInDevice,
        Rule::SignInDeviceDay,
        Rule::Code,
        Rule::CodeTotal,
        Rule::Proof,
        Rule::LogInPair,
        Rule::LogInAccount,
        Rule::LogInAddress,
        Rule::SignUp,
        Rule::SignUpDone,
        Rule::SignUpUnproved,
        Rule::SignUpProof,
        Rule::TakenAddress,
        Rule::TakenAccount,
        Rule::TakenName,
        Rule::Change,
        Rule::Picture,
        Rule::Data,
        Rule::Draft,
        Rule::KnownAsker,
        Rule::LeakLookUp,
    ];

    /// What it says.
    pub(super) const fn terms(self) -> Terms {
        const MINUTE: u64 = 60;
        const HOUR: u64 = 60 * MINUTE;
        const DAY: u64 = 24 * HOUR;
        const fn terms(name: &'static str, attempts: u32, window: u64, sets: usize) -> Terms {
            Terms { name, attempts, window: Duration::from_secs(window), sets }
        }
        match self {
            Rule::SignInAddress => terms("sign-in-address", 100, 15 * MINUTE, 8_192),
            Rule::SignInPair => terms("sign-in", 10, 15 * MINUTE, 16_384),
            // Never refused: what is beyond makes no try slower than the last one was.
            Rule::SignInAccount => terms("sign-in-account", 1_000, DAY, 16_384),
            Rule::SignInDevice => terms("sign-in-device", 10, 15 * MINUTE, 2_048),
            Rule::SignInDeviceDay => terms("sign-in-device-day", 50, DAY, 2_048),
            Rule::Code => terms("code", 10, 15 * MINUTE, 2_048),
            Rule::CodeTotal => terms("code-total", 100, 30 * DAY, 2_048),
            Rule::Proof => terms("proof", 60, 10 * MINUTE, 2_048),
            Rule::LogInPair => terms("log-in", 60, 10 * MINUTE, 4_096),
            Rule::LogInAccount => terms("log-in-account", 300, 10 * MINUTE, 4_096),
            Rule::LogInAddress => terms("log-in-address", 600, 10 * MINUTE, 4_096),
            Rule::SignUp => terms("sign-up", 200, 10 * MINUTE, 4_096),
            Rule::SignUpDone => terms("sign-up-done", 60, HOUR, 4_096),
            Rule::SignUpUnproved => terms("sign-up-unproved", 5, HOUR, 2_048),
            Rule::SignUpProof => terms("sign-up-proof", 1, DAY, 2_048),
            Rule::TakenAddress => terms("taken-address", 20, 10 * MINUTE, 4_096),
            Rule::TakenAccount => terms("taken-account", 10, HOUR, 2_048),
            Rule::TakenName => terms("taken-name", 1, HOUR, 8_192),
            Rule::Change => terms("change", 60, 10 * MINUTE, 4_096),
            Rule::Picture => terms("picture", 60, 10 * MINUTE, 2_048),
            Rule::Data => terms("data", 20, HOUR, 1_024),
            Rule::Draft => terms("draft", 20, HOUR, 1_024),
            Rule::KnownAsker => terms("known-asker", 5, DAY, 1_024),
            Rule::LeakLookUp => terms("leak-look-up", 60, 10 * MINUTE, 2_048),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_has_the_place_of_its_number_and_a_name_of_its_own() {
        for (place, rule) in Rule::ALL.into_iter().enumerate() {
            assert_eq!(rule as usize, place, "{rule:?}");
            assert_eq!(Rule::ALL.iter().filter(|other| other.terms().name == rule.terms().name).count(), 1, "{rule:?}");
        }
    }
}
