# SPDX-License-Identifier: Apache-2.0
"""README.md's broken program gives what the README says.

  readme_program_test.py PROGRAM GRIDLOCK [README [--write]]    README: holds its sample against what is printed
                                                               --write: puts what is printed into the README
"""
import difflib
import os
import pathlib
import re
import subprocess
import sys
import tempfile

from samples import sample, samples_of, with_samples

NAME = "transfer"  # of its sample


def with_usual_numbers(text):
    """Locks and threads by their first appearance: which thread comes first is luck, and ThreadSanitizer has one of its own."""
    numbers = {}

    def usual(match):
        letter = match[1]
        first = 2 if letter == "T" else 1
        return numbers.setdefault(match[0], f"{letter}{first + sum(name[0] == letter for name in numbers)}")

    return re.sub(r"\b([MT])\d+\b", usual, text)


def difference(readme, printed):
    text = readme.read_text(encoding="utf-8")
    shown = dict((name, old) for name, _, old in samples_of(text))
    assert NAME in shown, f"{readme} has no sample {NAME}"
    if "--write" in sys.argv:
        readme.write_text(with_samples(text, {NAME: printed}), encoding="utf-8")
        return ""
    if shown[NAME] == printed:
        return ""
    lines = difflib.unified_diff(shown[NAME].splitlines(True), printed.splitlines(True), "README.md", "what the tool prints")
    return "".join(lines)


def run(program, gridlock, folder):
    """What `gridlock exec` says, and whether the program really hung: the two threads may meet."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GRIDLOCK_")}
    environment["TSAN_OPTIONS"] = "detect_deadlocks=0"
    ran = subprocess.run([gridlock, "exec", "--html", "page.html", "--source-root", os.path.dirname(program), program], cwd=folder,
                         env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=60, check=False)
    text = ran.stderr
    assert ran.stdout == "", f"the program prints nothing: {ran.stdout}"
    hung = ran.returncode == 1 and "[deadlock]" in text
    assert hung or (ran.returncode == 0 and "[lock-order-cycle]" in text), f"exit code {ran.returncode}:\n{text}"
    for words in ("std::lock_guard hold_from{from.lock};", "std::lock_guard hold_to{to.lock};",
                  "`std::scoped_lock hold{from.lock, to.lock};`"):
        assert words in text, f"'{words}' is missing in:\n{text}"
    assert os.path.getsize(f"{folder}/page.html") > 10000
    return text, hung


def main():
    program, gridlock = (os.path.abspath(path) for path in sys.argv[1:3])
    readme = pathlib.Path(sys.argv[3]) if len(sys.argv) > 3 else None
    differs = ""
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(10):
            text, hung = run(program, gridlock, folder)
            if hung or readme is None:
                continue
            differs = difference(readme, with_usual_numbers(sample(text)))
            if not differs:
                break
    sys.exit(f"{differs}If what is printed is right: {' '.join(sys.argv)} --write" if differs else 0)


main()
