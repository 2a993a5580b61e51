//! The program: everything is in the library, so that tests reach it.

use std::process::ExitCode;

// Argon2 and the picture work ask for large blocks; this allocator keeps them at hand.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    portico::cli::run()
}
