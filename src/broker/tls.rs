//! `amqps`: TLS under the AMQP library, by what the rest of the program has for it. The library's own would bring
//! another 37 crates, ciphers of the nineties among them, to read certificates in a format that is not wanted here.

use std::fmt;
use std::io::{self, Read, Write};
use std::net::SocketAddr;
use std::os::fd::{AsFd, AsRawFd};
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_rs::traits::Reactor;
use async_rs::util::RuntimeParts;
use async_rs::{Runtime, Tokio};
use futures_util::Stream;
use futures_util::io::{AsyncRead, AsyncWrite};
use lapin::uri::{AMQPScheme, AMQPUri};
use lapin::{Connection, ConnectionProperties};
use rustls_platform_verifier::BuilderVerifierExt;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::ClientConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_util::compat::{Compat, TokioAsyncReadCompatExt as _};

/// Connects with TLS; the broker's certificate is checked as the system checks others.
pub(super) async fn connect(mut address: AMQPUri, options: ConnectionProperties) -> lapin::Result<Connection> {
    let reactor = Tls::to(&address.authority.host).map_err(lapin::Error::from)?;
    // The library need not know: its stream is encrypted below it.
    address.scheme = AMQPScheme::AMQP;
    let runtime = Runtime::new(RuntimeParts::new(Tokio::current(), reactor));
    Connection::connect_uri_with_runtime(address, options, runtime).await
}

/// A reactor whose connections are encrypted.
#[derive(Clone)]
struct Tls {
    tokio: Tokio,
    connector: TlsConnector,
    server: ServerName<'static>,
}

impl Tls {
    fn to(host: &str) -> io::Result<Tls> {
        let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .and_then(BuilderVerifierExt::with_platform_verifier)
            .map_err(io::Error::other)?
            .with_no_client_auth();
        let server = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
        Ok(Tls { tokio: Tokio::current(), connector: TlsConnector::from(Arc::new(config)), server })
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Tls").field("server", &self.server).finish_non_exhaustive()
    }
}

impl Reactor for Tls {
    type TcpStream = Compat<TlsStream<TcpStream>>;
    type Sleep = <Tokio as Reactor>::Sleep;

    fn register<H: Read + Write + AsFd + AsRawFd + Send + 'static>(
        &self,
        socket: H,
    ) -> io::Result<impl AsyncRead + AsyncWrite + Send + Unpin + 'static> {
        self.tokio.register(socket)
    }

    fn sleep(&self, time: Duration) -> Self::Sleep {
        self.tokio.sleep(time)
    }

    fn interval(&self, time: Duration) -> impl Stream<Item = Instant> + Send + 'static {
        self.tokio.interval(time)
    }

    fn tcp_connect_addr(
        &self,
        address: SocketAddr,
    ) -> impl Future<Output = io::Result<Self::TcpStream>> + Send + 'static {
        let (connector, server) = (self.connector.clone(), self.server.clone());
        async move {
            let stream = TcpStream::connect(address).await?;
            stream.set_nodelay(true)?;
            Ok(connector.connect(server, stream).await?.compat())
        }
    }
}
