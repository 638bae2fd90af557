# SPDX-License-Identifier: Apache-2.0
"""The command `gridlock exec`: what it takes, what it hands on, and what it says."""

import json
import os
import pathlib
import re
import signal
import subprocess
import time
import unittest

from support import BOUND, COMMAND, LIBRARY, ExecTest

LOCKS = os.environ.get("GRIDLOCK_PLAIN_LOCKS", "")
STATIC = os.environ.get("GRIDLOCK_STATIC_PROGRAM", "")
ADDRESSES = LOCKS.replace("locks", "addresses")
HOST = os.environ.get("GRIDLOCK_HOST_PROGRAM", "")
PLUGIN = str(pathlib.Path(HOST).with_name("plugin.so"))
OWN = os.environ.get("GRIDLOCK_OWN_PROGRAM", "")


class Command(ExecTest):
    def exec(self, *words, **extra):
        return self.run_program([COMMAND, "exec", *words], **extra)

    def test_exit_codes_and_streams_are_the_programs_own(self):
        done = self.exec("--", "sh", "-c", "cat; echo to stderr >&2; exit 5", stdin="to stdout")
        self.assertEqual((done.returncode, done.stdout, done.stderr), (5, "to stdout", "to stderr\n"))

    def test_a_signal_that_ends_the_program_ends_the_command(self):
        self.assertEqual(self.exec("--", "sh", "-c", "kill -9 $$").returncode, -signal.SIGKILL)
        self.assert_nothing_left()

    def test_dashes_are_needed_only_where_they_help(self):
        self.assertEqual(self.exec("--hang", 3, "sh", "-c", "exit 4").returncode, 4)
        self.assertEqual(self.exec("--error-exitcode=9", "true").returncode, 0)
        self.assertEqual(self.exec("-v", "true").returncode, 0)

    def test_findings_change_the_exit_code_only_when_asked(self):
        self.assertEqual(self.exec("--", LOCKS, "std-cycle").returncode, 7)
        self.assertEqual(self.exec("--error-exitcode", 9, "--", LOCKS, "std-cycle").returncode, 9)
        self.assertEqual(self.exec("--error-exitcode", 9, "--", LOCKS, "std-scoped").returncode, 7)

    def test_what_is_suppressed_does_not_count(self):
        supp = self.folder / "known.supp"
        supp.write_text("lock-order-cycle/site:*locks.cc*\n")
        done = self.exec("--error-exitcode", 9, "--suppressions", supp, "--", LOCKS, "std-cycle")
        self.assertEqual(done.returncode, 7, done.stderr)

    def test_bad_words_are_one_line_and_exit_code_two(self):
        for words, part in [(["--"], "name a program"),
                            (["--", "no-such-program"], "no such program"),
                            (["--", self.folder], "it is a directory"),
                            (["--bad", "true"], "no option is called '--bad'"),
                            (["--hang", "x", "true"], "--hang"),
                            (["--set", "no_such=1", "true"], "--set"),
                            (["--set", "log_path=x", "true"], "say --log"),
                            (["--output", "pdf=x", "true"], "--output"),
                            (["--report", "html=x", "true"], "takes a folder; --output html=x"),
                            (["--", STATIC], "statically linked")]:
            with self.subTest(words=words):
                done = self.exec(*words)
                self.assertEqual((done.returncode, done.stdout), (2, ""), done.stderr)
                self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
                self.assertIn(part, done.stderr)

    def test_a_program_with_gridlock_inside_is_watched_by_that(self):
        done = self.exec("--", OWN, "apart")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("1 finding", done.stderr)

    def test_a_program_that_its_dynamic_linker_starts_by_name_is_watched_and_known(self):
        headers = subprocess.run(["readelf", "-lW", LOCKS], capture_output=True, text=True, check=True).stdout
        linker = re.search(r"interpreter: (\S+)\]", headers)[1]
        done = self.exec("--", linker, LOCKS, "std-cycle")
        self.assertEqual(done.returncode, 7, done.stderr)
        self.assertIn("1 finding", done.stderr)
        self.assertIn("locks.cc:", done.stderr)
        done = self.exec("--", linker, LOCKS, "std-scoped")
        self.assertEqual((done.returncode, done.stderr), (7, ""))

    def test_children_are_watched_only_when_asked(self):
        script = f"{LOCKS} std-cycle; true"
        self.assertEqual(self.exec("--", "sh", "-c", script).stderr, "")
        self.assertIn("1 finding", self.exec("--follow", "--", "sh", "-c", script).stderr)
        self.assertIn("1 finding", self.exec("--", "sh", "-c", f"exec {LOCKS} std-cycle").stderr)

    def test_nothing_comes_up_in_a_program_that_uses_nothing(self):
        for words in (["true"], ["sh", "-c", "(true); (exit 3); true"]):
            done = self.exec("-v", "--follow", "--", *words)
            self.assertEqual((done.returncode, done.stdout), (0, ""), done.stderr)
            self.assertIn("no finding", done.stderr)
            self.assertIn("0 operations, 0 objects; 0 edges in 0 contexts", done.stderr)
        self.assertNotIn("0 operations", self.exec("-v", "--", LOCKS, "std-cycle").stderr)

    def test_a_fork_of_a_program_that_used_nothing_is_watched(self):
        done = self.exec("--", "sh", "-c", f"(exec {LOCKS} std-cycle); exit 4")
        self.assertEqual((done.returncode, done.stderr), (4, ""))  # another program, and not followed
        done = self.exec("--follow", "--", "sh", "-c", f"(exec {LOCKS} std-cycle); exit 4")
        self.assertEqual(done.returncode, 4)
        self.assertIn("1 finding", done.stderr)

    def test_a_library_in_another_language_is_loaded_by_a_program_without_it(self):
        for _ in range(3):
            done, kinds = self.watch([HOST, PLUGIN, "made"])
            self.assertEqual((done.returncode, done.stdout, done.stderr, kinds), (7, "made\n3\n", "", []))
        done, kinds = self.watch([HOST, PLUGIN, "itself"])
        self.assertEqual(kinds, ["self-deadlock"], done.stderr)

    def test_the_log_is_kept_and_can_be_read_again(self):
        log = self.folder / "kept.jsonl"
        self.exec("--log", log, "--", LOCKS, "std-cycle")
        again = self.run_program([COMMAND, "report", log])
        self.assertEqual(again.returncode, 1)
        self.assertIn("lock-order-cycle", again.stdout)

    def test_reports_are_written_in_each_format(self):
        folder = self.folder / "r"
        done = self.exec("--report", folder, "--", LOCKS, "std-cycle")
        self.assertIn(f"report: {folder}/index.html", done.stderr)
        self.assertIn("<html", (folder / "index.html").read_text())
        self.assertIn("lock-order-cycle", (folder / "report.json").read_text())
        html, text = self.folder / "r.html", self.folder / "r.txt"
        self.exec("--html", html, "--output", f"text={text}", "--", LOCKS, "std-cycle")
        self.assertIn("<html", html.read_text())
        self.assertIn("lock-order-cycle", text.read_text())

    def start_left(self):
        process = subprocess.Popen([COMMAND, "exec", "--on-deadlock", "leave", "--", LOCKS, "std-hang"],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                   env=self.environment(), cwd=self.folder)
        self.addCleanup(process.kill)
        return process

    def test_a_hang_is_said_at_once_and_left_where_that_is_wanted(self):
        process = self.start_left()
        said = ""
        for line in process.stderr:
            said += line
            if line.startswith("SUMMARY"):
                break
        self.assertIn("[deadlock]", said)
        self.assertIsNone(process.poll())
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(BOUND), -signal.SIGTERM)

    def test_sigusr2_shows_what_was_found_so_far(self):
        pipe = self.folder / "go"
        os.mkfifo(pipe)
        process = subprocess.Popen([COMMAND, "exec", "--", "sh", "-c", f"echo ready; read x <{pipe}"], stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, text=True, env=self.environment(), cwd=self.folder)
        self.addCleanup(process.kill)
        self.assertEqual(process.stdout.readline(), "ready\n")
        process.send_signal(signal.SIGUSR2)
        pipe.write_text("x\n")
        self.assertEqual(process.wait(BOUND), 0)

    def test_a_wait_beside_a_running_thread_is_found_by_the_option_hang(self):
        started = time.monotonic()
        done, kinds = self.watch([LOCKS, "std-hang"], "--hang", 1)
        self.assertEqual(kinds, ["deadlock"], done.stderr)
        self.assertLess(time.monotonic() - started, BOUND)

    def test_a_wait_at_an_address_is_found_by_it_too(self):
        done, kinds = self.watch([ADDRESSES, "beside-daemon"], "--hang", 1)
        self.assertEqual(kinds, ["starvation"], done.stderr)
        self.assertIn("not proved", done.stderr)
        done, kinds = self.watch([ADDRESSES, "beside-sleeper"], "--hang", 5)
        self.assertEqual((done.returncode, kinds), (7, []), done.stderr)

    def test_a_value_is_called_by_the_variable_that_it_is(self):
        done, _ = self.watch([ADDRESSES, "never"])
        if "llvm-symbolizer" not in done.stderr:
            self.assertIn("a change of the value at (anonymous namespace)::value (A1)", done.stderr)

    def test_where_a_value_lies_is_no_part_of_the_name_of_the_defect(self):
        report, seen = self.folder / "report.json", set()
        for _ in range(3):
            self.watch([ADDRESSES, "future-never"])
            seen.add(json.loads(report.read_text())["outcomes"][0]["findings"][0]["fingerprint"])
        self.assertEqual(len(seen), 1, seen)

    def test_a_preload_by_hand_writes_a_log(self):
        log = self.folder / "by_hand.jsonl"
        self.run_program([LOCKS, "std-cycle"], LD_PRELOAD=LIBRARY, GRIDLOCK_OPTIONS=f"log_path={log}:exit_code=0:quiet=1")
        self.assertIn("lock-order-cycle", log.read_text())


class Names(ExecTest):
    """GRIDLOCK_NAME: the header alone."""

    def programs(self):
        return [pathlib.Path(name) for name in os.environ.get("GRIDLOCK_NAMED_PROGRAMS", "").split(":") if name]

    def test_both_locks_of_a_cycle_are_called_by_their_names(self):
        for program in self.programs():
            for situation in ("mutexes", "shared", "timed", "small"):
                with self.subTest(program=program.name, situation=situation):
                    plain = self.run_program([program, situation])
                    done, kinds = self.watch([program, situation])
                    self.assertEqual((plain.returncode, plain.stdout), (7, "end\n"))
                    self.assertEqual((done.returncode, done.stdout, kinds), (7, "end\n", ["lock-order-cycle"]), done.stderr)
                    self.assertRegex(done.stderr, r"accounts \(M\d+\)")
                    self.assertRegex(done.stderr, r"journal \(M\d+\)")

    def test_what_is_waited_for_is_called_by_its_name(self):
        for program in self.programs():
            for situation, letter in (("semaphore", "S"), ("condition", "C"), ("barrier", "B"), ("once", "O"), ("latch", "A")):
                with self.subTest(program=program.name, situation=situation):
                    done, kinds = self.watch([program, situation])
                    self.assertEqual(len(kinds), 1, done.stderr)
                    self.assertRegex(done.stderr, rf"accounts \({letter}\d+\)")


class Race(ExecTest):
    """A program built with ThreadSanitizer: it goes on seeing its races, and no others."""

    def test_a_race_is_seen_and_its_twin_is_silent(self):
        programs = [pathlib.Path(name) for name in os.environ.get("GRIDLOCK_TSAN_PROGRAMS", "").split(":") if name]
        for program in programs:
            with self.subTest(program=program.name):
                done, kinds = self.watch([program, "race"])
                self.assertEqual(done.returncode, 66, done.stderr)
                self.assertIn("WARNING: ThreadSanitizer: data race", done.stderr)
                for _ in range(10):  # with and without a wait for the condition
                    done, kinds = self.watch([program, "locked"])
                    self.assertEqual((done.returncode, kinds, done.stderr), (0, [], ""))
                for _ in range(5):
                    done, kinds = self.watch([program, "once"])
                    self.assertEqual((done.returncode, kinds, done.stderr), (0, [], ""))
                done, kinds = self.watch([program, "beside-once"])
                self.assertEqual((done.returncode, kinds), (66, []), done.stderr)
                done, kinds = self.watch([program, "cycle"])
                self.assertEqual(kinds, ["lock-order-cycle"], done.stderr)


    def test_it_forks_and_leaves_as_it_does_alone(self):
        programs = [pathlib.Path(name) for name in os.environ.get("GRIDLOCK_TSAN_PROGRAMS", "").split(":") if name]
        for program in programs:
            for words in ([], ["--follow"]):
                with self.subTest(program=program.name, words=words):
                    done, kinds = self.watch([program, "fork"], *words)
                    self.assertEqual((done.returncode, kinds, done.stderr), (3, [], ""))


if __name__ == "__main__":
    unittest.main(verbosity=2)
