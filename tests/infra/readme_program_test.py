# SPDX-License-Identifier: Apache-2.0
"""README.md's broken program gives what the README says: `readme_program_test.py PROGRAM GRIDLOCK`."""
import glob
import os
import subprocess
import sys
import tempfile


def main():
    program, gridlock = sys.argv[1:]
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
        really_hung = ran.returncode == 1 and "[deadlock]" in page.stdout
        predicted = ran.returncode in (0, 66) and "[lock-order-cycle]" in page.stdout
        assert really_hung or predicted, f"exit code {ran.returncode}:\n{page.stdout}"
        for words in ("alice (M", "bob (M", "rent (T", "gift (T", "std::lock_guard hold_from{from.lock};",
                      "std::lock_guard hold_to{to.lock};"):
            assert words in page.stdout, f"'{words}' is missing in:\n{page.stdout}"
        assert os.path.getsize(f"{folder}/page.html") > 10000
    print("as README.md says")


main()
