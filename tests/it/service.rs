//! The program as its operators know it: health, figures, errors, starting, stopping, headers.

use std::time::{Duration, Instant};

use hyper::Method;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;

use crate::support::{Database, PASSWORD, Portico, photo};

fn address(portico: &Portico) -> String {
    portico.url().trim_start_matches("http://").to_owned()
}

#[tokio::test]
async fn both_listeners_tell_that_the_process_is_up_and_can_serve() {
    let portico = Portico::start().await;
    for visitor in [portico.visitor(), portico.internal()] {
        assert_eq!(visitor.get("/healthz").await.assert_status(200).text(), "ok\n");
        let ready = visitor.get("/readyz").await;
        assert_eq!(ready.assert_status(200).text(), "database: ok\nmedia: ok\n");
    }
}

#[tokio::test]
async fn the_finder_of_a_weakness_is_told_where_to_report_it() {
    let none = Portico::start().await;
    none.visitor().get("/.well-known/security.txt").await.assert_status(404);
    let portico = Portico::with(&[
        ("PORTICO_SECURITY_CONTACT", "mailto:security@example.org, https://example.org/report"),
        ("PORTICO_SECURITY_POLICY", "https://example.org/policy"),
        ("PORTICO_PUBLIC_URL", "https://accounts.example.org"),
    ])
    .await;
    let answer = portico.visitor().get("/.well-known/security.txt").await;
    answer.assert_status(200);
    assert_eq!(answer.header("content-type"), "text/plain; charset=utf-8");
    let text = answer.text();
    let fields: Vec<(&str, &str)> = text.lines().filter_map(|line| line.split_once(": ")).collect();
    let values = |wanted: &str| -> Vec<&str> {
        fields.iter().filter(|(name, _)| *name == wanted).map(|(_, value)| *value).collect()
    };
    assert_eq!(values("Contact"), ["mailto:security@example.org", "https://example.org/report"]);
    assert_eq!(values("Policy"), ["https://example.org/policy"]);
    assert_eq!(values("Canonical"), ["https://accounts.example.org/.well-known/security.txt"]);
    assert_eq!(values("Preferred-Languages"), ["en, ru"]);
    let expires = OffsetDateTime::parse(values("Expires")[0], &Rfc3339).unwrap();
    let days = (expires - portico.now()).whole_days();
    assert!((30..365).contains(&days), "{days}");
    for wrong in ["security@example.org", "http://example.org/report", "mailto:nobody"] {
        let mut command = crate::support::command();
        command.env("PORTICO_SECURITY_CONTACT", wrong).arg("config");
        crate::support::Done::of(command, "").assert_refused("mailto:security@example.org");
    }
}

#[tokio::test]
async fn figures_are_counted_by_route_and_never_by_address() {
    let portico = Portico::start().await;
    let ada = portico.member("ada-of-the-figures").await;
    ada.get("/u/ada-of-the-figures").await;
    ada.get("/setup/some-token").await;
    ada.get("/some-stray-address").await;
    ada.ask(Method::from_bytes(b"STRANGE").unwrap(), "/signup", &[], Default::default()).await.assert_status(405);
    let figures = portico.internal().get("/metrics").await.assert_status(200).text();
    let line = r#"portico_requests_total{method="POST",route="/signup",status="303"} 1"#;
    assert!(figures.contains(line), "{figures}");
    assert!(figures.contains(r#"{method="other",route="/signup",status="405"} 1"#), "{figures}");
    for name in [
        "portico_request_seconds_bucket",
        "portico_password_queue",
        "portico_picture_queue",
        "portico_database_connections_open",
        "portico_sessions 1",
        "portico_events_kept 1",
    ] {
        assert!(figures.contains(name), "{name}: {figures}");
    }
    for private in ["ada-of-the-figures", "some-token", "some-stray-address"] {
        assert!(!figures.contains(private), "{figures}");
    }
}

/// Asks whether the process is up, two hundred times at once over one connection.
async fn ask_for_health(portico: &Portico, times: usize) {
    const AT_ONCE: usize = 200;
    let (reading, mut writing) = TcpStream::connect(address(portico)).await.unwrap().into_split();
    let mut lines = BufReader::new(reading).lines();
    let requests = "GET /healthz HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n".repeat(AT_ONCE);
    for _ in 0..times / AT_ONCE {
        writing.write_all(requests.as_bytes()).await.unwrap();
        for _ in 0..AT_ONCE {
            while lines.next_line().await.unwrap().unwrap() != "ok" {}
        }
    }
}

#[tokio::test]
async fn requests_that_are_counted_leave_nothing_in_memory() {
    let portico = Portico::start().await;
    ask_for_health(&portico, 10_000).await;
    let before = portico.memory("RssAnon");
    ask_for_health(&portico, 50_000).await;
    let kept = portico.memory("RssAnon").saturating_sub(before);
    assert!(kept < 500, "{kept} kB for 50,000 requests");
}

#[tokio::test]
async fn figures_are_behind_the_internal_token_where_one_is_set() {
    let token = "a token for those inside";
    let portico = Portico::with(&[("PORTICO_INTERNAL_TOKEN", token)]).await;
    let internal = portico.internal();
    let refused = internal.get("/metrics").await;
    assert_eq!(refused.assert_status(401).header("www-authenticate"), "Bearer");
    internal.get_with("/metrics", &[("authorization", "Bearer wrong")]).await.assert_status(401);
    let header = format!("Bearer {token}");
    internal.get_with("/metrics", &[("authorization", &header)]).await.assert_status(200);
    internal.get("/healthz").await.assert_status(200);
}

#[tokio::test]
async fn the_public_listener_has_no_figures_and_the_internal_one_no_pages() {
    let portico = Portico::start().await;
    portico.visitor().get("/metrics").await.assert_status(404);
    portico.internal().get("/login").await.assert_status(404);
}

#[tokio::test]
async fn without_an_internal_listener_people_are_served_all_the_same() {
    let portico = Portico::with(&[("PORTICO_INTERNAL_LISTEN", "off")]).await;
    portico.visitor().get("/login").await.assert_status(200);
    assert!(!portico.log().contains("internal listener"));
}

#[tokio::test]
async fn a_fault_of_ours_is_a_page_with_an_id_that_the_log_has_and_no_detail() {
    let mut portico = Portico::start().await;
    portico.expect_faults();
    portico.database().execute("alter table events rename to elsewhere").await;
    let form = [("email", "ada@example.org"), ("username", "ada"), ("password", PASSWORD)];
    let page = portico.visitor().submit("/signup", &form).await;
    page.assert_status(500);
    let id = page.header("x-request-id").to_owned();
    assert!(page.gist().contains(&format!("It is recorded as {id}.")), "{}", page.gist());
    assert!(!page.text().contains("events") && !page.text().contains("table"), "{}", page.gist());
    let line = portico.logged(&id).await;
    assert!(line.contains("\"level\":\"ERROR\"") && line.contains("events"), "{line}");
    portico.database().execute("alter table elsewhere rename to events").await;
    assert_eq!(portico.database().count("accounts").await, 0, "announced or not made");
    portico.member("ada").await;
}

#[tokio::test]
async fn stray_addresses_and_methods_have_pages_that_lead_back() {
    let portico = Portico::start().await;
    let visitor = portico.visitor();
    let missing = visitor.get("/nowhere").await;
    assert_eq!(missing.assert_status(404).one("h1"), "There is nothing here");
    assert_eq!(missing.attributes("main a", "href"), ["/"]);
    let wrong = visitor.ask(Method::DELETE, "/login", &[], Default::default()).await;
    wrong.assert_status(405);
    assert!(wrong.header("allow").contains("GET"), "{:?}", wrong.headers);
    assert_eq!(wrong.attributes("main a", "href"), ["/"]);
}

#[tokio::test]
async fn a_form_too_large_or_of_no_known_kind_is_answered_by_a_page() {
    let portico = Portico::start().await;
    let visitor = portico.visitor();
    let long = "x".repeat(70_000);
    visitor.submit("/login", &[("login", &long), ("password", "whatever it is")]).await.assert_status(413);
    let headers = [("content-type", "application/json"), ("sec-fetch-site", "same-origin")];
    let page = visitor.ask(Method::POST, "/login", &headers, "{}".into()).await;
    assert_eq!(page.assert_status(422).one("h1"), "This could not be read");
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    let page = visitor.ask(Method::POST, "/login", &headers, "login=%ff%fe&password=%ff".into()).await;
    assert!((400..500).contains(&page.status), "{}", page.status);
}

#[tokio::test]
async fn every_page_forbids_what_none_of_them_does() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    ada.set_picture(&photo::jpeg(64, 64)).await;
    let pages = [
        "/login",
        "/signup",
        "/nowhere",
        "/welcome",
        "/account",
        "/account/profile",
        "/account/email",
        "/account/security",
        "/account/data",
        "/account/delete",
        "/reauth",
        "/logout",
        "/goodbye",
    ];
    for path in pages {
        let page = if path == "/login" || path == "/signup" { portico.visitor() } else { ada.clone() }.get(path).await;
        let policy = page.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{path}: {policy}");
        for part in ["frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"] {
            assert!(policy.contains(part), "{path}: {policy}");
        }
        assert_eq!(page.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(page.header("cache-control"), "no-store", "{path}");
        assert_eq!(page.header("cross-origin-opener-policy"), "same-origin", "{path}");
        assert_eq!(page.header("content-type"), "text/html; charset=utf-8", "{path}");
        assert_eq!(page.header("server"), "", "{path}");
        assert_eq!(page.header("access-control-allow-origin"), "", "{path}");
        assert_eq!(page.header("strict-transport-security"), "", "not over plain http");
        let nothing = Vec::<String>::new();
        assert_eq!(page.texts("style, script:not([src]), [style], [onclick], [onload]"), nothing, "{path}");
        for (selector, name) in [("[src]", "src"), ("link[href]", "href"), ("form", "action")] {
            for target in page.attributes(selector, name) {
                assert!(target.starts_with('/') && !target.starts_with("//"), "{path}: {target}");
            }
        }
    }
}

#[tokio::test]
async fn no_link_of_any_page_is_dead() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    let fields = [("username", "ada"), ("public", "1"), ("name", "Ada")];
    ada.submit("/account/profile", &fields).await.assert_status(303);
    let stranger = portico.visitor();
    for (visitor, start) in [(&stranger, "/"), (&ada, "/account")] {
        let (mut seen, mut waiting) = (Vec::new(), vec![start.to_owned()]);
        while let Some(path) = waiting.pop() {
            let answer = visitor.get(&path).await;
            assert!(matches!(answer.status, 200 | 303), "{path}: {}", answer.status);
            for link in answer.attributes("a, link", "href") {
                let link = link.split('#').next().unwrap().to_owned();
                if link.starts_with('/') && !seen.contains(&link) && !link.contains("/language/") {
                    seen.push(link.clone());
                    waiting.push(link);
                }
            }
        }
        assert!(seen.len() > 4, "{seen:?}");
    }
}

#[tokio::test]
async fn style_and_script_have_names_of_their_content_and_are_kept_for_ever() {
    let portico = Portico::start().await;
    let visitor = portico.visitor();
    let page = visitor.get("/login").await;
    let mut assets = page.attributes("link[rel=stylesheet], link[rel=icon]", "href");
    assets.extend(page.attributes("script", "src"));
    assets.retain(|path| path.starts_with("/static/"));
    assert!(assets.len() >= 3, "{assets:?}");
    for path in assets {
        let plain = visitor.get(&path).await;
        assert_eq!(plain.header("cache-control"), "public, max-age=31536000, immutable", "{path}");
        let packed = visitor.get_with(&path, &[("accept-encoding", "gzip, br")]).await;
        assert_eq!(packed.header("content-encoding"), "br", "{path}");
        assert!(packed.body.len() < plain.body.len(), "{path}");
        let tag = plain.header("etag").to_owned();
        visitor.get_with(&path, &[("if-none-match", &tag)]).await.assert_status(304);
    }
}

#[tokio::test]
async fn a_stop_finishes_the_request_that_runs_and_refuses_new_ones() {
    let mut portico = Portico::start().await;
    portico.member("ada").await;
    let address = address(&portico);
    let body = "login=ada&password=seven+quiet+otters";
    let mut running = TcpStream::connect(&address).await.unwrap();
    let head = format!(
        "POST /login HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    running.write_all(head.as_bytes()).await.unwrap();
    running.write_all(&body.as_bytes()[..10]).await.unwrap();
    // It has begun once its bytes are read; there is no sign of that outside.
    tokio::time::sleep(Duration::from_millis(100)).await;
    portico.signal("TERM");
    portico.logged("stopping").await;
    let start = Instant::now();
    while TcpStream::connect(&address).await.is_ok() {
        assert!(start.elapsed() < Duration::from_secs(5), "new connections are still taken");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    running.write_all(&body.as_bytes()[10..]).await.unwrap();
    let mut answer = String::new();
    running.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 303"), "{answer}");
    assert!(portico.ended().await.success());
    assert!(portico.log().contains("Portico is closed"));
}

#[tokio::test]
async fn a_stop_does_not_wait_for_connections_that_ask_nothing() {
    for signal in ["TERM", "INT"] {
        let mut portico = Portico::start().await;
        let _silent = TcpStream::connect(address(&portico)).await.unwrap();
        let visitor = portico.visitor();
        visitor.get("/login").await.assert_status(200);
        let start = Instant::now();
        portico.signal(signal);
        assert!(portico.ended().await.success());
        assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    }
}

#[tokio::test]
async fn a_client_that_sends_headers_too_slowly_is_cut_off_and_others_are_served() {
    let portico = Portico::start().await;
    let mut slow = TcpStream::connect(address(&portico)).await.unwrap();
    slow.write_all(b"GET / HTTP/1.1\r\nhost: x\r\nx-slow: ").await.unwrap();
    portico.visitor().get("/login").await.assert_status(200);
    let mut answer = Vec::new();
    let cut = tokio::time::timeout(Duration::from_secs(20), slow.read_to_end(&mut answer)).await;
    assert!(cut.is_ok(), "still open after 20 seconds");
}

#[tokio::test]
async fn broken_requests_are_refused_and_the_next_ones_served() {
    let portico = Portico::start().await;
    for request in [
        "GET / HTTP/9.9\r\n\r\n",
        "nonsense\r\n\r\n",
        "GET / HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\ncontent-length: 5\r\n\r\nabcde",
        "POST /login HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n",
        "POST /login HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
    ] {
        let mut stream = TcpStream::connect(address(&portico)).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = vec![0; 64];
        let length = tokio::time::timeout(Duration::from_secs(5), stream.read(&mut answer)).await.unwrap();
        let answer = String::from_utf8_lossy(&answer[..length.unwrap_or(0)]).into_owned();
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{request:?}: {answer}");
    }
    portico.visitor().get("/login").await.assert_status(200);
}

#[tokio::test]
async fn an_address_in_use_is_named_and_nothing_starts() {
    let portico = Portico::start().await;
    let taken = address(&portico);
    let other = portico.run(&["serve", "--listen", &taken], "");
    other.assert_refused(&format!("PORTICO_LISTEN {taken} cannot be used"));
}

#[tokio::test]
async fn an_unknown_name_costs_as_much_work_as_a_wrong_password() {
    let portico = Portico::with(&[("PORTICO_RATE_LIMITS", "off")]).await;
    portico.member("ada").await;
    // Time would depend on what else the machine does; the work a process has done does not.
    let work = || {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", portico.id())).unwrap();
        let fields: Vec<u64> =
            stat.rsplit(')').next().unwrap().split_whitespace().skip(11).take(2).map(|n| n.parse().unwrap()).collect();
        fields[0] + fields[1]
    };
    let mut costs = Vec::new();
    for login in ["ada", "nobody"] {
        let before = work();
        for _ in 0..30 {
            let form = [("login", login), ("password", "not the right one")];
            portico.visitor().submit("/login", &form).await.assert_status(422);
        }
        costs.push(work() - before);
    }
    assert!(costs[1] * 2 > costs[0] && costs[0] * 2 > costs[1], "in ticks: {costs:?}");
}

#[tokio::test]
async fn more_log_ins_than_can_wait_are_told_to_come_back_while_pages_go_on() {
    let portico = Portico::with(&[("PORTICO_PASSWORD_WORKERS", "1"), ("PORTICO_RATE_LIMITS", "off")]).await;
    let ada = portico.member("ada").await;
    let tries = (0..600).map(|_| async {
        let answer = portico.visitor().submit("/login", &[("login", "ada"), ("password", "not this one")]).await;
        match answer.status {
            422 => false,
            503 => {
                assert!(answer.header("retry-after").parse::<u64>().unwrap() >= 1);
                assert_eq!(answer.one("h1"), "Back in a moment");
                true
            }
            other => panic!("{other}: {}", answer.gist()),
        }
    });
    let (refused, page) = futures_util::join!(futures_util::future::join_all(tries), ada.get("/account"));
    page.assert_status(200);
    assert!(refused.contains(&true) && refused.contains(&false));
    portico.log_in("ada", PASSWORD).await;
}

#[tokio::test]
async fn more_photos_than_can_wait_are_told_to_come_back_while_pages_go_on() {
    let portico = Portico::with(&[("PORTICO_PICTURE_WORKERS", "1"), ("PORTICO_RATE_LIMITS", "off")]).await;
    let ada = portico.member("ada").await;
    ada.set_picture(&photo::jpeg(300, 300)).await.assert_status(303);
    // 33 find a place; each of them is work for longer than the others take to arrive.
    let photo = photo::jpeg(1500, 1500);
    let uploads = (0..60).map(|_| async {
        let answer = ada.set_picture(&photo).await;
        match answer.status {
            303 => false,
            503 => {
                assert!(answer.header("retry-after").parse::<u64>().unwrap() >= 1);
                true
            }
            other => panic!("{other}: {}", answer.gist()),
        }
    });
    let (refused, page) = futures_util::join!(futures_util::future::join_all(uploads), ada.get("/account"));
    page.assert_status(200);
    assert!(refused.contains(&true) && refused.contains(&false));
    let picture = ada.get("/account").await.attribute("main .av img", "src");
    ada.get(&picture).await.assert_status(200);
}

#[tokio::test]
async fn a_full_disk_is_told_honestly_and_nothing_stays_broken_afterwards() {
    let mut portico = Portico::start().await;
    portico.expect_faults();
    let ada = portico.member("ada").await;
    ada.set_picture(&photo::jpeg(300, 300)).await.assert_status(303);
    let before = ada.get("/account").await.attribute("main .av img", "src");
    let rename = [("name", "Ada Lovelace"), ("username", "ada")];
    // No file of this process may grow any more, which is what a full disk comes to.
    limit_files(&portico, "0");
    let page = ada.set_picture(&photo::jpeg(200, 200)).await;
    page.assert_status(503)
        .assert_summary("Pictures cannot be kept at the moment, and nothing was changed. Try again in a while");
    if let Database::Sqlite(_) = portico.database() {
        let answer = ada.submit("/account/profile", &rename).await;
        answer.assert_status(500);
        assert_eq!(answer.one("h1"), "Something broke on our side");
    }
    assert_eq!(ada.get("/account").await.attribute("main .av img", "src"), before);
    ada.get(&before).await.assert_status(200);
    limit_files(&portico, "unlimited");
    ada.submit("/account/profile", &rename).await.assert_status(303);
    ada.set_picture(&photo::jpeg(200, 200)).await.assert_status(303);
    assert_eq!(ada.get("/account").await.one("h1"), "Hello, Ada Lovelace");
}

fn limit_files(portico: &Portico, size: &str) {
    let (id, size) = (portico.id().to_string(), format!("--fsize={size}:unlimited"));
    let done = std::process::Command::new("prlimit").args(["--pid", &id, &size]).status();
    assert!(done.expect("prlimit runs").success());
}
