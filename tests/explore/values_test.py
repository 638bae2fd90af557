#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The steps of a failing execution have values, locks and waits in every format: values_test.py GRIDLOCK PROGRAM."""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

PROGRAM = sys.argv.pop()
GRIDLOCK = sys.argv.pop()


def clean():
    return {name: value for name, value in os.environ.items() if not name.startswith("GRIDLOCK_")} | {"NO_COLOR": "1"}


class ValuesTest(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)

    def run_gridlock(self, *words, code=1):
        done = subprocess.run([GRIDLOCK, *map(str, words)], env=clean(), cwd=self.folder, capture_output=True, text=True, check=False, timeout=200)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def finding(self, body, *options):
        self.text = self.run_gridlock("explore", "--json", "report.json", "--log", "log.jsonl", *options, "--", PROGRAM, body)
        report = json.loads((self.folder / "report.json").read_text())
        return report["outcomes"][0]["findings"][0]

    def way(self, body, *options):
        return self.finding(body, *options)["execution"]["way"]

    def steps(self, way, operation, **members):
        return [step for step in way if step["operation"] == operation and all(step.get(name) == value for name, value in members.items())]

    def test_a_lost_update_is_seen_in_its_values(self):
        way = self.way("lost-update")
        self.assertEqual([step["before"] for step in self.steps(way, "read")], [{"number": 5}, {"number": 5}, {"number": 6}])
        self.assertEqual([(step["before"]["number"], step["after"]["number"]) for step in self.steps(way, "write")], [(5, 6), (6, 6)])
        self.assertNotEqual(*(step["thread"] for step in self.steps(way, "write")))
        self.assertRegex(self.text, r"writes V1: 6, where 5 was")

    def test_both_sides_of_a_race_have_theirs(self):
        finding = self.finding("race")
        last, first = finding["accesses"]
        if last["write"]:
            self.assertEqual((first["before"], last["before"]), ({"number": 5}, {"number": 5}))
        else:
            self.assertEqual((first["before"], first["after"], last["before"]), ({"number": 5}, {"number": 41}, {"number": 41}))
        self.assertNotIn("after", last)

    def test_numbers_of_each_size_have_their_signs(self):
        for bits in (8, 16, 32, 64):
            way = self.way(f"i{bits}")
            low, high = {"number": -2 ** (bits - 1)}, {"number": 2 ** (bits - 1) - 1}
            store, = self.steps(way, "store", after=high)
            self.assertEqual((store["size"], store["before"]), (bits // 8, low))
            self.assertTrue(self.steps(way, "load", before=high))
            exchanged, swapped = self.steps(way, "update")
            self.assertEqual((exchanged["before"], exchanged["after"], swapped["before"], swapped["after"]), (high, low, low, high))

    def test_a_pointer_is_no_number(self):
        for body in ("pointers", "freed"):
            way = self.way(body)
            self.assertTrue(any(step["after"].get("address") for step in self.steps(way, "store")), way)
            for step in way:
                for value in (step.get("before"), step.get("after")):
                    if value is not None:
                        self.assertLess(abs(value["number"]), 1 << 16, step)
            self.assertIn("an address", self.text)

    def test_what_is_no_small_number_is_shown_in_hex(self):
        way = self.way("large-numbers")
        self.assertTrue(self.steps(way, "store", after={"number": 0xfedcba9876543210 - (1 << 64)}))
        self.assertIn("0xfedcba9876543210", self.text)
        self.assertIn("0x3ff0000000000000", self.text)

    def test_a_deadlock_says_who_holds_and_waits(self):
        way = self.way("locks", "--html", "page.html", "--output", "sarif=report.sarif", "--output", "trace=trace.json")
        first, last = (step for step in way if step.get("waits"))
        self.assertEqual((first["operation"], last["operation"], first["granted"], last["granted"]), ("lock", "lock", False, False))
        self.assertEqual(first["held"], [last["object"]])
        self.assertEqual(last["held"], [first["object"]])
        said = (f"holds {last['object']} and waits for {first['object']}", f"holds {first['object']} and waits for {last['object']}")
        page = (self.folder / "page.html").read_text()
        flows = json.loads((self.folder / "report.sarif").read_text())["runs"][0]["results"][0]["codeFlows"]
        states = [location["state"]["threads"]["text"] for location in flows[-1]["threadFlows"][0]["locations"] if "state" in location]
        for words in said:
            self.assertIn(words, page)
            self.assertIn(words, states[-1])
        self.assertIn("has to wait for", (self.folder / "trace.json").read_text())

    def test_a_try_that_is_refused_says_so(self):
        way = self.way("refused")
        self.assertTrue(self.steps(way, "try_lock", granted=False))
        self.assertRegex(self.text, r"tries in vain to take M\d+")

    def test_a_wait_says_whether_it_was_woken(self):
        ends = self.steps(self.way("conditions"), "wait", goes_on=True)
        self.assertEqual([end["granted"] for end in ends], [True, False])
        self.assertIn("goes on, woken at C", self.text)
        self.assertIn("goes on, out of time, at", self.text)

    def test_permits_are_counted(self):
        way = self.way("permits")
        updates = self.steps(way, "update")
        self.assertTrue(any(step["after"]["number"] - step["before"]["number"] in (-1, 1) for step in updates), way)

    def test_a_replay_has_the_same(self):
        for body in ("lost-update", "locks"):
            finding = self.finding(body)
            again = self.folder / "again.json"
            self.run_gridlock("replay", finding["execution"]["replay"], "--json", again, "--", PROGRAM, body)
            replayed = json.loads(again.read_text())["outcomes"][0]["findings"][0]["execution"]
            self.assertEqual(replayed["way"], finding["execution"]["way"])

    def test_a_log_of_the_version_before_and_a_hostile_one_are_read(self):
        self.finding("lost-update")
        log = (self.folder / "log.jsonl").read_text()
        (self.folder / "old.jsonl").write_text(re.sub(r',"way":\[.*\](?=\}\}\n)', "", log))
        self.assertNotIn('"way"', (self.folder / "old.jsonl").read_text())
        self.assertIn("How its threads took turns", self.run_gridlock("report", "old.jsonl"))
        (self.folder / "bad.jsonl").write_text(log.replace('"before":{"number":5}', '"before":{"number":"<b>5</b>"}'))
        self.assertIn("number: expected a whole number, found string", self.run_gridlock("report", "bad.jsonl", code=2))


if __name__ == "__main__":
    unittest.main()
