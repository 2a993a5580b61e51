//! Operators move their users in and out.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use portico::model::{AccountId, Actor};
use portico::transfer::import::{self, ImportObserver, Options, Report};
use portico::transfer::{Reason, Source};
use serde_json::{Value, json};

use crate::api::Api;
use crate::support::{Authenticator, Database, PASSWORD, Passkey, Portico, app, asked, begin, photo, verify};

const DJANGO: &str = "pbkdf2_sha256$870000$jmZqyMTB7bokK3nI114D53$pnCV4CJ83Ho2G/fUgxr5cGu2hUe3qoc9TN5LOic+o1U=";
const OLDER_DJANGO: &str = "pbkdf2_sha256$720000$Kq3NaAMhEUxkfy2ocbSN6W$1A6l7wBZ/dZhoCoDsL52/Mt8gkxet2vTnLuWILDCz4k=";
const BCRYPT: &str = "$2b$12$SHtqWqmz4.gn/AjKdNXjbOaa.9rFfLOjBZceffxewBDHBlnZbfIja";
const GLOBAL: &str = "TbfEtLgspFC6WtGImSTlxL+6rt0mti5McQqpH3ceWu8=";
const ID: &str = "3f2b8c1e-5d4a-4b6f-9a7e-1c2d3e4f5a6b";

/// An imported user logs in with the password they had, and has a hash of today's afterwards.
async fn logs_in(portico: &Portico, login: &str, password: &str) {
    portico.log_in(login, password).await;
    let key = if login.contains('@') { "email_key" } else { "username_key" };
    let hash = portico.database().text(&format!("select password_hash from accounts where {key} = '{login}'")).await;
    assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
}

/// What `user show` says.
fn show(portico: &Portico, person: &str) -> Value {
    serde_json::from_str(&portico.run(&["user", "show", person], "").assert_done().out).unwrap()
}

#[tokio::test]
async fn a_django_dumpdata_comes_in_with_ids_flags_dates_and_used_up_tokens() {
    let portico = Portico::start().await;
    let dump = json!([
        {"model": "contenttypes.contenttype", "pk": 1, "fields": {"app_label": "userauth", "model": "baseuser"}},
        {"model": "userauth.baseuser", "pk": ID, "fields": {
            "password": DJANGO, "last_login": "2025-01-02T03:04:05.678Z", "is_superuser": false, "is_staff": true,
            "is_active": true, "date_joined": "2024-08-23T10:11:12.345Z", "email": "Ada@Example.org",
            "full_name": "Ada King Lovelace", "profile_pic": format!("{ID}.png"), "groups": [], "user_permissions": []}},
        {"model": "userauth.baseuser", "pk": "0123456789abcdef0123456789abcdef", "fields": {
            "password": OLDER_DJANGO, "is_superuser": 0, "is_staff": 0, "is_active": 1,
            "date_joined": "2024-09-01 00:00:00", "email": "bob@example.org", "full_name": "Bob", "profile_pic": ""}},
        {"model": "userauth.baseuser", "pk": "0192f0c1-7a2b-7c3d-8e4f-5a6b7c8d9e0f", "fields": {
            "password": "!kXz", "is_superuser": false, "is_staff": false, "is_active": false,
            "date_joined": "2024-09-01T00:00:00Z", "email": "gone@example.org", "full_name": "", "profile_pic": null}},
        {"model": "token_blacklist.outstandingtoken", "pk": 7, "fields": {"user": ID, "jti": "a".repeat(32),
            "token": "x.y.z", "created_at": "2024-09-01T00:00:00Z", "expires_at": "2099-01-01T00:00:00Z"}},
        {"model": "token_blacklist.outstandingtoken", "pk": 8, "fields": {"user": ID, "jti": "b".repeat(32),
            "token": "x.y.z", "created_at": "2024-09-01T00:00:00Z", "expires_at": "2099-01-01T00:00:00Z"}},
        {"model": "token_blacklist.blacklistedtoken", "pk": 1, "fields": {"token": 7, "blacklisted_at": "2024-09-02T00:00:00Z"}},
    ]);
    let done = portico.run(&["import", "-", "--from", "django"], &serde_json::to_string_pretty(&dump).unwrap());
    assert!(done.assert_done().out.contains("3  accounts came in"), "{}", done.out);
    let ada = show(&portico, "ada@example.org");
    assert_eq!(ada["id"], ID);
    assert_eq!(
        (&ada["email"], &ada["is_admin"], &ada["status"]),
        (&json!("Ada@Example.org"), &json!(true), &json!("active"))
    );
    assert_eq!(ada["created_at"], "2024-08-23T10:11:12Z");
    assert_eq!(show(&portico, "bob@example.org")["id"], "01234567-89ab-cdef-0123-456789abcdef");
    assert_eq!(show(&portico, "gone@example.org")["status"], "disabled");
    let spent = portico.database().texts("select id from spent_tokens").await;
    assert_eq!(spent, ["a".repeat(32)]);
    let first = portico.database().text("select first_name || '|' || last_name from accounts where is_admin").await;
    assert_eq!(first, "Ada|King Lovelace");
    logs_in(&portico, "ada@example.org", "password1").await;
    logs_in(&portico, "bob@example.org", "password1").await;
    assert_eq!(portico.database().count("events where kind = 'user.created'").await, 3);
}

#[tokio::test]
async fn a_mongoexport_of_the_grpc_service_comes_in_and_its_shipped_password_opens_nothing() {
    let portico = Portico::start().await;
    let shipped = "$2b$12$SHtqWqmz4.gn/AjKdNXjbOKq9XJ9O4oE0s0aXvbVQmJZ8H0fJkX1e";
    let lines = [
        json!({"_id": {"$oid": "5eecf0a1c2d3e4f5a6b7c8d9"}, "username": "nadia", "first_name": "Nadia", "last_name": "Boulanger", "password": BCRYPT, "admin": false}),
        json!({"_id": {"$oid": "5eecf0a1c2d3e4f5a6b7c8da"}, "username": "admin", "first_name": "", "last_name": "", "password": shipped, "admin": true}),
        json!({"_id": {"$oid": "5eecf0a1c2d3e4f5a6b7c8db"}, "username": "scheduling_service", "first_name": "", "last_name": "", "password": shipped, "admin": false}),
    ];
    let lines: String = lines.iter().map(|line| format!("{line}\n")).collect();
    let done = portico.run(&["import", "-", "--from", "mongo-users"], &lines);
    assert!(done.assert_done().out.contains("2  without a password: it was the one"), "{}", done.out);
    logs_in(&portico, "nadia", "n").await;
    assert!(show(&portico, "nadia")["created_at"].as_str().unwrap().starts_with("2020-06-19"));
    assert_eq!(show(&portico, "admin")["is_admin"], true);
    assert_eq!(portico.database().count("accounts where password_hash is null").await, 2);
    let external = portico.database().texts("select external_id from imports order by external_id").await;
    assert_eq!(external[0], "5eecf0a1c2d3e4f5a6b7c8d9");
}

#[tokio::test]
async fn rows_with_one_salt_for_all_users_come_in_with_that_salt() {
    let portico = Portico::start().await;
    let table = format!(
        "id,username,password,email,registration_date\n1,Vasya,{GLOBAL},vasya@example.org,2023-12-01 10:11:12\n"
    );
    portico.run(&["import", "-", "--from", "internet-lab"], &table).assert_refused("need their salt");
    let done = portico.run(&["import", "-", "--from", "internet-lab", "--salt", "skh4Ss"], &table);
    assert!(!done.assert_done().out.contains("without a password"));
    assert!(!format!("{done:?}").contains("skh4Ss"));
    logs_in(&portico, "vasya", "Abcdef1").await;
    assert_eq!(show(&portico, "vasya")["created_at"], "2023-12-01T10:11:12Z");
}

#[tokio::test]
async fn an_export_of_the_express_service_comes_in_by_either_of_its_spellings() {
    let portico = Portico::start().await;
    let lines = json!([
        {"_id": "5a8c3f1e2b4d6f8091a3b5c7", "username": "nvisal", "name": "Nick Visal", "email": "n@example.org",
         "organization": "Towson", "password": BCRYPT.replace("$2b$", "$2a$"), "pwdhash": "$2b$10$old", "objects": [],
         "emailVerified": true, "createdAt": "1519300000000", "accessGroups": ["editor", "admin"], "bio": "Hello"},
        {"_id": "5a8c3f1e2b4d6f8091a3b5c8", "username": "older", "name_": "Older One", "email": "o@example.org",
         "pwdhash": BCRYPT, "emailVerified": false},
    ]);
    portico.run(&["import", "-", "--from", "clark"], &lines.to_string()).assert_done();
    logs_in(&portico, "nvisal", "n").await;
    logs_in(&portico, "older", "n").await;
    let rows = portico
        .database()
        .texts(
            "select full_name || '|' || coalesce(organization, '-') || '|' || bio from accounts order by username_key",
        )
        .await;
    assert_eq!(rows, ["Nick Visal|Towson|Hello", "Older One|-|"]);
    assert_eq!(portico.database().count("accounts where email_verified_at is not null and is_admin").await, 1);
    assert!(show(&portico, "older")["created_at"].as_str().unwrap().starts_with("2018-02-20"));
}

#[tokio::test]
async fn collisions_are_told_by_line_and_never_merged() {
    let portico = Portico::start().await;
    portico.member("ada").await;
    let lines = "{\"username\":\"ADA\",\"id\":\"1\"}\n\
        {\"email\":\"bob@example.org\",\"id\":\"2\"}\n\
        {\"email\":\"BOB@Example.org\",\"id\":\"3\"}\n\
        {\"username\":\"carol\",\"id\":\"2\"}\n\
        not json\n\
        {\"id\":\"5\"}\n\
        {\"username\":\"x\",\"email\":\"not an address\"}\n\
        {\"username\":\"dora\",\"id\":\"6\"}\n";
    let rejects = portico.folder().join("rejects.ndjson");
    let arguments = ["import", "-", "--from", "csv", "--rejects", rejects.to_str().unwrap()];
    let dry = portico.run(&["import", "-", "--from", "csv", "--dry-run"], lines);
    assert!(dry.assert_incomplete().out.contains("2  accounts would come in"), "{}", dry.out);
    assert_eq!(portico.database().count("accounts").await, 1);
    let done = portico.run(&arguments, lines);
    assert!(done.assert_incomplete().out.contains("2  accounts came in"), "{done:?}");
    for (line, why) in [
        (1, "the username is taken by the account"),
        (3, "an earlier record of the file has the same e-mail"),
        (4, "an earlier record of the file has the same id"),
        (5, "cannot be read"),
        (6, "neither a username nor an e-mail"),
        (7, "the field email cannot be used"),
    ] {
        for said in [&dry, &done] {
            assert!(
                said.complaint.lines().any(|text| text.starts_with(&format!("line {line}: ")) && text.contains(why)),
                "{said:?}"
            );
        }
    }
    let written = std::fs::read_to_string(&rejects).unwrap();
    assert_eq!(written.lines().count(), 6);
    assert_eq!(written.lines().next().unwrap(), "{\"username\":\"ADA\",\"id\":\"1\"}");
    assert_eq!(std::fs::metadata(&rejects).unwrap().permissions().mode() & 0o777, 0o600);
    // In batches of one, the same collisions are found in the database.
    let other = Portico::start().await;
    other.member("ada").await;
    let done = other.run(&["import", "-", "--from", "csv", "--batch", "1"], lines);
    assert!(done.assert_incomplete().out.contains("2  accounts came in"), "{done:?}");
    assert!(done.complaint.contains("line 3: the e-mail is taken by the account"), "{done:?}");
}

#[tokio::test]
async fn what_came_in_once_does_not_come_again_even_when_it_has_left() {
    let portico = Portico::start().await;
    let lines = "username,email\nada,ada@example.org\nbob,\n";
    assert!(portico.run(&["import", "-", "--from", "csv"], lines).assert_done().out.contains("2  accounts came in"));
    let before = show(&portico, "ada");
    portico.run(&["user", "delete", "bob"], "").assert_done();
    let again = portico.run(&["import", "-", "--from", "csv"], &format!("{lines}carol,\n"));
    assert!(again.assert_done().out.contains("1  accounts came in"), "{}", again.out);
    assert!(again.out.contains("2  had come in before"), "{}", again.out);
    assert_eq!(show(&portico, "ada"), before);
    assert_eq!(portico.database().count("accounts").await, 2);
    // What stays of a deleted account tells nothing of them.
    assert_eq!(portico.database().count("imports where external_id like '%bob%'").await, 0);
}

#[tokio::test]
async fn an_import_that_is_killed_goes_on_where_it_was() {
    let portico = Portico::start().await;
    let file = portico.folder().join("users.csv");
    let rows: String = (0..6_000).map(|number| format!("{number},user{number},u{number}@example.org\n")).collect();
    std::fs::write(&file, format!("id,username,email\n{rows}")).unwrap();
    let arguments = ["import", file.to_str().unwrap(), "--from", "csv", "--batch", "100"];
    for part in 1..=2 {
        let mut child = portico.command(&arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let start = Instant::now();
        while portico.database().count("accounts").await < part * 1_000 {
            assert!(start.elapsed() < Duration::from_secs(60), "the import does not get on");
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let there = portico.database().count("accounts").await;
    assert_eq!(there % 100, 0, "a batch is in or not");
    assert!(there < 6_000, "it was too fast to be killed");
    let done = portico.run(&arguments, "");
    assert!(done.assert_done().out.contains(&format!("{there}  had come in before")), "{}", done.out);
    for table in ["accounts", "directory", "imports", "events", "audit where action = 'imported'"] {
        assert_eq!(portico.database().count(table).await, 6_000, "{table}");
    }
    assert_eq!(portico.database().count("accounts where username = 'user5999'").await, 1);
}

/// Notes how far an import says that it is.
#[derive(Default)]
struct Progress(Vec<(u64, u64)>);

impl ImportObserver for Progress {
    fn progress(&mut self, report: &Report) {
        self.0.push((report.read, report.bytes));
    }

    fn refused(&mut self, line: u64, reason: &Reason, _: &str) {
        panic!("line {line}: {reason}");
    }

    fn picture_failed(&mut self, _: AccountId, file: &str, why: &str) {
        panic!("{file}: {why}");
    }
}

#[tokio::test]
async fn an_import_is_as_far_as_what_is_in_not_as_what_was_read() {
    let portico = Portico::start().await;
    let app = app(&portico).await;
    let padding = "x".repeat(1_000);
    let rows: String = (0..3_000).map(|number| format!("{number},user{number},{padding}\n")).collect();
    let file = format!("id,username,unknown\n{rows}");
    let (length, mut progress) = (file.len() as u64, Progress::default());
    let options =
        Options { source: Source::Csv, batch: 1_000, dry_run: false, events: true, pictures: None, salt: None };
    let input = std::io::Cursor::new(file.into_bytes());
    import::import(&app, &Actor::operator(), input, options, &mut progress).await.unwrap();
    let [(1_000, first), (2_000, second), (3_000, last)] = progress.0[..] else { panic!("{:?}", progress.0) };
    assert!(first < length / 2 && first < second && second < last && last == length, "{:?} of {length}", progress.0);
}

#[tokio::test]
async fn a_server_beside_an_import_goes_on_writing() {
    // More changes than a person makes.
    let portico = Portico::with(&[("PORTICO_RATE_LIMITS", "off")]).await;
    let ada = portico.member("ada").await;
    let file = portico.folder().join("users.csv");
    let rows: String = (0..12_000).map(|number| format!("{number},user{number},u{number}@example.org\n")).collect();
    std::fs::write(&file, format!("id,username,email\n{rows}")).unwrap();
    let arguments = ["import", file.to_str().unwrap(), "--from", "csv", "--batch", "1000"];
    let mut import = portico.command(&arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let mut edits = 0;
    while import.try_wait().unwrap().is_none() {
        edits += 1;
        let name = format!("Ada {edits}");
        let form = [("name", name.as_str()), ("username", "ada")];
        ada.submit("/account/profile", &form).await.assert_status(303);
    }
    assert!(import.wait().unwrap().success());
    assert!(edits > 1, "the import was too fast to be met");
    assert_eq!(portico.database().count("accounts").await, 12_001);
    let name = portico.database().text("select full_name from accounts where username = 'ada'").await;
    assert_eq!(name, format!("Ada {edits}"));
}

#[tokio::test]
async fn pictures_come_along_and_old_links_lead_to_them() {
    let portico = Portico::start().await;
    let folder = portico.folder().join("old-media");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join(format!("{ID}.jpg")), photo::jpeg(300, 200)).unwrap();
    std::fs::write(folder.join("ada_AbCdEfG.jpg"), photo::jpeg(200, 300)).unwrap();
    std::fs::write(folder.join("broken.png"), b"no picture").unwrap();
    let table = format!(
        "id,username,picture\n{ID},bob,{ID}.jpg\n7,ada,pictures/ada_AbCdEfG.jpg\n8,carol,broken.png\n9,dora,../users.csv\n10,eve,nowhere.jpg\n"
    );
    let arguments = ["import", "-", "--from", "csv", "--pictures", folder.to_str().unwrap()];
    let done = portico.run(&arguments, &table);
    assert!(done.assert_done().out.contains("2  pictures set"), "{done:?}");
    assert!(done.out.contains("3  pictures left out"), "{done:?}");
    for link in [
        format!("/api/users/media/{ID}.jpg"),
        format!("/media/{ID}.jpg"),
        "/api/user/media/ada_AbCdEfG.jpg".to_owned(),
        "/media/ada_AbCdEfG.jpg".to_owned(),
    ] {
        let answer = portico.visitor().get(&link).await;
        answer.assert_status(200);
        assert_eq!(answer.header("content-type"), "image/jpeg", "{link}");
    }
    portico.visitor().get("/media/broken.png").await.assert_status(404);
    portico.visitor().get("/media/unknown.jpg").await.assert_status(404);
    // A second run sets none anew.
    let files = portico.picture_files();
    let again = portico.run(&arguments, &table);
    assert!(!again.assert_done().out.contains("pictures set"), "{again:?}");
    assert_eq!(portico.picture_files(), files);
}

#[tokio::test]
async fn an_export_is_taken_back_with_nothing_lost() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    ada.submit(
        "/account/profile",
        &[("name", "Ada\u{1F680} \"King\""), ("username", "ada"), ("bio", "a\nb\\c"), ("public", "on")],
    )
    .await;
    ada.set_picture(&photo::jpeg(300, 200)).await;
    portico.run(&["import", "-", "--from", "django"], &json!({"id": ID, "email": "b@example.org", "password": DJANGO, "is_active": false, "profile_pic": "old.png"}).to_string()).assert_done();
    portico.run(&["user", "promote", "ada"], "").assert_done();
    portico.database().execute("update accounts set notify_devices = false where username = 'ada'").await;
    let (file, folder) = (portico.folder().join("all.ndjson"), portico.folder().join("pictures-out"));
    let (file, folder) = (file.to_str().unwrap(), folder.to_str().unwrap());
    portico.run(&["export", "--output", file, "--pictures", folder], "").assert_done();
    let exported = std::fs::read_to_string(file).unwrap();
    assert_eq!(std::fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600);
    portico.run(&["export", "--output", file], "").assert_refused("cannot be made");
    let without = portico.run(&["export", "--without-passwords"], "");
    assert!(!without.assert_done().out.contains("password_hash"), "{}", without.out);

    let other = Portico::start().await;
    let done = other.run(&["import", file, "--from", "portico", "--pictures", folder], "");
    assert!(done.assert_done().out.contains("2  accounts came in"), "{done:?}");
    let comparable = |text: &str| -> Vec<Value> {
        let mut lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        // A picture set is a change, and its own re-import one more place it came from.
        for line in &mut lines {
            line["updated_at"] = Value::Null;
            if let Some(from) = line["imported_from"].as_array_mut() {
                from.retain(|from| from[0] != "portico");
            }
        }
        lines
    };
    let folder_again = other.folder().join("pictures-out");
    let again = other.run(&["export", "--pictures", folder_again.to_str().unwrap()], "");
    assert_eq!(comparable(&again.assert_done().out), comparable(&exported));
    let pictures = |folder: &Path| -> Vec<Vec<u8>> {
        std::fs::read_dir(folder).unwrap().map(|file| std::fs::read(file.unwrap().path()).unwrap()).collect()
    };
    assert_eq!(pictures(Path::new(folder)).len(), 1);
    assert!(pictures(&folder_again) == pictures(Path::new(folder)), "the picture is another after an import");
    assert_eq!(other.database().count("accounts where not notify_devices").await, 1);
    other.log_in("ada", PASSWORD).await;
    assert_eq!(other.visitor().get("/avatar/@ada?d=404").await.status, 200);
}

/// What a program gets for a name and a password.
async fn old_door(portico: &Portico, password: &str) -> u16 {
    let body = json!({"email": "ada@example.org", "password": password});
    Api::of(portico).call("POST", "/api/users/login/", "", body).await.status
}

#[tokio::test]
async fn second_factors_and_app_passwords_are_taken_back() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    let app = Authenticator::turn_on(&portico, &ada).await;
    let mut passkey = Passkey::new(&portico);
    passkey.add_as(&ada, "Phone", "add").await.assert_status(303);
    let made = ada.submit("/account/app-passwords", &[("label", "Mail"), ("expires", "90")]).await;
    let secret = made.one("#secret");
    let exported = portico.run(&["export"], "").assert_done().out.clone();
    let without = portico.run(&["export", "--without-passwords"], "").assert_done().out.clone();
    assert!(without.contains("recovery_codes") && !without.contains("app_passwords"), "{without}");

    let other = Portico::start().await;
    other.advance(Duration::from_secs(60));
    other.run(&["import", "-", "--from", "portico"], &exported).assert_done();
    let again = other.run(&["export"], "").assert_done().out.clone();
    let read = |text: &str| {
        let mut record: Value = serde_json::from_str(text.trim()).unwrap();
        record["imported_from"].take();
        record
    };
    assert_eq!(read(&again), read(&exported));
    // The password alone opens nothing there either; each of the others does.
    assert_eq!(old_door(&other, PASSWORD).await, 400);
    assert_eq!(old_door(&other, &secret).await, 200);
    for code in [app.code(&other, 0), app.recovery[0].clone()] {
        let visitor = begin(&other, "ada", PASSWORD).await;
        verify(&visitor, &code).await.assert_leads_to("/account");
    }
    let visitor = other.visitor();
    let page = visitor.get("/login").await;
    passkey.origin = format!("http://localhost:{}", other.url().rsplit(':').next().unwrap());
    passkey.counter += 1;
    let answer = passkey.get(&asked(&page));
    visitor.submit("/login/passkey", &[("passkey", &answer)]).await.assert_leads_to("/account");
}

#[tokio::test]
async fn authenticators_of_another_secret_key_are_left_out_and_told() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    Authenticator::turn_on(&portico, &ada).await;
    let exported = portico.run(&["export"], "").assert_done().out.clone();
    let other = Portico::with(&[("SECRET_KEY", "another secret of thirty-two bytes!")]).await;
    for arguments in [&["import", "-", "--from", "portico", "--dry-run"][..], &["import", "-", "--from", "portico"]] {
        let done = other.run(arguments, &exported);
        let told = done.assert_done();
        assert!(told.complaint.contains("authenticators left out, sealed under another SECRET_KEY: 1"), "{told:?}");
        assert!(told.out.contains("1  authenticators left out"), "{told:?}");
    }
    other.log_in("ada", PASSWORD).await.get("/account").await.assert_status(200);
    assert_eq!(other.database().count("authenticators").await, 0);
}

#[tokio::test]
async fn made_up_people_are_refused_beside_real_ones_unless_wanted() {
    let portico = Portico::start().await;
    portico.run(&["seed", "--users", "300"], "").assert_done();
    portico.run(&["seed", "--users", "10"], "").assert_refused("--more");
    portico.run(&["seed", "--users", "10", "--more"], "").assert_done();
    assert_eq!(portico.database().count("accounts").await, 310);
    assert_eq!(portico.database().count("directory").await, 310);
    assert_eq!(portico.database().count("events").await, 0);
}

#[tokio::test]
async fn an_installation_moves_to_postgresql_and_all_users_stay_logged_in() {
    let mut portico = Portico::start().await;
    let target = portico.folder().join("empty");
    std::fs::create_dir(&target).unwrap();
    let empty = Database::create_empty(&target).await;
    let Database::Postgres { url, .. } = &empty else {
        // Without a server there is nothing to move to; what is refused can still be seen.
        portico.run(&["move-db", "--to", "sqlite:x.db"], "").assert_refused("no address of a PostgreSQL database");
        portico.run(&["move-db", "--to", "postgres://127.0.0.1:9/none"], "").assert_refused("does not open");
        return;
    };
    // This story's own SQLite file, whatever database the others use.
    let file = format!("sqlite:{}", portico.folder().join("moving.db").display());
    portico.set("DATABASE_URL", &file);
    portico.restart().await;
    let ada = portico.member("ada").await;
    let profile = [("username", "ada"), ("location", "Лондон"), ("public", "1")];
    ada.submit("/account/profile", &profile).await.assert_status(303);
    ada.set_picture(&photo::jpeg(300, 200)).await;
    portico.run(&["seed", "--users", "2500", "--more"], "").assert_done();
    let body = json!({"email": "bob@example.org", "full_name": "Bob", "password": "Abcdef12345"}).to_string();
    let registered = portico
        .visitor()
        .ask(hyper::Method::POST, "/api/users/register", &[("content-type", "application/json")], body.into())
        .await;
    let tokens: Value = serde_json::from_slice(&registered.body).unwrap();
    let access = format!("JWT {}", tokens["access"].as_str().unwrap());

    let done = portico.run(&["move-db", "--to", url], "");
    assert!(done.assert_done().out.contains("2502  accounts (counted and compared)"), "{done:?}");
    assert!(done.complaint.contains("a server runs on the SQLite file"), "{done:?}");
    portico.run(&["move-db", "--to", url], "").assert_refused("not empty");
    portico.set("DATABASE_URL", url);
    portico.restart().await;
    let browser = portico.visitor();
    browser.set_cookie("portico", &ada.cookie("portico").unwrap());
    browser.get("/account").await.assert_status(200);
    assert!(portico.visitor().get("/u/ada").await.text().contains("Лондон"));
    let me = portico.visitor().get_with("/api/users/me", &[("authorization", &access)]).await;
    me.assert_status(200);
    assert_eq!(portico.visitor().get("/avatar/@ada?d=404").await.status, 200);
    // New rows get new numbers.
    portico.member("carol").await;
    portico.kill();
    empty.drop();
}
