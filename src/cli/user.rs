//! `portico user …`: accounts from the command line, for the operator. A person is named by username, e-mail or
//! id.

use std::io::{BufRead as _, IsTerminal as _, Write as _};

use anyhow::{Context as _, anyhow, bail};
use clap::{Args, Subcommand};
use serde_json::json;
use time::macros::format_description;
use time::{OffsetDateTime, UtcOffset};

use crate::accounts;
use crate::accounts::change::{Change, change};
use crate::accounts::password::choose;
use crate::accounts::registration::{Credential, Registration};
use crate::app::App;
use crate::config::Settings;
use crate::error::Error;
use crate::lookup;
use crate::model::password::Password;
use crate::model::{Account, Actor, Email, Name, Problem, Status, Username};

/// What to do.
#[derive(Subcommand)]
pub(super) enum User {
    /// Open an account; the password is read from standard input
    Create(Create),
    /// List accounts, oldest first
    List {
        /// One JSON object a line
        #[arg(long)]
        json: bool,
    },
    /// Show an account
    Show(Person),
    /// Give an account another username
    Rename(Rename),
    /// Set a password, read from standard input; ends every session of the account
    SetPassword(Person),
    /// Make an account an admin
    Promote(Person),
    /// Make an admin an ordinary account
    Demote(Person),
    /// Disable an account; ends every session of it
    Disable(Person),
    /// Enable a disabled account
    Enable(Person),
    /// Remove every authenticator, passkey, security key and recovery code of an account; ends every session of it
    RemoveFactors(RemoveFactors),
    /// Delete an account for ever
    Delete(Person),
}

/// A user, named by id, e-mail or username.
#[derive(Args)]
pub(super) struct Person {
    /// Username, e-mail or id
    person: String,
}

/// Another username.
#[derive(Args)]
pub(super) struct Rename {
    /// Username, e-mail or id; the id names one account for certain
    person: String,
    /// The new username
    username: String,
}

/// Whose factors are removed, and why.
#[derive(Args)]
pub(super) struct RemoveFactors {
    /// Username, e-mail or id
    person: String,
    /// Why; it goes to the audit log, and to the person
    #[arg(long, default_value = "")]
    reason: String,
}

/// A new account.
#[derive(Args)]
pub(super) struct Create {
    /// The username
    #[arg(long, required_unless_present = "email")]
    username: Option<String>,
    /// The e-mail
    #[arg(long)]
    email: Option<String>,
    /// The full name
    #[arg(long, default_value = "")]
    name: String,
    /// Make it an admin
    #[arg(long)]
    admin: bool,
}

impl User {
    pub(super) async fn run(self, settings: Settings) -> anyhow::Result<()> {
        let app = match self {
            User::Create(_) => super::open(settings).await?,
            _ => super::open_existing(settings).await?,
        };
        let done = self.perform(&app).await;
        app.close().await;
        done
    }

    async fn perform(self, app: &App) -> anyhow::Result<()> {
        let operator = Actor::operator();
        match self {
            User::Create(create) => create.perform(app).await,
            User::List { json } => list(app, json).await,
            User::Show(person) => {
                let account = person.find(app).await?;
                say!("{}", serde_json::to_string_pretty(&describe(&account))?)?;
                Ok(())
            }
            User::Rename(Rename { person, username }) => {
                let account = Person { person }.find(app).await?;
                let username = Username::assign(&username).map_err(|problem| wrong("username", &problem))?;
                let wanted = Change { username: Some(Some(username)), ..Change::default() };
                done(&change(app, &operator, account.id, wanted).await.map_err(said)?, "has a new username")
            }
            User::SetPassword(person) => {
                let account = person.find(app).await?;
                let password = read_password(app, account.username(), account.email()).await?;
                let wanted = Change { password: Some(password), ..Change::default() };
                done(&change(app, &operator, account.id, wanted).await.map_err(said)?, "has a new password")
            }
            User::Promote(person) => {
                let (account, wanted) = (person.find(app).await?, Change { is_admin: Some(true), ..Change::default() });
                done(&change(app, &operator, account.id, wanted).await.map_err(said)?, "is an admin")
            }
            User::Demote(person) => {
                let (account, wanted) =
                    (person.find(app).await?, Change { is_admin: Some(false), ..Change::default() });
                done(&change(app, &operator, account.id, wanted).await.map_err(said)?, "is not an admin")
            }
            User::Disable(person) => {
                let account = person.find(app).await?;
                accounts::status::set(app, &operator, account.id, Status::Disabled).await.map_err(said)?;
                done(&account, "is disabled")
            }
            User::Enable(person) => {
                let account = person.find(app).await?;
                accounts::status::set(app, &operator, account.id, Status::Active).await.map_err(said)?;
                done(&account, "is active")
            }
            User::RemoveFactors(RemoveFactors { person, reason }) => {
                let account = Person { person }.find(app).await?;
                let removed = accounts::two_factor::remove_all(app, &operator, account.id, &reason).await;
                let what = if removed.map_err(said)? { "has no second factor any more" } else { "had none" };
                done(&account, what)
            }
            User::Delete(person) => {
                let account = person.find(app).await?;
                accounts::remove::remove(app, &operator, account.id).await.map_err(said)?;
                done(&account, "is deleted")
            }
        }
    }
}

impl Create {
    async fn perform(self, app: &App) -> anyhow::Result<()> {
        let username = self
            .username
            .as_deref()
            .map(Username::assign)
            .transpose()
            .map_err(|problem| wrong("username", &problem))?;
        let email = self.email.as_deref().map(Email::parse).transpose().map_err(|problem| wrong("email", &problem))?;
        let password = read_password(app, self.username.as_deref(), self.email.as_deref()).await?;
        let new = Registration {
            username,
            email,
            name: Name::full(&self.name),
            credential: Credential::Password(password),
            organization: None,
            language: None,
            time_zone: None,
            terms: None,
            picture: None,
        };
        let account = accounts::register::open(app, &Actor::operator(), new, self.admin).await.map_err(said)?;
        done(&account, "is created")
    }
}

impl Person {
    async fn find(&self, app: &App) -> anyhow::Result<Account> {
        match lookup::named(app, &self.person).await {
            Ok(account) => Ok(account),
            Err(Error::NotFound) => bail!("no account is called {:?}", self.person),
            Err(error) => Err(said(error)),
        }
    }
}

async fn list(app: &App, json: bool) -> anyhow::Result<()> {
    let mut last = None;
    loop {
        let accounts = lookup::list(app, last, 500).await.map_err(said)?;
        for account in &accounts {
            if json {
                say!("{}", describe(account))?;
            } else {
                let role = if account.is_admin { "admin" } else { "" };
                say!(
                    "{}  {}  {}  {}  {role}",
                    account.id,
                    account.username().unwrap_or("-"),
                    account.email().unwrap_or("-"),
                    account.status.as_str(),
                )?;
            }
        }
        match accounts.last() {
            Some(account) => last = Some(account.id),
            None => return Ok(()),
        }
    }
}

fn describe(account: &Account) -> serde_json::Value {
    json!({
        "id": account.id,
        "username": account.username(),
        "email": account.email(),
        "name": account.name.full,
        "is_admin": account.is_admin,
        "status": account.status.as_str(),
        "two_factor": account.two_factor,
        "created_at": moment(account.created_at),
        "updated_at": moment(account.updated_at),
    })
}

/// A moment in whole seconds (RFC 3339).
fn moment(moment: OffsetDateTime) -> String {
    let form = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]Z");
    moment.to_offset(UtcOffset::UTC).format(form).unwrap_or_default()
}

fn done(account: &Account, what: &str) -> anyhow::Result<()> {
    say!("{} ({}) {what}", account.shown_name(), account.id)?;
    Ok(())
}

/// A new password from standard input: one line, so that it stands in no history and no process list.
async fn read_password(app: &App, username: Option<&str>, email: Option<&str>) -> anyhow::Result<Password> {
    if std::io::stdin().is_terminal() {
        let _ = write!(std::io::stderr(), "New password (it will be visible): ");
    }
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).context("the password is read from standard input")?;
    let text = line.strip_suffix('\n').unwrap_or(&line);
    let text = text.strip_suffix('\r').unwrap_or(text);
    // Some shells put a mark of byte order before what they pass on, which is not typed at a log-in.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.contains('\0') {
        bail!("the password holds NUL, which no form sends");
    }
    choose(app, text.to_owned(), username, email, None).await.map_err(|problem| wrong("password", &problem))
}

fn wrong(what: &str, problem: &Problem) -> anyhow::Error {
    match problem {
        Problem::Missing => anyhow!("the {what} is missing"),
        Problem::TooShort { min } => anyhow!("the {what} must have {min} characters or more"),
        Problem::TooLong { max } => anyhow!("the {what} must have {max} characters or fewer"),
        Problem::Reserved => anyhow!("the {what} is reserved"),
        Problem::Leaked => anyhow!("the {what} is in a list of leaked passwords"),
        Problem::AlmostLeaked => anyhow!("the {what} is a leaked one with a few characters added, or repeated"),
        Problem::Pattern => anyhow!("the {what} is a simple pattern"),
        Problem::Personal => anyhow!(
            "the {what} is little more than the username, the e-mail or the brand's name: among those that are tried first"
        ),
        Problem::Characters
        | Problem::Malformed
        | Problem::Wrong
        | Problem::Unproved
        | Problem::Unconfirmed { .. }
        | Problem::Taken { .. } => {
            anyhow!("the {what} cannot be used")
        }
    }
}

/// A use case's refusal in the operator's words.
fn said(error: Error) -> anyhow::Error {
    match error {
        Error::Taken(field) => anyhow!("another account has this {}", field.name()),
        Error::LastAdmin => anyhow!("this is the only admin; make another one first"),
        Error::NotFound => anyhow!("the account is gone"),
        Error::Internal(error) => error,
        error @ (Error::Credentials(_)
        | Error::Disabled
        | Error::Forbidden
        | Error::AppPassword
        | Error::Closed
        | Error::Unconfirmed(_)
        | Error::TooMany(_)
        | Error::Busy(_)
        | Error::Picture(_)
        | Error::StorageUnavailable
        | Error::Unstorable) => anyhow!("{error}"),
    }
}
