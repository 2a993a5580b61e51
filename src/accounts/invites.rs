//! Invitations: links by which people open an account of their own, also where sign-up is closed.

use std::time::Duration;

use uuid::Uuid;

use crate::app::App;
use crate::audit;
use crate::authenticated::Authenticated;
use crate::clock;
use crate::error::Error;
use crate::mails::{self, Detail, Outgoing, Purpose};
use crate::model::audit::Action;
use crate::model::{Actor, Client, Door, Email, Language};
use crate::permission::permit_admin;
use crate::secrets::{hash_token, random_token};
use crate::store::{self, Transaction};

use super::insert;
use super::register;
use super::registration::Registration;
use super::taken::permit_claim;

pub use crate::store::invites::Invite;

/// How long an invitation may work.
pub const LIFETIMES: [Duration; 3] =
    [Duration::from_secs(24 * 3600), Duration::from_secs(7 * 24 * 3600), Duration::from_secs(30 * 24 * 3600)];

/// The most that are listed.
const MAX_INVITES: i64 = 200;

/// Makes an invitation. Gives it, and the token that its link ends with and that is nowhere kept.
///
/// # Errors
/// [`Error::Forbidden`].
pub async fn make(app: &App, by: &Actor, email: Option<&Email>, lifetime: Duration) -> Result<(Invite, String), Error> {
    let (mut tx, token) = (app.db().begin().await?, random_token());
    let invite = insert(app, &mut tx, by, email, lifetime, (clock::new_id(), &token)).await?;
    tx.commit().await?;
    Ok((invite, token))
}

/// The same, sent to the address: only its reader sees the link, and its token is at rest nowhere.
///
/// # Errors
/// [`Error::Forbidden`], [`Error::Closed`] where no mail is sent.
pub async fn send(app: &App, by: &Actor, email: &Email, language: Language, lifetime: Duration) -> Result<(), Error> {
    if !app.sends_mail() {
        return Err(Error::Closed);
    }
    let id = clock::new_id();
    let (mut tx, token) = (app.db().begin().await?, mails::token::of_link(app, id));
    let invite = insert(app, &mut tx, by, Some(email), lifetime, (id, &token)).await?;
    let mail = Outgoing {
        purpose: Purpose::Invitation,
        account: None,
        recipient: email.typed(),
        language,
        detail: Detail::default(),
        link: Some(id),
        asker: None,
    };
    mails::enqueue_until(app, &mut tx, mail, invite.expires_at).await?;
    Ok(tx.commit().await?)
}

/// Stores an invitation of this id and token.
async fn insert(
    app: &App,
    tx: &mut Transaction,
    by: &Actor,
    email: Option<&Email>,
    lifetime: Duration,
    (id, token): (Uuid, &str),
) -> Result<Invite, Error> {
    let now = app.now();
    let invite = Invite {
        id,
        email: email.map(|email| email.typed().to_owned()),
        invited_by: by.who.account(),
        created_at: now,
        expires_at: now + lifetime,
    };
    permit_admin(tx, by).await?;
    store::invites::insert(tx, &invite, &hash_token(token.as_bytes())).await?;
    // Not to whom: that is a person who has no account to delete, with whom the address would go from the log.
    audit::record(tx, by, Action::Invited, None, audit::detail("invite", invite.id.to_string().into()), now).await?;
    Ok(invite)
}

/// Those that still work, the newest first, and the name of the admin who made each.
///
/// # Errors
/// [`Error::Forbidden`].
pub async fn list(app: &App, by: &Actor) -> Result<Vec<(Invite, Option<String>)>, Error> {
    let mut connection = app.db().read().await?;
    permit_admin(&mut connection, by).await?;
    let mut listed = Vec::new();
    for invite in store::invites::list(&mut connection, app.now(), MAX_INVITES).await? {
        let admin = match invite.invited_by {
            Some(id) => store::accounts::find(&mut connection, id).await?,
            None => None,
        };
        listed.push((invite, admin.map(|admin| admin.shown_name().to_owned())));
    }
    Ok(listed)
}

/// Withdraws one. False when it was used or withdrawn already, or ran out.
///
/// # Errors
/// [`Error::Forbidden`].
pub async fn withdraw(app: &App, by: &Actor, id: Uuid) -> Result<bool, Error> {
    let mut tx = app.db().begin().await?;
    permit_admin(&mut tx, by).await?;
    let withdrawn = store::invites::delete(&mut tx, id).await?;
    if withdrawn {
        let detail = audit::detail("invite", id.to_string().into());
        audit::record(&mut tx, by, Action::InviteWithdrawn, None, detail, app.now()).await?;
    }
    tx.commit().await?;
    Ok(withdrawn)
}

/// The invitation of a token.
///
/// # Errors
/// [`Error::NotFound`] for one that does not work (any more).
pub async fn find(app: &App, token: &str) -> Result<Invite, Error> {
    let mut connection = app.db().read().await?;
    store::invites::find(&mut connection, &hash_token(token.as_bytes()), app.now()).await?.ok_or(Error::NotFound)
}

/// Opens the account of an invited person. The invitation is used up.
///
/// # Errors
/// [`Error::NotFound`] for an invitation that does not work (any more), [`Error::Taken`], [`Error::TooMany`],
/// [`Error::Busy`].
pub async fn accept(app: &App, token: &str, new: Registration, client: Client) -> Result<Authenticated, Error> {
    let invite = find(app, token).await?;
    permit_claim(app, new.username.as_ref())?;
    let (mut account, kept) = register::prepare_for_anonymous(app, new, client).await?;
    if account.email.as_ref().is_some_and(|email| proves(app, &invite, token, email)) {
        account.email_verified_at = Some(app.now());
    }
    let by = Actor::account(account.id, Door::Pages, client.address);
    let mut tx = app.db().begin().await?;
    if !store::invites::take(&mut tx, &hash_token(token.as_bytes()), app.now()).await? {
        return Err(Error::NotFound);
    }
    let opened = insert::insert_own(app, &mut tx, &by, account, &kept, None).await?;
    tx.commit().await?;
    Ok(*opened.who)
}

/// Whether who opens an invitation reads the mail of this address: its link stood in a mail to it and nowhere else.
fn proves(app: &App, invite: &Invite, token: &str, email: &Email) -> bool {
    let to = invite.email.as_deref().and_then(|typed| Email::choose(typed).ok());
    token == mails::token::of_link(app, invite.id) && to.is_some_and(|to| to.key() == email.key())
}
