//! How many files the process may have open, connections among them (`RLIMIT_NOFILE`).

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// The most it may ever have: the hard limit.
pub fn most() -> usize {
    count(getrlimit(Resource::Nofile).maximum)
}

/// Raises the soft limit, which is 1,024 on most systems for the sake of programs that use `select`, to the hard one.
/// Gives what holds then.
pub fn raise() -> usize {
    let limit = getrlimit(Resource::Nofile);
    // Where that is refused, the limit stays what it was.
    let _ = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit });
    count(getrlimit(Resource::Nofile).current)
}

fn count(limit: Option<u64>) -> usize {
    limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(usize::MAX)
}
