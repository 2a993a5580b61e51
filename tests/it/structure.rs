//! How the program is built: its layers, its two schemas.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::support::{Database, Portico};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The files below a folder of the repository, by the path there, with their text.
fn sources(folder: &str, ending: &str) -> BTreeMap<PathBuf, String> {
    let mut found = BTreeMap::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|known| known == ending) {
                let text = std::fs::read_to_string(&path).unwrap();
                found.insert(path.strip_prefix(root()).unwrap().to_owned(), text);
            }
        }
    }
    found
}

/// The program's own sources. Two crates lie among them: of the program, nothing is in their reach.
fn own_sources() -> BTreeMap<PathBuf, String> {
    let mut found = sources("src", "rs");
    found.retain(|path, _| !["src/imaging", "src/webauthn"].iter().any(|its| path.starts_with(its)));
    found
}

fn table(file: &str) -> toml::Table {
    std::fs::read_to_string(root().join(file)).unwrap().parse().unwrap()
}

/// The modules from the ground up: each may use those of the lines before its own, and itself.
const LAYERS: &[&[&str]] = &[
    &["clock", "html", "metrics", "password_filter", "shares"],
    // Values and what is pure, and what needs nothing else of the program.
    &["model", "open_files", "request_id", "secrets", "worker_pool", "webhook"],
    &["config"],
    // Tools, each for one thing of the outside world.
    &[
        "breached",
        "broker",
        "language",
        "passwords",
        "picture_workers",
        "placeholders",
        "private",
        "recent_errors",
        "redis",
        "tls",
    ],
    &["jwt", "limits", "log", "mailer", "media", "store"],
    &["error"],
    // What they all are given.
    &["app"],
    // Use cases.
    &["authenticated", "lookup", "permission"],
    &["audit"],
    &["mails"],
    &["events", "factors", "passkeys", "tokens"],
    &["logins"],
    &["accounts"],
    &["pictures"],
    &["diagnosis", "personal_data", "transfer"],
    // Doors, and what opens them.
    &["peer"],
    &["grpc", "workers"],
    &["http"],
    &["server"],
    &["cli"],
];

/// Rows that a use case gives to doors as they are.
const PASSED_ON: &[&str] = &[
    "pub use crate::events::targets::TargetStatus;",
    "pub use crate::recent_errors::Recent;",
    "pub use crate::store::audit::Direction;",
    "pub use crate::store::events::EventRow;",
    "pub use crate::store::links::LinkState;",
    "pub use crate::store::pending_sign_ups::PendingSignUp;",
    "pub use crate::store::stats::{MAX_COUNTED, Sizes};",
    "pub use crate::store::invites::Invite;",
];

/// What doors may use: use cases, the values they take and give, and counts of what is shared out.
const FOR_DOORS: &[&str] = &[
    "accounts",
    "app",
    "audit",
    "authenticated",
    "config",
    "diagnosis",
    "error",
    "events",
    "factors",
    "html",
    "jwt",
    "language",
    "logins",
    "passkeys",
    "lookup",
    "mails",
    "metrics",
    "model",
    "peer",
    "permission",
    "personal_data",
    "pictures",
    "request_id",
    "shares",
    "tokens",
    "transfer",
];

/// What some doors use beyond that: pictures are sent from the store as they lie.
fn excepted(file: &Path) -> &'static [&'static str] {
    match file.to_str().unwrap() {
        "src/http/media.rs" => &["media", "object_store::", ".media()"],
        "src/http/conditional.rs" => &["object_store::"],
        "src/http/avatar.rs" => &["media"],
        // Mails are templates, as pages are.
        "src/mails/letter.rs" | "src/html.rs" => &["askama::"],
        _ => &[],
    }
}

/// A module by its path, such as `http/api/django`.
fn module_path(file: &Path) -> Vec<String> {
    let mut parts: Vec<String> = file.iter().skip(1).map(|part| part.to_str().unwrap().to_owned()).collect();
    let last = parts.pop().unwrap();
    let name = last.trim_end_matches(".rs");
    if name != "mod" {
        parts.push(name.to_owned());
    }
    parts
}

/// The code of a file: without comments.
fn code(text: &str) -> String {
    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// The top modules that a text names, whether by `crate::…`, by a group of these or by way of `super`.
fn uses(file: &Path, code: &str) -> BTreeSet<String> {
    let word = |text: &str| -> String {
        text.chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').collect()
    };
    let mut found = BTreeSet::new();
    for (at, _) in code.match_indices("crate::") {
        let rest = &code[at + "crate::".len()..];
        match rest.strip_prefix('{') {
            None => drop(found.insert(word(rest))),
            Some(group) => {
                let mut depth = 0;
                let mut starts = true;
                for (at, letter) in group.char_indices() {
                    match letter {
                        '}' if depth == 0 => break,
                        '{' => depth += 1,
                        '}' => depth -= 1,
                        ',' if depth == 0 => starts = true,
                        _ if starts && letter.is_alphabetic() => {
                            found.insert(word(&group[at..]));
                            starts = false;
                        }
                        _ => {}
                    }
                }
            }
        }
    }
    let depth = module_path(file).len();
    let mut rest = code;
    while let Some(at) = rest.find("super::") {
        rest = &rest[at..];
        let mut count = 0;
        while let Some(further) = rest.strip_prefix("super::") {
            rest = further;
            count += 1;
        }
        if count == depth {
            found.insert(word(rest));
        }
    }
    found
}

#[test]
fn every_module_uses_only_those_below_it() {
    let rank = |module: &str| LAYERS.iter().position(|layer| layer.contains(&module));
    let mut wrong = Vec::new();
    for (path, text) in own_sources() {
        let Some(module) =
            module_path(&path).into_iter().next().filter(|name| !["lib", "main"].contains(&name.as_str()))
        else {
            continue;
        };
        let Some(own) = rank(&module) else {
            wrong.push(format!("{module} stands in no layer"));
            continue;
        };
        let code = code(&text);
        for used in uses(&path, &code) {
            match rank(&used) {
                Some(rank) if used != module && rank >= own => wrong.push(format!("{} uses {used}", path.display())),
                _ => {}
            }
        }
        let passes_on =
            |line: &&str| line.starts_with("pub") && line.contains(" use crate::") && !PASSED_ON.contains(line);
        for line in code.lines().map(str::trim).filter(passes_on) {
            wrong.push(format!("{} passes on what is another's: {line}", path.display()));
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

/// Other crates, or parts of them and of `App`, that only some modules may use.
fn crates_of_others(module: &str) -> &'static [&'static str] {
    let layer = LAYERS.iter().position(|layer| layer.contains(&module));
    let is = |name: &str| LAYERS.iter().position(|layer| layer.contains(&name));
    match module {
        "model" => &["axum::", "askama::", "hyper::", "tonic::", "tokio::", "std::fs", "async fn"],
        // What authenticates a user, only the use cases make.
        "http" | "grpc" => &[
            "sqlx::",
            "sqlx_macros::",
            "object_store::",
            "Authenticated::",
            // Tools that they could reach by `App`.
            ".audit_queue()",
            ".avatars()",
            ".breached()",
            ".connections()",
            ".db()",
            ".families()",
            ".limits()",
            ".mailer()",
            ".media()",
            ".passwords()",
            ".picture_workers()",
            ".redis()",
            ".sessions()",
            ".summaries()",
        ],
        _ if layer < is("peer") => &["axum::", "askama::", "hyper::", "tonic::"],
        _ => &[],
    }
}

#[test]
fn doors_stay_at_the_door_and_what_is_below_them_below() {
    let mut wrong = Vec::new();
    for (path, text) in own_sources() {
        let Some(module) = module_path(&path).into_iter().next() else { continue };
        let code = code(&text);
        for name in crates_of_others(&module).iter().filter(|name| !excepted(&path).contains(name)) {
            wrong.extend(
                code.lines().filter(|line| line.contains(name)).map(|line| format!("{}: {line}", path.display())),
            );
        }
        if ["http", "grpc"].contains(&module.as_str()) {
            let known = |used: &String| LAYERS.iter().any(|layer| layer.contains(&used.as_str()));
            for used in uses(&path, &code).into_iter().filter(known) {
                if !FOR_DOORS.contains(&used.as_str())
                    && !excepted(&path).contains(&used.as_str())
                    && !["http", "grpc"].contains(&used.as_str())
                {
                    wrong.push(format!("{} reaches past the use cases for {used}", path.display()));
                }
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn a_user_is_authenticated_by_log_ins_and_as_they_open_an_account_alone() {
    const MAKERS: [&str; 4] =
        ["src/authenticated.rs", "src/logins", "src/accounts/insert.rs", "src/accounts/register.rs"];
    let mut makers = own_sources();
    makers.retain(|path, text| {
        let code = code(text);
        let makes_one = code.contains("Authenticated::") || code.contains("Authenticated as ");
        makes_one && !MAKERS.iter().any(|maker| path.starts_with(maker))
    });
    assert_eq!(makers.into_keys().collect::<Vec<_>>(), Vec::<PathBuf>::new());
}

#[test]
fn pictures_are_decoded_by_the_picture_workers_alone() {
    let names_it = |rest: &str| {
        let path = rest.split(';').next().unwrap();
        let mut words = path.split(|letter: char| !letter.is_alphanumeric() && letter != '_');
        words.any(|word| ["prepare", "crop_again"].contains(&word))
    };
    let mut users = own_sources();
    users.retain(|_, text| code(text).split("portico_imaging::").skip(1).any(names_it));
    assert_eq!(users.into_keys().collect::<Vec<_>>(), [Path::new("src/picture_workers.rs")]);
}

#[test]
fn handlers_stand_behind_one_type() {
    let typed = ["fallback(", ").post(", ").put(", ").delete("];
    let bare = |text: &str| {
        let others = text.replace("use axum::routing::MethodRouter;", "").replace("fallback(erased(", "");
        others.contains("axum::routing") || typed.iter().any(|by| others.contains(by))
    };
    let mut files = own_sources();
    files.retain(|path, text| path.starts_with("src/http") && bare(&code(text)));
    assert_eq!(files.into_keys().collect::<Vec<_>>(), [Path::new("src/http/routing.rs")]);
}

#[test]
fn every_crate_is_built_checked_and_tested_where_none_is_named() {
    let workspace = &table("Cargo.toml")["workspace"];
    assert_eq!(workspace["default-members"], workspace["members"]);
    let manifests = sources("src", "toml").into_keys().filter(|path| path.ends_with("Cargo.toml"));
    let members: BTreeSet<PathBuf> = workspace["members"]
        .as_array()
        .unwrap()
        .iter()
        .map(|member| Path::new(member.as_str().unwrap()).join("Cargo.toml"))
        .filter(|path| path.starts_with("src"))
        .collect();
    assert_eq!(manifests.collect::<BTreeSet<_>>(), members);
    for member in members {
        assert_eq!(table(member.to_str().unwrap())["lints"]["workspace"].as_bool(), Some(true), "{}", member.display());
    }
}

#[test]
fn what_is_fuzzed_is_what_is_shipped() {
    let shipped = [table("src/imaging/Cargo.toml"), table("src/webauthn/Cargo.toml")];
    let fuzzed = table("fuzz/Cargo.toml");
    for (name, dependency) in fuzzed["dependencies"].as_table().unwrap() {
        if !["cap", "libfuzzer-sys", "portico-imaging", "portico-webauthn"].contains(&name.as_str()) {
            let mut asked = shipped.iter().filter_map(|manifest| manifest["dependencies"].get(name));
            assert!(asked.any(|asked| asked == dependency), "{name}");
        }
    }
    let packages = |path: &str| -> BTreeSet<(String, String)> {
        let text = |package: &toml::Value, key: &str| package[key].as_str().unwrap().to_owned();
        let lock = table(path);
        lock["package"].as_array().unwrap().iter().map(|each| (text(each, "name"), text(each, "version"))).collect()
    };
    let (shipped, fuzzed) = (packages("Cargo.lock"), packages("fuzz/Cargo.lock"));
    let known: BTreeSet<&String> = shipped.iter().map(|(name, _)| name).collect();
    let others: Vec<_> = fuzzed.difference(&shipped).filter(|(name, _)| known.contains(name)).collect();
    assert_eq!(others, Vec::<&(String, String)>::new(), "CONTRIBUTING.md says how to bring them along");
}

/// Ways to make something older than it is. The audit log refuses them all, and who delivers to a target, and until
/// when, goes by the database's clock.
fn dates_back(code: &str) -> Vec<&str> {
    let statements = code.match_indices("update ").filter_map(|(at, _)| code[at..].split('"').next());
    let dated = ["_at = ", "_until = ", "_after = "];
    let mut found: Vec<&str> = statements
        .filter(|sql| sql.contains(" set ") && dated.iter().any(|column| sql.contains(column)))
        .filter(|sql| !sql.starts_with("update audit ") && !sql.contains("held_until"))
        .collect();
    let others = ["'now', '-", "- interval '", ".set_modified(", ".set_times("];
    found.extend(code.lines().filter(|line| others.iter().any(|way| line.contains(way))));
    found
}

#[test]
fn stories_let_time_pass_and_make_nothing_older_than_it_is() {
    let mut wrong = Vec::new();
    for (path, text) in sources("tests/it", "rs") {
        if !path.ends_with("structure.rs") {
            wrong.extend(dates_back(&code(&text)).iter().map(|way| format!("{}: {way}", path.display())));
        }
    }
    assert_eq!(wrong, Vec::<String>::new(), "`Portico::advance` and `Portico::turn_back` do it");
    let old = r#"execute("update sessions set seen_at = '2020-01-01T00:00:00Z'")"#;
    assert_eq!(dates_back(old), ["update sessions set seen_at = '2020-01-01T00:00:00Z'"]);
}

#[test]
fn statements_name_the_columns_that_they_give() {
    let mut wrong = Vec::new();
    for (path, text) in own_sources() {
        // Its stars stand in subqueries, around which the columns are named.
        if path != Path::new("src/store/account_index/mod.rs") {
            let stars = ["select *", "returning *", ".* from ", ".*, "];
            let code = code(&text);
            let found = code.lines().filter(|line| stars.iter().any(|star| line.contains(star)));
            wrong.extend(found.map(|line| format!("{}: {line}", path.display())));
        }
    }
    assert_eq!(wrong, Vec::<String>::new(), "`columns!` tells why");
}

/// The columns of each table, and whether they may stay empty, as the migrations of one database make them.
fn columns(migrations: &str) -> BTreeSet<(String, String, bool)> {
    let mut columns = BTreeSet::new();
    for text in sources(migrations, "sql").values() {
        let code: String =
            text.lines().filter(|line| !line.trim_start().starts_with("--")).collect::<Vec<_>>().join("\n");
        for statement in code.split(';') {
            let words: Vec<&str> = statement.split_whitespace().collect();
            match words.as_slice() {
                ["create", "table", table, ..] => {
                    for line in statement.lines().skip_while(|line| !line.contains("create table")).skip(1) {
                        let Some(name) = line.split_whitespace().next() else { continue };
                        if !matches!(name, "constraint" | "primary" | "unique" | "check" | "foreign" | ")") {
                            let filled = line.contains("not null") || line.contains("primary key");
                            columns.insert(((*table).to_owned(), name.to_owned(), !filled));
                        }
                    }
                }
                ["alter", "table", table, "add", "column", name, rest @ ..] => {
                    let filled = rest.windows(2).any(|pair| pair == ["not", "null"]);
                    columns.insert(((*table).to_owned(), (*name).to_owned(), !filled));
                }
                ["alter", "table", table, "drop", "column", name, ..] => {
                    columns.retain(|(known, column, _)| (known, column) != (&(*table).to_owned(), &(*name).to_owned()));
                }
                ["drop", "table", table, ..] => columns.retain(|(known, _, _)| known != table),
                _ => {}
            }
        }
    }
    columns
}

#[test]
fn both_databases_have_the_same_tables_and_columns() {
    let names = |folder: &str| -> Vec<String> {
        sources(folder, "sql").keys().map(|path| path.file_name().unwrap().to_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names("migrations/sqlite"), names("migrations/postgres"));
    // SQLite numbers a primary key by itself, whatever is said of null. What words are found by is kept in a way of
    // each.
    let own = [("directory", "number"), ("directory", "grams")];
    let columns = |folder| {
        let mut columns = columns(folder);
        columns.retain(|(table, column, _)| !own.contains(&(table.as_str(), column.as_str())));
        columns
    };
    assert_eq!(columns("migrations/sqlite"), columns("migrations/postgres"));
}

#[tokio::test]
async fn the_open_database_has_the_columns_that_the_migrations_say() {
    let portico = Portico::start().await;
    let (folder, sql) = match portico.database() {
        Database::Sqlite(_) => (
            "migrations/sqlite",
            "select t.name || ' ' || c.name from sqlite_master t join pragma_table_info(t.name) c \
             where t.type = 'table' and t.name not like 'sqlite_%' and t.name not like '_sqlx_%' \
             and t.name not like 'directory_trigrams%'",
        ),
        Database::Postgres { .. } => (
            "migrations/postgres",
            "select table_name || ' ' || column_name from information_schema.columns \
             where table_schema = 'public' and table_name not like '_sqlx_%'",
        ),
    };
    let open: BTreeSet<String> = portico.database().texts(sql).await.into_iter().collect();
    let said: BTreeSet<String> =
        columns(folder).into_iter().map(|(table, column, _)| format!("{table} {column}")).collect();
    assert_eq!(open, said);
}

#[tokio::test]
async fn the_sqlite_that_is_built_in_is_the_one_that_the_documents_name_and_guards_its_schema() {
    use sqlx::{Connection as _, SqliteConnection};
    let mut file = SqliteConnection::connect("sqlite::memory:").await.unwrap();
    let version: String = sqlx::query_scalar("select sqlite_version()").fetch_one(&mut file).await.unwrap();
    let told = std::fs::read_to_string(root().join("docs/DEPENDENCIES.md")).unwrap();
    assert!(told.contains(&format!("| SQLite | {version} |")), "{version}");
    let forged = "create table kept (id); pragma writable_schema = on; delete from sqlite_schema where name = 'kept'";
    let refused = sqlx::raw_sql(forged).execute(&mut file).await.unwrap_err().to_string();
    assert!(refused.contains("may not be modified"), "{refused}");
}

/// Forms of people who are not logged in, and the one that ends whatever session there is.
const OF_STRANGERS: &[&str] =
    &["/login", "/logout", "/signup", "/setup/", "/invite/", "/password/", "/email/confirm/", "{{ action }}"];

#[test]
fn every_form_of_a_page_behind_the_log_in_says_whose_page_it_is() {
    let mut silent = Vec::new();
    for (path, text) in sources("templates", "html") {
        for form in text.split("<form").skip(1).filter(|form| form.contains("method=\"post\"")) {
            let action = form.split("action=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_default();
            let is_strangers = OF_STRANGERS.iter().any(|start| action.starts_with(start));
            if !is_strangers && !action.ends_with("?{{ shell.whose() }}") {
                silent.push(format!("{}: {action}", path.display()));
            }
        }
    }
    assert_eq!(silent, Vec::<String>::new());
}

/// What is HTML has a type that says so (askama's `Safe`), which the code alone gives it.
#[test]
fn no_page_calls_a_text_html() {
    let pages = sources("templates", "html");
    let trusting = pages.into_iter().filter(|(_, text)| text.contains("|safe") || text.contains("| safe"));
    assert_eq!(trusting.map(|(path, _)| path.display().to_string()).collect::<Vec<_>>(), Vec::<String>::new());
}

#[test]
fn the_documents_tell_of_every_metric() {
    let source = std::fs::read_to_string(root().join("src/metrics.rs")).unwrap();
    let told = std::fs::read_to_string(root().join("docs/INSIDE.md")).unwrap();
    let names: Vec<&str> = source
        .split(" names.")
        .skip(1)
        .filter(|rest| !rest.starts_with('0'))
        .filter_map(|rest| rest.split('"').nth(1))
        .collect();
    assert!(names.contains(&"sessions"), "{names:?}");
    let silent = |name: &&str| ["`", "{"].iter().all(|end| !told.contains(&format!("`portico_{name}{end}")));
    assert_eq!(names.into_iter().filter(silent).collect::<Vec<_>>(), Vec::<&str>::new());
}
