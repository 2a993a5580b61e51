//! `portico passwords …`: what new passwords are held against.

use std::fs::File;
use std::io::{BufRead, BufReader, Cursor, Read as _};
use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Args, Subcommand};

use crate::password_filter::build;

/// What to do.
#[derive(Subcommand)]
pub(super) enum Passwords {
    /// Build a filter of leaked passwords, for `PORTICO_BREACHED_FILE`
    Filter(Filter),
}

/// Lists are told by their first line: `HASH:COUNT` is what the downloader of Have I Been Pwned's passwords writes into
/// one file, in ascending order; it is read as it comes, in 50 MB of memory however long it is. Anything else is a list
/// of passwords, a line each, which takes eight bytes of memory a line.
#[derive(Args)]
pub(super) struct Filter {
    /// The list; several are taken as one
    #[arg(long, required = true, value_name = "FILE")]
    from: Vec<PathBuf>,
    /// The new file
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

impl Passwords {
    pub(super) fn run(self) -> anyhow::Result<()> {
        match self {
            Passwords::Filter(filter) => filter.run(),
        }
    }
}

impl Filter {
    fn run(self) -> anyhow::Result<()> {
        let mut list: Box<dyn BufRead> = Box::new(Cursor::new(""));
        for path in &self.from {
            let file = File::open(path).with_context(|| format!("{} cannot be read", path.display()))?;
            // The last line of a list may have no end.
            list = Box::new(list.chain(BufReader::with_capacity(1 << 20, file)).chain(Cursor::new("\n")));
        }
        let to = super::private_file(&self.out)?;
        match build(list, to) {
            Ok(entries) => say!("{} holds {entries} passwords", self.out.display())?,
            Err(error) => {
                let _ = std::fs::remove_file(&self.out);
                return Err(error).context("no filter is built");
            }
        }
        Ok(())
    }
}
