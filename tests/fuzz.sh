#!/usr/bin/env bash
# Fuzzes the picture pipeline and the verifier of passkeys, all targets at once: libFuzzer changes the seeds for FUZZ_SECONDS
# (30 unless told), and goes on with what reached new code. Every seed runs first. Its chances are the same each time unless
# FUZZ_CHANCE says others: a change answers for what it did, and long runs look elsewhere. With arguments, these files alone:
# tests/fuzz.sh TARGET FILE...
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit

TARGETS="pictures large_pictures passkeys"
FOLDER=${CARGO_TARGET_DIR:-$PWD/target}/fuzz
FOUND=$FOLDER/found
HOST=$(rustc -vV | sed -n 's/^host: //p')

# The passes of LLVM that cargo-fuzz asks for, by the names that stable Rust takes, too: a counter for each edge, and the two
# sides of each comparison. The last one keeps branches apart that would share a counter. By `fuzzing`, PNG's checksums are
# not looked at: no change at random gets them right.
FLAGS="--cfg fuzzing -Cpasses=sancov-module"
for argument in sanitizer-coverage-level=4 sanitizer-coverage-inline-8bit-counters sanitizer-coverage-pc-table \
  sanitizer-coverage-trace-compares simplifycfg-branch-fold-threshold=0; do
  FLAGS+=" -Cllvm-args=-$argument"
done
# Naming the target keeps the flags from build scripts and macros, which are not linked with libFuzzer.
CARGO_TARGET_DIR=$FOLDER CARGO_INCREMENTAL=0 RUSTFLAGS=$FLAGS \
  cargo build --release --locked --manifest-path fuzz/Cargo.toml --target "$HOST" || exit

# Seconds that a file may take, some ten times what a release takes, and megabytes that the process may hold. The targets bound
# what Rust asks for, so this is for libwebp, which holds 256 MB of a 64-megapixel lossless picture.
run() { # TARGET ARGUMENT...
  local seconds=10 megabytes=300
  [ "$1" != large_pictures ] || seconds=30 megabytes=600
  RUST_BACKTRACE=1 "$FOLDER/$HOST/release/$1" -timeout=$seconds -rss_limit_mb=$megabytes "${@:2}" 2>&1
}

if [ $# -gt 0 ]; then
  run "$@"
  exit
fi

WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT
mkdir -p "$FOUND"
declare -A RUNNING
for target in $TARGETS; do
  mkdir "$WORK/$target"
  cp fuzz/seeds/"$target"/* "$WORK/$target/"
  [ "$target" != pictures ] || cp src/imaging/tests/pictures/* "$WORK/$target/"
  # A line for each file that reached something new would be thousands.
  run "$target" -seed="${FUZZ_CHANCE:-1}" -max_total_time="${FUZZ_SECONDS:-30}" -print_funcs=0 -print_final_stats=1 \
    -artifact_prefix="$WORK/$target-found-" "$WORK/$target" |
    grep -vE $'^#[0-9]+\t(NEW|REDUCE|RELOAD)|# Uses: ' >"$WORK/$target.log" &
  RUNNING[$target]=$!
done

FAILED=0 PASSED=0
for target in $TARGETS; do
  wait "${RUNNING[$target]}" && PASSED=$((PASSED + 1)) || FAILED=$((FAILED + 1))
  printf -- '--- %s\n' "$target"
  cat "$WORK/$target.log"
  for file in "$WORK/$target"-found-*; do
    [ -e "$file" ] || continue
    kept=$FOUND/$target-${file##*-found-}
    mv "$file" "$kept"
    printf '\nFound: %s\nTo see it again: tests/fuzz.sh %s %s\n' "$kept" "$target" "$kept"
    echo "Once mended, it belongs to the seeds: fuzz/seeds/$target"
  done
done
printf '\ntest result: %s passed; %s failed; 0 ignored;\n' "$PASSED" "$FAILED"
[ "$FAILED" -eq 0 ]
