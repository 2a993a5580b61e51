//! A batch of records: which of them are new, which came before, which collide with others; and writing what is new,
//! all or nothing.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::time::Duration;

use anyhow::Context as _;
use time::OffsetDateTime;
use tokio::sync::Semaphore;
use tokio::time::sleep;

use crate::accounts::admins;
use crate::app::App;
use crate::audit;
use crate::error::Error;
use crate::model::{AccountId, Actor, Event, EventKind, Field};
use crate::store::bulk::Rows;
use crate::store::transfer::AccountWithSecrets;
use crate::store::{self, Connection, Db, Transaction};
use crate::tokens;
use crate::transfer::{Incoming, ParsedRecord, Reason};

use super::collisions::{TakenNames, key_skeleton, skeleton, wanted};
use super::{Options, short_hash};

/// A record that was read, and its text in case it is refused.
pub(super) struct Record {
    pub(super) line: u64,
    pub(super) parsed: Result<ParsedRecord, Reason>,
    pub(super) text: String,
}

/// Some records that stand together in a file.
pub(super) struct Batch {
    pub(super) records: Vec<Record>,
    /// How many bytes into the file it ends, give or take what is read at a time.
    pub(super) end: u64,
    /// Short hashes of all that may be there only once.
    names: HashSet<u64>,
}

/// What became of a batch. Records go by their place in it.
#[derive(Default)]
pub(super) struct Outcome {
    pub(super) new: Vec<usize>,
    /// Those of them whose username looks like another's.
    pub(super) alike: Vec<usize>,
    pub(super) known: Vec<(usize, AccountId)>,
    pub(super) refused: Vec<(usize, Reason)>,
    pub(super) ignored: u64,
    pub(super) used: u64,
}

/// Permits to write: which batches may be written at once.
pub(super) struct WritePermits(Semaphore);

impl WritePermits {
    /// On SQLite one after the other, since it has one write lock, which a long waiter never gets. On PostgreSQL as
    /// many as have a connection, one left for looking.
    pub(super) fn of(db: &Db) -> WritePermits {
        WritePermits(Semaphore::new(match db {
            Db::Sqlite { .. } => 1,
            Db::Postgres(connections) => (connections.max_connections() as usize).saturating_sub(1).max(1),
        }))
    }
}

/// How long the write lock of SQLite is left to others between two batches: a server beside the import looks for it
/// every millisecond.
const LEFT_TO_OTHERS: Duration = Duration::from_millis(5);

/// What is to be written.
struct Prepared<'a> {
    rows: Vec<Rows>,
    directory: Rows,
    events: Option<Rows>,
    old_pictures: Vec<(&'a str, AccountId)>,
    used: Vec<(&'a str, OffsetDateTime)>,
    /// The link that makes the first admin is not for after them.
    has_admins: bool,
}

impl Batch {
    pub(super) fn new(records: Vec<Record>, end: u64) -> Batch {
        let mut names = HashSet::with_capacity(4 * records.len());
        for record in &records {
            match &record.parsed {
                Ok(ParsedRecord::Account(incoming)) => {
                    let account = &incoming.whole.account;
                    names.insert(short_hash(&("id", account.id.0)));
                    names.insert(short_hash(&("external", &incoming.external_id)));
                    names.extend(account.username.as_ref().map(|username| short_hash(&("username", username.key()))));
                    names.extend(skeleton(incoming).map(|skeleton| short_hash(&("looks", skeleton))));
                    names.extend(key_skeleton(incoming).map(|skeleton| short_hash(&("looks of the key", skeleton))));
                    names.extend(account.email.as_ref().map(|email| short_hash(&("e-mail", email.key()))));
                    names.extend(incoming.also_from.iter().map(short_hash));
                    names.extend(incoming.files().map(|file| short_hash(&("file", file))));
                }
                Ok(ParsedRecord::UsedToken(id, _)) => {
                    names.insert(short_hash(&("token", id)));
                }
                Ok(ParsedRecord::Nothing) | Err(_) => {}
            }
        }
        Batch { records, end, names }
    }

    /// Whether both have a name in common.
    pub(super) fn meets(&self, other: &Batch) -> bool {
        !self.names.is_disjoint(&other.names)
    }

    /// The account of the record at a place, if it is one.
    pub(super) fn incoming(&self, at: usize) -> Option<&Incoming> {
        match &self.records.get(at)?.parsed {
            Ok(ParsedRecord::Account(incoming)) => Some(incoming),
            Ok(ParsedRecord::UsedToken(..) | ParsedRecord::Nothing) | Err(_) => None,
        }
    }

    /// Takes it in. Another request may take one of its names meanwhile; then it is looked at again.
    pub(super) async fn take(
        &self,
        app: &App,
        by: &Actor,
        options: &Options,
        permits: &WritePermits,
    ) -> Result<Outcome, Error> {
        let mut attempts = 0;
        loop {
            let outcome = self.sort(&mut app.db().read().await?, options, app.now()).await?;
            if options.dry_run {
                return Ok(outcome);
            }
            let prepared = self.prepare(app, by, options, &outcome);
            let _permit = permits.0.acquire().await.context("the semaphore is closed")?;
            let mut tx = store::transfer::begin(app.db()).await?;
            // An account that comes in may have been written before a name expired that it takes.
            store::former_usernames::prune(&mut tx, app.now()).await?;
            match prepared.write(&mut tx).await {
                Ok(()) => {
                    tx.commit().await?;
                    if let Db::Sqlite { .. } = app.db() {
                        sleep(LEFT_TO_OTHERS).await;
                    }
                    return Ok(outcome);
                }
                Err(Error::Taken(_)) if attempts < 5 => attempts += 1,
                Err(error) => return Err(error),
            }
        }
    }

    /// Finds out which accounts are new, which came before, and which collide with others.
    async fn sort(
        &self,
        connection: &mut Connection,
        options: &Options,
        now: OffsetDateTime,
    ) -> Result<Outcome, Error> {
        let mut outcome = Outcome::default();
        let mut accounts = Vec::new();
        for (at, record) in self.records.iter().enumerate() {
            match &record.parsed {
                Ok(ParsedRecord::Account(incoming)) => accounts.push((at, &**incoming)),
                Ok(ParsedRecord::UsedToken(..)) => outcome.used += 1,
                Ok(ParsedRecord::Nothing) => outcome.ignored += 1,
                Err(reason) => outcome.refused.push((at, reason.clone())),
            }
        }
        let external: Vec<&str> = accounts.iter().map(|(_, incoming)| incoming.external_id.as_str()).collect();
        let imported = store::transfer::imported(connection, options.source.as_str(), &external).await?;
        let imported: HashMap<&str, AccountId> =
            imported.iter().map(|(external, id)| (external.as_str(), *id)).collect();
        let taken = store::transfer::taken(connection, &wanted(&accounts), now).await?;
        let mut names = TakenNames::of(&taken);
        for (at, incoming) in accounts {
            if let Some(known) = imported.get(incoming.external_id.as_str()) {
                outcome.known.push((at, *known));
            } else if let Some(reason) = names.take(incoming) {
                outcome.refused.push((at, reason));
            } else {
                outcome.new.push(at);
                if names.is_alike(incoming) {
                    outcome.alike.push(at);
                }
            }
        }
        Ok(outcome)
    }

    /// Puts together what is new. No transaction waits for it.
    fn prepare(&self, app: &App, by: &Actor, options: &Options, outcome: &Outcome) -> Prepared<'_> {
        let source = options.source.as_str();
        let new: Vec<&Incoming> = outcome.new.iter().filter_map(|at| self.incoming(*at)).collect();
        let alike: HashSet<usize> = outcome.alike.iter().copied().collect();
        let with_secrets: Vec<Cow<'_, AccountWithSecrets>> = outcome
            .new
            .iter()
            .filter_map(|at| {
                let whole = &self.incoming(*at)?.whole;
                Some(if alike.contains(at) { Cow::Owned(whole.clone().alike()) } else { Cow::Borrowed(whole) })
            })
            .collect();
        let with_secrets: Vec<&AccountWithSecrets> = with_secrets.iter().map(|whole| &**whole).collect();
        let came = new.iter().flat_map(|incoming| {
            let id = incoming.whole.account.id;
            let elsewhere = incoming.also_from.iter().filter(|(other, _)| other != source);
            let elsewhere = elsewhere.map(move |(source, external)| (source.as_str(), external.as_str(), id));
            elsewhere.chain([(source, incoming.external_id.as_str(), id)])
        });
        let [accounts, directory] = store::transfer::account_rows(app.db(), &with_secrets);
        let mut rows = vec![accounts, store::transfer::import_rows(came)];
        let credentials: Vec<_> =
            new.iter().map(|incoming| (incoming.whole.account.id, &incoming.credentials)).collect();
        rows.extend(store::credentials::rows(&credentials));
        let ids = with_secrets.iter().map(|whole| whole.account.id);
        rows.push(audit::imported(by, ids, source, app.now()));
        let events = options.events.then(|| {
            let about =
                |whole: &&AccountWithSecrets| Event::about(EventKind::Created, &whole.account, app.public_url());
            store::events::rows(with_secrets.iter().map(about), app.now())
        });
        let old_pictures = new.iter().flat_map(|incoming| {
            // A link that begins with the id leads there anyway.
            let own = incoming.whole.account.id.to_string();
            let files = incoming.files().filter(move |file| !file.starts_with(&own));
            files.map(|file| (file, incoming.whole.account.id))
        });
        let used = self.records.iter().filter_map(|record| match &record.parsed {
            Ok(ParsedRecord::UsedToken(id, end)) => Some((id.as_str(), *end)),
            Ok(ParsedRecord::Account(_) | ParsedRecord::Nothing) | Err(_) => None,
        });
        let has_admins = with_secrets.iter().any(|whole| whole.account.is_admin);
        Prepared { rows, directory, events, old_pictures: old_pictures.collect(), used: used.collect(), has_admins }
    }
}

impl Prepared<'_> {
    /// What is written is not kept any longer: a batch is much in memory.
    async fn write(self, tx: &mut Transaction) -> Result<(), Error> {
        for rows in self.rows {
            rows.insert(tx).await.map_err(taken)?;
        }
        if self.has_admins {
            admins::withdraw_link(tx).await?;
        }
        for (file, id) in self.old_pictures {
            store::transfer::insert_old_picture(tx, file, id).await?;
        }
        if let Some(events) = &self.events {
            store::events::push_all(tx, events).await?;
        }
        for (id, end) in self.used {
            tokens::revoked::mark_used_elsewhere(tx, id, end).await?;
        }
        // Last, as every statement after it would have SQLite write the search index.
        self.directory.insert(tx).await.map_err(taken)
    }
}

impl Incoming {
    /// What its pictures were known by.
    fn files(&self) -> impl Iterator<Item = &str> {
        let files = self.picture.iter().map(|picture| &picture.file).chain(&self.older_pictures);
        files.map(String::as_str)
    }
}

/// A name that is taken since it was looked for shows as a conflict, whichever of them it is.
fn taken(error: sqlx::Error) -> Error {
    if store::is_conflict(&error) { Error::Taken(Field::Username) } else { error.into() }
}
