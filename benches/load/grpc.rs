//! What the RPCs cost: `Info` beside a bare tonic service and a Python one that read the same row, in turns; `Verify`
//! beside the pure Argon2id rate of the core.

use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use portico::grpc::proto;
use portico::grpc::proto::users_api_server::{UsersApi, UsersApiServer};
use portico::model::Username;
use portico::store::{self, Db};
use tokio::runtime::Runtime;
use tonic::body::Body;
use tonic::client::Grpc;
use tonic::codegen::http::uri::PathAndQuery;
use tonic::{Request, Response, Status};
use tonic_prost::ProstCodec;

use super::hashes::{self, Done};
use super::server::{Cores, Folder, Server};
use super::table;

const ROUNDS: usize = 25;
/// Calls at once, on one connection: enough to keep the server's core from ever resting.
const AT_ONCE: usize = 32;
const CALLS: usize = 10_000;
const VERIFYING: Duration = Duration::from_secs(2);

pub(crate) fn run() -> anyhow::Result<()> {
    let cores = Cores::pick()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let folder = Folder::new("grpc")?;
    let portico = Server::portico_inside(cores, folder.path())?;
    let ada = proto::User {
        username: "ada".to_owned(),
        password: "purple otter in the rain".to_owned(),
        first_name: "Ada".to_owned(),
        last_name: "Lovelace".to_owned(),
        admin: false,
    };
    let created = runtime.block_on(Caller::new(portico.address).call("Create", ada.clone()))?;
    ensure!(created.status.as_ref().is_some_and(|status| status.code == 201), "{created:?}");
    for lane in 0..AT_ONCE {
        let other = proto::User { username: username(lane), ..ada.clone() };
        let created = runtime.block_on(Caller::new(portico.address).call("Create", other))?;
        ensure!(created.user.is_some(), "{created:?}");
    }
    let bare = Server::bare_grpc(cores, folder.path())?;
    let mut servers = vec![("bare tonic service", &bare), ("Portico", &portico)];
    let python = python(cores, folder.path())?;
    match &python {
        Some(python) => servers.push(("grpcio and sqlite3, Python", python)),
        None => println!("Without Python: BENCH_PYTHON names one that has grpcio."),
    }

    let info = proto::User { username: "ada".to_owned(), ..proto::User::default() };
    for (_, server) in &servers {
        let answer = runtime.block_on(Caller::new(server.address).call("Info", info.clone()))?;
        ensure!(answer.user == created.user && answer.user.is_some(), "{answer:?}");
        load(&runtime, server)?;
    }
    let mut costs = vec![Vec::new(); servers.len()];
    for _ in 0..ROUNDS {
        for (cost, (_, server)) in costs.iter_mut().zip(&servers) {
            cost.push(load(&runtime, server)?);
        }
    }
    // Of the sums: the machine's speed wanders between the turns.
    let sum = |of: &[f64]| of.iter().sum::<f64>();
    let row = |((what, _), of): (&(&str, &Server), &Vec<f64>)| {
        vec![(*what).to_owned(), format!("{:.1}", sum(of) / ROUNDS as f64), format!("{:.2}", sum(of) / sum(&costs[0]))]
    };
    let rows: Vec<_> = servers.iter().zip(&costs).map(row).collect();
    table::print("Info, processor time of the server", &["", "µs a call", "ratio"], &rows);
    drop(python);

    let (hashes, verified) = hashes::beside(cores, || runtime.block_on(verify(&portico, &ada)))?;
    table::print(
        "Verify on one core, and the same password hashed with nothing else on it, in a second of processor time",
        hashes::COLUMNS,
        &[hashes::row("eight calls at once", hashes.by_processor(), verified.by_processor())],
    );
    Ok(())
}

/// One connection.
#[derive(Clone)]
struct Caller {
    base: String,
    client: Client<HttpConnector, Body>,
}

impl Caller {
    fn new(address: SocketAddr) -> Caller {
        let client = Client::builder(TokioExecutor::new()).http2_only(true).build_http();
        Caller { base: format!("http://{address}"), client }
    }

    async fn call(&self, rpc: &'static str, user: proto::User) -> anyhow::Result<proto::ResponseWithUser> {
        let mut grpc = Grpc::with_origin(self.client.clone(), self.base.parse()?);
        grpc.ready().await?;
        let path: PathAndQuery = format!("/UsersAPI/{rpc}").parse()?;
        let codec = ProstCodec::<proto::User, proto::ResponseWithUser>::default();
        Ok(grpc.unary(Request::new(user), path, codec).await?.into_inner())
    }
}

/// Each lane asks for another account: no answer serves for another's.
fn username(lane: usize) -> String {
    format!("ada{lane}")
}

/// Calls as fast as answers come. Gives processor time a call, in microseconds.
fn load(runtime: &Runtime, server: &Server) -> anyhow::Result<f64> {
    let caller = Caller::new(server.address);
    let before = server.cpu()?;
    runtime.block_on(async {
        let lanes: Vec<_> = (0..AT_ONCE)
            .map(|lane| {
                let caller = caller.clone();
                let user = proto::User { username: username(lane), ..proto::User::default() };
                tokio::spawn(async move {
                    for _ in 0..CALLS / AT_ONCE {
                        let answer = caller.call("Info", user.clone()).await?;
                        ensure!(answer.user.is_some(), "{answer:?}");
                    }
                    anyhow::Ok(())
                })
            })
            .collect();
        for lane in lanes {
            lane.await??;
        }
        anyhow::Ok(())
    })?;
    let spent: Duration = server.cpu()? - before;
    #[expect(clippy::cast_precision_loss, reason = "a small number")]
    let calls = (CALLS / AT_ONCE * AT_ONCE) as f64;
    Ok(spent.as_secs_f64() * 1e6 / calls)
}

/// Verifies as fast as answers come.
async fn verify(server: &Server, ada: &proto::User) -> anyhow::Result<Done> {
    let caller = Caller::new(server.address);
    let before = server.cpu()?;
    let start = Instant::now();
    let lanes: Vec<_> = (0..8)
        .map(|_| {
            let (caller, ada) = (caller.clone(), ada.clone());
            tokio::spawn(async move {
                let mut verified = 0.0;
                while start.elapsed() < VERIFYING {
                    let answer = caller.call("Verify", ada.clone()).await?;
                    ensure!(answer.user.is_some(), "{answer:?}");
                    verified += 1.0;
                }
                anyhow::Ok(verified)
            })
        })
        .collect();
    let mut count = 0.0;
    for lane in lanes {
        count += lane.await??;
    }
    Ok(Done { count, time: start.elapsed(), processor: server.cpu()? - before })
}

/// The Python server, where there is a Python with grpcio.
fn python(cores: Cores, folder: &Path) -> anyhow::Result<Option<Server>> {
    let Ok(python) = std::env::var("BENCH_PYTHON") else { return Ok(None) };
    let port = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut command = Command::new(python);
    command
        .arg(root.join("benches/load/info.py"))
        .arg(port.to_string())
        .arg(folder.join("data/portico.db"))
        .env("PYTHONPATH", root.join("tests/clients"))
        .stdin(Stdio::null());
    let child = cores.spawn(&mut command)?;
    Server::answering(child, SocketAddr::from(([127, 0, 0, 1], port))).map(Some)
}

/// This program in its role as the bare service: tonic, one read, nothing around them.
pub(crate) fn serve(folder: &Path) -> anyhow::Result<()> {
    std::env::set_current_dir(folder)?;
    let (settings, _) = portico::config::load(Vec::new(), std::iter::empty(), None, &portico::http::dialect_names())?;
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let db = Db::open(&settings).await?;
        eprintln!("the bare service is open at http://{}", listener.local_addr()?);
        let service = UsersApiServer::new(Bare { db });
        Ok(axum::serve(listener, axum::Router::new().route_service("/UsersAPI/{*rpc}", service)).await?)
    })
}

struct Bare {
    db: Db,
}

impl Bare {
    async fn find(&self, username: &str) -> anyhow::Result<proto::ResponseWithUser> {
        let mut connection = self.db.read().await?;
        let keys = Username::keys(username).ok().context("a username")?;
        let (account, _) = store::accounts::find_by_username(&mut connection, &keys).await?.context("an account")?;
        Ok(proto::ResponseWithUser {
            status: Some(proto::Response { code: 200, message: "User with this username exists.".to_owned() }),
            user: Some(proto::User {
                username: account.username().unwrap_or_default().to_owned(),
                password: String::new(),
                first_name: account.name.first,
                last_name: account.name.last,
                admin: account.is_admin,
            }),
        })
    }
}

type Answer<T> = Result<Response<T>, Status>;

#[tonic::async_trait]
impl UsersApi for Bare {
    async fn info(&self, request: Request<proto::User>) -> Answer<proto::ResponseWithUser> {
        let found = self.find(&request.get_ref().username).await;
        found.map(Response::new).map_err(|error| Status::internal(error.to_string()))
    }

    async fn is_exist(&self, _: Request<proto::User>) -> Answer<proto::Response> {
        Err(Status::unimplemented("only Info"))
    }

    async fn create(&self, _: Request<proto::User>) -> Answer<proto::ResponseWithUser> {
        Err(Status::unimplemented("only Info"))
    }

    async fn verify(&self, _: Request<proto::User>) -> Answer<proto::ResponseWithUser> {
        Err(Status::unimplemented("only Info"))
    }

    async fn update_user_data(&self, _: Request<proto::User>) -> Answer<proto::ResponseWithUser> {
        Err(Status::unimplemented("only Info"))
    }

    async fn update_password(&self, _: Request<proto::User>) -> Answer<proto::Response> {
        Err(Status::unimplemented("only Info"))
    }
}
