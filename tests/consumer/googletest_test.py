#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs what docs/googletest.md shows, with what was installed.

  googletest_test.py --cxx CXX --source ROOT --prefix PREFIX --work DIR
"""

import argparse
import os
import pathlib
import re
import shutil
import subprocess
import sys


def check(truth, message):
    if not truth:
        sys.exit(f"googletest_test.py: {message}")


def run(*words, codes=(0,), **extra):
    print("+", *words, flush=True)
    own = {name: value for name, value in os.environ.items() if not name.startswith(("GRIDLOCK_", "GTEST_"))}
    own.update(extra)
    done = subprocess.run([str(word) for word in words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=own,
                          timeout=600, check=False)
    check(done.returncode in codes, f"exit code {done.returncode}: {words}\n{done.stdout}")
    return done.stdout


def write_files(page, folder):
    """The files that the page shows, each under its name."""
    files = dict(re.findall(r"<!-- file: (\S+) -->\n```\w+\n(.*?)```", page, re.DOTALL))
    check(sorted(files) == ["CMakeLists.txt", "bank_test.cc", "locking_test.cc"], f"the page shows {sorted(files)}")
    for name, text in files.items():
        (folder / name).write_text(text)
    # The page names one program; the second is built as the first.
    cmake = folder / "CMakeLists.txt"
    target = [line for line in files["CMakeLists.txt"].splitlines() if "bank_test" in line]
    check(len(target) == 3, f"unexpected lines: {target}")
    cmake.write_text(files["CMakeLists.txt"] + "\n".join(target).replace("bank_test", "locking_test") + "\n")


def check_sample(page, said):
    """The lines of the page's sample are said, numbers and folders apart."""
    sample = re.search(r"```text\n(.*?)```", page, re.DOTALL)[1]
    shape = re.compile(r"\d+|\(bank_test.*|file:\S*/|\S*/(?=bank_test)")
    lines = {shape.sub("", line).strip() for line in said.splitlines()}
    for line in sample.splitlines():
        if line.strip() and "..." not in line:
            check(shape.sub("", line).strip() in lines, f"not said: {line}\n{said}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cxx", required=True)
    for name in ("--source", "--prefix", "--work"):
        parser.add_argument(name, required=True, type=pathlib.Path)
    options = parser.parse_args()
    shutil.rmtree(options.work, ignore_errors=True)
    project, build = options.work / "project", options.work / "build"
    project.mkdir(parents=True)
    page = (options.source / "docs/googletest.md").read_text()
    write_files(page, project)
    run("cmake", "-S", project, "-B", build, "-G", "Ninja", f"-DCMAKE_CXX_COMPILER={options.cxx}", f"-DCMAKE_PREFIX_PATH={options.prefix}",
        "-DCMAKE_CXX_FLAGS=-Wall -Wextra -Werror")
    run("cmake", "--build", build)
    listed = run("ctest", "--test-dir", build, "-V", codes=(8,))
    for name, word in (("Bank.KeepsWhatThereIs", "Failed"), ("Bank.CanPayOnce", "Passed"), ("Locking.TwiceIsADeadlock", "Passed"),
                       ("Locking.RecursiveIsNone", "Passed")):
        check(re.search(rf"{re.escape(name)} \.*[ *]*{word}", listed), f"{name} is not {word}:\n{listed}")
    check([path.name for path in (build / "pages").iterdir()] == ["Bank.KeepsWhatThereIs.html"], "not one page")
    for _ in range(10):  # this program may hang in earnest, once in a long while: then another sentence is said
        said = run(build / "bank_test", codes=(1,), GRIDLOCK_TEST_PAGES=str(options.work / "more"))
        if "[deadlock]" not in said:
            break
    check_sample(page, said)
    print(f"docs/googletest.md with {options.cxx}: as it says")


if __name__ == "__main__":
    main()
