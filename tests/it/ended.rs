//! What ends, ends: whatever is under way when everything of an account is ended opens nothing afterwards.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::future::join_all;
use hyper::Method;
use portico::accounts::change::{Change, change};
use portico::accounts::{self, devices, password_reset, status};
use portico::app::App;
use portico::error;
use portico::logins::end::Ended;
use portico::lookup;
use portico::model::password::Password;
use portico::model::{Account, Actor, Door, Status};
use serde_json::{Value, json};

use crate::support::{Answer, Database, PASSWORD, Portico, Visitor, app};

const NEW: &str = "eight brave herons";

const FREE: [(&str, &str); 1] = [("PORTICO_RATE_LIMITS", "off")];

async fn account(app: &App, name: &str) -> Account {
    lookup::by_username(app, name).await.unwrap().expect("the account is there")
}

/// What ends everything.
#[derive(Clone, Copy, Debug)]
enum Act {
    ChangePassword,
    Link,
    EndAll,
    DisableAndEnable,
    DeleteAndOpenAnew,
}

const ACTS: [Act; 5] = [Act::ChangePassword, Act::Link, Act::EndAll, Act::DisableAndEnable, Act::DeleteAndOpenAnew];

impl Act {
    /// Does it to `ada`, who then has the password that it gives.
    async fn perform(self, app: &App, ada: &Visitor, password: &'static str) -> &'static str {
        let (operator, id) = (Actor::operator(), account(app, "ada").await.id);
        let new = if password == PASSWORD { NEW } else { PASSWORD };
        match self {
            Act::ChangePassword => {
                let form = [("current", password), ("new", new)];
                ada.submit("/account/security/password", &form).await.assert_leads_to("/account/security");
                new
            }
            Act::Link => {
                let link = password_reset::make(app, &operator, id, password_reset::LIFETIMES[0]).await.unwrap();
                let path = format!("/password/reset/{}", link.token);
                ada.stranger().submit(&path, &[("password", new)]).await.assert_leads_to("/login");
                new
            }
            Act::EndAll => {
                let _: Ended = devices::end_others(app, &operator, id, None).await.unwrap();
                password
            }
            Act::DisableAndEnable => {
                status::set(app, &operator, id, Status::Disabled).await.unwrap();
                status::set(app, &operator, id, Status::Active).await.unwrap();
                password
            }
            Act::DeleteAndOpenAnew => {
                accounts::remove::remove(app, &operator, id).await.unwrap();
                let form = [("email", "ada@example.org"), ("username", "ada"), ("password", PASSWORD)];
                ada.stranger().submit("/signup", &form).await.assert_leads_to("/welcome");
                PASSWORD
            }
        }
    }
}

/// Repeats what `one` does until `act` is done, several at a time, with at least one before and one after it.
async fn meanwhile<T, F: Future<Output = T>>(several: usize, one: impl Fn(usize) -> F, act: impl Future<Output = ()>) {
    let (begun, done) = (AtomicBool::new(false), AtomicBool::new(false));
    let repeat = |place: usize| {
        let (one, begun, done) = (&one, &begun, &done);
        async move {
            while !done.load(Ordering::Relaxed) {
                one(place).await;
                begun.store(true, Ordering::Relaxed);
            }
        }
    };
    let act = async {
        while !begun.load(Ordering::Relaxed) {
            tokio::task::yield_now().await;
        }
        act.await;
        done.store(true, Ordering::Relaxed);
    };
    tokio::join!(join_all((0..several).map(repeat)), act);
}

async fn is_in(visitor: &Visitor) -> bool {
    visitor.get("/account").await.status == 200
}

#[tokio::test]
async fn no_session_outlives_an_end_by_proving_itself_meanwhile() {
    let portico = Portico::with(&FREE).await;
    portico.member("ada").await;
    let app = app(&portico).await;
    let mut password = PASSWORD;
    for round in 0..2 {
        for act in ACTS {
            let ada = portico.log_in("ada", password).await;
            let thieves = join_all((0..3).map(|_| portico.log_in("ada", password))).await;
            let proof = [("password", password)];
            let next = &mut password;
            let act_on = async { *next = act.perform(&app, &ada, next).await };
            meanwhile(6, |place| thieves[place % 3].submit("/reauth", &proof), act_on).await;
            let left = join_all(thieves.iter().map(is_in)).await;
            assert_eq!(left, [false; 3], "{act:?}, round {round}");
        }
    }
}

#[tokio::test]
async fn a_browser_that_changes_its_password_stays_in_whatever_else_it_does_meanwhile() {
    let portico = Portico::with(&FREE).await;
    let ada = portico.member("ada").await;
    let copy = ada.copy();
    ada.submit("/account/security/password", &[("current", PASSWORD), ("new", NEW)]).await.assert_status(303);
    assert!(is_in(&ada).await);
    assert!(!is_in(&copy).await, "its old id is good no more");
    // The proof that the change asked for counts as one.
    ada.submit("/account/data/download", &[]).await.assert_status(200);
    ada.submit("/account/security/sessions/others", &[]).await.assert_leads_to("/account/security");
    assert!(is_in(&ada).await);
}

#[tokio::test]
async fn an_act_of_a_log_in_that_ends_meanwhile_is_refused() {
    let portico = Portico::with(&FREE).await;
    let ada = portico.member("ada").await;
    let told = "accounts where notify_devices";
    for (path, form) in [
        ("/account/security/notices", &[][..]),
        ("/account/security/two-factor/browsers", &[]),
        ("/account/security/sessions/others", &[]),
    ] {
        let ada = if is_in(&ada).await { ada.copy() } else { portico.log_in("ada", PASSWORD).await };
        let before = portico.database().count(told).await;
        let mut other = portico.database().begin().await;
        other.execute("update accounts set generation = generation + 1").await;
        // What has not begun by then sees no session at all.
        let ends = async {
            tokio::time::sleep(Duration::from_millis(300)).await;
            other.commit().await;
        };
        let (answer, ()) = tokio::join!(ada.submit(path, form), ends);
        assert!([401, 403].contains(&answer.status), "{path}: {}", answer.status);
        assert_eq!(portico.database().count(told).await, before, "{path}");
    }
}

/// A program's way in: where it logs in, and what stands in the answer.
async fn program(visitor: &Visitor, password: &str) -> Option<Value> {
    let body = json!({ "email": "ada@example.org", "password": password }).to_string();
    let headers = [("content-type", "application/json")];
    let answer = visitor.ask(Method::POST, "/api/users/login", &headers, body.into()).await;
    (answer.status == 200).then(|| serde_json::from_slice(&answer.body).unwrap())
}

async fn refresh(visitor: &Visitor, token: &str) -> Answer {
    let body = json!({ "refresh": token }).to_string();
    visitor.ask(Method::POST, "/api/users/refresh", &[("content-type", "application/json")], body.into()).await
}

async fn opens(visitor: &Visitor, tokens: &Value) -> bool {
    let access = format!("JWT {}", tokens["access"].as_str().unwrap());
    let me = visitor.get_with("/api/users/me", &[("authorization", &access)]).await;
    me.status == 200 || refresh(visitor, tokens["refresh"].as_str().unwrap()).await.status < 400
}

#[tokio::test]
async fn no_program_gets_in_with_a_password_that_was_changed_while_it_logged_in() {
    let portico = Portico::with(&FREE).await;
    let ada = portico.member("ada").await;
    let app = app(&portico).await;
    let mut password = PASSWORD;
    for act in [Act::ChangePassword, Act::Link, Act::ChangePassword, Act::Link] {
        let ada = if let Act::ChangePassword = act { portico.log_in("ada", password).await } else { ada.stranger() };
        let (old, granted) = (password, std::sync::Mutex::new(Vec::new()));
        let log_in = |_| async {
            let tokens = program(&portico.visitor(), old).await;
            granted.lock().unwrap().extend(tokens);
        };
        let next = &mut password;
        meanwhile(4, log_in, async { *next = act.perform(&app, &ada, old).await }).await;
        let granted = granted.into_inner().unwrap();
        assert!(!granted.is_empty());
        for tokens in granted {
            assert!(!opens(&portico.visitor(), &tokens).await, "{act:?}");
        }
    }
}

#[tokio::test]
async fn no_program_goes_on_by_refreshing_while_everything_ends() {
    let portico = Portico::with(&FREE).await;
    portico.member("ada").await;
    let app = app(&portico).await;
    let mut password = PASSWORD;
    for act in ACTS {
        let ada = portico.log_in("ada", password).await;
        let held = join_all((0..4).map(|_| async { program(&portico.visitor(), password).await.unwrap() })).await;
        let held: Vec<_> = held.into_iter().map(tokio::sync::Mutex::new).collect();
        let go_on = |place: usize| {
            let (held, visitor) = (&held[place], portico.visitor());
            async move {
                let mut held = held.lock().await;
                let answer = refresh(&visitor, held["refresh"].as_str().unwrap()).await;
                if answer.status < 400 {
                    *held = serde_json::from_slice(&answer.body).unwrap();
                }
            }
        };
        let next = &mut password;
        meanwhile(4, go_on, async { *next = act.perform(&app, &ada, next).await }).await;
        for tokens in held {
            assert!(!opens(&portico.visitor(), &tokens.into_inner()).await, "{act:?}");
        }
    }
}

#[tokio::test]
async fn a_password_reset_ends_with_everything_else() {
    let portico = Portico::with(&FREE).await;
    portico.member("ada").await;
    let app = app(&portico).await;
    let mut password = PASSWORD;
    for act in ACTS {
        let id = account(&app, "ada").await.id;
        let link = password_reset::make(&app, &Actor::operator(), id, password_reset::LIFETIMES[0]).await.unwrap();
        password = act.perform(&app, &portico.log_in("ada", password).await, password).await;
        let path = format!("/password/reset/{}", link.token);
        portico.visitor().submit(&path, &[("password", "nine silent owls")]).await.assert_status(404);
        portico.log_in("ada", password).await;
    }
}

#[tokio::test]
async fn what_an_ended_log_in_has_under_way_changes_nothing() {
    let portico = Portico::with(&FREE).await;
    portico.admin("ada").await;
    portico.member("bob").await;
    let app = app(&portico).await;
    let before = account(&app, "ada").await;
    let bob = account(&app, "bob").await.id;
    devices::end_others(&app, &Actor::operator(), before.id, None).await.unwrap();
    let by = Actor::logged_in(&before, Door::Dialect("fastapi"), None);
    let wanted = Change { password: Password::typed(NEW.to_owned()).ok(), ..Change::default() };
    for refused in [
        change(&app, &by, before.id, wanted).await.map(|_| ()),
        accounts::remove::remove(&app, &by, before.id).await,
        accounts::remove::remove(&app, &by, bob).await,
        status::set(&app, &by, bob, Status::Disabled).await.map(|_| ()),
        devices::end_others(&app, &by, before.id, None).await.map(|_| ()),
    ] {
        assert!(matches!(refused, Err(error::Error::Forbidden)), "{refused:?}");
    }
    portico.log_in("ada", PASSWORD).await;
    portico.log_in("bob", PASSWORD).await;
}

#[tokio::test]
async fn a_device_that_a_list_names_ends_although_its_owner_has_proved_themselves_since() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    let phone = portico.log_in("ada", PASSWORD).await;
    let listed = ada.get("/account/security").await.attributes("[name=session]", "value");
    phone.submit("/reauth", &[("password", PASSWORD)]).await.assert_leads_to("/account");
    ada.submit("/account/security/sessions", &[("session", &listed[0])]).await.assert_status(303);
    assert!(!is_in(&phone).await);
}

#[tokio::test]
async fn behind_https_the_cookie_is_cleared_as_it_was_set() {
    let portico = Portico::with(&[("PORTICO_PUBLIC_URL", "https://accounts.example.org")]).await;
    let ada = portico.member("ada").await;
    let answer = ada.submit("/logout", &[]).await;
    let lines: Vec<_> = answer.headers.get_all("set-cookie").iter().map(|line| line.to_str().unwrap()).collect();
    let cleared = lines.iter().find(|line| line.starts_with("__Host-portico=;")).expect("it is cleared");
    for attribute in ["Secure", "HttpOnly", "Path=/", "SameSite=Lax", "Max-Age=0"] {
        assert!(cleared.split("; ").any(|part| part == attribute), "{cleared}");
    }
    let flash = ada.get("/login").await;
    let cleared = flash.cookie("__Host-portico-flash");
    assert_eq!((cleared.value(), cleared.secure(), cleared.path()), ("", Some(true), Some("/")));
}

/// A sequence that is the same for a seed, wherever it runs (SplitMix64).
struct Chance(u64);

impl Chance {
    fn below(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % most as u64).unwrap()
    }
}

/// The tokens of a program that logs in with an app password, which a browser with a session makes first.
async fn program_of_its_own(door: &Visitor, password: &str) -> Option<Value> {
    let browser = door.stranger();
    browser.submit("/login", &[("login", "ada"), ("password", password)]).await;
    let page = browser.submit("/account/app-passwords", &[("label", "Script"), ("expires", "")]).await;
    if page.status == 201 { program(door, &page.one("#secret")).await } else { None }
}

/// Everything that was ever handed out, and what of it may still open something.
#[derive(Default)]
struct Handed {
    browsers: Vec<Visitor>,
    programs: Vec<Value>,
    /// Those that were good before everything ended: never again.
    old_browsers: Vec<Visitor>,
    old_programs: Vec<Value>,
}

impl Handed {
    fn end(&mut self) {
        self.old_browsers.append(&mut self.browsers);
        self.old_programs.append(&mut self.programs);
    }

    /// All of it, or what has ended since there was so much of it.
    async fn assert_ended(&self, (browsers, programs): (usize, usize), door: &Visitor, when: &str) {
        let browsers = join_all(self.old_browsers[browsers..].iter().map(is_in)).await;
        assert!(!browsers.contains(&true), "a session outlives {when}");
        let programs = join_all(self.old_programs[programs..].iter().map(|tokens| opens(door, tokens))).await;
        assert!(!programs.contains(&true), "a token outlives {when}");
    }

    fn ended(&self) -> (usize, usize) {
        (self.old_browsers.len(), self.old_programs.len())
    }
}

#[tokio::test]
async fn nothing_that_was_handed_out_under_an_older_generation_opens_anything_ever() {
    for seed in [1, 20_261_128, 0xdead_beef] {
        println!("seed {seed}");
        schedule(seed).await;
    }
}

/// A dozen turns of log-ins, proofs and refreshes, each beside something that ends it all, or nothing.
async fn schedule(seed: u64) {
    let portico = Portico::with(&FREE).await;
    let twin = match portico.database() {
        Database::Postgres { .. } => Some(portico.twin().await),
        Database::Sqlite(_) => None,
    };
    portico.member("ada").await;
    let app = app(&portico).await;
    let doors = [portico.visitor(), twin.as_ref().unwrap_or(&portico).visitor()];
    let (mut chance, mut handed, mut password) = (Chance(seed), Handed::default(), PASSWORD);
    for turn in 0..12 {
        let (when, ended) = (format!("turn {turn} of seed {seed}"), handed.ended());
        // Who acts has a session of their own, which is neither a thief's nor counted.
        let actor = doors[chance.below(2)].stranger();
        actor.submit("/login", &[("login", "ada"), ("password", password)]).await.assert_leads_to("/account");
        let act = ACTS.get(chance.below(ACTS.len() + 3)).copied();
        let ways: Vec<_> = (0..6).map(|_| (chance.below(5), doors[chance.below(2)].stranger())).collect();
        let picks: Vec<_> = (0..6).map(|_| chance.below(64)).collect();
        let proofs: Vec<_> = picks.iter().filter_map(|pick| pick_of(&handed.browsers, *pick)).collect();
        let refreshes: Vec<_> = picks.iter().filter_map(|pick| pick_of(&handed.programs, *pick)).collect();
        let log_ins = join_all(ways.iter().map(|(way, door)| async move {
            let form = [("login", "ada"), ("password", password)];
            match way {
                0 | 1 => {
                    let answer = door.submit("/login", &form).await;
                    (answer.status == 303).then(|| (Some(door.clone()), None))
                }
                2 => program(door, password).await.map(|tokens| (None, Some(tokens))),
                3 => program_of_its_own(door, password).await.map(|tokens| (None, Some(tokens))),
                _ => None,
            }
        }));
        let proofs = join_all(proofs.into_iter().map(|browser: Visitor| async move {
            browser.submit("/reauth", &[("password", password)]).await;
        }));
        let refreshes = join_all(refreshes.into_iter().map(|tokens: Value| {
            let door = doors[0].stranger();
            async move {
                let answer = refresh(&door, tokens["refresh"].as_str().unwrap()).await;
                (answer.status < 400).then(|| serde_json::from_slice::<Value>(&answer.body).unwrap())
            }
        }));
        let ends = async {
            match act {
                Some(act) => Some(act.perform(&app, &actor, password).await),
                None => None,
            }
        };
        let (new, _, refreshed, next) = tokio::join!(log_ins, proofs, refreshes, ends);
        handed.programs.extend(refreshed.into_iter().flatten());
        let (browsers, programs): (Vec<_>, Vec<_>) = new.into_iter().flatten().unzip();
        let is_changed = next.is_some_and(|next| next != password);
        if next.is_some() && !is_changed {
            // Those that came in beside it may be of either side of it.
            handed.end();
        }
        handed.browsers.extend(browsers.into_iter().flatten());
        handed.programs.extend(programs.into_iter().flatten());
        if is_changed {
            handed.end();
        }
        password = next.unwrap_or(password);
        handed.assert_ended(ended, &doors[turn % 2], &when).await;
    }
    finish(&portico, &app, &mut handed, &doors, seed).await;
}

fn pick_of<T: Clone>(all: &[T], pick: usize) -> Option<T> {
    (!all.is_empty()).then(|| all[pick % all.len()].clone())
}

/// Everything ends once more, the account is disabled and enabled, deleted, and opened anew.
async fn finish(portico: &Portico, app: &App, handed: &mut Handed, doors: &[Visitor; 2], seed: u64) {
    let id = account(app, "ada").await.id;
    devices::end_others(app, &Actor::operator(), id, None).await.unwrap();
    handed.end();
    assert!(!handed.old_browsers.is_empty() && !handed.old_programs.is_empty());
    for status in [Status::Disabled, Status::Active] {
        status::set(app, &Actor::operator(), id, status).await.unwrap();
        handed.assert_ended((0, 0), &doors[0], &format!("the end of seed {seed}, {status:?}")).await;
    }
    accounts::remove::remove(app, &Actor::operator(), id).await.unwrap();
    portico.member("ada").await;
    handed.assert_ended((0, 0), &doors[1], &format!("the account of seed {seed}")).await;
}

/// As many more rows of a table as given, like those that are there but for the columns of `own`.
async fn multiply(database: &Database, table: &str, like: &str, own: &str, values: [&str; 2], count: u32) {
    let (numbers, value) = match database {
        Database::Sqlite(_) => {
            (format!("with recursive n(i) as (select 1 union all select i + 1 from n where i < {count})"), values[0])
        }
        Database::Postgres { .. } => (format!("with n(i) as (select generate_series(1, {count}))"), values[1]),
    };
    let sql = format!("{numbers} insert into {table} ({own}, {like}) select {value}, {like} from {table}, n");
    assert_eq!(database.execute(&sql).await, u64::from(count), "{table}");
}

#[tokio::test]
async fn an_account_is_logged_in_on_a_bounded_number_of_devices() {
    let portico = Portico::with(&FREE).await;
    let ada = portico.member("ada").await;
    program(&portico.visitor(), PASSWORD).await.unwrap();
    let (database, app) = (portico.database(), app(&portico).await);
    let common = "account_id, generation, device, address, created_at, seen_at, expires_at";
    let family = format!("{common}, door, issued_at");
    multiply(database, "token_families", &family, "id", ["randomblob(16)", "gen_random_uuid()"], 11_500).await;
    let session = format!("{common}, data, amr, authenticated_at, remembered, ends_at");
    let own = [
        "randomblob(32), randomblob(16)",
        "sha256(cast(cast(i as text) as bytea)), sha256(cast(cast(i as text) as bytea))",
    ];
    multiply(database, "sessions", &session, "id, handle", own, 10_100).await;

    // Both are used after the others, which is noted.
    portico.advance(Duration::from_mins(6));
    let last = program(&portico.visitor(), PASSWORD).await.unwrap();
    ada.get("/account").await.assert_status(200);
    accounts::expire::expire(&app).await.unwrap();
    assert_eq!(database.count("token_families").await, 10_000);
    assert_eq!(database.count("sessions").await, 10_000);
    assert!(opens(&portico.visitor(), &last).await);
    assert!(is_in(&ada).await);
}
