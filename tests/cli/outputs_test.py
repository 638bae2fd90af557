# SPDX-License-Identifier: Apache-2.0
"""Reports for other tools: while a run goes on, compared with an earlier one, and in GitHub's actions."""

import json
import os
import signal
import xml.etree.ElementTree

import support
from support import CommandTest, wait_until


class Junit(CommandTest):
    def names(self):
        """Of the cases that are in the file, which is whole whenever it is read."""
        file = self.folder / "junit.xml"
        if not file.exists():
            return []
        return [case.get("name") for case in xml.etree.ElementTree.fromstring(file.read_text()).iter("testcase")]

    def test_a_killed_run_leaves_a_whole_file_about_what_was_done(self):
        process = self.start("run", "--jobs", "1", "--timeout", "100", "--output", "junit=junit.xml", "good/silent", "bad/exit-3",
                             "bad/hang", GRIDLOCK_SYMBOLIZER="none")
        wait_until(lambda: "exit-3" in self.names(), "two of three are in the file")
        os.kill(process.pid, signal.SIGKILL)
        process.communicate(timeout=support.BOUND)
        self.assertEqual(self.names(), ["silent", "exit-3"])
        wait_until(lambda: not any(support.alive(pid) for pid in self.fixture_pids()), "nothing of the run is left")

    def test_a_run_to_its_end_has_every_case(self):
        self.command("run", "--output", "junit=junit.xml", "good/silent", "bad/unexpected", "bad/segv", GRIDLOCK_SYMBOLIZER="none")
        root = xml.etree.ElementTree.parse(self.folder / "junit.xml").getroot()
        self.assertEqual((root.get("tests"), root.get("failures"), root.get("errors")), ("3", "1", "1"))
        self.assertIsNotNone(root.find(".//testcase[@name='unexpected']/failure"))
        self.assertIsNotNone(root.find(".//testcase[@name='segv']/error"))
        self.assertIsNone(root.find(".//testcase[@name='silent']/failure"))


class Baseline(CommandTest):
    def saved(self, *names):
        self.command("run", "--json", "old.json", *names, GRIDLOCK_SYMBOLIZER="none")
        return "old.json"

    def test_what_is_known_makes_no_exit_code_and_what_is_new_does(self):
        old = self.saved("bad/unexpected")
        code, out, _ = self.command("run", "bad/unexpected", "--baseline", old, "--json", "new.json", GRIDLOCK_SYMBOLIZER="none")
        self.assertEqual(code, 0, out)
        self.assertIn("compared with old.json: 0 new, 1 unchanged, 0 fixed", out)
        self.assertEqual(self.command("run", "bad/unexpected", GRIDLOCK_SYMBOLIZER="none")[0], 1)
        clean = self.saved("good/silent")
        code, out, _ = self.command("report", "new.json", "--baseline", clean)
        self.assertEqual(code, 1)
        self.assertIn("1 new, 0 unchanged, 0 fixed", out)

    def test_what_is_gone_is_fixed(self):
        old = json.loads((self.folder / self.saved("bad/unexpected")).read_text())
        self.command("run", "--json", "new.json", "good/silent", GRIDLOCK_SYMBOLIZER="none")
        old["outcomes"][0]["name"] = "good/silent"
        (self.folder / "old.json").write_text(json.dumps(old))
        code, out, _ = self.command("report", "new.json", "--baseline", "old.json", "--output", "sarif=new.sarif")
        self.assertEqual(code, 0)
        self.assertIn("0 new, 0 unchanged, 1 fixed", out)
        results = json.loads((self.folder / "new.sarif").read_text())["runs"][0]["results"]
        self.assertEqual([result["baselineState"] for result in results], ["absent"])

    def test_a_bad_one_is_one_line_and_exit_code_2_before_anything_runs(self):
        (self.folder / "bad.json").write_text('{"version": 1, "outcomes": 7}')
        (self.folder / "no.json").write_bytes(b"\x1b[31m\xff")
        self.saved("good/silent")
        for file in ("missing.json", "bad.json", "no.json", ".", "/dev/full"):
            for command in (["run", "bad/unexpected"], ["report", "old.json"]):
                with self.subTest(file=file, command=command[0]):
                    code, out, err = self.command(*command, "--baseline", file, GRIDLOCK_SYMBOLIZER="none")
                    self.assertEqual((code, out), (2, ""), err)
                    self.assert_one_line(err, "--baseline")
                    self.assertNotIn("\x1b", err)


class Annotations(CommandTest):
    def run_in_actions(self, *arguments, **extra):
        summary = self.folder / "summary.md"
        code, out, err = self.command("run", *arguments, GRIDLOCK_SYMBOLIZER="none", GITHUB_ACTIONS="true",
                                      GITHUB_STEP_SUMMARY=str(summary), **extra)
        return code, out, err, summary.read_text() if summary.exists() else ""

    def test_are_printed_in_a_step_of_github_where_something_differs(self):
        code, out, _, summary = self.run_in_actions("bad/unexpected", "good/silent")
        self.assertEqual(code, 1)
        self.assertEqual([line for line in out.splitlines() if line.startswith("::")],
                         [line for line in out.splitlines() if line.startswith("::error ")])
        self.assertIn("\n::error ", out)
        self.assertIn("### Gridlock: 2 scenarios: 1 as expected, 1 unexpected", summary)

    def test_are_not_printed_where_all_is_as_declared_or_elsewhere_or_unwanted(self):
        _, out, _, summary = self.run_in_actions("good/deadlock", "good/silent")
        self.assertNotIn("::error", out)
        self.assertEqual(summary, "")
        _, out, _, summary = self.run_in_actions("bad/unexpected", "--annotations", "never")
        self.assertNotIn("::error", out)
        self.assertEqual(summary, "")
        self.assertNotIn("::error", self.command("run", "bad/unexpected", GRIDLOCK_SYMBOLIZER="none")[1])

    def test_are_printed_anywhere_if_asked_for(self):
        self.assertIn("\n::error ", self.command("run", "bad/unexpected", "--annotations", "github", GRIDLOCK_SYMBOLIZER="none")[1])
        code, out, err = self.command("run", "bad/unexpected", "--annotations", "gitlab")
        self.assertEqual((code, out), (2, ""))
        self.assert_one_line(err, "--annotations", "gitlab")

    def test_a_summary_that_cannot_be_written_does_not_change_the_verdict(self):
        code, out, err, _ = self.run_in_actions("bad/unexpected")
        self.assertEqual(code, 1, err)
        code, _, err = self.command("run", "bad/unexpected", GITHUB_ACTIONS="true", GITHUB_STEP_SUMMARY=str(self.folder),
                                    GRIDLOCK_SYMBOLIZER="none")
        self.assertEqual(code, 1)
        self.assertIn("cannot write the summary", err)


class Drawings(CommandTest):
    def setUp(self):
        super().setUp()
        self.command("run", "--json", "report.json", "bad/unexpected", GRIDLOCK_SYMBOLIZER="none")
        report = json.loads((self.folder / "report.json").read_text())
        finding = report["outcomes"][0]["findings"][0]
        step = {"thread": "T1", "held_stack": [], "wanted_stack": []}
        finding["cycle"] = ["M1", "M2"]
        finding["edges"] = [{"from": "M1", "to": "M2", **step}, {"from": "M2", "to": "M1", **step}]
        report["outcomes"][0]["learned_order"] = [{"from": "M1", "to": f"M{n}", "objects": [], "threads": [], **step} for n in range(3, 20)]
        (self.folder / "report.json").write_text(json.dumps(report))
        self.asked = self.folder / "asked"
        dot = self.folder / "bin" / "dot"
        dot.parent.mkdir()
        dot.write_text(f"#!/bin/sh\ncat >{self.asked}\nexit 1\n")
        dot.chmod(0o700)
        self.path = {"PATH": f"{dot.parent}:{os.environ['PATH']}"}

    def page(self, *output, **extra):
        self.asked.unlink(missing_ok=True)
        code, _, err = self.command("report", "report.json", *output, **{**self.path, **extra})
        self.assertEqual((code, err), (1, ""))
        return (self.folder / "page.html").read_text() if (self.folder / "page.html").exists() else ""

    def test_of_a_page_are_given_to_graphviz_unless_it_is_left_out_and_its_failure_is_silent(self):
        with_failing_dot = self.page("--html", "page.html")
        self.assertTrue(self.asked.read_text().startswith("digraph"))
        self.assertIn("Locks around the cycle", with_failing_dot)
        self.assertEqual(self.page("--html", "page.html", GRIDLOCK_DOT="none"), with_failing_dot)
        self.assertFalse(self.asked.exists())
        self.page("--output", "text=report.txt")
        self.assertFalse(self.asked.exists(), "there is no page to draw for")


if __name__ == "__main__":
    support.main()
