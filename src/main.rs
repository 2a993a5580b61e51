//! The program: everything is in the library, so that tests reach it.

use std::process::ExitCode;

// Argon2 and the picture work ask for large blocks; this allocator keeps them at hand. Without huge pages (its
// feature `no_thp`): they doubled the memory at rest and made hashing no faster.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    portico::cli::run()
}
