//! Admins find people: the same ones on both databases, however their names are written.

use portico::accounts;
use portico::accounts::search::{Cursor, Page, Query, Sort, search};
use portico::app::App;
use portico::error::Error;
use portico::lookup;
use portico::model::search_key::{self, SearchTerms};
use portico::model::{Account, Actor, Status};

use crate::support::{Authenticator, Portico, app};

const PEOPLE: &str = "username,email,name,status,created_at,is_admin,email_verified_at
ada,ada@example.org,Ada Lovelace,active,2020-01-01,1,2020-01-01
istanbul,i@example.org,İstanbul Öztürk,active,2020-01-02,0,
strasse,,Jörg Straße,active,2020-01-03,0,
eleve,rene@example.com,René Élève,disabled,2020-01-04,0,
semyon,,Семён Ёлкин,active,2020-01-05,0,
mohammed,m@example.org,مُحَمَّد علي,active,2020-01-06,0,
rocket,,\u{1F680} Rocket\u{FE0F},active,2020-01-07,0,
percent,,100%_sure \\o/,active,2020-01-08,0,
quote,,\"Anne \"\"Nan\"\" O'Neill\",active,2020-01-09,0,
wei,,王伟,active,2020-01-10,0,
al,al@example.net,Al Bo,disabled,2020-01-10,0,
lukasz,,Łukasz Ørsted,active,2020-01-12,0,
";

async fn peopled(portico: &Portico) -> App {
    portico.run(&["import", "-", "--from", "csv"], PEOPLE).assert_done();
    app(portico).await
}

async fn found(app: &App, query: Query) -> Vec<String> {
    let found = search(app, &Actor::operator(), &query).await.unwrap();
    found.rows.iter().map(|row| row.account.username().unwrap().to_owned()).collect()
}

fn of(text: &str) -> Query {
    Query { text: text.to_owned(), sort: Sort::Oldest, ..Query::default() }
}

#[tokio::test]
async fn accounts_older_than_the_directory_are_entered_at_the_next_start() {
    let mut portico = Portico::start().await;
    peopled(&portico).await;
    portico.kill();
    portico.database().execute("delete from directory").await;
    portico.restart().await;
    let app = app(&portico).await;
    assert_eq!(found(&app, of("lovelace")).await, ["ada"]);
    assert_eq!(portico.database().count("directory").await, 12);
}

#[tokio::test]
async fn people_are_found_however_their_names_are_written() {
    let portico = Portico::start().await;
    let app = peopled(&portico).await;
    for (text, expected) in [
        ("ISTANBUL", vec!["istanbul"]),
        ("ozturk", vec!["istanbul"]),
        ("STRASSE", vec!["strasse"]),
        ("straße", vec!["strasse"]),
        ("élé", vec!["eleve"]),
        ("eleve", vec!["eleve"]),
        ("елкин", vec!["semyon"]),
        ("ЁЛКИН семен", vec!["semyon"]),
        ("محمد", vec!["mohammed"]),
        ("🚀", vec!["rocket"]),
        ("%", vec![]),
        ("100%_", vec!["percent"]),
        ("%_s", vec!["percent"]),
        ("\\", vec!["percent"]),
        ("\"nan\"", vec!["quote"]),
        ("o'neill", vec!["quote"]),
        ("' or 1=1 --", vec![]),
        ("王", vec!["wei"]),
        ("王伟", vec!["wei"]),
        ("lukasz orsted", vec!["lukasz"]),
        ("example.org", vec!["ada", "istanbul", "mohammed"]),
        ("a", vec!["ada", "quote", "al"]),
        ("al", vec!["al"]),
        ("lac", vec!["ada"]),
        ("la", vec![]),
        ("ada lovelace example", vec!["ada"]),
        ("ada bob", vec![]),
        ("zzz", vec![]),
    ] {
        let mut expected = expected;
        let mut names = found(&app, of(text)).await;
        expected.sort_unstable();
        names.sort_unstable();
        assert_eq!(names, expected, "{text}");
    }
}

#[tokio::test]
async fn a_name_in_full_stands_on_top_and_an_id_or_its_beginning_is_found() {
    let portico = Portico::start().await;
    let app = peopled(&portico).await;
    assert_eq!(found(&app, Query { sort: Sort::Newest, ..of("@AL") }).await[0], "al");
    assert_eq!(found(&app, of("al@example.net")).await, ["al"]);
    let id = lookup::named(&app, "ada").await.unwrap().id.to_string();
    assert_eq!(found(&app, of(&id)).await, ["ada"]);
    assert_eq!(found(&app, of(&id[..13])).await, ["ada"]);
    assert_eq!(found(&app, of(&id.to_uppercase())).await, ["ada"]);
    assert_eq!(found(&app, Query { status: Some(Status::Disabled), ..of(&id) }).await, Vec::<String>::new());
    let counted = search(&app, &Actor::operator(), &of(&id)).await.unwrap();
    assert_eq!((counted.all.number, counted.active.number, counted.disabled.number), (1, 1, 0));
}

#[tokio::test]
async fn filters_orders_and_counts_go_together() {
    let portico = Portico::start().await;
    let app = peopled(&portico).await;
    let disabled = Query { status: Some(Status::Disabled), sort: Sort::Name, ..Query::default() };
    assert_eq!(found(&app, disabled.clone()).await, ["al", "eleve"]);
    let counted = search(&app, &Actor::operator(), &disabled).await.unwrap();
    assert_eq!((counted.all.number, counted.active.number, counted.disabled.number), (12, 10, 2));
    assert!(counted.all.exact && counted.active.exact && counted.disabled.exact);
    assert_eq!(found(&app, Query { admins: Some(true), ..Query::default() }).await, ["ada"]);
    let unconfirmed = Query { unconfirmed: true, sort: Sort::NameBackwards, ..Query::default() };
    assert_eq!(found(&app, unconfirmed).await, ["mohammed", "eleve", "istanbul", "al"]);
    let both = Query { status: Some(Status::Disabled), ..of("example") };
    assert_eq!(found(&app, both.clone()).await, ["eleve", "al"]);
    let counted = search(&app, &Actor::operator(), &both).await.unwrap();
    assert_eq!((counted.all.number, counted.active.number, counted.disabled.number), (5, 3, 2));
}

#[tokio::test]
async fn accounts_are_filtered_by_second_factor() {
    let portico = Portico::start().await;
    let mira = portico.admin("mira").await;
    let ada = portico.member("ada").await;
    portico.member("bob").await;
    let listed = async |query: &str| mira.get(&format!("/admin/users?{query}")).await.texts("tbody th a bdi");
    assert_eq!(listed("two-factor=on").await, Vec::<String>::new());
    Authenticator::turn_on(&portico, &ada).await;
    assert_eq!(listed("two-factor=on").await, ["ada"]);
    assert_eq!(listed("two-factor=on&q=ada").await, ["ada"]);
    assert_eq!(listed("two-factor=on&q=bob").await, Vec::<String>::new());
    assert_eq!(listed("two-factor=off&sort=name").await, ["bob", "mira"]);
    let page = mira.get("/admin/users?two-factor=on").await;
    assert_eq!(page.attribute("#two-factor option[selected]", "value"), "on");
    assert!(page.attribute("thead a", "href").contains("two-factor=on"), "sorting keeps the filter");
    assert_eq!(page.texts("tbody td.not-s")[1], "On");
    portico.run(&["user", "remove-factors", "ada", "--reason", "Lost"], "").assert_done();
    assert_eq!(listed("two-factor=on").await, Vec::<String>::new());
}

#[tokio::test]
async fn what_changes_is_found_as_it_is_now() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    let app = app(&portico).await;
    assert_eq!(found(&app, of("ada")).await, ["ada"]);
    let form = [("name", "Augusta King"), ("username", "augusta")];
    ada.submit("/account/profile", &form).await;
    assert_eq!(found(&app, of("king")).await, ["augusta"]);
    assert_eq!(found(&app, of("gusta augu")).await, ["augusta"]);
    assert_eq!(found(&app, of("ada@ex")).await, ["augusta"]);
    portico.run(&["user", "disable", "augusta"], "").assert_done();
    assert_eq!(found(&app, Query { status: Some(Status::Disabled), ..Query::default() }).await, ["augusta"]);
    portico.run(&["user", "delete", "augusta"], "").assert_done();
    assert_eq!(found(&app, of("king")).await, Vec::<String>::new());
    assert_eq!(found(&app, Query::default()).await, Vec::<String>::new());
}

#[tokio::test]
async fn pages_follow_one_another_in_every_order_and_lose_no_account() {
    let portico = Portico::start().await;
    portico.run(&["seed", "--users", "120"], "").assert_done();
    let app = app(&portico).await;
    let all = lookup::list(&app, None, 1_000).await.unwrap();
    for text in ["", "ma", "example", "an"] {
        for sort in [Sort::Newest, Sort::Oldest, Sort::Name, Sort::NameBackwards] {
            for status in [None, Some(Status::Active), Some(Status::Disabled)] {
                let expected = expected(&all, text, sort, status);
                let query = Query { text: text.to_owned(), sort, status, limit: 7, ..Query::default() };
                let mut pages = vec![search(&app, &Actor::operator(), &query).await.unwrap()];
                while let Some(next) = pages.last().unwrap().next.clone() {
                    // As it stands in an address.
                    let next = Cursor::parse(&next.text()).unwrap();
                    let query = Query { page: Page::After(next), ..query.clone() };
                    pages.push(search(&app, &Actor::operator(), &query).await.unwrap());
                }
                let ids =
                    |found: &accounts::search::Found| found.rows.iter().map(|row| row.account.id).collect::<Vec<_>>();
                let read: Vec<_> = pages.iter().flat_map(ids).collect();
                assert_eq!(
                    read,
                    expected.iter().map(|account| account.id).collect::<Vec<_>>(),
                    "{text} {sort:?} {status:?}"
                );
                for two in pages.windows(2) {
                    let back = Query { page: Page::Before(two[1].previous.clone().unwrap()), ..query.clone() };
                    let back = search(&app, &Actor::operator(), &back).await.unwrap();
                    assert_eq!(ids(&back), ids(&two[0]), "{text} {sort:?} {status:?}");
                    assert_eq!(back.previous.is_some(), two[0].previous.is_some());
                    assert!(back.next.is_some());
                }
                assert!(pages[0].previous.is_none());
            }
        }
    }
    for bad in ["", "!", "AAAA", &"A".repeat(40)] {
        assert_eq!(Cursor::parse(bad).map(|cursor| cursor.text()), None, "{bad}");
    }
}

/// What a search of all accounts finds.
fn expected<'a>(all: &'a [Account], text: &str, sort: Sort, status: Option<Status>) -> Vec<&'a Account> {
    let needles = SearchTerms::parse(text);
    let mut found: Vec<&Account> = all
        .iter()
        .filter(|account| needles.match_key(&search_key::key(account)))
        .filter(|account| status.is_none_or(|status| account.status == status))
        .collect();
    match sort {
        Sort::Newest | Sort::Oldest => found.sort_by_key(|account| (account.created_at, account.id)),
        Sort::Name | Sort::NameBackwards => found.sort_by_key(|account| (search_key::sort_key(account), account.id)),
    }
    if matches!(sort, Sort::Newest | Sort::NameBackwards) {
        found.reverse();
    }
    found
}

#[tokio::test]
async fn no_user_but_an_admin_searches() {
    let portico = Portico::start().await;
    portico.member("ada").await;
    let app = app(&portico).await;
    let ada = lookup::named(&app, "ada").await.unwrap();
    let by = Actor::account(ada.id, portico::model::Door::Pages, None);
    assert!(matches!(search(&app, &by, &Query::default()).await, Err(Error::Forbidden)));
    portico.run(&["user", "promote", "ada"], "").assert_done();
    assert_eq!(search(&app, &by, &Query::default()).await.unwrap().rows.len(), 1);
}

#[tokio::test]
async fn a_list_says_when_a_user_was_last_seen() {
    let portico = Portico::start().await;
    portico.member("ada").await;
    portico.run(&["user", "create", "--username", "bob"], "purple otter in the rain\n").assert_done();
    let app = app(&portico).await;
    let found = search(&app, &Actor::operator(), &Query { sort: Sort::Name, ..Query::default() }).await.unwrap();
    let seen: Vec<bool> = found.rows.iter().map(|row| row.last_seen.is_some()).collect();
    assert_eq!(seen, [true, false]);
}
