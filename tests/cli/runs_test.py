# SPDX-License-Identifier: Apache-2.0
"""Several runs of programs that append to one log."""

import json

import support
from program_test import ProgramTest

LOG = "all.jsonl"
OPTIONS = f"log_path={LOG}:quiet=1:exit_code=0"


class Runs(ProgramTest):
    def run_once(self, what, way="return", **extra):
        return self.program(what, way, options=OPTIONS, **extra)

    def report(self, *arguments):
        """Exit code, text and outcomes."""
        code, out, err = self.command("report", LOG, "--text", "--json", "result.json", *arguments)
        self.assertEqual(err, "")
        return code, out, json.loads((self.folder / "result.json").read_text())["outcomes"]

    def records(self):
        return [json.loads(line) for line in (self.folder / LOG).read_text().splitlines()]

    def test_clean_run_behind_a_bad_one_is_clean_and_the_bad_one_stays_bad(self):
        self.run_once("cycle")
        self.run_once("none")
        code, out, (bad, good) = self.report()
        self.assertEqual((code, bad["name"], good["name"]), (1, f"{LOG} (run 1 of 2)", f"{LOG} (run 2 of 2)"))
        self.assertEqual((bad["verdict"], good["verdict"]), ("unexpected", "as-expected"))
        self.assertEqual((len(bad["findings"]), good["findings"]), (1, []))
        self.assertIn(f"{LOG} (run 2 of 2): no finding (", out)
        self.assertRegex(out, r"\nSUMMARY: 2 runs in 1 log: 1 finding in 1 of them\nnext: \S+ report -v .*\n\Z")
        self.assertEqual(self.report("--run", "last")[0], 0)
        self.assertEqual(self.report("--run", "1")[0], 1)
        self.assertEqual(self.report("--run", good["program"]["run"])[0], 0)

    def test_bad_run_behind_a_clean_one_is_bad(self):
        self.run_once("none")
        self.run_once("cycle")
        code, _, (good, bad) = self.report()
        self.assertEqual((code, good["verdict"], bad["verdict"]), (1, "as-expected", "unexpected"))
        self.assertEqual(self.report("--run", "last")[0], 1)

    def test_clean_runs_are_clean_together(self):
        self.run_once("none")
        self.run_once("none")
        code, out, _ = self.report()
        self.assertEqual(code, 0)
        self.assertIn("SUMMARY: 2 runs in 1 log: no finding\n", out)

    def test_killed_run_has_no_end_although_another_one_has(self):
        self.run_once("none", "kill")
        self.run_once("none")
        code, out, (killed, good) = self.report()
        self.assertEqual((code, killed["program"]["ended"], good["program"]["ended"]), (1, False, True))
        self.assertIn("1 did not end normally", out)

    def test_programs_at_the_same_time_are_told_apart(self):
        waiting = self.begin("misuses", "wait", options=OPTIONS)
        self.assertEqual(waiting.stdout.readline(), "flushed\n")
        self.run_once("cycle")
        waiting.kill()
        waiting.communicate(timeout=support.BOUND)
        _, _, (first, second) = self.report()
        self.assertEqual({finding["kind"] for finding in first["findings"]}, {"misuse-unlock-free"})
        self.assertEqual({finding["kind"] for finding in second["findings"]}, {"lock-order-cycle"})
        self.assertEqual((first["program"]["ended"], second["program"]["ended"]), (False, True))
        both = [self.begin("cycle", options=OPTIONS) for _ in range(4)]
        for one in both:
            one.communicate(timeout=support.BOUND)
        self.assertEqual(len(self.report()[2]), 6)

    def test_children_belong_to_the_run_of_their_parent(self):
        for way in ["fork", "process", "exec", "shell"]:
            with self.subTest(way=way):
                (self.folder / LOG).unlink(missing_ok=True)
                _, out, _ = self.run_once("cycle", way)
                self.assertIn("child 0\n", out)
                code, _, outcomes = self.report()
                self.assertEqual((code, len(outcomes)), (1, 1))
                self.assertEqual((outcomes[0]["name"], len(outcomes[0]["program"]["pids"])), (LOG, 2))
                self.assertEqual(len(outcomes[0]["findings"]), 1)

    def test_every_record_says_its_run_behind_what_it_is(self):
        self.run_once("misuses", "process")
        for record in self.records():
            self.assertEqual(list(record)[:3], ["record", "pid", "run"])
        self.assertEqual(len({record["run"] for record in self.records()}), 1)

    def test_id_comes_from_the_environment_if_it_is_one(self):
        for value, is_taken in [("ci-17.b:2", True), ("a" * 64, True), ("a" * 65, False), ('"', False), ("", False),
                                ("two words", False)]:
            (self.folder / LOG).unlink(missing_ok=True)
            self.run_once("none", GRIDLOCK_RUN=value)
            self.assertEqual(self.records()[0]["run"] == value, is_taken, value)

    def test_log_of_a_version_that_wrote_no_runs_is_read_as_one(self):
        self.run_once("cycle")
        self.run_once("none")
        old = [{key: value for key, value in record.items() if key != "run"} for record in self.records()]
        (self.folder / LOG).write_text("".join(json.dumps(record) + "\n" for record in old))
        code, out, outcomes = self.report()
        self.assertEqual((code, len(outcomes)), (1, 1))
        self.assertIn("SUMMARY: 1 log: 1 finding\n", out)
        self.run_once("none")  # of this version
        code, _, outcomes = self.report()
        self.assertEqual([outcome["verdict"] for outcome in outcomes], ["unexpected", "as-expected"])

    def test_half_a_line_of_one_that_was_killed_costs_the_next_nothing(self):
        self.run_once("none")
        with (self.folder / LOG).open("a") as log:
            log.write('{"record":"finding","run":"dead","detail":"half of a ')
        self.run_once("cycle")
        code, out, err = self.command("report", LOG, "--run", "3")
        self.assertEqual((code, err), (1, ""), out)
        self.assertIn("1 finding", out)
        self.assertEqual(self.command("report", LOG)[0], 2)

    def test_run_that_is_not_there_is_said(self):
        self.run_once("none")
        code, _, err = self.command("report", LOG, "--run", "7")
        self.assertEqual(code, 2)
        self.assert_one_line(err, f"{LOG}: no run of this log is '7'; it has 1")


if __name__ == "__main__":
    support.main()
