//! Commands for operators: accounts, migrations, the doctor.

use serde_json::Value;

use crate::support::{Database, Done, PASSWORD, Portico, command, photo};

#[tokio::test]
async fn an_account_made_by_command_logs_in_on_the_pages() {
    let portico = Portico::start().await;
    let input = format!("{PASSWORD}\n");
    let create = ["user", "create", "--username", "ada", "--email", "ada@example.org", "--name", "Ada L", "--admin"];
    portico.run(&create, &input).assert_done();
    let ada = portico.log_in("ada@example.org", PASSWORD).await;
    assert_eq!(ada.get("/account").await.one("h1"), "Hello, Ada L");
    assert_eq!(portico.database().count("accounts where is_admin").await, 1);
    assert_eq!(portico.database().count("events where kind = 'user.created'").await, 1);
}

#[tokio::test]
async fn an_account_that_cannot_be_made_says_why_in_one_line() {
    let portico = Portico::start().await;
    portico.member("ada").await;
    let create = |arguments: &[&str], input: &str| portico.run(&[&["user", "create"], arguments].concat(), input);
    create(&["--username", "ADA"], "eight brave herons\n").assert_refused("another account has this username");
    create(&["--email", "ada@EXAMPLE.org"], "eight brave herons\n").assert_refused("another account has this email");
    create(&["--username", "bob"], "short\n").assert_refused("the password must have 12 characters or more");
    create(&["--username", "bob"], "").assert_refused("the password is missing");
    create(&["--username", "a b"], "eight brave herons\n").assert_refused("the username cannot be used");
    create(&["--email", "nonsense"], "eight brave herons\n").assert_refused("the email cannot be used");
    assert_ne!(create(&[], "eight brave herons\n").code, 0, "neither username nor e-mail");
    assert_eq!(portico.database().count("accounts").await, 1);
}

#[tokio::test]
async fn people_are_shown_by_username_email_or_id() {
    let portico = Portico::start().await;
    portico.member("ada").await;
    portico.member("bob").await;
    let show = |person: &str| -> Value {
        serde_json::from_str(&portico.run(&["user", "show", person], "").assert_done().out).unwrap()
    };
    let ada = show("ada");
    assert_eq!(ada["email"], "ada@example.org");
    assert_eq!(show("ADA@example.org"), ada);
    assert_eq!(show(ada["id"].as_str().unwrap()), ada);
    portico.run(&["user", "show", "nobody"], "").assert_refused("no account is called \"nobody\"");
    let list = portico.run(&["user", "list", "--json"], "");
    let names: Vec<Value> = list
        .assert_done()
        .out
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["username"].clone())
        .collect();
    assert_eq!(names, ["ada", "bob"]);
    assert_eq!(portico.run(&["user", "list"], "").assert_done().out.lines().count(), 2);
    assert!(!portico.run(&["user", "show", "ada"], "").out.contains("argon2"));
}

#[tokio::test]
async fn a_password_set_by_command_ends_every_session() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    portico.run(&["user", "set-password", "ada"], "eight brave herons\n").assert_done();
    ada.get("/account").await.assert_leads_to("/login?next=%2Faccount");
    let ada = portico.log_in("ada", "eight brave herons").await;
    portico.run(&["user", "set-password", "ada"], "eight brave herons\n").assert_done();
    ada.get("/account").await.assert_status(200);
    portico.run(&["user", "set-password", "ada"], "short\n").assert_refused("12 characters or more");
}

#[tokio::test]
async fn a_disabled_account_is_enabled_again() {
    let portico = Portico::start().await;
    portico.member("ada").await;
    for _ in 0..2 {
        portico.run(&["user", "disable", "ada"], "").assert_done();
    }
    let form = [("login", "ada"), ("password", PASSWORD)];
    portico.visitor().submit("/login", &form).await.assert_status(422);
    portico.run(&["user", "enable", "ada"], "").assert_done();
    portico.log_in("ada", PASSWORD).await;
    assert_eq!(portico.database().count("events where kind = 'user.updated'").await, 2);
}

#[tokio::test]
async fn the_only_admin_stays_one() {
    let portico = Portico::start().await;
    portico.member("ada").await;
    portico.run(&["user", "promote", "ada"], "").assert_done();
    for task in ["demote", "disable", "delete"] {
        portico.run(&["user", task, "ada"], "").assert_refused("this is the only admin; make another one first");
    }
    portico.member("bob").await;
    portico.run(&["user", "promote", "bob"], "").assert_done();
    portico.run(&["user", "demote", "ada"], "").assert_done();
    portico.run(&["user", "delete", "bob"], "").assert_refused("this is the only admin; make another one first");
}

#[tokio::test]
async fn of_two_admins_demoted_at_once_one_stays() {
    let portico = Portico::start().await;
    for name in ["ada", "bob"] {
        portico.member(name).await;
        portico.run(&["user", "promote", name], "").assert_done();
    }
    std::thread::scope(|scope| {
        for name in ["ada", "bob"] {
            let portico = &portico;
            scope.spawn(move || portico.run(&["user", "demote", name], ""));
        }
    });
    assert_eq!(portico.database().count("accounts where is_admin").await, 1);
}

#[tokio::test]
async fn deleting_by_command_removes_pictures_and_sessions_too() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    ada.set_picture(&photo::jpeg(100, 100)).await.assert_status(303);
    portico.run(&["user", "delete", "ada"], "").assert_done();
    assert!(portico.picture_files().is_empty());
    ada.get("/account").await.assert_leads_to("/login?next=%2Faccount");
    portico.run(&["user", "delete", "ada"], "").assert_refused("no account is called");
}

/// A command on a database that is not migrated.
async fn on_empty_database(arguments: &[&str]) -> (tempfile::TempDir, Database, Done) {
    let folder = tempfile::tempdir().unwrap();
    let database = Database::create_empty(folder.path()).await;
    let done = run_on(&folder, &database, arguments);
    (folder, database, done)
}

fn run_on(folder: &tempfile::TempDir, database: &Database, arguments: &[&str]) -> Done {
    let mut command = command();
    command.current_dir(folder.path()).env("DATABASE_URL", database.url()).args(arguments);
    Done::of(command, "")
}

#[tokio::test]
async fn migrating_twice_is_migrating_once() {
    let (folder, database, done) = on_empty_database(&["migrate"]).await;
    let again = run_on(&folder, &database, &["migrate"]);
    assert_eq!(done.assert_done().out, again.assert_done().out);
    let columns = database.count("accounts").await;
    assert_eq!(columns, 0);
    database.drop();
}

#[tokio::test]
async fn several_that_migrate_at_once_all_end_well() {
    let folder = tempfile::tempdir().unwrap();
    let database = Database::create_empty(folder.path()).await;
    let done: Vec<Done> = std::thread::scope(|scope| {
        let running: Vec<_> = (0..4).map(|_| scope.spawn(|| run_on(&folder, &database, &["migrate"]))).collect();
        running.into_iter().map(|one| one.join().unwrap()).collect()
    });
    for one in done {
        one.assert_done();
    }
    database.drop();
}

#[tokio::test]
async fn the_doctor_finds_nothing_wrong_with_a_running_portico() {
    let portico = Portico::start().await;
    let done = portico.run(&["doctor"], "");
    assert!(done.assert_done().out.lines().all(|line| line.starts_with("ok ")), "{}", done.out);
}

#[tokio::test]
async fn the_doctor_says_what_is_wrong_and_what_to_do() {
    let (folder, database, done) = on_empty_database(&["doctor"]).await;
    assert_ne!(done.code, 0);
    assert!(done.out.contains("run `portico migrate`"), "{}", done.out);
    run_on(&folder, &database, &["migrate"]).assert_done();
    let done = run_on(&folder, &database, &["doctor", "--public-url", "https://accounts.example.org"]);
    assert_ne!(done.code, 0);
    assert!(done.out.contains("PORTICO_TRUSTED_PROXIES is empty"), "{}", done.out);
    database.drop();
}

#[tokio::test]
async fn the_doctor_removes_picture_files_that_belong_to_no_account_and_no_others() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    ada.set_picture(&photo::jpeg(100, 100)).await.assert_status(303);
    let files = portico.picture_files();
    let orphan = portico.media().join("pictures").join("f".repeat(32));
    std::fs::create_dir_all(&orphan).unwrap();
    std::fs::write(orphan.join("64.webp"), "left by a crash").unwrap();
    // Young files may belong to an upload that is under way.
    portico.run(&["doctor"], "").assert_done();
    portico.advance(std::time::Duration::from_hours(2));
    let done = portico.run(&["doctor"], "");
    assert_ne!(done.code, 0);
    assert!(done.out.contains("1 belong to nobody"), "{}", done.out);
    portico.run(&["doctor", "--fix"], "").assert_done();
    assert_eq!(portico.picture_files(), files);
}

#[tokio::test]
async fn a_key_is_made_once_and_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let mut migrate = command();
    migrate.env_remove("SECRET_KEY").current_dir(folder.path()).arg("migrate");
    Done::of(migrate, "").assert_done();
    let run = || {
        let mut command = command();
        command.env_remove("SECRET_KEY").current_dir(folder.path()).args(["user", "list"]);
        Done::of(command, "").assert_done();
        std::fs::read_to_string(folder.path().join("data/secret.key")).unwrap()
    };
    let key = run();
    assert!(key.trim().len() >= 32);
    let mode = std::fs::metadata(folder.path().join("data/secret.key")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(run(), key);
}

#[tokio::test]
async fn a_reader_who_has_read_enough_is_no_failure() {
    let portico = Portico::start().await;
    let mut child = portico
        .command(&["config"])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let done = child.wait_with_output().unwrap();
    assert!(done.status.success() && done.stderr.is_empty(), "{}", String::from_utf8_lossy(&done.stderr));
}

#[tokio::test]
async fn a_password_made_of_the_address_or_the_brand_is_refused_as_on_every_page() {
    let portico = Portico::start().await;
    let create = ["user", "create", "--username", "ada", "--email", "countess.byron@example.org"];
    for guessable in ["countess.byron 12", "Portico-portico 7"] {
        portico.run(&create, &format!("{guessable}\n")).assert_refused("among those that are tried first");
    }
    portico.run(&create, "eight brave herons\n").assert_done();
    for guessable in ["Countess.Byron 12", "Portico-portico 7"] {
        let set = portico.run(&["user", "set-password", "ada"], &format!("{guessable}\n"));
        set.assert_refused("among those that are tried first");
    }
    portico.log_in("ada", "eight brave herons").await;
}
