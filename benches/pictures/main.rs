//! Runs the picture pipeline over a file a number of times, or once to keep what it makes.
//!
//! Usage: pictures FILE TIMES [steps | FOLDER]; with `steps`, no working copy is made.

use std::sync::atomic::AtomicBool;
use std::{env, fs};

use portico_imaging::{Crop, Limits, crop_again, prepare};

/// The program's own allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // `cargo bench` passes flags of its own.
    let arguments: Vec<String> = env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    let [file, times, rest @ ..] = &arguments[..] else {
        println!("see benches/pictures/run.sh");
        return Ok(());
    };
    let bytes = fs::read(file)?;
    let run = || prepare(&bytes, Crop::default(), &Limits::default(), &AtomicBool::new(false));
    let steps_only = rest == ["steps"];
    for _ in 0..times.parse()? {
        if steps_only {
            std::hint::black_box(crop_again(&bytes, Crop::default(), &AtomicBool::new(false))?);
        } else {
            std::hint::black_box(run()?);
        }
    }
    if let ([folder], false) = (rest, steps_only) {
        let prepared = run()?;
        fs::create_dir_all(folder)?;
        fs::write(
            format!("{folder}/copy.{}", prepared.working_copy_type.name().replace("image/", "")),
            prepared.working_copy,
        )?;
        for rendition in prepared.renditions {
            fs::write(format!("{folder}/{}.webp", rendition.step), rendition.webp)?;
            fs::write(format!("{folder}/{}.jpeg", rendition.step), rendition.jpeg)?;
        }
    }
    Ok(())
}
