//! An HTTP/1.1 client that costs next to nothing: one kept connection, blocking, no headers looked at but those
//! that say where the body ends.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};

/// A kept connection.
pub(crate) struct Connection {
    stream: TcpStream,
    /// What has been read and not used.
    buffer: Vec<u8>,
}

/// An answer.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

/// A GET request's bytes.
pub(crate) fn get(path: &str, cookie: &str, gzip: bool) -> Vec<u8> {
    let cookie = if cookie.is_empty() { String::new() } else { format!("cookie: {cookie}\r\n") };
    let encoding = if gzip { "accept-encoding: gzip\r\n" } else { "" };
    format!("GET {path} HTTP/1.1\r\nhost: portico\r\naccept-language: en\r\n{cookie}{encoding}\r\n").into_bytes()
}

/// A posted form's bytes.
pub(crate) fn post(path: &str, form: &str) -> Vec<u8> {
    format!(
        "POST {path} HTTP/1.1\r\nhost: portico\r\ncontent-type: application/x-www-form-urlencoded\r\n\
         sec-fetch-site: same-origin\r\ncontent-length: {}\r\n\r\n{form}",
        form.len()
    )
    .into_bytes()
}

/// A posted picture's bytes.
pub(crate) fn upload(path: &str, cookie: &str, photo: &[u8]) -> Vec<u8> {
    let mut body =
        b"--boundary\r\ncontent-disposition: form-data; name=\"photo\"; filename=\"photo.jpg\"\r\n\r\n".to_vec();
    body.extend_from_slice(photo);
    body.extend_from_slice(b"\r\n--boundary--\r\n");
    let mut request = format!(
        "POST {path} HTTP/1.1\r\nhost: portico\r\ncookie: {cookie}\r\nsec-fetch-site: same-origin\r\n\
         content-type: multipart/form-data; boundary=boundary\r\ncontent-length: {}\r\n\r\n",
        body.len()
    )
    .into_bytes();
    request.append(&mut body);
    request
}

impl Connection {
    pub(crate) fn open(address: SocketAddr) -> anyhow::Result<Connection> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(30)))?;
        Ok(Connection { stream, buffer: Vec::with_capacity(64 * 1024) })
    }

    /// Sends a request and reads the whole answer.
    pub(crate) fn send(&mut self, request: &[u8]) -> anyhow::Result<Answer> {
        self.stream.write_all(request)?;
        let head = self.until(b"\r\n\r\n")?;
        let head = String::from_utf8(head)?;
        let status = head.get(9..12).context("a status")?.parse()?;
        let header = |name: &str| {
            head.lines().find_map(|line| {
                let (known, value) = line.split_at_checked(name.len())?;
                known.eq_ignore_ascii_case(name).then(|| value.trim())
            })
        };
        let body = if header("transfer-encoding:") == Some("chunked") {
            self.chunks()?
        } else {
            let length = header("content-length:").map_or(Ok(0), str::parse)?;
            self.take(length)?
        };
        Ok(Answer { status, head, body })
    }

    /// The same, and wants this status.
    pub(crate) fn expect(&mut self, status: u16, request: &[u8]) -> anyhow::Result<Answer> {
        let answer = self.send(request)?;
        let text = String::from_utf8_lossy(&answer.body);
        ensure!(answer.status == status, "{} instead of {status}: {}", answer.status, text);
        Ok(answer)
    }

    fn chunks(&mut self) -> anyhow::Result<Vec<u8>> {
        let mut body = Vec::new();
        loop {
            let line = self.until(b"\r\n")?;
            let length = usize::from_str_radix(std::str::from_utf8(&line)?.trim(), 16)?;
            let chunk = self.take(length + 2)?;
            if length == 0 {
                return Ok(body);
            }
            body.extend_from_slice(&chunk[..length]);
        }
    }

    fn until(&mut self, end: &[u8]) -> anyhow::Result<Vec<u8>> {
        loop {
            if let Some(at) = self.buffer.windows(end.len()).position(|window| window == end) {
                return self.take(at + end.len());
            }
            self.more()?;
        }
    }

    fn take(&mut self, length: usize) -> anyhow::Result<Vec<u8>> {
        while self.buffer.len() < length {
            self.more()?;
        }
        Ok(self.buffer.drain(..length).collect())
    }

    fn more(&mut self) -> anyhow::Result<()> {
        let mut piece = [0; 32 * 1024];
        let length = self.stream.read(&mut piece)?;
        if length == 0 {
            bail!("the server closed the connection");
        }
        self.buffer.extend_from_slice(&piece[..length]);
        Ok(())
    }
}

impl Answer {
    /// The cookie of this name that it sets, as a request sends it back.
    pub(crate) fn set_cookie(&self, name: &str) -> Option<String> {
        let set = self.head.lines().filter(|line| line.starts_with("set-cookie:"));
        let mut pairs = set.filter_map(|line| line[11..].split(';').next()?.trim().split_once('='));
        // Without the port that ends it, as any instance reads it.
        let is_port = |rest: &str| rest.strip_prefix('-').is_some_and(|port| port.parse::<u16>().is_ok());
        let is_it = |sent: &str| sent.strip_prefix(name).is_some_and(|rest| rest.is_empty() || is_port(rest));
        pairs.find(|(sent, _)| is_it(sent)).map(|(_, value)| format!("{name}={value}"))
    }
}
