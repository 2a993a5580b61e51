//! What the audit log tells: which action, by whom, of whom.

use serde_json::{Map, Value};
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
    /// Somebody logged in: a browser, or a program that got tokens.
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
    /// Somebody opened an account for themselves.
    SignedUp = "signed-up" in Accounts;
    /// An account was opened for somebody.
    Created = "created" in Accounts;
    /// Somebody was invited to open an account.
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
    pub const ALL: [Topic; 6] =
        [Topic::LogIns, Topic::Passwords, Topic::Profiles, Topic::Accounts, Topic::Admins, Topic::Data];

    /// As it is stored, named in forms, and as the keys of its names end.
    pub fn as_str(self) -> &'static str {
        match self {
            Topic::LogIns => "log-ins",
            Topic::Passwords => "passwords",
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
    /// To whom; `None` where it was nobody in particular.
    pub subject: Option<AccountId>,
    /// What else there is to say. Never a secret.
    pub detail: Map<String, Value>,
}
