# SPDX-License-Identifier: Apache-2.0
"""Programs with the standard's interface: the same one with std itself, with the names of std.h, and with those in their plain
form; one with a possible deadlock; and the table of docs/porting.md."""
import json
import os
import pathlib
import re
import subprocess
import tempfile
import unittest


def run(name, *arguments, options=""):
    """The ended process, and the lines of its log."""
    with tempfile.TemporaryDirectory() as folder:
        log = pathlib.Path(folder, "log")
        environment = dict(os.environ, GRIDLOCK_OPTIONS=f"log_path={log}:quiet=1:{options}")
        ended = subprocess.run([os.environ[name], *arguments], env=environment, capture_output=True, text=True, timeout=60,
                               check=False)
        lines = log.read_text(encoding="utf-8").splitlines() if log.exists() else []
        return ended, [json.loads(line) for line in lines if line.startswith("{")]


def findings(log):
    return [line for line in log if "kind" in line]


class ThreeWays(unittest.TestCase):
    def test_do_the_same(self):
        expected, _ = run("PORTS_STD")
        self.assertEqual(expected.returncode, 0, expected.stderr)
        self.assertGreater(len(expected.stdout.splitlines()), 60)
        for name in ("PORTS_PLAIN", "PORTS_WATCHED"):
            ended, log = run(name)
            self.assertEqual(ended.returncode, 0, ended.stderr)
            self.assertEqual(ended.stdout, expected.stdout, name)
            self.assertEqual(findings(log), [], name)

    def test_end_where_a_thread_was_not_joined(self):
        for name in ("PORTS_STD", "PORTS_PLAIN", "PORTS_WATCHED"):
            ended, _ = run(name, "terminate")
            self.assertEqual((ended.returncode, ended.stdout), (3, "terminate\n"), name)

    def test_plain_types_are_those_of_the_standard(self):
        ended, log = run("PORTS_PLAIN_TYPES")
        self.assertEqual((ended.returncode, log), (0, []))

    def test_the_plain_form_has_nothing_of_ours(self):
        for name in ("PORTS_PLAIN", "PORTS_PLAIN_TYPES"):
            symbols = subprocess.run(["nm", "-C", os.environ[name]], capture_output=True, text=True, check=True).stdout
            ours = [line for line in symbols.splitlines()
                    if "gridlock::" in line and "gridlock::naming::" not in line]
            self.assertEqual(ours, [], name)


class Cycle(unittest.TestCase):
    def test_is_found_by_the_names_of_the_program(self):
        ended, log = run("PORTS_CYCLE", options="exit_code=0")
        self.assertEqual(ended.returncode, 0, ended.stderr)
        self.assertEqual([each["kind"] for each in findings(log)], ["lock-order-cycle"])
        text = json.dumps(findings(log))
        for name in ("accounts", "ledger", "clerk", "auditor"):
            self.assertIn(f'"{name}"', text)

    def test_is_found_when_it_happens(self):
        ended, log = run("PORTS_CYCLE", "hang", options="predict=0")
        self.assertEqual(ended.returncode, 66, ended.stderr)
        self.assertEqual([each["kind"] for each in findings(log)], ["deadlock"])
        text = json.dumps(findings(log))
        for name in ("accounts", "ledger"):
            self.assertIn(f'"{name}"', text)

    def test_is_none_with_one_order(self):
        ended, log = run("PORTS_CYCLE", "calm")
        self.assertEqual((ended.returncode, findings(log)), (0, []))


class Documentation(unittest.TestCase):
    """docs/porting.md."""

    root = pathlib.Path(os.environ["PORTS_SOURCE"])

    def setUp(self):
        self.text = (self.root / "docs/porting.md").read_text(encoding="utf-8")

    def test_shows_the_program_that_is_run_here(self):
        program = re.search(r"<!-- file: bank.cc -->\n```cpp\n(.*?)```", self.text, re.DOTALL).group(1)
        self.assertTrue((self.root / "tests/ports/bank.cc").read_text(encoding="utf-8").endswith(program))
        for _ in range(20):  # it really deadlocks in some runs
            ended, log = run("PORTS_BANK", options="exit_code=0")
            kinds = [each["kind"] for each in findings(log)]
            if "deadlock" not in kinds:
                break
        self.assertEqual((ended.returncode, kinds), (0, ["lock-order-cycle"]))
        for name in ("alice", "bob"):
            self.assertIn(f'"{name}"', json.dumps(log))

    def test_shows_commands_that_work(self):
        commands = re.findall(r"```sh\n(.*?)```", self.text, re.DOTALL)
        self.assertEqual(len(commands), 1)
        with tempfile.TemporaryDirectory() as folder:
            pathlib.Path(folder, "bank.cc").write_bytes((self.root / "tests/ports/bank.cc").read_bytes())
            headers = f"{os.environ['PORTS_COMPILER']} -I{self.root}/harness/include "
            ended = subprocess.run(commands[0].replace("c++ ", headers, 1), shell=True, cwd=folder, capture_output=True,
                                   text=True, check=False)
            self.assertEqual((ended.returncode, ended.stdout), (0, "70\n"), ended.stderr)

    def test_has_a_row_for_each_name_of_the_header(self):
        header = (self.root / "harness/include/gridlock/std.h").read_text(encoding="utf-8")
        plain = header[header.index("#ifdef GRIDLOCK_STD_PLAIN\n\nusing"):].split("#endif")[0]
        names = re.findall(r"using std::(\w+);", plain)
        self.assertGreater(len(names), 25)
        for name in names:
            self.assertIn(f"`std::{name}`", self.text)

    def test_has_a_row_for_each_function_that_is_watched_in_any_program(self):
        table = (self.root / "harness/interpose/functions.def").read_text(encoding="utf-8")
        names = re.findall(r"^GRIDLOCK_\w+\((\w+)", table, re.MULTILINE)
        self.assertGreater(len(names), 50)
        for name in names:
            self.assertRegex(self.text, rf"`(std::)?{name}`")

    def test_names_classes_that_there_are(self):
        headers = "".join(path.read_text(encoding="utf-8") for path in (self.root / "harness/include/gridlock").glob("*.h"))
        rows = re.findall(r"^\|.*\|$", self.text, re.MULTILINE)
        names = set(re.findall(r"`([A-Z][a-z]\w*)`", "".join(rows)))
        self.assertGreater(len(names), 20)
        classes = set(re.findall(r"^class (?:\[\[nodiscard\]\] )?(?:GRIDLOCK\w+(?:\(\S*\))? )?(\w+)", headers, re.MULTILINE))
        self.assertEqual(names - classes, set())


if __name__ == "__main__":
    unittest.main()
