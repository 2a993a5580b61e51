//! Services that call by gRPC: a Rust one, and Python's own library with stubs of the replaced service.

use std::process::Command;

use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use portico::grpc::proto::User;
use tonic::body::Body;
use tonic::client::Grpc;
use tonic::codegen::http::uri::PathAndQuery;
use tonic::{Request, Status};
use tonic_prost::ProstCodec;

/// A service with one connection, which its clones share.
#[derive(Clone)]
pub struct Caller {
    base: String,
    client: Client<HttpConnector, Body>,
}

impl Caller {
    pub(super) fn new(base: &str) -> Caller {
        let client = Client::builder(TokioExecutor::new()).http2_only(true).build_http();
        Caller { base: base.to_owned(), client }
    }

    /// Calls an RPC of `UsersAPI`.
    pub async fn call<A: prost::Message + Default + 'static>(&self, rpc: &str, user: User) -> Result<A, Status> {
        self.ask(&format!("/UsersAPI/{rpc}"), Request::new(user)).await
    }

    /// The code and text that an RPC answers with.
    #[track_caller]
    pub fn says(&self, rpc: &'static str, user: User) -> impl Future<Output = (i32, String)> + use<> {
        let caller = self.clone();
        async move {
            // On the wire a lone status and one with a user differ in their first field's type.
            if matches!(rpc, "IsExist" | "UpdatePassword") {
                let answer: portico::grpc::proto::Response = caller.call(rpc, user).await.unwrap();
                (answer.code, answer.message)
            } else {
                let answer: portico::grpc::proto::ResponseWithUser = caller.call(rpc, user).await.unwrap();
                let status = answer.status.unwrap();
                assert_eq!(answer.user.is_some(), (200..300).contains(&status.code), "{status:?}");
                (status.code, status.message)
            }
        }
    }

    /// Calls anything, with metadata of one's own.
    pub async fn ask<Q, A>(&self, path: &str, request: Request<Q>) -> Result<A, Status>
    where
        Q: prost::Message + 'static,
        A: prost::Message + Default + 'static,
    {
        let mut grpc = Grpc::with_origin(self.client.clone(), self.base.parse().unwrap());
        grpc.ready().await.map_err(|error| Status::unavailable(error.to_string()))?;
        let path: PathAndQuery = path.parse().unwrap();
        Ok(grpc.unary(request, path, ProstCodec::<Q, A>::default()).await?.into_inner())
    }
}

/// A user as requests carry it: username, password, first and last name.
pub fn user(username: &str, password: &str, first: &str, last: &str) -> User {
    User {
        username: username.to_owned(),
        password: password.to_owned(),
        first_name: first.to_owned(),
        last_name: last.to_owned(),
        admin: false,
    }
}

/// Runs a Python script of `tests/clients` to its end, which must be a good one. Gives what it printed.
pub fn python(script: &str, arguments: &[&str]) -> String {
    let python = std::env::var("TEST_PYTHON").expect("TEST_PYTHON is a Python with grpcio, as tests/run sets it");
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients");
    let output = Command::new(python).arg(folder.join(script)).args(arguments).output().expect("Python runs");
    let (out, complaint) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{script}:\n{out}\n{complaint}");
    out.into_owned()
}
