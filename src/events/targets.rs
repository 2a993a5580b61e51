//! Where events go, and how far each target has got.

use time::OffsetDateTime;

use crate::app::App;
use crate::store::targets::Target;
use crate::store::{self, Connection};

use crate::error::Error;

/// What the name of a queue's target begins with.
pub const QUEUE: &str = "queue:";
/// What the name of a webhook's target begins with.
pub const WEBHOOK: &str = "webhook:";

/// How a target is doing.
#[derive(Clone, Debug)]
pub struct TargetStatus {
    /// Which one.
    pub target: Target,
    /// How many events it has not got yet.
    pub waiting: i64,
    /// When the first of them happened.
    pub oldest: Option<OffsetDateTime>,
}

/// The targets of the queues that the settings name, this service's own left out.
pub fn queues(app: &App) -> Vec<String> {
    let settings = app.settings();
    let mut names: Vec<String> = settings
        .queue_list
        .iter()
        .filter(|queue| **queue != settings.current_queue)
        .map(|queue| format!("{QUEUE}{queue}"))
        .collect();
    names.sort();
    names.dedup();
    names
}

/// How every target is doing: queues of the settings, and webhooks.
///
/// # Errors
/// When the database does not answer.
pub async fn standings(app: &App) -> Result<Vec<TargetStatus>, Error> {
    let mut connection = app.db().read().await?;
    let mut standings = Vec::new();
    for target in known(app, &mut connection).await? {
        let (waiting, oldest) = store::events::waiting(&mut connection, target.reached).await?;
        standings.push(TargetStatus { target, waiting, oldest });
    }
    Ok(standings)
}

/// The targets in use. A queue that nothing was delivered to yet is at the beginning; one that the settings do not
/// name any more is left where it is.
pub(super) async fn known(app: &App, connection: &mut Connection) -> Result<Vec<Target>, Error> {
    let queues = queues(app);
    let mut targets = store::targets::all(connection).await?;
    targets.retain(|target| target.url.is_some() || queues.contains(&target.name));
    for name in queues {
        if !targets.iter().any(|target| target.name == name) {
            targets.push(Target::new(name));
        }
    }
    targets.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(targets)
}
