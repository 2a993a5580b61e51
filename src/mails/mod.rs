//! Use cases: mail to people. What causes a mail queues it in its own transaction; a worker writes it as it is sent, so
//! that neither its words nor the token of its link are kept anywhere.

pub mod bounce;
mod compose;
pub mod deliver;
mod letter;
mod link_mails;
pub mod manage;
pub(crate) mod token;

use std::time::Duration;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::app::App;
use crate::clock;
use crate::config::EmailConfirm;
use crate::error::Error;
use crate::limits::address_key;
use crate::model::{Account, AccountId, Email, Language};
use crate::store::mails::NewMail;
use crate::store::{self, Connection, Transaction};

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// For so long a notice is worth sending.
const NOTICE_LIFETIME: Duration = Duration::from_secs(48 * HOUR);

/// Two notices of one kind within this time are one.
const MERGED: Duration = Duration::from_secs(10 * MINUTE);

/// Mails with links and codes to one recipient: at most so many in each of these times.
const PER_RECIPIENT: [(Duration, i64); 3] =
    [(Duration::from_secs(MINUTE), 1), (Duration::from_secs(HOUR), 5), (Duration::from_secs(DAY), 10)];

/// Mails that one client's address may ask for in an hour.
const PER_ASKER: i64 = 20;

/// Mails to one recipient that one client's address may ask for in a day: a stranger uses up a part of what the recipient
/// may have, and no more.
const PER_PAIR: i64 = 5;

macro_rules! purposes {
    ($($(#[doc = $meaning:literal])+ $purpose:ident = $name:literal for $lifetime:expr, $urgency:ident;)*) => {
        /// What a mail is about.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Purpose { $($(#[doc = $meaning])+ $purpose,)* }

        impl Purpose {
            /// Every purpose there is.
            pub const ALL: &[Purpose] = &[$(Purpose::$purpose,)*];

            /// As it is stored, and as the keys of its sentences begin.
            pub fn as_str(self) -> &'static str {
                match self { $(Purpose::$purpose => $name,)* }
            }

            /// For how long it is worth sending: that of its link, where it has one.
            pub fn lifetime(self) -> Duration {
                match self { $(Purpose::$purpose => $lifetime,)* }
            }

            fn urgency(self) -> Urgency {
                match self { $(Purpose::$purpose => Urgency::$urgency,)* }
            }
        }
    };
}

/// What goes before what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Urgency {
    /// A person waits for it.
    Awaited = 0,
    /// A person is told of something.
    Notice = 1,
}

purposes! {
    /// A link by which a person sets another password, asked for by the name of an account.
    PasswordReset = "password-reset" for Duration::from_secs(30 * MINUTE), Awaited;
    /// A link by which a new address confirms that it is an account's.
    EmailChange = "email-change" for Duration::from_secs(2 * HOUR), Awaited;
    /// A link by which a person sets a password, sent by an admin.
    PasswordLink = "password-link" for Duration::from_secs(DAY), Awaited;
    /// A link by which a person opens an account.
    Invitation = "invitation" for Duration::from_secs(30 * DAY), Awaited;
    /// A link by which a person shows that the address of their account is theirs.
    ConfirmEmail = "confirm-email" for Duration::from_secs(DAY), Awaited;
    /// A link and a code by which a person shows that the address of their sign-up is theirs.
    ConfirmSignUp = "confirm-sign-up" for Duration::from_secs(DAY), Awaited;
    /// What is sent in its place to an address that has an account.
    AccountExists = "account-exists" for Duration::from_secs(DAY), Awaited;
    /// What an operator sends to see that mail arrives.
    Test = "test" for Duration::from_secs(HOUR), Awaited;
    /// The password was changed or set.
    PasswordChanged = "password-changed" for NOTICE_LIFETIME, Notice;
    /// A change of the address waits for the new one: to the present one, with a link that stops it.
    EmailChangeAsked = "email-change-asked" for Duration::from_secs(2 * HOUR), Notice;
    /// The person has another address: to the one before, with a link that leads back.
    EmailChanged = "email-changed" for NOTICE_LIFETIME, Notice;
    /// The person has another address: to that one.
    EmailChangeDone = "email-change-done" for NOTICE_LIFETIME, Notice;
    /// There is another address, by another than the person, in place of an unconfirmed one, or taken back: to the former.
    EmailReplaced = "email-replaced" for NOTICE_LIFETIME, Notice;
    /// The account was disabled.
    AccountDisabled = "account-disabled" for NOTICE_LIFETIME, Notice;
    /// The account was enabled again.
    AccountEnabled = "account-enabled" for NOTICE_LIFETIME, Notice;
    /// The account was deleted.
    AccountDeleted = "account-deleted" for NOTICE_LIFETIME, Notice;
    /// The account is an admin's now.
    RoleGiven = "role-given" for NOTICE_LIFETIME, Notice;
    /// The account is an admin's no more.
    RoleTaken = "role-taken" for NOTICE_LIFETIME, Notice;
    /// The password alone logs in no more.
    TwoFactorOn = "two-factor-on" for NOTICE_LIFETIME, Notice;
    /// The password alone logs in again.
    TwoFactorOff = "two-factor-off" for NOTICE_LIFETIME, Notice;
    /// There is another factor.
    FactorAdded = "factor-added" for NOTICE_LIFETIME, Notice;
    /// There is a factor less.
    FactorRemoved = "factor-removed" for NOTICE_LIFETIME, Notice;
    /// A program may log in with a password of its own.
    AppPasswordMade = "app-password-made" for NOTICE_LIFETIME, Notice;
    /// There is another set of recovery codes.
    RecoveryCodesMade = "recovery-codes-made" for NOTICE_LIFETIME, Notice;
    /// A recovery code was used.
    RecoveryCodeUsed = "recovery-code-used" for NOTICE_LIFETIME, Notice;
    /// Behind the right password, wrong codes were tried again and again.
    WrongCodes = "wrong-codes" for NOTICE_LIFETIME, Notice;
    /// A passkey's counter went back: it may have been copied.
    PasskeyRefused = "passkey-refused" for NOTICE_LIFETIME, Notice;
    /// A browser was logged in that the account was not known on.
    NewDevice = "new-device" for NOTICE_LIFETIME, Notice;
}

impl Purpose {
    /// The purpose of this name.
    pub fn of(name: &str) -> Option<Purpose> {
        Purpose::ALL.iter().copied().find(|purpose| purpose.as_str() == name)
    }
}

/// What a mail says beside its purpose. Never a token or a code: these are made from the id of the link.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default)]
pub struct Detail {
    /// What the browser that asked calls itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// An address that the mail names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// A reason that an admin gave.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Whether a person is told by mail of what is done to their account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tell {
    /// They are not.
    No,
    /// That it was done.
    Done,
    /// That it was done, and the reason that was given.
    Reason,
}

/// As much as is kept of what a browser calls itself.
const MAX_AGENT: usize = 300;

impl Detail {
    /// What a browser that asked calls itself.
    pub(crate) fn of_agent(agent: Option<&str>) -> Detail {
        Detail { agent: agent.map(|agent| agent.chars().take(MAX_AGENT).collect()), ..Detail::default() }
    }
}

/// A mail that is to be queued.
pub(crate) struct Outgoing<'a> {
    pub(crate) purpose: Purpose,
    /// The account it is about, where that is known.
    pub(crate) account: Option<AccountId>,
    /// An address; or what a visitor typed, which the worker looks up.
    pub(crate) recipient: &'a str,
    pub(crate) language: Language,
    pub(crate) detail: Detail,
    /// The id that the token of its link is made from.
    pub(crate) link: Option<Uuid>,
    /// The client's address that asked for it, where that counts.
    pub(crate) asker: Option<std::net::IpAddr>,
}

/// Queues a mail in the transaction of its cause; nothing where no mail is sent.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn enqueue(app: &App, tx: &mut Transaction, mail: Outgoing<'_>) -> Result<(), Error> {
    let until = app.now() + mail.purpose.lifetime();
    enqueue_until(app, tx, mail, until).await
}

/// The same for a mail that is of no use after `give_up_at`, such as one with a link that works until then.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn enqueue_until(
    app: &App,
    tx: &mut Transaction,
    mail: Outgoing<'_>,
    give_up_at: OffsetDateTime,
) -> Result<(), Error> {
    if !app.sends_mail() {
        return Ok(());
    }
    let now = app.now();
    let detail = serde_json::to_string(&mail.detail).unwrap_or_default();
    let asker = mail.asker.map(|address| asker_key(app, address));
    store::mails::insert(
        tx,
        &NewMail {
            id: clock::new_id(),
            purpose: mail.purpose.as_str(),
            priority: mail.purpose.urgency() as i64,
            account: mail.account,
            recipient: mail.recipient,
            recipient_key: &recipient_key(app, mail.recipient),
            asker_key: asker.as_ref().map(<[u8; 32]>::as_slice),
            language: mail.language.tag(),
            detail: &detail,
            link: mail.link,
            created_at: now,
            give_up_at,
        },
    )
    .await?;
    Ok(())
}

/// Tells an account of something, at the address that it has. What it was told minutes ago it is not told again.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn notify(
    app: &App,
    tx: &mut Transaction,
    purpose: Purpose,
    account: &Account,
    detail: Detail,
) -> Result<(), Error> {
    let Some(recipient) = account.email().filter(|_| app.sends_mail()) else { return Ok(()) };
    let since = app.now() - MERGED;
    if store::mails::was_told(tx, account.id, purpose.as_str(), &recipient_key(app, recipient), since).await? {
        return Ok(());
    }
    let language = language_of(app, account);
    let account = Some(account.id);
    enqueue(app, tx, Outgoing { purpose, account, recipient, language, detail, link: None, asker: None }).await
}

/// What a notice says of a reason that was given: nothing to an unconfirmed address, where strangers may read it.
pub(crate) fn told_reason(account: &Account, tell: Tell, reason: &str) -> Detail {
    let may = tell == Tell::Reason && account.email_verified_at.is_some() && !reason.is_empty();
    Detail { reason: may.then(|| reason.to_owned()), ..Detail::default() }
}

/// What a notice names of another address: nothing to an unconfirmed address.
pub(crate) fn told_address(account: &Account, address: Option<&Email>) -> Option<String> {
    address.filter(|_| account.email_verified_at.is_some()).map(|address| address.typed().to_owned())
}

/// Whether another mail with a link or a code may be sent to this recipient now, and for this client's address. It asks
/// the same of the database for every recipient.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn may_ask(
    app: &App,
    connection: &mut Connection,
    recipient: &str,
    asker: std::net::IpAddr,
) -> Result<bool, Error> {
    if !app.settings().rate_limits {
        return Ok(true);
    }
    let [hour, day] = [HOUR, DAY].map(|time| app.now() - Duration::from_secs(time));
    let (asker, pair) = (asker_key(app, asker), recipient_key(app, recipient));
    let (of_asker, of_pair) = store::mails::count_of_asker(connection, &asker, &pair, (hour, day)).await?;
    Ok(may_send(app, connection, recipient, None).await? && of_asker < PER_ASKER && of_pair < PER_PAIR)
}

/// Whether the client that asked for a queued mail, by another name of the recipient's, may ask for one more to this
/// recipient.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn may_its_asker(
    app: &App,
    connection: &mut Connection,
    recipient: &str,
    mail: Uuid,
) -> Result<bool, Error> {
    let since = app.now() - Duration::from_secs(DAY);
    let count = store::mails::count_of_its_asker(connection, mail, &recipient_key(app, recipient), since).await?;
    Ok(!app.settings().rate_limits || count < PER_PAIR)
}

/// The same for the recipient alone; the mail with the id `except`, which is queued already, is not counted.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn may_send(
    app: &App,
    connection: &mut Connection,
    recipient: &str,
    except: Option<Uuid>,
) -> Result<bool, Error> {
    Ok(has_room(app, connection, recipient, except, false).await?.into_iter().all(|has_room| has_room))
}

/// The same for a notice with a link, which follows another mail at once: a minute's count does not hold it up, and it
/// counts for none but its like.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn may_tell(app: &App, connection: &mut Connection, recipient: &str) -> Result<bool, Error> {
    let [_, hour, day] = has_room(app, connection, recipient, None, true).await?;
    Ok(hour && day)
}

/// Whether one more mail to a recipient is within each of the limits.
async fn has_room(
    app: &App,
    connection: &mut Connection,
    recipient: &str,
    except: Option<Uuid>,
    notices: bool,
) -> Result<[bool; 3], Error> {
    let (now, are_on) = (app.now(), app.settings().rate_limits);
    let since = PER_RECIPIENT.map(|(window, _)| now - window);
    let counts = store::mails::count_asked(connection, &recipient_key(app, recipient), except, notices, since).await?;
    Ok(std::array::from_fn(|place| !are_on || counts[place] < PER_RECIPIENT[place].1))
}

/// The language of mails to an account.
pub(crate) fn language_of(app: &App, account: &Account) -> Language {
    account.language.as_deref().and_then(Language::of_tag).unwrap_or(app.settings().language)
}

/// Whether and when new accounts confirm their address.
pub fn confirmation(app: &App) -> EmailConfirm {
    app.settings().email_confirm()
}

/// What mails to a recipient are counted under: spellings of one address are one, and the table tells no address.
fn recipient_key(app: &App, recipient: &str) -> [u8; 32] {
    let key = Email::parse(recipient).map(|email| email.key().to_owned());
    app.sign("mail recipient", key.unwrap_or_else(|_| recipient.trim().to_lowercase()).as_bytes())
}

fn asker_key(app: &App, address: std::net::IpAddr) -> [u8; 32] {
    app.sign("mail asker", address_key(address).as_bytes())
}

/// When a mail that was tried `tries` times in vain is tried again.
fn next_try(tries: i64, now: OffsetDateTime) -> OffsetDateTime {
    const PAUSES: [u64; 7] = [10, MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, 3 * HOUR, 6 * HOUR];
    let place = usize::try_from(tries).unwrap_or_default().min(PAUSES.len() - 1);
    now + Duration::from_secs(PAUSES[place])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::Key;

    #[test]
    fn every_mail_has_its_words() {
        let names = Purpose::ALL.iter().map(|purpose| purpose.as_str()).chain(["email-taken"]);
        let keys = names.flat_map(|name| ["subject", "heading", "lead"].map(|part| format!("mail-{name}-{part}")));
        let missing: Vec<_> = keys.filter(|key| Key::find(key).is_none()).collect();
        assert_eq!(missing, Vec::<String>::new());
    }
}
