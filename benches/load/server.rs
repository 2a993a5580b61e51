//! Starting what is measured: each server a process of its own, on a core of its own.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::Context as _;
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

use super::client::{Connection, get, post};

/// What the line in the log says before the address.
const OPEN: &str = "is open at http://";
/// The password of all accounts here.
pub(crate) const PASSWORD: &str = "purple otter in the rain";

/// The cores in use: one for what is measured, another for the load. On a machine of one core they are the same.
#[derive(Clone, Copy)]
pub(crate) struct Cores {
    pub(crate) server: usize,
    pub(crate) load: usize,
}

/// A running server; killed when dropped.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: SocketAddr,
}

/// A folder for a server's data; removed when dropped.
pub(crate) struct Folder(PathBuf);

impl Cores {
    /// Picks two of the cores this program may use, and keeps the load to its own.
    pub(crate) fn pick() -> anyhow::Result<Cores> {
        let allowed = sched_getaffinity(None)?;
        let allowed: Vec<usize> = (0..CpuSet::MAX_CPU).filter(|core| allowed.is_set(*core)).collect();
        let (server, load) = (*allowed.first().context("a core")?, *allowed.last().context("a core")?);
        pin(load)?;
        Ok(Cores { server, load })
    }

    /// Starts a program on the server's core: a child inherits the core of the thread that starts it.
    pub(crate) fn spawn(self, command: &mut Command) -> anyhow::Result<Child> {
        pin(self.server)?;
        let child = command.spawn();
        pin(self.load)?;
        Ok(child?)
    }
}

fn pin(core: usize) -> anyhow::Result<()> {
    let mut set = CpuSet::new();
    set.set(core);
    Ok(sched_setaffinity(None, &set)?)
}

impl Server {
    /// Portico itself, as it comes, but without limits on tries; everything it keeps is in `folder`.
    pub(crate) fn portico(cores: Cores, folder: &Path) -> anyhow::Result<Server> {
        Server::portico_with(cores, folder, &[])
    }

    /// The same, with settings.
    pub(crate) fn portico_with(cores: Cores, folder: &Path, settings: &[(&str, &str)]) -> anyhow::Result<Server> {
        Server::start(cores, portico(folder).env("PORTICO_INTERNAL_LISTEN", "off").envs(settings.iter().copied()), OPEN)
    }

    /// The same, at its internal listener.
    pub(crate) fn portico_inside(cores: Cores, folder: &Path) -> anyhow::Result<Server> {
        let mark = "the internal listener is at http://";
        // One thread hashes, as there is one core.
        let one = [("PORTICO_INTERNAL_LISTEN", "127.0.0.1:0"), ("PORTICO_PASSWORD_WORKERS", "1")];
        Server::start(cores, portico(folder).envs(one), mark)
    }

    /// This program in its role as the bare gRPC service.
    pub(crate) fn bare_grpc(cores: Cores, folder: &Path) -> anyhow::Result<Server> {
        Server::start(cores, Command::new(std::env::current_exe()?).arg("bare-grpc").arg(folder), OPEN)
    }

    /// What it is compared with: this program in its role as the bare handler.
    pub(crate) fn bare(cores: Cores, folder: &Path) -> anyhow::Result<Server> {
        let mut command = Command::new(std::env::current_exe()?);
        Server::start(cores, command.arg("bare").arg(folder), OPEN)
    }

    fn start(cores: Cores, command: &mut Command, mark: &str) -> anyhow::Result<Server> {
        let mut child = cores.spawn(command.stdin(Stdio::null()).stderr(Stdio::piped()))?;
        let mut log = BufReader::new(child.stderr.take().context("its log")?);
        let mut line = String::new();
        let address = loop {
            line.clear();
            anyhow::ensure!(log.read_line(&mut line)? > 0, "the server ended at its start");
            if let Some((_, rest)) = line.split_once(mark) {
                let end = rest.find(|letter: char| !matches!(letter, '0'..='9' | '.' | ':')).unwrap_or(rest.len());
                break rest[..end].parse()?;
            }
        };
        // The log must be read, or the server waits for a full pipe.
        std::thread::spawn(move || std::io::copy(&mut log, &mut std::io::sink()));
        Ok(Server { child, address })
    }

    /// Any other server, once it takes connections.
    pub(crate) fn answering(child: Child, address: SocketAddr) -> anyhow::Result<Server> {
        let server = Server { child, address };
        for _ in 0..100 {
            if std::net::TcpStream::connect(address).is_ok() {
                return Ok(server);
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        anyhow::bail!("no server at {address}")
    }

    /// Its process id.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Logs a user in and gives their browser's cookies.
    pub(crate) fn log_in(&self, name: &str) -> anyhow::Result<String> {
        let answer = Connection::open(self.address)?.expect(303, &log_in(name))?;
        answer.set_cookie("portico").context("a session")
    }

    /// The processor time it has used, in all its threads.
    pub(crate) fn cpu(&self) -> anyhow::Result<Duration> {
        cpu(&self.child.id().to_string())
    }

    /// The memory it holds now, in megabytes (of a million bytes).
    pub(crate) fn memory(&self) -> anyhow::Result<f64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("a line of memory")?;
        Ok(line.trim().trim_end_matches("kB").trim().parse::<f64>()? * 1.024 / 1000.0)
    }

    /// Signs a user up and gives the cookies of a browser logged in as them.
    pub(crate) fn member(&self, name: &str) -> anyhow::Result<String> {
        let mut connection = Connection::open(self.address)?;
        let form = format!("username={name}&email={name}%40example.org&password={}", PASSWORD.replace(' ', "+"));
        connection.expect(303, &post("/signup", &form))?;
        let answer = connection.expect(303, &log_in(name))?;
        let cookie = answer.set_cookie("portico").context("a session")?;
        connection.expect(200, &get("/account", &cookie, false))?;
        Ok(cookie)
    }
}

pub(crate) fn portico(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_portico"));
    let settings = [("PORTICO_LISTEN", "127.0.0.1:0"), ("PORTICO_RATE_LIMITS", "off"), ("PORTICO_SIGNUP_GUARD", "off")];
    command.current_dir(folder).env_clear().envs(settings);
    command
}

/// The request with which a user logs in.
pub(crate) fn log_in(name: &str) -> Vec<u8> {
    post("/login", &format!("login={name}&password={}", PASSWORD.replace(' ', "+")))
}

/// The processor time that a process (`self` for this one) has used, in all its threads.
pub(crate) fn cpu(process: &str) -> anyhow::Result<Duration> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat"))?;
    // proc(5): after the name in brackets, utime and stime are the 12th and 13th, in hundredths of a second.
    let fields: Vec<&str> = stat.rsplit_once(')').context("a stat line")?.1.split_whitespace().collect();
    Ok(Duration::from_millis((fields[11].parse::<u64>()? + fields[12].parse::<u64>()?) * 10))
}

impl Folder {
    pub(crate) fn new(name: &str) -> anyhow::Result<Folder> {
        let path = std::env::temp_dir().join(format!("portico-{name}-{}", std::process::id()));
        fs::create_dir_all(&path)?;
        Ok(Folder(path))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
