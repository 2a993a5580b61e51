//! `portico bench`: a bounded load of the work that an installation does for people and programs, mixed, and how long
//! its answers took.

mod account;
mod accounts;
mod client;
mod grpc;
mod load;
mod picture;
mod report;
mod target;
mod work;

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, anyhow, bail};
use clap::{Args, value_parser};
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::server::StopSignals;

use accounts::Accounts;
use load::Internal;
use report::Report;
use target::Target;

/// Where the load goes, and how much of it.
#[derive(Args)]
pub(super) struct Bench {
    /// Where the installation is, such as http://127.0.0.1:8000
    url: Url,
    /// Call its gRPC service too, at this address of the internal listener
    #[arg(long, value_name = "URL")]
    grpc: Option<Url>,
    /// A file with the token of the internal listener (`PORTICO_INTERNAL_TOKEN`)
    #[arg(long, value_name = "FILE", requires = "grpc")]
    grpc_token_file: Option<PathBuf>,
    /// Connections at once, 1 to 256, each with one request at a time
    #[arg(long, value_name = "COUNT", default_value_t = 16, value_parser = value_parser!(u16).range(1..=256))]
    connections: u16,
    /// How long, 1 to 300 seconds
    #[arg(long, value_name = "COUNT", default_value_t = 10, value_parser = value_parser!(u16).range(1..=300))]
    seconds: u16,
    /// Made-up accounts, 1 to 256, deleted in the end
    #[arg(long, value_name = "COUNT", default_value_t = 16, value_parser = value_parser!(u16).range(1..=256))]
    accounts: u16,
    /// Print one JSON object in place of the table
    #[arg(long)]
    json: bool,
    /// Even if the address is neither this machine nor of a private network
    #[arg(long)]
    remote: bool,
}

impl Bench {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        let target = Target::resolve(&self.url, self.remote).await?;
        let internal = match &self.grpc {
            Some(url) => Some(Internal {
                target: Target::resolve(url, self.remote).await?,
                token: self.grpc_token_file.as_deref().map(token).transpose()?,
            }),
            None => None,
        };
        let mut signals = StopSignals::listen();
        let stop = CancellationToken::new();
        let mut accounts = Accounts::new()?;
        let measured = {
            let mut measuring = std::pin::pin!(self.measure(&target, internal.as_ref(), &mut accounts, &stop));
            tokio::select! {
                measured = &mut measuring => measured,
                () = signals.next() => {
                    stop.cancel();
                    measuring.await
                }
            }
        };
        let deleted = tokio::select! {
            deleted = delete(&target, &accounts) => deleted,
            () = signals.next() => Err(anyhow!("stopped while accounts were deleted")),
        };
        let mut problems = Vec::new();
        match measured {
            Ok(report) => {
                if self.json { report.print_json() } else { report.print() }?;
                problems.extend(report.problems());
            }
            Err(error) => problems.push(format!("{error:#}")),
        }
        if let Err(error) = deleted {
            problems.push(format!("accounts are left whose e-mails begin with {}: {error:#}", accounts.stem()));
        }
        if problems.is_empty() { Ok(()) } else { bail!(problems.join("; ")) }
    }

    async fn measure(
        &self,
        target: &Target,
        internal: Option<&Internal>,
        accounts: &mut Accounts,
        stop: &CancellationToken,
    ) -> anyhow::Result<Report> {
        accounts.open(&target.client()?, self.accounts, stop).await?;
        if stop.is_cancelled() {
            bail!("stopped before the load began");
        }
        let length = Duration::from_secs(self.seconds.into());
        let (tally, time) = load::run(target, internal, accounts.all(), self.connections, length, stop).await?;
        let (kinds, total) = report::rows(tally, internal.is_some(), time);
        Ok(Report {
            url: target.base().to_owned(),
            connections: self.connections,
            accounts: self.accounts,
            seconds: report::rounded(time.as_secs_f64(), 1_000.0),
            stopped: stop.is_cancelled(),
            total,
            kinds,
        })
    }
}

/// Deletes all accounts.
async fn delete(target: &Target, accounts: &Accounts) -> anyhow::Result<()> {
    Ok(accounts.delete(&target.client()?).await?)
}

/// The token in a file.
fn token(file: &Path) -> anyhow::Result<String> {
    let text = std::fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))?;
    Ok(text.trim().to_owned())
}
