# SPDX-License-Identifier: Apache-2.0
"""What `gridlock report` makes of the log of a user's own program under ThreadSanitizer: what each side of a race held,
what the variable is called, one defect once. GRIDLOCK_OWN_RACE is the program; OWN_RACE_DEFAULTS, the same with options of
its own."""

import json
import os
import shutil
import subprocess

import support
from support import BOUND, CommandTest

PROGRAM = os.environ.get("GRIDLOCK_OWN_RACE", "")
WITH_OPTIONS = os.environ.get("GRIDLOCK_OWN_RACE_OPTIONS", "")
TSAN_EXIT = 66


class OwnRace(CommandTest):
    def run_program(self, what, program=PROGRAM, **extra):
        log = self.folder / f"{what}.jsonl"
        log.unlink(missing_ok=True)
        environment = {name: value for name, value in os.environ.items()
                       if not name.startswith("GRIDLOCK_") and name != "TSAN_OPTIONS"}
        # No symbolizer in the program's own environment, as with many users.
        environment.update({"GRIDLOCK_OPTIONS": f"log_path={log}", "PATH": "/nowhere", **extra})
        done = subprocess.run([program, what], env=environment, capture_output=True, text=True, timeout=BOUND, check=False)
        return done, log

    def race_of(self, what, about=None):
        done, log = self.run_program(what)
        self.assertEqual(done.returncode, TSAN_EXIT, done.stderr)
        file = self.folder / f"{what}.json"
        _, out, err = self.command("report", log, "--json", file, "--text", "-v")
        findings = json.loads(file.read_text())["outcomes"][0]["findings"]
        if about:
            findings = [finding for finding in findings if any(one.get("name") == about for one in finding["locations"])]
        self.assertEqual([finding["kind"] for finding in findings], ["data-race"], err)
        return findings[0], out

    def holds(self, finding):
        """Of each side: names, those for reading, foreign ones, whether that is all."""
        names = {one["id"]: one.get("name", "") for one in finding.get("objects", [])}
        return [([names[id] for id in access.get("held", [])], [names[id] for id in access.get("held_shared", [])],
                 access.get("held_foreign", 0), access.get("held_known", False)) for access in finding["accesses"]]

    def test_both_sides_say_which_lock_they_held(self):
        finding, text = self.race_of("two-locks")
        self.assertEqual(self.holds(finding), [(["blue"], [], 0, True), (["red"], [], 0, True)])
        self.assertIn("holding red", text)
        self.assertNotIn("no lock", text)
        self.assertIn("mutexes: write M0", finding["tsan_text"])

    def test_a_lock_that_was_held_for_reading_is_said_to_be(self):
        finding, text = self.race_of("reader")
        self.assertEqual(self.holds(finding), [(["shelf"], ["shelf"], 0, True), (["shelf"], ["shelf"], 0, True)])
        self.assertEqual(text.count("for reading"), 2)

    def test_a_mutex_that_is_not_gridlocks_counts(self):
        finding, text = self.race_of("plain-mutex")
        self.assertEqual(self.holds(finding), [([], [], 0, True), (["red"], [], 1, True)])
        self.assertIn("and a lock that Gridlock does not know", text)

    def test_no_lock_is_said_where_none_was_held(self):
        finding, text = self.race_of("no-lock")
        self.assertEqual(self.holds(finding), [([], [], 0, True), ([], [], 0, True)])
        self.assertEqual(text.count("holding no lock"), 2)

    def test_what_was_held_is_what_was_held_then(self):
        finding, _ = self.race_of("released")
        self.assertEqual(self.holds(finding), [([], [], 0, True), (["red"], [], 0, True)])

    def test_a_lock_in_the_memory_of_another_is_not_taken_for_it(self):
        # The memory of the two locks is raced on as well.
        finding, text = self.race_of("lock-is-gone", about="balance")
        self.assertEqual(self.holds(finding), [(["second"], [], 0, True), ([], [], 0, False)])
        self.assertIn("what it held is not known", text)

    def test_the_variable_has_its_name_and_size(self):
        finding, text = self.race_of("no-lock")
        where = finding["locations"]
        self.assertEqual([(one["type"], one["name"], one["size"]) for one in where], [("global", "balance", 8)])
        self.assertIn("global balance, 8 bytes", text)

    def test_a_local_variable_is_on_its_threads_stack_and_nowhere_else(self):
        finding, text = self.race_of("on-stack")
        self.assertEqual([one["type"] for one in finding["locations"]], ["stack"])
        self.assertIn("stack of main", text)

    def test_a_heap_block_says_where_it_was_allocated(self):
        finding, _ = self.race_of("on-heap")
        (where,) = finding["locations"]
        self.assertEqual((where["type"], where["size"]), ("heap", 8))
        self.assertTrue(any("own_race.cc" in frame.get("file", "") for frame in where["allocated"]), where)

    def test_one_defect_is_one_finding_with_a_count(self):
        finding, text = self.race_of("callers")
        self.assertGreaterEqual(finding["reports"], 2)
        self.assertIn(f"reported these two places {finding['reports']} times", text)

    def test_nobody_waits_in_a_race(self):
        finding, text = self.race_of("two-locks")
        self.assertFalse([one for one in finding["threads"] if "wants" in one])
        self.assertNotIn("waits for", text)

    def test_seventy_locks_at_once_are_no_matter(self):
        done, log = self.run_program("seventy-locks")
        self.assertEqual((done.returncode, done.stdout), (0, "done\n"), done.stderr)
        self.assertNotIn("finding", log.read_text() if log.exists() else "")

    def test_the_users_own_options_win(self):
        done, _ = self.run_program("no-lock", program=WITH_OPTIONS)
        self.assertEqual(done.returncode, 77, done.stderr)  # its own exit code
        done, _ = self.run_program("seventy-locks", program=WITH_OPTIONS)
        self.assertEqual(done.returncode, 0, done.stderr)
        done, _ = self.run_program("no-lock", program=WITH_OPTIONS, TSAN_OPTIONS="exitcode=78")
        self.assertEqual(done.returncode, 78, done.stderr)


if __name__ == "__main__":
    assert shutil.which("llvm-symbolizer-19") or shutil.which("llvm-symbolizer") or os.path.exists("/usr/lib/llvm-19")
    support.main()
