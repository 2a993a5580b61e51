//! Embeds `static/`: each file with a name that changes when it does, and compressed once, here. Compiles the proto file
//! of the gRPC service.
#![allow(clippy::expect_used, missing_docs)]

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::{env, fs};

use prost::Message as _;
use sha2::{Digest as _, Sha256};

fn main() {
    // New migrations are embedded by `sqlx::migrate!`, which cannot see a folder change by itself.
    println!("cargo:rerun-if-changed=migrations");
    println!("cargo:rerun-if-changed=static");
    println!("cargo:rerun-if-changed=proto");
    let out = env::var("OUT_DIR").expect("cargo sets OUT_DIR");
    compile_proto(Path::new(&out));
    let mut table = String::from("&[\n");
    let mut names: Vec<_> = fs::read_dir("static")
        .expect("static/ is part of the sources")
        .map(|entry| entry.expect("static/ can be read").path())
        .collect();
    names.sort();
    for path in names {
        let name = path.file_name().and_then(|name| name.to_str()).expect("file names are UTF-8").to_owned();
        let bytes = fs::read(&path).expect("static files can be read");
        let digest = Sha256::digest(&bytes);
        let hash: String = digest.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
        let (stem, ending) = name.rsplit_once('.').expect("static files have an ending");
        let kind = match ending {
            "css" => "text/css; charset=utf-8",
            "js" => "text/javascript; charset=utf-8",
            "svg" => "image/svg+xml",
            other => panic!("say the content type of .{other} in build.rs"),
        };
        let file = |content: Vec<u8>, suffix: &str| {
            let path = Path::new(&out).join(format!("{name}{suffix}"));
            fs::write(&path, content).expect("OUT_DIR can be written");
            path.display().to_string()
        };
        let (plain, gzip, brotli) = (file(bytes.clone(), ""), file(gzip(&bytes), ".gz"), file(brotli(&bytes), ".br"));
        writeln!(
            table,
            "Asset {{ name: {name:?}, path: \"/static/{stem}.{hash}.{ending}\", kind: {kind:?}, tag: \"\\\"{hash}\\\"\", plain: include_bytes!({plain:?}), \
             gzip: include_bytes!({gzip:?}), brotli: include_bytes!({brotli:?}) }},"
        )
        .expect("a String takes text");
    }
    table.push(']');
    fs::write(Path::new(&out).join("assets.rs"), table).expect("OUT_DIR can be written");
}

/// The service and its messages as Rust, without a `protoc` on the machine; and the descriptors, for reflection.
fn compile_proto(out: &Path) {
    let descriptors = protox::compile(["users_service.proto"], ["proto"]).expect("the proto file is right");
    fs::write(out.join("users_service.descriptors"), descriptors.encode_to_vec()).expect("OUT_DIR can be written");
    let service = tonic_prost_build::configure().build_client(false).build_transport(false);
    service.compile_fds(descriptors).expect("OUT_DIR can be written");
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).expect("memory takes bytes");
    encoder.finish().expect("memory takes bytes")
}

fn brotli(bytes: &[u8]) -> Vec<u8> {
    let mut compressed = Vec::new();
    let parameters = brotli::enc::BrotliEncoderParams { quality: 11, ..Default::default() };
    brotli::BrotliCompress(&mut &bytes[..], &mut compressed, &parameters).expect("memory takes bytes");
    compressed
}
