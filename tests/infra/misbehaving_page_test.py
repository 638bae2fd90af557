# SPDX-License-Identifier: Apache-2.0
"""docs/misbehaving.md: the tests that its last table names are there, and are built or run."""

import pathlib
import re
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
ROW = re.compile(r"^\| (.+) \| (.+) \| `(\w+)\.(\w+)` \|$", re.M)
KINDS = 38  # that there are at least, each told once


def rows(page):
    """(what it does, suite, test) of the table of tests."""
    return [(does, suite, test) for does, _, suite, test in ROW.findall(page)]


def is_listed(file):
    """The CMakeLists.txt beside it names the file, or the script without its ending."""
    lists = file.parent / "CMakeLists.txt"
    name = file.name.removesuffix("_test.py") if file.suffix == ".py" else file.name
    return lists.exists() and re.search(rf"(?<![\w/]){re.escape(name)}(?!\w)", lists.read_text()) is not None


def missing(page, tests):
    """What is wrong with the rows, in lines."""
    sources = {file: file.read_text() for ending in ("cc", "py") for file in sorted(tests.rglob(f"*_test.{ending}"))}
    wrong = []
    for _, suite, test in rows(page):
        cpp = re.compile(rf"^TEST(_F|_P)?\({suite}, {test}\)", re.M)
        python = re.compile(rf"^class {suite}\(.*?^    def {test}\(self\):", re.M | re.S)
        files = [file for file, text in sources.items() if (cpp if file.suffix == ".cc" else python).search(text)]
        if not files:
            wrong.append(f"{suite}.{test}: no such test")
        elif not any(is_listed(file) for file in files):
            wrong.append(f"{suite}.{test}: {files[0].name} is not listed")
    return wrong


class MisbehavingPage(unittest.TestCase):
    def setUp(self):
        self.page = (ROOT / "docs" / "misbehaving.md").read_text()

    def test_names_tests_that_are_there(self):
        self.assertEqual(missing(self.page, ROOT / "tests"), [])

    def test_has_enough_kinds(self):
        told = re.findall(r"^\| (?!what it does)([^|]+?) \|", self.page, re.M)
        told = [one for one in told if one.strip("-")]
        self.assertGreaterEqual(len(told), KINDS)
        self.assertGreaterEqual(len(rows(self.page)), 20)
        tests = [(suite, test) for _, suite, test in rows(self.page)]
        self.assertEqual(len(tests), len(set(tests)))
        for word in ("clock", "dlclose", "/proc/self/task"):
            self.assertTrue(any(word in one for one in told), word)

    def test_that_names_what_is_not_there_is_refused(self):
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            (folder / "a_test.cc").write_text("TEST_P(Suite, Works) {\n}\nTEST(Suite, WorksNot) {}\n")
            (folder / "b_test.py").write_text("class Other(unittest.TestCase):\n    def test_it(self):\n        pass\n")
            (folder / "c_test.cc").write_text("TEST(Forgotten, Works) {}\n")
            (folder / "CMakeLists.txt").write_text("gridlock_test(x\n  a_test.cc)\nforeach(name b)\n")
            row = "| does | comes | `{}` |\n".format
            self.assertEqual(missing(row("Suite.Works") + row("Other.test_it"), folder), [])
            self.assertEqual(missing(row("Suite.Work"), folder), ["Suite.Work: no such test"])
            self.assertEqual(missing(row("Other.test_"), folder), ["Other.test_: no such test"])
            self.assertEqual(missing(row("Forgotten.Works"), folder), ["Forgotten.Works: c_test.cc is not listed"])


if __name__ == "__main__":
    unittest.main()
