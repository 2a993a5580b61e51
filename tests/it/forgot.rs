//! A forgotten password: a link by mail, which sets another one, once.

use std::time::Duration;

use axum::http::Method;
use bytes::Bytes;

use crate::support::{Answer, Mail, PASSWORD, Portico, Sink, Visitor};

const NEW: &str = "eight loud herons";

/// What the subjects of the two mails begin with. People are told of log-ins, too.
const RESET: &str = "Set a new password";
const CHANGED: &str = "Your Portico password was changed";

async fn portico(sink: &Sink) -> Portico {
    Portico::with(&[("SMTP_URL", &sink.open_url("smtp")), ("PORTICO_EMAIL_CONFIRM", "off")]).await
}

async fn ask(visitor: &Visitor, name: &str) -> Answer {
    visitor.submit("/password/forgot", &[("email", name)]).await
}

/// The path of the link in a mail, which stands in both parts.
fn link(portico: &Portico, mail: &Mail) -> String {
    let start = format!("{}/password/reset/", portico.url());
    let token = mail.text.split(&start).nth(1).expect("a link").split_whitespace().next().unwrap();
    assert!(mail.html.contains(&format!("href=\"{start}{token}\"")), "{}", mail.html);
    format!("/password/reset/{token}")
}

async fn set(portico: &Portico, link: &str, password: &str) -> Answer {
    portico.visitor().submit(link, &[("password", password)]).await
}

/// What a mail is about, by its subject.
fn subjects(sink: &Sink) -> Vec<String> {
    sink.mails().iter().map(|mail| mail.header("Subject").to_owned()).collect()
}

#[tokio::test]
async fn a_link_by_mail_sets_another_password_once_however_often_it_was_looked_at() {
    let sink = Sink::start("plain");
    let portico = portico(&sink).await;
    let ada = portico.member("ada").await;
    let page = portico.visitor().get("/login").await;
    assert_eq!(page.attributes("a[href='/password/forgot']", "href").len(), 1);
    ask(&portico.visitor(), "ada@example.org").await.assert_status(200);
    let mail = sink.about(RESET, 0).await;
    assert_eq!(mail.to, "ada@example.org");
    assert_eq!(mail.header("Subject"), "Set a new password for Portico");
    assert_eq!(mail.header("Auto-Submitted"), "auto-generated");
    let link = link(&portico, &mail);
    for _ in 0..25 {
        portico.visitor().get(&link).await.assert_status(200);
        portico.visitor().ask(Method::HEAD, &link, &[], Bytes::new()).await.assert_status(200);
    }
    set(&portico, &link, NEW).await.assert_leads_to("/login");
    let used = portico.visitor().get(&link).await;
    used.assert_status(404);
    assert!(used.text().contains("This link was used."), "{}", used.gist());
    assert_eq!(used.attributes("main a", "href"), ["/password/forgot"]);
    // Everything that was logged in is not, and the new password opens.
    ada.get("/account").await.assert_leads_to("/login?next=%2Faccount");
    portico.log_in("ada", NEW).await;
    assert_eq!(sink.about(CHANGED, 0).await.to, "ada@example.org");
}

#[tokio::test]
async fn of_two_uses_at_once_one_wins() {
    let sink = Sink::start("plain");
    let portico = portico(&sink).await;
    portico.member("ada").await;
    ask(&portico.visitor(), "ada").await;
    let link = link(&portico, &sink.about(RESET, 0).await);
    let (one, other) = tokio::join!(set(&portico, &link, NEW), set(&portico, &link, "nine calm badgers"));
    let mut answers = [one.status, other.status];
    answers.sort_unstable();
    assert_eq!(answers, [303, 404]);
}

#[tokio::test]
async fn who_asks_is_not_told_whether_there_is_an_account() {
    let sink = Sink::start("plain");
    let portico = portico(&sink).await;
    portico.member("ada").await;
    let of = async |name: &str| {
        let answer = ask(&portico.visitor(), name).await;
        (answer.status, answer.text().replace(&format!("If {name} has"), "If NAME has"))
    };
    let known = of("ada@example.org").await;
    assert_eq!(known, of("eve@example.org").await);
    assert_eq!(known, of("ada").await);
    assert_eq!(known, of("no such name").await);
    // Beyond the limits, too.
    assert_eq!(known, of("ada@example.org").await);
    ask(&portico.visitor(), " ").await.assert_status(422).assert_problem("email", "Enter your email");
    sink.mail(0).await;
}

#[tokio::test]
async fn one_address_is_mailed_once_a_minute_by_whatever_name_it_is_asked_for() {
    let sink = Sink::start("plain");
    let portico = portico(&sink).await;
    portico.member("ada").await;
    for name in ["ada@example.org", "ADA@Example.Org", "ada", "Ada "] {
        ask(&portico.visitor(), name).await;
    }
    let waiting = "select cast(count(*) as text) from mails where state = 'waiting'";
    while portico.database().text(waiting).await != "0" {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(subjects(&sink).iter().filter(|subject| subject.starts_with(RESET)).count(), 1);
    portico.advance(Duration::from_secs(61));
    ask(&portico.visitor(), "ada").await;
    // The second mail leaves the first link as it is.
    let (first, second) = (link(&portico, &sink.about(RESET, 0).await), link(&portico, &sink.about(RESET, 1).await));
    assert_ne!(first, second);
    set(&portico, &first, NEW).await.assert_leads_to("/login");
    let dead = portico.visitor().get(&second).await;
    assert!(dead.text().contains("A newer one replaced this link."), "{}", dead.gist());
}

#[tokio::test]
async fn a_link_ends_after_half_an_hour_and_with_the_account_s_right_to_log_in() {
    let sink = Sink::start("plain");
    let portico = portico(&sink).await;
    portico.member("ada").await;
    ask(&portico.visitor(), "ada").await;
    let link = link(&portico, &sink.about(RESET, 0).await);
    portico.run(&["user", "disable", "ada"], "").assert_done();
    portico.visitor().get(&link).await.assert_status(404);
    ask(&portico.visitor(), "ada@example.org").await;
    portico.run(&["user", "enable", "ada"], "").assert_done();
    set(&portico, &link, NEW).await.assert_status(404);
    portico.advance(Duration::from_secs(61));
    ask(&portico.visitor(), "ada").await;
    let link = self::link(&portico, &sink.about(RESET, 1).await);
    portico.advance(Duration::from_secs(30 * 60));
    let dead = portico.visitor().get(&link).await;
    assert!(dead.text().contains("run out") || dead.text().contains("replaced"), "{}", dead.gist());
    portico.log_in("ada", PASSWORD).await;
}

#[tokio::test]
async fn a_password_set_at_any_door_is_told_and_told_once() {
    let sink = Sink::start("plain");
    let portico = portico(&sink).await;
    let ada = portico.member("ada").await;
    portico.run(&["user", "set-password", "ada"], NEW).assert_done();
    assert_eq!(sink.about(CHANGED, 0).await.to, "ada@example.org");
    let ada_again = portico.log_in("ada", NEW).await;
    let form = [("current", NEW), ("new", "nine calm badgers")];
    ada_again.submit("/account/security/password", &form).await;
    drop(ada);
    let told = subjects(&sink).iter().filter(|subject| *subject == CHANGED).count();
    assert_eq!(told, 1, "two within ten minutes are one");
    portico.advance(Duration::from_secs(601));
    portico.run(&["user", "set-password", "ada"], "ten slow wombats!").assert_done();
    sink.about(CHANGED, 1).await;
}

#[tokio::test]
async fn the_mail_is_in_the_language_of_the_account() {
    let sink = Sink::start("plain");
    let portico = portico(&sink).await;
    portico.member("ada").await;
    portico.database().execute("update accounts set language = 'ru' where username = 'ada'").await;
    ask(&portico.visitor(), "ada").await;
    let mail = sink.mail(0).await;
    assert_eq!(mail.header("Content-Language"), "ru");
    assert_eq!(mail.header("Subject"), "Новый пароль для Portico");
    assert!(mail.html.contains("lang=\"ru\"") && mail.raw.is_ascii());
}

#[tokio::test]
async fn an_address_without_an_account_is_told_so_once_a_day_where_that_is_set() {
    let sink = Sink::start("plain");
    let settings = [("SMTP_URL", &*sink.open_url("smtp")), ("PORTICO_MAIL_UNKNOWN", "on")];
    let portico = Portico::with(&settings).await;
    ask(&portico.visitor(), "eve@example.org").await;
    assert_eq!(sink.mail(0).await.header("Subject"), "There is no account of yours at Portico");
    portico.advance(Duration::from_secs(120));
    ask(&portico.visitor(), "eve@example.org").await;
    portico.advance(Duration::from_secs(25 * 3600));
    ask(&portico.visitor(), "eve@example.org").await;
    sink.mail(1).await;
    assert_eq!(portico.database().count("mails where state = 'dropped'").await, 1);
}

#[tokio::test]
async fn what_was_mailed_stands_in_the_history_and_goes_with_the_account() {
    let sink = Sink::start("plain");
    let portico = portico(&sink).await;
    let ada = portico.member("ada").await;
    ask(&portico.visitor(), "ada").await;
    sink.mail(0).await;
    let history = ada.get("/account/security/history").await;
    assert!(history.text().contains("Link to set a password asked for by email"), "{}", history.gist());
    portico.run(&["user", "delete", "ada"], "").assert_done();
    let kept = "mails where account_id is not null or recipient is not null and purpose <> 'account-deleted'";
    assert_eq!(portico.database().count(kept).await, 0);
}

#[tokio::test]
async fn without_mail_the_page_says_so_and_whom_to_write_to() {
    let portico = Portico::with(&[("PORTICO_SUPPORT_EMAIL", "help@example.org")]).await;
    let page = portico.visitor().get("/password/forgot").await;
    assert!(page.text().contains("No mail is sent from here"), "{}", page.gist());
    assert_eq!(page.attributes("a[href^='mailto:']", "href"), ["mailto:help@example.org"]);
    assert!(portico.visitor().get("/login").await.attributes("a[href='/password/forgot']", "href").is_empty());
    ask(&portico.visitor(), "ada").await.assert_status(403);
}
