//! What an API call costs: `me` of each dialect beside a bare handler that verifies the same token and reads one row,
//! and log-ins beside the same password hashed with nothing else.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::{Json, Router, routing::get};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use portico::app::App;
use portico::model::AccountId;
use portico::store;
use serde::{Deserialize, Serialize};

use super::client::Connection;
use super::hashes::{self, Done};
use super::pages::load;
use super::server::{Cores, Folder, Server};
use super::table;

const ROUNDS: usize = 7;
const LOG_IN_LENGTH: Duration = Duration::from_secs(2);
const CLIENTS: usize = 4;
const BODY: &str = r#"{"email":"ada@example.org","full_name":"Ada Lovelace","password":"Abcdef12"}"#;
const LOG_IN: &str = r#"{"email":"ada@example.org","password":"Abcdef12"}"#;

pub(crate) fn run() -> anyhow::Result<()> {
    let cores = Cores::pick()?;
    let folder = Folder::new("api")?;
    let portico = Server::portico(cores, folder.path())?;
    let registered = Connection::open(portico.address)?.expect(200, &post("/api/users/register", BODY))?;
    let tokens: serde_json::Value = serde_json::from_slice(&registered.body)?;
    let token = tokens["access"].as_str().context("a token")?;
    let bare = Server::bare(cores, folder.path())?;
    let django = me("/api/users/me", &format!("JWT {token}"));
    let fastapi = me("/users", token);
    let body = |server: &Server| Ok::<_, anyhow::Error>(Connection::open(server.address)?.expect(200, &django)?.body);
    ensure!(body(&portico)? == body(&bare)?, "the bare handler's answer is another one");

    let calls = [
        ("bare handler", &bare, &django),
        ("Django dialect, /api/users/me", &portico, &django),
        ("FastAPI dialect, /users", &portico, &fastapi),
    ];
    for (_, server, request) in &calls {
        load(server, request)?;
    }
    let mut costs = [const { Vec::new() }; 3];
    for _ in 0..ROUNDS {
        for (cost, (_, server, request)) in costs.iter_mut().zip(&calls) {
            cost.push(load(server, request)?);
        }
    }
    let row = |((what, ..), of): (&(&str, &Server, &Vec<u8>), &Vec<f64>)| {
        let ratios: Vec<f64> = of.iter().zip(&costs[0]).map(|(one, bare)| one / bare).collect();
        vec![(*what).to_owned(), format!("{:.0}", table::median(of)), format!("{:.2}", table::median(&ratios))]
    };
    let rows: Vec<_> = calls.iter().zip(&costs).map(row).collect();
    table::print("Who the token belongs to, processor time of the server", &["", "µs a call", "ratio"], &rows);
    log_ins(cores, &portico)
}

fn log_ins(cores: Cores, portico: &Server) -> anyhow::Result<()> {
    let (hashes, log_ins) = hashes::beside(cores, || log_in(portico))?;
    table::print(
        "Log-ins (Django dialect) and the hashes of one core, in a second of processor time",
        hashes::COLUMNS,
        &[hashes::row("four clients without pause", hashes.by_processor(), log_ins.by_processor())],
    );
    Ok(())
}

/// Log-ins without pause.
fn log_in(server: &Server) -> anyhow::Result<Done> {
    let request = post("/api/users/login", LOG_IN);
    let (start, before) = (Instant::now(), server.cpu()?);
    let done: anyhow::Result<u32> = std::thread::scope(|scope| {
        let clients: Vec<_> = (0..CLIENTS)
            .map(|_| {
                let request = &request;
                scope.spawn(move || -> anyhow::Result<u32> {
                    let mut connection = Connection::open(server.address)?;
                    let mut done = 0;
                    while start.elapsed() < LOG_IN_LENGTH {
                        connection.expect(200, request)?;
                        done += 1;
                    }
                    Ok(done)
                })
            })
            .collect();
        clients.into_iter().map(|client| client.join().map_err(|_| anyhow::anyhow!("a client panicked"))?).sum()
    });
    Ok(Done { count: f64::from(done?), time: start.elapsed(), processor: server.cpu()? - before })
}

fn me(path: &str, authorization: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nhost: portico\r\nauthorization: {authorization}\r\n\r\n").into_bytes()
}

fn post(path: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!(
        "POST {path} HTTP/1.1\r\nhost: portico\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}

/// The bare handler, for the server that this program is in its other role.
pub(crate) fn bare(folder: &Path) -> anyhow::Result<Router<App>> {
    let secret = std::fs::read_to_string(folder.join("data/secret.key"))?;
    let key = DecodingKey::from_secret(secret.trim().as_bytes());
    let known = std::sync::Arc::new((key, Validation::new(Algorithm::HS256)));
    let handler = async move |State(app): State<App>, headers: HeaderMap| {
        answer(&app, &known.0, &known.1, &headers).await.map_err(|_| StatusCode::UNAUTHORIZED)
    };
    Ok(Router::new().route("/api/users/me", get(handler)))
}

#[derive(Deserialize)]
struct Claims {
    sub: uuid::Uuid,
}

#[derive(Serialize)]
struct User {
    id: String,
    email: Option<String>,
    full_name: String,
    profile_pic: Option<String>,
}

async fn answer(
    app: &App,
    key: &DecodingKey,
    validation: &Validation,
    headers: &HeaderMap,
) -> anyhow::Result<Json<User>> {
    let header = headers.get(header::AUTHORIZATION).context("a token")?.to_str()?;
    let token = header.strip_prefix("JWT ").context("a token")?;
    let claims = jsonwebtoken::decode::<Claims>(token, key, validation)?.claims;
    let mut connection = app.db().read().await?;
    let account = store::accounts::find(&mut connection, AccountId(claims.sub)).await?.context("an account")?;
    Ok(Json(User {
        id: account.id.to_string(),
        email: account.email().map(str::to_owned),
        full_name: account.name.full.clone(),
        profile_pic: None,
    }))
}
