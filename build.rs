//! Embeds `static/`: each file with a name that changes when it does, and compressed once, here. Compiles the proto file
//! of the gRPC service. Parses the sentences of the pages, and gives scripts theirs.
#![allow(clippy::expect_used, missing_docs)]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::path::Path;
use std::{env, fs};

use fluent_syntax::ast::{Entry, Expression, InlineExpression, Message, PatternElement, Resource};
use fluent_syntax::{parser, serializer};
use prost::Message as _;
use sha2::{Digest as _, Sha256};

fn main() {
    // New migrations are embedded by `sqlx_macros::migrate!`, which cannot see a folder change by itself.
    println!("cargo:rerun-if-changed=migrations");
    println!("cargo:rerun-if-changed=static");
    println!("cargo:rerun-if-changed=proto");
    println!("cargo:rerun-if-changed=src/language");
    let out = env::var("OUT_DIR").expect("cargo sets OUT_DIR");
    compile_proto(Path::new(&out));
    let languages = ["en", "ru"].map(|language| (language, split_sentences(language, Path::new(&out))));
    let [english, russian] = languages.each_ref().map(|(_, rows)| rows.keys().collect::<Vec<_>>());
    assert_eq!(english, russian, "each sentence is there in each language");
    fs::write(Path::new(&out).join("keys.rs"), format!("{english:?}")).expect("OUT_DIR can be written");
    let mut table = String::from("&[\n");
    let mut files: Vec<_> = fs::read_dir("static")
        .expect("static/ is part of the sources")
        .map(|entry| entry.expect("static/ can be read").path())
        .map(|path| {
            let name = path.file_name().and_then(|name| name.to_str()).expect("file names are UTF-8").to_owned();
            (name, fs::read(&path).expect("static files can be read"))
        })
        .collect();
    bundle(&mut files, &languages);
    files.extend(swagger_ui());
    files.sort();
    for (name, bytes) in files {
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

/// The scripts of the pages as one, in this order: a first visit asks for one file.
const BUNDLE: [&str; 2] = ["portico.js", "passkeys.js"];

/// Joins the scripts of the bundle, without their comments: a file for each language, which begins with what they say.
fn bundle(files: &mut Vec<(String, Vec<u8>)>, languages: &[(&str, Rows)]) {
    let mut joined = String::new();
    for name in BUNDLE {
        let index = files.iter().position(|(known, _)| known == name).expect("static/ holds the bundle's scripts");
        let script = String::from_utf8(files.swap_remove(index).1).expect("scripts are UTF-8");
        for line in script.lines().filter(|line| !is_comment(line.trim())) {
            joined.push_str(line);
            joined.push('\n');
        }
    }
    for (language, rows) in languages {
        let script = format!("{{\nconst sentences = {};\n{joined}}}\n", sentences(&joined, rows));
        files.push((format!("portico.{language}.js"), script.into_bytes()));
    }
}

/// The sentences that a script names as `sentences["key"]`, as an object. A value stands in them as its name in braces.
fn sentences(script: &str, rows: &Rows) -> String {
    let mut used = BTreeMap::new();
    for after in script.split("sentences").skip(1) {
        let key = after.strip_prefix("[\"").and_then(|rest| rest.split_once("\"]"));
        let (key, _) = key.expect("scripts name sentences as sentences[\"key\"] and in no other way");
        let row = rows.get(key).unwrap_or_else(|| panic!("no sentence has the key {key}, which a script names"));
        let line = row.strip_prefix('=').unwrap_or_else(|| panic!("{key} is no line, as scripts want"));
        let parts = line.split('\t').enumerate();
        let sentence = parts.map(|(index, part)| if index % 2 == 0 { part.to_owned() } else { format!("{{{part}}}") });
        used.insert(key, sentence.collect::<String>());
    }
    // What Rust escapes in texts, and how, JavaScript does too.
    format!("{used:?}")
}

fn is_comment(line: &str) -> bool {
    line.starts_with("//") || (line.starts_with("/**") && line.ends_with("*/"))
}

/// Sentences as [`split_sentences`] writes them, by their keys.
type Rows = BTreeMap<String, String>;

/// Writes the sentences of one line whose values stand in them as they are, which are nearly all, as rows in the order of
/// their keys: `=`, then text and the names of values by turns, with tabs between them. And the other ones, whose rows are
/// empty, as they are, to be parsed when the program runs, where each takes some 500 bytes. Gives all.
fn split_sentences(language: &str, out: &Path) -> Rows {
    let source = fs::read_to_string(format!("src/language/{language}.ftl")).expect("the sentences are there");
    let parsed = parser::parse(source.as_str());
    let sentences = parsed.unwrap_or_else(|(_, errors)| panic!("{language}.ftl is malformed: {errors:?}"));
    let (mut rows, mut body) = (Rows::new(), Vec::new());
    for entry in sentences.body {
        match entry {
            Entry::Message(message) => {
                let row = line(&message).map(|line| format!("={line}"));
                let known = rows.insert(message.id.name.to_owned(), row.clone().unwrap_or_default());
                assert!(known.is_none(), "{language}.ftl has two sentences of the key {}", message.id.name);
                if row.is_none() {
                    body.push(Entry::Message(message));
                }
            }
            Entry::Comment(_) | Entry::GroupComment(_) | Entry::ResourceComment(_) => {}
            other => body.push(other),
        }
    }
    let patterns = serializer::serialize(&Resource { body });
    let lines: String = rows.values().map(|row| format!("{row}\n")).collect();
    fs::write(out.join(format!("{language}.tsv")), lines).expect("OUT_DIR can be written");
    fs::write(out.join(format!("{language}.ftl")), patterns).expect("OUT_DIR can be written");
    rows
}

/// A sentence of one line, as text and the names of values by turns: it begins and ends with text, which may be empty.
fn line(message: &Message<&str>) -> Option<String> {
    let mut line = String::new();
    for element in &message.value.as_ref()?.elements {
        match element {
            PatternElement::TextElement { value } if !value.contains(['\t', '\n', '\r']) => line.push_str(value),
            PatternElement::Placeable {
                expression: Expression::Inline(InlineExpression::VariableReference { id }),
            } => line.extend(["\t", id.name, "\t"]),
            PatternElement::TextElement { .. } | PatternElement::Placeable { .. } => return None,
        }
    }
    message.attributes.is_empty().then_some(line)
}

/// What the page of the API's document is drawn with.
fn swagger_ui() -> Vec<(String, Vec<u8>)> {
    let archive = std::io::Cursor::new(utoipa_swagger_ui_vendored::SWAGGER_UI_VENDORED);
    let mut archive = zip::ZipArchive::new(archive).expect("Swagger UI comes as a ZIP archive");
    let mut found = Vec::new();
    for index in 0..archive.len() {
        let mut file = archive.by_index(index).expect("the archive can be read");
        let path = file.name().expect("the archive's names are text").into_owned();
        for name in ["swagger-ui.css", "swagger-ui-bundle.js"] {
            if path.ends_with(&format!("/dist/{name}")) && !path.contains("/flavors/") {
                let mut bytes = Vec::new();
                file.read_to_end(&mut bytes).expect("the archive can be read");
                found.push((name.to_owned(), bytes));
            }
        }
    }
    assert_eq!(found.len(), 2, "the archive holds style and script of Swagger UI");
    found
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
    let parameters =
        brotli::enc::BrotliEncoderParams { quality: if bytes.len() > 1 << 20 { 9 } else { 11 }, ..Default::default() };
    brotli::BrotliCompress(&mut &bytes[..], &mut compressed, &parameters).expect("memory takes bytes");
    compressed
}
