# SPDX-License-Identifier: Apache-2.0
"""docs/findings.md shows what the tool prints.

  findings_samples_test.py GRIDLOCK DOCUMENT            compares; exit code 1 names the samples that differ
  findings_samples_test.py GRIDLOCK DOCUMENT --write    writes the samples of this build into the document

A build with ThreadSanitizer compares the samples that need it, any other build the rest: together they are all.
"""
import difflib
import os
import pathlib
import subprocess
import sys

from samples import sample, samples_of, with_samples


def run(gridlock, name):
    environment = {key: value for key, value in os.environ.items() if not key.startswith("GRIDLOCK_")}
    return subprocess.run([gridlock, "run", name, "-v"], env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, timeout=100, check=False).stdout


def main():
    gridlock, document = sys.argv[1], pathlib.Path(sys.argv[2])
    text = document.read_text(encoding="utf-8")
    shown = samples_of(text)
    assert len(shown) > 20, f"{document} has {len(shown)} samples; one for each kind of finding was expected"
    has_tsan = "not checked" not in run(gridlock, "shared-counter/unsafe")
    printed = {}
    for name, needs_tsan, _ in shown:
        if needs_tsan != has_tsan:
            continue
        output = run(gridlock, name)
        printed[name] = sample(output)
        assert printed[name], f"{name} has no finding to show:\n{output}"
    if "--write" in sys.argv:
        document.write_text(with_samples(text, printed), encoding="utf-8")
        print(f"{len(printed)} samples written")
        return 0
    differing = 0
    for name, _, old in shown:
        if name not in printed or printed[name] == old:
            continue
        differing += 1
        sys.stdout.writelines(difflib.unified_diff(old.splitlines(True), printed[name].splitlines(True), f"{document.name}: {name}",
                                                   "what the tool prints"))
    if differing:
        print(f"{differing} samples differ. If what is printed is right: {' '.join(sys.argv)} --write")
    else:
        print(f"{len(printed)} samples are what the tool prints")
    return 1 if differing else 0


sys.exit(main())
