//! What password work costs, and what it costs other work. Run it on one core:
//! `taskset -c 0 cargo bench --bench passwords` (and `npm ci` in `benches/node-argon2` first, to
//! have Node in the same run).

use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::time::{Duration, Instant};

use portico::model::password::Password;
use portico::passwords::{Passwords, Verdict};
use rustix::time::{ClockId, clock_gettime};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

type Anything<T> = Result<T, Box<dyn std::error::Error>>;

const PASSWORD: &str = "a password of usual length";
const SALT: &[u8] = b"sixteen bytes it";
const ROUNDS: usize = 3;
const HASHES: usize = 60;
const STORM: Duration = Duration::from_secs(5);
const CLIENTS: usize = 8;
/// Cheap work, such as a signed-in page: so often a second, and so much of the processor.
const PAGES_A_SECOND: u32 = 100;
const PAGE: Duration = Duration::from_micros(300);

fn main() -> Anything<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let passwords = Passwords::start(1, 64, false);
    let password = Password::typed(PASSWORD.to_owned()).map_err(|_| "not a password")?;
    let stored: Arc<str> = runtime.block_on(passwords.hash(&password, None))?.into();
    for round in 1..=ROUNDS {
        println!("round {round}");
        choosing()?;
        engines()?;
        verifying(&runtime, &passwords, &password, &stored)?;
        storm(&runtime, &passwords, &password, &stored, 0).print();
        let before = pure_rate()?;
        let storm = storm(&runtime, &passwords, &password, &stored, CLIENTS);
        let pure = (before + pure_rate()?) / 2.0;
        storm.print();
        println!(
            "  {:.0} log-ins a second, {:.0} % of {pure:.0}, the pure rate",
            storm.log_ins,
            storm.log_ins / pure * 100.0
        );
    }
    Ok(())
}

/// CPU microseconds for which a chosen password is looked at: in the list of leaked ones, without what is commonly added,
/// and beside the person's own names.
fn choosing() -> Anything<()> {
    const TIMES: u32 = 1_000;
    let each = |text: &str| {
        let all = cpu_each(|| {
            for _ in 0..TIMES {
                let _ = std::hint::black_box(Password::chosen(text.to_owned(), 12, &["ada", "ada@example.org"]));
            }
            Ok::<_, std::convert::Infallible>(())
        });
        all.map(|milliseconds| milliseconds * 1_000.0 / f64::from(TIMES))
    };
    println!(
        "  CPU us a look at a chosen password: good {:.2}, leaked {:.2}, with digits behind it {:.2}, 1,000 characters {:.2}",
        each(PASSWORD)?,
        each("qwertyuiop12")?,
        each("sunshine2024!!!!")?,
        each(&"long words ".repeat(91))?,
    );
    Ok(())
}

/// CPU milliseconds per hash of each engine, and of Node where it is installed.
fn engines() -> Anything<()> {
    let mut tag = [0; 32];
    let argon2 = argon2::Argon2::default();
    let mut blocks = vec![argon2::Block::default(); argon2.params().block_count()];
    let plain = cpu_each(|| argon2.hash_password_into(PASSWORD.as_bytes(), SALT, &mut tag))?;
    let reused = cpu_each(|| argon2.hash_password_into_with_memory(PASSWORD.as_bytes(), SALT, &mut tag, &mut blocks))?;
    let mut hasher = hasher();
    let fast = cpu_each(|| hasher.hash_into(PASSWORD.as_bytes(), SALT, &mut tag))?;
    println!(
        "  CPU ms a hash: argon2 {plain:.2}, argon2 with kept memory {reused:.2}, \
         argon2-rust {fast:.2}{}",
        node().map_or(String::new(), |node| format!(", Node {node:.2}"))
    );
    Ok(())
}

fn hasher() -> argon2_rust::Hasher {
    argon2_rust::Argon2::new(
        argon2_rust::Algorithm::Argon2id,
        argon2_rust::Version::V0x13,
        argon2_rust::Params::DEFAULT,
    )
    .hasher()
}

/// CPU milliseconds per log-in through the workers, with each of the answers.
fn verifying(
    runtime: &tokio::runtime::Runtime,
    passwords: &Passwords,
    password: &Password,
    stored: &str,
) -> Anything<()> {
    let wrong = Password::typed("another password".to_owned()).map_err(|_| "not a password")?;
    let each = |password, stored| cpu_each(|| runtime.block_on(passwords.verify(password, stored, None)));
    println!(
        "  CPU ms through the workers: right {:.2}, wrong {:.2}, nobody's {:.2}, unusable {:.2}",
        each(password, Some(stored))?,
        each(&wrong, Some(stored))?,
        each(password, None)?,
        each(password, Some("!"))?
    );
    Ok(())
}

/// How many hashes an ordinary thread with nothing else to do makes in a second.
fn pure_rate() -> Anything<f64> {
    let mut hasher = hasher();
    let mut tag = [0; 32];
    hasher.hash_into(PASSWORD.as_bytes(), SALT, &mut tag)?;
    let (begun, mut hashes) = (Instant::now(), 0.0);
    while begun.elapsed() < STORM / 2 {
        hasher.hash_into(PASSWORD.as_bytes(), SALT, &mut tag)?;
        hashes += 1.0;
    }
    Ok(hashes / begun.elapsed().as_secs_f64())
}

/// The median CPU time of this process for each call, in milliseconds.
fn cpu_each<T, E>(mut hash: impl FnMut() -> Result<T, E>) -> Result<f64, E> {
    let mut times = Vec::with_capacity(HASHES);
    for _ in 0..HASHES {
        let before = cpu();
        hash()?;
        times.push(cpu() - before);
    }
    times.sort_by(f64::total_cmp);
    Ok(times[HASHES / 2])
}

fn cpu() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as f64 * 1e3 + time.tv_nsec as f64 / 1e6
}

/// What Node needs, where Node and its package are there.
fn node() -> Option<f64> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/node-argon2");
    let output = Command::new("node").arg("measure.js").current_dir(folder).output().ok()?;
    String::from_utf8(output.stdout).ok()?.trim().parse().ok()
}

struct Storm {
    /// How late each page was done, in milliseconds after it was due, in order.
    pages: Vec<f64>,
    clients: usize,
    log_ins: f64,
}

/// Pages at a fixed pace, whatever becomes of them, beside clients that log in without pause.
fn storm(
    runtime: &tokio::runtime::Runtime,
    passwords: &Passwords,
    password: &Password,
    stored: &Arc<str>,
    clients: usize,
) -> Storm {
    let over = Arc::new(AtomicBool::new(false));
    let hashes = Arc::new(AtomicUsize::new(0));
    let logins: Vec<_> = (0..clients)
        .map(|_| {
            let (over, hashes) = (Arc::clone(&over), Arc::clone(&hashes));
            let (passwords, password, stored) = (passwords.clone(), password.clone(), Arc::clone(stored));
            runtime.spawn(async move {
                while !over.load(SeqCst) {
                    if passwords.verify(&password, Some(&stored), None).await == Ok(Verdict::Right) {
                        hashes.fetch_add(1, SeqCst);
                    }
                }
            })
        })
        .collect();

    let begun = Instant::now();
    let mut pages = Vec::new();
    for number in 0.. {
        let due = begun + number * Duration::from_secs(1) / PAGES_A_SECOND;
        if due - begun > STORM {
            break;
        }
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
        pages.push(runtime.spawn(page(due)));
    }
    let log_ins = hashes.load(SeqCst) as f64 / begun.elapsed().as_secs_f64();
    over.store(true, SeqCst);
    runtime.block_on(async {
        for login in logins {
            let _ = login.await;
        }
        let mut late = Vec::with_capacity(pages.len());
        for page in pages {
            late.extend(page.await);
        }
        late.sort_by(f64::total_cmp);
        Storm { pages: late, clients, log_ins }
    })
}

/// A few stretches of work with a wait between them, as a page has.
async fn page(due: Instant) -> f64 {
    for _ in 0..3 {
        let begun = Instant::now();
        while begun.elapsed() < PAGE / 3 {
            std::hint::spin_loop();
        }
        tokio::task::yield_now().await;
    }
    due.elapsed().as_secs_f64() * 1e3
}

impl Storm {
    fn print(&self) {
        let at = |share: f64| self.pages[((self.pages.len() - 1) as f64 * share) as usize];
        println!(
            "  {} clients: pages p50 {:.2} ms, p99 {:.2} ms, slowest {:.2} ms",
            self.clients,
            at(0.5),
            at(0.99),
            at(1.0)
        );
    }
}
