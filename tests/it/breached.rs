//! Leaked passwords: in the list that is part of the program, in a filter that the operator has built, and at a service
//! that answers for ranges of hashes.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use crate::api::Api;
use crate::support::{Answer, PASSWORD, Portico, Visitor};

const LEAKED: &str = "This password is in a list of leaked passwords. Choose another";

/// A password that no list has but those of these stories, and the beginning of its SHA-1.
const RARE: &str = "Nine Violet Teapots";
const RANGE: &str = "E9ED3";
const REST: &str = "4A77242802B461A0AE67482FB1AAF331271";

async fn sign_up(visitor: &Visitor, username: &str, password: &str) -> Answer {
    let email = format!("{username}@example.org");
    visitor.submit("/signup", &[("email", &*email), ("username", username), ("password", password)]).await
}

/// A filter of a list, built by the program.
fn built(portico: &Portico, list: &str) -> PathBuf {
    let [from, to] = ["list.txt", "list.filter"].map(|name| portico.folder().join(name));
    std::fs::write(&from, list).unwrap();
    let (from, out) = (from.to_str().unwrap(), to.to_str().unwrap());
    portico.run(&["passwords", "filter", "--from", from, "--out", out], "").assert_done();
    to
}

async fn with_filter(list: &str) -> Portico {
    let mut portico = Portico::start().await;
    let path = built(&portico, list);
    portico.set("PORTICO_BREACHED_FILE", path.to_str().unwrap());
    portico.restart().await;
    portico
}

#[tokio::test]
async fn each_guessable_password_is_refused_by_what_is_true_of_it() {
    let portico = Portico::start().await;
    let visitor = portico.visitor();
    for (password, words) in [
        ("iSeeDeadPeople", LEAKED),
        ("iseedeadpeople!1", "This is a leaked password with a few characters added, or repeated. Choose another"),
        ("              ", "This password is a simple pattern, which is guessed at once. Choose another"),
        (
            "ada-lovelace99",
            "Without your username, your email or the name of this site, too little is left of this password. Choose another",
        ),
    ] {
        sign_up(&visitor, "ada-lovelace", password).await.assert_status(422).assert_problem("password", words);
    }
}

#[tokio::test]
async fn passwords_of_the_operators_filter_are_refused_wherever_one_is_chosen() {
    let portico = with_filter("five quick lemurs\nNine Violet Teapots\n").await;
    let page = sign_up(&portico.visitor(), "ada", "nine violet TEAPOTS").await;
    page.assert_status(422).assert_problem("password", LEAKED);
    let ada = portico.member("ada").await;
    let change = [("current", PASSWORD), ("new", RARE)];
    ada.submit("/account/security/password", &change).await.assert_status(422).assert_problem("new", LEAKED);
    let set = portico.run(&["user", "set-password", "ada"], "nine violet teapots\n");
    set.assert_refused("the password is in a list of leaked passwords");
    portico.log_in("ada", PASSWORD).await;
}

#[tokio::test]
async fn a_filter_of_hashes_knows_each_password_as_it_is_spelled() {
    let portico = with_filter(&format!("0018A45C4D1DEF81644B54AB7F969B88D65FFFFF:3\r\n{RANGE}{REST}:17\r\n")).await;
    sign_up(&portico.visitor(), "ada", RARE).await.assert_problem("password", LEAKED);
    sign_up(&portico.visitor(), "ada", "nine violet teapots").await.assert_leads_to("/welcome");
}

#[tokio::test]
async fn who_logs_in_with_a_leaked_password_is_asked_for_another_until_there_is_one() {
    let portico = with_filter(&format!("{RARE}\n")).await;
    // The dialects keep their own old rules.
    let new = json!({"email": "ada@example.org", "full_name": "Ada", "password": RARE});
    Api::of(&portico).call("POST", "/api/users/register/", "", new).await.assert_status(200);
    let ada = portico.log_in("ada@example.org", RARE).await;
    let words = "This password is in a list of leaked passwords";
    assert!(ada.get("/account").await.gist().contains(words));
    let change = [("current", RARE), ("new", PASSWORD)];
    ada.submit("/account/security/password", &change).await.assert_leads_to("/account/security");
    assert!(!ada.get("/account").await.gist().contains(words));
    let again = portico.log_in("ada@example.org", PASSWORD).await;
    assert!(!again.get("/account").await.gist().contains(words));
}

#[tokio::test]
async fn what_is_no_filter_is_named_and_nothing_starts_with_it() {
    let portico = Portico::start().await;
    let path = portico.folder().join("other");
    let option = ["--breached-file", path.to_str().unwrap()];
    portico.run(&["user", "list", option[0], option[1]], "").assert_refused("No such file");
    std::fs::write(&path, "no filter at all, and long enough to be one").unwrap();
    portico.run(&["user", "list", option[0], option[1]], "").assert_refused("it is no filter");
    let told = portico.run(&["doctor", option[0], option[1]], "");
    assert!(told.out.contains("WRONG leaked passwords: PORTICO_BREACHED_FILE cannot be used"), "{}", told.out);
    let good = built(&portico, "one\ntwo\n");
    let told = portico.run(&["doctor", "--breached-file", good.to_str().unwrap()], "");
    assert!(
        told.out.contains("486734 leaked ones of the built-in list and 2 of PORTICO_BREACHED_FILE"),
        "{}",
        told.out
    );
}

#[tokio::test]
async fn lists_that_make_no_filter_leave_no_file() {
    let portico = Portico::start().await;
    let [from, to] = ["hashes.txt", "hashes.filter"].map(|name| portico.folder().join(name));
    std::fs::write(&from, format!("{RANGE}{REST}:17\n0018A45C4D1DEF81644B54AB7F969B88D65FFFFF:3\n")).unwrap();
    let arguments = ["passwords", "filter", "--from", from.to_str().unwrap(), "--out", to.to_str().unwrap()];
    portico.run(&arguments, "").assert_refused("line 2: hashes must be in ascending order");
    assert!(!to.exists());
}

/// A service with the range API, of which each question is kept.
async fn range_service(answer: String) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/range/", listener.local_addr().unwrap());
    let asked = Arc::new(Mutex::new(Vec::new()));
    let questions = Arc::clone(&asked);
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut question = Vec::new();
            while !question.ends_with(b"\r\n\r\n") {
                question.push(stream.read_u8().await.unwrap());
            }
            questions.lock().unwrap().push(String::from_utf8(question).unwrap());
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", answer.len());
            stream.write_all(format!("{head}{answer}").as_bytes()).await.unwrap();
        }
    });
    (url, asked)
}

#[tokio::test]
async fn a_range_service_is_told_five_digits_of_a_hash_and_its_answer_counts() {
    let (url, asked) = range_service(format!("00D4F6E8FA6EECAD2A3AA415EEC418D38EC:2\r\n{REST}:17\r\n")).await;
    let portico = Portico::with(&[("PORTICO_BREACHED_API", &url)]).await;
    sign_up(&portico.visitor(), "ada", RARE).await.assert_status(422).assert_problem("password", LEAKED);
    let question = asked.lock().unwrap().pop().unwrap().to_lowercase();
    assert!(question.starts_with(&format!("get /range/{} http/1.1\r\n", RANGE.to_lowercase())), "{question}");
    assert!(question.contains("add-padding: true\r\n"), "{question}");
    assert!(!question.contains(&REST.to_lowercase()), "{question}");
    sign_up(&portico.visitor(), "ada", PASSWORD).await.assert_leads_to("/welcome");
    let before = asked.lock().unwrap().len();
    sign_up(&portico.visitor(), "boris", "iseedeadpeople").await.assert_status(422);
    assert_eq!(asked.lock().unwrap().len(), before, "what the built-in list knows is asked nobody");
}

#[tokio::test]
async fn a_range_service_that_does_not_answer_keeps_no_user_out_and_the_log_tells_no_digits() {
    let taken = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/range/", taken.local_addr().unwrap());
    drop(taken);
    let portico = Portico::with(&[("PORTICO_BREACHED_API", &url)]).await;
    sign_up(&portico.visitor(), "ada", RARE).await.assert_leads_to("/welcome");
    let line = portico.logged("the service that knows leaked passwords does not answer").await;
    assert!(!line.contains(RANGE), "{line}");
}

#[tokio::test]
async fn strangers_have_a_range_service_asked_no_more_often_than_they_may() {
    let (url, asked) = range_service("00D4F6E8FA6EECAD2A3AA415EEC418D38EC:2\r\n".to_owned()).await;
    let mut portico = Portico::with(&[("PORTICO_BREACHED_API", &url)]).await;
    let visitor = portico.visitor();
    for _ in 0..70 {
        // No e-mail, so that no account is opened.
        visitor.submit("/signup", &[("username", "ada"), ("password", RARE)]).await.assert_status(422);
    }
    assert_eq!(asked.lock().unwrap().len(), 60);
    let invite = [("email", "ada@example.org"), ("username", "ada"), ("password", RARE)];
    visitor.submit("/invite/nonsense", &invite).await.assert_status(404);
    portico.set("PORTICO_SIGNUP", "closed");
    portico.restart().await;
    portico.visitor().submit("/signup", &invite).await.assert_status(403);
    portico.visitor().submit("/invite/nonsense", &invite).await.assert_status(404);
    assert_eq!(asked.lock().unwrap().len(), 60, "what opens no account asks nobody");
}
