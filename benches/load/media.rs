//! What a picture costs: `/media` and `/avatar` beside nginx, which serves the same files from the same folder, in
//! turns.

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};

use super::client::{Connection, get, post, upload};
use super::server::{Cores, Folder, Server};
use super::table;

const ROUNDS: usize = 7;
const CONNECTIONS: usize = 8;
const REQUESTS: usize = 2_000;

/// What one turn showed.
struct Turn {
    /// Requests in a second of processor time.
    rate: f64,
    /// The latency that one in a hundred is above, in milliseconds.
    p99: f64,
}

pub(crate) fn run() -> anyhow::Result<()> {
    let cores = Cores::pick()?;
    let folder = Folder::new("media")?;
    let portico = Server::portico(cores, folder.path())?;
    let cookie = portico.member("ada")?;
    let photo = photo()?;
    Connection::open(portico.address)?.expect(303, &upload("/account/picture", &cookie, &photo))?;
    // By username only public profiles are shown.
    let mut profile = post("/account/profile", "username=ada&public=1");
    let head = profile.windows(2).position(|pair| pair == b"\r\n").context("a request")? + 2;
    profile.splice(head..head, format!("cookie: {cookie}\r\n").into_bytes());
    Connection::open(portico.address)?.expect(303, &profile)?;
    let pictures = folder.path().join("media/pictures");
    let key = fs::read_dir(&pictures)?.next().context("a picture")??.file_name();
    let key = key.to_str().context("a key")?;
    let nginx = nginx(cores, folder.path())?;

    let mut rows = Vec::new();
    for (file, size) in [("64.webp", 64), ("128.jpg", 128), ("256.webp", 256)] {
        let path = format!("/media/{key}/{file}");
        let bytes = fs::read(pictures.join(key).join(file))?;
        let mut avatar = get(&format!("/avatar/@ada?s={size}"), "", false);
        if file.ends_with("webp") {
            avatar.splice(avatar.len() - 2.., *b"accept: image/webp\r\n\r\n");
        }
        let media = get(&path, "", false);
        let asked = [(&nginx, &media), (&portico, &media), (&portico, &avatar)];
        for (server, request) in asked {
            let answer = Connection::open(server.address)?.expect(200, request)?;
            ensure!(answer.body == bytes, "{file} is another file");
            load(server, request)?;
        }
        let mut turns = [const { Vec::new() }; 3];
        for _ in 0..ROUNDS {
            for (turns, (server, request)) in turns.iter_mut().zip(asked) {
                turns.push(load(server, request)?);
            }
        }
        let [nginx, rest @ ..] = &turns;
        for (what, turns) in ["/media", "/avatar"].into_iter().zip(rest) {
            let ratio = |of: fn(&Turn) -> f64| {
                table::median(&turns.iter().zip(nginx).map(|(one, other)| of(one) / of(other)).collect::<Vec<_>>())
            };
            let median =
                |turns: &[Turn], of: fn(&Turn) -> f64| table::median(&turns.iter().map(of).collect::<Vec<_>>());
            rows.push(vec![
                format!("{what} {file}"),
                bytes.len().to_string(),
                format!("{:.0}", median(nginx, |turn| turn.rate)),
                format!("{:.0}", median(turns, |turn| turn.rate)),
                format!("{:.2}", ratio(|turn| turn.rate)),
                format!("{:.2}", median(nginx, |turn| turn.p99)),
                format!("{:.2}", median(turns, |turn| turn.p99)),
                format!("{:.2}", ratio(|turn| turn.p99)),
            ]);
        }
    }
    table::print(
        "Pictures beside nginx: requests in a second of the server's processor time, and latency in milliseconds",
        &["", "bytes", "nginx", "Portico", "ratio", "nginx p99", "Portico p99", "ratio"],
        &rows,
    );
    Ok(())
}

/// Asks on all connections as fast as answers come.
fn load(server: &Server, request: &[u8]) -> anyhow::Result<Turn> {
    let mut connections =
        (0..CONNECTIONS).map(|_| Connection::open(server.address)).collect::<anyhow::Result<Vec<_>>>()?;
    let before = server.cpu()?;
    let mut took = Vec::new();
    std::thread::scope(|scope| {
        let loads = connections.iter_mut().map(|connection| {
            scope.spawn(move || -> anyhow::Result<Vec<f64>> {
                let mut took = Vec::with_capacity(REQUESTS);
                for _ in 0..REQUESTS {
                    let start = Instant::now();
                    connection.expect(200, request)?;
                    took.push(start.elapsed().as_secs_f64() * 1000.0);
                }
                Ok(took)
            })
        });
        for load in loads.collect::<Vec<_>>() {
            took.extend(load.join().map_err(|_| anyhow::anyhow!("a load panicked"))??);
        }
        anyhow::Ok(())
    })?;
    let spent: Duration = server.cpu()? - before;
    took.sort_by(f64::total_cmp);
    #[expect(clippy::cast_precision_loss, reason = "a small number")]
    let requests = took.len() as f64;
    Ok(Turn { rate: requests / spent.as_secs_f64(), p99: table::quantile(&took, 0.99) })
}

/// nginx as one process, without a log, with its files kept open: as quick as it gets.
fn nginx(cores: Cores, folder: &Path) -> anyhow::Result<Server> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    drop(listener);
    let own = folder.join("nginx");
    fs::create_dir_all(&own)?;
    let (own, pictures) = (own.display(), folder.join("media/pictures"));
    let settings = format!(
        "daemon off; master_process off; pid {own}/pid; error_log stderr crit;
         events {{ worker_connections 256; }}
         http {{
           access_log off; sendfile on; tcp_nopush on; keepalive_requests 100000000;
           open_file_cache max=1000; open_file_cache_valid 60s;
           client_body_temp_path {own}/body; proxy_temp_path {own}/proxy; fastcgi_temp_path {own}/fastcgi;
           uwsgi_temp_path {own}/uwsgi; scgi_temp_path {own}/scgi;
           types {{ image/webp webp; image/jpeg jpg; }}
           server {{
             listen {address};
             location /media/ {{
               alias {pictures}/;
               add_header cache-control \"public, max-age=31536000, immutable\";
               add_header content-security-policy \"default-src 'none'; sandbox\";
               add_header x-content-type-options nosniff;
               add_header cross-origin-resource-policy cross-origin;
             }}
           }}
         }}",
        pictures = pictures.display()
    );
    let file = folder.join("nginx.conf");
    fs::write(&file, settings)?;
    let mut command = Command::new("nginx");
    command.args(["-e", "stderr", "-c"]).arg(&file).stdin(Stdio::null());
    let child = cores.spawn(&mut command).context("nginx is missing: Debian's package is nginx-light")?;
    Server::answering(child, address)
}

/// A picture of squares, ever smaller ones upon one another: the files it becomes are as large as those of photos.
fn photo() -> anyhow::Result<Vec<u8>> {
    let side = 1200_u16;
    let shade = |x: u32, y: u32, channel: u32| -> u8 {
        let square = |size: u32| {
            let mixed = (x / size * 7919 + y / size * 104_729 + channel * 31 + size).wrapping_mul(2_654_435_761);
            mixed >> 26
        };
        (square(300) + square(75) + square(18) + square(5)).min(255) as u8
    };
    let side_by_side = (0..u32::from(side)).flat_map(|y| (0..u32::from(side)).map(move |x| (x, y)));
    let pixels: Vec<u8> = side_by_side.flat_map(|(x, y)| [0, 1, 2].map(|channel| shade(x, y, channel))).collect();
    let mut file = Vec::new();
    jpeg_encoder::Encoder::new(&mut file, 90).encode(&pixels, side, side, jpeg_encoder::ColorType::Rgb)?;
    Ok(file)
}
