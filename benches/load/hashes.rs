//! Work beside the same passwords hashed with nothing else on the core. The machine's speed may wander by a fifth from
//! one second to the next, so both have short turns, and what is compared is the sum of them.

use std::io::{BufRead as _, BufReader};
use std::ops::AddAssign;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use portico::model::password::Password;
use portico::passwords::Passwords;

use super::server::{Cores, cpu};

const ROUNDS: usize = 25;
const LENGTH: Duration = Duration::from_secs(1);

/// How much was done, in what time, and with how much of the processor's.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Done {
    pub(crate) count: f64,
    pub(crate) time: Duration,
    pub(crate) processor: Duration,
}

impl Done {
    /// In a second.
    pub(crate) fn by_clock(self) -> f64 {
        self.count / self.time.as_secs_f64()
    }

    /// In a second of processor time.
    pub(crate) fn by_processor(self) -> f64 {
        self.count / self.processor.as_secs_f64()
    }
}

impl AddAssign for Done {
    fn add_assign(&mut self, other: Done) {
        self.count += other.count;
        self.time += other.time;
        self.processor += other.processor;
    }
}

/// The columns of [`row`].
pub(crate) const COLUMNS: &[&str] = &["", "hashes", "all of it", "ratio"];

/// A row of a table that compares both.
pub(crate) fn row(what: &str, hashes: f64, worked: f64) -> Vec<String> {
    vec![what.to_owned(), format!("{hashes:.1}"), format!("{worked:.1}"), format!("{:.3}", worked / hashes)]
}

/// Hashes and `work`, whose turns are to be two seconds long, in turns.
pub(crate) fn beside(cores: Cores, mut work: impl FnMut() -> anyhow::Result<Done>) -> anyhow::Result<(Done, Done)> {
    let (mut hashes, mut worked) = (Done::default(), Done::default());
    for _ in 0..ROUNDS {
        hashes += turn(cores)?;
        worked += work()?;
        hashes += turn(cores)?;
    }
    Ok((hashes, worked))
}

/// A second of hashing in a process of its own.
fn turn(cores: Cores) -> anyhow::Result<Done> {
    let mut command = Command::new(std::env::current_exe()?);
    let mut child = cores.spawn(command.arg("hashes").stdout(Stdio::piped()))?;
    let mut line = String::new();
    BufReader::new(child.stdout.take().context("its result")?).read_line(&mut line)?;
    child.wait()?;
    let mut numbers = line.split_whitespace().map(str::parse::<f64>);
    let mut next = || numbers.next().context("a number")?.context("a number");
    let count = next()?;
    Ok(Done { count, time: Duration::from_secs_f64(next()?), processor: Duration::from_secs_f64(next()?) })
}

/// The program in its role as the hasher: the same workers, always with work, and nothing else.
pub(crate) fn hash() -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    runtime.block_on(async {
        let passwords = Passwords::start(1, 8, false);
        let password =
            Password::typed("purple otter in the rain".to_owned()).map_err(|problem| anyhow::anyhow!("{problem:?}"))?;
        passwords.hash(&password, None).await.map_err(|_| anyhow::anyhow!("the queue was full"))?;
        let (start, spent) = (Instant::now(), cpu("self")?);
        let mut count = 0_u32;
        while start.elapsed() < LENGTH {
            passwords.hash(&password, None).await.map_err(|_| anyhow::anyhow!("the queue was full"))?;
            count += 1;
        }
        let spent = cpu("self")? - spent;
        println!("{count} {} {}", start.elapsed().as_secs_f64(), spent.as_secs_f64());
        anyhow::Ok(())
    })
}
