//! The log-in storm: on one core, signed-in pages at a fixed rate while others log in without pause.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use portico::model::password::Password;
use portico::passwords::Passwords;

use super::client::{Connection, get};
use super::server::{Cores, Folder, Server, cpu, log_in};
use super::table;

const ROUNDS: usize = 3;
const LENGTH: Duration = Duration::from_secs(20);
const HASH_LENGTH: Duration = Duration::from_secs(3);
/// Pages are due this often, whatever became of those before.
const EVERY: Duration = Duration::from_millis(10);
/// Connections for pages: were all of them waiting, the next page would be late, and be counted late.
const PAGE_CONNECTIONS: usize = 32;
const CLIENTS: usize = 8;

/// What one round showed.
struct Round {
    /// How much of the core the pages alone take.
    pages: f64,
    calm: Latencies,
    storm: Latencies,
    /// Log-ins and hashes a second of time, and a second of processor time.
    log_ins: Rate,
    hashes: Rate,
}

/// In milliseconds.
#[derive(Clone, Copy)]
struct Latencies {
    p50: f64,
    p99: f64,
    most: f64,
}

#[derive(Clone, Copy)]
pub(crate) struct Rate {
    pub(crate) by_clock: f64,
    pub(crate) by_processor: f64,
}

pub(crate) fn run() -> anyhow::Result<()> {
    let cores = Cores::pick()?;
    let folder = Folder::new("storm")?;
    let portico = Server::portico(cores, folder.path())?;
    let cookie = portico.member("ada")?;
    for client in 0..CLIENTS {
        portico.member(&format!("client{client}"))?;
    }
    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        let before = hash_rate(cores)?;
        let (calm, _, pages) = round(&portico, &cookie, 0)?;
        let (storm, log_ins, _) = round(&portico, &cookie, CLIENTS)?;
        let after = hash_rate(cores)?;
        let hashes = Rate {
            by_clock: f64::midpoint(before.by_clock, after.by_clock),
            by_processor: f64::midpoint(before.by_processor, after.by_processor),
        };
        rounds.push(Round { pages, calm, storm, log_ins, hashes });
    }
    let median = |of: &dyn Fn(&Round) -> f64| table::median(&rounds.iter().map(of).collect::<Vec<_>>());
    let latencies = |what: &str, of: &dyn Fn(&Round) -> Latencies| {
        let shown = |of: &dyn Fn(&Round) -> f64| format!("{:.2}", median(of));
        vec![
            what.to_owned(),
            shown(&|round| of(round).p50),
            shown(&|round| of(round).p99),
            shown(&|round| of(round).most),
        ]
    };
    table::print(
        "Signed-in pages at 100 a second on one core, in milliseconds from when they were due",
        &["", "p50", "p99", "slowest"],
        &[
            latencies("nobody logs in", &|round| round.calm),
            latencies("eight clients log in without pause", &|round| round.storm),
        ],
    );
    let rates = |what: &str, of: &dyn Fn(Rate) -> f64| {
        vec![
            what.to_owned(),
            format!("{:.1}", median(&|round| of(round.hashes))),
            format!("{:.1}", median(&|round| of(round.log_ins))),
            format!("{:.3}", median(&|round| of(round.log_ins) / of(round.hashes))),
        ]
    };
    table::print(
        "Log-ins beside those pages, and the same passwords hashed with nothing else on the core",
        &["", "hashes", "log-ins", "ratio"],
        &[
            rates("in a second", &|rate| rate.by_clock),
            rates("in a second of processor time", &|rate| rate.by_processor),
        ],
    );
    println!("\nThe pages alone take {:.3} of the core.", median(&|round| round.pages));
    Ok(())
}

/// Pages at their rate beside so many clients that log in.
fn round(server: &Server, cookie: &str, clients: usize) -> anyhow::Result<(Latencies, Rate, f64)> {
    let page = get("/account/profile", cookie, true);
    let (over, logged_in, due) = (AtomicBool::new(false), AtomicU64::new(0), AtomicU32::new(0));
    let mut pages = (0..PAGE_CONNECTIONS).map(|_| Connection::open(server.address)).collect::<Result<Vec<_>, _>>()?;
    let mut others = (0..clients).map(|_| Connection::open(server.address)).collect::<Result<Vec<_>, _>>()?;
    std::thread::scope(|scope| {
        let clients: Vec<_> = others
            .iter_mut()
            .enumerate()
            .map(|(index, connection)| {
                let request = log_in(&format!("client{index}"));
                let (over, logged_in) = (&over, &logged_in);
                scope.spawn(move || -> anyhow::Result<()> {
                    while !over.load(Ordering::Relaxed) {
                        connection.expect(303, &request)?;
                        logged_in.fetch_add(1, Ordering::Relaxed);
                    }
                    Ok(())
                })
            })
            .collect();
        // The first second is for warming up.
        std::thread::sleep(Duration::from_secs(1));
        let (start, count) = (Instant::now() + EVERY, u32::try_from(LENGTH.as_millis() / EVERY.as_millis())?);
        let (before, spent_before) = (logged_in.load(Ordering::Relaxed), server.cpu()?);
        let pages: Vec<_> = pages
            .iter_mut()
            .map(|connection| {
                let (page, due) = (&page, &due);
                scope.spawn(move || -> anyhow::Result<Vec<f64>> {
                    let mut took = Vec::new();
                    loop {
                        let index = due.fetch_add(1, Ordering::Relaxed);
                        if index >= count {
                            return Ok(took);
                        }
                        let moment = start + EVERY * index;
                        std::thread::sleep(moment.saturating_duration_since(Instant::now()));
                        connection.expect(200, page)?;
                        took.push(moment.elapsed().as_secs_f64() * 1000.0);
                    }
                })
            })
            .collect();
        let mut took = Vec::new();
        for page in pages {
            took.extend(page.join().map_err(|_| anyhow::anyhow!("a load panicked"))??);
        }
        #[expect(clippy::cast_precision_loss, reason = "a count of log-ins")]
        let done = (logged_in.load(Ordering::Relaxed) - before) as f64;
        let (spent, length) = (server.cpu()? - spent_before, start.elapsed());
        let rate = Rate { by_clock: done / length.as_secs_f64(), by_processor: done / spent.as_secs_f64() };
        over.store(true, Ordering::Relaxed);
        for client in clients {
            client.join().map_err(|_| anyhow::anyhow!("a client panicked"))??;
        }
        took.sort_by(f64::total_cmp);
        let latencies = Latencies {
            p50: table::quantile(&took, 0.5),
            p99: table::quantile(&took, 0.99),
            most: table::quantile(&took, 1.0),
        };
        Ok((latencies, rate, spent.as_secs_f64() / length.as_secs_f64()))
    })
}

/// How many passwords the core can hash when it does nothing else.
pub(crate) fn hash_rate(cores: Cores) -> anyhow::Result<Rate> {
    let mut command = Command::new(std::env::current_exe()?);
    let mut child = cores.spawn(command.arg("hashes").stdout(Stdio::piped()))?;
    let mut line = String::new();
    BufReader::new(child.stdout.take().context("its result")?).read_line(&mut line)?;
    child.wait()?;
    let mut numbers = line.split_whitespace().map(str::parse::<f64>);
    let mut next = || numbers.next().context("a number")?.context("a number");
    Ok(Rate { by_clock: next()?, by_processor: next()? })
}

/// The program in its role as the hasher: the same workers, always with work, and nothing else.
pub(crate) fn hash() -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    runtime.block_on(async {
        let passwords = Passwords::start(1, 8);
        let password =
            Password::typed("purple otter in the rain".to_owned()).map_err(|problem| anyhow::anyhow!("{problem:?}"))?;
        passwords.hash(&password).await.map_err(|_| anyhow::anyhow!("the queue was full"))?;
        let (start, spent) = (Instant::now(), cpu("self")?);
        let mut hashes = 0.0;
        while start.elapsed() < HASH_LENGTH {
            passwords.hash(&password).await.map_err(|_| anyhow::anyhow!("the queue was full"))?;
            hashes += 1.0;
        }
        let spent = cpu("self")? - spent;
        println!("{} {}", hashes / start.elapsed().as_secs_f64(), hashes / spent.as_secs_f64());
        anyhow::Ok(())
    })
}
