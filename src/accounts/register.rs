//! Registration: opening an account.

use std::time::Duration;

use crate::app::App;
use crate::authenticated::Authenticated;
use crate::error::{Credentials, Error};
use crate::limits::{Rule, address_key};
use crate::logins;
use crate::logins::second_step::Begun;
use crate::model::password::Password;
use crate::model::{Account, Actor, Client, Door, Email, Field, Keys, Problem, Username};
use crate::passkeys::registration::NewPasskey;
use crate::permission::permit_admin;
use crate::store;

use super::insert::{Kept, Opened, insert_kept, insert_own, made};
use super::pending;
use super::registration::{Browser, Registration};
use super::taken::{Asker, permit_claim};

/// Sign-up: opens an account for a client that asks for it, and announces it: both happen, or neither. Having just
/// chosen its password, they have proved who they are.
///
/// # Errors
/// [`Error::Closed`], [`Error::Taken`], [`Error::TooMany`], [`Error::Busy`].
/// [`Error::Unconfirmed`] where the address is confirmed first: a link is on its way to it.
pub async fn register(app: &App, new: Registration, client: Client, door: Door) -> Result<Authenticated, Error> {
    let address = new.email.as_ref().map(|email| email.typed().to_owned()).unwrap_or_default();
    match sign_up(app, new, client, door, ProofOfWork::NotAsked, None).await? {
        SignedUp::Account(opened) => Ok(*opened.who),
        SignedUp::Pending(_) => Err(Error::Unconfirmed(address)),
    }
}

/// What a sign-up has come to.
#[derive(Debug)]
pub enum SignedUp {
    /// An account.
    Account(Opened),
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
    let proof = match proof {
        _ if !app.settings().signup_guard => ProofOfWork::NotAsked,
        Some(mark) => ProofOfWork::Done(mark),
        None => ProofOfWork::Missing,
    };
    sign_up(app, new, client, Door::Pages, proof, Some(browser)).await
}

/// The proof of work of a sign-up.
#[derive(Clone, Copy)]
enum ProofOfWork<'a> {
    NotAsked,
    /// For this mark.
    Done(&'a str),
    Missing,
}

/// What a sign-up was counted for, to be taken back where it comes to nothing.
#[derive(Default)]
struct Counted(Vec<(Rule, String)>);

impl Counted {
    /// Counts a sign-up from an address.
    async fn count(&mut self, app: &App, address: &str, proof: ProofOfWork<'_>) -> Result<(), Error> {
        let is_proved = match proof {
            ProofOfWork::NotAsked => true,
            ProofOfWork::Missing => false,
            ProofOfWork::Done(mark) => {
                let is_new = app.limits().is_new(Rule::SignUpProof, mark).await;
                self.0.extend(is_new.then(|| (Rule::SignUpProof, mark.to_owned())));
                is_new
            }
        };
        for rule in [(!is_proved).then_some(Rule::SignUpUnproved), Some(Rule::SignUpDone)].into_iter().flatten() {
            app.limits().count(rule, address).await?;
            self.0.push((rule, address.to_owned()));
        }
        Ok(())
    }

    async fn take_back(self, app: &App) {
        for (rule, who) in self.0 {
            app.limits().forgive(rule, &who).await;
        }
    }
}

/// The same, with this proof of work.
async fn sign_up(
    app: &App,
    new: Registration,
    client: Client,
    door: Door,
    proof: ProofOfWork<'_>,
    browser: Option<&Browser<'_>>,
) -> Result<SignedUp, Error> {
    permit_sign_up(app)?;
    let address = address_key(client.address);
    app.limits().count(Rule::SignUp, &address).await?;
    check_names(app, new.username.as_ref(), new.email.as_ref(), client, door).await?;
    let waits = pending::is_required(app, door) && new.email.is_some();
    let (account, kept) = made(app, new, false, Some(client.address)).await?;
    let by = Actor::account(account.id, door, client.address);
    // One at a time, and counted before the transaction, which must not wait for Redis: of many at once only who has
    // won the names stays counted, and the others are told of the conflict, not of a limit.
    let _turn = app.limits().turn(&address).await;
    let mut counted = Counted::default();
    let done = async {
        counted.count(app, &address, proof).await?;
        let mut tx = app.db().begin().await?;
        let done = if waits {
            SignedUp::Pending(pending::put_aside(app, &mut tx, &account, &kept, browser, client).await?)
        } else {
            SignedUp::Account(insert_own(app, &mut tx, &by, account, &kept, browser).await?)
        };
        tx.commit().await?;
        Ok(done)
    };
    match done.await {
        Ok(done) => Ok(done),
        Err(error) => {
            counted.take_back(app).await;
            Err(error)
        }
    }
}

/// Whether a client that signs up may have these names, and may be told so.
async fn check_names(
    app: &App,
    username: Option<&Username>,
    email: Option<&Email>,
    client: Client,
    door: Door,
) -> Result<(), Error> {
    permit_claim(app, username)?;
    // Of a username any client may know whether it is taken, of an address, where it is confirmed first, only the
    // reader of its mail.
    let email = email.filter(|_| !pending::is_required(app, door));
    tell_anonymous(app, username, email, client).await
}

/// The same for a form that asks before a passkey is made, which would stay on the person's device. It counts for nothing
/// but what is told.
///
/// # Errors
/// [`Error::Closed`], [`Error::Taken`], [`Error::TooMany`].
pub async fn may_have(app: &App, username: &Username, email: &Email, client: Client) -> Result<(), Error> {
    may_ask(app, client).await?;
    check_names(app, Some(username), Some(email), client, Door::Pages).await
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
    // A look before the work: it spares the hash where the name is long taken. The index decides when it is inserted.
    check_available(app, new.username.as_ref(), new.email.as_ref()).await?;
    let (account, kept) = made(app, new, is_admin, by.client()).await?;
    let mut tx = app.db().begin().await?;
    permit_admin(&mut tx, by).await?;
    insert_kept(app, &mut tx, by, &account, &kept, None).await?;
    tx.commit().await?;
    Ok(account)
}

/// The account to insert and what is kept of what logs it in, for a client that may not ask about names without end.
pub(super) async fn prepare_for_anonymous(
    app: &App,
    new: Registration,
    client: Client,
) -> Result<(Account, Kept), Error> {
    tell_anonymous(app, new.username.as_ref(), new.email.as_ref(), client).await?;
    made(app, new, false, Some(client.address)).await
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
    if just_opened(app, username, email).await?.is_none() {
        return Ok(None);
    }
    match logins::begin(app, email, password, client, None).await {
        Ok(Begun::Done(who)) => Ok(Some(*who)),
        Ok(Begun::SecondStep(_)) => Ok(None),
        Err(Error::Credentials(Credentials::Password | Credentials::Unknown)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The same for a sign-up by a passkey: the browser has answered the challenge that the account was opened with, which
/// was given to it alone.
///
/// # Errors
/// When the database does not answer.
pub async fn resubmitted_by_passkey(
    app: &App,
    username: &Keys,
    email: &str,
    made: &NewPasskey,
) -> Result<Option<Authenticated>, Error> {
    let Some(account) = just_opened(app, username, email).await?.filter(Account::is_active) else { return Ok(None) };
    let handle = store::passkeys::handle(&mut app.db().read().await?, account.id).await?;
    Ok((handle.as_ref() == Some(&made.handle)).then(|| Authenticated::by_passkey(app, account)))
}

/// The account with both names, if it is minutes old.
async fn just_opened(app: &App, username: &Keys, email: &str) -> Result<Option<Account>, Error> {
    let Ok(keys) = Email::keys(email) else { return Ok(None) };
    let mut connection = app.db().read().await?;
    let found = store::accounts::find_by_email(&mut connection, &keys).await?;
    let is_it = |account: &Account| {
        account.username.as_ref().is_some_and(|known| username.contain(known.key()))
            && app.now() - account.created_at < Duration::from_secs(600)
    };
    Ok(found.map(|(account, _)| account).filter(is_it))
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
