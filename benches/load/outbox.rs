//! What events cost: the insert inside a sign-up's transaction, and the publisher that has nothing to do.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use portico::clock::Clock;
use portico::config::DatabaseUrl;
use portico::model::{Account, AccountId, Email, Event, EventKind, Generation, Name, Profile, Status, Theme, Username};
use portico::store::{self, Db};

use super::client::{Connection, post};
use super::hashes::{self, Done};
use super::server::{Cores, Folder, Server};
use super::table;

const ROUNDS: usize = 9;
const ROWS: usize = 1_000;
const SIGNING_UP: Duration = Duration::from_secs(2);
const IDLE: Duration = Duration::from_secs(20);

pub(crate) fn run() -> anyhow::Result<()> {
    let cores = Cores::pick()?;
    let folder = Folder::new("outbox")?;
    let (bare, with_event) = transactions(&folder)?;
    let (sign_up, hash) = sign_ups(cores)?;
    let event = with_event - bare;
    let rest = sign_up - hash;
    let row = |what: &str, time: f64, share: String| vec![what.to_owned(), format!("{time:.0}"), share];
    table::print(
        "A sign-up on SQLite, one after another, medians",
        &["", "µs", "of what it would be without"],
        &[
            row("transaction with the account alone", bare, String::new()),
            row("the same with its event", with_event, format!("{:.3}", with_event / bare)),
            row("whole sign-up over HTTP", sign_up, String::new()),
            row("the hash in it", hash, String::new()),
            row("sign-up without the hash", rest, format!("{:.3}", rest / (rest - event))),
        ],
    );
    let (no_targets, queue) =
        (idle(cores, &[])?, idle(cores, &[("AMQP_URL", "amqp://127.0.0.1:9"), ("QUEUE_LIST", "posts")])?);
    let row = |what: &str, cpu: Duration| vec![what.to_owned(), format!("{:.0}", cpu.as_secs_f64() * 1e3)];
    table::print(
        "Twenty seconds of rest, processor time",
        &["", "ms"],
        &[row("no targets", no_targets), row("a queue that nothing waits for", queue)],
    );
    Ok(())
}

/// Microseconds for a transaction that adds an account, without and with its event, in turns.
fn transactions(folder: &Folder) -> anyhow::Result<(f64, f64)> {
    let (mut settings, _) =
        portico::config::load(Vec::new(), std::iter::empty(), None, &portico::http::dialect_names())?;
    settings.database_url = DatabaseUrl::Sqlite(PathBuf::from(folder.path()).join("outbox.db"));
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
        let db = Db::open(&settings).await?;
        db.migrate().await?;
        let (mut bare, mut with_event) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            bare.push(insert(&db, false).await?);
            with_event.push(insert(&db, true).await?);
        }
        Ok((table::median(&bare), table::median(&with_event)))
    })
}

async fn insert(db: &Db, announces: bool) -> anyhow::Result<f64> {
    let url = "http://localhost".parse()?;
    let mut took = Vec::with_capacity(ROWS);
    for _ in 0..ROWS {
        let account = account()?;
        let start = Instant::now();
        let mut tx = db.begin().await?;
        store::accounts::insert(&mut tx, &account, Some("$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA")).await?;
        if announces {
            let event = Event::about(EventKind::Created, &account, &url);
            store::events::push(&mut tx, &event, account.created_at).await?;
        }
        tx.commit().await?;
        took.push(start.elapsed().as_secs_f64() * 1e6);
    }
    Ok(table::median(&took))
}

fn account() -> anyhow::Result<Account> {
    let now = Clock::default().now();
    let id = AccountId::new();
    let name = format!("p{id}");
    Ok(Account {
        id,
        username: Some(Username::parse(&name).ok().context("a username")?),
        email: Some(Email::parse(&format!("{name}@example.org")).ok().context("an e-mail")?),
        name: Name::full("Ada Lovelace"),
        organization: None,
        profile: Profile::default(),
        language: None,
        time_zone: None,
        theme: Theme::System,
        terms: None,
        is_admin: false,
        status: Status::Active,
        picture: None,
        email_verified_at: None,
        two_factor: false,
        password_changed_at: now,
        generation: Generation::default(),
        created_at: now,
        updated_at: now,
    })
}

/// Microseconds for a sign-up over HTTP, and for the hash in it.
fn sign_ups(cores: Cores) -> anyhow::Result<(f64, f64)> {
    let folder = Folder::new("sign-ups")?;
    let portico = Server::portico(cores, folder.path())?;
    let mut connection = Connection::open(portico.address)?;
    let mut number = 0;
    let (hashes, sign_ups) = hashes::beside(cores, || {
        let (start, before, first) = (Instant::now(), portico.cpu()?, number);
        while start.elapsed() < SIGNING_UP {
            number += 1;
            let form =
                format!("username=person{number}&email=person{number}%40example.org&password=purple+otter+in+the+rain");
            connection.expect(303, &post("/signup", &form))?;
        }
        Ok(Done { count: f64::from(number - first), time: start.elapsed(), processor: portico.cpu()? - before })
    })?;
    Ok((1e6 / sign_ups.by_clock(), 1e6 / hashes.by_clock()))
}

/// The processor time of an idle Portico.
fn idle(cores: Cores, settings: &[(&str, &str)]) -> anyhow::Result<Duration> {
    let folder = Folder::new("idle")?;
    let portico = Server::portico_with(cores, folder.path(), settings)?;
    std::thread::sleep(Duration::from_secs(4));
    let before = portico.cpu()?;
    std::thread::sleep(IDLE);
    Ok(portico.cpu()? - before)
}
