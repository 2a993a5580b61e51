//! `portico bench`: a load of real requests on a running Portico, by accounts that are gone afterwards.

use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::{Done, Portico, command, free_port};

/// All kinds of work.
const KINDS: [&str; 7] = ["page", "me", "avatar", "media", "grpc_info", "log_in", "upload"];

/// The command in a folder whose settings are good for nothing.
fn bench_command(folder: &tempfile::TempDir, arguments: &[&str]) -> Command {
    std::fs::write(folder.path().join("portico.toml"), "nothing = \"known\"").unwrap();
    let mut command = command();
    command.current_dir(folder.path()).env("PORTICO_NOTHING", "known").arg("bench").args(arguments);
    command
}

fn bench(arguments: &[&str]) -> Done {
    let folder = tempfile::tempdir().unwrap();
    Done::of(bench_command(&folder, arguments), "")
}

async fn without_limits() -> Portico {
    Portico::with(&[("PORTICO_RATE_LIMITS", "off")]).await
}

/// A second of little load, and more arguments.
fn short<'a>(url: &'a str, more: &[&'a str]) -> Done {
    let arguments = [url, "--seconds", "1", "--connections", "3", "--accounts", "2"];
    bench(&[&arguments, more].concat())
}

#[tokio::test]
async fn every_kind_of_work_is_done_well_and_nothing_stays_of_it() {
    let portico = without_limits().await;
    portico.member("ada").await;
    let done = short(portico.url(), &["--grpc", portico.internal_url(), "--json"]);
    let report: Value = serde_json::from_str(&done.assert_done().out).unwrap();
    let names: Vec<&str> =
        report["kinds"].as_array().unwrap().iter().map(|row| row["kind"].as_str().unwrap()).collect();
    assert_eq!(names, KINDS);
    for row in report["kinds"].as_array().unwrap().iter().chain([&report["total"]]) {
        assert!(row["count"].as_u64().unwrap() > 0, "{row}");
        assert_eq!((row["errors"].as_u64(), row["refused"].as_u64()), (Some(0), Some(0)), "{row}");
        let latencies = ["p50_ms", "p95_ms", "p99_ms", "slowest_ms"].map(|name| row[name].as_f64().unwrap());
        assert!(latencies[0] > 0.0 && latencies.is_sorted(), "{row}");
    }
    assert_eq!(
        (&report["connections"], &report["accounts"], &report["stopped"]),
        (&3.into(), &2.into(), &false.into())
    );
    assert!(report["seconds"].as_f64().unwrap() >= 1.0, "{report}");
    assert_eq!(portico.database().texts("select username from accounts").await, ["ada"]);
    assert!(portico.picture_files().is_empty());
    assert_eq!(portico.database().count("events where kind = 'user.deleted'").await, 3, "one to try it");
}

#[tokio::test]
async fn the_table_has_a_line_for_each_kind_that_was_asked_for() {
    let portico = without_limits().await;
    let done = short(portico.url(), &[]);
    let lines: Vec<Vec<&str>> = done.assert_done().out.lines().map(|line| line.split_whitespace().collect()).collect();
    let first: Vec<&str> = lines.iter().skip(1).map(|line| line[0]).collect();
    let asked = KINDS.into_iter().filter(|kind| *kind != "grpc_info");
    assert_eq!(first, [&["kind"][..], &asked.collect::<Vec<_>>(), &["all"]].concat());
    let count = |line: &Vec<&str>| line[1].parse::<u64>().unwrap();
    let (all, kinds) = lines[2..].split_last().unwrap();
    assert_eq!(count(all), kinds.iter().map(count).sum::<u64>());
    assert_eq!(portico.database().count("accounts").await, 0);
}

#[tokio::test]
async fn the_internal_listener_may_ask_for_its_token() {
    let token = "of this story: sixteen or more";
    let portico = Portico::with(&[("PORTICO_RATE_LIMITS", "off"), ("PORTICO_INTERNAL_TOKEN", token)]).await;
    let grpc = ["--grpc", portico.internal_url()];
    short(portico.url(), &grpc).assert_refused("refuses Info (--grpc-token-file?)");
    assert_eq!(portico.database().count("accounts").await, 0);
    let file = portico.folder().join("token");
    std::fs::write(&file, format!("{token}\n")).unwrap();
    short(portico.url(), &[&grpc[..], &["--grpc-token-file", file.to_str().unwrap()]].concat()).assert_done();
}

#[tokio::test]
async fn who_cannot_be_loaded_is_told_what_to_change() {
    let closed = Portico::with(&[("PORTICO_SIGNUP", "closed")]).await;
    short(closed.url(), &[]).assert_refused("PORTICO_SIGNUP=open");
    let silent = Portico::with(&[("PORTICO_DIALECTS", "clark")]).await;
    short(silent.url(), &[]).assert_refused("PORTICO_DIALECTS=all");
    let kept = Portico::with(&[("PORTICO_SELF_DELETE", "off")]).await;
    short(kept.url(), &[]).assert_refused("PORTICO_SELF_DELETE=on");
    assert_eq!(kept.database().count("accounts").await, 1, "the one to try it");
    let guarded = Portico::with(&[("PORTICO_REQUIRE_TWO_FACTOR", "everyone")]).await;
    short(guarded.url(), &[]).assert_refused("PORTICO_REQUIRE_TWO_FACTOR=off");
    let nobody = format!("http://127.0.0.1:{}", free_port());
    short(&nobody, &[]).assert_refused("Connection refused");
}

#[tokio::test]
async fn foreign_addresses_and_endless_loads_are_refused() {
    short("http://192.0.2.1:8000", &[]).assert_refused("--remote has the load go there all the same");
    let own = "http://127.0.0.1:8000";
    short(own, &["--grpc", "https://192.0.2.1"]).assert_refused("https://192.0.2.1 is neither this machine");
    short(own, &["--listen", "127.0.0.1:1"]).assert_refused("bench knows no settings");
    for more in [["--seconds", "301"], ["--seconds", "0"], ["--connections", "257"], ["--accounts", "0"]] {
        assert_eq!(bench(&[&[own], &more[..]].concat()).code, 2, "{more:?}");
    }
}

#[tokio::test]
async fn stopped_by_the_keyboard_it_tells_what_it_has_seen_and_leaves_no_account() {
    let portico = without_limits().await;
    let folder = tempfile::tempdir().unwrap();
    let child = bench_command(&folder, &[portico.url(), "--seconds", "300", "--connections", "2", "--accounts", "2"])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let start = Instant::now();
    // A log-in of the load itself: before it there is one of each account, at its sign-up, and of the one to try it.
    while portico.database().count("audit where door = 'django' and action = 'logged-in'").await <= 3 {
        assert!(start.elapsed() < Duration::from_secs(30), "no load");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(sent.unwrap().success());
    let output = child.wait_with_output().unwrap();
    let (out, complaint) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(1), "{complaint}");
    assert!(complaint.contains("stopped before its time"), "{complaint}");
    assert!(out.lines().last().unwrap().starts_with("all "), "{out}");
    assert_eq!(portico.database().count("accounts").await, 0);
}
