# SPDX-License-Identifier: Apache-2.0
"""The gridlock command as a user meets it: arguments, exit codes, what is printed and what is written."""

import fcntl
import json
import os
import pty
import re
import struct
import subprocess
import termios

import support
from support import FIXTURE, TSAN, CommandTest


def on_terminal(command, environment, columns=80):
    """Exit code and output of a command whose stdout is a terminal."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    process = subprocess.Popen(command, stdout=theirs, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment)
    os.close(theirs)
    text = b""
    try:
        while chunk := os.read(ours, 65536):
            text += chunk
    except OSError:  # the other side is closed
        pass
    os.close(ours)
    return process.wait(support.BOUND), text.decode()


class List(CommandTest):
    def test_table_names_every_scenario_and_what_it_declares(self):
        code, out, err = self.command("list")
        self.assertEqual((code, err), (0, ""))
        lines = out.splitlines()
        self.assertEqual(lines[0].split(), ["CASE", "NAME", "EXPECTS", "SUMMARY"])
        self.assertRegex(lines[1], r"^ +1  good/silent +clean +Does nothing$")
        self.assertRegex(lines[2], r"^ +2  good/deadlock +deadlock ")
        self.assertRegex(out, r"\n   -  bad/abort ")

    def test_json_is_an_array_with_places(self):
        code, out, _ = self.command("list", "--json")
        self.assertEqual(code, 0)
        first = json.loads(out)[0]
        self.assertEqual((first["name"], first["case"], first["expects"]), ("good/silent", 1, []))
        text = open(first["file"], encoding="utf-8").read().splitlines()
        self.assertIn("GRIDLOCK_SCENARIO(silent", text[first["line"] - 1])

    def test_names_and_filters_choose_what_is_listed(self):
        code, out, _ = self.command("list", "--filter", "bad/*", "good/silent")
        self.assertEqual(code, 0)
        names = [line.split()[1] for line in out.splitlines()[1:]]
        self.assertIn("good/silent", names)
        self.assertNotIn("good/deadlock", names)
        self.assertGreater(len([name for name in names if name.startswith("bad/")]), 1)
        self.assertEqual([one["name"] for one in json.loads(self.command("list", "--json", "good/silent")[1])],
                         ["good/silent"])
        self.assertEqual(self.command("list", "--filter", "nothing*")[0], 2)

    def test_without_case_numbers_there_is_no_column_for_them(self):
        code, out, _ = self.command("list", "bad/abort")
        self.assertEqual(code, 0)
        self.assertEqual(out.splitlines()[0].split(), ["NAME", "EXPECTS", "SUMMARY"])
        self.assertTrue(out.splitlines()[1].startswith("bad/abort"), out)

    def test_a_narrow_terminal_breaks_summaries_between_words(self):
        wide = " ".join(self.command("list")[1].split())
        for columns in (40, 60, 100):
            text = on_terminal([FIXTURE, "list"], self.environment(TERM="xterm"), columns)[1]
            words = text.split()
            self.assertLessEqual(max(len(line) for line in text.splitlines()), columns, text)
            self.assertNotIn("...", text)
            for word in ("good/deadlock", "bad/unexpected", "deadlock", "nothing"):
                self.assertIn(word, words)
                self.assertIn(word, wide)

    def test_registry_with_a_repeated_name_is_refused(self):
        for subcommand in ("list", "run"):
            code, _, err = self.command(subcommand, program=support.BROKEN)
            self.assertEqual(code, 2)
            self.assert_one_line(err, "broken_registry.cc:", "same/name", "taken")


class Usage(CommandTest):
    def refused(self, *arguments, parts=()):
        code, out, err = self.command(*arguments)
        self.assertEqual(code, 2, (arguments, out, err))
        self.assert_one_line(err, "gridlock: ", *parts)
        self.assertEqual(list(self.tmp.iterdir()), [])
        self.assertNotIn("good/silent", out, "nothing may have run")

    def test_mistakes_get_one_line_and_exit_code_2(self):
        self.refused("--no-such-option", parts=["--no-such-option"])
        self.refused("run", "--no-such-option", parts=["--no-such-option"])
        self.refused("nonsense")
        self.refused()
        self.refused("run", "--jobs", "0", parts=["--jobs"])
        self.refused("run", "--jobs", "many", parts=["--jobs"])
        self.refused("run", "--timeout", "-1", parts=["--timeout"])
        self.refused("run", "--hang", "0", parts=["--hang"])
        self.refused("run", "--repeat", "0", parts=["--repeat"])
        self.refused("run", "--on-deadlock", "pray", parts=["--on-deadlock"])
        self.refused("run", "good/silnt", parts=["'good/silnt'", "did you mean 'good/silent'?"])
        self.refused("run", "--filter", "nothing*", parts=["--filter", "nothing*"])
        self.refused("run", "--color", "sometimes", parts=["--color"])

    def test_slips_are_named_as_they_were_meant(self):
        self.refused("rnu", parts=["'rnu'", "did you mean 'run'?"])
        self.refused("reprot", "x.jsonl", parts=["did you mean 'report'?"])
        self.refused("run", "--fitler", "good/*", parts=["'--fitler'", "did you mean '--filter'?"])
        self.refused("run", "--jbos=2", parts=["'--jbos'", "did you mean '--jobs'?"])
        self.refused("list", "--jsn", parts=["did you mean '--json'?"])
        self.refused("--verison", parts=["did you mean '--version'?"])
        self.refused("run", "--set", "predct=0", parts=["did you mean 'predict'?"])
        self.refused("run", "good", parts=["--filter 'good/*'"])
        self.refused("run", "god", parts=["the group 'good'"])
        self.refused("run", "good/*", parts=["--filter 'good/*'"])
        self.refused("run", "--filter", "god/*", parts=["did you mean 'good/*'?"])
        self.refused("frobnicate", parts=["--help"])

    def test_output_that_cannot_be_written_is_refused_before_anything_runs(self):
        (self.folder / "file").write_text("")
        for bad in ("/proc/no", self.folder / "file"):
            self.refused("run", "--report", bad, "good/silent", parts=["--report", str(bad)])
        self.refused("run", "--json", self.folder, "good/silent", parts=["--json"])
        self.refused("report", "--html", "/proc/no/x.html", "x.json", parts=["--html"])

    def test_input_that_cannot_be_read_is_named(self):
        self.refused("report", "missing.json", parts=["missing.json"])
        (self.folder / "bad.json").write_text("{")
        self.refused("report", "bad.json", parts=["bad.json"])

    def test_help_and_version_are_no_mistakes(self):
        code, out, err = self.command("--help")
        self.assertEqual((code, err), (0, ""))
        for word in ("list", "run", "report", "Exit codes", "GRIDLOCK_OPTIONS"):
            self.assertIn(word, out)
        code, out, _ = self.command("--version")
        self.assertEqual(code, 0)
        self.assertRegex(out, r"^gridlock 0\.1\.0 \(built with(out)? ThreadSanitizer.*\)\n$")
        self.assertIn("--filter", self.command("run", "--help")[1])
        self.assertIn("on_deadlock", self.command("--help-options")[1])


class Run(CommandTest):
    def test_clean_scenarios_pass(self):
        code, outcomes = self.run_json("good/silent", "good/prints")
        self.assertEqual(code, 0)
        self.assertEqual({one["verdict"] for one in outcomes.values()}, {"as-expected"})
        self.assertEqual(list(self.tmp.iterdir()), [])

    def test_output_of_both_streams_is_kept(self):
        _, outcomes = self.run_json("good/prints")
        self.assertIn("to stdout\n", outcomes["good/prints"]["output"])
        self.assertIn("to stderr\n", outcomes["good/prints"]["output"])

    def test_source_range_is_the_scenarios_own(self):
        _, outcomes = self.run_json("good/silent", "good/deadlock")
        one = outcomes["good/deadlock"]
        lines = open(one["file"], encoding="utf-8").read().splitlines()
        body = "\n".join(lines[one["first_line"] - 1:one["last_line"]])
        self.assertIn("good/deadlock", body)
        self.assertTrue(body.endswith("_exit(1);\n}"), body)

    def test_declared_deadlock_passes_and_absorbs_the_cycle(self):
        code, outcomes = self.run_json("good/deadlock")
        self.assertEqual(code, 0, outcomes)
        findings = outcomes["good/deadlock"]["findings"]
        self.assertEqual([finding["kind"] for finding in findings], ["deadlock"])
        self.assertRegex(findings[0]["fingerprint"], r"^[0-9a-f]{16}$")

    def test_report_folder_gets_all_three_files_and_nothing_else(self):
        folder = self.folder / "new" / "report"
        code, _, _ = self.command("run", "--report", folder, "good/silent")
        self.assertEqual(code, 0)
        self.assertEqual(sorted(file.name for file in folder.iterdir()), ["annotations.txt", "index.html", "junit.xml", "locks.dot", "report.json", "report.sarif", "report.txt", "summary.md", "trace.json"])
        self.assertEqual(json.loads((folder / "report.json").read_text())["outcomes"][0]["name"], "good/silent")

    def test_filter_selects_and_exit_code_1_tells_that_one_differs(self):
        code, outcomes = self.run_json("--filter", "*/unexpected", "--filter", "good/s*")
        self.assertEqual(code, 1)
        self.assertEqual({name: one["verdict"] for name, one in outcomes.items()},
                         {"good/silent": "as-expected", "bad/unexpected": "unexpected"})

    def test_race_needs_thread_sanitizer(self):
        code, outcomes = self.run_json("tsan/race")
        one = outcomes["tsan/race"]
        if TSAN:
            self.assertEqual((code, one["verdict"]), (0, "as-expected"), one["reason"] + one["tsan_text"])
            self.assertIn("WARNING: ThreadSanitizer: data race", one["tsan_text"])
        else:
            self.assertEqual((code, one["verdict"]), (77, "not-checked"), one["reason"])

    def test_not_checked_among_others_is_no_skip(self):
        self.assertEqual(self.run_json("tsan/race", "good/silent")[0], 0)

    def test_repeat_runs_until_a_verdict_differs(self):
        code, outcomes = self.run_json("--repeat", "3", "good/silent", "bad/missed")
        self.assertEqual(code, 1)
        self.assertIn("run 3 of 3", outcomes["good/silent"]["reason"])
        self.assertIn("run 1 of 3", outcomes["bad/missed"]["reason"])

    def test_without_a_terminal_each_scenario_is_one_line_without_colour(self):
        code, out, _ = self.command("run", "good/silent", "bad/missed")
        self.assertEqual(code, 1)
        self.assertRegex(out, r"(?m)^\[\d/2\] as expected  good/silent  \(no finding, ")
        self.assertRegex(out, r"(?m)^\[\d/2\] missed       bad/missed .*starvation")
        self.assertNotIn("\x1b", out)
        self.assertEqual(out.count("good/silent"), 1, "one line a verdict")
        self.assertRegex(out, r"(?m)^next: .* run bad/missed -v$")

    def test_when_all_is_well_there_is_nothing_to_do_next(self):
        code, out, _ = self.command("run", "good/silent", "good/deadlock")
        self.assertEqual(code, 0)
        self.assertNotIn("next:", out)
        self.assertRegex(out, r"(?m)^SUMMARY: 2 scenarios: 2 as expected \(1 finding\), \d+\.\d s, (clang|gcc) \d+( \+ \w+)?$")
        self.assertEqual("+ ThreadSanitizer" in out, TSAN)
        for name in ("good/silent", "good/deadlock"):
            self.assertEqual(out.count(name), 1, out)

    def test_colours_come_on_a_terminal_that_has_them(self):
        def colours(*arguments, **extra):
            env = self.environment(**{"TERM": "xterm", **extra})
            for name in ("NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE"):
                if name not in extra:
                    env.pop(name, None)
            code, text = on_terminal([FIXTURE, "run", "bad/missed", *arguments], env)
            self.assertEqual(code, 1)
            return "\x1b[31m" in text, "\x1b[K" in text

        self.assertEqual(colours(), (True, True))
        self.assertEqual(colours(NO_COLOR="1"), (False, True))
        self.assertEqual(colours("--color", "never"), (False, True))
        self.assertEqual(colours("--color=always", NO_COLOR="1"), (True, True))
        self.assertEqual(colours(TERM="dumb"), (False, False))
        self.assertEqual(colours(TERM="dumb", FORCE_COLOR="1"), (True, False))

    def test_colours_can_be_had_without_a_terminal(self):
        self.assertIn("\x1b[31m", self.command("run", "bad/missed", FORCE_COLOR="1")[1])
        self.assertIn("\x1b[31m", self.command("run", "bad/missed", CLICOLOR_FORCE="1")[1])
        self.assertIn("\x1b[31m", self.command("run", "bad/missed", "--color", "always")[1])
        for out in (self.command("run", "bad/missed", FORCE_COLOR="1", NO_COLOR="1")[1],
                    self.command("run", "bad/missed", FORCE_COLOR="0")[1]):
            self.assertNotIn("\x1b", out)
        self.assertNotIn("\x1b[K", self.command("run", "bad/missed", FORCE_COLOR="1")[1])
        self.run_json("bad/missed")
        self.assertIn("\x1b[", self.command("report", "result.json", "--color", "always")[1])

    def test_reader_that_goes_away_does_not_lose_the_report(self):
        file = self.folder / "result.json"
        process = self.start("run", "--json", file, "good/silent")
        process.stdout.close()
        process.wait(support.BOUND)
        process.stderr.close()
        self.assertTrue(file.exists())
        self.assertEqual(list(self.tmp.iterdir()), [])


class Report(CommandTest):
    def test_json_report_is_rendered_again_with_the_same_verdicts(self):
        self.run_json("good/silent", "bad/missed")
        code, out, err = self.command("report", "result.json")
        self.assertEqual((code, err), (1, ""))
        self.assertIn("bad/missed", out)
        code, out, _ = self.command("report", "result.json", "--html", "page.html")
        self.assertEqual((code, out), (1, ""))
        self.assertIn("<html", (self.folder / "page.html").read_text())

    def test_log_of_a_program_is_symbolised(self):
        symbols = subprocess.run(["nm", FIXTURE], capture_output=True, text=True, check=True).stdout
        body = next(line.split()[0] for line in symbols.splitlines() if re.search(r" [tT] _Z\S*6silent\S*v$", line))
        frame = {"module": FIXTURE, "offset": int(body, 16) + 4}
        finding = {"record": "finding", "kind": "self-deadlock", "threads": [{"id": "T1", "stack": [frame]}]}
        (self.folder / "log.jsonl").write_text(json.dumps(finding) + "\n" + '{"record":"find')
        code, out, err = self.command("report", "log.jsonl")
        self.assertEqual((code, err), (1, ""))
        self.assertIn("fixture_scenarios.cc:", out)
        self.assertIn("self-deadlock", out)

    def test_log_without_findings_is_clean(self):
        (self.folder / "log.jsonl").write_text('{"record":"start","v":1,"tsan":false}\n{"record":"end"}\n')
        self.assertEqual(self.command("report", "log.jsonl")[0], 0)

    def test_log_without_an_end_is_not(self):
        (self.folder / "log.jsonl").write_text('{"record":"start","v":1,"tsan":false}\n')
        self.assertEqual(self.command("report", "log.jsonl")[0], 1)


if __name__ == "__main__":
    support.main()
