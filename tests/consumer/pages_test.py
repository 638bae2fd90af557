#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Does what pages of docs/ show, in the order in which they show it, with what was installed.

  pages_test.py --source ROOT --prefix PREFIX --work DIR PAGE...

A page is a list of
  <!-- file: NAME -->, then a block: the file is written, or written anew
  ```sh blocks: each line is run; `# exit code N` behind it is its exit code, otherwise that is 0
  <!-- said -->, then a block: each of its lines is part of what the block of commands before it printed
  ```yaml blocks: what they run but the installation of packages, as CI does: with the tests failing that have findings

The broken programs really deadlock in some runs (3 of 10 on two processors, where a thread is held up for its first stacks; none of 300 on
one). A page shows the others. So all is run on one processor, and a page that differs is begun anew where a program deadlocked.
"""

import argparse
import os
import pathlib
import random
import re
import shutil
import subprocess
import sys

BLOCK = re.compile(r"(?:<!-- (?:file: (?P<file>\S+)|(?P<said>said)) -->\n)?```(?P<language>\w+)\n(?P<text>.*?)```", re.DOTALL)
TESTS_FAIL = 8  # ctest's exit code
TIMES = 4


class Differs(Exception):
    pass


def check(truth, message):
    if not truth:
        raise Differs(message)


class Reader:
    """A user who does what the page says."""

    def __init__(self, page, folder, prefix):
        self.page, self.folder, self.said, self.deadlocked = page, folder, "", False
        own = {name: value for name, value in os.environ.items() if not name.startswith(("GRIDLOCK_", "GTEST_"))}
        self.environment = {**own, "PATH": f"{prefix}/bin:/usr/bin:/bin", "CMAKE_PREFIX_PATH": str(prefix)}

    def run(self, line, code=0):
        print(f"+ {line}", flush=True)
        done = subprocess.run(["bash", "-c", line], cwd=self.folder, env=self.environment, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=600, check=False)
        self.deadlocked |= "[deadlock]" in done.stdout
        check(done.returncode == code, f"{self.page}: exit code {done.returncode}, not {code}: {line}\n{done.stdout}")
        self.said += done.stdout

    def do_commands(self, text):
        self.said = ""
        for line in text.splitlines():
            command, _, code = line.partition("  # exit code ")
            self.run(command, int(code or 0))

    def hold_against(self, text):
        for line in text.splitlines():
            check(line in self.said, f"{self.page}: not said: {line}\n{self.said}")

    def do_job(self, text):
        shutil.rmtree(self.folder / "watched", ignore_errors=True)
        commands = [line.strip().removeprefix("- ").removeprefix("run: ") for line in text.splitlines()]
        for command in commands:
            if re.match(r"(cmake|ctest) ", command):
                self.run(command, TESTS_FAIL if command.startswith("ctest") else 0)
        kept = re.search(r"path: (\S+)|paths: \[(\S+)\]", text)
        check(kept and (self.folder / (kept[1] or kept[2])).exists(), f"{self.page}: what is kept is not there:\n{text}")


def follow(page, reader):
    done = 0
    for block in BLOCK.finditer(page.read_text()):
        text, language = block["text"], block["language"]
        if block["file"]:
            (reader.folder / block["file"]).write_text(text)
        elif block["said"]:
            reader.hold_against(text)
        elif language == "sh":
            reader.do_commands(text)
        elif language == "yaml":
            reader.do_job(text)
        else:
            check(False, f"{page}: a block of {language} that is neither a file nor said:\n{text}")
        done += 1
    check(done > 5, f"{page}: only {done} blocks")


def is_as_it_says(page, reader):
    """False: a program deadlocked that does not on the page."""
    shutil.rmtree(reader.folder, ignore_errors=True)
    reader.folder.mkdir(parents=True)
    try:
        follow(page, reader)
    except Differs as difference:
        if not reader.deadlocked:
            raise
        print(f"a program deadlocked; {difference}", flush=True)
        return False
    return True


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("--source", "--prefix", "--work"):
        parser.add_argument(name, required=True, type=pathlib.Path)
    parser.add_argument("pages", nargs="+")
    options = parser.parse_args()
    os.sched_setaffinity(0, [random.choice(sorted(os.sched_getaffinity(0)))])
    for name in options.pages:
        page = options.source / "docs" / f"{name}.md"
        try:
            right = any(is_as_it_says(page, Reader(name, options.work / name, options.prefix)) for _ in range(TIMES))
        except Differs as difference:
            sys.exit(f"pages_test.py: {difference}")
        if not right:
            sys.exit(f"pages_test.py: {name}: different {TIMES} times")
        print(f"docs/{name}.md: as it says")


if __name__ == "__main__":
    main()
