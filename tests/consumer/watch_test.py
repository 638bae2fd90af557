#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Links the library that watches into a program for good, with CMake and with pkg-config, and looks what it says by itself.

  watch_test.py --cxx CXX --prefix PREFIX --work DIR      PREFIX: where Gridlock is installed
"""

import argparse
import os
import pathlib
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
OWN_CODE = 7
PAID = "70 130\n"


def check(truth, message):
    if not truth:
        sys.exit(f"watch_test.py: {message}")


class Programs:
    """Runs what was built, in a folder that has to stay empty."""

    def __init__(self, options):
        self.options = options
        self.folder, self.temporary = options.work / "run", options.work / "tmp"
        self.folder.mkdir()
        self.temporary.mkdir()

    def run(self, *words, **extra):
        own = {name: value for name, value in os.environ.items() if not name.startswith("GRIDLOCK_")}
        own.pop("LD_PRELOAD", None)
        own.update({"TMPDIR": str(self.temporary), **{name: str(value) for name, value in extra.items()}})
        print("+", *words, flush=True)
        return subprocess.run([str(word) for word in words], capture_output=True, text=True, env=own, cwd=self.folder,
                              timeout=120, check=False)

    def expect(self, done, code, parts, output=PAID):
        check(done.returncode == code, f"exit code {done.returncode}, not {code}:\n{done.stderr}")
        check(done.stdout == output, f"output is {done.stdout!r}")
        check(bool(done.stderr) == bool(parts), f"said, though nothing is wrong:\n{done.stderr}")
        for part in parts:
            check(part in done.stderr, f"'{part}' is not said:\n{done.stderr}")

    def nothing_left(self):
        left = [str(path) for folder in (self.folder, self.temporary) for path in folder.iterdir()]
        check(not left, f"left behind: {left}")


def build_with_cmake(options):
    build = options.work / "build"
    for words in (["cmake", "-S", HERE / "watch", "-B", build, "-G", "Ninja", f"-DCMAKE_CXX_COMPILER={options.cxx}",
                   f"-DCMAKE_PREFIX_PATH={options.prefix}"], ["cmake", "--build", build]):
        done = subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False)
        check(done.returncode == 0, f"{words}:\n{done.stdout}\n{done.stderr}")
    return build


def build_with_pkg_config(options):
    folder = next(options.prefix.glob("lib/**/pkgconfig"))
    words = subprocess.run(["pkg-config", "--libs", "gridlock-watch"], capture_output=True, text=True, check=True,
                           env={**os.environ, "PKG_CONFIG_PATH": str(folder)}).stdout.split()
    program = options.work / "by_pkg_config"
    subprocess.run([options.cxx, "-std=c++20", "-g", "-O1", "-pthread", "-Wl,--as-needed", *words, f"-Wl,-rpath,{folder.parent}",
                    HERE / "watch/bank.cc", "-o", program], check=True)
    return program


def check_program(programs, bank):
    cycle = ["lock-order-cycle", "bank.cc:", "1 finding", "SUMMARY"]
    programs.expect(programs.run(bank, "broken"), OWN_CODE, cycle)
    programs.expect(programs.run(bank, "at-once"), OWN_CODE, cycle)
    # libc does not say which code quick_exit was called with; it stays all the same.
    programs.expect(programs.run(bank, "quick"), OWN_CODE, cycle)
    programs.expect(programs.run(bank, "fixed"), OWN_CODE, [])
    programs.expect(programs.run(bank, "hang"), 1, ["[self-deadlock]", "bank.cc:", "cannot go on"], "")
    programs.nothing_left()


def check_where_it_is_said(programs, bank):
    log = programs.options.work / "own.jsonl"
    done = programs.run(bank, "broken", GRIDLOCK_OPTIONS=f"log_path={log}")
    programs.expect(done, OWN_CODE, ["finding written to"])
    check("SUMMARY" not in done.stderr, f"both a log and the text:\n{done.stderr}")
    check("lock-order-cycle" in log.read_text(), "the log has no finding")
    programs.expect(programs.run(bank, "broken", GRIDLOCK_OPTIONS="exit_code=9"), OWN_CODE, ["SUMMARY"])  # its own is not 0
    suppressions = programs.options.work / "known.supp"
    suppressions.write_text("lock-order-cycle/site:*bank.cc*\n")
    done = programs.run(bank, "broken", GRIDLOCK_OPTIONS=f"suppressions={suppressions}")
    programs.expect(done, OWN_CODE, [])
    suppressions.write_text("lock-order-cycle/site:*another.cc*\n")
    done = programs.run(bank, "broken", GRIDLOCK_OPTIONS=f"suppressions={suppressions}")
    programs.expect(done, OWN_CODE, ["SUMMARY"])
    programs.nothing_left()


def check_without_command(programs, bank):
    done = programs.run(bank, "broken", GRIDLOCK_COMMAND="/nonexistent")
    programs.expect(done, OWN_CODE, ["findings are in", "read them with: gridlock report"])
    logs = list(programs.temporary.iterdir())
    check(len(logs) == 1 and str(logs[0]) in done.stderr, f"the log is not where it is said to be: {logs}\n{done.stderr}")
    logs[0].unlink()


def check_under_exec(programs, bank):
    command = programs.options.prefix / "bin/gridlock"
    done = programs.run(command, "exec", "--", bank, "broken")
    programs.expect(done, OWN_CODE, ["lock-order-cycle"])
    check(done.stderr.count("SUMMARY") == 1, f"said twice:\n{done.stderr}")
    programs.expect(programs.run(command, "exec", "--", bank, "copies"), OWN_CODE, [], "1\n" + PAID)
    programs.expect(programs.run(bank, "copies"), OWN_CODE, [], "1\n" + PAID)
    programs.nothing_left()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cxx", required=True)
    for name in ("--prefix", "--work"):
        parser.add_argument(name, required=True, type=pathlib.Path)
    options = parser.parse_args()
    shutil.rmtree(options.work, ignore_errors=True)
    options.work.mkdir(parents=True)
    programs = Programs(options)
    build = build_with_cmake(options)
    for bank in (build / "bank", build_with_pkg_config(options)):
        check_program(programs, bank)
        check_under_exec(programs, bank)
    programs.expect(programs.run(build / "outside", "broken"), OWN_CODE, ["lock-order-cycle", "bank.cc:"])
    programs.expect(programs.run(build / "outside", "fixed"), OWN_CODE, [])
    check_where_it_is_said(programs, build / "bank")
    check_without_command(programs, build / "bank")
    programs.expect(programs.run(build / "behind", "broken"), OWN_CODE, ["not watched", "behind libc"])
    print(f"watched for good, with {options.cxx}: as a user expects")


if __name__ == "__main__":
    main()
