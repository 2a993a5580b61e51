//! The real program, on free ports, in a folder of its own.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tempfile::TempDir;
use time::OffsetDateTime;

use super::database::{Database, drop_database};
use super::{Bucket, Caller, Done, MediaStore, PASSWORD, Visitor};

/// No setting, but what the shell that starts it goes by.
const MAX_FILES: &str = "MAX_FILES";

/// Names the file that says how far ahead of the machine's clock a story's is. Twins and commands go by the same one.
const CLOCK: &str = "TEST_CLOCK";

/// Whether sign-up is guarded.
const GUARD: &str = "PORTICO_SIGNUP_GUARD";

/// A running Portico. When it goes, its log is looked through: no story may make it panic or fail unasked.
pub struct Portico {
    folder: TempDir,
    database: Database,
    media: MediaStore,
    settings: Vec<(String, String)>,
    process: Child,
    log: Arc<Mutex<String>>,
    /// Whether the reader of the log goes away at its next line.
    hung_up: Arc<AtomicBool>,
    url: String,
    internal_url: Option<String>,
    faults_expected: bool,
    /// A twin leaves the database to the one it is a twin of.
    is_twin: bool,
}

impl Portico {
    /// With the settings that strangers start with, but for the guard of sign-up.
    pub async fn start() -> Portico {
        Portico::with(&[]).await
    }

    /// With other settings.
    pub async fn with(settings: &[(&str, &str)]) -> Portico {
        let folder = tempfile::tempdir().expect("a folder for the story");
        let media = MediaStore::create(folder.path());
        let database = Database::create(folder.path()).await;
        Portico::on(folder, media, database, settings).await
    }

    /// On a system that lets it have so many files open and no more.
    pub async fn with_files(most: u32) -> Portico {
        Portico::with(&[(MAX_FILES, &most.to_string())]).await
    }

    /// With its pictures in this part of the tests' bucket.
    pub async fn with_bucket(bucket: Bucket, settings: &[(&str, &str)]) -> Portico {
        let folder = tempfile::tempdir().expect("a folder for the story");
        let database = Database::create(folder.path()).await;
        Portico::on(folder, MediaStore::Bucket(bucket), database, settings).await
    }

    /// Another replica on the same database and media; it goes first.
    pub async fn twin(&self) -> Portico {
        let folder = tempfile::tempdir().expect("a folder for the story");
        let settings: Vec<(&str, &str)> =
            self.settings.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let mut twin = Portico::on(folder, self.media.clone(), self.database.clone(), &settings).await;
        twin.is_twin = true;
        twin
    }

    async fn on(folder: TempDir, media: MediaStore, database: Database, settings: &[(&str, &str)]) -> Portico {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let mut settings: Vec<_> = media.settings().into_iter().chain(settings.iter().map(owned)).collect();
        // Stories fill in forms faster than people do; those about the guard turn it on.
        if !settings.iter().any(|(name, _)| name == GUARD) {
            settings.push((GUARD.to_owned(), "off".to_owned()));
        }
        if !settings.iter().any(|(name, _)| name == CLOCK) {
            settings.push((CLOCK.to_owned(), folder.path().join("clock").display().to_string()));
        }
        let (log, hung_up) = (Arc::default(), Arc::default());
        let process = spawn(folder.path(), &database, &settings, &log, &hung_up);
        let mut portico = Portico {
            folder,
            database,
            media,
            settings,
            process,
            log,
            hung_up,
            url: String::new(),
            internal_url: None,
            faults_expected: false,
            is_twin: false,
        };
        portico.find_addresses(0).await;
        portico
    }

    /// This story breaks something on purpose: errors in the log are what it is about.
    pub fn expect_faults(&mut self) {
        self.faults_expected = true;
    }

    /// An anonymous visitor, with a browser of their own.
    pub fn visitor(&self) -> Visitor {
        Visitor::new(&self.url)
    }

    /// A client at the internal listener.
    pub fn internal(&self) -> Visitor {
        Visitor::new(self.internal_url())
    }

    /// What `/readyz` says, once it answers with this status: what was found out is told for a second.
    pub async fn readiness(&self, status: u16) -> String {
        let start = Instant::now();
        loop {
            let answer = self.visitor().get("/readyz").await;
            if answer.status == status || start.elapsed() > Duration::from_secs(5) {
                return answer.assert_status(status).text();
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// A service that calls by gRPC.
    pub fn caller(&self) -> Caller {
        Caller::new(self.internal_url())
    }

    /// Where the internal listener is.
    pub fn internal_url(&self) -> &str {
        self.internal_url.as_ref().expect("this story has an internal listener")
    }

    /// A user who has just signed up as `username`, with `username@example.org` and [`PASSWORD`].
    pub async fn member(&self, username: &str) -> Visitor {
        let visitor = self.visitor();
        let email = format!("{username}@example.org");
        let answer =
            visitor.submit("/signup", &[("email", &email), ("username", username), ("password", PASSWORD)]).await;
        answer.assert_leads_to("/welcome");
        visitor
    }

    /// The browser of an admin, who signed up like any user and was then promoted by the command line.
    pub async fn admin(&self, username: &str) -> Visitor {
        let visitor = self.member(username).await;
        self.run(&["user", "promote", username], "").assert_done();
        visitor
    }

    /// The browser of a user who has just logged in.
    pub async fn log_in(&self, login: &str, password: &str) -> Visitor {
        let visitor = self.visitor();
        let answer = visitor.submit("/login", &[("login", login), ("password", password)]).await;
        answer.assert_leads_to("/account");
        visitor
    }

    /// Its database.
    pub fn database(&self) -> &Database {
        &self.database
    }

    /// Its folder: the working directory, and as a rule the media folder and a SQLite file.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Where the public listener is.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// The value of a metric without labels, if it is there.
    pub async fn metric(&self, name: &str) -> Option<u64> {
        let metrics = self.internal().get("/metrics").await.text();
        let value = metrics.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '))?;
        Some(value.parse().unwrap())
    }

    /// What the system says of the memory of the process, in kilobytes: `VmRSS` is what it has, `RssAnon` what it has
    /// written to.
    pub fn memory(&self, kind: &str) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix(kind)?.strip_prefix(':')).unwrap();
        line.trim().trim_end_matches(" kB").parse().unwrap()
    }

    /// Everything it has logged.
    pub fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    /// The last line of its log that holds `words`, once there is one: it writes while the story goes on.
    pub async fn logged(&self, words: &str) -> String {
        let start = Instant::now();
        loop {
            if let Some(line) = self.log().lines().rev().find(|line| line.contains(words)) {
                return line.to_owned();
            }
            assert!(start.elapsed() < Duration::from_secs(10), "nothing of {words:?} in the log:\n{}", self.log());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// The reader of its log goes away with the next line: from then on standard error is a pipe that no consumer
    /// reads.
    pub fn hang_up_on_its_log(&self) {
        self.hung_up.store(true, Ordering::Relaxed);
    }

    /// The picture files there are, working copies included, without the sentinel that readiness writes.
    pub fn picture_files(&self) -> Vec<PathBuf> {
        files_below(&self.media.folder().join("pictures"))
    }

    /// Where the files of its picture store lie, whatever store that is.
    pub fn media(&self) -> PathBuf {
        self.media.folder()
    }

    /// The same to be started and stopped by the story.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_portico"));
        configure(&mut command, self.folder.path(), &self.database, &self.settings).args(arguments);
        command
    }

    /// A visitor at another address of the program.
    pub fn visitor_at(url: &str) -> Visitor {
        Visitor::new(url)
    }

    /// Another command of the same program on the same database and media.
    pub fn run(&self, arguments: &[&str], input: &str) -> Done {
        Done::of(self.command(arguments), input)
    }

    /// Sends a signal by its name, such as `TERM`.
    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([&format!("-{name}"), &self.process.id().to_string()]).status();
        assert!(sent.expect("kill runs").success());
    }

    /// Waits until it has ended by itself.
    pub async fn ended(&mut self) -> ExitStatus {
        let start = Instant::now();
        loop {
            if let Some(status) = self.process.try_wait().unwrap() {
                return status;
            }
            assert!(start.elapsed() < Duration::from_secs(20), "Portico does not end. Its log:\n{}", self.log());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// As a power cut would: no goodbye.
    pub fn kill(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }

    /// Lets so much time pass, at once. Clocks that are not ours stay where they are: those of the database, of Redis,
    /// of the file system and of connections.
    pub fn advance(&self, time: Duration) {
        self.move_clock(self.ahead() + time);
    }

    /// Goes back, so that what is done next was done so long ago.
    pub fn turn_back(&self, time: Duration) {
        self.move_clock(self.ahead() - time);
    }

    /// The time by the clock that it goes by.
    pub fn now(&self) -> OffsetDateTime {
        #[expect(clippy::disallowed_methods, reason = "what a story adds to it is known here alone")]
        let now = OffsetDateTime::now_utc();
        now + self.ahead()
    }

    fn clock(&self) -> &Path {
        let (_, file) = self.settings.iter().find(|(name, _)| name == CLOCK).expect("every story has a clock");
        Path::new(file)
    }

    fn ahead(&self) -> time::Duration {
        let seconds = std::fs::read_to_string(self.clock()).map_or(0, |text| text.parse().expect("seconds"));
        time::Duration::seconds(seconds)
    }

    fn move_clock(&self, ahead: time::Duration) {
        if !cfg!(debug_assertions) {
            panic!("nobody moves the clock of a release: run the tests without --release");
        }
        // Whole or not at all: a program may read it at any moment.
        let next = self.clock().with_extension("next");
        std::fs::write(&next, ahead.whole_seconds().to_string()).unwrap();
        std::fs::rename(next, self.clock()).unwrap();
    }

    /// Another value of a setting, from the next start on.
    pub fn set(&mut self, name: &str, value: &str) {
        self.settings.push((name.to_owned(), value.to_owned()));
    }

    /// Starts again on the same folder and database.
    pub async fn restart(&mut self) {
        self.kill();
        let seen = self.log().len();
        self.process = spawn(self.folder.path(), &self.database, &self.settings, &self.log, &self.hung_up);
        self.find_addresses(seen).await;
    }

    async fn find_addresses(&mut self, from: usize) {
        let start = Instant::now();
        loop {
            let log = self.log()[from..].to_owned();
            // Its listeners are the last thing it says before it serves; with an https address people come by a proxy.
            let public = after(&log, "the public listener is at ")
                .or_else(|| after(&log, "Portico is open at ").filter(|_| log.contains("accounts are kept")));
            let internal = after(&log, "the internal listener is at ");
            let wants_internal =
                !self.settings.iter().any(|(name, value)| name == "PORTICO_INTERNAL_LISTEN" && value == "off");
            let proxied = self.settings.iter().any(|(name, _)| name == "PORTICO_PUBLIC_URL");
            if let Some(url) = public
                && (internal.is_some() || !wants_internal)
                && (!proxied || log.contains("the public listener is at"))
            {
                self.url = url;
                self.internal_url = internal;
                return;
            }
            let ended = self.process.try_wait().unwrap();
            assert!(ended.is_none(), "Portico ended with {ended:?}. Its log:\n{log}");
            assert!(start.elapsed() < Duration::from_secs(30), "Portico does not start. Its log:\n{log}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

impl Drop for Portico {
    fn drop(&mut self) {
        self.kill();
        if !self.is_twin {
            drop_database(&self.database);
        }
        let log = self.log();
        if std::thread::panicking() {
            eprintln!("The log of Portico:\n{log}");
            return;
        }
        assert!(!log.contains("panicked"), "Portico panicked. Its log:\n{log}");
        let faults = log.contains("\"level\":\"ERROR\"");
        assert!(self.faults_expected || !faults, "Portico logged an error nobody expected:\n{log}");
    }
}

/// A command without anything of the tests' own environment: an unknown `PORTICO_*` variable would stop it.
pub fn clean(command: &mut Command) -> &mut Command {
    command
        .env_clear()
        .env("PORTICO_LISTEN", "127.0.0.1:0")
        .env("PORTICO_INTERNAL_LISTEN", "127.0.0.1:0")
        .env("SECRET_KEY", "for these stories only: 32 bytes or more")
}

fn configure<'c>(
    command: &'c mut Command,
    folder: &Path,
    database: &Database,
    settings: &[(String, String)],
) -> &'c mut Command {
    clean(command)
        .current_dir(folder)
        .env("DATABASE_URL", database.url())
        .envs(settings.iter().map(|(name, value)| (name, value)))
}

fn spawn(
    folder: &Path,
    database: &Database,
    settings: &[(String, String)],
    log: &Arc<Mutex<String>>,
    hung_up: &Arc<AtomicBool>,
) -> Child {
    // A file that may not grow then fails to be written, as on a full disk, instead of ending the process.
    let mut command = Command::new("sh");
    let script = format!("trap '' XFSZ; ulimit -n ${{{MAX_FILES}:-$(ulimit -Hn)}} && exec \"$0\"");
    command.args(["-c", &script, env!("CARGO_BIN_EXE_portico")]);
    configure(&mut command, folder, database, settings);
    let mut process = command.stdin(Stdio::null()).stderr(Stdio::piped()).spawn().expect("portico runs");
    let lines = BufReader::new(process.stderr.take().unwrap()).lines();
    let (log, hung_up) = (Arc::clone(log), Arc::clone(hung_up));
    std::thread::spawn(move || {
        for line in lines.map_while(Result::ok) {
            if hung_up.load(Ordering::Relaxed) {
                return;
            }
            let mut log = log.lock().unwrap();
            log.push_str(&line);
            log.push('\n');
        }
    });
    process
}

fn after(log: &str, mark: &str) -> Option<String> {
    let rest = log.split(mark).nth(1)?;
    Some(rest.split(['"', '\n', ' ']).next()?.to_owned())
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() { files.extend(files_below(&path)) } else { files.push(path) }
    }
    files.sort();
    files
}
