# SPDX-License-Identifier: Apache-2.0
"""clang-tidy, kept to our code by the plugin, still finds what it finds without."""

import json
import pathlib
import re
import shutil
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "cmake"))
import check_tidy  # noqa: E402  (the path must be set first)

TIDY = "clang-tidy-19"
CONFIG = 'Checks: "-*,modernize-use-nullptr,misc-unused-using-decls"\nWarningsAsErrors: "*"\nHeaderFilterRegex: "ours"\n'
PLACES = re.compile(r"(\w+\.(?:h|cc)):(\d+):\d+: error: .*\[([a-z-]+),")


class Scope(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.plugin = check_tidy.plugin_for(TIDY, pathlib.Path(folder.name))

    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.folder = pathlib.Path(scratch.name)
        (self.folder / "system").mkdir()

    def write(self, name, text):
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path

    def project(self, source_text):
        self.write(".clang-tidy", CONFIG)
        self.write("system/theirs.h", "#pragma once\ninline int* theirs() { return 0; }\n")
        self.write("ours.h", "#pragma once\ninline int* ours() { return 0; }\n")
        source = self.write("ours.cc", source_text)
        command = f"clang++-19 -std=c++20 -isystem {self.folder}/system -I{self.folder} -c {source}"
        entry = {"directory": str(self.folder), "command": command, "file": str(source)}
        self.write("compile_commands.json", json.dumps([entry]))
        return source

    def findings(self, tidy, source):
        _, code, said, _ = check_tidy.run_one(tidy, self.folder, source, self.folder / "stamp")
        return code, {(file, int(line), check) for file, line, check in PLACES.findall(said)}

    def test_what_is_wrong_in_our_source_and_header_is_found_and_the_library_is_left_alone(self):
        source = self.project("#include <theirs.h>\n#include <utility>\n#include \"ours.h\"\nusing std::swap;\n"
                              "int* mine() { return theirs() == ours() ? 0 : ours(); }\n")
        self.assertTrue(self.plugin, "clang-tidy-19 is there, and LLVM's headers: llvm-19-dev, libclang-19-dev")
        code, found = self.findings([TIDY, *self.plugin], source)
        self.assertNotEqual(code, 0)
        self.assertEqual(found, {("ours.h", 2, "modernize-use-nullptr"), ("ours.cc", 5, "modernize-use-nullptr"),
                                 ("ours.cc", 4, "misc-unused-using-decls")})
        self.assertEqual(self.findings([TIDY], source), (code, found))

    def test_clean_code_is_clean_with_the_plugin(self):
        source = self.project("#include <theirs.h>\nint* mine() { return theirs(); }\n")
        self.assertEqual(self.findings([TIDY, *self.plugin], source), (0, set()))
        self.assertTrue((self.folder / "stamp").exists())

    def test_sources_that_are_compiled_together_are_looked_at_one_by_one(self):
        folder = self.folder / "tool.dir/Unity"
        folder.mkdir(parents=True)
        together = folder / "unity_0_cxx.cxx"
        together.write_text('/* generated */\n\n#include "/ours/a.cc"\n\n#include "/ours/b.cc"\n', encoding="utf-8")
        alone = {"directory": "/d", "command": "c++ -o x.o -c /ours/x.cc", "file": "/ours/x.cc"}
        entry = {"directory": "/d", "command": f"c++ -o u.o -c {together}", "file": str(together)}
        self.assertEqual(list(check_tidy.one_by_one([entry, alone])),
                         [entry | {"command": f"c++ -o u.o -c /ours/{name}.cc", "file": f"/ours/{name}.cc"} for name in "ab"] + [alone])

    def test_a_version_without_headers_goes_without_the_plugin(self):
        self.assertEqual(check_tidy.plugin_for("clang-tidy-3", self.folder), [])


if __name__ == "__main__":
    if not all(map(shutil.which, (TIDY, "llvm-config-19", "clang++-19"))):
        sys.exit(77)
    unittest.main()
