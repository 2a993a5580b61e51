//! Two-factor: authenticator apps, recovery codes, and the second step of a log-in.

use std::time::Duration;

use axum::http::Method;
use bytes::Bytes;

use crate::support::{Authenticator, MAIL, PASSWORD, Portico, Visitor, begin, mail, mail_count, verify};

const PAGE: &str = "/account/security/two-factor";
const WRONG: &str = "This code is not right or was used already. Wait for the next one.";

#[tokio::test]
async fn an_app_is_scanned_and_asked_for_at_the_next_log_in() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    let elsewhere = portico.log_in("ada", PASSWORD).await;
    let page = ada.get("/account/security/two-factor/app").await;
    assert_eq!(page.attributes("svg.qr[role=img]", "aria-label").len(), 1);
    let address = page.attribute("a[href^='otpauth:']", "href");
    let secret = page.one("#key").replace(' ', "");
    assert_eq!(address, format!("otpauth://totp/Portico:ada?secret={secret}&issuer=Portico"));
    // Shown again, it is the same one.
    assert_eq!(Authenticator::scan(&ada).await.secret, secret);
    let app = Authenticator::turn_on(&portico, &ada).await;
    assert_eq!(app.recovery.len(), 10);
    ada.get(PAGE).await.assert_flash("Two-factor is on. Your other devices are logged out.");
    elsewhere.get("/account").await.assert_leads_to("/login?next=%2Faccount");
    let visitor = portico.visitor();
    let profile = [("login", "ada"), ("password", PASSWORD), ("next", "/account/profile")];
    visitor.submit("/login", &profile).await.assert_leads_to("/login/verify");
    visitor.get("/login/verify").await.assert_status(200);
    let code = app.code(&portico, 0);
    verify(&visitor, &code).await.assert_leads_to("/account/profile");
    visitor.get("/account/profile").await.assert_status(200);
    // It was taken: for no other client.
    let thief = begin(&portico, "ada", PASSWORD).await;
    verify(&thief, &code).await.assert_status(422).assert_problem("second_factor", WRONG);
}

#[tokio::test]
async fn codes_are_taken_a_step_early_or_late_and_in_their_order() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    let app = Authenticator::turn_on(&portico, &ada).await;
    portico.advance(Duration::from_secs(300));
    for (steps, is_right) in [(-2, false), (2, false), (-1, true), (0, true), (1, true), (0, false)] {
        let visitor = begin(&portico, "ada", PASSWORD).await;
        let status = verify(&visitor, &app.code(&portico, steps)).await.status;
        assert_eq!(status, if is_right { 303 } else { 422 }, "{steps}");
    }
}

#[tokio::test]
async fn a_log_in_that_waits_opens_nothing() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    let app = Authenticator::turn_on(&portico, &ada).await;
    let waiting = begin(&portico, "ada", PASSWORD).await;
    let step = waiting.cookie("portico-step").unwrap();
    assert_eq!(waiting.cookie("portico"), None);
    for path in ["/account", "/account/security", "/account/data", "/admin", "/reauth", "/welcome"] {
        let answer = waiting.get(path).await;
        assert!(answer.status == 404 || answer.leads_to().starts_with("/login?next="), "{path}: {}", answer.status);
    }
    for name in ["portico", "portico-device", "portico-trusted"] {
        let thief = portico.visitor();
        thief.set_cookie(name, &step);
        thief.get("/account").await.assert_leads_to("/login?next=%2Faccount");
        thief.submit("/login", &[("login", "ada"), ("password", PASSWORD)]).await.assert_leads_to("/login/verify");
    }
    let bearer = format!("Bearer {step}");
    let headers = [("authorization", bearer.as_str())];
    assert_eq!(waiting.ask(Method::GET, "/api/user/me/", &headers, Bytes::new()).await.status, 401);
    // Ten minutes later it waits no more.
    portico.advance(Duration::from_secs(601));
    verify(&waiting, &app.code(&portico, 0)).await.assert_leads_to("/login");
    waiting.get("/login").await.assert_flash("That took too long, or there were too many wrong codes. Log in again.");
}

#[tokio::test]
async fn after_five_wrong_codes_the_password_is_asked_again_and_the_person_told() {
    let portico = Portico::with(&[MAIL, ("PORTICO_EMAIL_CONFIRM", "off")]).await;
    let ada = portico.member("ada").await;
    let app = Authenticator::turn_on(&portico, &ada).await;
    let wrong = app.wrong_code(&portico);
    let visitor = begin(&portico, "ada", PASSWORD).await;
    for _ in 0..4 {
        verify(&visitor, &wrong).await.assert_status(422);
    }
    assert_eq!(mail_count(&portico, "wrong-codes").await, 0);
    verify(&visitor, &wrong).await.assert_leads_to("/login");
    verify(&visitor, &app.code(&portico, 0)).await.assert_leads_to("/login");
    mail(&portico, "wrong-codes").await;
    // Ten in a quarter of an hour are the most, from a browser that is not known.
    let again = begin(&portico, "ada", PASSWORD).await;
    for _ in 0..4 {
        verify(&again, &wrong).await.assert_status(422);
    }
    verify(&again, &wrong).await.assert_leads_to("/login");
    let last = begin(&portico, "ada", PASSWORD).await;
    let refused = verify(&last, &app.code(&portico, 0)).await;
    refused.assert_status(429);
    assert!(refused.header("retry-after").parse::<u32>().is_ok());
    // Who has been logged in before has a count of their own, and wrong codes lock no password out.
    ada.submit("/logout", &[]).await;
    ada.submit("/login", &[("login", "ada"), ("password", PASSWORD)]).await.assert_leads_to("/login/verify");
    verify(&ada, &app.code(&portico, 0)).await.assert_leads_to("/account");
}

#[tokio::test]
async fn a_recovery_code_lets_in_once_however_it_is_written() {
    let portico = Portico::with(&[MAIL, ("PORTICO_EMAIL_CONFIRM", "off")]).await;
    let ada = portico.member("ada").await;
    let app = Authenticator::turn_on(&portico, &ada).await;
    let typed = app.recovery[0].replace('-', " ").to_lowercase();
    let visitor = begin(&portico, "ada", PASSWORD).await;
    verify(&visitor, &typed).await.assert_leads_to("/account");
    mail(&portico, "recovery-code-used").await;
    let again = begin(&portico, "ada", PASSWORD).await;
    verify(&again, &app.recovery[0]).await.assert_status(422).assert_problem("second_factor", WRONG);
    for code in &app.recovery[1..6] {
        let visitor = begin(&portico, "ada", PASSWORD).await;
        verify(&visitor, code).await.assert_leads_to("/account");
    }
    verify(&again, &app.recovery[6]).await.assert_leads_to("/account");
    let few = "You have 3 recovery codes left. Make new ones under “Security”.";
    again.get("/account").await.assert_flash(few);
    // A new set takes the place of what is left.
    let page = again.submit("/account/security/two-factor/recovery", &[]).await;
    let new: Vec<String> = page.one("#code-list").split_whitespace().map(str::to_owned).collect();
    assert_eq!(new.len(), 10);
    let visitor = begin(&portico, "ada", PASSWORD).await;
    verify(&visitor, &app.recovery[7]).await.assert_status(422);
    verify(&visitor, &new[9]).await.assert_leads_to("/account");
}

#[tokio::test]
async fn a_trusted_browser_is_not_asked_at_log_in_and_is_asked_for_more() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    let app = Authenticator::turn_on(&portico, &ada).await;
    let visitor = begin(&portico, "ada", PASSWORD).await;
    let fields = [("second_factor", app.code(&portico, 0)), ("trust", "1".to_owned())];
    let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    visitor.submit("/login/verify", &fields).await.assert_leads_to("/account");
    visitor.submit("/logout", &[]).await;
    let log_in = [("login", "ada"), ("password", PASSWORD)];
    visitor.submit("/login", &log_in).await.assert_leads_to("/account");
    // A moment ago they gave their password: that is one factor of two.
    visitor.get("/account/delete").await.assert_leads_to("/reauth?next=%2Faccount%2Fdelete");
    let reauth = visitor.submit("/reauth", &[("next", "/account/delete"), ("password", PASSWORD)]).await;
    reauth.assert_status(422).assert_problem("second_factor", "Enter a code");
    portico.advance(Duration::from_secs(60));
    let code = app.code(&portico, 0);
    let proof = [("next", "/account/delete"), ("password", PASSWORD), ("second_factor", &code)];
    visitor.submit("/reauth", &proof).await.assert_leads_to("/account/delete");
    visitor.get("/account/delete").await.assert_status(200);
    // Another's account is not trusted there, nor another browser with this one.
    portico.visitor().submit("/login", &log_in).await.assert_leads_to("/login/verify");
    ada.submit("/account/security/two-factor/browsers", &[]).await.assert_leads_to(PAGE);
    visitor.submit("/logout", &[]).await;
    visitor.submit("/login", &log_in).await.assert_leads_to("/login/verify");
}

#[tokio::test]
async fn trust_ends_after_thirty_days_and_with_another_password() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    let app = Authenticator::turn_on(&portico, &ada).await;
    let trusted = async |password: &'static str| {
        let visitor = begin(&portico, "ada", password).await;
        let code = app.code(&portico, 0);
        visitor.submit("/login/verify", &[("second_factor", &code), ("trust", "1")]).await.assert_leads_to("/account");
        visitor.submit("/logout", &[]).await;
        visitor
    };
    let visitor = trusted(PASSWORD).await;
    portico.advance(Duration::from_secs(30 * 86_400 + 1));
    let log_in = [("login", "ada"), ("password", PASSWORD)];
    visitor.submit("/login", &log_in).await.assert_leads_to("/login/verify");
    let visitor = trusted(PASSWORD).await;
    portico.run(&["user", "set-password", "ada"], "eight brave herons\n").assert_done();
    let log_in = [("login", "ada"), ("password", "eight brave herons")];
    visitor.submit("/login", &log_in).await.assert_leads_to("/login/verify");
}

#[tokio::test]
async fn removing_the_last_one_turns_it_off() {
    let portico = Portico::with(&[MAIL, ("PORTICO_EMAIL_CONFIRM", "off")]).await;
    let ada = portico.member("ada").await;
    let first = Authenticator::turn_on(&portico, &ada).await;
    let second = Authenticator::scan(&ada).await;
    assert_ne!(second.secret, first.secret);
    let code = second.code(&portico, 0);
    let added = ada.submit("/account/security/two-factor/app", &[("second_factor", &code), ("name", "Tablet")]).await;
    added.assert_leads_to(PAGE);
    mail(&portico, "factor-added").await;
    let page = ada.get(PAGE).await;
    assert_eq!(page.texts(".items .t"), ["Phone", "Tablet"]);
    portico.advance(Duration::from_secs(60));
    let visitor = begin(&portico, "ada", PASSWORD).await;
    verify(&visitor, &second.code(&portico, 0)).await.assert_leads_to("/account");
    for path in page.attributes(".items a", "href") {
        let shown = ada.get(&path).await;
        shown.assert_status(200);
        ada.submit(&format!("{path}/remove"), &[]).await.assert_leads_to(PAGE);
    }
    mail(&portico, "factor-removed").await;
    mail(&portico, "two-factor-off").await;
    assert_eq!(portico.database().count("recovery_codes").await, 0);
    portico.log_in("ada", PASSWORD).await;
}

#[tokio::test]
async fn another_person_cannot_remove_it() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    Authenticator::turn_on(&portico, &ada).await;
    let eve = portico.member("eve").await;
    let path = ada.get(PAGE).await.attribute(".items a", "href");
    eve.submit(&format!("{path}/remove"), &[]).await.assert_leads_to(PAGE);
    eve.submit(&path, &[("name", "Mine")]).await.assert_leads_to(PAGE);
    eve.get(&path).await.assert_leads_to(PAGE);
    assert_eq!(ada.get(PAGE).await.texts(".items .t"), ["Phone"]);
    begin(&portico, "ada", PASSWORD).await;
}

#[tokio::test]
async fn an_authenticator_is_renamed() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    Authenticator::turn_on(&portico, &ada).await;
    let path = ada.get(PAGE).await.attribute(".items a", "href");
    assert_eq!(ada.get(&path).await.value("name"), "Phone");
    let done = ada.submit(&path, &[("name", " Old phone ")]).await;
    ada.follow(done.assert_leads_to(PAGE)).await.assert_flash("The authenticator app is renamed.");
    assert_eq!(ada.get(PAGE).await.texts(".items .t"), ["Old phone"]);
    // Without a name, and with the one that it has, it stays as it is.
    for name in ["  ", "Old phone"] {
        ada.submit(&path, &[("name", name)]).await.assert_leads_to(PAGE);
    }
    assert_eq!(portico.database().texts("select name from authenticators").await, ["Old phone"]);
    let noted = "select detail from audit where action = 'factor-renamed'";
    let noted = portico.database().texts(noted).await;
    let noted: Vec<serde_json::Value> = noted.iter().map(|text| serde_json::from_str(text).unwrap()).collect();
    assert_eq!(noted, [serde_json::json!({"before": "Phone", "after": "Old phone"})]);
}

#[tokio::test]
async fn a_wrong_first_code_adds_nothing() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    let app = Authenticator::scan(&ada).await;
    let add = "/account/security/two-factor/app";
    let wrong = app.wrong_code(&portico);
    let answer = ada.submit(add, &[("second_factor", &wrong), ("name", "My <phone>")]).await;
    answer.assert_status(422).assert_problem("second_factor", WRONG);
    assert_eq!(answer.value("name"), "My <phone>");
    ada.submit(add, &[]).await.assert_status(422).assert_problem("second_factor", "Enter a code");
    // The codes are shown, and not saved.
    ada.submit(add, &[("second_factor", &app.code(&portico, 0))]).await;
    let answer = ada.submit("/account/security/two-factor/codes", &[]).await;
    answer.assert_status(422).assert_problem("saved", "Save the codes first, then tick the box");
    portico.log_in("ada", PASSWORD).await;
    assert_eq!(portico.database().count("authenticators").await, 0);
}

#[tokio::test]
async fn adding_one_asks_for_a_recent_log_in() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    portico.advance(Duration::from_secs(601));
    let add = "/account/security/two-factor/app";
    ada.get(add).await.assert_leads_to("/reauth?next=%2Faccount%2Fsecurity%2Ftwo-factor%2Fapp");
    ada.submit(add, &[("second_factor", "123456")]).await.assert_status(303);
}

#[tokio::test]
async fn of_one_code_at_two_replicas_at_once_one_log_in_comes() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    let app = Authenticator::turn_on(&portico, &ada).await;
    let twin = portico.twin().await;
    let code = app.code(&portico, 0);
    let (here, there) = (begin(&portico, "ada", PASSWORD).await, begin(&twin, "ada", PASSWORD).await);
    let (one, other) = tokio::join!(verify(&here, &code), verify(&there, &code));
    let mut answers = [one.status, other.status];
    answers.sort_unstable();
    assert_eq!(answers, [303, 422]);
}

#[tokio::test]
async fn of_one_recovery_code_at_once_one_log_in_comes() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    let app = Authenticator::turn_on(&portico, &ada).await;
    let (here, there) = (begin(&portico, "ada", PASSWORD).await, begin(&portico, "ada", PASSWORD).await);
    let (one, other) = tokio::join!(verify(&here, &app.recovery[0]), verify(&there, &app.recovery[0]));
    let mut answers = [one.status, other.status];
    answers.sort_unstable();
    assert_eq!(answers, [303, 422]);
}

/// Whether a text of the database, or its bytes as hexadecimal digits, has this in it.
async fn holds(portico: &Portico, table: &str, column: &str, part: &str) -> bool {
    let texts = portico.database().texts(&format!("select {} from {table}", column_text(portico, column))).await;
    texts.iter().any(|text| text.to_uppercase().contains(&part.to_uppercase()))
}

fn column_text(portico: &Portico, column: &str) -> String {
    if portico.database().url().starts_with("sqlite") {
        format!("hex({column})")
    } else {
        format!("encode({column}, 'hex')")
    }
}

#[tokio::test]
async fn the_database_tells_no_secret_and_another_key_reads_none() {
    let mut portico = Portico::start().await;
    let ada = portico.member("ada").await;
    let app = Authenticator::turn_on(&portico, &ada).await;
    let bytes = base32(&app.secret);
    assert!(!holds(&portico, "authenticators", "sealed_secret", &bytes).await);
    let key = "another key for these stories: 32 bytes or more";
    portico.set("SECRET_KEY", key);
    portico.restart().await;
    let visitor = begin(&portico, "ada", PASSWORD).await;
    verify(&visitor, &app.code(&portico, 0)).await.assert_status(422);
    // Recovery codes need no key; and with the former key set beside the new one, the app is of use again.
    verify(&visitor, &app.recovery[0]).await.assert_leads_to("/account");
    portico.set("PORTICO_PREVIOUS_SECRET_KEYS", "for these stories only: 32 bytes or more");
    portico.restart().await;
    let visitor = begin(&portico, "ada", PASSWORD).await;
    verify(&visitor, &app.code(&portico, 0)).await.assert_leads_to("/account");
}

/// The bytes of a Base32 text, as hexadecimal digits.
fn base32(text: &str) -> String {
    let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let bits: String = text.chars().map(|letter| format!("{:05b}", letters.find(letter).unwrap())).collect();
    let digits = bits.as_bytes().chunks(4).map(|bits| std::str::from_utf8(bits).unwrap());
    digits.map(|bits| format!("{:x}", u8::from_str_radix(bits, 2).unwrap())).collect()
}

#[tokio::test]
async fn a_reset_link_asks_for_the_second_factor() {
    let portico = Portico::with(&[MAIL, ("PORTICO_EMAIL_CONFIRM", "off")]).await;
    let ada = portico.member("ada").await;
    let app = Authenticator::turn_on(&portico, &ada).await;
    portico.visitor().submit("/password/forgot", &[("email", "ada@example.org")]).await.assert_status(200);
    let link = mail(&portico, "password-reset").await.path("/password/reset/");
    let thief = portico.visitor();
    let new = "eight brave herons";
    let alone = thief.submit(&link, &[("password", new)]).await;
    alone.assert_status(422).assert_problem("second_factor", "Enter a code");
    let wrong = app.wrong_code(&portico);
    thief.submit(&link, &[("password", new), ("second_factor", &wrong)]).await.assert_status(422);
    begin(&portico, "ada", PASSWORD).await;
    let code = app.code(&portico, 0);
    let set = portico.visitor().submit(&link, &[("password", new), ("second_factor", &code)]).await;
    set.assert_leads_to("/login");
    // The factor is still there.
    begin(&portico, "ada", new).await;
}

#[tokio::test]
async fn an_admin_removes_all_of_a_person_who_has_lost_them() {
    let portico = Portico::with(&[MAIL, ("PORTICO_EMAIL_CONFIRM", "off")]).await;
    let grace = portico.admin("grace").await;
    let ada = portico.member("ada").await;
    Authenticator::turn_on(&portico, &ada).await;
    let grace = {
        grace.submit("/logout", &[]).await;
        portico.log_in("grace", PASSWORD).await
    };
    let id = portico.database().text(&id_of(&portico, "ada")).await;
    let path = format!("/admin/users/{id}/two-factor");
    grace.get(&path).await.assert_status(200);
    let done = grace.submit(&path, &[("reason", "Lost the phone")]).await;
    done.assert_leads_to(&format!("/admin/users/{id}"));
    ada.get("/account").await.assert_leads_to("/login?next=%2Faccount");
    portico.log_in("ada", PASSWORD).await;
    mail(&portico, "two-factor-off").await;
    let said = portico.database().text("select detail from audit where action = 'two-factor-off'").await;
    assert!(said.contains("Lost the phone"), "{said}");
    // No other user does.
    ada.submit(&path, &[]).await.assert_status(404);
}

fn id_of(portico: &Portico, username: &str) -> String {
    format!("select {} from accounts where username = '{username}'", portico.database().id_as_text("id"))
}

#[tokio::test]
async fn the_operator_removes_all_of_the_only_admin() {
    let portico = Portico::start().await;
    let grace = portico.admin("grace").await;
    Authenticator::turn_on(&portico, &grace).await;
    let removed = portico.run(&["user", "remove-factors", "grace", "--reason", "Lost the phone"], "");
    removed.assert_done();
    portico.log_in("grace", PASSWORD).await;
    portico.run(&["user", "remove-factors", "grace"], "").assert_done();
}

#[tokio::test]
async fn an_operator_may_want_it_of_admins() {
    let mut portico = Portico::start().await;
    portico.admin("grace").await;
    portico.member("ada").await;
    portico.set("PORTICO_REQUIRE_TWO_FACTOR", "admins");
    portico.restart().await;
    let (grace, ada) = (portico.log_in("grace", PASSWORD).await, portico.log_in("ada", PASSWORD).await);
    ada.get("/account").await.assert_status(200);
    for path in ["/account", "/admin", "/admin/users", "/account/security", "/account/delete"] {
        grace.get(path).await.assert_leads_to(PAGE);
    }
    grace.submit("/account/profile", &[("name", "Grace")]).await.assert_leads_to(PAGE);
    assert!(grace.get(PAGE).await.text().contains("You need a second factor here. Add one to go on."));
    Authenticator::turn_on(&portico, &grace).await;
    grace.get("/admin").await.assert_status(200);
}

#[tokio::test]
async fn an_account_whose_address_waits_for_confirmation_waits_with_it() {
    let portico = Portico::with(&[MAIL]).await;
    let ada = portico.member("ada").await;
    ada.get("/account/security/two-factor/app").await.assert_leads_to(PAGE);
    let page = ada.get(PAGE).await;
    assert!(page.text().contains("Confirm your email first"), "{}", page.gist());
}

/// What a person may keep open in another tab.
#[tokio::test]
async fn a_log_in_that_ended_meanwhile_is_begun_anew() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    let app = Authenticator::turn_on(&portico, &ada).await;
    let visitor: Visitor = begin(&portico, "ada", PASSWORD).await;
    portico.run(&["user", "set-password", "ada"], "eight brave herons\n").assert_done();
    verify(&visitor, &app.code(&portico, 0)).await.assert_leads_to("/login");
    let visitor: Visitor = begin(&portico, "ada", "eight brave herons").await;
    portico.run(&["user", "disable", "ada"], "").assert_done();
    verify(&visitor, &app.code(&portico, 0)).await.assert_leads_to("/login");
    portico.visitor().get("/login/verify").await.assert_leads_to("/login");
}

#[tokio::test]
async fn operators_count_log_ins_wrong_codes_and_factors() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    let app = Authenticator::turn_on(&portico, &ada).await;
    let visitor = begin(&portico, "ada", PASSWORD).await;
    verify(&visitor, &app.wrong_code(&portico)).await.assert_status(422);
    verify(&visitor, &app.code(&portico, 0)).await.assert_leads_to("/account");
    let figures = portico.internal().get("/metrics").await.text();
    // The sign-up logs in, too.
    for (row, count) in [("two-factor-on", 1), ("wrong-code", 1), ("logged-in", 2)] {
        let counted = format!(r#"portico_audit_rows_total{{action="{row}",door="pages"}} {count}"#);
        assert!(figures.contains(&counted), "{counted}\n{figures}");
    }
}
