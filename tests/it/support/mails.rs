//! The mails that a story's Portico has sent into its folder.

use std::time::{Duration, Instant};

use super::Portico;

/// The settings by which mail is sent into a folder.
pub const MAIL: (&str, &str) = ("SMTP_URL", "folder:mails");

/// A mail as its reader has it.
#[derive(Clone, Debug)]
pub struct Letter {
    pub to: String,
    pub subject: String,
    pub text: String,
}

impl Letter {
    /// The path of the only address of ours that holds `part`.
    #[track_caller]
    pub fn path(&self, part: &str) -> String {
        let word = self.text.split_whitespace().find(|word| word.starts_with("http") && word.contains(part));
        let url: url::Url = word.unwrap_or_else(|| panic!("no {part}:\n{}", self.text)).parse().unwrap();
        url.path().to_owned()
    }
}

/// The mails of a purpose, in the order in which they were asked for, once so many are settled.
pub async fn mails(portico: &Portico, purpose: &str, count: usize) -> Vec<Letter> {
    let start = Instant::now();
    let of_purpose = format!("mails where purpose = '{purpose}'");
    while portico.database().count(&format!("{of_purpose} and state <> 'waiting'")).await < count as i64 {
        assert!(start.elapsed() < Duration::from_secs(20), "{count} of {purpose} do not come");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let id = portico.database().id_as_text("id");
    let sent = format!("select {id} from {of_purpose} and state = 'sent' order by created_at, id");
    portico.database().texts(&sent).await.iter().map(|id| read(portico, id)).collect()
}

/// The only mail of a purpose.
pub async fn mail(portico: &Portico, purpose: &str) -> Letter {
    let mails = mails(portico, purpose, 1).await;
    assert_eq!(mails.len(), 1, "{purpose}: {mails:?}");
    mails.into_iter().next().unwrap()
}

/// The mails with links and codes to an address, the oldest first, once there are so many: head, an empty line, the
/// text part.
pub async fn mails_to(portico: &Portico, address: &str, count: usize) -> Vec<String> {
    let start = Instant::now();
    loop {
        let id = portico.database().id_as_text("id");
        let sent = format!("select {id} from mails where state = 'sent' and priority = 0 order by created_at, id");
        let ids = portico.database().texts(&sent).await;
        let mails: Vec<Letter> = ids.iter().map(|id| read(portico, id)).filter(|mail| mail.to == address).collect();
        if mails.len() >= count {
            assert_eq!(mails.len(), count, "{mails:?}");
            return mails.into_iter().map(|mail| format!("Subject: {}\n\n{}", mail.subject, mail.text)).collect();
        }
        assert!(start.elapsed() < Duration::from_secs(15), "{} mails to {address}", mails.len());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// How many mails of a purpose were asked for.
pub async fn count(portico: &Portico, purpose: &str) -> i64 {
    portico.database().count(&format!("mails where purpose = '{purpose}'")).await
}

fn read(portico: &Portico, id: &str) -> Letter {
    let folder = portico.folder().join("mails");
    let found = std::fs::read_dir(folder).ok().and_then(|files| {
        let mut paths = files.map(|file| file.unwrap().path());
        paths.find(|path| path.to_string_lossy().ends_with(&format!("-{id}.eml")))
    });
    let raw = std::fs::read_to_string(found.expect("a sent mail is a file")).unwrap().replace("\r\n", "\n");
    let field = |name: &str| raw.lines().find_map(|line| line.strip_prefix(name)).unwrap().trim().to_owned();
    let (to, subject) = (field("To: "), field("Subject: "));
    let part = raw.split("Content-Type: text/plain").nth(1).unwrap();
    let (head, body) = part.split_once("\n\n").unwrap();
    let body = body.split("\n--").next().unwrap();
    assert!(head.to_lowercase().contains("quoted-printable") || !body.contains('='), "{head}");
    Letter { to, subject, text: unquoted(body) }
}

/// Quoted-printable text (RFC 2045 §6.7) as it was.
fn unquoted(body: &str) -> String {
    let body = body.replace("=\n", "");
    let mut bytes = Vec::new();
    let mut rest = body.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let hex = |from: &[u8]| u8::from_str_radix(std::str::from_utf8(from.get(..2)?).ok()?, 16).ok();
        match hex(after).filter(|_| first == b'=') {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(first);
                rest = after;
            }
        }
    }
    String::from_utf8(bytes).unwrap()
}
