//! `portico webhook …`: other services that get every event by HTTPS.

use std::time::Duration;

use anyhow::{anyhow, bail};
use clap::{Args, Subcommand};
use url::Url;

use crate::app::App;
use crate::config::{self, Settings};
use crate::error::Error;
use crate::events::{targets, webhooks};

use super::events::{Span, in_words, said};

/// What to do.
#[derive(Subcommand)]
pub(super) enum Webhook {
    /// Send every event from now on to an https:// address; prints the secret of its signatures
    Add {
        /// The address
        url: Url,
    },
    /// List webhooks: address, secret, and what waits
    List {
        /// Show the secrets that signatures are made with, the newest first, and all of the addresses
        #[arg(long)]
        secrets: bool,
    },
    /// Send no more to one
    Remove(Which),
    /// Take one up again that was given up
    Enable(Which),
    /// Give one another secret, and print it; for a while deliveries are signed with both
    Rotate(Rotate),
    /// Send events once more, with the ids they had
    Replay(Replay),
}

/// Which webhook gets another secret.
#[derive(Args)]
pub(super) struct Rotate {
    #[command(flatten)]
    which: Which,
    /// How long the secret before it signs, too, like 1h or 7d; 0s for no longer
    #[arg(long, value_name = "TIME", default_value = "24h", value_parser = config::duration)]
    overlap: Duration,
}

/// A webhook.
#[derive(Args)]
pub(super) struct Which {
    /// Its name (webhook:ID), or its address if no other has that
    webhook: String,
}

/// What is sent once more.
#[derive(Args)]
pub(super) struct Replay {
    #[command(flatten)]
    which: Which,
    #[command(flatten)]
    span: Span,
}

impl Webhook {
    pub(super) async fn run(self, settings: Settings) -> anyhow::Result<()> {
        let app = super::open_existing(settings).await?;
        let done = self.perform(&app).await;
        app.close().await;
        done
    }

    async fn perform(self, app: &App) -> anyhow::Result<()> {
        match self {
            Webhook::Add { url } => add(app, &url).await,
            Webhook::List { secrets } => list(app, secrets).await,
            Webhook::Remove(which) => {
                let name = which.find(app).await?;
                webhooks::remove(app, &name).await.map_err(said)?;
                say!("{name} is removed")?;
                Ok(())
            }
            Webhook::Enable(which) => {
                let name = which.find(app).await?;
                webhooks::enable(app, &name).await.map_err(said)?;
                say!("{name} is taken up again")?;
                Ok(())
            }
            Webhook::Rotate(rotate) => {
                let name = rotate.which.find(app).await?;
                say!("{}", webhooks::rotate(app, &name, rotate.overlap).await.map_err(said)?)?;
                Ok(())
            }
            Webhook::Replay(replay) => {
                let name = replay.which.find(app).await?;
                replay.span.deliver_again(app, &name).await
            }
        }
    }
}

impl Which {
    async fn find(&self, app: &App) -> anyhow::Result<String> {
        let mut found = targets::standings(app).await.map_err(said)?;
        found.retain(|standing| {
            standing.target.url.as_ref().is_some_and(|url| *url == self.webhook || standing.target.name == self.webhook)
        });
        match found.as_slice() {
            [one] => Ok(one.target.name.clone()),
            [] => bail!("no webhook is called {:?}", self.webhook),
            _ => bail!("several webhooks have this address; name one as `portico webhook list` does"),
        }
    }
}

async fn add(app: &App, url: &Url) -> anyhow::Result<()> {
    let name = match webhooks::add(app, url).await {
        Ok(name) => name,
        Err(Error::Forbidden) => {
            let problem = crate::webhook::check(url, &app.settings().webhook_networks).err();
            return Err(problem.map_or_else(|| anyhow!("this address cannot be used"), anyhow::Error::new));
        }
        Err(error) => return Err(said(error)),
    };
    say!("{name}")?;
    say!("{}", webhooks::first_secret(app, &name))?;
    Ok(())
}

async fn list(app: &App, secrets: bool) -> anyhow::Result<()> {
    for standing in targets::standings(app).await.map_err(said)? {
        let Some(url) = &standing.target.url else { continue };
        // What an address holds beside its path may open something.
        say!("{}  {}", in_words(&standing)?, if secrets { url.clone() } else { config::shown_address(url) })?;
        for secret in webhooks::shown_secrets(app, &standing.target).iter().filter(|_| secrets) {
            say!("  {secret}")?;
        }
    }
    Ok(())
}
