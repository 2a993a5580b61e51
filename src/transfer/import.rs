//! Taking accounts in: read on one thread, written in batches on another. A batch comes in whole or not at all, with
//! its events; what came in once is not taken in again, so an import that was stopped anywhere goes on where it was.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::Read;
use std::path::PathBuf;

use anyhow::Context as _;
use time::OffsetDateTime;
use tokio::sync::mpsc;
use uuid::Uuid;

use crate::accounts::{Error, permit_admin};
use crate::app::App;
use crate::audit;
use crate::config::Secret;
use crate::model::{AccountId, Actor, Email, Event, EventKind, Username};
use crate::store::transfer::Taken;
use crate::store::{self, Tx};

use super::records::{Raw, Records};
use super::{Arrival, Incoming, Reason, Source, clark, django, internet_lab, mongo_users, pictures, portico, table};

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

/// One salt for everybody, as an old service's settings say.
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
    /// Accounts that came in, or would.
    pub created: u64,
    /// Those that had come in before.
    pub known: u64,
    /// Records refused.
    pub refused: u64,
    /// Records of something else, such as a framework's permissions.
    pub ignored: u64,
    /// Accounts that came in without their password, since nobody here can read its hash.
    pub without_password: u64,
    /// Pictures set.
    pub pictures: u64,
    /// Pictures that are not in the folder, or cannot be used.
    pub pictures_missing: u64,
    /// Used-up tokens noted.
    pub spent_tokens: u64,
    /// Accounts that still had the password their service was shipped with, which everybody knows. They have none now.
    pub shipped_passwords: u64,
}

/// What hears of an import while it runs.
pub trait Watch {
    /// A batch is in.
    fn progress(&mut self, report: &Report);
    /// A record was refused: its line, why, and its text.
    fn refused(&mut self, line: u64, reason: &Reason, text: &str);
    /// A picture cannot be used.
    fn pictureless(&mut self, id: AccountId, file: &str, why: &str);
}

/// A record that was read, and its text in case it is refused.
struct Arrived {
    line: u64,
    arrival: Result<Arrival, Reason>,
    text: String,
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
    watch: &mut impl Watch,
) -> Result<Report, Error> {
    permit_admin(&mut app.db().read().await?, by).await?;
    store::transfer::make_room(app.db()).await?;
    let (sender, mut receiver) = mpsc::channel(2);
    let (now, batch) = (app.now(), options.batch.max(1));
    let (source, salt) = (options.source, options.salt.clone());
    let reading = tokio::task::spawn_blocking(move || read(input, source, salt.as_ref(), now, batch, &sender));
    let mut report = Report::default();
    let mut seen = Seen::default();
    while let Some(batch) = receiver.recv().await {
        report.read += batch.len() as u64;
        let came = take(app, by, batch, &options, &mut seen, &mut report, watch).await?;
        if let Some(folder) = options.pictures.as_deref().filter(|_| !options.dry_run) {
            pictures::set_all(app, by, folder, &came, &mut report, watch).await?;
        }
        watch.progress(&report);
    }
    if options.source == Source::MongoUsers {
        report.shipped_passwords = forget_shipped(app, &seen, options.dry_run).await?;
    }
    reading.await.context("the reading thread ended")?.context("the file cannot be read")?;
    if !options.dry_run && report.created > 0 {
        store::transfer::tidy(&mut app.db().write_once().await?).await?;
    }
    Ok(report)
}

/// Reads the file and hands on what its records say, batch by batch. Nobody listening ends it.
fn read(
    input: impl Read,
    source: Source,
    salt: Option<&GlobalSalt>,
    now: OffsetDateTime,
    size: usize,
    batches: &mpsc::Sender<Vec<Arrived>>,
) -> std::io::Result<()> {
    let mut tokens = django::Tokens::default();
    let mut batch = Vec::with_capacity(size);
    for raw in Records::open(input)? {
        let Raw { line, fields, text } = raw?;
        let arrival = fields.and_then(|fields| match source {
            Source::Portico => portico::read(fields),
            Source::Django => django::read(fields, &mut tokens, now),
            Source::MongoUsers => mongo_users::read(&fields, now),
            Source::InternetLab => internet_lab::read(&fields, salt, now),
            Source::Clark => clark::read(&fields, now),
            Source::Csv => table::read(&fields, now),
        });
        batch.push(Arrived { line, arrival, text });
        if batch.len() == size
            && batches.blocking_send(std::mem::replace(&mut batch, Vec::with_capacity(size))).is_err()
        {
            return Ok(());
        }
    }
    if !batch.is_empty() {
        let _ = batches.blocking_send(batch);
    }
    Ok(())
}

/// What an import keeps in mind from its first record to its last.
#[derive(Default)]
struct Seen {
    /// What a try run would have brought in, so that it finds what collides within the file. Short hashes of the names.
    names: HashSet<u64>,
    /// Accounts that an old service makes by itself, with their hashes.
    shipped: Vec<(AccountId, String)>,
}

/// Both have the same password from the start, salt included, unless somebody has set another (WIRE §1).
const SHIPPED: [&str; 2] = ["admin", "scheduling_service"];

async fn forget_shipped(app: &App, seen: &Seen, dry_run: bool) -> Result<u64, Error> {
    let [(one, hash), (other, same)] = seen.shipped.as_slice() else { return Ok(0) };
    if hash != same {
        return Ok(0);
    }
    if dry_run {
        return Ok(2);
    }
    let mut tx = app.db().write().await?;
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
        let names = names.into_iter().filter_map(|(kind, text)| {
            let mut hasher = DefaultHasher::new();
            (kind, text?).hash(&mut hasher);
            Some((kind, hasher.finish()))
        });
        let names: Vec<_> = names.collect();
        let twice = names.iter().find(|(_, hash)| self.names.contains(hash)).map(|(kind, _)| *kind);
        if twice.is_none() {
            self.names.extend(names.iter().map(|(_, hash)| hash));
        }
        twice
    }
}

/// An account that is in, and the picture it is to have.
pub(super) struct Came {
    pub(super) id: AccountId,
    pub(super) picture: super::OldPicture,
}

/// Takes a batch in. Somebody may take one of its names meanwhile; then it is looked at again.
async fn take(
    app: &App,
    by: &Actor,
    batch: Vec<Arrived>,
    options: &Options,
    seen: &mut Seen,
    report: &mut Report,
    watch: &mut impl Watch,
) -> Result<Vec<Came>, Error> {
    let mut tries = 0;
    loop {
        let mut tx = if options.dry_run { app.db().read().await? } else { app.db().write().await? };
        let sorted = sort(&mut tx, &batch, options).await?;
        if !options.dry_run {
            match write(app, &mut tx, by, options, &sorted).await {
                Ok(()) => tx.commit().await?,
                Err(Error::Taken(_)) if tries < 5 => {
                    tries += 1;
                    continue;
                }
                Err(error) => return Err(error),
            }
        }
        return Ok(account_for(sorted, options, seen, report, watch));
    }
}

/// What becomes of the records of a batch.
#[derive(Default)]
struct Sorted<'a> {
    new: Vec<(&'a Arrived, &'a Incoming)>,
    known: Vec<(&'a Incoming, AccountId)>,
    refused: Vec<(&'a Arrived, Reason)>,
    spent: Vec<(&'a str, OffsetDateTime)>,
    ignored: u64,
}

/// Finds out which accounts are new, which came before, and which collide with others.
async fn sort<'a>(tx: &mut Tx, batch: &'a [Arrived], options: &Options) -> Result<Sorted<'a>, Error> {
    let mut sorted = Sorted::default();
    let mut accounts = Vec::new();
    for read in batch {
        match &read.arrival {
            Ok(Arrival::Account(incoming)) => accounts.push((read, &**incoming)),
            Ok(Arrival::SpentToken(id, end)) => sorted.spent.push((id, *end)),
            Ok(Arrival::Nothing) => sorted.ignored += 1,
            Err(reason) => sorted.refused.push((read, reason.clone())),
        }
    }
    let external: Vec<&str> = accounts.iter().map(|(_, incoming)| incoming.external_id.as_str()).collect();
    let imported = store::transfer::imported(tx, options.source.as_str(), &external).await?;
    let imported: HashMap<&str, AccountId> = imported.iter().map(|(external, id)| (external.as_str(), *id)).collect();
    let ids: Vec<Uuid> = accounts.iter().map(|(_, incoming)| incoming.whole.account.id.0).collect();
    let keys = |incoming: &'a Incoming| {
        let account = &incoming.whole.account;
        (account.username.as_ref().map(Username::key), account.email.as_ref().map(Email::key))
    };
    let usernames: Vec<&str> = accounts.iter().filter_map(|(_, incoming)| keys(incoming).0).collect();
    let emails: Vec<&str> = accounts.iter().filter_map(|(_, incoming)| keys(incoming).1).collect();
    let taken: Vec<Taken> = store::transfer::taken(tx, &ids, &usernames, &emails).await?;
    let by_id: HashSet<AccountId> = taken.iter().map(|taken| taken.id).collect();
    let by_username: HashMap<&str, AccountId> =
        taken.iter().filter_map(|taken| Some((taken.username_key.as_deref()?, taken.id))).collect();
    let by_email: HashMap<&str, AccountId> =
        taken.iter().filter_map(|taken| Some((taken.email_key.as_deref()?, taken.id))).collect();

    let mut before = HashSet::new();
    for (read, incoming) in accounts {
        let id = incoming.whole.account.id;
        let (username, email) = keys(incoming);
        if let Some(known) = imported.get(incoming.external_id.as_str()) {
            sorted.known.push((incoming, *known));
            continue;
        }
        let in_file = [("id", Some(incoming.external_id.as_str())), ("username", username), ("e-mail", email)];
        let twice = in_file.iter().find_map(|(kind, text)| before.contains(&(*kind, (*text)?)).then_some(*kind));
        let reason = if by_id.contains(&id) {
            Some(Reason::IdTaken(id))
        } else if let Some(owner) = username.and_then(|username| by_username.get(username)) {
            Some(Reason::UsernameTaken(*owner))
        } else if let Some(owner) = email.and_then(|email| by_email.get(email)) {
            Some(Reason::EmailTaken(*owner))
        } else {
            twice.map(Reason::Twice)
        };
        match reason {
            Some(reason) => sorted.refused.push((read, reason)),
            None => {
                before.extend(in_file.into_iter().filter_map(|(kind, text)| Some((kind, text?))));
                sorted.new.push((read, incoming));
            }
        }
    }
    Ok(sorted)
}

/// Writes what is new, all or nothing.
async fn write(app: &App, tx: &mut Tx, by: &Actor, options: &Options, sorted: &Sorted<'_>) -> Result<(), Error> {
    let wholes: Vec<_> = sorted.new.iter().map(|(_, incoming)| incoming.whole.clone()).collect();
    if !wholes.is_empty() {
        store::transfer::insert_accounts(tx, &wholes).await.map_err(taken)?;
        let mut came: HashMap<&str, Vec<(String, AccountId)>> = HashMap::new();
        for (_, incoming) in &sorted.new {
            let id = incoming.whole.account.id;
            came.entry(options.source.as_str()).or_default().push((incoming.external_id.clone(), id));
            for (source, external) in &incoming.also_from {
                if source != options.source.as_str() {
                    came.entry(source).or_default().push((external.clone(), id));
                }
            }
        }
        for (source, came) in came {
            store::transfer::insert_imports(tx, source, &came).await.map_err(taken)?;
        }
        for (_, incoming) in &sorted.new {
            let files = incoming.picture.iter().map(|picture| &picture.file).chain(&incoming.older_pictures);
            // A link that begins with the id leads there anyway.
            let own = incoming.whole.account.id.to_string();
            for file in files.filter(|file| !file.starts_with(&own)) {
                store::transfer::insert_old_picture(tx, file, incoming.whole.account.id).await?;
            }
        }
        let ids = wholes.iter().map(|whole| whole.account.id);
        audit::note_imported(tx, by, ids, options.source.as_str(), app.now()).await?;
        if options.events {
            let about =
                |whole: &store::transfer::Whole| Event::about(EventKind::Created, &whole.account, app.public_url());
            let events: Vec<Event> = wholes.iter().map(about).collect();
            store::events::push_all(tx, &events, app.now()).await?;
        }
    }
    for (id, end) in &sorted.spent {
        crate::tokens::spent::spend_elsewhere(app, tx, id, *end).await?;
    }
    Ok(())
}

/// A name that somebody has taken since it was looked for shows as a conflict, whichever of them it is.
fn taken(error: sqlx::Error) -> Error {
    match &error {
        sqlx::Error::Database(database) if database.is_unique_violation() => {
            Error::Taken(crate::model::Field::Username)
        }
        _ => error.into(),
    }
}

/// Counts what became of a batch, and tells of what was refused. Gives those who are to have a picture.
fn account_for(
    mut sorted: Sorted<'_>,
    options: &Options,
    seen: &mut Seen,
    report: &mut Report,
    watch: &mut impl Watch,
) -> Vec<Came> {
    if options.dry_run {
        let mut new = std::mem::take(&mut sorted.new);
        new.retain(|(read, incoming)| {
            let twice = seen.add_all(incoming);
            sorted.refused.extend(twice.map(|kind| (*read, Reason::Twice(kind))));
            twice.is_none()
        });
        sorted.new = new;
    }
    let here = sorted
        .new
        .iter()
        .map(|(_, incoming)| (*incoming, incoming.whole.account.id))
        .chain(sorted.known.iter().copied());
    for (incoming, id) in here.filter(|_| options.source == Source::MongoUsers) {
        if incoming.whole.account.username().is_some_and(|username| SHIPPED.contains(&username)) {
            seen.shipped.extend(incoming.whole.password_hash.clone().map(|hash| (id, hash)));
        }
    }
    sorted.refused.sort_by_key(|(read, _)| read.line);
    for (read, reason) in &sorted.refused {
        watch.refused(read.line, reason, &read.text);
    }
    report.created += sorted.new.len() as u64;
    report.known += sorted.known.len() as u64;
    report.refused += sorted.refused.len() as u64;
    report.ignored += sorted.ignored;
    report.spent_tokens += sorted.spent.len() as u64;
    report.without_password += sorted.new.iter().filter(|(_, incoming)| incoming.lost_password).count() as u64;
    let new = sorted.new.iter().map(|(_, incoming)| (*incoming, incoming.whole.account.id));
    let came = new.chain(sorted.known.iter().copied());
    came.filter_map(|(incoming, id)| Some(Came { id, picture: incoming.picture.clone()? })).collect()
}
