//! What a signed-in page costs: Portico's profile page with all its layers, beside a bare handler that reads the
//! same two rows and renders the same template, in turns.

use std::time::Duration;

use anyhow::ensure;

use super::client::{Connection, get};
use super::server::{Cores, Folder, Server};
use super::table;

const PAGE: &str = "/account/profile";
const ROUNDS: usize = 7;
/// Connections at once: enough to keep the server's core from ever resting, so that no time to wake up counts.
const CONNECTIONS: usize = 8;
const REQUESTS: usize = 500;

pub(crate) fn run() -> anyhow::Result<()> {
    let cores = Cores::pick()?;
    let folder = Folder::new("pages")?;
    let portico = Server::portico(cores, folder.path())?;
    let cookie = portico.member("ada")?;
    let page = Connection::open(portico.address)?.expect(200, &get(PAGE, &cookie, false))?.body;
    let bare = Server::bare(cores, folder.path())?;
    let same = Connection::open(bare.address)?.expect(200, &get(PAGE, &cookie, false))?.body;
    // The port stands in the page.
    let whole = |body: &[u8], server: &Server| {
        String::from_utf8_lossy(body).replace(&format!(":{}", server.address.port()), "")
    };
    ensure!(whole(&page, &portico) == whole(&same, &bare), "the bare handler's page is another one");

    let (plain, gzip) = (get(PAGE, &cookie, false), get(PAGE, &cookie, true));
    let sent = Connection::open(portico.address)?.expect(200, &gzip)?.body.len();
    for server in [&portico, &bare] {
        load(server, &plain)?;
    }
    let mut costs = [const { Vec::new() }; 3];
    for _ in 0..ROUNDS {
        for (cost, (server, request)) in costs.iter_mut().zip([(&bare, &plain), (&portico, &plain), (&portico, &gzip)])
        {
            cost.push(load(server, request)?);
        }
    }
    let ratio = |of: &[f64]| table::median(&of.iter().zip(&costs[0]).map(|(one, bare)| one / bare).collect::<Vec<_>>());
    let row = |what: &str, of: &[f64], bytes: usize| {
        vec![what.to_owned(), bytes.to_string(), format!("{:.0}", table::median(of)), format!("{:.2}", ratio(of))]
    };
    table::print(
        "A signed-in page (the profile), processor time of the server",
        &["", "bytes", "µs a page", "ratio"],
        &[
            row("bare handler", &costs[0], same.len()),
            row("Portico", &costs[1], page.len()),
            row("Portico, compressed by gzip", &costs[2], sent),
        ],
    );
    Ok(())
}

/// Asks for the page on all connections as fast as it comes. Gives processor time a request, in microseconds.
pub(crate) fn load(server: &Server, request: &[u8]) -> anyhow::Result<f64> {
    let mut connections =
        (0..CONNECTIONS).map(|_| Connection::open(server.address)).collect::<anyhow::Result<Vec<_>>>()?;
    let before = server.cpu()?;
    std::thread::scope(|scope| {
        let loads = connections.iter_mut().map(|connection| {
            scope.spawn(move || (0..REQUESTS).try_for_each(|_| connection.expect(200, request).map(|_| ())))
        });
        let loads: Vec<_> = loads.collect();
        loads.into_iter().try_for_each(|load| load.join().unwrap_or_else(|_| Err(anyhow::anyhow!("a load panicked"))))
    })?;
    let spent: Duration = server.cpu()? - before;
    #[expect(clippy::cast_precision_loss, reason = "a small number")]
    let requests = (CONNECTIONS * REQUESTS) as f64;
    Ok(spent.as_secs_f64() * 1e6 / requests)
}
