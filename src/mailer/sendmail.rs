//! A program with the command line of sendmail, as Postfix, Exim, OpenSMTPD and msmtp have it.

use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};

use rustix::fs::{Access, access};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::Command;

use super::compose::Mail;
use super::failure::{Reply, SendError};
use super::secrets::Secrets;
use super::{SENDING, within};

/// What of our environment such a program is told: settings hold secrets.
const ENVIRONMENT: &[&str] = &["HOME", "LANG", "LOGNAME", "PATH", "TZ", "USER"];
/// The most bytes that are read of what it complains about.
const MAX_COMPLAINT: u64 = 4_000;
/// Its exit codes (sysexits.h): the recipient is not known; to be tried again.
const NO_USER: i32 = 67;
const TEMPORARY: i32 = 75;

/// The program.
pub(super) struct Program {
    path: PathBuf,
}

impl Program {
    pub(super) fn new(path: &Path) -> Program {
        Program { path: path.to_owned() }
    }

    /// Sends a mail. What does not end in time is killed.
    pub(super) async fn send(&self, mail: &Mail, typed: &str) -> Result<(), SendError> {
        let (status, complaint) = within(SENDING, self.run(mail)).await?;
        let secrets = Secrets::new(None).and(typed, mail.to.as_ref());
        let reply = || match status.code() {
            Some(code) => Reply::said(u16::try_from(code).unwrap_or_default(), &complaint, &secrets),
            None => Reply::of(format!("the program ended by {status}")),
        };
        match status.code() {
            Some(0) => Ok(()),
            Some(TEMPORARY) => Err(SendError::Transient(reply())),
            Some(NO_USER) => Err(SendError::Permanent(reply())),
            _ => Err(SendError::Relay(reply())),
        }
    }

    async fn run(&self, mail: &Mail) -> Result<(ExitStatus, String), SendError> {
        let mut command = Command::new(&self.path);
        // A dot alone ends nothing; the sender; no option behind it, whatever the recipient is called.
        command.arg("-i").arg("-f").arg(&mail.from).arg("--").arg(&mail.to);
        command.env_clear().envs(ENVIRONMENT.iter().filter_map(|name| Some((name, std::env::var_os(name)?))));
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn().map_err(relay)?;
        let (input, errors) = (child.stdin.take(), child.stderr.take());
        // It reads lines as this system ends them.
        let bytes = String::from_utf8_lossy(&mail.bytes).replace("\r\n", "\n");
        let write = async {
            // It may end without reading.
            match input {
                Some(mut input) => input.write_all(bytes.as_bytes()).await,
                None => Ok(()),
            }
        };
        let read = async {
            let mut complaint = Vec::new();
            if let Some(errors) = errors {
                errors.take(MAX_COMPLAINT).read_to_end(&mut complaint).await?;
            }
            std::io::Result::Ok(complaint)
        };
        let (written, complaint) = tokio::join!(write, read);
        let status = child.wait().await.map_err(relay)?;
        match written {
            Err(error) if status.success() => Err(relay(error)),
            _ => Ok((status, String::from_utf8_lossy(&complaint.unwrap_or_default()).into_owned())),
        }
    }

    /// Whether it could be run.
    pub(super) fn check(&self) -> Result<(), SendError> {
        let is_file = self.path.is_file().then_some(()).ok_or_else(|| Reply::of("there is no such program"));
        is_file.map_err(SendError::Relay)?;
        access(&self.path, Access::EXEC_OK).map_err(|error| relay(error.into()))
    }
}

fn relay(error: std::io::Error) -> SendError {
    SendError::Relay(Reply::of(error.to_string()))
}
