# SPDX-License-Identifier: Apache-2.0
"""README.md's broken program gives what the README says.

  readme_program_test.py PROGRAM GRIDLOCK [README [--write]]    README: holds its sample against what is printed
                                                               --write: puts what is printed into the README
"""
import difflib
import glob
import os
import pathlib
import subprocess
import sys
import tempfile

from samples import sample, samples_of, with_samples

NAME = "transfer"  # of its sample


def compare(readme, printed):
    text = readme.read_text(encoding="utf-8")
    shown = dict((name, old) for name, _, old in samples_of(text))
    assert NAME in shown, f"{readme} has no sample {NAME}"
    if "--write" in sys.argv:
        readme.write_text(with_samples(text, {NAME: printed}), encoding="utf-8")
        return
    lines = difflib.unified_diff(shown[NAME].splitlines(True), printed.splitlines(True), "README.md", "what the tool prints")
    assert shown[NAME] == printed, "".join(lines) + f"If what is printed is right: {' '.join(sys.argv)} --write"


def main():
    program, gridlock = (os.path.abspath(path) for path in sys.argv[1:3])
    readme = sys.argv[3] if len(sys.argv) > 3 else ""
    with tempfile.TemporaryDirectory() as folder:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("GRIDLOCK_")}
        ran = subprocess.run([program], cwd=folder, env=environment, stderr=subprocess.PIPE, text=True, timeout=60, check=False)
        logs = glob.glob(f"{folder}/gridlock.*.jsonl")
        assert len(logs) == 1, f"one log was expected, there are {logs}; stderr: {ran.stderr}"
        name = os.path.basename(logs[0])
        assert f"gridlock report {name}" in ran.stderr, f"the program did not say how to read its log: {ran.stderr}"
        page = subprocess.run([gridlock, "report", name, "--html", "page.html", "--text"], cwd=folder, env=environment,
                              stdout=subprocess.PIPE, text=True, timeout=60, check=False)
        assert page.returncode == 1, f"a log with findings gives exit code 1, not {page.returncode}"
        # The two threads may really meet; then it is the deadlock itself, of the same two locks.
        really_hung = ran.returncode == 66 and "[deadlock]" in page.stdout
        predicted = ran.returncode in (0, 66) and "[lock-order-cycle]" in page.stdout
        assert really_hung or predicted, f"exit code {ran.returncode}:\n{page.stdout}"
        for words in ("alice (M", "bob (M", "rent (T", "gift (T", "std::lock_guard hold_from{from.lock};",
                      "std::lock_guard hold_to{to.lock};", "`std::scoped_lock hold{from.lock, to.lock};`"):
            assert words in page.stdout, f"'{words}' is missing in:\n{page.stdout}"
        if predicted and readme:
            compare(pathlib.Path(readme), sample(page.stdout))
        assert os.path.getsize(f"{folder}/page.html") > 10000
    print("as README.md says")


main()
