//! What the audit log tells: which action, by whom, of whom.

use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};
use time::OffsetDateTime;

use super::{AccountId, Actor};

macro_rules! actions {
    ($($(#[doc = $meaning:literal])+ $action:ident = $name:literal in $topic:ident;)*) => {
        /// Something that was done.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Action { $($(#[doc = $meaning])+ $action,)* }

        impl Action {
            /// Every action there is.
            pub const ALL: &[Action] = &[$(Action::$action,)*];

            /// As it is stored, and as the keys of its sentences end.
            pub fn as_str(self) -> &'static str {
                match self { $(Action::$action => $name,)* }
            }

            /// What kind of action it is.
            pub fn topic(self) -> Topic {
                match self { $(Action::$action => Topic::$topic,)* }
            }
        }
    };
}

actions! {
    /// A log-in: a browser, or a program that got tokens.
    LoggedIn = "logged-in" in LogIns;
    /// The password was not right, at a log-in or a later proof.
    WrongPassword = "wrong-password" in LogIns;
    /// A browser or a program logged out.
    LoggedOut = "logged-out" in LogIns;
    /// A device was logged out from the list of devices.
    DeviceEnded = "device-ended" in LogIns;
    /// All devices, or all but the one in use, were logged out.
    DevicesEnded = "devices-ended" in LogIns;
    /// A used refresh token came again, so its log-in was ended.
    RefreshReplayed = "refresh-replayed" in LogIns;
    /// The password was changed or set.
    PasswordChanged = "password-changed" in Passwords;
    /// A link was made that sets a password once.
    PasswordLinkMade = "password-link-made" in Passwords;
    /// A link that sets a password was asked for by mail, by a visitor who knows a name of the account.
    PasswordResetAsked = "password-reset-asked" in Passwords;
    /// The code of a second factor was not right, behind a right password.
    WrongCode = "wrong-code" in LogIns;
    /// A passkey's counter went back: it may have been copied.
    PasskeyRefused = "passkey-refused" in LogIns;
    /// The password was right where only more than it opens anything: at a door that asks for no second factor.
    PasswordAlone = "password-alone" in LogIns;
    /// The account got its first factor beside the password.
    TwoFactorOn = "two-factor-on" in Security;
    /// The account has no factor beside the password any more.
    TwoFactorOff = "two-factor-off" in Security;
    /// A factor was added.
    FactorAdded = "factor-added" in Security;
    /// A factor was given another name.
    FactorRenamed = "factor-renamed" in Security;
    /// A factor was removed.
    FactorRemoved = "factor-removed" in Security;
    /// An app password was made.
    AppPasswordMade = "app-password-made" in Security;
    /// An app password was revoked.
    AppPasswordRevoked = "app-password-revoked" in Security;
    /// A set of recovery codes was made.
    RecoveryCodesMade = "recovery-codes-made" in Security;
    /// A recovery code was used.
    RecoveryCodeUsed = "recovery-code-used" in Security;
    /// No browser is trusted any more to log in without the second step.
    TrustEnded = "trust-ended" in Security;
    /// Another e-mail was asked for, which its new address has to confirm.
    EmailChangeAsked = "email-change-asked" in Profiles;
    /// A change of the e-mail was stopped before it happened.
    EmailChangeStopped = "email-change-stopped" in Profiles;
    /// A change of the e-mail was taken back from the former address.
    EmailChangeUndone = "email-change-undone" in Profiles;
    /// Mail to the account came back.
    MailBounced = "mail-bounced" in Profiles;
    /// The e-mail was changed.
    EmailChanged = "email-changed" in Profiles;
    /// The username was changed.
    UsernameChanged = "username-changed" in Profiles;
    /// The name, or anything else that other people may see, was changed.
    ProfileChanged = "profile-changed" in Profiles;
    /// Language, time zone or theme was changed.
    PreferencesChanged = "preferences-changed" in Profiles;
    /// A picture was set or cropped.
    PictureSet = "picture-set" in Profiles;
    /// The picture was removed.
    PictureRemoved = "picture-removed" in Profiles;
    /// Sign-up: a user opened an account.
    SignedUp = "signed-up" in Accounts;
    /// An account was opened by an admin, the operator or a service.
    Created = "created" in Accounts;
    /// An invitation was made.
    Invited = "invited" in Accounts;
    /// An invitation was withdrawn.
    InviteWithdrawn = "invite-withdrawn" in Accounts;
    /// What admins note about an account was changed.
    NoteChanged = "note-changed" in Accounts;
    /// An account was disabled.
    Disabled = "disabled" in Accounts;
    /// An account was enabled again.
    Enabled = "enabled" in Accounts;
    /// An account was deleted.
    Deleted = "deleted" in Accounts;
    /// An account was made an admin.
    Promoted = "promoted" in Admins;
    /// An account is no admin any more.
    Demoted = "demoted" in Admins;
    /// A person's copy of their data was handed out.
    DataDownloaded = "data-downloaded" in Data;
    /// Accounts were taken in from elsewhere.
    Imported = "imported" in Data;
    /// Accounts were written out.
    Exported = "exported" in Data;
}

impl Action {
    /// The action of this name.
    pub fn of(name: &str) -> Option<Action> {
        Action::ALL.iter().copied().find(|action| action.as_str() == name)
    }
}

/// A kind of actions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topic {
    /// Logging in and out.
    LogIns,
    /// Passwords.
    Passwords,
    /// Factors beside the password.
    Security,
    /// What an account holds.
    Profiles,
    /// Accounts coming, going and resting.
    Accounts,
    /// Who administers.
    Admins,
    /// Data handed out or taken in.
    Data,
}

impl Topic {
    /// Every kind there is.
    pub const ALL: [Topic; 7] = [
        Topic::LogIns,
        Topic::Passwords,
        Topic::Security,
        Topic::Profiles,
        Topic::Accounts,
        Topic::Admins,
        Topic::Data,
    ];

    /// As it is stored, named in forms, and as the keys of its names end.
    pub fn as_str(self) -> &'static str {
        match self {
            Topic::LogIns => "log-ins",
            Topic::Passwords => "passwords",
            Topic::Security => "security",
            Topic::Profiles => "profiles",
            Topic::Accounts => "accounts",
            Topic::Admins => "admins",
            Topic::Data => "data",
        }
    }

    /// The kind of this name.
    pub fn of(name: &str) -> Option<Topic> {
        Topic::ALL.into_iter().find(|topic| topic.as_str() == name)
    }
}

/// A row of the audit log, as it is written.
#[derive(Clone, Debug)]
pub struct Entry {
    /// When.
    pub created_at: OffsetDateTime,
    /// What.
    pub action: Action,
    /// Who did it, by which door and from where.
    pub actor: Actor,
    /// To whom; `None` where it concerns no account.
    pub subject: Option<AccountId>,
    /// What else there is to say. Never a secret.
    pub detail: Map<String, Value>,
}

/// The most bytes that the detail of a row has as JSON: rows cannot be removed before their time, so what people write
/// about themselves must not be kept in them without end.
pub const MAX_DETAIL_BYTES: usize = 1024;

impl Entry {
    /// The detail as JSON, if there is any, of at most [`MAX_DETAIL_BYTES`] bytes. Where it would be longer, its long
    /// texts end in the number of bytes that they had and the beginning of their SHA-256, by which two can be told
    /// apart.
    pub fn detail_text(&self) -> Option<String> {
        if self.detail.is_empty() {
            return None;
        }
        let whole = Value::Object(self.detail.clone());
        let text = whole.to_string();
        if text.len() <= MAX_DETAIL_BYTES {
            return Some(text);
        }
        let mut shorter = [200, 100, 50, 25, 0].into_iter().map(|most| shortened(&whole, most).to_string());
        Some(
            shorter
                .find(|text| text.len() <= MAX_DETAIL_BYTES)
                .unwrap_or_else(|| json!({ "cut": cut(&text, 0) }).to_string()),
        )
    }
}

/// A value whose texts keep `most` bytes of what they say.
fn shortened(value: &Value, most: usize) -> Value {
    match value {
        Value::String(text) => cut(text, most).into(),
        Value::Array(values) => values.iter().map(|value| shortened(value, most)).collect(),
        Value::Object(fields) => {
            fields.iter().map(|(name, value)| (name.clone(), shortened(value, most))).collect::<Map<_, _>>().into()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    }
}

/// The beginning of a text, and what tells it from others that begin so.
fn cut(text: &str, most: usize) -> String {
    let hash = Sha256::digest(text);
    let mark = format!("… ({} bytes, {:02x}{:02x}{:02x}{:02x})", text.len(), hash[0], hash[1], hash[2], hash[3]);
    if text.len() <= most + mark.len() {
        return text.to_owned();
    }
    text[..text.floor_char_boundary(most)].to_owned() + &mark
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Actor;

    fn detail(detail: Value) -> Option<String> {
        let Value::Object(detail) = detail else { panic!("an object") };
        let created_at = OffsetDateTime::UNIX_EPOCH;
        Entry { created_at, action: Action::ProfileChanged, actor: Actor::operator(), subject: None, detail }
            .detail_text()
    }

    #[test]
    fn what_is_short_stands_as_it_is() {
        assert_eq!(detail(json!({})), None);
        let short = json!({"before": {"bio": null}, "after": {"bio": "ü".repeat(280)}});
        assert_eq!(detail(short.clone()), Some(short.to_string()));
    }

    #[test]
    fn what_is_long_is_cut_within_the_limit_and_stays_json_that_tells_two_apart() {
        let texts = ["👩🏻‍❤️‍💋‍👩🏽".repeat(280), "\"\u{1}\n\\".repeat(5_000), "a".repeat(100_000), "x ".repeat(600)];
        for text in texts {
            for fields in [1, 3, 9] {
                let named =
                    |text: &str| (0..fields).map(|n| (format!("field-{n}"), text.into())).collect::<Map<_, _>>();
                let told = detail(json!({"before": named(&text), "after": named(&(text.clone() + "!"))})).unwrap();
                assert!(told.len() <= MAX_DETAIL_BYTES, "{told}");
                let told: Value = serde_json::from_str(&told).unwrap();
                assert_ne!(told["before"]["field-0"], told["after"]["field-0"]);
                let length = format!("({} bytes, ", text.len());
                assert!(told["before"]["field-0"].as_str().unwrap().contains(&length), "{told}");
            }
        }
    }

    #[test]
    fn more_fields_than_fit_leave_one_mark() {
        let fields: Map<_, _> = (0..200).map(|number| (format!("field-{number}"), "value".into())).collect();
        assert!(detail(fields.into()).unwrap().starts_with("{\"cut\":\"… ("));
    }
}
