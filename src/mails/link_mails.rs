//! Composing of mails with links: those about a change of the address, and those that admins send.

use uuid::Uuid;

use crate::app::App;
use crate::error::Error;
use crate::lookup;
use crate::model::{Account, Email, Language};
use crate::store;
use crate::store::email_changes::EmailChange;
use crate::store::links::{LinkState, PASSWORD};
use crate::store::mails::MailRow;

use super::compose::{Composed, Context};
use super::letter::Letter;
use super::{Purpose, token};

/// Why a mail is not sent whose link works no more.
const ENDED: Composed = Composed::Nothing("no such account, or its link has ended");

/// The link of a mail, and to whom it goes.
fn link_of(mail: &MailRow) -> Option<(Uuid, String)> {
    mail.link_id.zip(mail.recipient.clone())
}

/// The link by which a new address confirms that it is the account's. An address that another account has is told so
/// instead: the user who typed it learns nothing.
pub(super) async fn change(app: &App, mail: &MailRow) -> Result<Composed, Error> {
    let Some((link, to)) = link_of(mail) else { return Ok(ENDED) };
    let mut connection = app.db().read().await?;
    let found = store::email_changes::by_confirm(&mut connection, &token::hash(app, link)).await?;
    let Some(change) = found else { return Ok(ENDED) };
    let email = Email::stored(change.email.clone(), change.email_key.clone());
    let is_taken = store::accounts::is_address_taken(&mut connection, &email, Some(change.account_id)).await?;
    drop(connection);
    let Some(account) = waiting(app, &change).await? else { return Ok(ENDED) };
    if is_taken {
        let context = Context::new(app, mail, Purpose::EmailChange, Language::of_tag(&mail.language), None);
        return context.finish(to, |context| Letter {
            button: Some((context.text(key!("mail-email-taken-button")), context.address("login"))),
            notes: vec![context.text(key!("mail-email-taken-not-you"))],
            ..context.letter_of("email-taken")
        });
    }
    Context::of(app, mail, Purpose::EmailChange, &account).finish(to, |context| Letter {
        button: Some((
            context.text(key!("mail-email-change-button")),
            context.address(&format!("email/change/{}", token::of_link(app, link))),
        )),
        notes: vec![
            context.until(change.expires_at),
            context.asked_with(),
            context.text(key!("mail-email-change-not-you")),
        ],
        ..context.letter()
    })
}

/// What the present address is told of a change that waits: the link that stops it.
pub(super) async fn change_asked(app: &App, mail: &MailRow) -> Result<Composed, Error> {
    let Some((link, to)) = link_of(mail) else { return Ok(ENDED) };
    let mut connection = app.db().read().await?;
    let found = store::email_changes::by_stop(&mut connection, &token::hash(app, link)).await?;
    drop(connection);
    let Some(change) = found else { return Ok(ENDED) };
    let Some(account) = waiting(app, &change).await? else { return Ok(ENDED) };
    Context::of(app, mail, Purpose::EmailChangeAsked, &account).finish(to, |context| Letter {
        button: Some((
            context.text(key!("mail-email-change-asked-button")),
            context.address(&format!("email/stop/{}", token::of_link(app, link))),
        )),
        notes: vec![
            context.until(change.expires_at),
            context.asked_with(),
            context.text(key!("mail-email-change-asked-not-you")),
        ],
        ..context.letter_naming("mail-email-change-asked-to")
    })
}

/// The account of a change that still waits.
async fn waiting(app: &App, change: &EmailChange) -> Result<Option<Account>, Error> {
    if !change.waits(app.now()) {
        return Ok(None);
    }
    let account = lookup::by_id(app, change.account_id).await?;
    Ok(account.filter(|account| account.is_active() && account.generation == change.generation))
}

/// What the address before a change is told: the link that leads back to it.
pub(super) async fn changed(app: &App, mail: &MailRow) -> Result<Composed, Error> {
    let Some((link, to)) = link_of(mail) else { return Ok(ENDED) };
    let mut connection = app.db().read().await?;
    let found = store::email_changes::undo(&mut connection, &token::hash(app, link)).await?;
    drop(connection);
    let Some(undo) = found.filter(|undo| undo.state(app.now()) == LinkState::Live) else { return Ok(ENDED) };
    let Some(account) = lookup::by_id(app, undo.account_id).await? else { return Ok(ENDED) };
    Context::of(app, mail, Purpose::EmailChanged, &account).finish(to, |context| Letter {
        button: Some((
            context.text(key!("mail-email-changed-button")),
            context.address(&format!("email/undo/{}", token::of_link(app, link))),
        )),
        notes: vec![context.until(undo.expires_at), context.text(key!("mail-email-changed-not-you"))],
        ..context.letter_naming("mail-email-changed-to")
    })
}

/// A link by which a person sets a password, which an admin has sent.
pub(super) async fn password_link(app: &App, mail: &MailRow) -> Result<Composed, Error> {
    let Some((link, to)) = link_of(mail) else { return Ok(ENDED) };
    let mut connection = app.db().read().await?;
    let found = store::links::account(&mut connection, &token::hash(app, link), PASSWORD, app.now()).await?;
    drop(connection);
    // Meant for the address that it was sent to.
    let Some(account) = found.filter(|account| account.email() == Some(to.as_str())) else { return Ok(ENDED) };
    Context::of(app, mail, Purpose::PasswordLink, &account).finish(to, |context| Letter {
        button: Some((
            context.text(key!("mail-password-link-button")),
            context.address(&format!("password/reset/{}", token::of_link(app, link))),
        )),
        notes: vec![context.expires_at(), context.text(key!("mail-password-link-not-you"))],
        ..context.letter()
    })
}

/// A link by which a person opens an account.
pub(super) async fn invitation(app: &App, mail: &MailRow) -> Result<Composed, Error> {
    let Some((link, to)) = link_of(mail) else { return Ok(ENDED) };
    let mut connection = app.db().read().await?;
    let found = store::invites::find(&mut connection, &token::hash(app, link), app.now()).await?;
    drop(connection);
    let Some(invite) = found else { return Ok(ENDED) };
    Context::new(app, mail, Purpose::Invitation, Language::of_tag(&mail.language), None).finish(to, |context| Letter {
        button: Some((
            context.text(key!("mail-invitation-button")),
            context.address(&format!("invite/{}", token::of_link(app, link))),
        )),
        notes: vec![context.until(invite.expires_at), context.text(key!("mail-invitation-not-you"))],
        ..context.letter()
    })
}
