//! The command line: one file a command. Every setting is an option too.

/// Writes a line to standard output. It fails where the reader is gone, as behind `| head`.
macro_rules! say {
    ($($what:tt)*) => { std::io::Write::write_fmt(&mut std::io::stdout(), format_args!("{}\n", format_args!($($what)*))) };
}

mod bench;
mod config;
mod doctor;
mod events;
mod export;
mod import;
mod mail;
mod migrate;
mod move_db;
mod passwords;
mod progress;
mod running;
mod secret_key;
mod seed;
mod serve;
mod user;
mod webhook;

use std::fs::File;
use std::io::BufWriter;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use clap::{Arg, ArgMatches, Args, Command, FromArgMatches, Parser, Subcommand};

use crate::app::App;
use crate::clock::Clock;
use crate::config::{SETTINGS, Setting, Settings, Values};
use crate::http;
use crate::media::Media;
use crate::private;
use crate::store::Db;

/// The front door of an application: accounts, profile pictures, and the pages people meet them on.
#[derive(Parser)]
#[command(name = "portico", version, subcommand_required = false)]
struct Portico {
    #[command(flatten)]
    options: Options,
    #[command(subcommand)]
    command: Option<Wanted>,
}

#[derive(Subcommand)]
enum Wanted {
    #[command(flatten)]
    Task(Task),
    /// Load a throwaway installation with all kinds of requests, and print how long answers took
    ///
    /// It opens accounts of its own, asks for pages, pictures, tokens, log-ins and, with --grpc, Info, as fast as
    /// answers come, and deletes the accounts in the end. For a throwaway installation, never for one in use: it takes
    /// what there is of the machine, and what it does stands in the audit log. The installation must let people sign
    /// up, without confirming their address, and speak the Django dialect; PORTICO_RATE_LIMITS=off has it measure more
    /// than the limits. Answers that say to come later (429, 503) count as refused, wrong ones as errors, and latencies
    /// are of the others.
    Bench(bench::Bench),
}

/// What is done with an installation and its settings.
#[derive(Subcommand)]
enum Task {
    /// Serve pages and APIs (what `portico` alone does)
    Serve,
    /// Bring the database's schema up to date, and stop
    Migrate,
    /// Print the settings in force and where each came from, secrets masked
    Config,
    /// Check settings, database, media store and clock, and say how to mend what is wrong
    Doctor(doctor::Doctor),
    /// Create, list and change accounts
    #[command(subcommand)]
    User(user::User),
    /// Take accounts in from another service, or from Portico's own export
    Import(import::Import),
    /// Write all accounts to a file, password hashes included
    Export(export::Export),
    /// Move a SQLite installation to PostgreSQL
    MoveDb(move_db::MoveDb),
    /// Fill the database with made-up accounts, for load tests
    Seed(seed::Seed),
    /// See what waits for whom, and deliver it once more
    #[command(subcommand)]
    Events(events::Events),
    /// See whether mail arrives and what waits, and try it at once
    #[command(subcommand)]
    Mail(mail::Mail),
    /// Build what new passwords are held against
    #[command(subcommand)]
    Passwords(passwords::Passwords),
    /// Send events to other services by HTTPS
    #[command(subcommand)]
    Webhook(webhook::Webhook),
}

/// `--config`, and one option for each setting.
#[derive(Default)]
struct Options {
    config: Option<PathBuf>,
    settings: Vec<(&'static Setting, String)>,
}

impl FromArgMatches for Options {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Options, clap::Error> {
        let value = |name: &str| matches.get_one::<String>(name).cloned();
        Ok(Options {
            config: value("config").map(PathBuf::from),
            settings: SETTINGS.iter().filter_map(|setting| Some((setting, value(setting.name)?))).collect(),
        })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Options::from_arg_matches(matches)?;
        Ok(())
    }
}

impl Args for Options {
    fn augment_args(command: Command) -> Command {
        let file = Arg::new("config")
            .long("config")
            .value_name("FILE")
            .global(true)
            .help("Read settings from this file [default: portico.toml if it is there]");
        SETTINGS.iter().fold(command.arg(file), |command, setting| {
            let default =
                if setting.default.is_empty() { String::new() } else { format!(" [default: {}]", setting.default) };
            let help = format!("{}{default} [env: {}]", setting.meaning.trim(), setting.name);
            // Shown by --help, not by -h: there are many.
            command.arg(
                Arg::new(setting.name)
                    .long(setting.option())
                    .value_name("VALUE")
                    .help(help)
                    .help_heading("Settings")
                    .global(true)
                    .hide_short_help(true),
            )
        })
    }

    fn augment_args_for_update(command: Command) -> Command {
        Options::augment_args(command)
    }
}

/// Runs the command that the process was started with.
pub fn run() -> ExitCode {
    private::by_default();
    let arguments = Portico::parse();
    match execute(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if is_unread(&error) => ExitCode::SUCCESS,
        Err(error) => {
            crate::log::tell(format_args!("portico: {error:#}"));
            if error.is::<Incomplete>() { ExitCode::from(3) } else { ExitCode::FAILURE }
        }
    }
}

/// A command did what it could, and refused some of its records: code 3.
#[derive(Debug, thiserror::Error)]
#[error("{0} of {1} records were refused, as listed")]
struct Incomplete(u64, u64);

/// A closed pipe: the reader has read enough.
fn is_unread(error: &anyhow::Error) -> bool {
    error.downcast_ref::<std::io::Error>().is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
}

fn execute(arguments: Portico) -> anyhow::Result<()> {
    let Options { config, settings } = arguments.options;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let task = match arguments.command {
        None => Task::Serve,
        Some(Wanted::Task(task)) => task,
        // It looks at an installation from outside: whatever settings are here are not that one's.
        Some(Wanted::Bench(_)) if config.is_some() || !settings.is_empty() => {
            bail!("bench knows no settings: give them to the installation that it is to load")
        }
        Some(Wanted::Bench(bench)) => return runtime.block_on(bench.run()),
    };
    let environment = std::env::vars_os();
    let (settings, values) = crate::config::load(settings, environment, config.as_deref(), &http::dialect_names())?;
    runtime.block_on(perform(task, settings, &values)).map_err(|error| {
        // What a library says of an address may hold all of it.
        let (said, told) = (format!("{error:#}"), values.redact(&format!("{error:#}")));
        if said == told { error } else { anyhow::Error::msg(told) }
    })
}

async fn perform(task: Task, settings: Settings, values: &Values) -> anyhow::Result<()> {
    match task {
        Task::Serve => serve::run(settings).await,
        Task::Migrate => migrate::run(settings).await,
        Task::Config => config::run(values),
        Task::Doctor(doctor) => doctor.run(settings).await,
        Task::User(user) => user.run(settings).await,
        Task::Import(import) => Box::pin(import.run(settings)).await,
        Task::Export(export) => export.run(settings).await,
        Task::MoveDb(move_db) => Box::pin(move_db.run(settings)).await,
        Task::Seed(seed) => seed.run(settings).await,
        Task::Events(events) => events.run(settings).await,
        Task::Mail(mail) => mail.run(settings).await,
        Task::Passwords(passwords) => passwords.run(),
        Task::Webhook(webhook) => webhook.run(settings).await,
    }
}

/// A new file that only its owner can read. One that is there is not overwritten.
fn private_file(path: &PathBuf) -> anyhow::Result<BufWriter<File>> {
    let file = File::options().write(true).create_new(true).mode(0o600).open(path);
    Ok(BufWriter::new(file.with_context(|| format!("{} cannot be made", path.display()))?))
}

/// The parts of the program for a command that may make an installation: database up to date, media open.
async fn open(settings: Settings) -> anyhow::Result<App> {
    let db = Db::open(&settings).await?;
    app(settings, db).await
}

/// The same for one that works on what is there: in another folder than the server's it would find no account in a
/// database that it had just made.
async fn open_existing(settings: Settings) -> anyhow::Result<App> {
    let db = Db::open_existing(&settings).await?;
    app(settings, db).await
}

async fn app(mut settings: Settings, db: Db) -> anyhow::Result<App> {
    db.migrate().await?;
    let media = Media::open(&settings.media_url, settings.media_public_url.as_ref()).await?;
    let secret_key = secret_key::load(&mut settings)?;
    let public_url = match &settings.public_url {
        Some(url) => url.clone(),
        None => format!("http://{}", settings.listen).parse()?,
    };
    App::new(settings, secret_key, public_url, db, media, http::dialects(), Clock::from_environment())
}
