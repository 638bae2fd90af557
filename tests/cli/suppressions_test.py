# SPDX-License-Identifier: Apache-2.0
"""Suppressions and options on the command line, and what a log says besides findings, end to end."""

import json
import pathlib

import support
from support import CommandTest

OPTIONS_PAGE = pathlib.Path(__file__).resolve().parents[2] / "docs" / "options.md"


class Suppressions(CommandTest):
    def file(self, text):
        path = self.folder / "known.supp"
        path.write_text(text)
        return path

    def report(self, *arguments, **extra):
        """Exit code, report, stderr of a run with --json."""
        code, out, err = self.command(*arguments, "--json", "result.json", **extra)
        return code, json.loads((self.folder / "result.json").read_text()), err

    def test_suppressed_deadlock_does_not_count_and_the_reason_says_what_was_not_tested(self):
        known = self.file("deadlock/lock:left\n")
        code, report, err = self.report("run", "known/deadlock", "--suppressions", known)
        self.assertEqual((code, err), (0, ""))
        outcome = report["outcomes"][0]
        self.assertEqual((outcome["verdict"], outcome["findings"]), ("as-expected", []))
        self.assertIn("suppressed: deadlock, which ended the process", outcome["reason"])
        self.assertEqual(outcome["suppressed"][0]["suppressed_by"], f"{known}:1: deadlock/lock:left")
        self.assertEqual([entry["uses"] for entry in report["suppressions"]], [1])

    def test_without_them_the_same_run_differs(self):
        code, report, _ = self.report("run", "known/deadlock")
        self.assertEqual((code, report["outcomes"][0]["verdict"]), (1, "unexpected"))
        self.assertNotIn("suppressions", report)

    def test_declared_finding_that_is_suppressed_is_missed(self):
        known = self.file("lock:left\n")
        code, report, _ = self.report("run", "good/deadlock", "--suppressions", known)
        self.assertEqual((code, report["outcomes"][0]["verdict"]), (1, "missed"))

    def test_fingerprint_of_one_run_suppresses_the_next(self):
        _, report, _ = self.report("run", "known/deadlock")
        known = self.file(f"fingerprint:{report['outcomes'][0]['findings'][0]['fingerprint']}\n")
        self.assertEqual(self.command("run", "known/deadlock", "--suppressions", known)[0], 0)

    def test_unused_entries_are_noted_everywhere_and_fail_only_when_strict(self):
        known = self.file("# a\nlock:left\nlock:nobody*\n")
        arguments = ("run", "known/deadlock", "--suppressions", known, "--report", self.folder / "r")
        code, out, err = self.command(*arguments)
        self.assertEqual(code, 0)
        self.assert_one_line(err, f"{known}:3: 'lock:nobody*' matched nothing")
        for text in (out, (self.folder / "r/report.txt").read_text(), (self.folder / "r/index.html").read_text()):
            self.assertIn(f"{known}:3: lock:nobody*", text)
        self.assertIn('"uses": 0', (self.folder / "r/report.json").read_text())
        self.assertEqual(self.command(*arguments, "--strict-suppressions")[0], 1)
        used = self.file("lock:left\n")
        self.assertEqual(
            self.command("run", "known/deadlock", "--suppressions", used, "--strict-suppressions")[0], 0)

    def test_uses_count_over_the_whole_run(self):
        known = self.file("lock:left\n")
        _, report, _ = self.report("run", "known/deadlock", "bad/unexpected", "good/silent", "--suppressions", known)
        self.assertEqual(report["suppressions"][0]["uses"], 2)

    def test_bad_file_is_one_line_and_exit_code_2_before_anything_runs(self):
        for text, part in (("lock:a\nnonsense\n", ":2: 'nonsense'"), ("x/lock:a", ":1: no kind"),
                           ("fingerprint:1", ":1: a fingerprint")):
            for command in (("run", "good/silent"), ("report", "x.json")):
                code, out, err = self.command(*command, "--suppressions", self.file(text))
                self.assertEqual((code, out), (2, ""))
                self.assert_one_line(err, f"{self.folder}/known.supp{part}")
        code, _, err = self.command("run", "good/silent", "--suppressions", "missing.supp")
        self.assertEqual(code, 2)
        self.assert_one_line(err, "missing.supp")

    def test_option_names_the_file_too_and_the_command_line_wins(self):
        known = self.file("lock:left\n")
        other = self.folder / "other.supp"
        other.write_text("lock:other\n")
        run = ("run", "known/deadlock")
        self.assertEqual(self.command(*run, GRIDLOCK_OPTIONS=f"suppressions={known}")[0], 0)
        self.assertEqual(self.command(*run, "--set", f"suppressions={known}")[0], 0)
        self.assertEqual(self.command(*run, "--set", f"suppressions={other}", GRIDLOCK_OPTIONS=f"suppressions={known}")[0], 1)
        self.assertEqual(self.command(*run, "--suppressions", known, GRIDLOCK_OPTIONS=f"suppressions={other}")[0], 0)

    def test_report_applies_them_to_a_log_and_to_a_json_report(self):
        known = self.file("lock:left\n")
        log = {"record": "finding", "kind": "starvation", "objects": [{"id": "M1", "type": "Lock", "name": "left"}]}
        (self.folder / "log.jsonl").write_text(json.dumps(log) + "\n")
        self.assertEqual(self.command("report", "log.jsonl")[0], 1)
        code, report, _ = self.report("report", "log.jsonl", "--suppressions", known)
        self.assertEqual((code, len(report["outcomes"][0]["suppressed"])), (0, 1))

        self.command("run", "known/deadlock", "bad/missed", "--json", "old.json")
        code, report, _ = self.report("report", "old.json", "--suppressions", known)
        self.assertEqual(code, 1)
        self.assertEqual({one["name"]: one["verdict"] for one in report["outcomes"]},
                         {"known/deadlock": "as-expected", "bad/missed": "missed"})
        (self.folder / "result.json").rename(self.folder / "again.json")
        code, report, err = self.report("report", "again.json", "--suppressions", known)
        self.assertEqual((err, [one["uses"] for one in report["suppressions"]]), ("", [1]))


class Facts(CommandTest):
    def test_what_a_log_says_besides_findings_reaches_every_format(self):
        folder = self.folder / "r"
        code, out, _ = self.command("run", "facts/two-processes", "--report", folder)
        self.assertEqual(code, 0, out)
        outcome = json.loads((folder / "report.json").read_text())["outcomes"][0]
        self.assertEqual(outcome["infeasible_cycles"][0]["reason"], "gate")
        self.assertRegex(outcome["infeasible_cycles"][0]["fingerprint"], "^[0-9a-f]{16}$")
        self.assertEqual(outcome["infeasible_cycles_dropped"], 2)
        self.assertEqual([one["object"] for one in outcome["contention"]], ["M2", "M1"])
        self.assertEqual(outcome["learned_order"][0]["to"], "M2")
        self.assertIn("1 cycle judged infeasible, 2 more not kept", out)
        for file in ("report.txt", "index.html"):
            text = (folder / file).read_text()
            for part in ("harmless: gate (M3) keeps its steps apart", "1.5 us, main (T1)", "left (M1) before right (M2)"):
                self.assertIn(part, text)

    def test_one_defect_has_one_fingerprint_when_the_lines_move_and_another_defect_has_another(self):
        def fingerprint(line, second):
            def stack(function, at):
                return [{"file": "bank.cc", "line": at, "column": 3, "function": function}]

            edges = [{"from": "M1", "to": "E1", "thread": "T1", "held_stack": stack("pay", line), "wanted_stack": stack("pay", line + 1)},
                     {"from": "E1", "to": "M1", "thread": "T2", "wanted_stack": stack(second, line + 9)}]
            finding = {"record": "finding", "kind": "lock-order-cycle", "pid": line, "cycle": ["M1", "E1"], "edges": edges,
                       "objects": [{"id": "M1", "type": "Lock", "name": "a"}, {"id": "E1", "type": "Event", "name": "b"}]}
            (self.folder / "log.jsonl").write_text(json.dumps(finding) + "\n")
            self.command("report", "log.jsonl", "--json", "one.json")
            return json.loads((self.folder / "one.json").read_text())["outcomes"][0]["findings"][0]["fingerprint"]

        self.assertEqual(fingerprint(10, "audit"), fingerprint(200, "audit"))
        self.assertNotEqual(fingerprint(10, "audit"), fingerprint(10, "refund"))


class Settings(CommandTest):
    def options_of(self, *arguments, **extra):
        return self.run_json("facts/options", *arguments, **extra)[1]["facts/options"]["output"].strip().split(":")

    def test_settings_reach_the_process_after_the_users_environment(self):
        options = self.options_of("--set", "stack_depth=7", "--set", "on_deadlock=throw", "--on-deadlock", "abort",
                                  GRIDLOCK_OPTIONS="stack_depth=3")
        self.assertGreater(options.index("stack_depth=7"), options.index("stack_depth=3"))
        self.assertGreater(options.index("on_deadlock=abort"), options.index("on_deadlock=throw"))
        self.assertEqual([one for one in self.options_of() if one.startswith("stack_depth")], [])

    def test_bad_setting_is_one_line_and_exit_code_2_before_anything_runs(self):
        for setting, part in (("colour=red", "unknown option 'colour'"), ("stack_depth=x", "not a number: 'x'"),
                              ("stack_depth=65", "not between 1 and 64"), ("predict", "no value"),
                              ("log_path=/x", "the runner needs this option")):
            code, out, err = self.command("run", "good/silent", "--set", setting)
            self.assertEqual((code, out), (2, ""), setting)
            self.assert_one_line(err, "--set", part)

    def test_page_of_options_is_made_from_the_table(self):
        made = self.command("--help-options-markdown")[1]
        self.assertEqual(made, OPTIONS_PAGE.read_text(), "run: gridlock --help-options-markdown > docs/options.md")


if __name__ == "__main__":
    support.main()
