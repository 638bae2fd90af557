#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Installs what the tests of the page and of SARIF take from npm into a folder, once for each lock file.

  npm_install.py SOURCE FOLDER      FOLDER/node_modules; exit code 0 there, 77 not to be had (the reason is printed)
"""

import hashlib
import pathlib
import shutil
import subprocess
import sys


def main():
    source, folder = map(pathlib.Path, sys.argv[1:])
    lock = (source / "package-lock.json").read_bytes()
    stamp = folder / "installed"
    wanted = hashlib.sha256(lock + (source / "package.json").read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text(encoding="utf-8") == wanted:
        print("installed already")
        return 0
    npm = shutil.which("npm")
    if npm is None:
        print("skipped: there is no npm")
        return 77
    folder.mkdir(parents=True, exist_ok=True)
    stamp.unlink(missing_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(source / name, folder / name)
    command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=1", "--fetch-timeout=60000"]
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=240, check=False)
    except subprocess.TimeoutExpired:
        print("skipped: npm ci did not end within 240 s")
        return 77
    if done.returncode != 0:
        print(f"skipped: npm ci failed:\n{done.stderr.strip()[-2000:]}")
        return 77
    stamp.write_text(wanted, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
