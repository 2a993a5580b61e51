#!/usr/bin/env python3
"""Compares what Portico is built from with tests/advisories.toml.

Crates count by Cargo.lock and fuzz/Cargo.lock, C libraries by what the crates that compile them carry. Fails where a
version has a known fault, a crate compiles C that nobody has listed, docs/DEPENDENCIES.md tells another version of a C
library, or a crate was yanked. The date plays no part: what passes today passes until somebody learns of something.
"""

import itertools
import json
import operator
import os
import re
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COMPARE = {">=": operator.ge, ">": operator.gt, "<=": operator.le, "<": operator.lt, "=": operator.eq}


def number(version):
    """A version as it is compared: what comes before its first release is less than that."""
    release, _, early = version.partition("+")[0].partition("-")
    parts = [int(part) for part in release.split(".")]
    return (*parts, *[0] * (3 - len(parts)), not early, early)


def fits(version, ranges):
    """Whether a version lies in one of the ranges, such as `>= 1.2.3, < 2` or `^0.9.5`."""
    version = number(version)

    def within(part):
        sign, wanted = re.fullmatch(r"\s*(\^|[<>]=?|=)?\s*(\S+)\s*", part).groups()
        if sign in COMPARE:
            return COMPARE[sign](version, number(wanted))
        # A caret, or nothing: as good as the version named, up to the next that may break something.
        least = number(wanted)
        fixed = next((at for at in range(3) if least[at]), 2)
        return version >= least and version[: fixed + 1] == least[: fixed + 1]

    return any(all(map(within, choice.split(","))) for choice in ranges)


def cargo(*arguments, **options):
    return subprocess.run(["cargo", *arguments], cwd=ROOT, check=True, text=True, **options)


def locked():
    """Every crate and version of the lock files."""
    for file in ("Cargo.lock", "fuzz/Cargo.lock"):
        for package in tomllib.loads((ROOT / file).read_text())["package"]:
            yield package["name"], package["version"], file


def compiling():
    """The crates that compile C for this machine, by name, and where they are."""
    # The tree knows which features are on; the metadata know where a crate lies, and more crates than are built.
    askers = set()
    for tool in ("cc", "cmake"):
        options = ("--invert", tool, "--depth=1", "--prefix=depth", "--edges=normal,build", "--format={p}")
        tree = cargo("tree", "--locked", *options, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
        askers |= {(name, version) for name, version in re.findall(r"^1(\S+) v(\S+)", tree, re.M) if name != "cmake"}
    packages = json.loads(cargo("metadata", "--locked", "--format-version=1", stdout=subprocess.PIPE).stdout)["packages"]
    for package in packages:
        if (package["name"], package["version"]) in askers:
            yield package["name"], Path(package["manifest_path"]).parent


def bundled(listed, problems):
    """The C libraries and their versions."""
    folders = dict(compiling())
    for crate in folders.keys() - {library["crate"] for library in listed}:
        problems.append(f"{crate} compiles C: tests/advisories.toml must say which library, and where its version stands")
    told = (ROOT / "docs/DEPENDENCIES.md").read_text()
    for library in listed:
        name, folder = library["name"], folders.get(library["crate"])
        if folder is None:
            problems.append(f"{library['crate']} compiles {name} no more: take it out of tests/advisories.toml")
            continue
        found = re.search(library["version"], (folder / library["file"]).read_text(errors="replace"), re.S)
        version = ".".join(str(int(part)) for part in found.groups())
        if f"| {name} | {version} |" not in told:
            problems.append(f"docs/DEPENDENCIES.md does not say that {name} is {version}")
        yield name, version, library["crate"]


def yanked():
    """What cargo says of withdrawn crates when it packs the program, which it does without compiling."""
    with tempfile.TemporaryDirectory() as folder:
        options = {"env": {**os.environ, "CARGO_TARGET_DIR": folder}, "stderr": subprocess.PIPE}
        packed = cargo("package", "--no-verify", "--allow-dirty", **options)
    return re.findall(r"package `[^`]*` in Cargo.lock is yanked", packed.stderr)


def main():
    known = tomllib.loads((ROOT / "tests/advisories.toml").read_text())
    accepted = {entry["id"] for entry in known["accepted"]}
    problems = []
    libraries = list(bundled(known["bundled"], problems))
    built = list(itertools.chain(locked(), libraries))
    for advisory in known["advisory"]:
        fine = advisory["patched"] + advisory.get("unaffected", [])
        for name, version, place in built:
            if name == advisory["package"] and advisory["id"] not in accepted and not fits(version, fine):
                problems.append(f"{advisory['id']}: {name} {version} ({place}): {advisory['title']}")
    problems += yanked()
    for name, version, place in libraries:
        print(f"{name} {version}, compiled by {place}")
    print(f"{len(built)} crates and C libraries compared with {len(known['advisory'])} advisories")
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
