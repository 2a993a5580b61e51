//! A relay's connection, read a line at a time while it is not encrypted. What follows the answer to STARTTLS at once
//! is then not kept as the answers to later commands, as if they had come encrypted (CVE-2011-0411): it is read as TLS,
//! and is none.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use lettre::transport::smtp::client::AsyncTokioStream;
use tokio::io::{AsyncBufRead as _, AsyncRead, AsyncWrite, BufReader, ReadBuf};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;

/// No read gives more than the rest of a line.
#[derive(Debug)]
pub(super) struct Lines(BufReader<TcpStream>);

impl Lines {
    /// Connects to the first of a host's addresses that answers, each of which has this long.
    ///
    /// # Errors
    /// Why the last of them did not.
    pub(super) async fn connect(server: (&str, u16), each: Duration) -> io::Result<Lines> {
        let mut error = io::Error::new(io::ErrorKind::NotFound, "the host has no address");
        for address in lookup_host(server).await? {
            match timeout(each, TcpStream::connect(address)).await {
                Ok(Ok(stream)) => return Ok(Lines(BufReader::new(stream))),
                Ok(Err(refused)) => error = refused,
                Err(_) => error = io::Error::new(io::ErrorKind::TimedOut, "connection timed out"),
            }
        }
        Err(error)
    }
}

impl AsyncRead for Lines {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let mut reader = Pin::new(&mut self.get_mut().0);
        let read = ready!(reader.as_mut().poll_fill_buf(cx))?;
        let line = read.iter().position(|byte| *byte == b'\n').map_or(read.len(), |end| end + 1);
        let length = line.min(into.remaining());
        into.put_slice(&read[..length]);
        reader.consume(length);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Lines {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().0).poll_write(cx, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().0).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().0).poll_shutdown(cx)
    }
}

impl AsyncTokioStream for Lines {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.0.get_ref().peer_addr()
    }
}
