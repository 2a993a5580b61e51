//! Stories about Portico as people and programs meet it: each starts the real program on free ports, with a database of
//! its own. `TEST_DATABASE` says which kind (`sqlite`, also when unset, or `postgres`); no story knows.

#![expect(unreachable_pub, reason = "a test binary has no outside: `pub` marks what the stories use of their support")]

mod support;

mod login;
mod signup;
