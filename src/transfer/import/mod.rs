//! Taking accounts in: read on one thread, written in batches on others. A batch comes in whole or not at all, with its
//! events; what came in once is not taken in again, so an import that was stopped anywhere goes on where it was.

mod batch;
mod collisions;

use std::cell::Cell;
use std::collections::{HashSet, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher as _};
use std::io::Read;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context as _;
use tokio::sync::mpsc;
use tokio_util::task::AbortOnDropHandle;

use crate::app::App;
use crate::config::Secret;
use crate::error::Error;
use crate::model::{AccountId, Actor, Email, Username};
use crate::permission::permit_admin;
use crate::store;

use super::records::{Raw, Records};
use super::{Incoming, Reason, Source, clark, django, internet_lab, mongo_users, pictures, portico, table};
use batch::{Batch, Outcome, Record, WritePermits};

/// How many batches are looked at and written at once: while a database sorts one in, the next is put together.
const AT_ONCE: usize = 3;

/// How an import is done.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where the file comes from.
    pub source: Source,
    /// How many accounts come in at once.
    pub batch: usize,
    /// Change nothing, and say what would happen.
    pub dry_run: bool,
    /// Whether other services hear of the new accounts.
    pub events: bool,
    /// Where the files of pictures lie.
    pub pictures: Option<PathBuf>,
    /// What the hashes of one service were made with.
    pub salt: Option<GlobalSalt>,
}

/// One global salt, as an old service's settings say.
#[derive(Clone, Debug)]
pub struct GlobalSalt {
    /// The salt.
    pub salt: Secret,
    /// How often the hash was repeated.
    pub iterations: u32,
}

/// How far an import is, and in the end what it did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Records read.
    pub read: u64,
    /// How many bytes into the file that is.
    pub bytes: u64,
    /// Accounts that came in, or would.
    pub created: u64,
    /// Those that had come in before.
    pub known: u64,
    /// Those that came in although their username looks like another's.
    pub alike: u64,
    /// Records refused.
    pub refused: u64,
    /// Records of something else, such as a framework's permissions.
    pub ignored: u64,
    /// Accounts that came in without their password, since its hash is of an unknown format.
    pub without_password: u64,
    /// Pictures set.
    pub pictures: u64,
    /// Pictures that are not in the folder, or cannot be used.
    pub pictures_missing: u64,
    /// Authenticators left out, since they were sealed under another `SECRET_KEY`.
    pub lost_authenticators: u64,
    /// Used-up tokens noted.
    pub used_tokens: u64,
    /// Accounts that still had the password their service was shipped with, which is public. They have none now.
    pub shipped_passwords: u64,
}

/// What hears of an import while it runs.
pub trait ImportObserver {
    /// A batch is in.
    fn progress(&mut self, report: &Report);
    /// A record was refused: its line, why, and its text.
    fn refused(&mut self, line: u64, reason: &Reason, text: &str);
    /// Columns of the table are not read, under whatever name they stand there.
    fn unread(&mut self, _columns: &[String]) {}
    /// A username looks like another's; both are in.
    fn alike(&mut self, _line: u64, _id: AccountId) {}
    /// An account came in without so many authenticators, and may have no second factor any more.
    fn lost_authenticators(&mut self, _line: u64, _id: AccountId, _number: usize) {}
    /// A picture cannot be used.
    fn picture_failed(&mut self, id: AccountId, file: &str, why: &str);
}

/// Takes in what a file holds.
///
/// # Errors
/// [`Error::Forbidden`], and when the file or the database cannot be used. What came in before stays.
pub async fn import(
    app: &App,
    by: &Actor,
    input: impl Read + Send + 'static,
    options: Options,
    watch: &mut impl ImportObserver,
) -> Result<Report, Error> {
    permit_admin(&mut app.db().read().await?, by).await?;
    let taking = take_in(app, by, input, options.clone(), watch);
    if options.dry_run { taking.await } else { store::transfer::in_bulk(app.db(), taking).await }
}

async fn take_in(
    app: &App,
    by: &Actor,
    input: impl Read + Send + 'static,
    options: Options,
    watch: &mut impl ImportObserver,
) -> Result<Report, Error> {
    let (sender, mut receiver) = mpsc::channel(1);
    let size = options.batch.max(1);
    let (source, salt, with) = (options.source, options.salt.clone(), app.clone());
    let reading = tokio::task::spawn_blocking(move || read(&with, input, source, salt.as_ref(), size, &sender));
    let mut import =
        Import { app, by, options: Arc::new(options), report: Report::default(), seen: Seen::default(), watch };
    let permits = Arc::new(WritePermits::of(app.db()));
    let mut under_way = VecDeque::new();
    while let Some(part) = receiver.recv().await {
        let (records, end) = match part {
            Part::Unread(columns) => {
                import.watch.unread(&columns);
                continue;
            }
            Part::Records(records, end) => (records, end),
        };
        let next = Batch::new(records, end);
        // Batches that have a name in common go one after the other: the record that comes first is the one taken.
        while under_way.len() >= AT_ONCE || under_way.iter().any(|(batch, _): &Taken| next.meets(batch)) {
            import.finish(under_way.pop_front()).await?;
        }
        under_way.push_back(import.begin(next, &permits));
    }
    while !under_way.is_empty() {
        import.finish(under_way.pop_front()).await?;
    }
    let Import { options, mut report, seen, .. } = import;
    if options.source == Source::MongoUsers {
        report.shipped_passwords = forget_shipped(app, &seen, options.dry_run).await?;
    }
    reading.await.context("the reading thread ended")?.context("the file cannot be read")?;
    Ok(report)
}

/// What is read of a file.
enum Part {
    /// Columns that are not read.
    Unread(Vec<String>),
    /// Records, and how many bytes into the file they end.
    Records(Vec<Record>, u64),
}

/// Reads the file and hands on what its records say, batch by batch. It ends when the receiver is gone.
fn read(
    app: &App,
    input: impl Read,
    source: Source,
    salt: Option<&GlobalSalt>,
    size: usize,
    parts: &mpsc::Sender<Part>,
) -> std::io::Result<()> {
    let now = app.now();
    let mut tokens = django::Tokens::default();
    let mut batch = Vec::with_capacity(size);
    let position = Cell::new(0);
    let records = Records::open(Counted { input, position: &position })?;
    if let (Source::Csv, Some(columns)) = (source, records.columns()) {
        let unread = table::strangers(columns).map_err(std::io::Error::other)?;
        if !unread.is_empty() && parts.blocking_send(Part::Unread(unread)).is_err() {
            return Ok(());
        }
    }
    for raw in records {
        let Raw { line, fields, text } = raw?;
        let parsed = fields.and_then(|fields| match source {
            Source::Portico => portico::read(fields, app),
            Source::Django => django::read(fields, &mut tokens, now),
            Source::MongoUsers => mongo_users::read(&fields, now),
            Source::InternetLab => internet_lab::read(&fields, salt, now),
            Source::Clark => clark::read(&fields, now),
            Source::Csv => table::read(&fields, now),
        });
        batch.push(Record { line, parsed, text });
        if batch.len() == size
            && parts
                .blocking_send(Part::Records(std::mem::replace(&mut batch, Vec::with_capacity(size)), position.get()))
                .is_err()
        {
            return Ok(());
        }
    }
    if !batch.is_empty() {
        let _ = parts.blocking_send(Part::Records(batch, position.get()));
    }
    Ok(())
}

/// Counts what is read.
struct Counted<'a, R> {
    input: R,
    position: &'a Cell<u64>,
}

impl<R: Read> Read for Counted<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let length = self.input.read(buffer)?;
        self.position.set(self.position.get() + length as u64);
        Ok(length)
    }
}

/// Names are kept in mind by a hash of 64 bits: that two of them have the same is less likely than that the machine
/// errs.
fn short_hash(name: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    name.hash(&mut hasher);
    hasher.finish()
}

/// What an import keeps in mind from its first record to its last.
#[derive(Default)]
struct Seen {
    /// What a try run would have brought in, so that it finds what collides within the file. Short hashes of the names.
    names: HashSet<u64>,
    /// Accounts that an old service makes by itself, with their hashes.
    shipped: Vec<(AccountId, String)>,
}

/// Both have the same password from the start, salt included, unless another was set.
const SHIPPED: [&str; 2] = ["admin", "scheduling_service"];

async fn forget_shipped(app: &App, seen: &Seen, dry_run: bool) -> Result<u64, Error> {
    let [(one, hash), (other, same)] = seen.shipped.as_slice() else { return Ok(0) };
    if hash != same {
        return Ok(0);
    }
    if dry_run {
        return Ok(2);
    }
    let mut tx = app.db().begin().await?;
    let mut forgotten = 0;
    for id in [one, other] {
        forgotten += u64::from(store::transfer::forget_password(&mut tx, *id, hash).await?);
    }
    tx.commit().await?;
    Ok(forgotten)
}

impl Seen {
    /// Adds an account's names. Gives the one that was there already, if any was.
    fn add_all(&mut self, incoming: &Incoming) -> Option<&'static str> {
        let account = &incoming.whole.account;
        let names = [
            ("id", Some(incoming.external_id.as_str())),
            ("username", account.username.as_ref().map(Username::key)),
            ("e-mail", account.email.as_ref().map(Email::key)),
        ];
        let names: Vec<_> =
            names.into_iter().filter_map(|(kind, text)| Some((kind, short_hash(&(kind, text?))))).collect();
        let twice = names.iter().find(|(_, hash)| self.names.contains(hash)).map(|(kind, _)| *kind);
        if twice.is_none() {
            self.names.extend(names.iter().map(|(_, hash)| hash));
        }
        twice
    }
}

/// An account that is in, and the picture it is to have.
pub(super) struct Imported {
    pub(super) id: AccountId,
    pub(super) picture: super::OldPicture,
}

/// A batch that is being written, and what will have become of it.
type Taken = (Arc<Batch>, AbortOnDropHandle<Result<Outcome, Error>>);

/// An import under way.
struct Import<'a, W> {
    app: &'a App,
    by: &'a Actor,
    options: Arc<Options>,
    report: Report,
    seen: Seen,
    watch: &'a mut W,
}

impl<W: ImportObserver> Import<'_, W> {
    fn begin(&self, batch: Batch, permits: &Arc<WritePermits>) -> Taken {
        let batch = Arc::new(batch);
        let (app, by, options, permits) = (self.app.clone(), *self.by, Arc::clone(&self.options), Arc::clone(permits));
        let task = tokio::spawn({
            let batch = Arc::clone(&batch);
            async move { batch.take(&app, &by, &options, &permits).await }
        });
        (batch, AbortOnDropHandle::new(task))
    }

    /// Waits for the batch that is first in the file, and tells of it.
    async fn finish(&mut self, first: Option<Taken>) -> Result<(), Error> {
        let Some((batch, outcome)) = first else { return Ok(()) };
        let outcome = outcome.await.context("a batch was given up")??;
        self.report.read += batch.records.len() as u64;
        self.report.bytes = batch.end;
        let came = self.account_for(&batch, outcome);
        if let Some(folder) = self.options.pictures.as_deref().filter(|_| !self.options.dry_run) {
            pictures::set_all(self.app, self.by, (self.options.source, folder), &came, &mut self.report, self.watch)
                .await?;
        }
        self.watch.progress(&self.report);
        Ok(())
    }

    /// Counts what became of a batch, and tells of what was refused. Gives those who are to have a picture.
    fn account_for(&mut self, batch: &Batch, mut outcome: Outcome) -> Vec<Imported> {
        if self.options.dry_run {
            outcome.new.retain(|at| {
                let twice = batch.incoming(*at).and_then(|incoming| self.seen.add_all(incoming));
                outcome.refused.extend(twice.map(|kind| (*at, Reason::Twice(kind))));
                twice.is_none()
            });
        }
        let new: Vec<&Incoming> = outcome.new.iter().filter_map(|at| batch.incoming(*at)).collect();
        let known = outcome.known.iter().filter_map(|(at, id)| Some((batch.incoming(*at)?, *id)));
        let here: Vec<(&Incoming, AccountId)> =
            new.iter().map(|incoming| (*incoming, incoming.whole.account.id)).chain(known).collect();
        for (incoming, id) in here.iter().filter(|_| self.options.source == Source::MongoUsers) {
            if incoming.whole.account.username().is_some_and(|username| SHIPPED.contains(&username)) {
                self.seen.shipped.extend(incoming.whole.password_hash.clone().map(|hash| (*id, hash)));
            }
        }
        outcome.refused.sort_by_key(|(at, _)| *at);
        for (at, reason) in &outcome.refused {
            let record = &batch.records[*at];
            self.watch.refused(record.line, reason, &record.text);
        }
        for at in &outcome.alike {
            if let Some(incoming) = batch.incoming(*at) {
                self.watch.alike(batch.records[*at].line, incoming.whole.account.id);
            }
        }
        for at in &outcome.new {
            let Some(incoming) = batch.incoming(*at).filter(|incoming| incoming.lost_authenticators > 0) else {
                continue;
            };
            let (line, id) = (batch.records[*at].line, incoming.whole.account.id);
            self.watch.lost_authenticators(line, id, incoming.lost_authenticators);
            self.report.lost_authenticators += incoming.lost_authenticators as u64;
        }
        let report = &mut self.report;
        report.created += new.len() as u64;
        report.alike += outcome.alike.len() as u64;
        report.known += outcome.known.len() as u64;
        report.refused += outcome.refused.len() as u64;
        report.ignored += outcome.ignored;
        report.used_tokens += outcome.used;
        report.without_password += new.iter().filter(|incoming| incoming.lost_password).count() as u64;
        here.into_iter()
            .filter_map(|(incoming, id)| Some(Imported { id, picture: incoming.picture.clone()? }))
            .collect()
    }
}
