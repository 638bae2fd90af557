# SPDX-License-Identifier: Apache-2.0
"""`gridlock report --history`: what a history says of the findings of a report, and that asking it changes nothing."""

import json
import os
import sqlite3

import support
from history_test import HistoryTest


class InAReport(HistoryTest):

    FLAKY = "flaky: seen in 2 of 3 runs, first 2026-01-02 00:01, last 2026-01-02 00:03"

    def setUp(self):
        super().setUp()
        self.add(self.report(), self.without("bad/unexpected"), self.report())

    def shown(self, *options, code=1, file="r3.json"):
        got, out, err = self.command("report", file, "--history", "h.db", *options)
        self.assertEqual(got, code, out + err)
        return out

    def test_each_format_says_when_how_often_and_whether_it_comes_every_time(self):
        self.assertIn("\nhistory: h.db (3 runs): 1 finding: 1 flaky\n", self.shown())
        out = self.shown("-v", "--text", "--json", "out.json", "--output", "sarif=out.sarif", "--output", "markdown=out.md")
        self.assertIn(self.FLAKY, out)
        self.assertIn("steady: seen in 3 of 3 runs", out)
        self.shown("--html", "out.html")
        page = (self.folder / "out.html").read_text()
        self.assertIn(self.FLAKY, page)
        self.assertIn("|state:flaky", page)
        self.assertIn("h.db: 3 runs from 2026-01-02 00:01 to 2026-01-02 00:03", page)
        self.assertIn(self.FLAKY, (self.folder / "out.md").read_text().replace("\\", ""))
        (one,) = [each for each in json.loads((self.folder / "out.sarif").read_text())["runs"][0]["results"]
                  if each["properties"]["gridlock"]["scenario"] == "bad/unexpected"]
        self.assertEqual(one["provenance"], {"firstDetectionTimeUtc": "2026-01-02T00:01:00Z", "lastDetectionTimeUtc": "2026-01-02T00:03:00Z"})
        self.assertEqual(one["properties"]["gridlock"]["history"]["state"], "flaky")
        report = json.loads((self.folder / "out.json").read_text())
        (print_,) = [finding["fingerprint"] for outcome in report["outcomes"] if outcome["name"] == "bad/unexpected"
                     for finding in outcome["findings"]]
        self.assertEqual([past for past in report["history"]["findings"] if past["fingerprint"] == print_],
                         [{"fingerprint": print_, "state": "flaky", "first_seen": "2026-01-02T00:01:00Z",
                           "last_seen": "2026-01-02T00:03:00Z", "seen": 2, "could": 3}])
        _, out, _ = self.command("report", "out.json", "-v")
        self.assertIn(self.FLAKY, out)  # the report keeps what it was told

    def test_one_that_is_in_no_run_is_told_from_one_that_is(self):
        def rename(report):
            for outcome in report["outcomes"]:
                for finding in outcome["findings"]:
                    finding["fingerprint"] = "0" * 16

        out = self.shown("-v", file=self.report(rename))
        self.assertIn("in none of the 3 runs of h.db", out)
        self.assertNotIn("flaky", out)
        self.assertNotIn("seen in", self.command("report", "r3.json", "-v")[1])

    def test_asking_it_adds_no_run_and_writes_nothing(self):
        file = self.folder / "h.db"
        before = (file.read_bytes(), file.stat().st_mtime_ns)
        self.shown("--html", "out.html", file=self.report())
        self.assertEqual((file.read_bytes(), file.stat().st_mtime_ns), before)
        self.assertEqual(sorted(name for name in os.listdir(self.folder) if name.startswith("h.db")), ["h.db"])

    def test_a_run_that_adds_itself_has_it_in_its_page(self):
        self.command("run", "bad/unexpected", "--history", "h.db", "--report", "out", GRIDLOCK_SYMBOLIZER="none")
        self.assertIn("flaky: seen in 3 of 4 runs", (self.folder / "out/index.html").read_text())
        self.assertIn("flaky", (self.folder / "out/report.txt").read_text())

    def test_what_is_no_history_is_one_line_and_nothing_is_written(self):
        (self.folder / "text.db").write_text("no database")
        (self.folder / "half.db").write_bytes((self.folder / "h.db").read_bytes()[:5000])
        (self.folder / "newer.db").write_bytes((self.folder / "h.db").read_bytes())
        with sqlite3.connect(self.folder / "newer.db") as newer:
            newer.execute("PRAGMA user_version = 2")
        with sqlite3.connect(self.folder / "other.db") as other:
            other.execute("CREATE TABLE t(x)")
        os.mkfifo(self.folder / "fifo")
        for name, why in (("text.db", "is no database"), ("half.db", "h"), ("newer.db", "newer gridlock (version 2"),
                          ("other.db", "another program"), ("none.db", "No such file"), (".", "directory"), ("fifo", "no regular file"),
                          ("r1.json", "is no database"), ("", "empty"), ("e\x1b[31m\u202e'.db", "No such file"), ("x" * 5000, "too long")):
            file = self.folder / name
            before = file.read_bytes() if name and len(name) < 99 and file.is_file() else None
            code, out, err = self.command("report", "r1.json", "--history", name, "--html", "out.html")
            self.assertEqual((code, out), (2, ""), name)
            self.assert_one_line(err, "history", why)
            self.assertNotRegex(err, "[\x1b\u202e]")
            self.assertFalse((self.folder / "out.html").exists())
            if before is not None:
                self.assertEqual(file.read_bytes(), before)
        self.assertFalse((self.folder / "none.db").exists())
        code, out, err = self.command("report", "r1.json", "--history", "h.db", "--html", "h.db")
        self.assertEqual((code, out), (2, ""))
        self.assert_one_line(err, "--html", "is the history itself")


if __name__ == "__main__":
    support.main()
