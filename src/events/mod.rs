//! Events on their way: what waits for whom, delivering once more, webhooks. Writing them is part of each change
//! ([`crate::accounts`]); delivering them is [`crate::workers`]' work.

pub mod list;
pub mod prune;
pub mod replay;
pub mod targets;
pub mod webhooks;
