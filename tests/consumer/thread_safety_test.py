#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""clang's -Wthread-safety on a program that switched: nothing about the right one, and a warning for each of its lines
that is left out. usage: thread_safety_test.py CLANG INCLUDE_DIR"""
import pathlib
import re
import subprocess
import sys
import tempfile

RIGHT = pathlib.Path(__file__).parent / "thread_safety" / "right.cc"


def compiled(clang, include, text, *arguments):
    done = subprocess.run([clang, "-std=c++20", "-Wthread-safety", "-I", include, *arguments, "-"], input=text,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"does not compile:\n{done.stdout}")
    return done.stdout


def warnings(clang, include, headers, text):
    said = compiled(clang, include, text, "-include-pch", headers, "-fsyntax-only", "-x", "c++")
    return re.findall(r"warning: (.*\[-Wthread-safety.*\])", said)


def main():
    with tempfile.TemporaryDirectory() as folder:
        check(*sys.argv[1:], f"{folder}/headers.pch")


def check(clang, include, headers):
    lines = RIGHT.read_text(encoding="utf-8").splitlines()
    # Read once: they are nearly all there is to compile.
    compiled(clang, include, "\n".join(line for line in lines if line.startswith("#include")), "-x", "c++-header", "-o", headers)
    failed = []
    if said := warnings(clang, include, headers, "\n".join(lines)):
        failed.append(f"the right program: {said}")
    mistakes = [at for at, line in enumerate(lines) if "// missing: " in line]
    if len(mistakes) < 10:
        failed.append(f"{RIGHT} has only {len(mistakes)} mistakes to make")
    for at in mistakes:
        name = lines[at].split("// missing: ")[1]
        said = warnings(clang, include, headers, "\n".join(lines[:at] + lines[at + 1:]))
        print(f"{name}: {said[0] if said else 'nothing'}")
        if not said:
            failed.append(f"without {name}: no warning")
    if failed:
        sys.exit("\n".join(failed))


if __name__ == "__main__":
    main()
