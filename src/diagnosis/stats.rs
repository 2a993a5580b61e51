//! Statistics for operators: how much there is of what. What does not answer in time is not known.

use time::OffsetDateTime;

use crate::app::App;
use crate::error::Error;
use crate::events::{list, targets};
use crate::lookup;
use crate::mails;
use crate::recent_errors;

pub use crate::recent_errors::Recent;
use crate::store;

use super::in_time;

pub use crate::events::targets::TargetStatus;
pub use crate::store::stats::{MAX_COUNTED, Sizes};

/// What operators watch.
#[derive(Debug)]
pub struct Stats {
    /// The version of the program.
    pub version: &'static str,
    /// When it was started.
    pub started_at: OffsetDateTime,
    /// What the database is.
    pub database: &'static str,
    /// Migrations that the program knows, and that the database has had.
    pub migrations: Option<(usize, usize)>,
    /// What the database holds.
    pub sizes: Option<Sizes>,
    /// Connections to the database in use, and in all.
    pub connections: (usize, usize),
    /// Where pictures are.
    pub media: String,
    /// Browsers with a session.
    pub sessions: Option<usize>,
    /// Events that are kept, delivered or not.
    pub events: Option<i64>,
    /// Mails that wait to be sent.
    pub mails: Option<i64>,
    /// Where events go, and what waits.
    pub targets: Option<Vec<TargetStatus>>,
    /// Passwords and pictures that wait to be worked on.
    pub waiting: (usize, usize),
    /// The last errors logged by this process, the newest first.
    pub errors: Vec<Recent>,
}

/// Collects them.
pub async fn stats(app: &App) -> Stats {
    let (migrations, sizes, counts, events, mails, targets) = tokio::join!(
        in_time(app.db().migrations()),
        in_time(sizes(app)),
        in_time(lookup::counts(app)),
        in_time(list::count(app)),
        in_time(mails::manage::count_waiting(app)),
        in_time(targets::standings(app)),
    );
    Stats {
        version: env!("CARGO_PKG_VERSION"),
        started_at: app.started_at(),
        database: app.db().name(),
        migrations: migrations.and_then(Result::ok).map(|(known, done, _)| (known, done)),
        sizes: sizes.and_then(Result::ok),
        connections: app.db().connections(),
        media: app.media().name().to_owned(),
        sessions: counts.and_then(Result::ok).map(|counts| counts.sessions),
        events: events.and_then(Result::ok),
        mails: mails.and_then(Result::ok),
        targets: targets.and_then(Result::ok),
        waiting: (app.passwords().waiting(), app.picture_workers().waiting()),
        errors: recent_errors::list(),
    }
}

async fn sizes(app: &App) -> Result<Sizes, Error> {
    let mut connection = app.db().read().await?;
    Ok(store::stats::sizes(&mut connection).await?)
}
