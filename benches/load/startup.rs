//! How soon the first page comes, and how much memory an idle Portico holds.

use std::time::{Duration, Instant};

use super::client::{Connection, get};
use super::server::{Cores, Folder, Server};
use super::table;

const ROUNDS: usize = 9;

pub(crate) fn run() -> anyhow::Result<()> {
    let cores = Cores::pick()?;
    let (mut fresh, mut again, mut idle, mut used) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        let folder = Folder::new("startup")?;
        fresh.push(first_page(cores, &folder)?.1);
        let (server, took) = first_page(cores, &folder)?;
        again.push(took);
        // Memory changes little from start to start, and this waits.
        if round < 3 {
            std::thread::sleep(Duration::from_secs(4));
            idle.push(server.memory()?);
            let cookie = server.member("ada")?;
            let mut connection = Connection::open(server.address)?;
            for _ in 0..2_000 {
                connection.expect(200, &get("/account/profile", &cookie, true))?;
            }
            // Longer than the password workers keep their memory.
            std::thread::sleep(Duration::from_secs(12));
            used.push(server.memory()?);
        }
    }
    let row = |what: &str, of: &[f64], unit: &str, allowed: &str| {
        vec![what.to_owned(), format!("{:.1} {unit}", table::median(of)), allowed.to_owned()]
    };
    let rows = [
        row("start to first page, new database", &fresh, "ms", "100 ms"),
        row("start to first page, existing database", &again, "ms", "100 ms"),
        row("memory 4 s after the start", &idle, "MB", "25 MB"),
        row("memory at rest after a sign-up, a log-in and 2,000 pages", &used, "MB", ""),
    ];
    table::print("Start and rest", &["", "median", "at most"], &rows);
    Ok(())
}

/// Starts Portico and asks for the log-in page. Gives milliseconds.
fn first_page(cores: Cores, folder: &Folder) -> anyhow::Result<(Server, f64)> {
    let started = Instant::now();
    let server = Server::portico(cores, folder.path())?;
    Connection::open(server.address)?.expect(200, &get("/login", "", false))?;
    Ok((server, started.elapsed().as_secs_f64() * 1000.0))
}
