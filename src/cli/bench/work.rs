//! The kinds of work: what is asked, what must be answered, and how often each comes.

use reqwest::StatusCode;
use reqwest::header::{AUTHORIZATION, COOKIE};

use super::account::Account;
use super::client::{Client, Fault, send};
use super::grpc::Caller;

/// How often one file may lead to another: as often as pictures may be uploaded while one is asked for.
const REDIRECTS: usize = 3;

/// A kind of work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// The profile page with a session.
    Page,
    /// Whose a token is.
    Me,
    /// An avatar by the account's id.
    Avatar,
    /// A file of a picture.
    Media,
    /// The RPC `Info`.
    Info,
    /// A log-in for a token: a password is hashed.
    LogIn,
    /// A picture: it is decoded, scaled and stored.
    Upload,
}

impl Kind {
    /// All of them, in the order of the report.
    pub(super) const ALL: [Kind; 7] =
        [Kind::Page, Kind::Me, Kind::Avatar, Kind::Media, Kind::Info, Kind::LogIn, Kind::Upload];

    /// What the report calls it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Kind::Page => "page",
            Kind::Me => "me",
            Kind::Avatar => "avatar",
            Kind::Media => "media",
            Kind::Info => "grpc_info",
            Kind::LogIn => "log_in",
            Kind::Upload => "upload",
        }
    }

    /// How many of five hundred requests are of this kind.
    fn weight(self) -> usize {
        match self {
            Kind::Page => 200,
            Kind::Me => 100,
            Kind::Avatar | Kind::Media => 72,
            Kind::Info => 50,
            Kind::LogIn => 5,
            Kind::Upload => 1,
        }
    }
}

/// The order in which the kinds come.
pub(super) struct Schedule {
    kinds: Vec<Kind>,
    turn: Vec<Kind>,
}

impl Schedule {
    /// Of all kinds, or all but gRPC.
    pub(super) fn new(with_grpc: bool) -> Schedule {
        let kinds: Vec<Kind> = Kind::ALL.into_iter().filter(|kind| with_grpc || *kind != Kind::Info).collect();
        let all: usize = kinds.iter().map(|kind| kind.weight()).sum();
        let mut places: Vec<(usize, Kind)> = kinds
            .iter()
            .flat_map(|kind| {
                let weight = kind.weight();
                // The same distance between any two of a kind; the first half of it before the first.
                (0..weight).map(move |each| ((2 * each + 1) * all * 1_000 / (2 * weight), *kind))
            })
            .collect();
        places.sort_by_key(|(place, _)| *place);
        Schedule { kinds, turn: places.into_iter().map(|(_, kind)| kind).collect() }
    }

    /// The kind of a request by its number. Each kind comes once at first: the shortest load tells of them all.
    pub(super) fn kind(&self, number: usize) -> Kind {
        match number.checked_sub(self.kinds.len()) {
            None => self.kinds[number],
            Some(later) => self.turn[later % self.turn.len()],
        }
    }

    /// Which of so many accounts a request is about: of each kind another one the next time.
    pub(super) fn account(&self, number: usize, count: usize) -> usize {
        (number + number / self.turn.len()) % count
    }
}

/// Does one piece of work, and looks at the answer.
pub(super) async fn perform(
    kind: Kind,
    client: &Client,
    caller: Option<&Caller>,
    account: &Account,
) -> Result<(), Fault> {
    match kind {
        Kind::Page => page(client, account).await,
        Kind::Me => me(client, account).await,
        Kind::Avatar => image(client, &format!("/avatar/{}?s=64", account.id())).await,
        Kind::Media => image(client, &account.file()).await,
        Kind::Info => match caller {
            Some(caller) => caller.info(&account.email).await,
            None => Ok(()),
        },
        Kind::LogIn => account.log_in(client).await,
        Kind::Upload => account.upload(client).await,
    }
}

/// The profile page, on which the account's own name stands.
pub(super) async fn page(client: &Client, account: &Account) -> Result<(), Fault> {
    let request = client.get("/account/profile").header(COOKIE, account.cookies());
    let answer = send(request).await?.expect(StatusCode::OK)?;
    let text = String::from_utf8_lossy(&answer.body);
    if text.contains(&account.name) { Ok(()) } else { Err(Fault::wrong("the page of another account")) }
}

async fn me(client: &Client, account: &Account) -> Result<(), Fault> {
    let request = client.get("/api/users/me").header(AUTHORIZATION, account.authorization());
    let answer = send(request).await?.expect(StatusCode::OK)?;
    let [email] = answer.texts(["email"])?;
    if email == account.email { Ok(()) } else { Err(Fault::wrong(format!("{email} in place of {}", account.email))) }
}

/// A picture's file; one that was replaced leads to the next.
async fn image(client: &Client, path: &str) -> Result<(), Fault> {
    let mut path = path.to_owned();
    for _ in 0..=REDIRECTS {
        let answer = send(client.get(&path)).await?;
        match (answer.status, answer.header("location")) {
            (StatusCode::FOUND, next) if next.starts_with("/media/") => path = next.to_owned(),
            // The store's own address, which is no business of this server.
            (StatusCode::FOUND, next) if path.starts_with("/media/") && !next.is_empty() => return Ok(()),
            _ if answer.header("content-type").starts_with("image/") => {
                let answer = answer.expect(StatusCode::OK)?;
                return if answer.body.is_empty() { Err(Fault::wrong("an empty picture")) } else { Ok(()) };
            }
            _ => return Err(answer.fault()),
        }
    }
    Err(Fault::wrong(format!("{path} leads on and on")))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn kinds_come_in_their_proportion_and_each_at_once() {
        for with_grpc in [false, true] {
            let schedule = Schedule::new(with_grpc);
            let kinds: Vec<Kind> = Kind::ALL.into_iter().filter(|kind| with_grpc || *kind != Kind::Info).collect();
            assert_eq!((0..kinds.len()).map(|number| schedule.kind(number)).collect::<Vec<_>>(), kinds);
            let turn: usize = kinds.iter().map(|kind| kind.weight()).sum();
            for start in [kinds.len(), kinds.len() + 3 * turn + 7] {
                let of = |kind| (start..start + turn).filter(|number| schedule.kind(*number) == kind).count();
                assert!(Kind::ALL.iter().all(|kind| of(*kind) == if kinds.contains(kind) { kind.weight() } else { 0 }));
            }
        }
    }

    #[test]
    fn the_dear_kinds_are_spread_and_come_to_every_account() {
        let schedule = Schedule::new(true);
        let of = |kind, last| (7..last).filter(|number| schedule.kind(*number) == kind).collect::<Vec<usize>>();
        let log_ins = of(Kind::LogIn, 1_007);
        assert!(log_ins.windows(2).all(|pair| (99..=101).contains(&(pair[1] - pair[0]))), "{log_ins:?}");
        let uploaders: BTreeSet<usize> =
            of(Kind::Upload, 8_007).into_iter().map(|number| schedule.account(number, 16)).collect();
        assert_eq!(uploaders.len(), 16);
    }
}
