//! Composing: what a mail says, found out as it is sent. An account that is gone meanwhile, or a link that has ended,
//! makes none.

mod confirm;

use std::time::Duration;

use fluent_bundle::FluentValue;
use time::OffsetDateTime;
use url::Url;

use crate::app::App;
use crate::audit;
use crate::error::Error;
use crate::language::{Key, Named, Words, device_name};
use crate::lookup;
use crate::model::audit::Action;
use crate::model::{Account, Actor, Door, Email, Language};
use crate::store;
use crate::store::links::PASSWORD;
use crate::store::mails::MailRow;

use super::letter::{Letter, Rendered};
use super::{Detail, Purpose, language_of, link_mails, may_its_asker, may_send, recipient_key, token};

/// A mail, or why there is none.
pub(super) enum Composed {
    Mail(Box<Addressed>),
    /// It is not to be sent: why, for the operator.
    Nothing(&'static str),
}

/// A mail with what stands on its envelope.
pub(super) struct Addressed {
    pub(super) to: String,
    pub(super) language: Language,
    pub(super) parts: Rendered,
}

/// The words of one mail, and what stands in them.
pub(super) struct Context<'a> {
    app: &'a App,
    words: &'static Words,
    asked_at: OffsetDateTime,
    expires_at: OffsetDateTime,
    purpose: Purpose,
    detail: Detail,
    zone: Option<String>,
    /// The six digits that stand in it.
    code: Option<String>,
}

/// Composes a mail.
///
/// # Errors
/// When the database does not answer.
pub(super) async fn compose(app: &App, mail: &MailRow) -> Result<Composed, Error> {
    // Of purposes that this version does not know, only what is too late is taken from the queue.
    let Some(purpose) = Purpose::of(&mail.purpose).filter(|_| mail.give_up_at > app.now()) else {
        return Ok(Composed::Nothing("too late"));
    };
    match purpose {
        Purpose::PasswordReset => password_reset(app, mail, purpose).await,
        Purpose::EmailChange => link_mails::change(app, mail).await,
        Purpose::EmailChangeAsked => link_mails::change_asked(app, mail).await,
        Purpose::EmailChanged => link_mails::changed(app, mail).await,
        Purpose::PasswordLink => link_mails::password_link(app, mail).await,
        Purpose::Invitation => link_mails::invitation(app, mail).await,
        Purpose::ConfirmEmail => confirm::email(app, mail, purpose).await,
        Purpose::ConfirmSignUp => confirm::sign_up(app, mail, purpose).await,
        // It is found out as the mail above is sent.
        Purpose::AccountExists => Ok(Composed::Nothing("never queued")),
        Purpose::PasswordChanged
        | Purpose::EmailChangeDone
        | Purpose::EmailReplaced
        | Purpose::AccountDisabled
        | Purpose::AccountEnabled
        | Purpose::AccountDeleted
        | Purpose::RoleGiven
        | Purpose::RoleTaken
        | Purpose::TwoFactorOn
        | Purpose::TwoFactorOff
        | Purpose::FactorAdded
        | Purpose::FactorRemoved
        | Purpose::AppPasswordMade
        | Purpose::RecoveryCodesMade
        | Purpose::RecoveryCodeUsed
        | Purpose::WrongCodes
        | Purpose::PasskeyRefused
        | Purpose::NewDevice
        | Purpose::Test => notice(app, mail, purpose).await,
    }
}

/// A test mail, which is about no account.
pub(super) fn test(app: &App) -> Option<Rendered> {
    let context = Context {
        app,
        words: app.settings().language.words(),
        asked_at: app.now(),
        expires_at: app.now(),
        purpose: Purpose::Test,
        detail: Detail::default(),
        zone: None,
        code: None,
    };
    context.letter().render(app, context.words).ok()
}

/// A link that sets a password, for the account of the name that was typed: what page asked for it knows of none.
async fn password_reset(app: &App, mail: &MailRow, purpose: Purpose) -> Result<Composed, Error> {
    let Some(link) = mail.link_id else { return Ok(Composed::Nothing("no link")) };
    let account = match mail.account_id {
        None => match resolve_reset(app, mail, link).await? {
            Resolved::Account(account) => *account,
            Resolved::NoAccount => return no_account(app, mail).await,
            Resolved::Withheld => return Ok(Composed::Nothing("disabled, without an address, or asked for too often")),
        },
        Some(_) => {
            let mut connection = app.db().read().await?;
            let found = store::links::account(&mut connection, &token::hash(app, link), PASSWORD, app.now()).await?;
            let Some(account) = found else { return Ok(Composed::Nothing("its link has ended")) };
            account
        }
    };
    let Some(to) = account.email().map(str::to_owned) else { return Ok(Composed::Nothing("no address")) };
    Context::of(app, mail, purpose, &account).finish(to, |context| Letter {
        button: Some((
            context.text(key!("mail-password-reset-button")),
            context.address(&format!("password/reset/{}", token::of_link(app, link))),
        )),
        notes: vec![context.expires_at(), context.asked_with(), context.text(key!("mail-password-reset-not-you"))],
        ..context.letter()
    })
}

/// Whose name was typed where a new password was asked for.
enum Resolved {
    /// An account's, which has a link now.
    Account(Box<Account>),
    /// No account's.
    NoAccount,
    /// That of an account which gets no link.
    Withheld,
}

/// Finds the account, and makes its link while there is room for another mail to it.
async fn resolve_reset(app: &App, mail: &MailRow, link: uuid::Uuid) -> Result<Resolved, Error> {
    let Some(typed) = &mail.recipient else { return Ok(Resolved::Withheld) };
    let mut tx = app.db().begin().await?;
    let found = lookup::candidates(&mut tx, typed).await?;
    if found.is_empty() {
        return Ok(Resolved::NoAccount);
    }
    let mut usable = found.into_iter().map(|(account, _)| account).filter(Account::is_active);
    let Some((account, to)) = usable.find_map(|account| account.email().map(str::to_owned).map(|to| (account, to)))
    else {
        return Ok(Resolved::Withheld);
    };
    let key = recipient_key(app, &to);
    // Asked for by the username, it was not counted under the address.
    if key != *mail.recipient_key
        && !(may_send(app, &mut tx, &to, Some(mail.id)).await? && may_its_asker(app, &mut tx, &to, mail.id).await?)
    {
        return Ok(Resolved::Withheld);
    }
    // That its mail reaches the address, is what the link shows beside.
    let email_key = account.email.as_ref().map(Email::key);
    let hash = token::hash(app, link);
    store::confirmations::insert(&mut tx, &hash, PASSWORD, Some(&account), email_key, mail.give_up_at).await?;
    store::mail_delivery::bind(&mut tx, mail.id, account.id, &to, &key).await?;
    let by = Actor::anonymous(Door::Pages, None);
    audit::record(&mut tx, &by, Action::PasswordResetAsked, Some(account.id), serde_json::Map::new(), app.now())
        .await?;
    tx.commit().await?;
    Ok(Resolved::Account(Box::new(account)))
}

/// What an address without an account is told where the settings say so, once a day: else visitors could make us write
/// to others as often as they like.
async fn no_account(app: &App, mail: &MailRow) -> Result<Composed, Error> {
    const NO_ACCOUNT: Composed = Composed::Nothing("no such account");
    let address = mail.recipient.as_deref().filter(|_| app.settings().mail_unknown);
    let Some(to) = address.and_then(|typed| Email::choose(typed).ok()).map(|email| email.typed().to_owned()) else {
        return Ok(NO_ACCOUNT);
    };
    let since = app.now() - Duration::from_secs(24 * 3600);
    if store::mails::was_sent(&mut app.db().read().await?, &mail.recipient_key, since).await? {
        return Ok(NO_ACCOUNT);
    }
    let context = Context::new(app, mail, Purpose::PasswordReset, Language::of_tag(&mail.language), None);
    context.finish(to, |context| Letter {
        subject: context.text(key!("mail-no-account-subject")),
        heading: context.text(key!("mail-no-account-heading")),
        paragraphs: vec![context.text(key!("mail-no-account-lead"))],
        notes: vec![context.asked_with(), context.text(key!("mail-no-account-not-you"))],
        ..Letter::default()
    })
}

/// What an account is told, at the address that it had when it happened.
async fn notice(app: &App, mail: &MailRow, purpose: Purpose) -> Result<Composed, Error> {
    let Some(to) = mail.recipient.clone() else { return Ok(Composed::Nothing("no recipient")) };
    let account = match mail.account_id {
        Some(id) => lookup::by_id(app, id).await?,
        None => None,
    };
    let context = match &account {
        Some(account) => Context::of(app, mail, purpose, account),
        None => Context::new(app, mail, purpose, Language::of_tag(&mail.language), None),
    };
    context.finish(to, |context| {
        let name = purpose.as_str();
        let own = |part| Key::find(&format!("mail-{name}-{part}")).map(|key| context.text(key));
        Letter {
            button: own("button").map(|text| (text, context.address("password/forgot"))),
            notes: own("not-you").into_iter().collect(),
            ..context.letter_giving_reason()
        }
    })
}

impl<'a> Context<'a> {
    pub(super) fn new(
        app: &'a App,
        mail: &MailRow,
        purpose: Purpose,
        language: Option<Language>,
        zone: Option<String>,
    ) -> Context<'a> {
        let words = language.unwrap_or(app.settings().language).words();
        let detail = serde_json::from_str(&mail.detail).unwrap_or_default();
        let (asked_at, expires_at) = (mail.created_at, mail.give_up_at);
        Context { app, words, asked_at, expires_at, purpose, detail, zone, code: None }
    }

    pub(super) fn of(app: &'a App, mail: &MailRow, purpose: Purpose, account: &Account) -> Context<'a> {
        // What the account says goes before what the browser asked for.
        let language = account.language.is_none().then(|| Language::of_tag(&mail.language)).flatten();
        let language = language.unwrap_or_else(|| language_of(app, account));
        Context::new(app, mail, purpose, Some(language), account.time_zone.clone())
    }

    /// The mail with this letter.
    pub(super) fn finish(&self, to: String, write: impl FnOnce(&Context<'a>) -> Letter) -> Result<Composed, Error> {
        match write(self).render(self.app, self.words) {
            Ok(parts) => Ok(Composed::Mail(Box::new(Addressed { to, language: self.words.language(), parts }))),
            Err(error) => {
                tracing::error!(%error, purpose = self.purpose.as_str(), "a mail cannot be written");
                Ok(Composed::Nothing("it cannot be written"))
            }
        }
    }

    /// Subject, heading and first paragraph, by the sentences of the purpose.
    pub(super) fn letter(&self) -> Letter {
        self.letter_of(self.purpose.as_str())
    }

    /// The same by the sentences of another name.
    pub(super) fn letter_of(&self, name: &str) -> Letter {
        Letter {
            subject: self.text(format!("mail-{name}-subject")),
            heading: self.text(format!("mail-{name}-heading")),
            paragraphs: vec![self.text(format!("mail-{name}-lead"))],
            ..Letter::default()
        }
    }

    /// The same, with a sentence that names an address where one may be named.
    pub(super) fn letter_naming(&self, key: &str) -> Letter {
        let mut letter = self.letter();
        letter.paragraphs.extend(self.detail.address.is_some().then(|| self.text(key)));
        letter
    }

    /// The same, with the reason that an admin has given, where it may be told.
    fn letter_giving_reason(&self) -> Letter {
        let mut letter = self.letter();
        letter.paragraphs.extend(self.detail.reason.is_some().then(|| self.text("mail-reason")));
        letter
    }

    /// A sentence, which may name the brand, when it happened, and what stands in the detail.
    pub(super) fn text(&self, key: impl Named) -> String {
        let device = self.detail.agent.as_deref().map(|agent| device_name(agent, self.words).0);
        let values: [(&'static str, FluentValue<'_>); 6] = [
            ("brand", self.app.settings().brand_name.as_str().into()),
            ("time", self.time(self.asked_at).into()),
            ("address", self.detail.address.as_deref().unwrap_or_default().into()),
            ("device", device.unwrap_or_default().into()),
            ("reason", self.detail.reason.as_deref().unwrap_or_default().into()),
            ("code", self.code.as_deref().unwrap_or_default().into()),
        ];
        self.words.with(key, &values)
    }

    /// Until when the link works.
    pub(super) fn expires_at(&self) -> String {
        self.until(self.expires_at)
    }

    /// The same for a link that works until then.
    pub(super) fn until(&self, until: OffsetDateTime) -> String {
        self.words.with(key!("mail-link-until"), &[("time", self.time(until).into())])
    }

    /// A timestamp, which no line ends in.
    fn time(&self, timestamp: OffsetDateTime) -> String {
        self.words.timestamp(timestamp, self.zone.as_deref()).replace(' ', "\u{a0}")
    }

    /// With what it was asked for, and when. What browsers call themselves, any client can write: only names that we
    /// know stand in a mail.
    pub(super) fn asked_with(&self) -> String {
        self.text(if self.detail.agent.is_some() { "mail-asked-with" } else { "mail-asked-at" })
    }

    /// An absolute address of ours: never made from what a request called us.
    pub(super) fn address(&self, path: &str) -> String {
        self.app.public_url().join(path).as_ref().map_or_else(|_| path.to_owned(), Url::to_string)
    }
}
