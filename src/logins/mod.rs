//! Use cases: log-ins. Who proved to be whom and how, and what a browser or a program keeps of it.

pub mod authenticate;
pub mod device;
