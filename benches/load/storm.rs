//! The log-in storm: on one core, signed-in pages at a fixed rate while others log in without pause.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::client::{Connection, get};
use super::hashes::{self, Done};
use super::server::{Cores, Folder, Server, log_in};
use super::table;

/// How long pages are asked for while no user logs in, and in each turn of the storm.
const CALM: Duration = Duration::from_secs(20);
const STORM: Duration = Duration::from_secs(2);
/// For queues to fill before it counts.
const WARMING_UP: Duration = Duration::from_millis(300);
/// Pages are due this often, whatever became of those before.
const EVERY: Duration = Duration::from_millis(10);
/// Connections for pages: were all of them waiting, the next page would be late, and be counted late.
const PAGE_CONNECTIONS: usize = 32;
const CLIENTS: usize = 8;

pub(crate) fn run() -> anyhow::Result<()> {
    let cores = Cores::pick()?;
    let folder = Folder::new("storm")?;
    let portico = Server::portico(cores, folder.path())?;
    let cookie = portico.member("ada")?;
    for client in 0..CLIENTS {
        portico.member(&format!("client{client}"))?;
    }
    let (mut calm, mut storm) = (Vec::new(), Vec::new());
    let pages = round(&portico, &cookie, 0, CALM, &mut calm)?;
    let (hashes, log_ins) = hashes::beside(cores, || round(&portico, &cookie, CLIENTS, STORM, &mut storm))?;
    let latencies = |what: &str, mut took: Vec<f64>| {
        took.sort_by(f64::total_cmp);
        let shown = |share: f64| format!("{:.2}", table::quantile(&took, share));
        vec![what.to_owned(), shown(0.5), shown(0.99), shown(1.0)]
    };
    table::print(
        "Signed-in pages at 100 a second on one core, in milliseconds from when they were due",
        &["", "p50", "p99", "slowest"],
        &[latencies("no log-ins", calm), latencies("eight clients log in without pause", storm)],
    );
    table::print(
        "Log-ins beside those pages, and the same passwords hashed with nothing else on the core",
        hashes::COLUMNS,
        &[
            hashes::row("in a second", hashes.by_clock(), log_ins.by_clock()),
            hashes::row("in a second of processor time", hashes.by_processor(), log_ins.by_processor()),
        ],
    );
    println!("\nThe pages alone take {:.3} of the core.", pages.processor.as_secs_f64() / pages.time.as_secs_f64());
    Ok(())
}

/// Pages at their rate beside so many clients that log in. Adds how long each page took, in milliseconds, and gives the
/// log-ins.
fn round(server: &Server, cookie: &str, clients: usize, length: Duration, took: &mut Vec<f64>) -> anyhow::Result<Done> {
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
        std::thread::sleep(WARMING_UP);
        let (start, count) = (Instant::now() + EVERY, u32::try_from(length.as_millis() / EVERY.as_millis())?);
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
        for page in pages {
            took.extend(page.join().map_err(|_| anyhow::anyhow!("a load panicked"))??);
        }
        #[expect(clippy::cast_precision_loss, reason = "a count of log-ins")]
        let count = (logged_in.load(Ordering::Relaxed) - before) as f64;
        let done = Done { count, time: start.elapsed(), processor: server.cpu()? - spent_before };
        over.store(true, Ordering::Relaxed);
        for client in clients {
            client.join().map_err(|_| anyhow::anyhow!("a client panicked"))??;
        }
        Ok(done)
    })
}
