//! Handing mail to a relay, a program or a folder: by itself, without a queue before it.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use portico::mailer::{Mailer, Message, SendError};
use time::macros::datetime;
use uuid::Uuid;

use crate::support::Sink;

const TEXT: &str = "Hello, Ada!\n\n.\nFrom here it goes on: ключ = 482 913, and a line that is longer than any line of a mail may be, by far.\n";
const HTML: &str = "<p>Hello, <b>Ada</b>! <a href=\"https://accounts.example.org/x\">ключ</a></p>\n";

/// What mails by these settings; people reach it at `https://accounts.example.org`.
fn mailer(environment: &[(&str, &str)]) -> Mailer {
    let url = "https://accounts.example.org";
    let environment = environment.iter().copied().chain([("PORTICO_PUBLIC_URL", url)]);
    let environment: Vec<_> = environment.map(|(name, value)| (name.into(), value.into())).collect();
    let (settings, _) =
        portico::config::load(Vec::new(), environment.into_iter(), None, &[]).expect("the settings are right");
    Mailer::new(&settings, &url.parse().unwrap()).expect("the settings can be used").expect("mail is on")
}

fn message(to: &str) -> Message<'_> {
    Message {
        id: Uuid::from_u128(7),
        to,
        date: datetime!(2026-11-28 12:00 UTC),
        language: "ru",
        subject: "482 913 — ваш код",
        text: TEXT,
        html: HTML,
        references: None,
    }
}

async fn send(mailer: &Mailer, to: &str) -> Result<(), SendError> {
    mailer.send(&message(to)).await
}

/// The mail was refused for the relay's sake, without a word of the password.
#[track_caller]
fn assert_relay(result: Result<(), SendError>, code: Option<u16>, words: &str) {
    match result {
        Err(SendError::Relay(reply)) => {
            assert_eq!(reply.code, code, "{reply:?}");
            assert!(reply.text.contains(words) && !reply.text.contains("secret"), "{reply:?}");
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_mail_travels_encrypted_and_has_the_fields_that_it_should_have() {
    let sink = Sink::start("starttls+auth");
    let mailer = mailer(&[
        ("SMTP_URL", &sink.url("smtp")),
        ("SMTP_CA_FILE", &sink.ca_file()),
        ("PORTICO_BRAND_NAME", "Ключ & Co."),
        ("PORTICO_SUPPORT_EMAIL", "help@example.org"),
    ]);
    mailer.send(&Message { references: Some(Uuid::from_u128(6)), ..message("Ada@example.org") }).await.unwrap();
    let mail = sink.mail(0).await;
    assert_eq!((mail.from.as_str(), mail.to.as_str()), ("no-reply@accounts.example.org", "Ada@example.org"));
    assert!(mail.encrypted && mail.authenticated && !mail.smtputf8, "{mail:?}");
    assert_eq!(mail.hello, "accounts.example.org");
    for (name, value) in [
        ("From", "\"Ключ & Co.\" <no-reply@accounts.example.org>"),
        ("To", "Ada@example.org"),
        ("Subject", "482 913 — ваш код"),
        ("Date", "Sat, 28 Nov 2026 12:00:00 +0000"),
        ("Message-ID", "<00000000-0000-0000-0000-000000000007@accounts.example.org>"),
        ("References", "<00000000-0000-0000-0000-000000000006@accounts.example.org>"),
        ("MIME-Version", "1.0"),
        ("Auto-Submitted", "auto-generated"),
        ("X-Auto-Response-Suppress", "All"),
        ("Reply-To", "help@example.org"),
        ("Content-Language", "ru"),
    ] {
        assert_eq!(mail.header(name), value);
    }
    assert_eq!(mail.headers.len(), 12, "{:?}", mail.headers);
    assert_eq!(mail.kinds, ["multipart/alternative", "text/plain", "text/html"]);
    assert_eq!((mail.text.trim_end(), mail.html.trim_end()), (TEXT.trim_end(), HTML.trim_end()));
    assert!(mail.raw.is_ascii() && mail.raw.lines().all(|line| line.len() <= 76), "{}", mail.raw);
    assert!(mail.raw.contains("quoted-printable") && !mail.raw.contains("base64"), "{}", mail.raw);
}

#[tokio::test]
async fn one_connection_carries_several_mails_and_a_mail_that_is_sent_again_is_the_same() {
    let sink = Sink::start("implicit+auth+login");
    let mailer = mailer(&[("SMTP_URL", &sink.url("smtps")), ("SMTP_CA_FILE", &sink.ca_file())]);
    for _ in 0..2 {
        send(&mailer, "ada@example.org").await.unwrap();
    }
    let (first, second) = (sink.mail(0).await, sink.mail(1).await);
    assert!(first.encrypted && first.authenticated);
    assert_eq!(first.connection, second.connection);
    assert_eq!(first.raw, second.raw);
    assert_eq!(sink.attempts(), 1);
    mailer.check().await.unwrap();
    assert_eq!(sink.mails().len(), 2);
}

#[tokio::test]
async fn a_relay_on_this_machine_is_encrypted_to_if_it_offers_that() {
    let (plain, encrypted) = (Sink::start("plain"), Sink::start("starttls"));
    for sink in [&plain, &encrypted] {
        let mailer = mailer(&[("SMTP_URL", &sink.open_url("smtp")), ("SMTP_CA_FILE", &sink.ca_file())]);
        send(&mailer, "ada@example.org").await.unwrap();
    }
    assert!(!plain.mail(0).await.encrypted && encrypted.mail(0).await.encrypted);
}

#[tokio::test]
async fn nothing_is_sent_to_a_relay_that_cannot_be_trusted_and_no_password_either() {
    let (stripped, starttls) = (Sink::start("starttls+strip+auth"), Sink::start("starttls+auth"));
    let (implicit, other) = (Sink::start("implicit+auth"), Sink::start("plain"));
    for (url, ca_file, words) in [
        (stripped.url("smtp"), Some(stripped.ca_file()), "STARTTLS"),
        (starttls.url("smtp"), Some(other.ca_file()), "certificate"),
        (starttls.url("smtp"), None, ""),
        (starttls.open_url("smtp"), Some(other.ca_file()), "certificate"),
        (implicit.url("smtps"), Some(other.ca_file()), "certificate"),
    ] {
        let ca_file = ca_file.as_deref().unwrap_or_default();
        let mailer = mailer(&[("SMTP_URL", &url), ("SMTP_CA_FILE", ca_file)]);
        assert_relay(send(&mailer, "ada@example.org").await, None, words);
        assert_relay(mailer.check().await, None, words);
    }
    for sink in [&stripped, &starttls, &implicit] {
        assert_eq!((sink.attempts(), sink.mails().len()), (0, 0));
    }
}

#[tokio::test]
async fn answers_that_an_attacker_put_behind_that_to_starttls_are_not_believed() {
    for mode in ["starttls+auth+inject", "starttls+inject"] {
        let sink = Sink::start(mode);
        let url = if mode.contains("auth") { sink.url("smtp") } else { sink.open_url("smtp") };
        let mailer = mailer(&[("SMTP_URL", &url), ("SMTP_CA_FILE", &sink.ca_file())]);
        assert_relay(send(&mailer, "ada@example.org").await, None, "");
        assert_eq!((sink.attempts(), sink.mails().len()), (0, 0), "{mode}");
    }
}

#[tokio::test]
async fn an_access_token_logs_in_where_the_settings_say_so() {
    let sink = Sink::start("starttls+auth+xoauth2");
    let ca_file = sink.ca_file();
    let of = |url: String, auth| mailer(&[("SMTP_URL", &url), ("SMTP_CA_FILE", &ca_file), ("SMTP_AUTH", auth)]);
    send(&of(sink.url("smtp"), "xoauth2"), "ada@example.org").await.unwrap();
    assert!(sink.mail(0).await.authenticated);
    let outdated = of(sink.url("smtp").replace("secret", "outdated"), "xoauth2");
    assert_relay(send(&outdated, "ada@example.org").await, Some(535), "");
    assert_relay(send(&of(sink.url("smtp"), "plain"), "ada@example.org").await, None, "");
    assert_eq!((sink.attempts(), sink.mails().len()), (2, 1));
}

#[tokio::test]
async fn a_failure_says_whether_it_is_the_relays_or_the_mails() {
    let sink = Sink::start("starttls+auth");
    let ca_file = sink.ca_file();
    let of = |url: &str| mailer(&[("SMTP_URL", url), ("SMTP_CA_FILE", &ca_file)]);
    let right = of(&sink.url("smtp"));
    for (to, code, is_permanent) in [
        ("t451@example.org", Some(451), false),
        ("p550@example.org", Some(550), true),
        ("greylist@example.org", Some(450), false),
        ("e554@example.org", Some(554), true),
        ("drop@example.org", None, false),
    ] {
        let error = send(&right, to).await.unwrap_err();
        let (reply, is_right) = match &error {
            SendError::Transient(reply) => (reply, !is_permanent),
            SendError::Permanent(reply) => (reply, is_permanent),
            SendError::Relay(reply) => (reply, false),
        };
        assert!(is_right && reply.code == code && !reply.text.contains(to), "{to}: {error:?}");
        assert!(!error.to_string().contains("such user"), "{error}");
    }
    assert_eq!(sink.mails().len(), 1, "it was taken before the connection was cut");
    send(&right, "greylist@example.org").await.unwrap();
    assert_relay(send(&right, "c421@example.org").await, Some(421), "");
    let wrong = of(&sink.url("smtp").replace("secret", "other"));
    assert_relay(wrong.check().await, Some(535), "");
    assert_relay(send(&wrong, "p550@example.org").await, Some(535), "");
    let url = sink.url("smtp");
    let gone = of(&url);
    drop(sink);
    assert_relay(send(&gone, "p550@example.org").await, None, "refused");
}

#[tokio::test]
async fn international_addresses_are_written_as_the_relay_understands_them() {
    let (older, newer) = (Sink::start("plain+noutf8"), Sink::start("plain"));
    let by = |sink: &Sink| mailer(&[("SMTP_URL", &sink.open_url("smtp"))]);
    send(&by(&older), "ada@bücher.example").await.unwrap();
    let mail = older.mail(0).await;
    assert_eq!((mail.to.as_str(), mail.header("To")), ("ada@xn--bcher-kva.example", "ada@xn--bcher-kva.example"));
    let refused = send(&by(&older), "ädä@example.org").await;
    assert!(matches!(&refused, Err(SendError::Permanent(reply)) if reply.text.contains("SMTPUTF8")), "{refused:?}");
    send(&by(&newer), "ädä@example.org").await.unwrap();
    let mail = newer.mail(0).await;
    assert!(mail.smtputf8 && mail.to == "ädä@example.org", "{mail:?}");
}

#[tokio::test]
async fn a_relay_that_stalls_holds_no_mail_up_for_a_minute() {
    let stalled = ["CONNECT", "EHLO", "AUTH", "STARTTLS", "MAIL", "RCPT", "DATA", "END"].map(|verb| async move {
        let sink = Sink::start(&format!("starttls+auth+stall-{verb}"));
        let mailer = mailer(&[("SMTP_URL", &sink.url("smtp")), ("SMTP_CA_FILE", &sink.ca_file())]);
        let start = std::time::Instant::now();
        let error = send(&mailer, "ada@example.org").await.unwrap_err();
        assert!(start.elapsed().as_secs() < 50, "{verb}");
        let is_before_the_mail = matches!(verb, "CONNECT" | "EHLO" | "AUTH" | "STARTTLS");
        match error {
            SendError::Relay(_) => assert!(is_before_the_mail, "{verb}"),
            SendError::Transient(_) => assert!(!is_before_the_mail, "{verb}"),
            SendError::Permanent(reply) => panic!("{verb}: {reply:?}"),
        }
    });
    futures_util::future::join_all(stalled).await;
}

#[tokio::test]
async fn a_folder_keeps_mails_that_only_its_owner_reads() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("deep/mails");
    let mailer = mailer(&[("SMTP_URL", &format!("folder:{}", path.display()))]);
    assert!(!path.exists(), "it is made when it is needed");
    mailer.check().await.unwrap();
    for _ in 0..2 {
        send(&mailer, "ada@example.org").await.unwrap();
    }
    let entries = |path: &Path| -> Vec<_> { std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap()).collect() };
    let [file] = entries(&path).try_into().unwrap();
    assert_eq!(file.file_name(), "1795867200000-00000000-0000-0000-0000-000000000007.eml");
    assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o700);
    assert!(std::fs::read_to_string(file.path()).unwrap().contains("To: ada@example.org\r\n"));
    std::fs::remove_file(file.path()).unwrap();
    std::fs::remove_dir(&path).unwrap();
    std::fs::write(&path, "in its way").unwrap();
    assert_relay(mailer.check().await, None, "mails");
    assert_relay(send(&mailer, "ada@example.org").await, None, "mails");
}

#[tokio::test]
async fn a_program_is_given_mails_and_its_exit_code_is_understood() {
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("sendmail");
    let mailer = mailer(&[("SMTP_URL", &format!("sendmail:{}", program.display())), ("SECRET_KEY", "")]);
    assert_relay(mailer.check().await, None, "no such program");
    let script = format!(
        "#!/bin/sh\ncat > {0}/mail\necho \"$@\" > {0}/arguments\nenv > {0}/environment\n\
         echo \"<$5>: as it says\" >&2\ncase $5 in t*) exit 75;; u*) exit 67;; x*) exit 78;; esac\n",
        folder.path().display()
    );
    std::fs::write(&program, script).unwrap();
    assert_relay(mailer.check().await, None, "ermission");
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    mailer.check().await.unwrap();
    send(&mailer, "-t@example.org").await.unwrap();
    let kept = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
    assert_eq!(kept("arguments"), "-i -f no-reply@accounts.example.org -- -t@example.org\n");
    assert!(kept("mail").contains("\nTo: -t@example.org\n") && !kept("mail").contains('\r'));
    assert!(!kept("environment").contains("CARGO"), "{}", kept("environment"));
    for (to, code) in [("t@example.org", 75), ("u@example.org", 67), ("x@example.org", 78)] {
        let error = send(&mailer, to).await.unwrap_err();
        let is_right = match &error {
            SendError::Transient(_) => code == 75,
            SendError::Permanent(_) => code == 67,
            SendError::Relay(_) => code == 78,
        };
        assert!(is_right && error.reply().code == Some(code), "{error:?}");
        assert_eq!(error.reply().text, "<…>: as it says");
    }
}
