#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Which lines and branches of harness/ and reports/ the tests reached, from a build with the preset `coverage`.

  coverage.py BUILD [--html DIR]      after `ctest --preset coverage`; exit code 0, 1 nothing was counted, 2 usage

Prints a line a folder and one for all. A count is of every process that a test started, those that were killed included.
"""

import argparse
import collections
import json
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
FOLDERS = ("harness/", "reports/")
MEASURES = ("lines", "functions", "branches")


def programs(build):
    """Every program of the build that has counters: what was linked, in a folder of ours."""
    for folder in ("tests", "scenarios", "harness"):
        for path in sorted((build / folder).rglob("*")):
            if not path.is_file() or "CMakeFiles" in path.parts or path.suffix in (".a", ".o", ".cc", ".cmake"):
                continue
            if os.access(path, os.X_OK):
                with open(path, "rb") as file:
                    if file.read(4) == b"\x7fELF":
                        yield path


def merge(build):
    """The counts of all processes in one file; None if there are none."""
    counts = sorted(str(path) for path in (build / "profiles").glob("*.profraw") if path.stat().st_size > 0)
    if not counts:
        return None
    merged, listing = build / "coverage.profdata", build / "coverage.files"
    listing.write_text("\n".join(counts) + "\n", encoding="utf-8")
    # What a process that was killed at once left behind may be half a header.
    subprocess.run(["llvm-profdata-19", "merge", "-sparse", "-failure-mode=all", "-o", merged, f"-input-files={listing}"], check=True)
    return merged


def folder_of(name):
    parts = pathlib.PurePosixPath(name).parts
    return "/".join(parts[:2]) if parts[0] == "harness" else parts[0]


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--html", type=pathlib.Path, metavar="DIR", help="every file with its counts, as pages")
    options = parser.parse_args(arguments)
    merged = merge(options.build)
    binaries = list(programs(options.build))
    if merged is None or not binaries:
        print(f"{options.build}: nothing was counted; build and test with the preset coverage first", file=sys.stderr)
        return 1
    objects = [str(binaries[0]), *(word for path in binaries[1:] for word in ("-object", str(path)))]
    common = [f"-instr-profile={merged}", *objects, *(str(ROOT / folder) for folder in FOLDERS)]
    exported = subprocess.run(["llvm-cov-19", "export", "-summary-only", *common], check=True, capture_output=True).stdout
    totals = collections.defaultdict(collections.Counter)
    for file in json.loads(exported)["data"][0]["files"]:
        name = os.path.relpath(file["filename"], ROOT)
        for measure in MEASURES:
            for row in (folder_of(name), "all"):
                totals[row][measure, "count"] += file["summary"][measure]["count"]
                totals[row][measure, "covered"] += file["summary"][measure]["covered"]
    print(f"{'':24}" + "".join(f"{measure:>24}" for measure in MEASURES))
    for row in [*sorted(name for name in totals if name != "all"), "all"]:
        cells = ((totals[row][measure, "covered"], totals[row][measure, "count"]) for measure in MEASURES)
        print(f"{row:24}" + "".join(f"{f'{covered} of {count}':>16}{100 * covered / count if count else 100:7.1f}%" for covered, count in cells))
    if options.html:
        subprocess.run(["llvm-cov-19", "show", "-format=html", f"-output-dir={options.html}", *common], check=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
