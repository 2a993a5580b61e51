//! The program: everything is in the library, so that tests reach it.

use std::process::ExitCode;

// Argon2 and the picture work ask for large blocks; this allocator keeps them at hand. SQLite and the other C code take their
// memory from it, too (its feature `override`): an import costs a tenth less. Without huge pages (`no_thp`): they doubled the
// memory at rest and made hashing no faster.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    portico::cli::run()
}
