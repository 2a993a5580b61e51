//! Limits: what guessing, asking, changing and logging in without end come to, and that none of it holds up other
//! users.

use std::time::Duration;

use futures_util::future::join_all;
use hyper::Method;
use portico::passwords::Kinds;
use serde_json::{Value, json};

use crate::support::{Answer, PASSWORD, Portico, Visitor, app, user};

/// A trusted proxy lets a story come from many addresses.
const PROXY: (&str, &str) = ("PORTICO_TRUSTED_PROXIES", "127.0.0.1");

const NEW: &str = "eleven purple kettles";

async fn log_in(visitor: &Visitor, address: &str, login: &str, password: &str) -> Answer {
    let form = [("login", login), ("password", password)];
    visitor.submit_with("/login", &form, &[("x-forwarded-for", address), ("sec-fetch-site", "same-origin")]).await
}

/// A request of a program, from an address.
async fn call(visitor: &Visitor, address: &str, way: (&str, &str), token: &str, body: &Value) -> Answer {
    let headers = [("x-forwarded-for", address), ("authorization", token), ("content-type", "application/json")];
    let method = Method::from_bytes(way.0.as_bytes()).unwrap();
    visitor.ask(method, way.1, &headers, body.to_string().into()).await
}

/// Wrong passwords for `login`, each from an address of its own, many at once. Gives the answers' statuses.
async fn guess(portico: &Portico, login: &str, addresses: std::ops::Range<u32>) -> Vec<u16> {
    let mut statuses = Vec::new();
    for some in addresses.collect::<Vec<_>>().chunks(20) {
        let tries = some.iter().map(|number| async move {
            let address = format!("203.0.{}.{}", number / 200, number % 200 + 1);
            loop {
                // Too much to do is no answer to a try.
                let status = log_in(&portico.visitor(), &address, login, "a wrong one").await.status;
                if status != 503 {
                    return status;
                }
            }
        });
        statuses.extend(join_all(tries).await);
    }
    statuses
}

async fn figures(portico: &Portico) -> String {
    portico.internal().get("/metrics").await.text()
}

/// Memory in use, in megabytes.
fn resident(portico: &Portico) -> u64 {
    portico.memory("VmRSS") / 1_024
}

#[tokio::test]
async fn after_ten_wrong_tries_even_the_right_password_has_to_wait() {
    let portico = Portico::start().await;
    portico.member("ada").await;
    let stranger = portico.visitor();
    for number in 0..10 {
        // Names and letter cases share one count.
        let login = ["ada", "ADA", "ada@example.org"][number % 3];
        stranger.submit("/login", &[("login", login), ("password", "a wrong one")]).await.assert_status(422);
    }
    let page = stranger.submit("/login", &[("login", "ada"), ("password", PASSWORD)]).await;
    page.assert_status(429);
    let wait: u64 = page.header("retry-after").parse().unwrap();
    assert!((600..=900).contains(&wait), "{wait}");
    assert!(page.problems()[0].1.starts_with("Too many tries. Wait 15 minutes"), "{:?}", page.problems());
    assert!(figures(&portico).await.contains(r#"portico_limits_refused_total{rule="sign-in"} 1"#));
}

#[tokio::test]
async fn wrong_tries_are_forgotten_once_their_time_is_over() {
    let portico = Portico::start().await;
    portico.member("ada").await;
    lock(&portico).await;
    portico.advance(Duration::from_mins(10));
    let right = [("login", "ada"), ("password", PASSWORD)];
    portico.visitor().submit("/login", &right).await.assert_status(429);
    portico.advance(Duration::from_mins(5));
    portico.log_in("ada", PASSWORD).await;
}

#[tokio::test]
async fn white_space_around_a_password_makes_no_second_try_of_one() {
    let portico = Portico::with(&[PROXY]).await;
    portico.member("ada").await;
    let program = portico.visitor();
    let typed = |password: &str| json!({"email": "ada@example.org", "password": password});
    for _ in 0..10 {
        let wrong = typed(" a wrong one ");
        call(&program, "192.0.2.1", ("POST", "/api/users/login"), "", &wrong).await.assert_status(400);
    }
    let right = typed(PASSWORD);
    call(&program, "192.0.2.1", ("POST", "/api/users/login"), "", &right).await.assert_status(429);
    let spaces = typed(&format!(" {PASSWORD} "));
    call(&program, "192.0.2.2", ("POST", "/api/users/login"), "", &spaces).await.assert_status(200);
}

#[tokio::test]
async fn an_unknown_name_is_limited_like_a_known_one() {
    let portico = Portico::start().await;
    let stranger = portico.visitor();
    for _ in 0..10 {
        stranger.submit("/login", &[("login", "nobody"), ("password", "a wrong one")]).await.assert_status(422);
    }
    stranger.submit("/login", &[("login", "NOBODY"), ("password", "a wrong one")]).await.assert_status(429);
}

#[tokio::test]
async fn right_log_ins_are_no_wrong_tries() {
    let portico = Portico::start().await;
    portico.member("ada").await;
    for _ in 0..12 {
        portico.log_in("ada", PASSWORD).await;
    }
}

#[tokio::test]
async fn where_limits_are_off_nothing_is_counted() {
    let portico = Portico::with(&[("PORTICO_RATE_LIMITS", "off")]).await;
    portico.member("ada").await;
    for _ in 0..12 {
        let form = [("login", "ada"), ("password", "a wrong one")];
        portico.visitor().submit("/login", &form).await.assert_status(422);
    }
}

#[tokio::test]
async fn whatever_strangers_try_the_owner_logs_in_from_a_new_place_at_every_door() {
    let portico = Portico::with(&[PROXY]).await;
    portico.member("ada").await;
    let statuses = guess(&portico, "ada", 0..120).await;
    assert!(statuses.iter().all(|status| *status == 422), "{statuses:?}");
    let slowed = portico.metric("portico_limits_slowed_total").await;
    assert!(slowed.is_some_and(|slowed| slowed > 0), "{slowed:?}");
    let visitor = portico.visitor();
    let named = json!({ "username": "ada", "password": PASSWORD });
    let by_email = json!({ "email": "ada@example.org", "password": PASSWORD });
    let page = log_in(&visitor, "198.51.100.1", "ada", PASSWORD);
    let caller = portico.caller();
    let service = caller.says("Verify", user("ada", PASSWORD, "", ""));
    let programs = join_all([
        call(&visitor, "198.51.100.2", ("POST", "/api/users/login"), "", &by_email),
        call(&visitor, "198.51.100.3", ("POST", "/api/user/login"), "", &by_email),
        call(&visitor, "198.51.100.4", ("POST", "/users/login"), "", &named),
        call(&visitor, "198.51.100.5", ("POST", "/users/tokens"), "", &named),
    ]);
    let (page, service, programs) = tokio::join!(page, service, programs);
    page.assert_leads_to("/account");
    assert_eq!(service.0, 200, "{service:?}");
    for answer in programs {
        answer.assert_status(200);
    }
}

#[tokio::test]
async fn a_neighbours_wrong_tries_hold_up_neither_a_known_browser_nor_a_session_nor_a_program() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    let login = json!({ "email": "ada@example.org", "password": PASSWORD });
    let program = portico.visitor();
    let answer = call(&program, "", ("POST", "/api/users/login"), "", &login).await;
    let token = serde_json::from_slice::<Value>(&answer.body).unwrap()["access"].as_str().unwrap().to_owned();
    // Ten for the account, and a hundred from the address: both are used up.
    let neighbour = portico.visitor();
    for number in 0..100 {
        let login = if number < 10 { "ada".to_owned() } else { format!("nobody-{number}") };
        neighbour.submit("/login", &[("login", &login), ("password", "a wrong one")]).await.assert_status(422);
    }
    let right = [("login", "ada"), ("password", PASSWORD)];
    neighbour.submit("/login", &right).await.assert_status(429);
    neighbour.submit("/login", &[("login", "somebody"), ("password", "a wrong one")]).await.assert_status(429);
    call(&program, "", ("POST", "/api/users/login"), "", &login).await.assert_status(429);

    ada.submit("/reauth", &[("password", PASSWORD), ("next", "/account")]).await.assert_leads_to("/account");
    ada.submit("/logout", &[]).await;
    ada.submit("/login", &right).await.assert_leads_to("/account");
    for (way, token, body) in [
        (("POST", "/api/users/login"), format!("JWT {token}"), login),
        (("POST", "/users/tokens"), format!("Bearer {token}"), json!({ "username": "ada", "password": PASSWORD })),
        (("POST", "/users/login"), token, json!({ "username": "ada", "password": PASSWORD })),
    ] {
        call(&program, "", way, &token, &body).await.assert_status(200);
    }
}

#[tokio::test]
async fn wrong_tries_at_made_up_names_from_the_same_address_hold_up_no_session_and_no_known_browser() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    let bea = portico.member("bea").await;
    let neighbour = portico.visitor();
    for number in 0..101 {
        let form = [("login", format!("nobody-{number}")), ("password", "a wrong one".to_owned())];
        let form: Vec<_> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
        neighbour.submit("/login", &form).await.assert_status(if number < 100 { 422 } else { 429 });
    }
    let change = [("current", PASSWORD), ("new", NEW)];
    ada.submit("/account/security/password", &change).await.assert_leads_to("/account/security");
    ada.submit("/logout", &[]).await;
    ada.submit("/login", &[("login", "ada"), ("password", NEW)]).await.assert_leads_to("/account");
    portico.advance(Duration::from_mins(11));
    bea.submit("/account/delete", &[("confirm", "bea")]).await.assert_leads_to("/reauth?next=%2Faccount%2Fdelete");
    let proof = [("password", PASSWORD), ("next", "/account/delete")];
    bea.submit("/reauth", &proof).await.assert_leads_to("/account/delete");
    bea.submit("/account/delete", &[("confirm", "bea")]).await.assert_leads_to("/goodbye");
    portico.visitor().submit("/login", &[("login", "ada"), ("password", NEW)]).await.assert_status(429);
}

#[tokio::test]
async fn a_known_browser_has_ten_tries_of_its_own_and_is_a_stranger_then() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    let shared = ada.copy();
    ada.submit("/logout", &[]).await;
    for _ in 0..20 {
        shared.submit("/login", &[("login", "ada"), ("password", "a wrong one")]).await.assert_status(422);
    }
    shared.submit("/login", &[("login", "ada"), ("password", PASSWORD)]).await.assert_status(429);
}

#[tokio::test]
async fn a_made_up_known_device_cookie_opens_no_way_around_the_limits() {
    let portico = Portico::start().await;
    let eve = portico.member("eve").await;
    portico.member("ada").await;
    let id = portico.database();
    let ada = id.text(&format!("select {} from accounts where username = 'ada'", id.id_as_text("id"))).await;
    let proof = eve.cookie("portico-device").unwrap().split_once('.').unwrap().1.to_owned();
    let (made_up, own) = (portico.visitor(), portico.visitor());
    made_up.set_cookie("portico-device", &format!("{ada}.{proof}"));
    own.set_cookie("portico-device", &eve.cookie("portico-device").unwrap());
    for number in 0..10 {
        let thief = if number % 2 == 0 { &made_up } else { &own };
        thief.submit("/login", &[("login", "ada"), ("password", "a wrong one")]).await.assert_status(422);
    }
    for thief in [made_up, own] {
        thief.submit("/login", &[("login", "ada"), ("password", "a wrong one")]).await.assert_status(429);
    }
}

/// Uses up the tries at an account from here.
async fn lock(portico: &Portico) {
    let stranger = portico.visitor();
    let mut tries = 0;
    while stranger.submit("/login", &[("login", "ada"), ("password", "a wrong one")]).await.status != 429 {
        tries += 1;
        assert!(tries <= 10, "it is never refused");
    }
}

#[tokio::test]
async fn another_password_lifts_what_wrong_tries_had_locked_whichever_client_sets_it() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    let twin = portico.twin().await;
    for one in [&portico, &twin] {
        lock(one).await;
    }
    portico.run(&["user", "set-password", "ada"], NEW).assert_done();
    for one in [&portico, &twin] {
        one.log_in("ada", NEW).await;
        lock(one).await;
    }
    assert_eq!(portico.caller().says("UpdatePassword", user("ada", PASSWORD, "", "")).await.0, 200);
    ada.submit("/login", &[("login", "ada"), ("password", PASSWORD)]).await.assert_leads_to("/account");
    for one in [&portico, &twin] {
        one.log_in("ada", PASSWORD).await;
        lock(one).await;
    }
    // Ada has a session here, and changes it herself.
    let change = [("current", PASSWORD), ("new", NEW)];
    ada.submit("/account/security/password", &change).await.assert_leads_to("/account/security");
    for one in [&portico, &twin] {
        one.log_in("ada", NEW).await;
    }
}

#[tokio::test]
async fn names_without_end_fill_no_memory_and_lift_no_limit() {
    let portico = Portico::start().await;
    portico.member("ada").await;
    lock(&portico).await;
    let before = resident(&portico);
    let stranger = portico.visitor();
    for some in (0..1_500).collect::<Vec<u32>>().chunks(20) {
        let tries = some.iter().map(|number| {
            let (stranger, login) = (stranger.clone(), format!("{number}{}", "n".repeat(50_000)));
            async move { stranger.submit("/login", &[("login", &login), ("password", "a wrong one")]).await.status }
        });
        let statuses = join_all(tries).await;
        // The first hundred are looked at, unless there is too much to do.
        assert!(statuses.iter().all(|status| matches!(status, 422 | 429 | 503)), "{statuses:?}");
    }
    let after = resident(&portico);
    assert!(after < before + 40, "{before} MB were {after} MB afterwards");
    stranger.submit("/login", &[("login", "ada"), ("password", "a wrong one")]).await.assert_status(429);
}

/// What each door says to a sign-up of these names.
async fn sign_ups(portico: &Portico, address: &str, username: &str, email: &str) -> Vec<u16> {
    let visitor = portico.visitor();
    let form = [("email", email), ("username", username), ("password", PASSWORD)];
    let headers = [("x-forwarded-for", address), ("sec-fetch-site", "same-origin")];
    let mut statuses = vec![visitor.submit_with("/signup", &form, &headers).await.status];
    let all = json!({ "username": username, "email": email, "password": "Abcdef12", "full_name": "A B",
                      "firstname": "A", "lastname": "B", "organization": "C" });
    for path in ["/api/users/register", "/api/user/register", "/users/register", "/users"] {
        statuses.push(call(&visitor, address, ("POST", path), "", &all).await.status);
    }
    statuses
}

#[tokio::test]
async fn no_client_asks_at_any_door_which_names_are_taken_without_end() {
    let portico = Portico::with(&[PROXY]).await;
    let names: Vec<String> = (0..20).map(|number| format!("person{number}")).collect();
    join_all(names.iter().map(|name| portico.member(name))).await;
    let ask = async |address: &'static str, username: &str, email: &str| {
        let form = [("email", email), ("username", username), ("password", PASSWORD)];
        let headers = [("x-forwarded-for", address), ("sec-fetch-site", "same-origin")];
        portico.visitor().submit_with("/signup", &form, &headers).await
    };
    for (number, name) in names.iter().enumerate() {
        let fresh = format!("fresh{number}");
        let answer = if number % 2 == 0 {
            ask("198.51.100.1", name, &format!("{fresh}@example.org")).await
        } else {
            ask("198.51.100.1", &fresh, &format!("{name}@example.org")).await
        };
        answer.assert_status(409);
        // Who is told the same again learns nothing.
        if number % 2 == 0 {
            ask("198.51.100.1", name, &format!("{fresh}@example.org")).await.assert_status(409);
        }
    }
    let refused = ask("198.51.100.1", "person1", "fresh99@example.org").await;
    refused.assert_status(429);
    assert!(refused.header("retry-after").parse::<u64>().unwrap() > 60);
    // Free or taken, every door says the same now; and another address is told.
    for (username, email) in [("person3", "person3@example.org"), ("quite-new", "quite-new@example.org")] {
        assert_eq!(sign_ups(&portico, "198.51.100.1", username, email).await, [429; 5]);
    }
    ask("198.51.100.2", "person3", "fresh99@example.org").await.assert_status(409);
}

#[tokio::test]
async fn many_at_once_are_told_of_no_more_names_than_one_after_the_other() {
    let portico = Portico::with(&[PROXY]).await;
    let names: Vec<String> = (0..30).map(|number| format!("person{number}")).collect();
    join_all(names.iter().map(|name| portico.member(name))).await;
    let asked = names.iter().map(|name| {
        let email = format!("new-{name}@example.org");
        let visitor = portico.visitor();
        async move {
            let form = [("email", email.as_str()), ("username", name), ("password", PASSWORD)];
            let headers = [("x-forwarded-for", "198.51.100.1"), ("sec-fetch-site", "same-origin")];
            visitor.submit_with("/signup", &form, &headers).await.status
        }
    });
    let statuses = join_all(asked).await;
    let count = |status: u16| statuses.iter().filter(|seen| **seen == status).count();
    assert_eq!((count(409), count(429)), (20, 10), "{statuses:?}");
}

/// The token of a member's program.
async fn token(visitor: &Visitor, name: &str) -> String {
    let login = json!({ "email": format!("{name}@example.org"), "password": PASSWORD });
    let answer = call(visitor, "", ("POST", "/api/users/login"), "", &login).await;
    serde_json::from_slice::<Value>(&answer.body).unwrap()["access"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_member_asks_no_more_than_others_which_names_are_taken() {
    let portico = Portico::start().await;
    let names: Vec<String> = (0..12).map(|number| format!("person{number}")).collect();
    join_all(names.iter().map(|name| portico.member(name))).await;
    let eve = portico.member("eve").await;
    let program = portico.visitor();
    let token = token(&program, "eve").await;
    let profile = |name: &str| [("name", String::new()), ("username", name.to_owned())];
    let change = async |name: &str| {
        let form = profile(name);
        let form: Vec<_> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
        eve.submit("/account/profile", &form).await
    };
    let update = async |name: &str| {
        let body = json!({ "email": format!("{name}@example.org") });
        call(&program, "", ("PUT", "/api/users/update/"), &format!("JWT {token}"), &body).await
    };
    for (number, name) in names[..10].iter().enumerate() {
        let (answer, status) = if number % 2 == 0 { (change(name).await, 409) } else { (update(name).await, 400) };
        answer.assert_status(status);
    }
    let page = change("person11").await;
    page.assert_status(429);
    assert_eq!(page.value("username"), "person11");
    assert!(
        page.problems()[0].1.starts_with("Too many changes at once. Nothing was saved. Wait"),
        "{:?}",
        page.problems()
    );
    update("person11").await.assert_status(429);
    update("quite-new").await.assert_status(429);
    let all = json!({ "username": "eve", "email": "person11@example.org", "password": "Abcdef12" });
    call(&program, "", ("PUT", "/users"), &token, &all).await.assert_status(429);
    // What has no name in it can still be changed.
    change("eve").await.assert_leads_to("/account/profile");
}

#[tokio::test]
async fn a_member_changes_their_account_sixty_times_in_ten_minutes_by_all_doors_together() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    let program = portico.visitor();
    let token = token(&program, "ada").await;
    for number in 0..60 {
        if number % 2 == 0 {
            let form = [("name", format!("Ada {number}")), ("username", "ada".to_owned())];
            let form: Vec<_> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
            ada.submit("/account/profile", &form).await.assert_leads_to("/account/profile");
        } else {
            let body = json!({ "full_name": format!("Ada {number}") });
            call(&program, "", ("PUT", "/api/user/update"), &format!("JWT {token}"), &body).await.assert_status(200);
        }
    }
    let told = portico.database().count("audit").await;
    let page = ada.submit("/account/profile", &[("name", "Ada the last"), ("username", "ada")]).await;
    page.assert_status(429);
    assert_eq!(page.value("name"), "Ada the last");
    assert!(page.header("retry-after").parse::<u64>().unwrap() > 60);
    let preferences = [("language", "ru"), ("time_zone", "Europe/Berlin"), ("theme", "dark")];
    ada.submit("/account/email", &preferences).await.assert_status(429);
    let body = json!({ "full_name": "Ada the last" });
    call(&program, "", ("PUT", "/api/users/update"), &format!("JWT {token}"), &body).await.assert_status(429);
    let body = json!({ "username": "ada", "email": "other@example.org", "password": "Abcdef12" });
    call(&program, "", ("PUT", "/users"), &token, &body).await.assert_status(429);
    assert_eq!(portico.database().count("audit").await, told);
    // Services, admins and the operator have as much to do as there is.
    for number in 0..5 {
        let change = user("ada", "", &format!("Ada {number}"), "L");
        assert_eq!(portico.caller().says("UpdateUserData", change).await.0, 200);
    }
    // And whoever knows the password puts out what has used the changes up.
    let change = [("current", PASSWORD), ("new", NEW)];
    ada.submit("/account/security/password", &change).await.assert_leads_to("/account/security");
    portico.run(&["user", "set-password", "ada"], PASSWORD).assert_done();
}

#[tokio::test]
async fn right_log_ins_are_limited_too_and_hold_up_no_other_client() {
    let portico = Portico::with(&[PROXY]).await;
    portico.member("ada").await;
    portico.member("bea").await;
    for some in (0..60).collect::<Vec<u32>>().chunks(6) {
        let log_ins = some.iter().map(|_| async { log_in(&portico.visitor(), "198.51.100.1", "ada", PASSWORD).await });
        for answer in join_all(log_ins).await {
            answer.assert_leads_to("/account");
        }
    }
    let sessions = portico.database().count("sessions").await;
    let page = log_in(&portico.visitor(), "198.51.100.1", "ada", PASSWORD).await;
    page.assert_status(429);
    assert!(page.header("retry-after").parse::<u64>().unwrap() > 60);
    let body = json!({ "username": "ada", "password": PASSWORD });
    call(&portico.visitor(), "198.51.100.1", ("POST", "/users/tokens"), "", &body).await.assert_status(429);
    assert_eq!(portico.database().count("sessions").await, sessions);
    log_in(&portico.visitor(), "198.51.100.1", "bea", PASSWORD).await.assert_leads_to("/account");
    log_in(&portico.visitor(), "198.51.100.2", "ada", PASSWORD).await.assert_leads_to("/account");
}

#[tokio::test]
async fn wrong_passwords_are_charged_for_the_kinds_of_hashes_that_accounts_have() {
    let portico = Portico::start().await;
    let hashes = [
        "pbkdf2_sha256$600000$salt$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        "pbkdf2_sha256$870000$salt$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        "pbkdf2_sha256$870000$zzzz$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        "$pbkdf2-sha256-global$i=100000$c2FsdA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "$2b$10$SHtqWqmz4.gn/AjKdNXjbOaa.9rFfLOjBZceffxewBDHBlnZbfIja",
        "$2y$12$SHtqWqmz4.gn/AjKdNXjbOaa.9rFfLOjBZceffxewBDHBlnZbfIja",
        "$argon2i$v=19$m=64,t=3,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    ];
    let all = hashes.iter().copied().chain(["!unusable", "$2b$99$x", "pbkdf2_sha256$x$y$z", ""]);
    let app = app(&portico).await;
    portico.member("own").await;
    portico::accounts::legacy_hashes::look(&app).await.unwrap();
    assert_eq!(*app.passwords().kinds(), Kinds::default());
    let mut expected = Kinds::default();
    for (number, hash) in all.enumerate() {
        let name = format!("person{number}");
        assert_eq!(portico.caller().says("Create", user(&name, "x", "A", "B")).await.0, 201);
        let sql = format!("update accounts set password_hash = '{hash}' where username = '{name}'");
        portico.database().execute(&sql).await;
        expected.add(hash);
    }
    portico::accounts::legacy_hashes::look(&app).await.unwrap();
    assert_eq!(*app.passwords().kinds(), expected);
    // When the last has logged in, no attempt pays any more.
    portico.database().execute("update accounts set password_hash = null where username <> 'own'").await;
    portico::accounts::legacy_hashes::look(&app).await.unwrap();
    assert_eq!(*app.passwords().kinds(), Kinds::default());
}
