//! What guards the gRPC door: token, deadlines, sizes, certificates; and what tools ask of it.

use std::time::{Duration, Instant};

use hyper::Method;
use portico::grpc::proto::Response;
use tonic::{Code, Request};
use tonic_health::pb::{HealthCheckRequest, HealthCheckResponse};

use crate::support::{Portico, certificates, python, user};

#[tokio::test]
async fn callers_need_the_internal_token_where_one_is_set() {
    let portico = Portico::with(&[("PORTICO_INTERNAL_TOKEN", "only for those inside")]).await;
    let caller = portico.caller();
    for header in [None, Some("Bearer wrong"), Some("only for those inside"), Some("Bearer only for those insidE")] {
        let mut request = Request::new(user("ada", "", "", ""));
        if let Some(header) = header {
            request.metadata_mut().insert("authorization", header.parse().unwrap());
        }
        let refused = caller.ask::<_, Response>("/UsersAPI/IsExist", request).await.unwrap_err();
        assert_eq!(refused.code(), Code::Unauthenticated, "{header:?}");
    }
    let mut request = Request::new(user("ada", "", "", ""));
    request.metadata_mut().insert("authorization", "Bearer only for those inside".parse().unwrap());
    let answer: Response = caller.ask("/UsersAPI/IsExist", request).await.unwrap();
    assert_eq!(answer.code, 404);
    // Probes carry no token.
    let health: HealthCheckResponse =
        caller.ask("/grpc.health.v1.Health/Check", Request::new(HealthCheckRequest::default())).await.unwrap();
    assert_eq!(health.status, 1);
}

#[tokio::test]
async fn a_call_ends_when_its_deadline_has_passed() {
    let portico = Portico::with(&[("PORTICO_PASSWORD_WORKERS", "1")]).await;
    let caller = portico.caller();
    // A queue of others before it: 60 hashes take longer than the deadline.
    let others: Vec<_> =
        (0..60).map(|number| tokio::spawn(caller.says("Verify", user(&format!("p{number}"), "x", "", "")))).collect();
    tokio::time::sleep(Duration::from_millis(100)).await;
    let mut request = Request::new(user("late", "x", "A", "B"));
    request.set_timeout(Duration::from_millis(30));
    let start = Instant::now();
    let late = caller.ask::<_, portico::grpc::proto::ResponseWithUser>("/UsersAPI/Create", request).await;
    assert_eq!(late.unwrap_err().code(), Code::DeadlineExceeded);
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
    for other in others {
        assert_eq!(other.await.unwrap().0, 401);
    }
    assert_eq!(portico.database().count("accounts").await, 0, "what nobody waits for is not done");
}

#[tokio::test]
async fn an_oversized_message_is_refused_unread() {
    let portico = Portico::start().await;
    let caller = portico.caller();
    let large = user(&"x".repeat(70_000), "x", "A", "B");
    let refused = caller.call::<portico::grpc::proto::ResponseWithUser>("Create", large).await.unwrap_err();
    assert!(matches!(refused.code(), Code::OutOfRange | Code::ResourceExhausted), "{refused:?}");
    assert_eq!(caller.says("IsExist", user("ada", "", "", "")).await.0, 404);
}

#[tokio::test]
async fn an_unknown_rpc_is_told_so_in_grpc_and_an_unknown_page_in_http() {
    let portico = Portico::start().await;
    for path in ["/UsersAPI/Delete", "/Other/Info"] {
        let refused = portico.caller().ask::<_, Response>(path, Request::new(user("", "", "", ""))).await;
        assert_eq!(refused.unwrap_err().code(), Code::Unimplemented, "{path}");
    }
    portico.internal().get("/nothing-here").await.assert_status(404);
    portico.internal().get("/healthz").await.assert_status(200);
    // The public listener knows nothing of it.
    portico.visitor().ask(Method::POST, "/UsersAPI/Info", &[], bytes::Bytes::new()).await.assert_status(404);
}

#[tokio::test]
async fn tools_can_ask_what_there_is_and_how_it_is() {
    let portico = Portico::start().await;
    let target = portico.internal_url().trim_start_matches("http://");
    let said = python("inspect_service.py", &[target]);
    assert_eq!(
        said,
        "UsersAPI grpc.health.v1.Health\nCreate Info IsExist UpdatePassword UpdateUserData Verify\nSERVING\n"
    );
    let media = portico.folder().join("media");
    std::fs::rename(&media, portico.folder().join("away")).unwrap();
    std::fs::write(&media, "a file where the folder was").unwrap();
    let request = Request::new(HealthCheckRequest { service: "UsersAPI".to_owned() });
    let health: HealthCheckResponse = portico.caller().ask("/grpc.health.v1.Health/Check", request).await.unwrap();
    assert_eq!(health.status, 2);
    let request = Request::new(HealthCheckRequest { service: "Other".to_owned() });
    let unknown = portico.caller().ask::<_, HealthCheckResponse>("/grpc.health.v1.Health/Check", request).await;
    assert_eq!(unknown.unwrap_err().code(), Code::NotFound);
}

#[tokio::test]
async fn with_certificates_it_speaks_tls_and_lets_in_only_those_with_one() {
    let folder = tempfile::tempdir().unwrap();
    certificates(folder.path());
    let file = |name: &str| folder.path().join(name).display().to_string();
    let (certificate, key, authority) = (file("server.pem"), file("server.key"), file("ca.pem"));
    let mut settings =
        vec![("PORTICO_INTERNAL_TLS_CERT_FILE", certificate.as_str()), ("PORTICO_INTERNAL_TLS_KEY_FILE", key.as_str())];
    let portico = Portico::with(&settings).await;
    let target = |portico: &Portico| portico.internal_url().replace("https://", "");
    assert_eq!(python("over_tls.py", &[&target(&portico), &authority]), "404\n");
    assert!(portico.visitor().stranger().try_ask(Method::GET, "/healthz", &[], bytes::Bytes::new()).await.is_ok());
    settings.push(("PORTICO_INTERNAL_TLS_CLIENT_CA_FILE", &authority));
    let portico = Portico::with(&settings).await;
    assert_eq!(python("over_tls.py", &[&target(&portico), &authority]), "UNAVAILABLE\n");
    let own = [&target(&portico), &authority, &file("client.pem"), &file("client.key")];
    assert_eq!(python("over_tls.py", &own.map(String::as_str)), "404\n");
}

#[test]
fn half_of_the_certificate_settings_do_not_start() {
    let mut command = crate::support::command();
    command.env("PORTICO_INTERNAL_TLS_CERT_FILE", "server.pem").arg("config");
    crate::support::Done::of(command, "").assert_refused("PORTICO_INTERNAL_TLS_KEY_FILE");
}
