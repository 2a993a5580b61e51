//! Commands that end: what they said, and how they ended.

use std::io::Write as _;
use std::process::{Command, Stdio};

use super::server::clean;

/// How a command ended.
#[derive(Debug)]
pub struct Done {
    /// Its exit code.
    pub code: i32,
    /// What it printed.
    pub out: String,
    /// What it complained about.
    pub complaint: String,
}

impl Done {
    /// Runs a command to its end, with `input` on its standard input.
    pub fn of(mut command: Command, input: &str) -> Done {
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("portico runs");
        // It may end without reading.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        let output = child.wait_with_output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("commands speak UTF-8");
        Done { code: output.status.code().unwrap_or(-1), out: text(output.stdout), complaint: text(output.stderr) }
    }

    /// It went well.
    #[track_caller]
    pub fn assert_done(&self) -> &Done {
        assert_eq!(self.code, 0, "{self:?}");
        self
    }

    /// It did what it could, and refused some of what it was given.
    #[track_caller]
    pub fn assert_incomplete(&self) -> &Done {
        assert_eq!(self.code, 3, "{self:?}");
        self
    }

    /// It was refused, with one line that holds `words`.
    #[track_caller]
    pub fn assert_refused(&self, words: &str) {
        assert_ne!(self.code, 0, "{self:?}");
        assert!(self.complaint.contains(words), "{self:?}");
        assert_eq!(self.complaint.trim_end().lines().count(), 1, "{self:?}");
    }
}

/// Portico with a clean environment, to be given settings and arguments.
pub fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_portico"));
    clean(&mut command);
    command
}
