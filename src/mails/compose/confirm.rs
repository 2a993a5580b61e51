//! Mails that confirm an address. Until it is, a stranger may have typed it: nothing that was typed stands in them.

use crate::app::App;
use crate::error::Error;
use crate::mails::letter::Letter;
use crate::mails::{Purpose, token};
use crate::model::Language;
use crate::store;
use crate::store::confirmations::ADDRESS;
use crate::store::mails::MailRow;

use super::{Composed, Context};

/// A link that confirms the address of an account.
pub(super) async fn email(app: &App, mail: &MailRow, purpose: Purpose) -> Result<Composed, Error> {
    let Some(link) = mail.link_id else { return Ok(Composed::Nothing("no link")) };
    let hash = token::hash(app, link);
    let mut connection = app.db().read().await?;
    let account = store::confirmations::account(&mut connection, &hash, app.now()).await?;
    let kept = store::confirmations::find(&mut connection, &hash, ADDRESS).await?;
    drop(connection);
    let (Some(account), Some(kept)) = (account, kept) else {
        return Ok(Composed::Nothing("no such account, or its link has ended"));
    };
    let Some(to) = account.email().map(str::to_owned) else { return Ok(Composed::Nothing("no address")) };
    let context = Context { expires_at: kept.expires_at, ..Context::of(app, mail, purpose, &account) };
    context.finish(to, |context| Letter {
        button: Some((context.text(key!("mail-confirm-email-button")), context.confirming(link))),
        notes: vec![context.expires_at(), context.asked_with(), context.text(key!("mail-confirm-email-not-you"))],
        ..context.letter()
    })
}

/// A link and a code that confirm the address of a sign-up; or, to who has an account, that they have one.
pub(super) async fn sign_up(app: &App, mail: &MailRow, purpose: Purpose) -> Result<Composed, Error> {
    let Some(link) = mail.link_id else { return Ok(Composed::Nothing("no link")) };
    let mut connection = app.db().read().await?;
    let pending = store::pending_sign_ups::find(&mut connection, &token::hash(app, link), app.now()).await?;
    let Some(pending) = pending else { return Ok(Composed::Nothing("no such sign-up, or its link has ended")) };
    let address = pending.address();
    let is_known = store::accounts::is_address_taken(&mut connection, &address, None).await?;
    drop(connection);
    let language = Language::of_tag(&mail.language);
    let to = address.typed().to_owned();
    if is_known {
        let context = Context::new(app, mail, Purpose::AccountExists, language, None);
        return context.finish(to, |context| Letter {
            button: Some((context.text(key!("mail-account-exists-button")), context.address("login"))),
            notes: vec![
                context
                    .words
                    .with("mail-account-exists-reset", &[("address", context.address("password/forgot").into())]),
                context.asked_with(),
                context.text(key!("mail-account-exists-not-you")),
            ],
            ..context.letter()
        });
    }
    let digits = token::code(app, link);
    let code = digits.split_at_checked(3).map(|(first, rest)| format!("{first} {rest}"));
    let context = Context { expires_at: pending.expires_at, code, ..Context::new(app, mail, purpose, language, None) };
    context.finish(to, |context| Letter {
        code: context.code.clone(),
        button: Some((context.text(key!("mail-confirm-sign-up-button")), context.confirming(link))),
        notes: vec![context.expires_at(), context.asked_with(), context.text(key!("mail-confirm-sign-up-not-you"))],
        ..context.letter()
    })
}

impl Context<'_> {
    /// The address of the page that confirms.
    fn confirming(&self, link: uuid::Uuid) -> String {
        self.address(&format!("email/confirm/{}", token::of_link(self.app, link)))
    }
}
