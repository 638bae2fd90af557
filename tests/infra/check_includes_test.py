# SPDX-License-Identifier: Apache-2.0
"""cmake/check_includes.py: each rule refused once, and its nearest allowed form accepted."""

import contextlib
import io
import pathlib
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "cmake"))
import check_includes  # noqa: E402  (the path must be set first)


class IncludeRules(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        self.write("harness/README.md", (ROOT / "harness/README.md").read_text(encoding="utf-8"))

    def write(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def check(self, *arguments):
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = check_includes.main(["--root", str(self.root), *arguments])
        return code, out.getvalue() + err.getvalue()

    def assert_refused(self, name, line, *words):
        self.write(name, f"// first\n{line}\n")
        code, output = self.check()
        self.assertEqual(code, 1, output)
        self.assertIn(f"{name}:2: ", output)
        for word in words:
            self.assertIn(word, output)

    def assert_accepted(self, name, line):
        self.write(name, f"{line}\n")
        code, output = self.check()
        self.assertEqual(code, 0, output)

    def test_the_tree_itself_follows_the_table(self):
        with contextlib.redirect_stdout(io.StringIO()) as out:
            code = check_includes.main(["--root", str(ROOT)])
        self.assertEqual(code, 0, out.getvalue())

    def test_a_lower_layer_must_not_reach_up(self):
        self.assert_refused("harness/analysis/a.cc", '#include "harness/runtime/orders/hooks.h"', "analysis may not include",
                            'allowed: <gridlock/...>, "harness/platform/..."')

    def test_a_layer_may_reach_what_the_table_names(self):
        self.assert_accepted("harness/runtime/a.cc", '#include "harness/analysis/graph.h"')

    def test_a_room_must_not_reach_up(self):
        self.assert_refused("harness/runtime/waits/a.cc", '#include "harness/runtime/findings/log.h"',
                            "harness/runtime/waits may not include", "allowed: core, registry, orders, waits")
        self.assert_refused("harness/runtime/findings/a.cc", '#include "harness/runtime/fork.h"', "findings may not include")

    def test_a_room_may_reach_down_and_what_is_above_all_rooms_may_reach_each(self):
        self.assert_accepted("harness/runtime/findings/a.cc", '#include "harness/runtime/waits/wait.h"\n#include "harness/runtime/findings/log.h"')
        self.assert_accepted("harness/runtime/a.cc", '#include "harness/runtime/process_tree/tree.h"')
        self.assert_accepted("harness/primitives/a.cc", '#include "harness/runtime/operation.h"')

    def test_a_folder_that_is_no_room_is_refused(self):
        self.write("harness/runtime/attic/a.cc", "\n")
        code, output = self.check()
        self.assertEqual(code, 1, output)
        self.assertIn("harness/runtime/attic/ is not among the rooms", output)

    def test_a_primitive_does_not_decide_when_a_thread_goes_on(self):
        for line in ("futex_wake(&word, 1);", "const u64 now = now_ns();", "cpu_relax();", "raw_syscall(SYS_sched_yield);",
                     "std::this_thread::yield();"):
            self.assert_refused("harness/primitives/a.cc", line, "runtime/core/control.h")

    def test_a_primitive_asks_the_control_and_may_speak_of_the_futex(self):
        self.assert_accepted("harness/primitives/a.cc", "wake_waiters(word, 1);  // in the end futex_wake")

    def test_the_platform_has_the_futex(self):
        self.assert_accepted("harness/platform/a.cc", "futex_wake(&word, 1);")

    def test_a_layer_may_include_itself_and_the_system(self):
        self.assert_accepted("harness/analysis/a.cc", '#include "harness/analysis/b.h"\n#include <cstdint>')

    def test_a_public_header_must_not_show_private_ones(self):
        self.assert_refused("harness/include/gridlock/a.h", '#include "harness/platform/futex.h"', "platform/futex.h")

    def test_a_public_header_may_include_another(self):
        self.assert_accepted("harness/include/gridlock/a.h", "#include <gridlock/finding.h>")

    def test_reports_see_only_public_headers(self):
        self.assert_refused("reports/text.cc", '#include "harness/scenario/runner.h"', "reports may not include")

    def test_reports_may_include_their_own_headers(self):
        self.assert_accepted("reports/text.cc", '#include "reports/frames.h"\n#include <gridlock/report.h>')

    def test_scenarios_see_only_public_headers(self):
        self.assert_refused("scenarios/threads/a.cc", '#include "reports/frames.h"', "scenarios may not include")

    def test_tests_may_include_everything(self):
        self.assert_accepted("tests/a_test.cc", '#include "harness/runtime/orders/hooks.h"\n#include <nlohmann/json.hpp>')

    def test_a_path_that_is_relative_to_the_file_is_refused(self):
        self.assert_refused("harness/analysis/a.cc", '#include "graph.h"', "from the root of the repository")

    def test_a_public_header_in_quotes_is_refused(self):
        self.assert_refused("harness/cli/a.cc", '#include "harness/include/gridlock/finding.h"', "<gridlock/...>")

    def test_a_heavy_library_in_a_header_is_refused(self):
        self.assert_refused("harness/scenario/a.h", "#include <nlohmann/json.hpp>", "nlohmann is for .cc files")

    def test_a_heavy_library_in_one_source_file_is_accepted(self):
        self.assert_accepted("harness/scenario/a.cc", "#include <nlohmann/json.hpp>")

    def test_the_observer_must_not_use_heavy_libraries(self):
        self.assert_refused("harness/runtime/a.cc", "#include <CLI/CLI.hpp>", "runtime does not use CLI")

    def test_primitives_may_map_shared_memory_by_boost_interprocess_but_not_in_a_header(self):
        self.assert_accepted("harness/composed/a.cc", "#include <boost/interprocess/mapped_region.hpp>")
        self.assert_refused("harness/composed/a.h", "#include <boost/interprocess/mapped_region.hpp>", "for .cc files")
        self.assert_refused("harness/runtime/a.cc", "#include <boost/interprocess/mapped_region.hpp>", "does not use boost")

    def test_the_platform_layer_may_use_boost_stacktrace(self):
        self.assert_accepted("harness/platform/a.cc", "#include <boost/stacktrace/frame.hpp>")

    def test_a_new_layer_needs_a_row(self):
        self.write("harness/magic/a.cc", "")
        code, output = self.check()
        self.assertEqual(code, 1)
        self.assertIn("harness/magic/ is not in the table", output)

    def test_the_readme_and_the_script_must_agree(self):
        readme = (ROOT / "harness/README.md").read_text(encoding="utf-8")
        changed = readme.replace("| public, platform, trace, analysis |", "| public, platform, trace |")
        self.assertNotEqual(readme, changed)
        self.write("harness/README.md", changed)
        code, output = self.check()
        self.assertEqual(code, 1)
        self.assertIn("`runtime/` may include", output)

    def test_a_row_missing_in_the_readme_is_seen(self):
        readme = (ROOT / "harness/README.md").read_text(encoding="utf-8")
        kept = [line for line in readme.splitlines() if not line.startswith("| `trace/`")]
        self.write("harness/README.md", "\n".join(kept))
        code, output = self.check()
        self.assertEqual(code, 1)
        self.assertIn("`trace/` may include no row", output)

    def test_a_file_that_does_not_exist_is_a_usage_error(self):
        code, output = self.check("harness/none.cc")
        self.assertEqual(code, 2)
        self.assertIn("harness/none.cc: no such file", output)


if __name__ == "__main__":
    unittest.main()
