//! What all share and no client uses up: places in the queues of passwords and pictures, counts of log-ins and codes,
//! rows of the audit log, the memory of answers, a recipient's mails.

use std::time::Duration;

use bytes::Bytes;
use futures_util::future::join_all;
use futures_util::stream::{self, StreamExt as _};
use http_body_util::Full;
use hyper::client::conn::http2;
use hyper::{Method, Request};
use hyper_util::rt::{TokioExecutor, TokioIo};
use serde_json::json;
use tokio::net::TcpStream;

use crate::api::text;
use crate::support::{
    Answer, Authenticator, MAIL, PASSWORD, Portico, Visitor, begin, mail, mail_count, mails, mails_to, verify,
};

/// A trusted proxy lets a story come from many addresses.
const PROXY: (&str, &str) = ("PORTICO_TRUSTED_PROXIES", "127.0.0.1");

async fn log_in_from(visitor: &Visitor, address: &str, login: &str, password: &str) -> Answer {
    let form = [("login", login), ("password", password)];
    visitor.submit_with("/login", &form, &[("x-forwarded-for", address), ("sec-fetch-site", "same-origin")]).await
}

/// A request of a program with a token, as JSON.
async fn call(visitor: &Visitor, method: Method, path: &str, token: &str, body: &serde_json::Value) -> Answer {
    let headers = [("authorization", token), ("content-type", "application/json")];
    visitor.ask(method, path, &headers, body.to_string().into()).await
}

/// A token of a log-in to the CLARK dialect, behind its scheme.
async fn token(portico: &Portico, name: &str, password: &str) -> String {
    let body = json!({ "username": name, "password": password });
    let answer = call(&portico.visitor(), Method::POST, "/users/tokens", "", &body).await;
    format!("Bearer {}", text(answer.assert_status(200), "/token"))
}

#[tokio::test]
async fn two_addresses_fill_no_queue_of_passwords() {
    let portico = Portico::with(&[PROXY]).await;
    portico.member("ada").await;
    let flood = (0..180).map(|number| {
        let (visitor, login) = (portico.visitor(), format!("nobody{number}"));
        let address = ["198.51.100.1", "198.51.100.2"][number % 2];
        async move { log_in_from(&visitor, address, &login, "a wrong one").await.status }
    });
    let bystander = async {
        // By then the flood is in the queue.
        tokio::time::sleep(Duration::from_millis(300)).await;
        log_in_from(&portico.visitor(), "203.0.113.5", "ada", PASSWORD).await
    };
    let (flooded, answer) = tokio::join!(join_all(flood), bystander);
    answer.assert_leads_to("/account");
    assert!(flooded.contains(&503), "an address has a share of the queue: {flooded:?}");
    assert!(flooded.contains(&422), "{flooded:?}");
}

#[tokio::test]
async fn the_right_password_is_given_again_no_more_often_than_changes_are_made() {
    let portico = Portico::start().await;
    portico.member("ada").await;
    let body = json!({ "email": "ada@example.org", "password": PASSWORD });
    let answer = call(&portico.visitor(), Method::POST, "/api/users/login/", "", &body).await;
    let token = format!("JWT {}", text(answer.assert_status(200), "/access"));
    let mut statuses = Vec::new();
    for _ in 0..61 {
        let wanted = json!({ "full_name": "Ada", "current_password": PASSWORD });
        statuses.push(call(&portico.visitor(), Method::PUT, "/api/users/update/", &token, &wanted).await.status);
    }
    assert_eq!(statuses.pop(), Some(429));
    assert!(statuses.iter().all(|status| *status == 200), "{statuses:?}");
}

#[tokio::test]
async fn a_program_that_proves_itself_without_end_keeps_no_owner_from_a_mailed_link_or_from_ending_it() {
    let portico = Portico::with(&[MAIL]).await;
    let ada = portico.member("ada").await;
    let body = json!({ "email": "ada@example.org", "password": PASSWORD });
    let answer = call(&portico.visitor(), Method::POST, "/api/users/login/", "", &body).await;
    let token = format!("JWT {}", text(answer.assert_status(200), "/access"));
    for number in 0..62 {
        let wanted = json!({ "full_name": format!("Ada {number}"), "current_password": PASSWORD });
        call(&portico.visitor(), Method::PUT, "/api/users/update/", &token, &wanted).await;
    }
    let devices = ada.get("/account/security").await;
    let programs = portico.database().count("token_families").await;
    let device = devices.attributes("[name=session]", "value").remove(0);
    ada.submit("/account/security/sessions", &[("session", &device)]).await.assert_leads_to("/account/security");
    assert_eq!(portico.database().count("token_families").await, programs - 1);
    // No more than one mail a minute, and there was one at the sign-up.
    portico.advance(Duration::from_secs(90));
    portico.visitor().submit("/password/forgot", &[("email", "ada")]).await.assert_status(200);
    let path = mail(&portico, "password-reset").await.path("/password/reset/");
    portico.visitor().submit(&path, &[("password", "eleven purple kettles")]).await.assert_leads_to("/login");
}

#[tokio::test]
async fn who_has_logged_in_without_end_learns_nothing_of_names() {
    let portico = Portico::with(&[PROXY]).await;
    for number in 0..11 {
        portico.member(&format!("own{number}")).await;
    }
    portico.member("ada").await;
    let log_ins = (0..660).map(|number| {
        let (visitor, name) = (portico.visitor(), format!("own{}", number % 11));
        async move { log_in_from(&visitor, "198.51.100.1", &name, PASSWORD).await.status }
    });
    stream::iter(log_ins).buffer_unordered(20).collect::<Vec<u16>>().await;
    let told = async |name: &str| log_in_from(&portico.visitor(), "198.51.100.1", name, "a wrong one").await.status;
    assert_eq!((told("ada").await, told("unheard-of").await), (429, 429));
}

#[tokio::test]
async fn a_member_changes_second_factors_no_more_often_than_anything_else() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    Authenticator::turn_on(&portico, &ada).await;
    let path = ada.get("/account/security/two-factor").await.attribute(".items a", "href");
    let mut statuses = Vec::new();
    for number in 0..62 {
        statuses.push(ada.submit(&path, &[("name", &format!("Phone {number}"))]).await.status);
    }
    assert_eq!(statuses.last(), Some(&429), "{statuses:?}");
    assert!(portico.database().count("audit where action = 'factor-renamed'").await <= 60);
}

#[tokio::test]
async fn log_ins_with_an_app_password_bring_no_more_tries_at_codes_or_passwords() {
    let portico = Portico::with(&[PROXY]).await;
    let ada = portico.member("ada").await;
    let app = Authenticator::turn_on(&portico, &ada).await;
    let page = ada.submit("/account/app-passwords", &[("label", "Script"), ("expires", "")]).await;
    let secret = page.one("#secret");
    let wrong = app.wrong_code(&portico);
    let mut refused = 0;
    for _ in 0..8 {
        let token = token(&portico, "ada", &secret).await;
        let stranger = portico.visitor();
        let known = [("authorization", token.as_str()), ("sec-fetch-site", "same-origin")];
        let form = [("login", "ada"), ("password", PASSWORD)];
        stranger.submit_with("/login", &form, &known).await;
        for _ in 0..5 {
            let answer = stranger.submit_with("/login/verify", &[("second_factor", &wrong)], &known).await;
            refused += usize::from(answer.status == 429);
        }
    }
    assert!(refused > 0, "some are refused");
    assert_eq!(portico.database().count("audit where action = 'wrong-code'").await, 10);
}

#[tokio::test]
async fn who_knows_the_password_of_an_account_with_a_second_factor_keeps_no_owner_out() {
    let portico = Portico::with(&[PROXY]).await;
    let ada = portico.member("ada").await;
    let app = Authenticator::turn_on(&portico, &ada).await;
    // More than log-ins to one account are allowed in ten minutes; how each ends does not matter here.
    let thieves = (0..310).map(|number| {
        let visitor = portico.visitor();
        let address = format!("198.51.{}.{}", number / 200, number % 200 + 1);
        async move { log_in_from(&visitor, &address, "ada", PASSWORD).await }
    });
    join_all(thieves).await;
    let owner = portico.visitor();
    log_in_from(&owner, "203.0.113.9", "ada", PASSWORD).await.assert_leads_to("/login/verify");
    verify(&owner, &app.code(&portico, 0)).await.assert_leads_to("/account");
}

#[tokio::test]
async fn wrong_codes_keep_no_owner_from_their_recovery_codes() {
    let portico = Portico::with(&[PROXY]).await;
    let ada = portico.member("ada").await;
    let app = Authenticator::turn_on(&portico, &ada).await;
    let wrong = app.wrong_code(&portico);
    for _ in 0..2 {
        let thief = begin(&portico, "ada", PASSWORD).await;
        for _ in 0..5 {
            verify(&thief, &wrong).await;
        }
    }
    let owner = begin(&portico, "ada", PASSWORD).await;
    verify(&owner, &app.code(&portico, 0)).await.assert_status(429);
    verify(&owner, &app.recovery[0]).await.assert_leads_to("/account");
}

#[tokio::test]
async fn a_confirmation_link_tells_of_no_more_names_than_any_door() {
    let portico = Portico::with(&[MAIL, ("PORTICO_EMAIL_CONFIRM", "required")]).await;
    portico.run(&["user", "create", "--username", "ada"], "a compiler for everybody\n").assert_done();
    let visitor = portico.visitor();
    let form = [("email", "mallory@example.org"), ("username", "mallory"), ("password", PASSWORD)];
    visitor.submit("/signup", &form).await.assert_leads_to("/signup/sent");
    let mail = mails_to(&portico, "mallory@example.org", 1).await.remove(0);
    let link = mail.split_whitespace().find_map(|word| word.find("/email/confirm/").map(|at| word[at..].to_owned()));
    // The name that was chosen is free: another is not asked for.
    visitor.submit(&link.unwrap(), &[("username", "ada")]).await.assert_leads_to("/welcome");
    assert_eq!(portico.database().count("accounts where username = 'mallory'").await, 1);
}

#[tokio::test]
async fn answers_that_are_not_read_take_a_share_of_memory() {
    let portico = Portico::start().await;
    let to = portico.url().trim_start_matches("http://").to_owned();
    let before = portico.memory("VmRSS");
    let mut held = Vec::new();
    let mut refused = 0;
    for _ in 0..3 {
        let stream = TokioIo::new(TcpStream::connect(&to).await.unwrap());
        let mut builder = http2::Builder::new(TokioExecutor::new());
        builder.initial_stream_window_size(0).initial_connection_window_size(65_535);
        let (mut sender, connection) = builder.handshake(stream).await.unwrap();
        tokio::spawn(connection);
        for _ in 0..80 {
            // Shown again, each of these has five letters.
            let body = format!("login={}&password=x", "%22".repeat(20_000));
            let request = Request::post(format!("http://{to}/login"))
                .header("content-type", "application/x-www-form-urlencoded")
                .header("sec-fetch-site", "same-origin")
                .body(Full::new(Bytes::from(body)))
                .unwrap();
            let answer = sender.send_request(request).await.unwrap();
            refused += usize::from(answer.status() == 503);
            held.push(answer);
        }
        held.push(
            sender
                .send_request(Request::get(format!("http://{to}/healthz")).body(Full::default()).unwrap())
                .await
                .unwrap(),
        );
    }
    assert!(refused > 0, "{} answers are held", held.len());
    let grown = portico.memory("VmRSS").saturating_sub(before) / 1_024;
    assert!(grown < 60, "{grown} MB");
}

#[tokio::test]
async fn one_address_uses_up_no_recipients_mails() {
    let portico = Portico::with(&[MAIL, PROXY]).await;
    portico.member("ada").await;
    let sent = async || {
        // Whether a mail is sent to who asked by a username, is found out as it is written.
        while portico.database().count("mails where state = 'waiting'").await > 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        portico.database().count("mails where purpose = 'password-reset' and state = 'sent'").await
    };
    let ask = async |address: &str, login: &str| {
        portico.advance(Duration::from_secs(3_600));
        let headers = [("x-forwarded-for", address), ("sec-fetch-site", "same-origin")];
        let visitor = portico.visitor();
        visitor.submit_with("/password/forgot", &[("email", login)], &headers).await.assert_status(200);
        sent().await;
    };
    for number in 0..8 {
        ask("198.51.100.1", ["ada@example.org", "ada"][number % 2]).await;
    }
    assert_eq!(sent().await, 5);
    ask("203.0.113.5", "ada").await;
    assert_eq!(sent().await, 6);
}

#[tokio::test]
async fn strangers_use_up_no_mails_of_who_asks_in_a_known_browser() {
    let portico = Portico::with(&[MAIL, PROXY]).await;
    let (ada, eve) = (portico.member("ada").await, portico.member("eve").await);
    let letters = mails(&portico, "confirm-email", 2).await;
    let own = letters.iter().find(|letter| letter.to == "ada@example.org").unwrap();
    assert_eq!(ada.submit(&own.path("/email/confirm/"), &[]).await.status, 303);
    let sent = async || {
        while portico.database().count("mails where state = 'waiting'").await > 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        portico.database().count("mails where purpose = 'password-reset' and state = 'sent'").await
    };
    for number in 0..12 {
        portico.advance(Duration::from_secs(800));
        let address = format!("198.51.100.{}", number % 3);
        let headers = [("x-forwarded-for", &*address), ("sec-fetch-site", "same-origin")];
        portico.visitor().submit_with("/password/forgot", &[("email", "ada")], &headers).await.assert_status(200);
        sent().await;
    }
    assert_eq!(sent().await, 9, "with the mail at the sign-up they have used up the day");
    ada.submit("/logout", &[]).await.assert_leads_to("/login");
    for (number, login) in ["ada", "ada@example.org", "ADA", "ada", "ada", "ada"].into_iter().enumerate() {
        ada.submit("/password/forgot", &[("email", login)]).await.assert_status(200);
        assert_eq!(sent().await, 10 + (number as i64).min(4), "five a day");
    }
    // Of another account, or of one whose address nobody has confirmed, it is no known browser.
    for (browser, login) in [(&ada, "eve"), (&eve, "eve")] {
        let before = sent().await;
        portico.advance(Duration::from_secs(70));
        for _ in 0..3 {
            browser.submit("/password/forgot", &[("email", login)]).await.assert_status(200);
        }
        assert_eq!(sent().await, before + 1, "one a minute");
    }
}

#[tokio::test]
async fn the_browsers_that_an_account_trusts_are_bounded() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    let app = Authenticator::turn_on(&portico, &ada).await;
    let (id, account) = ("select id from accounts", "select generation from accounts");
    for number in 0..60 {
        let key = portico.database().id(&format!("{number:032x}"));
        let key = key.replace("cast('", "decode('").replace("' as uuid)", "', 'hex')");
        let row = format!(
            "insert into trusted_browsers (id, account_id, generation, device, created_at, expires_at) \
             values ({key}, ({id}), ({account}), '', '2020-01-01 00:00:00+00:00', '2999-01-01 00:00:00+00:00')"
        );
        portico.database().execute(&row).await;
    }
    let visitor = begin(&portico, "ada", PASSWORD).await;
    let code = app.code(&portico, 0);
    visitor.submit("/login/verify", &[("second_factor", &code), ("trust", "1")]).await.assert_leads_to("/account");
    assert_eq!(portico.database().count("trusted_browsers").await, 50);
    visitor.submit("/logout", &[]).await;
    let form = [("login", "ada"), ("password", PASSWORD)];
    visitor.submit("/login", &form).await.assert_leads_to("/account");
}

#[tokio::test]
async fn an_address_that_nobody_has_confirmed_is_sent_few_mails() {
    let portico = Portico::with(&[MAIL]).await;
    let mallory = portico.visitor();
    let form = [("email", "victim@example.org"), ("username", "mallory"), ("password", PASSWORD)];
    mallory.submit("/signup", &form).await.assert_status(303);
    for number in 0..8 {
        portico.advance(Duration::from_secs(61));
        mallory.submit("/account/email/address", &[("email", &format!("more{number}@example.org"))]).await;
    }
    let asked = mail_count(&portico, "email-change").await;
    assert!(asked >= 5, "the story asks for changes: {asked}");
    let told = mail_count(&portico, "email-change-asked").await;
    assert!(told <= 5, "{told} mails to an address that was never confirmed");
}

/// Makes an app password, and with it as many changes as there may be.
async fn use_up_changes(portico: &Portico, ada: &Visitor) {
    let page = ada.submit("/account/app-passwords", &[("label", "Script"), ("expires", "")]).await;
    let thief = token(portico, "ada", &page.one("#secret")).await.replace("Bearer", "JWT");
    let mut last = 200;
    for number in 0..61 {
        let wanted = json!({ "full_name": format!("Ada {number}") });
        last = call(&portico.visitor(), Method::PUT, "/api/users/update/", &thief, &wanted).await.status;
    }
    assert_eq!(last, 429);
}

#[tokio::test]
async fn a_thief_of_an_app_password_keeps_its_owner_from_nothing_that_ends_it() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    use_up_changes(&portico, &ada).await;
    let other = portico.log_in("ada", PASSWORD).await;
    ada.submit("/account/security/sessions/others", &[]).await.assert_leads_to("/account/security");
    other.get("/account").await.assert_leads_to("/login?next=%2Faccount");
    let change = [("current", PASSWORD), ("new", "eleven purple kettles")];
    ada.submit("/account/security/password", &change).await.assert_leads_to("/account/security");
}

#[tokio::test]
async fn an_app_password_is_removed_though_its_programs_have_used_up_the_changes() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    use_up_changes(&portico, &ada).await;
    let link = ada.get("/account/app-passwords").await.attributes(".items a", "href").remove(0);
    ada.submit(&link, &[]).await.assert_leads_to("/account/app-passwords");
    assert_eq!(portico.database().count("app_passwords").await, 0);
}

#[tokio::test]
async fn a_session_that_proves_itself_without_end_keeps_no_other_from_it() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    let thief = portico.log_in("ada", PASSWORD).await;
    let mut last = 0;
    for _ in 0..61 {
        let change = [("current", PASSWORD), ("new", PASSWORD)];
        last = thief.submit("/account/security/password", &change).await.status;
    }
    assert_eq!(last, 429, "the thief's session has used up its own");
    let change = [("current", PASSWORD), ("new", "eleven purple kettles")];
    ada.submit("/account/security/password", &change).await.assert_leads_to("/account/security");
    thief.get("/account").await.assert_leads_to("/login?next=%2Faccount");
}

#[tokio::test]
async fn a_session_that_ends_all_others_without_end_is_ended_by_another() {
    let portico = Portico::start().await;
    let thief = portico.member("ada").await;
    let mut last = 0;
    for _ in 0..61 {
        last = thief.submit("/account/security/sessions/others", &[]).await.status;
    }
    assert_eq!((last, portico.database().count("audit where action = 'devices-ended'").await), (429, 60));
    let ada = portico.log_in("ada", PASSWORD).await;
    ada.submit("/account/security/sessions/others", &[]).await.assert_leads_to("/account/security");
    thief.get("/account").await.assert_leads_to("/login?next=%2Faccount");
}
