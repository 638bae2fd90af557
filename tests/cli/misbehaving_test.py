# SPDX-License-Identifier: Apache-2.0
"""docs/misbehaving.md is true: each row is run, alone, and each scenario of the fixture has its row."""

import concurrent.futures
import json
import os
import pathlib
import re
import subprocess
import tempfile
import time
import unittest

import support
from support import wait_until

PROGRAM = os.environ.get("GRIDLOCK_MISBEHAVING", "")
PAGE = pathlib.Path(__file__).resolve().parents[2] / "docs" / "misbehaving.md"
DEADLINE = 5  # seconds of each scenario; the runner waits two more for a dump
ROW = re.compile(r"^\|.*\| `([^`]+)` \| ([a-z-]+) \| (\d+) \| (.+) \|$", re.M)
SMALL_DISK = "512k"


def rows():
    return {name: (verdict, int(code), said) for name, verdict, code, said in ROW.findall(PAGE.read_text())}


def users_of(folder):
    """Processes whose options name this directory."""
    found = []
    for process in pathlib.Path("/proc").iterdir():
        if process.name.isdigit():
            try:
                if str(folder).encode() in (process / "environ").read_bytes() and process.name != str(os.getpid()):
                    found.append(int(process.name))
            except OSError:
                pass
    return found


class Misbehaving(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="misbehaving-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        os.chmod(self.folder, 0o755)

    def outcome(self, name, tmp):
        """(verdict, exit code, what is said) of a run of one scenario, and its seconds."""
        file = self.folder / (name.replace("/", "-") + ".json")
        environment = {key: value for key, value in os.environ.items() if not key.startswith("GRIDLOCK_")}
        environment.update(TMPDIR=str(tmp), GRIDLOCK_SYMBOLIZER="none")
        begin = time.monotonic()
        done = subprocess.run([PROGRAM, "run", "--timeout", str(DEADLINE), "--json", str(file), name], env=environment,
                              capture_output=True, timeout=support.BOUND, check=False)
        seconds = time.monotonic() - begin
        said = done.stderr.decode(errors="replace")
        if not file.exists():
            return "none", done.returncode, said, seconds
        outcome = json.loads(file.read_text())["outcomes"][0]
        return outcome["verdict"], done.returncode, outcome["reason"] + said, seconds

    def check(self, name, tmp):
        wanted, (verdict, code, said, seconds) = rows()[name], self.outcome(name, tmp)
        self.assertEqual((verdict, code), wanted[:2], f"{name}: {said}")
        self.assertIn(wanted[2], said, name)
        self.assertLess(seconds, DEADLINE + 30, name)
        self.assertEqual(list(tmp.iterdir()), [], f"{name}: no file stays")
        wait_until(lambda: not users_of(tmp), f"{name}: no process stays")

    def test_page_and_fixture_have_the_same_rows(self):
        listed = json.loads(subprocess.run([PROGRAM, "list", "--json"], capture_output=True, check=True).stdout)
        self.assertEqual(sorted(rows()), sorted(one["name"] for one in listed))
        self.assertGreaterEqual(len(listed), 38)
        self.assertEqual(len(ROW.findall(PAGE.read_text())), len(rows()), "each once")

    def test_each_row_is_true(self):
        names = [name for name in rows() if "full-disk" not in name]
        if os.geteuid() != 0:
            names = [name for name in names if name not in ("around/chroot", "around/setuid")]

        def one(name):
            tmp = self.folder / name.replace("/", "-")
            tmp.mkdir()
            self.check(name, tmp)

        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            results = {name: pool.submit(one, name) for name in names}
        for name, result in results.items():
            with self.subTest(name):
                result.result()

    @unittest.skipIf(os.geteuid() != 0, "mounts a small disk")
    def test_each_row_about_a_full_disk_is_true(self):
        for name in [name for name in rows() if "full-disk" in name]:
            small = self.folder / name.replace("/", "-")
            small.mkdir()
            mount = ["mount", "-t", "tmpfs", "-o", f"size={SMALL_DISK}", "none", str(small)]
            if subprocess.run(mount, check=False, capture_output=True).returncode != 0:
                self.skipTest("may not mount")
            try:
                with self.subTest(name):
                    self.check(name, small)
            finally:
                subprocess.run(["umount", str(small)], check=True)


if __name__ == "__main__":
    support.main()
