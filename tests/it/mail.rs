//! Mail that is queued with its cause and sent by a worker: to every recipient once, whatever the relay does.

use std::time::{Duration, Instant};

use bytes::Bytes;
use hyper::Method;
use serde_json::json;
use tokio::net::TcpListener;

use crate::support::{Mail, PASSWORD, Portico, Sink, Visitor, app, user};

/// Waits until a query of the database gives a text.
async fn until(portico: &Portico, sql: &str, wanted: &str) {
    let start = Instant::now();
    loop {
        let found = portico.database().text(sql).await;
        if found == wanted {
            return;
        }
        assert!(start.elapsed() < Duration::from_secs(90), "{sql}: {found}, not {wanted}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Nothing waits any more.
async fn all_settled(portico: &Portico) {
    until(portico, "select cast(count(*) as text) from mails where state = 'waiting'", "0").await;
}

/// How many mails were settled so.
async fn settled(portico: &Portico, state: &str) -> i64 {
    portico.database().count(&format!("mails where state = '{state}'")).await
}

/// Signs up without being logged in anywhere, and lets the mail about it, if there is one, be sent.
async fn account(portico: &Portico, email: &str, username: &str) {
    let form = [("email", email), ("username", username), ("password", PASSWORD)];
    portico.visitor().submit("/signup", &form).await.assert_leads_to("/welcome");
}

/// The addresses of so many accounts that were made up.
async fn seeded(portico: &Portico, count: usize) -> Vec<String> {
    portico.run(&["seed", "--users", &(count + count / 10).to_string()], "").assert_done();
    let sql = "select email from accounts where email is not null and status = 'active' order by id";
    let mut names = portico.database().texts(sql).await;
    names.truncate(count);
    assert_eq!(names.len(), count);
    names
}

async fn ask(visitor: &Visitor, name: &str) {
    visitor.submit("/password/forgot", &[("email", name)]).await.assert_status(200);
}

/// With this relay, and nothing that is mailed at a sign-up.
async fn with(url: &str, more: &[(&str, &str)]) -> Portico {
    let mut settings = vec![("SMTP_URL", url), ("PORTICO_EMAIL_CONFIRM", "off")];
    settings.extend(more);
    Portico::with(&settings).await
}

const UNLIMITED: (&str, &str) = ("PORTICO_RATE_LIMITS", "off");

#[tokio::test]
async fn a_recipient_who_is_put_off_and_one_who_is_refused_hold_no_other_up() {
    let sink = Sink::start("plain");
    let portico = with(&sink.open_url("smtp"), &[UNLIMITED]).await;
    let names = seeded(&portico, 100).await;
    for (name, other) in names.iter().zip(["t451@example.org", "p550@example.org"]) {
        let sql = format!("update accounts set email = '{other}', email_key = '{other}' where email = '{name}'");
        portico.database().execute(&sql).await;
    }
    for name in ["t451@example.org", "p550@example.org"].into_iter().chain(names.iter().skip(2).map(String::as_str)) {
        ask(&portico.visitor(), name).await;
    }
    until(&portico, "select cast(count(*) as text) from mails where state = 'sent'", "98").await;
    until(&portico, "select error from mails where state = 'failed'", "5.1.1 <…>: no such user").await;
    until(&portico, "select cast(count(*) as text) from mails where state = 'waiting' and tries > 0", "1").await;
    assert_eq!(sink.mails().len(), 98);
    // It is tried again when its time has come, and by hand at once.
    let once_more = async || {
        let tries = portico.database().text("select cast(tries as text) from mails where state = 'waiting'").await;
        format!("select cast(count(*) as text) from mails where state = 'waiting' and tries > {tries}")
    };
    let later = once_more().await;
    portico.advance(Duration::from_secs(61));
    until(&portico, &later, "1").await;
    let listed = portico.run(&["mail", "list"], "").assert_done().out.clone();
    assert!(listed.contains("password-reset ") && listed.contains(" tries, next "), "{listed}");
    assert!(listed.contains("try later") && !listed.contains("example.org"), "{listed}");
    let later = once_more().await;
    portico.run(&["mail", "retry"], "").assert_done();
    until(&portico, &later, "1").await;
    // Once its link has run out it is given up.
    portico.advance(Duration::from_secs(31 * 60));
    all_settled(&portico).await;
    assert_eq!(settled(&portico, "failed").await, 2);
    assert_eq!(portico.database().count("mails where recipient is not null or detail <> ''").await, 0);
}

#[tokio::test]
async fn a_relay_whose_policy_refuses_us_costs_no_mail() {
    let sink = Sink::start("plain");
    let portico = with(&sink.open_url("smtp"), &[UNLIMITED]).await;
    account(&portico, "policy571@example.org", "ada").await;
    ask(&portico.visitor(), "ada").await;
    let tried = "select coalesce(max(error), '') from mails where state = 'waiting' and tries = 1";
    until(&portico, tried, "5.7.1 <…>: Relay access denied").await;
    portico.logged("the relay's policy refuses a mail").await;
    assert_eq!(portico.database().count("mail_failures").await, 0);
}

#[tokio::test]
async fn what_was_never_tried_goes_before_what_was() {
    let mut sink = Sink::start("plain");
    let portico = with(&sink.open_url("smtp"), &[UNLIMITED, ("PORTICO_MAIL_WORKERS", "1")]).await;
    sink.stop();
    for username in ["ada", "bob"] {
        account(&portico, &format!("{username}@example.org"), username).await;
        ask(&portico.visitor(), username).await;
    }
    until(&portico, "select cast(count(*) as text) from mails where state = 'waiting'", "2").await;
    portico.database().execute("update mails set tries = 1 where recipient like 'ada%'").await;
    sink.start_again();
    all_settled(&portico).await;
    let recipients: Vec<String> = sink.mails().into_iter().map(|mail| mail.to).collect();
    assert_eq!(recipients, ["bob@example.org", "ada@example.org"]);
}

#[tokio::test]
async fn a_mail_that_another_replica_holds_is_not_looked_for_without_end() {
    let sink = Sink::start("plain+stall-RCPT");
    let portico = with(&sink.open_url("smtp"), &[UNLIMITED]).await;
    let app = app(&portico).await;
    account(&portico, "ada@example.org", "ada").await;
    ask(&portico.visitor(), "ada").await;
    until(&portico, "select cast(count(*) as text) from mails where holder is not null", "1").await;
    assert!(!portico::mails::deliver::is_due(&app).await.unwrap());
}

#[tokio::test]
async fn mails_outlive_a_relay_that_is_away_and_a_program_that_is_killed() {
    let mut sink = Sink::start("plain");
    let mut portico = with(&sink.open_url("smtp"), &[UNLIMITED, ("PORTICO_MAIL_RATE", "100/s")]).await;
    portico.expect_faults();
    sink.stop();
    for number in 0..20 {
        account(&portico, &format!("p{number}@example.org"), &format!("person{number}")).await;
        ask(&portico.visitor(), &format!("person{number}")).await;
    }
    portico.logged("the mail relay takes no mail").await;
    for _ in 0..2 {
        portico.kill();
        portico.restart().await;
    }
    assert_eq!(portico.database().text("select cast(max(tries) as text) from mails").await, "0");
    sink.start_again();
    all_settled(&portico).await;
    let mut mails = sink.mails();
    assert_eq!(mails.len(), 20);
    mails.sort_by(|a, b| a.to.cmp(&b.to));
    mails.dedup_by(|a, b| a.to == b.to || a.header("Message-ID") == b.header("Message-ID"));
    assert_eq!(mails.len(), 20, "each recipient has one, with a Message-ID of its own");
    portico.logged("the mail relay takes mail again").await;
}

#[tokio::test]
async fn two_replicas_send_each_mail_once() {
    let sink = Sink::start("plain");
    let portico = with(&sink.open_url("smtp"), &[UNLIMITED, ("PORTICO_MAIL_RATE", "1000/s")]).await;
    let twin = portico.twin().await;
    let names = seeded(&portico, 300).await;
    for name in &names {
        ask(&twin.visitor(), name).await;
    }
    all_settled(&portico).await;
    let mut recipients: Vec<String> = sink.mails().into_iter().map(|mail| mail.to).collect();
    assert_eq!(recipients.len(), names.len());
    recipients.sort();
    recipients.dedup();
    assert_eq!(recipients.len(), names.len(), "none came twice");
}

#[tokio::test]
async fn a_mail_of_a_later_version_is_left_to_the_replicas_that_know_it() {
    let sink = Sink::start("plain");
    let portico = with(&sink.open_url("smtp"), &[UNLIMITED]).await;
    account(&portico, "ada@example.org", "ada").await;
    ask(&portico.visitor(), "ada").await;
    all_settled(&portico).await;
    // What a later version has queued, the first of all.
    let copied = "recipient_key, asker_key, language, link_id, error, created_at, not_before, give_up_at, holder";
    let id = portico.database().id(&"7".repeat(32));
    portico
        .database()
        .execute(&format!(
            "insert into mails (id, purpose, priority, recipient, detail, state, tries, held_until, {copied}) \
             select {id}, 'of-a-later-version', 0, 'ada@example.org', '', 'waiting', 0, 0, {copied} from mails"
        ))
        .await;
    ask(&portico.visitor(), "ada").await;
    until(&portico, "select cast(count(*) as text) from mails where state = 'sent'", "2").await;
    let left = "mails where state = 'waiting' and tries = 0 and error is null and holder is null";
    assert_eq!(portico.database().count(left).await, 1);
    // Once no recipient has any use of it, any worker that looks settles it.
    portico.advance(Duration::from_secs(31 * 60));
    all_settled(&portico).await;
    assert_eq!((settled(&portico, "dropped").await, sink.mails().len()), (1, 2));
    assert_eq!(portico.database().count("mails where recipient is not null").await, 0);
}

#[tokio::test]
async fn wrong_credentials_cost_no_mail_a_try_and_are_told_everywhere() {
    let sink = Sink::start("starttls+auth");
    let url = sink.url("smtp").replace("secret", "wrong-one");
    let mut portico = with(&url, &[("SMTP_CA_FILE", &sink.ca_file())]).await;
    portico.expect_faults();
    let admin = portico.admin("grace").await;
    ask(&portico.visitor(), "grace").await;
    portico.logged("the mail relay takes no mail").await;
    assert_eq!(portico.database().text("select cast(max(tries) as text) from mails").await, "0");
    let told = portico.run(&["doctor"], "");
    assert!(told.out.contains("WRONG mail: the relay takes no mail: "), "{}", told.out);
    told.assert_refused("checks failed");
    let page = admin.get("/admin/status").await;
    assert!(page.text().contains("the relay takes no mail: "), "{}", page.gist());
    let metrics = portico.internal().get("/metrics").await.text();
    assert!(metrics.contains("portico_mail_relay_up 0"), "{metrics}");
    assert!(!portico.log().contains("wrong-one") && !told.out.contains("wrong-one"));
    assert!(sink.mails().is_empty());
}

#[tokio::test]
async fn the_system_page_tells_of_a_relay_that_stalls_without_waiting_for_it() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let portico = with(&format!("smtp://{}", silent.local_addr().unwrap()), &[]).await;
    let admin = portico.admin("grace").await;
    let _asked = silent.accept().await.unwrap();
    let page = admin.get("/admin/status").await;
    assert!(page.text().contains("the relay is being asked"), "{}", page.gist());
}

#[tokio::test]
async fn whether_the_relay_is_there_is_found_out_without_a_mail() {
    let mut sink = Sink::start("plain");
    sink.stop();
    let mut portico = with(&sink.open_url("smtp"), &[]).await;
    portico.expect_faults();
    let admin = portico.admin("grace").await;
    portico.logged("the mail relay takes no mail").await;
    let page = admin.get("/admin/status").await;
    assert!(page.text().contains("the relay takes no mail: "), "{}", page.gist());
    sink.start_again();
    let start = Instant::now();
    while !admin.get("/admin/status").await.text().contains("the relay lets us in") {
        assert!(start.elapsed() < Duration::from_secs(60), "{}", portico.log());
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

#[tokio::test]
async fn a_cut_after_the_content_repeats_the_very_same_mail() {
    let sink = Sink::start("plain");
    let mut portico = with(&sink.open_url("smtp"), &[UNLIMITED]).await;
    portico.expect_faults();
    account(&portico, "drop1@example.org", "ada").await;
    ask(&portico.visitor(), "ada").await;
    let first = sink.about("Set a new password", 0).await;
    portico.advance(Duration::from_secs(600));
    portico.run(&["mail", "retry"], "").assert_done();
    let second = sink.about("Set a new password", 1).await;
    assert_eq!(first.header("Message-ID"), second.header("Message-ID"));
    assert_eq!(first.header("Date"), second.header("Date"));
    assert_eq!((first.text, first.html), (second.text, second.html));
}

#[tokio::test]
async fn a_test_mail_goes_to_the_admin_who_asks_for_it_and_to_any_address_from_the_command_line() {
    let sink = Sink::start("plain");
    let portico = with(&sink.open_url("smtp"), &[]).await;
    let admin = portico.admin("grace").await;
    let page = admin.get("/admin/status").await;
    let action = page.attributes("form[action^='/admin/status/mail']", "action").remove(0);
    admin.submit(&action, &[]).await.assert_leads_to("/admin/status");
    all_settled(&portico).await;
    let mails = sink.mails();
    let mail = mails.iter().find(|mail| mail.header("Subject") == "Test message from Portico").unwrap();
    assert_eq!(mail.to, "grace@example.org");
    let done = portico.run(&["mail", "test", "ops@example.org"], "");
    assert_eq!(done.assert_done().out.trim(), "a test mail to ops@example.org was taken");
    assert_eq!(sink.mails().last().unwrap().to, "ops@example.org");
    portico.run(&["mail", "test", "p550@example.org"], "").assert_refused("no such user");
    portico.member("ada").await.submit("/admin/status/mail", &[]).await.assert_status(404);
}

/// What a mail server says of a mail that did not arrive.
fn bounce(mail: &Mail) -> String {
    format!(
        "From: MAILER-DAEMON@mx.example\nContent-Type: multipart/report; boundary=b\n\n--b\n\nIt did not arrive.\n--b\n\
         Content-Type: message/delivery-status\n\nFinal-Recipient: rfc822; {}\nAction: failed\n\n--b\n\n\
         Message-ID: {}\n--b--\n",
        mail.to,
        mail.header("Message-ID")
    )
}

#[tokio::test]
async fn a_bounce_flags_the_address_until_there_is_another() {
    let sink = Sink::start("plain");
    let portico = with(&sink.open_url("smtp"), &[]).await;
    let admin = portico.admin("grace").await;
    let ada = portico.member("ada").await;
    ask(&portico.visitor(), "ada").await;
    let bounce = bounce(&sink.about("Set a new password", 0).await);
    let delayed = bounce.replace("Action: failed", "Action: delayed");
    portico.run(&["mail", "bounce"], &delayed).assert_done();
    assert!(ada.get("/account").await.texts(".flash-warn").is_empty());
    portico.run(&["mail", "bounce"], &bounce).assert_done();
    let told = ada.get("/account").await.one(".flash-warn");
    assert_eq!(told, "Mail to ada@example.org comes back. Check the address");
    let sql = format!("select {} from accounts where username = 'ada'", portico.database().id_as_text("id"));
    let id = portico.database().text(&sql).await;
    let page = admin.get(&format!("/admin/users/{id}")).await;
    assert!(page.text().contains("Mail comes back since"), "{}", page.gist());
    portico
        .database()
        .execute("update accounts set email = 'new@example.org', email_key = 'new@example.org' where username = 'ada'")
        .await;
    assert!(ada.get("/account").await.texts(".flash-warn").is_empty());
}

#[tokio::test]
async fn bounces_are_taken_at_the_internal_listener_and_admins_find_whose_mail_comes_back() {
    let sink = Sink::start("plain");
    let portico = with(&sink.open_url("smtp"), &[("PORTICO_INTERNAL_TOKEN", "a token of the inside")]).await;
    let admin = portico.admin("grace").await;
    for name in ["ada", "alan", "edsger"] {
        portico.member(name).await;
        ask(&portico.visitor(), name).await;
    }
    all_settled(&portico).await;
    let mails = sink.mails();
    let bounced = |to: &str| bounce(mails.iter().find(|mail| mail.to == to).unwrap());
    let internal = portico.internal();
    let hand_over = async |message: String, headers: &[(&str, &str)]| {
        internal.ask(Method::POST, "/mail/bounces", headers, Bytes::from(message)).await
    };
    let token = ("authorization", "Bearer a token of the inside");
    let message = [token, ("content-type", "message/rfc822")];
    hand_over(bounced("ada@example.org"), &message[1..]).await.assert_status(401);
    hand_over(bounced("ada@example.org"), &[token, ("content-type", "text/plain")]).await.assert_status(415);
    hand_over("x".repeat(1_000_001), &message).await.assert_status(413);
    assert_eq!(portico.database().count("mail_failures").await, 0);
    for _ in 0..2 {
        for name in ["ada", "alan"] {
            let answer = hand_over(bounced(&format!("{name}@example.org")), &message).await;
            answer.assert_status(200);
            let told = String::from_utf8_lossy(&answer.body);
            assert!(told.starts_with("mail to the address of account "), "{told}");
        }
    }
    let strange = hand_over("Subject: Hello\n\nHello!\n".to_owned(), &message).await;
    assert_eq!(strange.assert_status(200).body, "it says of no mail of ours that it failed\n");
    // Once for each, however often it is told.
    assert_eq!(portico.database().count("audit where action = 'mail-bounced'").await, 2);
    let list = async |query: &str| admin.get(&format!("/admin/users?status=bounces{query}")).await.texts("th bdi");
    for query in ["", "&sort=name", "&q=a"] {
        let mut names = list(query).await;
        names.retain(|name| !name.contains('@'));
        names.sort();
        assert_eq!(names, ["ada", "alan"], "{query}");
    }
    assert_eq!(list("&q=ada").await.len(), 2, "{:?}", list("&q=ada").await);
    assert_eq!(list("&q=edsger").await.len(), 0);
    assert_eq!(list("&role=admin").await.len(), 0);
    let tab = admin.get("/admin/users?status=bounces").await.one("[aria-current=page] .num");
    assert_eq!(tab, "2");
    // Another address, or one that is confirmed since then, has none.
    portico.database().execute("update accounts set email_key = 'new@example.org' where username = 'alan'").await;
    assert_eq!(list("").await.len(), 2);
    let place = admin.get("/admin/users?q=ada").await.attribute("a[href^='/admin/users/0']", "href");
    let revision = admin.get(&place).await.value("revision");
    let (revision, email) = (("revision", revision.as_str()), ("email", "ada@example.org"));
    let form = [revision, ("username", "ada"), email, ("role", "member"), ("email_confirmed", "1")];
    admin.submit(&place, &form).await.assert_leads_to(&place);
    assert_eq!(list("").await.len(), 0);
}

#[tokio::test]
async fn no_token_code_or_mail_is_kept_or_logged() {
    let sink = Sink::start("plain");
    let settings = [UNLIMITED, ("PORTICO_LOG", "debug"), ("PORTICO_EMAIL_CONFIRM", "required")];
    let portico = with(&sink.open_url("smtp"), &settings).await;
    let ada = portico.visitor();
    let form = [("email", "ada@example.org"), ("username", "ada"), ("password", PASSWORD)];
    ada.submit("/signup", &form).await.assert_leads_to("/signup/sent");
    let confirm = sink.mail(0).await;
    let code = confirm.header("Subject")[..7].to_owned();
    ada.submit("/signup/sent", &[("code", &code)]).await.assert_leads_to("/welcome");
    // One that stays pending, one who has an account already.
    for email in ["eve@example.org", "ada@example.org"] {
        let form = [("email", email), ("username", "eve"), ("password", PASSWORD)];
        portico.visitor().submit("/signup", &form).await.assert_leads_to("/signup/sent");
    }
    ada.submit("/account/email/address", &[("email", "new@example.org")]).await.assert_leads_to("/account/email");
    let change = path(&sink.about("Confirm your new email", 0).await, "/email/change/");
    ada.submit(&change, &[]).await;
    ask(&portico.visitor(), "ada").await;
    ask(&portico.visitor(), "ada").await;
    let reset = path(&sink.about("Set a new password", 1).await, "/password/reset/");
    portico.visitor().submit(&reset, &[("password", "eight loud badgers")]).await.assert_leads_to("/login");
    portico.run(&["user", "promote", "ada"], "").assert_done();
    all_settled(&portico).await;
    let mails = sink.mails();
    assert!(mails.len() > 8, "{:?}", mails.iter().map(|mail| mail.header("Subject")).collect::<Vec<_>>());
    let mut kept = portico.database().dump().await;
    for file in portico.picture_files() {
        kept += &String::from_utf8_lossy(&std::fs::read(file).unwrap());
    }
    let (kept, log) = (kept.to_lowercase(), portico.log().to_lowercase());
    assert!(
        kept.contains("ada") && kept.contains(&hex("ada")) && log.contains("answered"),
        "there is what is searched"
    );
    for address in ["ada@example.org", "new@example.org", "eve@example.org"] {
        assert!(!log.contains(address), "{address}");
    }
    let mut secrets = 0;
    for mail in &mails {
        let lines = mail.text.lines().filter(|line| line.len() > 40).map(str::to_owned);
        let words = mail.text.split(|letter: char| !letter.is_ascii_alphanumeric() && !"-_".contains(letter));
        let tokens: Vec<String> = words.filter(|word| word.len() == 43).map(str::to_owned).collect();
        secrets += tokens.len();
        for secret in lines.chain(tokens) {
            for place in [&kept, &log] {
                assert!(!place.contains(&secret.to_lowercase()) && !place.contains(&hex(&secret)), "{secret}");
            }
        }
    }
    assert!(secrets >= 6, "{secrets} tokens were searched for");
    let digits = code.replace(' ', "");
    let is_number = |place: &str| {
        place.match_indices(&digits).any(|(at, _)| {
            let apart = |letter: Option<char>| letter.is_none_or(|letter| !letter.is_alphanumeric() && letter != '.');
            apart(place[..at].chars().next_back()) && apart(place[at + 6..].chars().next())
        })
    };
    for place in [&kept, &log] {
        assert!(!place.contains(&code) && !is_number(place), "{code}");
    }
}

/// The path of the link in a mail.
fn path(mail: &Mail, part: &str) -> String {
    let rest = mail.text.split(part).nth(1).unwrap_or_else(|| panic!("no {part}:\n{}", mail.text));
    format!("{part}{}", rest.split_whitespace().next().unwrap())
}

fn hex(text: &str) -> String {
    text.bytes().map(|byte| format!("{byte:02x}")).collect()
}

#[tokio::test]
async fn no_name_from_any_door_gets_into_a_mail() {
    let sink = Sink::start("plain");
    let portico = with(&sink.open_url("smtp"), &[UNLIMITED]).await;
    let caller = portico.caller();
    let long = format!("Bcc: victim@example.org {}", "x".repeat(10_000));
    let hostile = [
        "Eve\r\nBcc: victim@example.org\r\n\r\nvictim",
        "victim\0Eve",
        "\u{202E}victim\u{2066}\u{FEFF}",
        "<script>victim</script>\"'>",
        long.as_str(),
    ];
    let mut addresses = Vec::new();
    for (number, name) in hostile.into_iter().enumerate() {
        let email = format!("g{number}@example.org");
        let username = format!("{name}{number}");
        // A name that is refused is in no mail either: the account has the others then.
        let created = caller.says("Create", user(&username, "x", name, name)).await.0;
        if created != 201 {
            assert!(created == 409 || created == 422, "{created}");
            assert_eq!(caller.says("Create", user(&format!("eve{number}"), "x", "A", "B")).await.0, 201);
        }
        let newest = "(select id from accounts where email is null)";
        let named = format!("update accounts set email = '{email}', email_key = '{email}' where id = {newest}");
        assert_eq!(portico.database().execute(&named).await, 1);
        addresses.push(email);
        let email = format!("i{number}@example.org");
        let row = json!([{"model": "userauth.baseuser", "pk": uuid::Uuid::new_v4(), "fields": {
            "password": "!", "is_superuser": false, "is_staff": false, "is_active": true, "email": email,
            "date_joined": "2024-09-01T00:00:00Z", "full_name": name, "profile_pic": null}}]);
        let done = portico.run(&["import", "-", "--from", "django"], &row.to_string());
        if done.out.contains("1  accounts came in") {
            addresses.push(email);
        }
    }
    assert!(addresses.len() > hostile.len(), "{addresses:?}");
    let visitor = portico.visitor();
    for address in &addresses {
        let headers = [("sec-fetch-site", "same-origin"), ("user-agent", "victim <b>Firefox/130</b> (X11; Linux)")];
        visitor.submit_with("/password/forgot", &[("email", address)], &headers).await.assert_status(200);
        portico.run(&["user", "set-password", address], "six brave penguins").assert_done();
    }
    all_settled(&portico).await;
    let mails = sink.mails();
    assert_eq!(mails.len(), 2 * addresses.len());
    for mail in mails {
        assert!(addresses.contains(&mail.to), "{}", mail.to);
        assert!(!mail.raw.contains("victim") && !mail.text.contains("victim") && !mail.html.contains("victim"));
        assert!(mail.headers.keys().all(|name| !name.eq_ignore_ascii_case("bcc")), "{:?}", mail.headers);
    }
}

#[tokio::test]
async fn mails_say_whom_to_write_to_where_that_is_set() {
    let sink = Sink::start("plain");
    let portico = with(&sink.open_url("smtp"), &[("PORTICO_SUPPORT_EMAIL", "help@example.org")]).await;
    portico.member("ada").await;
    portico.run(&["user", "set-password", "ada"], "six brave penguins").assert_done();
    let mail = sink.about("Your Portico password was changed", 0).await;
    let words = "Portico has sent you this message. Questions? Write to help@example.org.";
    assert!(mail.text.contains(words) && mail.html.contains(words), "{}", mail.raw);
}
