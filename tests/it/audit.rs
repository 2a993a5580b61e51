//! The audit log: who did what to whom, whichever door it came by.

use std::time::Duration;

use serde_json::{Value, json};

use crate::api::{Api, text};
use crate::support::{Database, PASSWORD, Portico, user};

/// What the log says, oldest first: action, who, whom (both by username, `-` for none), door.
async fn trail(portico: &Portico) -> Vec<String> {
    portico
        .database()
        .texts(
            "select audit.action || ' by ' || coalesce(actor.username, actor_kind) || ' of ' || \
             coalesce(subject.username, '-') || ' at ' || door from audit \
             left join accounts actor on actor.id = actor_id left join accounts subject on subject.id = subject_id \
             order by sequence",
        )
        .await
}

/// The same, once it has as many rows: wrong passwords are written a moment later.
async fn trail_of(portico: &Portico, rows: usize) -> Vec<String> {
    let start = std::time::Instant::now();
    loop {
        let trail = trail(portico).await;
        if trail.len() >= rows || start.elapsed().as_secs() > 5 {
            return trail;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// The details of an action, oldest first.
async fn details(portico: &Portico, action: &str) -> Vec<Value> {
    let texts = portico
        .database()
        .texts(&format!("select coalesce(detail, 'null') from audit where action = '{action}' order by sequence"))
        .await;
    texts.iter().map(|text| serde_json::from_str(text).unwrap()).collect()
}

#[tokio::test]
async fn what_people_do_on_the_pages_is_told() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    let profile = [("name", "Ada Lovelace"), ("username", "countess"), ("bio", ""), ("website", "")];
    ada.submit("/account/profile", &profile).await.assert_leads_to("/account/profile");
    ada.submit("/account/profile", &profile).await.assert_leads_to("/account/profile");
    let preferences = [("language", "ru"), ("time_zone", "Europe/Berlin"), ("theme", "dark")];
    ada.submit("/account/email", &preferences).await.assert_leads_to("/account/email");
    let other = portico.log_in("countess", PASSWORD).await;
    other.submit("/logout", &[]).await.assert_leads_to("/login");
    portico.visitor().submit("/login", &[("login", "countess"), ("password", "not this one")]).await.assert_status(422);
    portico.visitor().submit("/login", &[("login", "nobody"), ("password", "not this one")]).await.assert_status(422);
    trail_of(&portico, 8).await;
    let new = "another long password";
    let change = [("current", PASSWORD), ("new", new)];
    ada.submit("/account/security/password", &change).await.assert_leads_to("/account/security");
    let third = portico.log_in("countess", new).await;
    ada.submit("/account/security/sessions/others", &[]).await.assert_leads_to("/account/security");
    drop(third);
    ada.submit("/account/data/download", &[]).await.assert_status(200);
    assert_eq!(
        trail(&portico).await,
        [
            "signed-up by countess of countess at pages",
            "logged-in by countess of countess at pages",
            "username-changed by countess of countess at pages",
            "profile-changed by countess of countess at pages",
            "preferences-changed by countess of countess at pages",
            "logged-in by countess of countess at pages",
            "logged-out by countess of countess at pages",
            "wrong-password by stranger of countess at pages",
            "password-changed by countess of countess at pages",
            "logged-in by countess of countess at pages",
            "devices-ended by countess of countess at pages",
            "data-downloaded by countess of countess at pages",
        ]
    );
    assert_eq!(portico.database().count("audit where address = '127.0.0.1'").await, 12);
    assert_eq!(
        details(&portico, "username-changed").await,
        [json!({ "before": { "username": "ada" }, "after": { "username": "countess" } })]
    );
    assert_eq!(
        details(&portico, "preferences-changed").await,
        [json!({
            "before": { "language": null, "time_zone": null, "theme": "system" },
            "after": { "language": "ru", "time_zone": "Europe/Berlin", "theme": "dark" },
        })]
    );
    let told = portico.database().texts("select coalesce(detail, '') from audit").await.join("\n");
    for secret in [PASSWORD, new, "not this one", "argon2", "$v="] {
        assert!(!told.contains(secret), "{told}");
    }
}

#[tokio::test]
async fn ending_the_other_devices_is_told_where_there_are_none() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    // A known browser that is logged in no more ends, too.
    let other = portico.log_in("ada", PASSWORD).await;
    other.submit("/logout", &[]).await.assert_leads_to("/login");
    ada.submit("/account/security/sessions/others", &[]).await.assert_leads_to("/account/security");
    assert_eq!(details(&portico, "devices-ended").await, [json!({ "count": 0 })]);
}

#[tokio::test]
async fn every_dialect_leaves_its_rows() {
    let portico =
        Portico::with(&[("PORTICO_REFRESH_GRACE", "0"), ("PORTICO_INTROSPECTION_SECRET", "sixteen letters!")]).await;
    let api = Api::of(&portico);
    let new = json!({ "email": "ada@example.org", "full_name": "Ada", "password": "Abcdef12" });
    let refresh = text(&api.call("POST", "/api/users/register", "", new).await, "/refresh");
    let login = json!({ "email": "ada@example.org", "password": "Abcdef12" });
    let token = text(&api.call("POST", "/api/users/login", "", login).await, "/access");
    let change = json!({ "email": "lovelace@example.org", "full_name": "Ada Lovelace", "password": "Another12" });
    api.call("PUT", "/api/users/update", &format!("JWT {token}"), change).await.assert_status(200);
    let wrong = json!({ "email": "lovelace@example.org", "password": "Abcdef12" });
    api.call("POST", "/api/users/login", "", wrong).await.assert_status(400);
    trail_of(&portico, 7).await;
    // The password change ended the tokens: using an ended one is no replay.
    api.call("POST", "/api/users/refresh", "", json!({ "refresh": refresh })).await.assert_status(401);

    let again = json!({ "email": "lovelace@example.org", "password": "Another12" });
    let first = text(&api.call("POST", "/api/users/login", "", again).await, "/refresh");
    api.call("POST", "/api/users/refresh", "", json!({ "refresh": first })).await.assert_status(201);
    api.call("POST", "/api/users/refresh", "", json!({ "refresh": first })).await.assert_status(401);
    api.call("POST", "/api/users/refresh", "", json!({ "refresh": first })).await.assert_status(401);

    let fay = json!({ "username": "fay", "email": "fay@example.org", "password": "Abcdef1" });
    let token = text(&api.call("POST", "/users/register", "", fay).await, "/access_token");
    api.call("POST", "/users/logout", &token, Value::Null).await.assert_status(204);
    api.call("POST", "/users/logout", &token, Value::Null).await.assert_status(204);

    let cleo = json!({ "username": "cleo", "firstname": "C", "lastname": "L", "email": "cleo@example.org", "password": "hush" });
    let token = text(&api.call("POST", "/users", "", cleo).await, "/token");
    let form = format!("token={token}&client_secret=sixteen+letters!");
    let kind = "application/x-www-form-urlencoded";
    api.send("POST", "/oauth/revoke", "", kind, form.as_bytes()).await.assert_status(200);
    let login = json!({ "username": "cleo", "password": "hush" });
    let token = text(&api.call("POST", "/users/tokens", "", login).await, "/token");
    api.call("DELETE", "/users/tokens", &format!("Bearer {token}"), Value::Null).await.assert_status(200);
    assert_eq!(
        trail(&portico).await,
        [
            "signed-up by account of - at django",
            "logged-in by account of - at django",
            "logged-in by account of - at django",
            "email-changed by account of - at django",
            "profile-changed by account of - at django",
            "password-changed by account of - at django",
            "wrong-password by stranger of - at django",
            "logged-in by account of - at django",
            "refresh-replayed by stranger of - at django",
            "signed-up by fay of fay at fastapi",
            "logged-in by fay of fay at fastapi",
            "logged-out by fay of fay at fastapi",
            "signed-up by account of - at clark",
            "logged-in by account of - at clark",
            "logged-out by service of - at oauth",
            "logged-in by account of - at clark",
            "deleted by account of - at clark",
        ]
    );
}

#[tokio::test]
async fn services_and_the_operator_leave_theirs() {
    let portico = Portico::start().await;
    let caller = portico.caller();
    assert_eq!(caller.says("Create", user("ada", "countess", "Ada", "Lovelace")).await.0, 201);
    assert_eq!(caller.says("Verify", user("ada", "Countess", "", "")).await.0, 401);
    trail_of(&portico, 2).await;
    let mut change = user("ada", "", "Augusta Ada", "King");
    change.admin = true;
    assert_eq!(caller.says("UpdateUserData", change.clone()).await.0, 200);
    assert_eq!(caller.says("UpdateUserData", change).await.0, 200);
    assert_eq!(caller.says("UpdatePassword", user("ada", "another", "", "")).await.0, 200);
    portico.run(&["user", "create", "--username", "grace"], "a compiler for everybody\n").assert_done();
    portico.run(&["user", "set-password", "grace"], "another compiler for all\n").assert_done();
    for act in ["promote", "demote", "disable", "enable"] {
        portico.run(&["user", act, "grace"], "").assert_done();
        portico.run(&["user", act, "grace"], "").assert_done();
    }
    portico.run(&["user", "delete", "grace"], "").assert_done();
    assert_eq!(
        trail(&portico).await,
        [
            "created by service of ada at grpc",
            "wrong-password by service of ada at grpc",
            "profile-changed by service of ada at grpc",
            "promoted by service of ada at grpc",
            "password-changed by service of ada at grpc",
            "created by operator of - at command-line",
            "password-changed by operator of - at command-line",
            "promoted by operator of - at command-line",
            "demoted by operator of - at command-line",
            "disabled by operator of - at command-line",
            "enabled by operator of - at command-line",
            "deleted by operator of - at command-line",
        ]
    );
    assert_eq!(portico.database().count("audit where address is not null").await, 5, "the services' own");
}

#[tokio::test]
async fn who_deletes_their_account_leaves_an_id_and_nothing_else() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    portico.run(&["user", "promote", "ada"], "").assert_done();
    let grace = portico.member("grace").await;
    grace.submit("/account/profile", &[("name", "Grace Hopper"), ("username", "grace")]).await;
    portico.visitor().submit("/login", &[("login", "grace"), ("password", "not this one")]).await.assert_status(422);
    trail_of(&portico, 7).await;
    let about = "audit where subject_id not in (select id from accounts)";
    assert_eq!(portico.database().count(about).await, 0);
    grace.submit("/account/delete", &[("confirm", "grace"), ("password", PASSWORD)]).await.assert_leads_to("/goodbye");
    assert_eq!(portico.database().count(about).await, 5, "signed up, logged in, profile, wrong password, deleted");
    assert_eq!(portico.database().count(&format!("{about} and address is null and detail is null")).await, 5);
    let everything = "select coalesce(detail, '') || coalesce(address, '') from audit \
                      where subject_id not in (select id from accounts)";
    assert_eq!(portico.database().texts(everything).await.concat(), "");
    assert_eq!(portico.database().count("audit where address is not null").await, 2, "Ada's own are as they were");
    drop(ada);
}

#[tokio::test]
async fn the_database_itself_keeps_the_log_as_it_is() {
    let portico = Portico::start().await;
    let _ada = portico.member("ada").await;
    let database = portico.database();
    for sql in [
        "update audit set action = 'logged-out'",
        "update audit set created_at = (select created_at from accounts limit 1), door = 'grpc'",
        "update audit set address = null",
        "update audit set address = '192.0.2.1'",
        "update audit set detail = null",
        "delete from audit",
        "delete from audit where action = 'signed-up'",
    ] {
        let refused = database.try_execute(sql).await.unwrap_err();
        assert!(refused.contains("the audit log is"), "{sql}: {refused}");
    }
    if let Database::Postgres { .. } = database {
        assert!(database.try_execute("truncate audit").await.unwrap_err().contains("the audit log is"));
    }
    assert_eq!(database.count("audit").await, 2);
}

#[tokio::test]
async fn no_row_of_the_log_takes_the_place_of_another_or_goes_before_one() {
    let portico = Portico::start().await;
    let _ada = portico.member("ada").await;
    let database = portico.database();
    let columns = "(sequence, created_at, action, topic, actor_kind, door)";
    let same = "created_at, 'logged-out', 'log-ins', 'operator', 'grpc' from audit";
    let forged = match database {
        Database::Sqlite(_) => vec![
            format!("insert or replace into audit {columns} select sequence, {same}"),
            format!("insert or replace into audit {columns} select max(sequence), {same}"),
            format!("replace into audit {columns} select min(sequence), {same}"),
            format!("insert into audit {columns} select 0, {same} limit 1"),
            format!("insert into audit {columns} select -1, {same} limit 1"),
            format!(
                "insert into audit {columns} select sequence, {same} where true on conflict do update set door = 'x'"
            ),
            "update or replace audit set sequence = 1".to_owned(),
        ],
        Database::Postgres { .. } => vec![
            format!("insert into audit {columns} overriding system value select 0, {same} limit 1"),
            format!("insert into audit {columns} overriding system value select sequence, {same}"),
            format!(
                "insert into audit {columns} overriding system value select sequence, {same} \
                 on conflict (sequence) do update set action = 'logged-out', door = 'grpc'"
            ),
        ],
    };
    let rows = "select action || door from audit order by sequence";
    let before = database.texts(rows).await;
    for sql in forged {
        let refused = database.try_execute(&sql).await.expect_err(&sql);
        let is_ours = refused.contains("the audit log is append-only") || refused.contains("is not yet defined");
        assert!(is_ours, "{sql}: {refused}");
    }
    assert_eq!(database.texts(rows).await, before);
    // Rows without a number of their own go on being added.
    portico.log_in("ada", PASSWORD).await;
    assert_eq!(database.count("audit where action = 'logged-in'").await, 2);
}

#[tokio::test]
async fn however_much_a_user_writes_of_themselves_a_row_of_the_log_stays_short() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    // Two people who kiss, each with a skin tone, are one letter of 35 bytes.
    for ending in ["", "!"] {
        let bio = "👩🏻‍❤️‍💋‍👩🏽".repeat(279) + ending;
        let fields = [("name", "Ada"), ("username", "ada"), ("email", "ada@example.org"), ("bio", bio.as_str())];
        ada.submit("/account/profile", &fields).await.assert_status(303);
    }
    let database = portico.database();
    let longest = database.text("select cast(max(length(detail)) as text) from audit").await;
    assert!(longest.parse::<u32>().unwrap() <= 1024, "{longest}");
    let detail = database.text("select detail from audit order by sequence desc limit 1").await;
    let detail: Value = serde_json::from_str(&detail).unwrap();
    let told = |when: &str| detail[when]["bio"].as_str().unwrap().to_owned();
    assert!(told("after").contains("bytes") && told("before") != told("after"), "{detail}");
}

#[tokio::test]
async fn what_is_past_its_retention_goes_from_the_oldest_end() {
    let mut portico = Portico::with(&[("PORTICO_AUDIT_RETENTION", "30d")]).await;
    let days = |count: u64| Duration::from_hours(24 * count);
    portico.turn_back(days(90));
    let create = ["user", "create", "--username", "ada"];
    portico.run(&create, &format!("{PASSWORD}\n")).assert_done();
    for (act, later) in [("disable", 59), ("enable", 2), ("delete", 27)] {
        portico.advance(days(later));
        portico.run(&["user", act, "ada"], "").assert_done();
    }
    portico.advance(days(2));
    let gap = portico.database().try_execute("delete from audit where action = 'deleted'").await.unwrap_err();
    assert!(gap.contains("oldest end"), "{gap}");
    portico.restart().await;
    let start = std::time::Instant::now();
    while portico.database().count("audit").await > 2 && start.elapsed().as_secs() < 10 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(portico.database().texts("select action from audit order by sequence").await, ["enabled", "deleted"]);
    portico.run(&["config", "--audit-retention", "23h"], "").assert_refused("a day (1d) or more");
}

/// The rows that the page shows on a wide screen: who, what, whom.
fn rows(page: &crate::support::Answer) -> Vec<String> {
    let row = |number: usize| {
        let cell = |selector: &str| page.texts(&format!("tbody tr:nth-child({number}) > {selector}")).concat();
        format!("{} | {} | {}", cell(":nth-child(2)"), cell(".what > :not(.only-s)"), cell(":nth-child(4)"))
    };
    (1..=page.texts("tbody tr").len()).map(row).collect()
}

#[tokio::test]
async fn admins_read_the_log_by_who_whom_what_and_when() {
    let portico = Portico::start().await;
    let boss = portico.admin("boss").await;
    let ada = portico.member("ada").await;
    ada.submit("/account/profile", &[("name", "=Ada"), ("username", "ada"), ("bio", "Counts, \"exactly\"")]).await;
    let grace = portico.member("grace").await;
    grace.submit("/account/delete", &[("confirm", "grace"), ("password", PASSWORD)]).await.assert_leads_to("/goodbye");

    let page = boss.get("/admin/audit").await;
    page.assert_status(200);
    let all = rows(&page);
    assert_eq!(all.len(), 9);
    assert!(all[0].contains("deleted | Account deleted | "), "{}", all[0]);
    assert_eq!(all[3], "=Ada | Profile editedName: – → =AdaAbout: – → Counts, \"exactly\" | =Ada");
    assert_eq!(all[6], "The operator | Made an admin | boss");
    for (query, expected) in [
        ("who=operator", vec!["The operator | Made an admin | boss"]),
        ("whom=boss&topic=admins", vec!["The operator | Made an admin | boss"]),
        ("topic=admins", vec!["The operator | Made an admin | boss"]),
        ("who=ADA&topic=accounts", vec!["=Ada | Signed upUsername: adaEmail: ada@example.org | =Ada"]),
        ("who=ada%40example.org&whom=boss", vec![]),
        ("to=2020-01-01", vec![]),
        ("from=2999-01-01", vec![]),
    ] {
        assert_eq!(rows(&boss.get(&format!("/admin/audit?{query}")).await), expected, "{query}");
    }
    assert_eq!(rows(&boss.get("/admin/audit?from=2020-01-01&to=2999-01-01&who=%20&topic=nonsense").await), all);
    assert_eq!(
        boss.get("/admin/audit?to=2020-01-01").await.one(".empty p:first-child"),
        "Nothing happened in this period."
    );
    assert_eq!(boss.get("/admin/audit?who=nobody").await.one(".empty p:first-child"), "Nobody is called “nobody”.");
    // A deleted account goes by its id.
    let gone = page.attribute("tbody tr:first-child td:nth-child(4) a", "href");
    assert_eq!(rows(&boss.get(&gone).await).len(), 3);

    let table = boss.get("/admin/audit.csv?whom=ada").await;
    table.assert_status(200);
    assert_eq!(table.header("content-type"), "text/csv; charset=utf-8");
    assert_eq!(table.header("content-disposition"), "attachment; filename=\"audit.csv\"");
    let text = table.text();
    let lines: Vec<&str> = text.split_terminator("\r\n").collect();
    assert_eq!(lines.len(), 4, "{text}");
    assert!(lines[0].starts_with("\u{feff}\"sequence\",\"time\",\"actor_kind\","), "{text}");
    assert!(lines[1].contains(r#","'=Ada","profile-changed","#), "{text}");
    assert!(lines[1].contains(r#"""bio"":""Counts, \""exactly\"""""#), "{text}");
    assert!(trail(&portico).await.contains(&"exported by boss of - at pages".to_owned()));
}

#[tokio::test]
async fn the_log_is_read_a_page_at_a_time_both_ways_and_whole_as_a_table() {
    let portico = Portico::start().await;
    let boss = portico.admin("boss").await;
    let numbers = match portico.database() {
        Database::Sqlite(_) => "with recursive n(i) as (select 1 union all select i + 1 from n where i < 1200) ",
        Database::Postgres { .. } => "with n(i) as (select generate_series(1, 1200)) ",
    };
    let now = match portico.database() {
        Database::Sqlite(_) => "strftime('%Y-%m-%dT%H:%M:%SZ', 'now')",
        Database::Postgres { .. } => "now()",
    };
    let sql = format!(
        "{numbers} insert into audit (created_at, action, topic, actor_kind, door, detail) \
         select {now}, 'exported', 'data', 'operator', 'command-line', '{{\"what\":' || i || '}}' from n"
    );
    portico.database().execute(&sql).await;
    let first = boss.get("/admin/audit?topic=data").await;
    assert_eq!(first.texts("tbody tr").len(), 50);
    assert_eq!(first.texts(".pager a"), ["Older"]);
    let second = boss.get(&first.attribute(".pager a[rel=next]", "href")).await;
    assert_eq!(second.texts(".pager a"), ["Newer", "Older"]);
    assert_ne!(second.attributes("tbody time", "datetime").len(), 0);
    let back = boss.get(&second.attribute(".pager a[rel=prev]", "href")).await;
    assert_eq!(back.texts(".pager a"), ["Older"]);
    assert_eq!(rows(&back), rows(&first));
    let mut page = second;
    let mut seen = 100;
    while let Some(older) = page.attributes(".pager a[rel=next]", "href").into_iter().next() {
        page = boss.get(&older).await;
        seen += page.texts("tbody tr").len();
    }
    assert_eq!(seen, 1_200);
    assert_eq!(page.texts(".pager a"), ["Newer"]);
    let table = boss.get("/admin/audit.csv?topic=data").await.text();
    let lines: Vec<&str> = table.split_terminator("\r\n").collect();
    assert_eq!(lines.len(), 1_201);
    assert!(lines[1].ends_with("\"{\"\"what\"\":1200}\""), "{}", lines[1]);
    assert!(lines[1_200].ends_with("\"{\"\"what\"\":1}\""), "{}", lines[1_200]);
}

#[tokio::test]
async fn no_other_site_has_an_admins_browser_copy_the_log() {
    let portico = Portico::start().await;
    let boss = portico.admin("boss").await;
    let copied = "audit where action = 'exported'";
    for (site, status, rows) in
        [("cross-site", 403, 0), ("same-site", 403, 0), ("same-origin", 200, 1), ("none", 200, 2)]
    {
        boss.get_with("/admin/audit.csv", &[("sec-fetch-site", site)]).await.assert_status(status);
        assert_eq!(portico.database().count(copied).await, rows, "{site}");
    }
}

#[tokio::test]
async fn people_see_their_own_history_and_no_admins_address() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    let _grace = portico.admin("grace").await;
    portico.run(&["user", "promote", "ada"], "").assert_done();
    let caller = portico.caller();
    assert_eq!(caller.says("UpdateUserData", user("ada", "", "Ada", "Lovelace")).await.0, 200);
    for _ in 0..3 {
        portico.visitor().submit("/login", &[("login", "ada"), ("password", "not this one")]).await.assert_status(422);
    }
    trail_of(&portico, 11).await;
    let page = ada.get("/account/security/history").await;
    page.assert_status(200);
    assert_eq!(
        page.texts(".log li p:first-child"),
        [
            "Wrong password, 3 tries",
            "Admin rights taken away by a service",
            "Profile edited by a service",
            "Made an admin by the operator",
            "Logged in",
            "Signed up",
        ]
    );
    let notes = page.texts(".log .m");
    assert!(notes[0].ends_with("· 127.0.0.1"), "{notes:?}");
    assert!(notes[2].ends_with("· Name"), "a service's address is not told: {notes:?}");
    assert!(!page.text().contains("grace"), "nobody else's");
    portico.visitor().get("/account/security/history").await.assert_status(303);
    ada.get_with("/account/security/history", &[("accept-language", "ru")]).await.assert_status(200);
    assert_eq!(
        ada.get_with("/account/security/history", &[("accept-language", "ru")]).await.texts(".log li p:first-child")[0],
        "Неверный пароль, 3 попытки"
    );
    for path in ["/admin/audit", "/admin/audit.csv", "/admin/audit?who=ada"] {
        ada.get(path).await.assert_status(404);
        portico.visitor().get(path).await.assert_status(404);
    }
}
