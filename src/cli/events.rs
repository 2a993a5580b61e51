//! `portico events …`: what waits for whom, and delivering once more.

use anyhow::{anyhow, bail};
use clap::{Args, Subcommand};
use serde_json::json;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::app::App;
use crate::config::{Settings, shown_address};
use crate::error::Error;
use crate::events::list::{self, EventRow};
use crate::events::replay;
use crate::events::targets::{self, QUEUE, TargetStatus, WEBHOOK};

/// What to do.
#[derive(Subcommand)]
pub(super) enum Events {
    /// List the events that are kept, oldest first
    List(List),
    /// Show where events go, and what waits
    Targets {
        /// One JSON object a line
        #[arg(long)]
        json: bool,
    },
    /// Deliver events once more, with the ids they had
    Replay(Replay),
}

/// Which events.
#[derive(Args)]
pub(super) struct List {
    /// Only those behind this number
    #[arg(long, default_value_t = 0)]
    after: i64,
    /// So many at most
    #[arg(long, default_value_t = 100)]
    limit: i64,
    /// One JSON object a line, with the body
    #[arg(long)]
    json: bool,
}

/// What is delivered once more, and where to.
#[derive(Args)]
pub(super) struct Replay {
    /// The queue's name, or the target's (queue:NAME, webhook:ID)
    target: String,
    #[command(flatten)]
    span: Span,
}

/// A span of time.
#[derive(Args)]
pub(super) struct Span {
    /// The first moment, like 2026-11-21T08:00:00Z
    #[arg(long, value_parser = moment)]
    from: OffsetDateTime,
    /// The last moment [default: now]
    #[arg(long, value_parser = moment)]
    to: Option<OffsetDateTime>,
}

impl Events {
    pub(super) async fn run(self, settings: Settings) -> anyhow::Result<()> {
        let app = super::open_existing(settings).await?;
        let done = match self {
            Events::List(list) => list.perform(&app).await,
            Events::Targets { json } => show(&app, json).await,
            Events::Replay(replay) => {
                let known = [QUEUE, WEBHOOK].iter().any(|kind| replay.target.starts_with(kind));
                let name = if known { replay.target } else { format!("{QUEUE}{}", replay.target) };
                replay.span.deliver_again(&app, &name).await
            }
        };
        app.close().await;
        done
    }
}

impl List {
    async fn perform(self, app: &App) -> anyhow::Result<()> {
        let mut after = self.after;
        let mut left = self.limit;
        while left > 0 {
            let events = list::list(app, after, left.min(500)).await.map_err(said)?;
            let Some(last) = events.last() else { break };
            after = last.sequence;
            left -= i64::try_from(events.len())?;
            for event in &events {
                say!("{}", if self.json { describe(event)?.to_string() } else { line(event)? })?;
            }
        }
        Ok(())
    }
}

impl Span {
    /// Has the target get it again.
    pub(super) async fn deliver_again(self, app: &App, name: &str) -> anyhow::Result<()> {
        let to = self.to.unwrap_or_else(|| app.now());
        match replay::replay(app, name, self.from, to).await {
            Ok(Some((first, last))) => say!("events {first} to {last} are delivered to {name} once more")?,
            Ok(None) => say!("no events are kept from that time")?,
            Err(Error::NotFound) => bail!("no target is called {name}; `portico events targets` lists them"),
            Err(error) => return Err(said(error)),
        }
        Ok(())
    }
}

fn line(event: &EventRow) -> anyhow::Result<String> {
    let moment = event.created_at.format(&Rfc3339)?;
    Ok(format!("{}  {moment}  {}  {}  {}", event.sequence, event.kind, event.account_id, event.id))
}

fn describe(event: &EventRow) -> anyhow::Result<serde_json::Value> {
    Ok(json!({
        "sequence": event.sequence,
        "id": event.id,
        "type": event.kind,
        "account_id": event.account_id,
        "created_at": event.created_at.format(&Rfc3339)?,
        "body": serde_json::from_str::<serde_json::Value>(&event.body)?,
    }))
}

async fn show(app: &App, json: bool) -> anyhow::Result<()> {
    for standing in targets::standings(app).await.map_err(said)? {
        say!("{}", if json { describe_standing(&standing)?.to_string() } else { in_words(&standing)? })?;
    }
    Ok(())
}

/// One line about a target.
pub(super) fn in_words(standing: &TargetStatus) -> anyhow::Result<String> {
    let target = &standing.target;
    let mut words = format!("{}  waiting {}", target.name, standing.waiting);
    if let Some(oldest) = standing.oldest {
        words += &format!(", the oldest since {}", oldest.format(&Rfc3339)?);
    }
    if let Some((next, until)) = target.replay_next.zip(target.replay_until) {
        words += &format!(", once more {next} to {until}");
    }
    if let Some(moment) = target.disabled_at {
        words += &format!(", given up since {}", moment.format(&Rfc3339)?);
    } else if let Some(moment) = target.failing_since {
        words += &format!(", failing since {}", moment.format(&Rfc3339)?);
    }
    if let Some(error) = &target.last_error {
        words += &format!(": {error}");
    }
    Ok(words)
}

fn describe_standing(standing: &TargetStatus) -> anyhow::Result<serde_json::Value> {
    let target = &standing.target;
    let moment = |moment: Option<OffsetDateTime>| moment.map(|moment| moment.format(&Rfc3339)).transpose();
    Ok(json!({
        "name": target.name,
        "url": target.url.as_deref().map(shown_address),
        "reached": target.reached,
        "waiting": standing.waiting,
        "oldest": moment(standing.oldest)?,
        "failing_since": moment(target.failing_since)?,
        "disabled_at": moment(target.disabled_at)?,
        "last_error": target.last_error,
    }))
}

fn moment(text: &str) -> Result<OffsetDateTime, String> {
    let moment = OffsetDateTime::parse(text, &Rfc3339).map_err(|_| "a moment like 2026-11-21T08:00:00Z is wanted")?;
    Ok(moment.to_offset(time::UtcOffset::UTC))
}

/// A use case's refusal in the operator's words.
pub(super) fn said(error: Error) -> anyhow::Error {
    match error {
        Error::Internal(error) => error,
        error => anyhow!("{error}"),
    }
}
