//! Who asks for something, by which door and from where: decides what is allowed, and stands in the audit log.

use std::fmt::{self, Display};
use std::net::IpAddr;

use uuid::Uuid;

use super::{Account, AccountId, Generation};

/// The principal that asks for an act: what it is authenticated as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Principal {
    /// A person with an account.
    Account(AccountId),
    /// An anonymous client: not authenticated.
    Anonymous,
    /// A service inside the network.
    Service,
    /// The operator, who runs the program.
    Operator,
}

impl Principal {
    /// As it is stored.
    pub fn kind(self) -> &'static str {
        match self {
            Principal::Account(_) => "account",
            Principal::Anonymous => "stranger",
            Principal::Service => "service",
            Principal::Operator => "operator",
        }
    }

    /// The account, if it is one.
    pub fn account(self) -> Option<AccountId> {
        match self {
            Principal::Account(id) => Some(id),
            Principal::Anonymous | Principal::Service | Principal::Operator => None,
        }
    }
}

/// Which way a request came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    /// HTML pages.
    Pages,
    /// A REST dialect, by its name.
    Dialect(&'static str),
    /// What other services ask of tokens, `/oauth`.
    Oauth,
    /// gRPC.
    Grpc,
    /// What mail servers tell of mails.
    Mail,
    /// The command line.
    CommandLine,
}

impl Door {
    /// As it is stored with a token's family and in the audit log, and shown in the list of devices.
    pub fn as_str(self) -> &'static str {
        match self {
            Door::Pages => "pages",
            Door::Dialect(name) => name,
            Door::Oauth => "oauth",
            Door::Grpc => "grpc",
            Door::Mail => "mail",
            Door::CommandLine => "command-line",
        }
    }
}

/// A log-in that a user acts by: a browser's session, or the family of a program's tokens. What is counted by it, no
/// holder of another one uses up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogIn(u128);

impl LogIn {
    /// The session with this handle.
    pub fn session(handle: &[u8]) -> LogIn {
        LogIn(handle.iter().take(16).fold(0, |number, byte| number << 8 | u128::from(*byte)))
    }

    /// A family of tokens.
    pub fn family(id: Uuid) -> LogIn {
        LogIn(id.as_u128())
    }
}

impl Display for LogIn {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:032x}", self.0)
    }
}

/// Who asks for a change, by which door, and from where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Actor {
    /// Who.
    pub who: Principal,
    /// By which door.
    pub door: Door,
    /// From which address, where the door has one.
    pub address: Option<IpAddr>,
    /// The generation of the log-in that it acts by: what that may do ends with it, also what is under way.
    pub generation: Option<Generation>,
    /// That log-in, where it is known.
    pub log_in: Option<LogIn>,
    /// Whether it acts by a token that an app password got: then it may read and edit the profile, and nothing of what
    /// logs the account in.
    pub by_app_password: bool,
}

impl Actor {
    fn new(who: Principal, door: Door, address: Option<IpAddr>) -> Actor {
        Actor { who, door, address, generation: None, log_in: None, by_app_password: false }
    }

    /// A person with an account.
    pub fn account(id: AccountId, door: Door, address: impl Into<Option<IpAddr>>) -> Actor {
        Actor::new(Principal::Account(id), door, address.into())
    }

    /// A person by a log-in, whose account was read as `account`.
    pub fn logged_in(account: &Account, door: Door, address: impl Into<Option<IpAddr>>) -> Actor {
        Actor { generation: Some(account.generation), ..Actor::account(account.id, door, address) }
    }

    /// An anonymous client: not authenticated.
    pub fn anonymous(door: Door, address: impl Into<Option<IpAddr>>) -> Actor {
        Actor::new(Principal::Anonymous, door, address.into())
    }

    /// A service inside the network.
    pub fn service(door: Door, address: impl Into<Option<IpAddr>>) -> Actor {
        Actor::new(Principal::Service, door, address.into())
    }

    /// The operator, who runs the program, by the command line.
    pub fn operator() -> Actor {
        Actor::new(Principal::Operator, Door::CommandLine, None)
    }

    /// The address of the one client that asks; nothing for who asks on behalf of many users.
    pub fn client(&self) -> Option<IpAddr> {
        match self.who {
            Principal::Account(_) | Principal::Anonymous => self.address,
            Principal::Service | Principal::Operator => None,
        }
    }

    /// Whether the log-in that it acts by, if any, is of the generation that its account has `now`.
    pub fn is_of(&self, now: Generation) -> bool {
        self.generation.is_none_or(|generation| generation == now)
    }

    /// Whether it is this account.
    pub fn is(&self, id: AccountId) -> bool {
        self.who == Principal::Account(id)
    }
}
