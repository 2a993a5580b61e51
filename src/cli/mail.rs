//! `portico mail …`: whether mail arrives, what waits, and trying it at once.

use std::io::Read as _;

use anyhow::{anyhow, bail};
use clap::Subcommand;
use serde_json::json;
use time::format_description::well_known::Rfc3339;
use uuid::Uuid;

use crate::app::App;
use crate::config::Settings;
use crate::mails::bounce;
use crate::mails::manage::{self, Waiting};
use crate::model::Email;

use super::events::said;

/// What to do.
#[derive(Subcommand)]
pub(super) enum Mail {
    /// Send a test mail to an address, at once, and say what the relay answers
    Test {
        /// The address
        address: String,
    },
    /// List the mails that wait: what each is about, how often it was tried, and why it was not sent yet
    List {
        /// One JSON object a line
        #[arg(long)]
        json: bool,
    },
    /// Try mails that wait at once: those named, or all
    Retry {
        /// Their ids
        ids: Vec<Uuid>,
    },
    /// Take in a bounce (a delivery status notification, RFC 3464) from standard input, and flag the account's address
    Bounce,
}

impl Mail {
    pub(super) async fn run(self, settings: Settings) -> anyhow::Result<()> {
        let app = super::open_existing(settings).await?;
        let done = self.perform(&app).await;
        app.close().await;
        done
    }

    async fn perform(self, app: &App) -> anyhow::Result<()> {
        match self {
            Mail::Test { address } => test(app, &address).await,
            Mail::List { json } => list(app, json).await,
            Mail::Retry { ids } => retry(app, &ids).await,
            Mail::Bounce => bounce(app).await,
        }
    }
}

async fn test(app: &App, address: &str) -> anyhow::Result<()> {
    let Ok(address) = Email::parse(address) else { bail!("{address} is no address") };
    manage::send_test(app, &address).await.map_err(|error| anyhow!("the test mail was not taken: {error}"))?;
    say!("a test mail to {} was taken", address.typed())?;
    Ok(())
}

async fn bounce(app: &App) -> anyhow::Result<()> {
    let mut message = Vec::new();
    std::io::stdin().lock().take(bounce::MAX_LENGTH as u64).read_to_end(&mut message)?;
    // Whatever it is: a mail server that is told of an error sends one to the sender, who is a mail server.
    say!("{}", bounce::note(app, &message).await.map_err(said)?)?;
    Ok(())
}

async fn list(app: &App, as_json: bool) -> anyhow::Result<()> {
    for mail in manage::waiting(app).await.map_err(said)? {
        if as_json {
            say!("{}", object(&mail)?)?;
        } else {
            let tries = if mail.tries == 1 { "1 try".to_owned() } else { format!("{} tries", mail.tries) };
            let next = mail.not_before.format(&Rfc3339)?;
            let error = mail.error.as_deref().map(|error| format!(": {error}")).unwrap_or_default();
            say!("{} {} {tries}, next {next}{error}", mail.id, mail.purpose)?;
        }
    }
    Ok(())
}

fn object(mail: &Waiting) -> anyhow::Result<serde_json::Value> {
    Ok(json!({
        "id": mail.id.to_string(),
        "purpose": mail.purpose,
        "tries": mail.tries,
        "error": mail.error,
        "created_at": mail.created_at.format(&Rfc3339)?,
        "next_at": mail.not_before.format(&Rfc3339)?,
    }))
}

async fn retry(app: &App, ids: &[Uuid]) -> anyhow::Result<()> {
    let mut count = 0;
    if ids.is_empty() {
        count = manage::retry(app, None).await.map_err(said)?;
    }
    for id in ids {
        if manage::retry(app, Some(*id)).await.map_err(said)? == 0 {
            bail!("no mail {id} waits");
        }
        count += 1;
    }
    say!("{count} to be tried at once")?;
    Ok(())
}
