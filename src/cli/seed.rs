//! `portico seed`: people who do not exist, for load tests.

use anyhow::bail;
use clap::Args;

use crate::config::Settings;
use crate::error::Error;
use crate::model::Actor;
use crate::transfer::seed::{self, Options};

use super::progress::Progress;

/// What to make: accounts without passwords, the same ones each time, announced to no service. Never for a real
/// installation.
#[derive(Args)]
pub(super) struct Seed {
    /// How many
    #[arg(long)]
    users: u64,
    /// Even if there are accounts already
    #[arg(long)]
    more: bool,
}

impl Seed {
    pub(super) async fn run(self, settings: Settings) -> anyhow::Result<()> {
        let app = super::open(settings).await?;
        let mut progress = Progress::new(None);
        let options = Options { users: self.users, more: self.more };
        let done = seed::seed(&app, &Actor::operator(), options, |count| progress.show(count, "accounts", 0)).await;
        progress.end();
        app.close().await;
        match done {
            Ok(count) => say!("{count} made-up accounts are there")?,
            Err(Error::Closed) => bail!("there are accounts already; --more adds made-up ones to them"),
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }
}
