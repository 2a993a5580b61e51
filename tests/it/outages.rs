//! The database is there, and is of no use for a while; or it is none that can be used.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::api::{Api, text};
use crate::support::{Database, Done, PASSWORD, Portico, Visitor, command};

/// Ends all other connections to this database.
const END_OTHERS: &str = "select pg_terminate_backend(pid) from pg_stat_activity \
    where datname = current_database() and pid <> pg_backend_pid()";

fn new_account(username: &str) -> [(&str, String); 3] {
    [("email", format!("{username}@example.org")), ("username", username.to_owned()), ("password", PASSWORD.to_owned())]
}

#[tokio::test]
async fn a_server_that_only_reads_is_left_as_soon_as_another_writes() {
    let portico = Portico::start().await;
    let Database::Postgres { name, .. } = portico.database() else { return };
    let sign_up = async |username: &str| {
        let fields = new_account(username);
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        portico.visitor().submit("/signup", &fields).await
    };
    sign_up("ada").await.assert_leads_to("/welcome");
    // As an address that leads to a standby for a while.
    portico.database().execute(&format!("alter database {name} set default_transaction_read_only = on")).await;
    portico.database().execute(END_OTHERS).await;
    let refused = sign_up("bob").await;
    refused.assert_status(503);
    assert_eq!(refused.header("retry-after"), "2");
    portico.readiness(503).await;
    portico.run(&["doctor"], "").assert_refused("checks failed");
    let reset = format!("begin read write; alter database {name} reset default_transaction_read_only; commit");
    portico.database().execute(&reset).await;
    for username in ["bob", "cid", "dora", "eve"] {
        sign_up(username).await.assert_leads_to("/welcome");
    }
    portico.readiness(200).await;
}

/// Whatever reads rows of tables that later versions may add columns to.
async fn read_everything(portico: &Portico, admin: &Visitor) {
    for path in ["/account", "/account/profile", "/account/security", "/admin/users", "/avatar/@mira", MIRA_BY_MD5] {
        admin.get(path).await.assert_status(200);
    }
    let id = portico.database().text(&format!("select {} from accounts", portico.database().id_as_text("id"))).await;
    admin.get(&format!("/admin/users/{id}")).await.assert_status(200);
    admin
        .submit("/account/profile", &[("username", "mira"), ("name", "Mira"), ("findable", "1")])
        .await
        .assert_status(303);
    portico.log_in("mira", PASSWORD).await;
    let api = Api::of(portico);
    let login = json!({ "email": "mira@example.org", "password": PASSWORD });
    let tokens = api.call("POST", "/api/users/login", "", login).await;
    tokens.assert_status(200);
    let refresh = json!({ "refresh": text(&tokens, "/refresh") });
    let tokens = api.call("POST", "/api/users/refresh", "", refresh).await;
    tokens.assert_status(201);
    let access = format!("JWT {}", text(&tokens, "/access"));
    api.call("GET", "/api/users/me", &access, Value::Null).await.assert_status(200);
}

const MIRA_BY_MD5: &str = "/avatar/6b29de32a3606455031cf93b2e69ad0a?d=identicon";

#[tokio::test]
async fn a_replica_of_the_version_before_goes_on_beside_tables_with_another_column() {
    let portico = Portico::with(&[("PORTICO_RATE_LIMITS", "off")]).await;
    let admin = portico.admin("mira").await;
    // Several at once, so that the statements are prepared on more than one connection.
    tokio::join!(read_everything(&portico, &admin), read_everything(&portico, &admin));
    for table in ["accounts", "directory", "events", "former_usernames", "links", "sessions", "token_families"] {
        portico.database().execute(&format!("alter table {table} add column of_the_next_version text")).await;
    }
    tokio::join!(read_everything(&portico, &admin), read_everything(&portico, &admin));
    let log = portico.log();
    assert!(!log.contains("panicked") && !log.contains("ERROR"), "{log}");
}

#[tokio::test]
async fn a_connection_that_is_cut_off_in_the_middle_is_no_fault_of_ours() {
    let portico = Portico::start().await;
    let Database::Postgres { .. } = portico.database() else { return };
    let ada = portico.member("ada").await;
    let mut held = portico.database().begin().await;
    held.execute("update accounts set full_name = full_name").await;
    let profile = [("username", "ada"), ("name", "Ada"), ("public", "1")];
    let (answer, ()) = tokio::join!(ada.submit("/account/profile", &profile), async {
        let end = "select pg_terminate_backend(pid)::text from pg_stat_activity \
            where datname = current_database() and wait_event_type = 'Lock'";
        let start = Instant::now();
        while portico.database().texts(end).await.is_empty() {
            assert!(start.elapsed() < Duration::from_secs(10), "nobody waits");
        }
    });
    answer.assert_status(503);
    assert_eq!(answer.header("retry-after"), "2");
    drop(held);
    ada.submit("/account/profile", &profile).await.assert_status(303);
}

#[tokio::test]
async fn a_database_with_no_room_for_every_text_is_refused() {
    let portico = Portico::start().await;
    let Database::Postgres { name, url } = portico.database() else { return };
    let other = format!("{name}_latin1");
    let create = format!("create database {other} encoding 'LATIN1' lc_collate 'C' lc_ctype 'C' template template0");
    portico.database().execute(&create).await;
    let mut migrate = command();
    migrate.env("DATABASE_URL", url.replace(name, &other)).arg("migrate");
    let done = Done::of(migrate, "");
    portico.database().execute(&format!("drop database {other} with (force)")).await;
    done.assert_refused("LATIN1");
}

#[tokio::test]
async fn why_postgresql_cannot_be_reached_is_told() {
    let folder = tempfile::tempdir().unwrap();
    for task in ["migrate", "serve"] {
        let mut command = command();
        command.current_dir(folder.path()).env("DATABASE_URL", "postgres://ada@127.0.0.1:1/none").arg(task);
        let done = Done::of(command, "");
        assert!(done.code != 0 && format!("{done:?}").contains("refused"), "{done:?}");
    }
}

#[tokio::test]
async fn a_stop_is_heard_while_the_database_is_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    // It takes connections, and says nothing.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut command = command();
    command.current_dir(folder.path()).stderr(std::process::Stdio::null());
    command.env("DATABASE_URL", format!("postgres://ada@{}/none", silent.local_addr().unwrap()));
    let mut process = command.arg("serve").spawn().unwrap();
    let _asked = silent.accept().unwrap();
    let sent = std::process::Command::new("kill").args(["-TERM", &process.id().to_string()]).status().unwrap();
    assert!(sent.success());
    assert!(process.wait().unwrap().success());
}

#[tokio::test]
async fn a_start_on_a_schema_that_is_there_says_nothing_of_it() {
    let mut portico = Portico::start().await;
    portico.restart().await;
    assert!(!portico.log().contains("skipping"), "{}", portico.log());
}

#[tokio::test]
async fn statements_have_no_names_where_the_address_asks_for_it() {
    let mut portico = Portico::start().await;
    let Database::Postgres { url, .. } = portico.database() else { return };
    let url = format!("{url}?statement-cache-capacity=0");
    portico.set("DATABASE_URL", &url);
    portico.restart().await;
    portico.member("ada").await;
    portico.log_in("ada", PASSWORD).await;
    portico.run(&["seed", "--users", "20", "--more"], "").assert_done();
    let asked = portico.visitor().get("/avatar/@ada?d=404").await;
    asked.assert_status(404);
}
