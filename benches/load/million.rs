//! What the admins' list costs with a million people in it: list, search, next page and one person's page, and whether
//! logging in and a signed-in page cost what they cost with a thousand.
//!
//! `million` fills a SQLite file, `million postgres://…` an empty PostgreSQL database on this machine; a number is how
//! many people instead.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use sqlx::Connection as _;

use super::client::{Connection, get};
use super::pages::load;
use super::server::{self, Cores, Folder, Server};
use super::table;

const FEW: u64 = 1_000;
const MANY: u64 = 1_000_000;
const PAGE: &str = "/account/profile";
const LOG_INS: usize = 150;
const ORDINARY_ROUNDS: usize = 7;
const ROUNDS: usize = 3;

/// What is searched for, by kind.
const SEARCHES: &[(&str, &[&str])] = &[
    ("a name", &["anna", "søren", "Дмитрий", "Γιώργος", "محمد", "zoë", "priya", "şeyma", "秀英", "björn"]),
    (
        "a rare substring",
        &["quizan", "wesxi", "stixi", "zanquiul", "yorwesko", "qui77", "xixiwes", "88123", "zanyor", "lundqui"],
    ),
    (
        "two words",
        &[
            "anna karos",
            "james wes",
            "rené zan",
            "noah lundxi",
            "Елена yor",
            "maria qui",
            "olivia beksti",
            "kwame wes",
            "jose xi",
            "wei karos",
        ],
    ),
    ("one or two letters", &["a", "ka", "z", "xi", "q", "we", "ж", "ал", "m", "yo"]),
    (
        "an e-mail's domain",
        &[
            "example.org",
            "uni.example",
            "@post",
            "mail.example",
            ".net",
            "example.com",
            "post.e",
            "@uni",
            "@mail",
            ".org",
        ],
    ),
    (
        "nobody",
        &["nobody-here", "zzzz", "qqqq", "щщщ", "123456789012", "anna nobody", "@nowhere", "%%%", "___", "🚀🚀🚀"],
    ),
];

/// The time that requests of a kind took, in milliseconds: of the processors, and in all.
#[derive(Default)]
struct Costs {
    cpu: Vec<f64>,
    whole: Vec<f64>,
}

/// The database that the people are in.
enum Place {
    File,
    Server(String),
}

pub(crate) fn run(words: &[String]) -> anyhow::Result<()> {
    let cores = Cores::pick()?;
    let place =
        words.iter().find(|word| word.starts_with("postgres")).map_or(Place::File, |url| Place::Server(url.clone()));
    let many = words.iter().find_map(|word| word.parse().ok()).unwrap_or(MANY);
    let (folder, small) = (Folder::new("million")?, Folder::new("thousand")?);
    let beside = place.beside()?;
    fill(&small, &beside, FEW)?;
    create_admin(&small, &beside)?;
    let start = Instant::now();
    fill(&folder, &place, many)?;
    println!("{many} people were made in {:.0} s", start.elapsed().as_secs_f64());
    create_admin(&folder, &place)?;
    settle(&place)?;
    ordinary(cores, [(&small, &beside), (&folder, &place)])?;
    list(cores, &folder, &place)
}

impl Place {
    /// A place like it, for the few.
    fn beside(&self) -> anyhow::Result<Place> {
        let Place::Server(url) = self else { return Ok(Place::File) };
        let (server, name) = url.rsplit_once('/').context("a database's name")?;
        let few = format!("{name}_few");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async {
            let mut connection = sqlx::PgConnection::connect(url).await?;
            sqlx::raw_sql(sqlx::AssertSqlSafe(format!("create database {few}"))).execute(&mut connection).await
        })?;
        Ok(Place::Server(format!("{server}/{few}")))
    }
}

/// Waits until the database has tidied up behind so many rows.
fn settle(place: &Place) -> anyhow::Result<()> {
    let mut quiet = 0;
    while quiet < 5 {
        let before = backends(place)?;
        std::thread::sleep(Duration::from_secs(2));
        quiet = if backends(place)?.saturating_sub(before) < Duration::from_millis(20) { quiet + 1 } else { 0 };
    }
    Ok(())
}

fn settings(place: &Place) -> Vec<(&str, &str)> {
    let mut settings = vec![("SECRET_KEY", "for this measurement only: 32 bytes or more")];
    if let Place::Server(url) = place {
        settings.push(("DATABASE_URL", url));
    }
    settings
}

fn command(folder: &Folder, place: &Place, arguments: &[&str]) -> Command {
    let mut command = server::portico(folder.path());
    command.envs(settings(place)).args(arguments);
    command
}

fn fill(folder: &Folder, place: &Place, users: u64) -> anyhow::Result<()> {
    let users = users.to_string();
    ensure!(command(folder, place, &["seed", "--users", &users]).status()?.success(), "the people cannot be made");
    Ok(())
}

fn create_admin(folder: &Folder, place: &Place) -> anyhow::Result<()> {
    use std::io::Write as _;
    let mut create = command(folder, place, &["user", "create", "--username", "boss", "--admin"]);
    let mut child = create.stdin(std::process::Stdio::piped()).spawn()?;
    child.stdin.take().context("its input")?.write_all(server::PASSWORD.as_bytes())?;
    ensure!(child.wait()?.success(), "the admin cannot be made");
    Ok(())
}

/// What a signed-in page and a log-in cost with few people and with many. The one and the other in turns: the machine
/// is not equally fast from minute to minute.
fn ordinary(cores: Cores, places: [(&Folder, &Place); 2]) -> anyhow::Result<()> {
    let request = |server: &Server| anyhow::Ok(get(PAGE, &server.log_in("boss")?, false));
    let start = |(folder, place): (&Folder, &Place)| Server::portico_with(cores, folder.path(), &settings(place));
    let servers = [start(places[0])?, start(places[1])?];
    let requests = [request(&servers[0])?, request(&servers[1])?];
    let mut connections = [Connection::open(servers[0].address)?, Connection::open(servers[1].address)?];
    let (mut pages, mut log_ins) = ([const { Vec::new() }; 2], [const { Vec::new() }; 2]);
    for round in 0..=ORDINARY_ROUNDS {
        for (at, server) in servers.iter().enumerate() {
            let database = backends(places[at].1)?;
            let own = load(server, &requests[at])?;
            // As many requests as `load` makes.
            let page = own + (backends(places[at].1)? - database).as_secs_f64() * 1e6 / 4_000.0;
            // The first round warms up.
            if round > 0 {
                pages[at].push(page);
            }
        }
    }
    for turn in 0..=LOG_INS {
        for (at, server) in servers.iter().enumerate() {
            let before = spent(server, places[at].1)?;
            connections[at].expect(303, &server::log_in("boss"))?;
            let log_in = (spent(server, places[at].1)? - before).as_secs_f64() * 1e6;
            if turn > 0 {
                log_ins[at].push(log_in);
            }
        }
    }
    let row = |what: &str, costs: &[Vec<f64>; 2]| {
        let [few, many] = [table::median(&costs[0]), table::median(&costs[1])];
        vec![what.to_owned(), format!("{few:.0}"), format!("{many:.0}"), format!("{:.3}", many / few)]
    };
    table::print(
        "Processor time of the server and the database, µs",
        &["", "1,000 people", "all", "ratio"],
        &[row("a signed-in page (the profile)", &pages), row("a log-in", &log_ins)],
    );
    Ok(())
}

fn list(cores: Cores, folder: &Folder, place: &Place) -> anyhow::Result<()> {
    let server = Server::portico_with(cores, folder.path(), &settings(place))?;
    let cookie = server.log_in("boss")?;
    let mut connection = Connection::open(server.address)?;
    let mut ask = |path: &str, costs: &mut Costs| -> anyhow::Result<String> {
        let (before, start) = (spent(&server, place)?, Instant::now());
        let answer = connection.expect(200, &get(path, &cookie, false))?;
        costs.whole.push(start.elapsed().as_secs_f64() * 1e3);
        costs.cpu.push((spent(&server, place)? - before).as_secs_f64() * 1e3);
        Ok(String::from_utf8_lossy(&answer.body).into_owned())
    };
    let mut unmeasured = Costs::default();
    ask("/admin/users", &mut unmeasured)?;
    let (mut first, mut filtered, mut next, mut detail) = Default::default();
    let mut searches: Vec<(&str, Costs)> = SEARCHES.iter().map(|(kind, _)| (*kind, Costs::default())).collect();
    for _ in 0..ROUNDS {
        for sort in ["newest", "oldest", "name", "-name"] {
            let mut page = ask(&format!("/admin/users?sort={sort}"), &mut first)?;
            ask(&format!("/admin/users?sort={sort}&status=disabled"), &mut filtered)?;
            for _ in 0..5 {
                let path = attribute(&page, "\" rel=\"next\"").context("a next page")?;
                page = ask(&path, &mut next)?;
                let id = page.split("href=\"/admin/users/").nth(3).and_then(|rest| rest.split('"').next());
                ask(&format!("/admin/users/{}", id.context("a person")?), &mut detail)?;
            }
        }
        for ((_, costs), (_, texts)) in searches.iter_mut().zip(SEARCHES) {
            for text in *texts {
                let query: String = url::form_urlencoded::byte_serialize(text.as_bytes()).collect();
                let page = ask(&format!("/admin/users?q={query}"), costs)?;
                if let Some(path) = attribute(&page, "\" rel=\"next\"") {
                    ask(&path, &mut next)?;
                }
            }
        }
    }
    let row = |what: &str, costs: &Costs| {
        let sorted = |times: &[f64]| {
            let mut times = times.to_vec();
            times.sort_by(f64::total_cmp);
            times
        };
        let (cpu, whole) = (sorted(&costs.cpu), sorted(&costs.whole));
        vec![
            what.to_owned(),
            cpu.len().to_string(),
            format!("{:.1}", table::median(&cpu)),
            format!("{:.1}", table::quantile(&cpu, 0.99)),
            format!("{:.1}", table::median(&whole)),
            format!("{:.1}", table::quantile(&whole, 0.99)),
        ]
    };
    let mut rows = vec![row("the list, in four orders", &first), row("only disabled accounts", &filtered)];
    rows.extend(searches.iter().map(|(kind, costs)| row(&format!("search: {kind}"), costs)));
    let all = searches.into_iter().fold(Costs::default(), |mut all, (_, costs)| {
        all.cpu.extend(costs.cpu);
        all.whole.extend(costs.whole);
        all
    });
    rows.extend([row("all searches", &all), row("the next page", &next), row("one person's page", &detail)]);
    let columns = ["", "times", "processor, median", "p99", "answer, median", "p99"];
    table::print("The admins' list, milliseconds; processor time is the server's and the database's", &columns, &rows);
    Ok(())
}

/// The value of the attribute that ends where `end` begins.
fn attribute(page: &str, end: &str) -> Option<String> {
    let before = &page[..page.find(end)?];
    Some(before.rsplit('"').next()?.replace("&amp;", "&").replace("&#38;", "&"))
}

/// The processor time of the server and the database.
fn spent(server: &Server, place: &Place) -> anyhow::Result<Duration> {
    Ok(run_time(&server.id().to_string())? + backends(place)?)
}

/// The processor time of PostgreSQL's processes that work on this database.
fn backends(place: &Place) -> anyhow::Result<Duration> {
    let Place::Server(url) = place else { return Ok(Duration::ZERO) };
    let name = url.rsplit('/').next().and_then(|name| name.split('?').next()).context("a database's name")?;
    let mut time = Duration::ZERO;
    for process in std::fs::read_dir("/proc")? {
        let process = process?.file_name();
        let Some(process) = process.to_str().filter(|name| name.bytes().all(|digit| digit.is_ascii_digit())) else {
            continue;
        };
        let title = std::fs::read_to_string(Path::new("/proc").join(process).join("cmdline")).unwrap_or_default();
        if title.starts_with("postgres:") && title.split_whitespace().any(|word| word == name) {
            time += run_time(process).unwrap_or_default();
        }
    }
    Ok(time)
}

/// The time that all threads of a process have run, to the nanosecond.
fn run_time(process: &str) -> anyhow::Result<Duration> {
    let mut time = Duration::ZERO;
    for task in std::fs::read_dir(format!("/proc/{process}/task"))? {
        // A thread may end meanwhile; those of the pools do not.
        let Ok(stat) = std::fs::read_to_string(task?.path().join("schedstat")) else { continue };
        time += Duration::from_nanos(stat.split_whitespace().next().context("a time")?.parse()?);
    }
    Ok(time)
}
