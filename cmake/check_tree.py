#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks of the tree that no compiler makes.

  check_tree.py spdx       every file that can carry a comment names its licence in the first three lines
  check_tree.py length     no code file has 500 lines or more; from 400 on there is a warning
  check_tree.py findings   docs/findings.md has a section for each kind of finding_kinds.def, complete, and no other
  check_tree.py headers    harness/CMakeLists.txt lists each public header and table, and no other
  check_tree.py contracts  each public header of something to call says fairness, signal handlers, full tables, misuse
  check_tree.py all        all of these

  --root DIR   another tree. Exit code 0 clean (warnings allowed), 1 problems (one line each), 2 usage
"""

import argparse
import pathlib
import re
import subprocess
import sys

LICENCE = "SPDX-License-Identifier: Apache-2.0"
WARN_LINES, FAIL_LINES = 400, 500

CODE = {".h", ".cc", ".def", ".inc", ".py", ".sh", ".cmake", ".js", ".css", ".html"}
NO_COMMENT = {".json", ".md", ".txt", ".svg", ".png", ".sarif", ".xml", ".jsonl"}  # no comment syntax, or prose
UNMARKED = {"LICENSE", ".gitignore"}
GENERATED = ("tests/approved/",)  # written by the tests' own tool, byte for byte what a report contains


def tracked_files(root):
    """What git would commit, or everything outside build trees if this is no work tree of git."""
    command = ["git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    git = subprocess.run(command, capture_output=True, check=False) if (root / ".git").exists() else None
    if git is not None and git.returncode == 0:
        names = [name for name in git.stdout.decode().split("\0") if name]
    else:
        names = [path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()]
        names = [name for name in names if not name.startswith((".git/", "build/", "report/"))]
    return sorted({name for name in names if (root / name).is_file() and not name.startswith(GENERATED)})


def suffix_of(name):
    """The suffix that says what a file is; x.cmake.in is CMake."""
    path = pathlib.PurePosixPath(name.removesuffix(".in"))
    return ".cmake" if path.name == "CMakeLists.txt" else path.suffix


def read(root, name):
    return (root / name).read_text(encoding="utf-8", errors="replace")


def check_spdx(root):
    problems = []
    for name in tracked_files(root):
        if suffix_of(name) in NO_COMMENT or pathlib.PurePosixPath(name).name in UNMARKED:
            continue
        head = read(root, name).splitlines()[:3]
        if not any(LICENCE in line for line in head):
            problems.append(f"{name}:1: no '{LICENCE}' in the first three lines")
    return problems, []


def check_length(root):
    problems, warnings = [], []
    for name in tracked_files(root):
        if suffix_of(name) not in CODE and name != "quickstart":
            continue
        lines = len(read(root, name).splitlines())
        if lines >= FAIL_LINES:
            problems.append(f"{name}:{lines}: {lines} lines; the house's limit is {FAIL_LINES - 1}: split it by idea")
        elif lines >= WARN_LINES:
            warnings.append(f"{name}:{lines}: {lines} lines; files stay under about {WARN_LINES}")
    return problems, warnings


KIND = re.compile(r'^GRIDLOCK_FINDING_KIND\(\s*k\w+\s*,\s*"([^"]+)"', re.MULTILINE)
SECTIONS = ("**Means.**", "**Report.**", "**Fix.**", "**See it.**", "**False alarms.**")


def check_findings(root):
    table = "harness/include/gridlock/finding_kinds.def"
    page = "docs/findings.md"
    kinds = KIND.findall(read(root, table))
    if not kinds:
        return [f"{table}: no GRIDLOCK_FINDING_KIND row found"], []
    if not (root / page).is_file():
        return [f"{page}: missing; it explains the kinds of {table}"], []
    parts = re.split(r"^## (.+)$", read(root, page), flags=re.MULTILINE)
    entries = {parts[i].strip().strip("`"): parts[i + 1] for i in range(1, len(parts), 2)}
    problems = [f"{page}: no '## {kind}' for the kind in {table}" for kind in kinds if kind not in entries]
    for heading, body in entries.items():
        if heading not in kinds:
            problems.append(f"{page}: '## {heading}' is no kind of {table}")
            continue
        missing = [section for section in SECTIONS if section not in body]
        problems += [f"{page}: '## {heading}' has no paragraph {section}" for section in missing]
    return problems, []


def check_headers(root):
    """What is not listed would be neither installed nor compiled by itself."""
    listing, folder = "harness/CMakeLists.txt", "include/gridlock"
    if not (root / listing).is_file():
        return [f"{listing}: missing; it lists the public headers"], []
    listed = set(re.findall(rf"^\s*({folder}/\S+)$", read(root, listing), re.MULTILINE))
    there = {f"{folder}/{path.name}" for path in (root / "harness" / folder).iterdir()}
    problems = [f"{listing}: does not list {name}" for name in sorted(there - listed)]
    return problems + [f"{listing}: {name} does not exist" for name in sorted(listed - there)], []


# Parts of other headers, data, and what is asked outside of the program under test.
WITHOUT_CONTRACT = {"cxx20", "explore", "finding", "future_result", "future_state", "gridlock", "history", "identity",
                    "joinable_queue_core", "learned_order", "lock_ref", "queue_core", "queue_items", "report", "scenario",
                    "text", "thread_safety", "waiting"}
CONTRACT = {"fairness": "fairness", "signal handlers": "signal handler", "full tables": r"full table|tables? (is|are) full",
            "an example of misuse": "misuse:"}


def check_contracts(root):
    problems = []
    for path in sorted((root / "harness/include/gridlock").glob("*.h")):
        if path.stem in WITHOUT_CONTRACT:
            continue
        text = path.read_text(encoding="utf-8").split("#pragma once")[0]
        words = " ".join(text.replace("//", " ").lower().split())
        missing = [what for what, pattern in CONTRACT.items() if not re.search(pattern, words)]
        if missing:
            problems.append(f"harness/include/gridlock/{path.name}:1: says nothing of {', '.join(missing)}")
    return problems, []


CHECKS = {"spdx": check_spdx, "length": check_length, "findings": check_findings, "headers": check_headers,
          "contracts": check_contracts}


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("check", choices=[*CHECKS, "all"])
    parser.add_argument("--root", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parent.parent)
    options = parser.parse_args(arguments)
    failed = False
    for name, check in CHECKS.items():
        if options.check not in (name, "all"):
            continue
        problems, warnings = check(options.root)
        for warning in warnings:
            print(f"warning: {warning}")
        for problem in problems:
            print(problem)
        if not problems:
            print(f"{name}: ok")
        failed = failed or bool(problems)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
