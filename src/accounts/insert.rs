//! Inserting a new account, with what logs it in, what it starts and what others are told.

use std::net::IpAddr;

use crate::app::App;
use crate::audit;
use crate::authenticated::Authenticated;
use crate::error::Error;
use crate::mails;
use crate::model::audit::Action;
use crate::model::{
    Account, AccountId, Actor, Email, EventKind, Generation, Name, Profile, Status, TermsConsent, Theme, Username,
};
use crate::passkeys::registration::NewPasskey;
use crate::store::{self, Transaction};

use super::registration::{Browser, Credential, Registration};
use super::{admins, announce, confirm, passkeys, taken};

/// What is kept of what a person chose to log in by.
pub(super) enum Kept {
    /// The hash of a password.
    Hash(String),
    /// A passkey.
    Passkey(Box<NewPasskey>),
}

impl Kept {
    pub(super) async fn of(app: &App, credential: Credential, client: Option<IpAddr>) -> Result<Kept, Error> {
        Ok(match credential {
            Credential::Password(password) => Kept::Hash(app.passwords().hash(&password, client).await?),
            Credential::Passkey(made) => Kept::Passkey(made),
        })
    }
}

/// An account that its owner has just opened.
#[derive(Debug)]
pub struct Opened {
    /// That they have proved who they are: they have just chosen what they log in by.
    pub who: Box<Authenticated>,
    /// The recovery codes that come with a passkey, to be shown once.
    pub codes: Vec<String>,
}

/// The account to insert, and what is kept of what logs it in.
pub(super) async fn made(
    app: &App,
    new: Registration,
    is_admin: bool,
    client: Option<IpAddr>,
) -> Result<(Account, Kept), Error> {
    let kept = Kept::of(app, new.credential, client).await?;
    let (organization, language, time_zone, picture) = (new.organization, new.language, new.time_zone, new.picture);
    let account = new_account(app, new.username, new.email, new.name);
    let terms = new.terms.map(|version| TermsConsent { version, at: account.created_at });
    let two_factor = matches!(kept, Kept::Passkey(_));
    Ok((Account { organization, language, time_zone, terms, picture, is_admin, two_factor, ..account }, kept))
}

/// A new account with nothing but its names.
pub(super) fn new_account(app: &App, username: Option<Username>, email: Option<Email>, name: Name) -> Account {
    let now = app.now();
    Account {
        id: AccountId::new(),
        username,
        email,
        name,
        organization: None,
        profile: Profile::default(),
        language: None,
        time_zone: None,
        theme: Theme::System,
        terms: None,
        is_admin: false,
        status: Status::Active,
        picture: None,
        email_verified_at: None,
        two_factor: false,
        password_changed_at: now,
        generation: Generation::default(),
        created_at: now,
        updated_at: now,
    }
}

/// Inserts an account for the person who opens it.
pub(super) async fn insert_own(
    app: &App,
    tx: &mut Transaction,
    by: &Actor,
    account: Account,
    kept: &Kept,
    browser: Option<&Browser<'_>>,
) -> Result<Opened, Error> {
    let codes = insert_kept(app, tx, by, &account, kept, browser).await?;
    let who = match kept {
        Kept::Hash(_) => Authenticated::by_password(app, account),
        Kept::Passkey(_) => Authenticated::by_passkey(app, account),
    };
    Ok(Opened { who: Box::new(who), codes })
}

/// Inserts an account with what logs it in. Gives the recovery codes that come with a passkey.
pub(super) async fn insert_kept(
    app: &App,
    tx: &mut Transaction,
    by: &Actor,
    account: &Account,
    kept: &Kept,
    browser: Option<&Browser<'_>>,
) -> Result<Vec<String>, Error> {
    match kept {
        Kept::Hash(hash) => insert_in(app, tx, by, account, Some(hash), browser).await.map(|()| Vec::new()),
        Kept::Passkey(made) => {
            insert_in(app, tx, by, account, None, browser).await?;
            passkeys::add_at_sign_up(app, tx, by, account, made).await
        }
    }
}

pub(super) async fn insert(
    app: &App,
    tx: &mut Transaction,
    by: &Actor,
    account: &Account,
    hash: Option<&str>,
) -> Result<(), Error> {
    insert_in(app, tx, by, account, hash, None).await
}

/// Inserts an account, as [`insert`] does, for a person in a browser, whose language a mail to them is in.
async fn insert_in(
    app: &App,
    tx: &mut Transaction,
    by: &Actor,
    account: &Account,
    hash: Option<&str>,
    browser: Option<&Browser<'_>>,
) -> Result<(), Error> {
    store::accounts::insert(tx, account, hash).await.map_err(taken)?;
    if account.picture.is_some() {
        store::accounts::set_picture(tx, account.id, account.picture.as_ref(), account.updated_at).await?;
    }
    if account.is_admin {
        admins::withdraw_link(tx).await?;
    }
    let action = if by.is(account.id) { Action::SignedUp } else { Action::Created };
    audit::record_opened(tx, by, action, account).await?;
    // Others who open an account say themselves whether its address is right.
    if let Some(email) = account.email()
        && by.is(account.id)
        && confirm::is_awaited(app, account)
        && mails::may_send(app, tx, email, None).await?
    {
        let (agent, language) = (browser.map(|browser| browser.agent), browser.map(|browser| browser.language));
        confirm::queue(app, tx, account, agent, language).await?;
    }
    announce(app, tx, EventKind::Created, account).await
}
