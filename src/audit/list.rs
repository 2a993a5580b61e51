//! Reading the log: a page at a time, the newest first.

use serde_json::Value;
use time::OffsetDateTime;

use crate::app::App;
use crate::error::Error;
use crate::model::audit::{Action, Topic};
use crate::model::{AccountId, Actor, Who};
use crate::permission::{permit, permit_admin};
use crate::store::audit::{Stored, Wanted};
use crate::store::{self, Connection};

pub use crate::store::audit::Direction;

/// Which rows are asked for.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Done by.
    pub actor: Option<Who>,
    /// Done to.
    pub subject: Option<AccountId>,
    /// Of this kind.
    pub topic: Option<Topic>,
    /// From this moment on.
    pub from: Option<OffsetDateTime>,
    /// Before this moment.
    pub until: Option<OffsetDateTime>,
}

/// An account that the log names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Which account.
    pub id: AccountId,
    /// What it is called now; `None` when it is gone.
    pub name: Option<String>,
}

/// A row of the log.
#[derive(Clone, Debug)]
pub struct Record {
    /// Its place in the order.
    pub sequence: i64,
    /// When.
    pub created_at: OffsetDateTime,
    /// What; `None` for what a newer program wrote.
    pub action: Option<Action>,
    /// What, as it is stored.
    pub name: String,
    /// The kind of actor, as [`Who::kind`] has it.
    pub actor_kind: String,
    /// Who did it, when that was an account.
    pub actor: Option<Person>,
    /// To whom.
    pub subject: Option<Person>,
    /// By which door.
    pub door: String,
    /// From where.
    pub address: Option<String>,
    /// What else there is to say.
    pub detail: Value,
}

impl Record {
    /// Whether people did it to themselves.
    pub fn is_own(&self) -> bool {
        self.actor.is_some() && self.actor == self.subject
    }
}

impl From<Stored> for Record {
    fn from(row: Stored) -> Record {
        let person = |id: Option<AccountId>, name| id.map(|id| Person { id, name });
        Record {
            sequence: row.sequence,
            created_at: row.created_at,
            action: Action::of(&row.action),
            name: row.action,
            actor_kind: row.actor_kind,
            actor: person(row.actor_id, row.actor_name),
            subject: person(row.subject_id, row.subject_name),
            door: row.door,
            address: row.address,
            detail: row.detail.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default(),
        }
    }
}

/// Some rows, the newest first, and whether there are more on either side.
#[derive(Clone, Debug, Default)]
pub struct Part {
    /// The rows.
    pub records: Vec<Record>,
    /// Whether there are newer ones.
    pub has_newer: bool,
    /// Whether there are older ones.
    pub has_older: bool,
}

/// The rows of a filter, `size` at most: the newest, or those next to a row seen before.
///
/// # Errors
/// [`Error::Forbidden`] to all but admins and the operator.
pub async fn list(app: &App, by: &Actor, filter: &Filter, at: Option<Direction>, size: usize) -> Result<Part, Error> {
    let mut connection = app.db().read().await?;
    permit_admin(&mut connection, by).await?;
    rows(&mut connection, filter, at, size).await
}

async fn rows(connection: &mut Connection, filter: &Filter, at: Option<Direction>, size: usize) -> Result<Part, Error> {
    let mut wanted = Wanted {
        actor_kind: filter.actor.map(Who::kind),
        actor: filter.actor.and_then(Who::account),
        subject: filter.subject,
        topic: filter.topic.map(Topic::as_str),
        first: None,
        last: None,
    };
    if let Some(from) = filter.from {
        let Some(first) = store::audit::first_from(connection, from).await? else { return Ok(Part::default()) };
        wanted.first = Some(first);
    }
    if let Some(until) = filter.until {
        let Some(last) = store::audit::last_before(connection, until).await? else { return Ok(Part::default()) };
        wanted.last = Some(last);
    }
    let direction = at.unwrap_or(Direction::Before(i64::MAX));
    // One more than shown says whether there are more.
    let limit = i64::try_from(size).unwrap_or(i64::MAX).saturating_add(1);
    let mut rows = store::audit::list(connection, &wanted, direction, limit).await?;
    let has_more = rows.len() > size;
    rows.truncate(size);
    let (has_newer, has_older) = match direction {
        Direction::Before(_) => (at.is_some(), has_more),
        Direction::Behind(_) => {
            rows.reverse();
            (has_more, true)
        }
    };
    Ok(Part { records: rows.into_iter().map(Record::from).collect(), has_newer, has_older })
}

/// What was last done to an account or, by itself, with it.
///
/// # Errors
/// [`Error::Forbidden`] to all but the account itself, admins and the operator.
pub async fn of_account(
    app: &App,
    by: &Actor,
    id: AccountId,
    at: Option<Direction>,
    size: usize,
) -> Result<Part, Error> {
    let mut connection = app.db().read().await?;
    permit(&mut connection, by, id).await?;
    rows(&mut connection, &Filter { subject: Some(id), ..Filter::default() }, at, size).await
}
