# SPDX-License-Identifier: Apache-2.0
"""cmake/check_tree.py: each check refuses one broken tree and accepts its nearest good one."""

import contextlib
import io
import pathlib
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "cmake"))
import check_tree  # noqa: E402  (the path must be set first)

SPDX = "// SPDX-License-Identifier: Apache-2.0\n"
TABLE = SPDX + 'GRIDLOCK_FINDING_KIND(kA, "alpha", "A", kTsan,\n  "m", "f")\n'
ENTRY = "\n".join(check_tree.SECTIONS)


class TreeChecks(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        self.write("harness/include/gridlock/finding_kinds.def", TABLE)
        self.write("harness/CMakeLists.txt", "# " + SPDX + "  include/gridlock/finding_kinds.def\n")
        self.write("docs/findings.md", f"# Findings\n\n## alpha\n{ENTRY}\n")

    def write(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def check(self, name):
        with contextlib.redirect_stdout(io.StringIO()) as out:
            code = check_tree.main([name, "--root", str(self.root)])
        return code, out.getvalue()

    def test_the_tree_itself_passes(self):
        with contextlib.redirect_stdout(io.StringIO()) as out:
            code = check_tree.main(["all", "--root", str(ROOT)])
        self.assertEqual(code, 0, out.getvalue())

    def test_a_complete_small_tree_passes(self):
        code, output = self.check("all")
        self.assertEqual(code, 0, output)

    def test_a_header_that_leaves_out_part_of_its_contract_is_refused(self):
        whole = SPDX + "//\n// Fairness, signal handlers and full\n// tables: as for lock.h.\n//\n// Misuse:\n//   a();\n#pragma once\n"
        self.write("harness/include/gridlock/a.h", whole)
        self.assertEqual(self.check("contracts")[0], 0)
        for part, name in (("Fairness", "fairness"), ("Misuse", "an example of misuse")):
            self.write("harness/include/gridlock/a.h", whole.replace(part, "Order") + "// fairness misuse:\n")
            code, output = self.check("contracts")
            self.assertEqual(code, 1)
            self.assertIn(f"harness/include/gridlock/a.h:1: says nothing of {name}", output)

    def test_a_source_without_licence_is_refused(self):
        self.write("harness/analysis/a.cc", "int a;\n" * 3)
        code, output = self.check("spdx")
        self.assertEqual(code, 1)
        self.assertIn("harness/analysis/a.cc:1: no 'SPDX", output)

    def test_a_licence_below_a_shebang_is_seen(self):
        self.write("run.sh", "#!/bin/sh\n# " + check_tree.LICENCE + "\n")
        self.assertEqual(self.check("spdx")[0], 0)

    def test_a_script_without_suffix_needs_a_licence_too(self):
        self.write(".ci/run", "#!/bin/sh\n")
        self.assertEqual(self.check("spdx")[0], 1)

    def test_build_trees_are_not_looked_at(self):
        self.write("build/dev/a.cc", "")
        self.assertEqual(self.check("spdx")[0], 0)

    def test_a_file_of_500_lines_is_refused(self):
        self.write("a.cc", SPDX + "\n" * 499)
        code, output = self.check("length")
        self.assertEqual(code, 1)
        self.assertIn("a.cc:500: 500 lines", output)

    def test_a_file_of_400_lines_is_only_a_warning(self):
        self.write("a.cc", SPDX + "\n" * 399)
        code, output = self.check("length")
        self.assertEqual(code, 0)
        self.assertIn("warning: a.cc:400", output)

    def test_a_file_of_399_lines_is_silent(self):
        self.write("a.cc", SPDX + "\n" * 398)
        code, output = self.check("length")
        self.assertEqual((code, output), (0, "length: ok\n"))

    def test_a_public_header_that_nobody_lists_is_refused(self):
        self.write("harness/include/gridlock/lost.h", SPDX)
        code, out = self.check("headers")
        self.assertEqual((code, out), (1, "harness/CMakeLists.txt: does not list include/gridlock/lost.h\n"))

    def test_a_listed_header_that_does_not_exist_is_refused(self):
        self.write("harness/CMakeLists.txt", "  include/gridlock/finding_kinds.def\n  include/gridlock/gone.h\n")
        code, out = self.check("headers")
        self.assertEqual((code, out), (1, "harness/CMakeLists.txt: include/gridlock/gone.h does not exist\n"))

    def test_a_kind_without_explanation_is_refused(self):
        self.write("harness/include/gridlock/finding_kinds.def",
                   TABLE + 'GRIDLOCK_FINDING_KIND(kB, "beta", "B", kTsan, "m", "f")\n')
        code, output = self.check("findings")
        self.assertEqual(code, 1)
        self.assertIn("no '## beta'", output)

    def test_an_explanation_of_no_kind_is_refused(self):
        self.write("docs/findings.md", f"## alpha\n{ENTRY}\n## gamma\n{ENTRY}\n")
        code, output = self.check("findings")
        self.assertEqual(code, 1)
        self.assertIn("'## gamma' is no kind", output)

    def test_an_incomplete_explanation_is_refused(self):
        self.write("docs/findings.md", "## alpha\n" + ENTRY.replace("**Fix.**", ""))
        code, output = self.check("findings")
        self.assertEqual(code, 1)
        self.assertIn("'## alpha' has no paragraph **Fix.**", output)

    def test_a_table_that_cannot_be_read_is_no_pass(self):
        self.write("harness/include/gridlock/finding_kinds.def", SPDX)
        code, output = self.check("findings")
        self.assertEqual(code, 1)
        self.assertIn("no GRIDLOCK_FINDING_KIND row", output)


if __name__ == "__main__":
    unittest.main()
