# SPDX-License-Identifier: Apache-2.0
"""Programs that came with the system do the same with and without, and nothing is found in them."""

import random
import shutil
import unittest

from support import ExecTest

PYTHON = """
import concurrent.futures, queue, threading
lock, items = threading.Lock(), queue.Queue(4)
def put():
    for i in range(200): items.put(i)
def get():
    return sum(items.get() for _ in range(200))
with concurrent.futures.ThreadPoolExecutor(4) as pool:
    parts = [pool.submit(put), pool.submit(get), pool.submit(put), pool.submit(get)]
    print(sum(part.result() or 0 for part in parts))
"""
SQL = """
create table t(a integer, b text);
with recursive c(x) as (select 1 union all select x + 1 from c where x < 20000) insert into t select x, hex(x) from c;
select count(*), sum(a), max(b) from t;
"""


class Programs(ExecTest):
    def setUp(self):
        super().setUp()
        numbers = random.Random(1)
        self.lines = self.folder / "lines"
        self.lines.write_text("".join(f"{numbers.randrange(10 ** 9)}\n" for _ in range(100000)))

    def check(self, *words, stdin="", codes=(0,)):
        path = shutil.which(words[0], path="/usr/bin:/bin:/usr/sbin")
        if path is None:
            self.skipTest(f"{words[0]} is not installed")
        words = [path, *words[1:]]
        plain = self.run_program(words, stdin=stdin)
        done, kinds = self.watch(words, stdin=stdin)
        self.assertEqual(kinds, [], done.stderr)
        self.assertEqual((done.returncode, done.stdout, done.stderr), (plain.returncode, plain.stdout, plain.stderr))
        self.assertIn(done.returncode, codes)

    def test_xz(self):
        self.check("xz", "-1", "-T2", "--block-size=65536", "-c", self.lines)

    def test_zstd(self):
        self.check("zstd", "-T2", "-q", "-c", self.lines)

    def test_sort(self):
        self.check("sort", "--parallel=4", "-S", "1M", "-n", self.lines)

    def test_sqlite3(self):
        self.check("sqlite3", ":memory:", stdin=SQL)

    def test_python3(self):
        self.check("python3", "-c", PYTHON)

    def test_git(self):
        self.check("git", "init", "-q", self.folder / "repository")
        self.check("git", "--version")

    def test_curl(self):
        self.check("curl", "--version")

    def test_perl(self):
        self.check("perl", "-e", "print join ',', sort 1 .. 20")

    def test_make(self):
        self.check("make", "--version")

    def test_gcc(self):
        self.check("gcc", "-x", "c", "-S", "-o", "-", "-", stdin="int main(void) { return 0; }\n")

    def test_bash(self):
        self.check("bash", "-c", "for i in 1 2 3; do echo $i | cat; done; exit 3", codes=(3,))


if __name__ == "__main__":
    unittest.main(verbosity=2)
