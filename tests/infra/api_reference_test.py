# SPDX-License-Identifier: Apache-2.0
"""The API reference (docs/Doxyfile): every public member is documented, and what it shows is what a program may use."""

import html
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

if shutil.which("doxygen") is None:
    print("no doxygen: ./quickstart test installs it")
    raise SystemExit(77)

ROOT = pathlib.Path(__file__).resolve().parents[2]
HEADERS = ROOT / "harness" / "include" / "gridlock"
sys.path.insert(0, str(ROOT / "cmake"))
import reference_filter  # noqa: E402

SMALL = """// SPDX-License-Identifier: Apache-2.0
//
// What it is for, in &, <words> and @commands.
//
//   operation   free   held
//   lock        %d     <waits>
#pragma once

/// All of it.
namespace gridlock {

namespace internal {
void hidden();
}

/// A class.
class Small {
 public:
  /// @{
  /// Both forms.
  void wait_for(int seconds);
  void wait_until(long moment);
  /// @}
  /// @cond internal
  void of_the_library();
  /// @endcond
  DESCRIPTION
  int value() const;

 private:
  int value_;
};

}  // namespace gridlock
"""


def doxygen(out, *settings):
    """Runs it with the project's settings and these; a warning is an error."""
    config = "\n".join(["@INCLUDE = docs/Doxyfile", f'OUTPUT_DIRECTORY = "{out}"', "WARN_AS_ERROR = FAIL_ON_WARNINGS", *settings])
    return subprocess.run(["doxygen", "-"], input=config + "\n", cwd=ROOT, capture_output=True, text=True, check=False)


def excluded():
    """The headers that are for the library alone."""
    setting = re.search(r"^EXCLUDE +=((?:.*\\\n)*.*)$", (ROOT / "docs/Doxyfile").read_text(), re.M).group(1)
    return set(re.findall(r"gridlock/(\w+\.h)", setting))


class TheReference(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.result = doxygen(cls.folder.name)
        cls.pages = pathlib.Path(cls.folder.name) / "html"

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def page(self, name):
        return (self.pages / name).read_text()

    def test_has_no_warnings(self):
        self.assertEqual(self.result.stderr, "")
        self.assertEqual(self.result.returncode, 0)

    def test_has_a_page_for_each_public_header_and_each_is_named_on_the_first_or_part_of_gridlock_h(self):
        first = (ROOT / "docs/api_reference.md").read_text()
        whole = (HEADERS / "gridlock.h").read_text()
        public = {header.name for header in HEADERS.glob("*.h")} - excluded()
        self.assertGreater(len(public), 30)
        for name in public:
            self.assertTrue((self.pages / name.replace("_", "__").replace(".h", "_8h.html")).exists(), name)
            self.assertRegex(first + whole, rf"\b{name}\b")
        self.assertEqual(set(re.findall(r"\b(\w+\.h)\b", first)) - public, set())

    def test_shows_members_and_the_contract_of_the_header(self):
        lock = self.page("classgridlock_1_1Lock.html")
        for word in ("try_lock_until", "Releases the lock"):
            self.assertTrue(word in lock, word)
        header = self.page("lock_8h.html")
        for word in ("What happens, by operation and state", "RLock: true, depth + 1"):
            self.assertTrue(word in header, word)

    def test_shows_each_kind_of_finding_with_its_title(self):
        table = (HEADERS / "finding_kinds.def").read_text()
        rows = reference_filter.ROW.findall(table)
        self.assertGreater(len(rows), 20)
        self.assertEqual(len(rows), table.count("GRIDLOCK_FINDING_KIND(k"))
        page = html.unescape(re.sub(r"<[^>]*>", "", self.page("namespacegridlock.html")))
        for kind, title in rows:
            self.assertTrue(kind in page, kind)
            self.assertTrue(title in page, title)

    def test_leaves_out_what_is_for_the_library_alone(self):
        self.assertEqual([path.name for path in self.pages.glob("*internal*")], [])
        for path in self.pages.glob("*gridlock_1_1*.html"):
            text = path.read_text()
            for word in ("GRIDLOCK_ACQUIRE", "kObjectType<", "kRunsUserCode<", "core_", "Private Member", "Friends"):
                self.assertFalse(word in text, f"{path.name}: {word}")


class TheCheck(unittest.TestCase):
    def small(self, description):
        """Doxygen's result for the small header with this in front of one function, and its pages, one text."""
        with tempfile.TemporaryDirectory() as folder:
            header = pathlib.Path(folder) / "small.h"
            header.write_text(SMALL.replace("DESCRIPTION", description))
            result = doxygen(folder, f'INPUT = "{folder}"', "USE_MDFILE_AS_MAINPAGE =", "EXCLUDE =", "SOURCE_BROWSER = NO", "VERBATIM_HEADERS = NO")
            pages = "\n".join(path.read_text() for path in sorted((pathlib.Path(folder) / "html").glob("*.html")))
            return result, pages

    def test_accepts_what_is_documented(self):
        result, pages = self.small("/// What it says.")
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        for shown in ("What it says.", "What it is for, in &amp;, &lt;words&gt; and @commands.", "lock        %d     &lt;waits&gt;"):
            self.assertTrue(shown in pages, shown)
        documented = pages[pages.index("Member Function Documentation"):]
        self.assertEqual(len(re.findall(r"<p ?>Both forms\. </p>", documented)), 2)
        for hidden in ("hidden()", "of_the_library", "value_"):
            self.assertFalse(hidden in pages, hidden)

    def test_refuses_a_public_function_that_is_not_documented(self):
        for nothing in ("", "// No comment of Doxygen's."):
            result, _ = self.small(nothing)
            self.assertNotEqual(result.returncode, 0)
            self.assertRegex(result.stderr, r"small\.h:\d+: \w+: .*value\(\) const.* is not documented")
            self.assertEqual(len(re.findall("is not documented", result.stderr)), 1)

    def test_names_the_line(self):
        result, _ = self.small("")
        line = SMALL.splitlines().index("  int value() const;") + 1
        self.assertIn(f"small.h:{line}:", result.stderr)

    def test_refuses_a_command_that_there_is_not(self):
        result, _ = self.small("/// What @nosuchcommand says.")
        self.assertNotEqual(result.returncode, 0)


class TheFilter(unittest.TestCase):
    def test_keeps_every_line_on_its_line(self):
        for header in sorted(HEADERS.glob("*.h")):
            text = header.read_text()
            result = reference_filter.filtered(text, (HEADERS / "finding_kinds.def").read_text())
            at = text.split("\n").index("#pragma once")
            self.assertEqual(result.count("\n"), text.count("\n"), header.name)
            self.assertEqual(result.split("\n")[at], "#pragma once", header.name)

    def test_shows_a_list_as_a_list_and_a_table_as_it_is(self):
        top = ["//", "// What is different:", "//   - One <thing>", "//     of two lines.", "//   - Another.", "//", "//   table  - <b>", "//", "//   - Last."]
        shown = reference_filter.described(top)[1:]
        self.assertEqual(shown, ["/// What is different:", r"///   - One \<thing\>", "///     of two lines.", "///   - Another.", "///",
                                 "/// <pre>  table  - &lt;b&gt;</pre>", "///", "///   - Last."])

    def test_leaves_code_in_backticks_as_it_is(self):
        self.assertEqual(reference_filter.escaped("a <b> `c<d>` #e"), r"a \<b\> `c<d>` \#e")
        self.assertEqual(reference_filter.escaped("one ` <alone>"), r"one ' \<alone\>")


if __name__ == "__main__":
    unittest.main()
