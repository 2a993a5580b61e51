//! Portico under load, beside something to compare it with in the same run. Needs Linux and no other program.
//!
//! `cargo bench --bench load` runs all, `cargo bench --bench load -- pages` one of them.
//! `docs/PERFORMANCE.md` says what is measured and how to read it.

mod api;
mod bare;
mod client;
mod grpc;
mod hashes;
mod media;
mod million;
mod outbox;
mod pages;
mod server;
mod startup;
mod storm;
mod table;

use std::path::Path;

use anyhow::{Context as _, bail};

// The same one as the program's, or the comparison would be about allocators.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> anyhow::Result<()> {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    match words.first().map(String::as_str) {
        // The roles in which this program starts itself, to be measured as a process of its own.
        Some("bare") => bare::serve(Path::new(words.get(1).context("the folder")?)),
        Some("bare-grpc") => grpc::serve(Path::new(words.get(1).context("the folder")?)),
        Some("hashes") => hashes::hash(),
        Some("api") => api::run(),
        Some("pages") => pages::run(),
        Some("media") => media::run(),
        Some("storm") => storm::run(),
        Some("startup") => startup::run(),
        Some("grpc") => grpc::run(),
        Some("outbox") => outbox::run(),
        // Takes minutes, and a database server if wanted: only when asked for.
        Some("million") => million::run(&words[1..]),
        Some(other) => bail!("there is no bench {other:?}: pages, api, media, storm, startup, grpc, outbox, million"),
        None => [pages::run, api::run, media::run, storm::run, startup::run, grpc::run, outbox::run]
            .into_iter()
            .try_for_each(|run| run()),
    }
}
