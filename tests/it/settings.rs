//! Settings: where they come from, and what is said of wrong ones.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use crate::support::{Done, command};

/// `portico config` with this environment, in `folder`.
fn config(folder: &Path, environment: &[(&str, &str)], arguments: &[&str]) -> Done {
    let mut command = command();
    command.current_dir(folder).envs(environment.iter().copied()).arg("config").args(arguments);
    Done::of(command, "")
}

/// The line about one setting.
#[track_caller]
fn line(done: &Done, name: &str) -> String {
    let line = done.assert_done().out.lines().find(|line| line.split(' ').next() == Some(name));
    line.unwrap_or_else(|| panic!("no line about {name}: {}", done.out)).to_owned()
}

#[test]
fn the_command_line_wins_over_the_environment_and_that_over_the_file_and_that_over_the_default() {
    let folder = tempfile::tempdir().unwrap();
    let (path, name) = (folder.path(), "PORTICO_BRAND_NAME");
    assert!(line(&config(path, &[], &[]), name).ends_with("Portico  (default)"));
    std::fs::write(path.join("portico.toml"), "brand_name = \"File\"\n").unwrap();
    assert!(line(&config(path, &[], &[]), name).contains("File  (portico.toml)"));
    let environment = [(name, "Environment")];
    assert!(line(&config(path, &environment, &[]), name).contains("Environment  (environment PORTICO_BRAND_NAME)"));
    let done = config(path, &environment, &["--brand-name", "Line"]);
    assert!(line(&done, name).contains("Line  (command line)"));
}

#[test]
fn a_file_of_another_name_can_be_asked_for_and_must_then_be_there() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("other.toml");
    std::fs::write(&file, "listen = \"127.0.0.1:9\"\npicture_max_bytes = 5\nrate_limits = false\n").unwrap();
    let mut command = command();
    command.env_remove("PORTICO_LISTEN").current_dir(folder.path()).args(["config", "--config", "other.toml"]);
    let done = Done::of(command, "");
    assert!(line(&done, "PORTICO_LISTEN").contains("127.0.0.1:9  (other.toml)"));
    assert!(line(&done, "PORTICO_RATE_LIMITS").contains("off"));
    config(folder.path(), &[], &["--config", "missing.toml"]).assert_refused("missing.toml");
    std::fs::write(&file, "listen = \n").unwrap();
    let done = config(folder.path(), &[], &["--config", "other.toml"]);
    assert!(done.code != 0 && done.complaint.contains("other.toml"), "{done:?}");
}

#[test]
fn an_unknown_setting_names_the_nearest_known_one() {
    let folder = tempfile::tempdir().unwrap();
    config(folder.path(), &[("PORTICO_SIGN_UP", "closed")], &[]).assert_refused("PORTICO_SIGNUP");
    std::fs::write(folder.path().join("portico.toml"), "brandname = \"x\"\n").unwrap();
    config(folder.path(), &[], &[]).assert_refused("brand_name");
}

#[test]
fn a_bad_value_names_the_setting_the_value_and_what_was_expected() {
    let folder = tempfile::tempdir().unwrap();
    for (name, value, expected) in [
        ("PORTICO_LISTEN", "8000", "an address and port, like 127.0.0.1:8000"),
        ("PORTICO_PUBLIC_URL", "accounts.example.org", "a full address, like https://accounts.example.org"),
        ("PORTICO_PASSWORD_MIN", "7", "a number from 8 to 256"),
        ("PORTICO_SIGNUP", "maybe", "open or closed"),
        ("PORTICO_RATE_LIMITS", "maybe", "on or off"),
        ("PORTICO_TRUSTED_PROXIES", "proxy", "10.0.0.0/8"),
        ("DATABASE_URL", "mysql://db/x", "sqlite:"),
    ] {
        let done = config(folder.path(), &[(name, value)], &[]);
        done.assert_refused(expected);
        assert!(done.complaint.contains(name) && done.complaint.contains(value), "{done:?}");
    }
}

#[test]
fn a_server_with_a_wrong_setting_does_not_start() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = command();
    command.current_dir(folder.path()).env("PORTICO_LISTNE", "x").arg("serve");
    Done::of(command, "").assert_refused("PORTICO_LISTEN");
    assert!(std::fs::read_dir(folder.path()).unwrap().next().is_none(), "nothing was made");
}

#[test]
fn secrets_are_shown_nowhere() {
    let folder = tempfile::tempdir().unwrap();
    let environment = [
        ("SECRET_KEY", "a-secret-key-that-nobody-may-ever-see"),
        ("DATABASE_URL", "postgres://portico:hush-hush@db/portico"),
        ("PORTICO_INTERNAL_TOKEN", "a-token-of-the-inside"),
    ];
    let done = config(folder.path(), &environment, &[]);
    for secret in ["nobody-may-ever-see", "hush-hush", "a-token-of-the-inside"] {
        assert!(!done.assert_done().out.contains(secret), "{}", done.out);
    }
    let done = config(folder.path(), &[("SECRET_KEY", "much-too-short")], &[]);
    done.assert_refused("at least 32 bytes");
    assert!(!done.complaint.contains("much-too-short"));
    config(folder.path(), &[("SECRET_KEY", &"a".repeat(40))], &[]).assert_refused("random");
}

#[test]
fn credentials_in_an_address_are_shown_nowhere_wherever_they_stand() {
    let folder = tempfile::tempdir().unwrap();
    let password = "hush-hush";
    for address in [
        "postgres://portico:hush-hush@db/portico",
        "postgres://db/portico?user=portico&password=hush-hush",
        "postgres://db/portico?sslmode=require&sslpassword=hush-hush",
        "postgres://db/portico?pass%77ord=hush-hush",
        "postgres://hush-hush@db/portico",
        "postgres://portico:a/hush-hush@db/portico",
        "postgres://portico:1?hush-hush@db/portico",
        "postgres//portico:hush-hush@db/portico",
        "postgres:portico:hush-hush@db/portico",
        "postgress://portico:hush-hush@db/portico",
        "postgres://portico:hush-hush",
        "sqlite:data.db?key=hush-hush",
    ] {
        for name in
            ["DATABASE_URL", "MEDIA_URL", "MEDIA_PUBLIC_URL", "PORTICO_PUBLIC_URL", "REDIS_URL", "AMQP_URL", "SMTP_URL"]
        {
            let done = config(folder.path(), &[(name, address)], &[]);
            let said = format!("{}{}", done.out, done.complaint);
            assert!(!said.contains(password), "{name}={address}: {said}");
        }
    }
    for (name, address) in [
        ("REDIS_URL", "redis//:hush-hush@cache"),
        ("REDIS_URL", "redis://:hush-hush@cache:port/x"),
        ("AMQP_URL", "amqp//guest:hush-hush@broker"),
        ("MEDIA_URL", "s3://id:hush-hush@bucket"),
        ("MEDIA_URL", "s3//id:hush-hush@bucket"),
        ("DATABASE_URL", "postgres://portico:hush-hush@127.0.0.1:1/portico"),
        ("PORTICO_PUBLIC_URL", "https://id:hush-hush@example.org"),
    ] {
        for task in ["serve", "doctor"] {
            let mut command = command();
            command.current_dir(folder.path()).env(name, address).arg(task);
            let done = Done::of(command, "");
            assert_ne!(done.code, 0, "{name}={address}: {done:?}");
            assert!(!format!("{}{}", done.out, done.complaint).contains(password), "{name}={address}: {done:?}");
        }
    }
    std::fs::write(folder.path().join("portico.toml"), "secret_key = \"hush-hush\n").unwrap();
    let done = config(folder.path(), &[], &[]);
    done.assert_refused("line 1");
    assert!(!done.complaint.contains(password), "{done:?}");
}

#[test]
fn mail_that_would_be_read_on_its_way_or_lead_nowhere_stops_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let start = |environment: &[(&str, &str)]| {
        let mut command = command();
        command.current_dir(folder.path()).envs(environment.iter().copied()).arg("serve");
        Done::of(command, "")
    };
    let relay = ("SMTP_URL", "smtp://portico:hush-hush@mail.example.org");
    for (environment, words) in [
        (&[("SMTP_URL", "smtp+plain://portico:hush-hush@localhost")][..], "never travel unencrypted"),
        (&[("SMTP_URL", "smtp+plain://mail.example.org")], "insecure=yes"),
        (&[("SMTP_URL", "smtp://portico:hush-hush@mail.example.org?tls=none")], "without parameters"),
        (&[("SMTP_URL", "mail.example.org:587")], "smtps://"),
        (&[("SMTP_URL", "sendmail:bin/sendmail")], "the whole path"),
        (&[relay, ("PORTICO_LISTEN", "0.0.0.0:0")], "PORTICO_PUBLIC_URL must be set"),
        (&[relay, ("PORTICO_MAIL_FROM", "Accounts")], "an address"),
        (&[relay, ("PORTICO_MAIL_REPLY_TO", "a@b, c@d")], "an address"),
        (&[relay, ("PORTICO_MAIL_RATE", "100")], "100/min"),
        (&[relay, ("PORTICO_MAIL_WORKERS", "0")], "from 1 to"),
        (&[relay, ("SMTP_AUTH", "cram-md5")], "xoauth2"),
        (&[relay, ("PORTICO_EMAIL_CONFIRM_DOORS", "clark")], "all or pages"),
        (&[("PORTICO_EMAIL_CONFIRM", "optional")], "needs SMTP_URL"),
        (&[("PORTICO_EMAIL_CONFIRM", "required")], "needs SMTP_URL"),
    ] {
        let done = start(environment);
        done.assert_refused(words);
        assert!(!done.complaint.contains("hush-hush"), "{done:?}");
    }
    let shown = config(folder.path(), &[relay, ("PORTICO_EMAIL_CONFIRM", "required")], &[]);
    assert!(line(&shown, "SMTP_URL").contains("smtp://portico:********@mail.example.org"), "{shown:?}");
    config(folder.path(), &[("PORTICO_EMAIL_CONFIRM", "off"), ("PORTICO_LISTEN", "0.0.0.0:0")], &[]).assert_done();
}

#[test]
fn a_secret_that_an_attacker_guesses_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let placeholders = [
        "changeme-changeme-changeme-changeme-changeme",
        "django-insecure-0k#w!q8v@zj3&x7p$n5m^b2c*d9f(h1g)",
        "your-secret-key-your-secret-key-12345678",
        "secretsecretsecretsecretsecretsecret",
        "abcabcabcabcabcabcabcabcabcabcabcabcabc",
    ];
    for key in placeholders {
        config(folder.path(), &[("SECRET_KEY", key)], &[]).assert_refused("placeholder");
        config(folder.path(), &[("PORTICO_PREVIOUS_SECRET_KEYS", key)], &[]).assert_refused("placeholder");
    }
    for name in ["PORTICO_DJANGO_SECRET", "PORTICO_FASTAPI_SECRET", "PORTICO_CLARK_SECRET"] {
        for weak in ["x", "short", "changeme-changeme", "aaaaaaaaaaaaaaaa"] {
            let done = config(folder.path(), &[(name, weak)], &[]);
            done.assert_refused("at least 12 characters");
            assert!(!done.complaint.contains(weak) || weak == "x", "{done:?}");
        }
        // The key of a service that is being replaced.
        config(folder.path(), &[(name, placeholders[1])], &[]).assert_done();
        config(folder.path(), &[(name, "an older key")], &[]).assert_done();
    }
    for name in ["PORTICO_INTERNAL_TOKEN", "PORTICO_INTROSPECTION_SECRET"] {
        for weak in ["x", "fifteen letters", "changeme-changeme-changeme"] {
            config(folder.path(), &[(name, weak)], &[]).assert_refused("at least 16 characters");
        }
    }
}

#[test]
fn a_dialect_that_does_not_exist_names_the_nearest_one() {
    let folder = tempfile::tempdir().unwrap();
    config(folder.path(), &[("PORTICO_DIALECTS", "djnago,clark")], &[]).assert_refused("django");
    config(folder.path(), &[("PORTICO_DIALECTS", "none,clark")], &[]).assert_refused("alone");
    config(folder.path(), &[("PORTICO_DIALECTS", "django, FastAPI")], &[]).assert_done();
}

#[test]
fn postgres_wants_a_secret_key_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = command();
    command.current_dir(folder.path()).env_remove("SECRET_KEY").env("DATABASE_URL", "postgres://db/portico");
    command.arg("config");
    Done::of(command, "").assert_refused("SECRET_KEY must be set");
}

#[test]
fn the_older_names_make_up_the_database_address() {
    let folder = tempfile::tempdir().unwrap();
    let older = [
        ("POSTGRES_DB", "users"),
        ("POSTGRES_USER", "portico"),
        ("POSTGRES_PASSWORD", "p@ss"),
        ("POSTGRES_HOST", "db"),
        ("POSTGRES_PORT", "5433"),
    ];
    let done = config(folder.path(), &older, &[]);
    let shown = line(&done, "DATABASE_URL");
    assert!(shown.contains("@db:5433/users") && shown.contains("POSTGRES_DB"), "{shown}");
    let mut both = older.to_vec();
    both.push(("DATABASE_URL", "sqlite:own.db"));
    assert!(line(&config(folder.path(), &both, &[]), "DATABASE_URL").contains("sqlite:own.db"));
}

#[test]
fn what_kubernetes_puts_into_the_environment_is_no_setting_and_the_rest_still_is() {
    let folder = tempfile::tempdir().unwrap();
    let links = [
        ("PORTICO_PORT", "tcp://10.96.12.7:8000"),
        ("PORTICO_SERVICE_HOST", "10.96.12.7"),
        ("PORTICO_SERVICE_PORT", "8000"),
        ("PORTICO_SERVICE_PORT_HTTP", "8000"),
        ("PORTICO_PORT_8000_TCP", "tcp://10.96.12.7:8000"),
        ("PORTICO_PORT_8000_TCP_ADDR", "10.96.12.7"),
        ("PORTICO_PORT_8000_TCP_PORT", "8000"),
        ("PORTICO_PORT_8000_TCP_PROTO", "tcp"),
        ("PORTICO_INTERNAL_SERVICE_HOST", "10.96.12.8"),
        ("PORTICO_INTERNAL_PORT_50050_TCP", "tcp://10.96.12.8:50050"),
    ];
    config(folder.path(), &links, &[]).assert_done();
    for (name, value) in [("PORTICO_PORT", "8080"), ("PORTICO_SERVICE_HOSTS", "10.96.12.7")] {
        config(folder.path(), &[(name, value)], &[]).assert_refused(name);
    }
}

#[test]
fn the_older_names_are_used_or_refused_and_never_ignored() {
    let folder = tempfile::tempdir().unwrap();
    let shown = |name: &str, environment: &[(&str, &str)]| line(&config(folder.path(), environment, &[]), name);
    let database = ("POSTGRES_DB", "users");
    for (host, address) in [
        ("::1", "postgres://[::1]:5432/users"),
        ("[fd00::7]", "postgres://[fd00::7]:5432/users"),
        ("/run/postgresql", "postgres://localhost:5432/users?host=%2Frun%2Fpostgresql"),
    ] {
        let shown = shown("DATABASE_URL", &[database, ("POSTGRES_HOST", host)]);
        assert!(shown.contains(&format!("  {address}  ")), "{shown}");
    }
    let called_like_its_user = shown("DATABASE_URL", &[("POSTGRES_USER", "ada"), ("POSTGRES_HOST", "db")]);
    assert!(called_like_its_user.contains("@db:5432/ada"), "{called_like_its_user}");
    let own_file = shown("DATABASE_URL", &[("POSTGRES_PORT", "tcp://10.0.0.2:5432")]);
    assert!(own_file.contains("sqlite:data/portico.db"), "{own_file}");
    for (name, value, others) in [
        ("POSTGRES_HOST", "db:5433", &[database][..]),
        ("POSTGRES_HOST", "db one", &[database]),
        ("POSTGRES_PORT", "543x", &[database]),
        ("POSTGRES_PORT", "0", &[database]),
        ("POSTGRES_PORT", "tcp://10.0.0.2:5432", &[database]),
        ("POSTGRES_HOST", "db", &[]),
        ("POSTGRES_PASSWORD", "a-word-of-theirs", &[]),
        ("RABBITMQ_HOST", "mq:5673", &[]),
        ("RABBITMQ_HOST", "mq one", &[]),
        ("RABBITMQ_DEFAULT_USER", "ada", &[]),
        ("RABBITMQ_DEFAULT_PASS", "a-word-of-theirs", &[]),
    ] {
        let environment: Vec<_> = others.iter().copied().chain([(name, value)]).collect();
        let done = config(folder.path(), &environment, &[]);
        done.assert_refused(name);
        assert!(!done.complaint.contains("a-word-of-theirs"), "{done:?}");
    }
    assert!(
        config(folder.path(), &[("RABBITMQ_HOST", "::1")], &[]).assert_done().out.contains("environment RABBITMQ_HOST")
    );
}

#[test]
fn every_secret_may_stand_in_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let key = file("key", b"a-secret-key-that-nobody-may-ever-see\n");
    let url = file("url", b"postgres://ada:hush-hush@db/users\n");
    let password = file("password", b"p@ss w%41rd\r\n");
    for name in ["SECRET_KEY", "PORTICO_INTERNAL_TOKEN", "PORTICO_DJANGO_SECRET", "PORTICO_INTROSPECTION_SECRET"] {
        let mut command = command();
        let variable = format!("{name}_FILE");
        command.current_dir(folder.path()).env_remove("SECRET_KEY").env(&variable, &key).arg("config");
        let shown = line(&Done::of(command, ""), name);
        assert!(shown.contains(&format!("********  (environment {variable})")), "{shown}");
    }
    let shown = line(&config(folder.path(), &[("DATABASE_URL_FILE", &url)], &[]), "DATABASE_URL");
    assert!(shown.contains("postgres://ada:********@db/users  (environment DATABASE_URL_FILE)"), "{shown}");
    let older = [("POSTGRES_DB", "users"), ("POSTGRES_USER", "ada"), ("POSTGRES_PASSWORD_FILE", password.as_str())];
    let shown = line(&config(folder.path(), &older, &[]), "DATABASE_URL");
    assert!(shown.contains("postgres://ada:********@localhost:5432/users"), "{shown}");
    let broker = [("RABBITMQ_HOST", "mq"), ("RABBITMQ_DEFAULT_PASS_FILE", password.as_str())];
    config(folder.path(), &broker, &[]).assert_done();

    let (empty, bytes) = (file("empty", b"\n"), file("bytes", b"\xff\xfe a key of bytes that are no text"));
    let missing = folder.path().join("missing").display().to_string();
    for path in [&empty, &bytes, &missing] {
        config(folder.path(), &[("AMQP_URL_FILE", path)], &[]).assert_refused("AMQP_URL_FILE");
        config(folder.path(), &[older[0], ("POSTGRES_PASSWORD_FILE", path)], &[])
            .assert_refused("POSTGRES_PASSWORD_FILE");
    }
    config(folder.path(), &[("REDIS_URL", "redis://cache"), ("REDIS_URL_FILE", &url)], &[])
        .assert_refused("REDIS_URL_FILE");
    config(folder.path(), &[("PORTICO_LISTNE_FILE", &key)], &[]).assert_refused("PORTICO_LISTNE_FILE");
}

#[test]
fn a_value_that_is_no_text_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let bytes: &OsStr = OsStr::from_bytes(b"\xffa secret key of bytes that are no text");
    for name in ["SECRET_KEY", "DATABASE_URL", "POSTGRES_DB", "RABBITMQ_HOST", "PORTICO_BRAND_NAME", "SECRET_KEY_FILE"]
    {
        let mut command = command();
        command.current_dir(folder.path()).env_remove("SECRET_KEY").env(name, bytes).arg("config");
        Done::of(command, "").assert_refused(name);
    }
}

#[test]
fn a_database_address_that_means_something_else_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    for address in [
        "sqlite:x.db?mode=rwc",
        "sqlite:~/portico.db",
        "sqlite://~ada/portico.db",
        "sqlite:with%20space.db",
        "sqlite:file:portico.db",
        "sqlite: ",
        "postgres://ada:hu#sh@db/users",
        "postgres://ada:hu/sh@db/users",
        "postgres://ada:1/hu@sh@db/users",
        "postgres://ada:hush@one:5432,two:5432/users",
        "postgres://ada@db/users?sslmode=perhaps",
    ] {
        config(folder.path(), &[("DATABASE_URL", address)], &[]).assert_refused("DATABASE_URL");
    }
    config(folder.path(), &[("MEDIA_URL", "~/media")], &[]).assert_refused("MEDIA_URL");
    for address in ["SQLITE:x.db", " sqlite:x.db ", "Postgres://ada@db/users"] {
        config(folder.path(), &[("DATABASE_URL", address)], &[]).assert_done();
    }
}

#[test]
fn a_public_address_with_a_path_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    for address in ["https://a.example/accounts", "https://a.example/?x=1", "https://a.example/#top"] {
        config(folder.path(), &[("PORTICO_PUBLIC_URL", address)], &[]).assert_refused("without a path");
    }
    config(folder.path(), &[("PORTICO_PUBLIC_URL", "https://a.example/")], &[]).assert_done();
}

#[test]
fn a_word_that_is_no_level_does_not_switch_the_log_off() {
    let folder = tempfile::tempdir().unwrap();
    for words in ["verbose", "warning", "info,chatty", "portico=loud", "portico"] {
        config(folder.path(), &[("PORTICO_LOG", words)], &[]).assert_refused("PORTICO_LOG");
    }
    for words in ["info", "WARN", "off", "info,portico::http=debug", "warn, sqlx=trace"] {
        config(folder.path(), &[("PORTICO_LOG", words)], &[]).assert_done();
    }
}

#[test]
fn values_that_would_lock_all_users_out_or_lead_nowhere_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    for (name, value) in [
        ("PORTICO_SESSION_IDLE", "0"),
        ("PORTICO_SESSION_MAX", "0s"),
        ("PORTICO_EVENT_RETENTION", "0"),
        ("PORTICO_WEBHOOK_GIVE_UP", "0d"),
        ("QUEUE_LIST", "[\"a\",\"b\"]"),
        ("QUEUE_LIST", "'a', 'b'"),
    ] {
        config(folder.path(), &[(name, value)], &[]).assert_refused(name);
    }
}

#[test]
fn every_command_explains_itself() {
    for arguments in [
        &["--help"][..],
        &["serve", "--help"],
        &["migrate", "--help"],
        &["config", "--help"],
        &["doctor", "--help"],
        &["user", "--help"],
        &["user", "create", "--help"],
        &["user", "list", "--help"],
        &["user", "show", "--help"],
        &["user", "set-password", "--help"],
        &["user", "promote", "--help"],
        &["user", "demote", "--help"],
        &["user", "disable", "--help"],
        &["user", "enable", "--help"],
        &["user", "delete", "--help"],
        &["events", "--help"],
        &["events", "list", "--help"],
        &["events", "targets", "--help"],
        &["events", "replay", "--help"],
        &["webhook", "--help"],
        &["webhook", "add", "--help"],
        &["webhook", "list", "--help"],
        &["webhook", "remove", "--help"],
        &["webhook", "enable", "--help"],
        &["webhook", "replay", "--help"],
    ] {
        let mut command = command();
        command.args(arguments);
        let done = Done::of(command, "");
        assert!(done.assert_done().out.contains("Usage: portico"), "{arguments:?}: {}", done.out);
    }
}

#[test]
fn a_command_that_does_not_exist_is_refused() {
    let mut command = command();
    command.arg("frobnicate");
    let done = Done::of(command, "");
    assert!(done.code != 0 && done.complaint.contains("frobnicate"), "{done:?}");
}
