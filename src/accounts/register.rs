//! Registration: opening an account.

use std::time::Duration;

use crate::app::App;
use crate::audit;
use crate::authenticated::Authenticated;
use crate::error::{Credentials, Error};
use crate::limits::{Rule, address_key};
use crate::logins;
use crate::logins::second_step::Begun;
use crate::mails;
use crate::model::audit::Action;
use crate::model::password::Password;
use crate::model::picture::Picture;
use crate::model::{
    Account, AccountId, Actor, Client, Door, Email, EventKind, Field, Generation, Keys, Name, Problem, Profile, Status,
    TermsConsent, Theme, Username,
};
use crate::permission::permit_admin;
use crate::store::{self, Transaction};

use super::pending::Browser;
use super::taken::Asker;
use super::{announce, confirm, pending, setup, taken};

/// A new account, its fields parsed by the door it came through.
pub struct Registration {
    /// The username, where the door asks for one.
    pub username: Option<Username>,
    /// The e-mail, where the door asks for one.
    pub email: Option<Email>,
    /// The person's name.
    pub name: Name,
    /// The password.
    pub password: Password,
    /// Where the person belongs, where the door asks.
    pub organization: Option<String>,
    /// The language the person reads.
    pub language: Option<String>,
    /// The IANA time zone of the person's browser, if it is a known one.
    pub time_zone: Option<String>,
    /// The version of the terms of use that the person agreed to, where the door asks: see [`agree`].
    pub terms: Option<String>,
    /// The picture, its files stored already.
    pub picture: Option<Picture>,
}

/// Sign-up: opens an account for a client that asks for it, and announces it: both happen, or neither. Having just
/// chosen its password, they have proved who they are.
///
/// # Errors
/// [`Error::Closed`], [`Error::Taken`], [`Error::TooMany`], [`Error::Busy`].
/// [`Error::Unconfirmed`] where the address is confirmed first: a link is on its way to it.
pub async fn register(app: &App, new: Registration, client: Client, door: Door) -> Result<Authenticated, Error> {
    let address = new.email.as_ref().map(|email| email.typed().to_owned()).unwrap_or_default();
    match sign_up(app, new, client, door, &[Rule::SignUpDone], None).await? {
        SignedUp::Account(who) => Ok(*who),
        SignedUp::Pending(_) => Err(Error::Unconfirmed(address)),
    }
}

/// What a sign-up has come to.
#[derive(Debug)]
pub enum SignedUp {
    /// An account.
    Account(Box<Authenticated>),
    /// A sign-up that waits for its address to be confirmed, and the cookie by which its browser is known.
    Pending(String),
}

/// Sign-up by a form whose browser may have done a proof of work, for a mark that is good for one account. Without one
/// an address opens a few accounts an hour, as people without JavaScript do; where the guard is off, no proof is asked
/// for.
///
/// # Errors
/// As [`register()`].
pub async fn register_by_form(
    app: &App,
    new: Registration,
    client: Client,
    proof: Option<&str>,
    browser: &Browser<'_>,
) -> Result<SignedUp, Error> {
    let is_proved = match proof {
        _ if !app.settings().signup_guard => true,
        Some(mark) => app.limits().is_new(Rule::SignUpProof, mark).await,
        None => false,
    };
    let rules: &[Rule] = if is_proved { &[Rule::SignUpDone] } else { &[Rule::SignUpUnproved, Rule::SignUpDone] };
    sign_up(app, new, client, Door::Pages, rules, Some(browser)).await
}

/// The same, where the account counts for these rules.
async fn sign_up(
    app: &App,
    new: Registration,
    client: Client,
    door: Door,
    rules: &[Rule],
    browser: Option<&Browser<'_>>,
) -> Result<SignedUp, Error> {
    permit_sign_up(app)?;
    let address = address_key(client.address);
    app.limits().count(Rule::SignUp, &address).await?;
    permit_claim(app, new.username.as_ref())?;
    let waits = pending::is_required(app, door) && new.email.is_some();
    let (account, hash) = if waits {
        // Of a username everybody may know whether it is taken, of an address only who reads its mail.
        tell_anonymous(app, new.username.as_ref(), None, client).await?;
        let hash = app.passwords().hash(&new.password).await?;
        (account(app, new, false), hash)
    } else {
        prepare_for_anonymous(app, new, client).await?
    };
    let by = Actor::account(account.id, door, client.address);
    // One at a time, and counted before the transaction, which must not wait for Redis: of many at once only who has
    // won the names stays counted, and the others are told of the conflict, not of a limit.
    let _turn = app.limits().turn(&address).await;
    let mut counted = Vec::new();
    let done = async {
        for rule in rules {
            app.limits().count(*rule, &address).await?;
            counted.push(*rule);
        }
        let mut tx = app.db().begin().await?;
        let cookie = if waits {
            Some(pending::put_aside(app, &mut tx, &account, &hash, browser, client).await?)
        } else {
            insert_in(app, &mut tx, &by, &account, Some(&hash), browser).await?;
            None
        };
        tx.commit().await?;
        Ok(cookie)
    };
    match done.await {
        Ok(Some(cookie)) => Ok(SignedUp::Pending(cookie)),
        Ok(None) => Ok(SignedUp::Account(Box::new(Authenticated::by_password(app, account)))),
        Err(error) => {
            for rule in counted {
                app.limits().forgive(rule, &address).await;
            }
            Err(error)
        }
    }
}

/// Whether a user may choose a username: not what people would take for the operator, by whatever letters.
/// Those who may give out such names are not asked.
///
/// # Errors
/// [`Error::Taken`].
pub(super) fn permit_claim(app: &App, username: Option<&Username>) -> Result<(), Error> {
    match username {
        Some(username) if username.is_reserved(&app.settings().brand_name) => Err(Error::Taken(Field::Username)),
        _ => Ok(()),
    }
}

/// The version of the terms of use that a person agrees to as they open an account; none where there are no terms.
///
/// # Errors
/// [`Problem::Missing`] for a person who does not agree.
pub fn agree(app: &App, agreed: bool) -> Result<Option<String>, Problem> {
    let settings = app.settings();
    match &settings.terms_url {
        None => Ok(None),
        Some(_) if agreed => Ok(Some(settings.terms_version.clone())),
        Some(_) => Err(Problem::Missing),
    }
}

/// Whether people may sign up without an invitation.
///
/// # Errors
/// [`Error::Closed`].
pub fn permit_sign_up(app: &App) -> Result<(), Error> {
    if app.settings().signup_open { Ok(()) } else { Err(Error::Closed) }
}

/// Whether a client may ask for an account at all: for doors that would have to read a picture first. It counts for
/// nothing.
///
/// # Errors
/// [`Error::Closed`], [`Error::TooMany`].
pub async fn may_ask(app: &App, client: Client) -> Result<(), Error> {
    permit_sign_up(app)?;
    Ok(app.limits().check(Rule::SignUp, &address_key(client.address)).await?)
}

/// Whether a client that registers may have an address: for doors that tell everything that is wrong with a form at
/// once. It counts as a sign-up that is refused. That the address is free now promises nothing: who has it, the database
/// decides when the account is inserted.
///
/// # Errors
/// As [`register`].
pub async fn check_email(app: &App, email: &Email, client: Client, door: Door) -> Result<(), Error> {
    permit_sign_up(app)?;
    app.limits().count(Rule::SignUp, &address_key(client.address)).await?;
    // Where it is confirmed first, only who reads its mail is told.
    if pending::is_required(app, door) { Ok(()) } else { tell_anonymous(app, None, Some(email), client).await }
}

/// Opens an account on behalf of another person: for admins, the operator and doors inside the network.
///
/// # Errors
/// [`Error::Forbidden`], [`Error::Taken`], [`Error::Busy`].
pub async fn open(app: &App, by: &Actor, new: Registration, is_admin: bool) -> Result<Account, Error> {
    let (account, hash) = prepare(app, new, is_admin).await?;
    let mut tx = app.db().begin().await?;
    permit_admin(&mut tx, by).await?;
    insert(app, &mut tx, by, &account, Some(&hash)).await?;
    tx.commit().await?;
    Ok(account)
}

/// The account to insert and its password hash, for a client that may not ask about names without end.
pub(super) async fn prepare_for_anonymous(
    app: &App,
    new: Registration,
    client: Client,
) -> Result<(Account, String), Error> {
    tell_anonymous(app, new.username.as_ref(), new.email.as_ref(), client).await?;
    let hash = app.passwords().hash(&new.password).await?;
    Ok((account(app, new, false), hash))
}

/// Tells a client whether names are free, as often as it may be told that one is not.
async fn tell_anonymous(
    app: &App,
    username: Option<&Username>,
    email: Option<&Email>,
    client: Client,
) -> Result<(), Error> {
    // One at a time, so that many at once are told no more than one after the other.
    let _turn = app.limits().turn(&address_key(client.address)).await;
    let asker = Asker::anonymous(app, client.address).await?;
    match check_available(app, username, email).await {
        Err(error) => Err(asker.told(error, username, email).await),
        done => done,
    }
}

/// The account to insert and its password hash.
async fn prepare(app: &App, new: Registration, is_admin: bool) -> Result<(Account, String), Error> {
    // A look before the work: it spares the hash where the name is long taken. The index decides when it is inserted.
    check_available(app, new.username.as_ref(), new.email.as_ref()).await?;
    let hash = app.passwords().hash(&new.password).await?;
    Ok((account(app, new, is_admin), hash))
}

/// Whether a sign-up that found its names taken is the same person's second press of the button: the account
/// is minutes old and the password is its own. Then it is simply theirs.
///
/// # Errors
/// As [`logins::begin`].
pub async fn resubmitted(
    app: &App,
    username: &Keys,
    email: &str,
    password: &Password,
    client: Client,
) -> Result<Option<Authenticated>, Error> {
    let Ok(keys) = Email::keys(email) else { return Ok(None) };
    let mut connection = app.db().read().await?;
    let found = store::accounts::find_by_email(&mut connection, &keys).await?;
    drop(connection);
    let same = found.is_some_and(|(account, _)| {
        account.username.is_some_and(|known| username.contain(known.key()))
            && app.now() - account.created_at < Duration::from_secs(600)
    });
    if !same {
        return Ok(None);
    }
    match logins::begin(app, email, password, client, None).await {
        Ok(Begun::Done(who)) => Ok(Some(*who)),
        Ok(Begun::SecondStep(_)) => Ok(None),
        Err(Error::Credentials(Credentials::Password | Credentials::Unknown)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// A username like what was typed that is free.
///
/// # Errors
/// When the database does not answer.
pub async fn suggest(app: &App, typed: &str) -> Result<Option<String>, Error> {
    let Ok(wanted) = Username::assign(typed) else { return Ok(None) };
    let mut connection = app.db().read().await?;
    let stem: String = wanted.typed().chars().take(26).collect();
    for suffix in 2..=30 {
        let Ok(candidate) = Username::choose(&format!("{stem}-{suffix}")) else { continue };
        if permit_claim(app, Some(&candidate)).is_ok()
            && store::accounts::is_free(&mut connection, &candidate, app.now()).await?
        {
            return Ok(Some(candidate.typed().to_owned()));
        }
    }
    Ok(None)
}

async fn check_available(app: &App, username: Option<&Username>, email: Option<&Email>) -> Result<(), Error> {
    let mut connection = app.db().read().await?;
    if let Some(username) = username
        && !store::accounts::is_free(&mut connection, username, app.now()).await?
    {
        return Err(Error::Taken(Field::Username));
    }
    if let Some(email) = email
        && store::accounts::is_address_taken(&mut connection, email, None).await?
    {
        return Err(Error::Taken(Field::Email));
    }
    Ok(())
}

pub(super) fn account(app: &App, new: Registration, is_admin: bool) -> Account {
    let (organization, language, time_zone, picture) = (new.organization, new.language, new.time_zone, new.picture);
    let account = new_account(app, new.username, new.email, new.name);
    let terms = new.terms.map(|version| TermsConsent { version, at: account.created_at });
    Account { organization, language, time_zone, terms, picture, is_admin, ..account }
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

pub(super) async fn insert(
    app: &App,
    tx: &mut Transaction,
    by: &Actor,
    account: &Account,
    hash: Option<&str>,
) -> Result<(), Error> {
    insert_in(app, tx, by, account, hash, None).await
}

/// The same for a person in a browser, whose language a mail to them is in.
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
        setup::withdraw(tx).await?;
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
