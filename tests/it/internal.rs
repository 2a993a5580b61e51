//! The internal listener and browsers: whatever a web page can make one send is refused, by any name and protocol.

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http2;
use hyper::{Method, Request};
use hyper_util::rt::{TokioExecutor, TokioIo};
use portico::grpc::proto::User;
use prost::Message as _;
use tokio::net::TcpStream;

use crate::support::{Answer, Portico, command, user};

/// The bytes of a call that makes an account an admin.
fn promotion(username: &str) -> Bytes {
    let message = User { admin: true, ..user(username, "", "Mallory", "M") }.encode_to_vec();
    let mut frame = vec![0];
    frame.extend_from_slice(&u32::try_from(message.len()).unwrap().to_be_bytes());
    frame.extend_from_slice(&message);
    frame.into()
}

/// A request over HTTP/2 that asks for `authority`, whatever host really listens.
async fn over_http2(portico: &Portico, authority: &str, path: &str, headers: &[(&str, &str)], body: Bytes) -> Answer {
    let to = portico.internal_url().trim_start_matches("http://");
    let stream = TokioIo::new(TcpStream::connect(to).await.unwrap());
    let (mut sender, connection) = http2::handshake(TokioExecutor::new(), stream).await.unwrap();
    tokio::spawn(connection);
    let method = if body.is_empty() { Method::GET } else { Method::POST };
    let mut request = Request::builder().method(method).uri(format!("http://{authority}{path}"));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let answer = sender.send_request(request.body(Full::new(body)).unwrap()).await.unwrap();
    let (head, body) = answer.into_parts();
    Answer { status: head.status.as_u16(), headers: head.headers, body: body.collect().await.unwrap().to_bytes() }
}

async fn is_admin(portico: &Portico) -> bool {
    portico.database().count("accounts where is_admin").await > 0
}

#[tokio::test]
async fn no_web_page_can_make_a_browser_call_an_rpc() {
    let portico = Portico::start().await;
    portico.member("mallory").await;
    let rpc = "/UsersAPI/UpdateUserData";
    let internal = portico.internal();
    let post = async |headers: &[(&str, &str)]| internal.ask(Method::POST, rpc, headers, promotion("mallory")).await;
    // As a page's script sends it without asking first, and as a form does.
    let page = [("origin", "https://evil.example"), ("sec-fetch-site", "cross-site"), ("content-type", "text/plain")];
    post(&page).await.assert_status(403);
    post(&[("content-type", "text/plain")]).await.assert_status(415);
    post(&[]).await.assert_status(415);
    post(&[("content-type", "application/grpc-web")]).await.assert_status(415);
    post(&[("content-type", "application/grpc")]).await.assert_status(426);
    post(&[("content-type", "application/grpc"), ("host", "evil.example")]).await.assert_status(421);
    let address = portico.internal_url().trim_start_matches("http://").to_owned();
    let grpc = ("content-type", "application/grpc");
    let call = async |authority: &str, headers: &[(&str, &str)]| {
        over_http2(&portico, authority, rpc, headers, promotion("mallory")).await
    };
    for header in [
        ("origin", "null"),
        ("origin", "http://localhost"),
        ("sec-fetch-site", "same-origin"),
        ("sec-fetch-dest", "empty"),
    ] {
        call(&address, &[grpc, header]).await.assert_status(403);
    }
    for kind in ["text/plain", "application/grpc-web+proto", "application/x-www-form-urlencoded", "application/json"] {
        call(&address, &[("content-type", kind)]).await.assert_status(415);
    }
    call(&address, &[]).await.assert_status(415);
    call("evil.example:50050", &[grpc]).await.assert_status(421);
    call(&address, &[grpc, ("host", "evil.example")]).await.assert_status(421);
    call("evil.example", &[grpc, ("host", &address)]).await.assert_status(421);
    assert!(!is_admin(&portico).await);
    // As a service sends it.
    let answer = call("localhost:50050", &[grpc, ("te", "trailers")]).await;
    answer.assert_status(200);
    assert!(is_admin(&portico).await);
}

#[tokio::test]
async fn a_name_that_leads_here_opens_nothing_unless_it_was_set() {
    let portico = Portico::with(&[("PORTICO_INTERNAL_HOSTS", "UsersService:50050, portico.internal.")]).await;
    let internal = portico.internal();
    for path in ["/metrics", "/healthz", "/readyz", "/grpc.health.v1.Health/Check", "/nothing-here"] {
        for host in ["evil.example", "evil.example:50050", "localhost.evil.example", "usersservice.evil.example"] {
            internal.get_with(path, &[("host", host)]).await.assert_status(421);
            over_http2(&portico, host, path, &[], Bytes::new()).await.assert_status(421);
        }
        internal.get_with(path, &[("origin", "http://127.0.0.1")]).await.assert_status(403);
        internal.get_with(path, &[("sec-fetch-mode", "navigate")]).await.assert_status(403);
    }
    for host in
        ["usersservice", "UsersService:50050", "portico.internal", "localhost.", "10.0.0.7:50050", "[::1]:50050"]
    {
        internal.get_with("/metrics", &[("host", host)]).await.assert_status(200);
        over_http2(&portico, host, "/healthz", &[], Bytes::new()).await.assert_status(200);
    }
    internal.ask(Method::POST, "/metrics", &[], Bytes::from("x")).await.assert_status(405);
}

#[tokio::test]
async fn an_internal_listener_that_others_reach_without_a_token_is_told_of() {
    let open = Portico::with(&[("PORTICO_INTERNAL_LISTEN", "0.0.0.0:0")]).await;
    let line = open.logged("may set every password").await;
    assert!(line.contains("WARN") && line.contains("PORTICO_INTERNAL_TOKEN"), "{line}");
    let doctor = open.run(&["doctor"], "");
    assert!(doctor.out.contains("WRONG internal listener"), "{doctor:?}");
    for settings in
        [vec![], vec![("PORTICO_INTERNAL_LISTEN", "0.0.0.0:0"), ("PORTICO_INTERNAL_TOKEN", "only for those inside")]]
    {
        let portico = Portico::with(&settings).await;
        let doctor = portico.run(&["doctor"], "");
        assert!(doctor.out.contains("ok    internal listener"), "{doctor:?}");
        assert!(!portico.log().contains("may set every password"), "{}", portico.log());
    }
}

#[test]
fn names_of_hosts_are_checked_at_the_start() {
    for bad in ["http://portico", "a/b", "portico:port", "a b"] {
        let mut command = command();
        command.env("PORTICO_INTERNAL_HOSTS", bad).arg("config");
        crate::support::Done::of(command, "").assert_refused("PORTICO_INTERNAL_HOSTS");
    }
}
