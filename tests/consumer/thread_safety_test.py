#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""clang's -Wthread-safety on a program that switched: nothing about the right one, and a warning for each of its lines
that is left out. usage: thread_safety_test.py CLANG INCLUDE_DIR"""
import pathlib
import re
import subprocess
import sys

RIGHT = pathlib.Path(__file__).parent / "thread_safety" / "right.cc"


def warnings(clang, include, text):
    done = subprocess.run(
        [clang, "-std=c++20", "-Wthread-safety", "-fsyntax-only", "-I", include, "-x", "c++", "-"],
        input=text, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"does not compile:\n{done.stdout}")
    return re.findall(r"warning: (.*\[-Wthread-safety.*\])", done.stdout)


def main():
    clang, include = sys.argv[1:]
    lines = RIGHT.read_text(encoding="utf-8").splitlines()
    failed = []
    if said := warnings(clang, include, "\n".join(lines)):
        failed.append(f"the right program: {said}")
    mistakes = [at for at, line in enumerate(lines) if "// missing: " in line]
    if len(mistakes) < 10:
        failed.append(f"{RIGHT} has only {len(mistakes)} mistakes to make")
    for at in mistakes:
        name = lines[at].split("// missing: ")[1]
        said = warnings(clang, include, "\n".join(lines[:at] + lines[at + 1:]))
        print(f"{name}: {said[0] if said else 'nothing'}")
        if not said:
            failed.append(f"without {name}: no warning")
    if failed:
        sys.exit("\n".join(failed))


if __name__ == "__main__":
    main()
