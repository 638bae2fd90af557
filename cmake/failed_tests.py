#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Says which tests failed, from the JUnit files that ctest has written.

usage: failed_tests.py [--lines N] FILE...

A long run is often read by its last lines only, so what failed has to stand there: each failed test with its preset
(the folder of the file) and the last N lines (default 15) of what it printed. A file that is not there or is none of
ctest's is said in one line: its preset was not tested.
"""
import argparse
import pathlib
import re
import sys
import xml.etree.ElementTree as ElementTree


def failures(path):
    """[(name, output)] of the tests that failed. ElementTree.ParseError and OSError as they come."""
    root = ElementTree.fromstring(re.sub(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd]", "?",
                                         path.read_text(encoding="utf-8", errors="replace")))
    return [(case.get("name", "?"), case.findtext("system-out") or "")
            for case in root.iter("testcase") if case.get("status") == "fail"]


def main():
    parser = argparse.ArgumentParser(description="Says which tests failed, from the JUnit files of ctest.")
    parser.add_argument("--lines", type=int, default=15, metavar="N", help="lines of output for each test (default 15)")
    parser.add_argument("files", nargs="+", type=pathlib.Path, metavar="FILE")
    arguments = parser.parse_args()
    for path in arguments.files:
        preset = path.resolve().parent.name
        try:
            failed = failures(path)
        except (OSError, ElementTree.ParseError) as error:
            print(f"{preset}: no results: {error}")
            continue
        for name, output in failed:
            print(f"{preset}: failed: {name}")
            for line in output.rstrip().splitlines()[-arguments.lines:]:
                print(f"    {line[:200]}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
