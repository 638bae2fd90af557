# SPDX-License-Identifier: Apache-2.0
"""Logs, reports and names that an attacker made, and `gridlock report` over them."""

import json
import os
import subprocess
import time

import support
from support import CommandTest

PROGRAM = os.environ.get("GRIDLOCK_PROGRAM", "")
START = '{"record":"start","v":1,"pid":1}\n'
END = '{"record":"end","pid":1}\n'


def finding(**frame):
    thread = {"id": "T1", "name": "m", "stack": [{"function": "main", "line": 1, **frame}]}
    return json.dumps({"record": "finding", "kind": "misuse-unlock-free", "detail": "unlock", "threads": [thread],
                       "objects": [{"id": "M1", "type": "Lock"}]}) + "\n"


class HostileTest(CommandTest):
    def log(self, *lines, name="log.jsonl", folder=None):
        path = (folder or self.folder) / name
        path.write_bytes(b"".join(line if isinstance(line, bytes) else line.encode() for line in lines))
        return path

    def report(self, *arguments, cwd=None, **extra):
        """Exit code, text, page, stderr of a report that ends soon."""
        page = self.folder / "page.html"
        begin = time.monotonic()
        process = subprocess.run([support.FIXTURE, "report", *map(str, arguments), "--html", str(page), "--text"],
                                 capture_output=True, env=self.environment(**extra), cwd=cwd or self.folder,
                                 timeout=support.BOUND, check=False)
        self.assertLess(time.monotonic() - begin, 90)
        self.assertGreaterEqual(process.returncode, 0, "no signal")
        text = page.read_bytes().decode() if page.exists() else ""
        page.unlink(missing_ok=True)
        return process.returncode, process.stdout.decode(), text, process.stderr.decode()

    def assert_printable(self, text):
        for character in "\x1b\x07\x7f\x9b\u202e\u2066\u200b\u2028":
            self.assertNotIn(character, text)


class Sources(HostileTest):
    def setUp(self):
        super().setUp()
        self.work = self.folder / "work"
        self.work.mkdir()
        self.secret = self.folder / "secret.cc"
        self.secret.write_text("the secret\n")

    def test_beside_the_current_folder_are_not_read(self):
        (self.work / "link.cc").symlink_to(self.secret)
        for name in (str(self.secret), "../secret.cc", "link.cc", "/etc/passwd", "/proc/self/environ",
                     "/proc/self/cwd/../secret.cc", f"{self.work}/../secret.cc"):
            code, text, page, _ = self.report(self.log(START, finding(file=name), END), cwd=self.work)
            self.assertEqual(code, 1)
            for out in (text, page):
                for content in ("the secret", "root:", "TMPDIR="):
                    self.assertNotIn(content, out, name)
                self.assertIn("--source-root", out)

    def test_in_the_current_folder_are_shown_without_a_word(self):
        (self.work / "own.cc").write_text("the line\n")
        for name in ("own.cc", str(self.work / "own.cc")):
            _, text, page, err = self.report(self.log(START, finding(file=name), END), cwd=self.work)
            self.assertIn("the line", page)
            self.assertIn("> the line", text)
            self.assertNotIn("--source-root", text + err)

    def test_below_a_named_root_are_shown(self):
        log = self.log(START, finding(file=str(self.secret)), END)
        page = self.report(log, "--source-root", "/usr", "--source-root", self.folder, cwd=self.work)[2]
        self.assertIn("the secret", page)
        code, _, _, err = self.report(log, "--source-root", "/no/such/folder")
        self.assertEqual(code, 2)
        self.assert_one_line(err, "--source-root: '/no/such/folder' is no folder")

    def test_of_the_program_are_shown_wherever_it_ran(self):
        subprocess.run([PROGRAM, "cycle"], cwd=self.work, env=self.environment(GRIDLOCK_OPTIONS="log_path=x.jsonl"),
                       stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=False)
        page = self.report("x.jsonl", cwd=self.work)[2]
        self.assertIn('<mark>31', page, "a line of program.cc, which is in the project that the program lies in")

    def test_that_are_no_files_are_neither_read_nor_waited_for(self):
        os.mkfifo(self.work / "fifo.cc")
        for name in ("fifo.cc", "/dev/zero", "/dev/stdin", "."):
            code, *_ = self.report(self.log(START, finding(file=name), END), "--source-root", "/", cwd=self.work)
            self.assertEqual(code, 1, name)


class Modules(HostileTest):
    def test_that_are_no_programs_are_neither_read_nor_waited_for(self):
        fifo = self.folder / "fifo"
        os.mkfifo(fifo)
        link = self.folder / "link"
        link.symlink_to("/dev/zero")
        for module in ("/dev/zero", str(fifo), str(link), str(self.folder), "/dev/stdin", "/proc/self/mem",
                       '/x" 1\n"/dev/zero'):
            log = self.log(START, finding(module=module, offset=1, function=""), END)
            code, text, _, _ = self.report(log)
            self.assertEqual(code, 1, module)
            self.assertIn("misuse-unlock-free", text)
            record = json.dumps({"record": "module", "pid": 1, "path": module, "build_id": "ab"}) + "\n"
            self.assertEqual(self.report(self.log(START, record, finding(module=module, offset=1), END))[0], 1)


class Terminal(HostileTest):
    ESCAPE = "\x1b]0;pwned\x07\x1b[2J\u202e"

    def test_no_message_steers_it(self):
        folder = self.folder / "esc\x1b[31m"
        folder.mkdir()
        wrong = folder / "wrong.json"
        wrong.write_text(json.dumps({"version": 1, "outcomes": [{"name": "a", "verdict": self.ESCAPE}]}))
        unused = folder / "unused.json"
        unused.write_text(json.dumps({"version": 1, "outcomes": [{"name": self.ESCAPE, "verdict": "missed"}],
                                      "suppressions": [{"file": self.ESCAPE, "line": 1, "text": self.ESCAPE, "uses": 0}]}))
        known = folder / "known.supp"
        known.write_text(self.ESCAPE + "\n")
        damaged = self.log(START, f'{{"record":"finding","kind":"{self.ESCAPE}"}}\n'.encode(), folder=folder)
        for arguments in (["report", wrong], ["report", unused], ["report", unused, "--suppressions", known],
                          ["report", damaged], ["report", folder / "no such file"], ["report", folder],
                          ["report", wrong, "--source-root", self.ESCAPE], ["report", unused, "--html", folder],
                          ["report", unused, "--color", self.ESCAPE], [self.ESCAPE], ["--" + self.ESCAPE],
                          ["run", self.ESCAPE], ["run", "--filter", self.ESCAPE], ["run", "--set", self.ESCAPE],
                          ["list", self.ESCAPE], ["run", "--jobs", self.ESCAPE],
                          ["run", "good/deadlock", "--suppressions", self.ESCAPE]):
            code, out, err = self.command(*arguments)
            self.assertNotEqual(code, 0, arguments)
            self.assert_printable(out + err)
            if "--suppressions" in arguments or arguments[0] != "report":
                self.assertIn("\\x1b", out + err, arguments)

    def test_every_byte_that_is_not_utf8_is_shown(self):
        name = (b'{"record":"finding","kind":"deadlock","cycle":["M1"],'
                b'"edges":[{"from":"M1","to":"M1","thread":"T1"}],"objects":[{"id":"M1","name":"a\xff\\ud800"}]}\n')
        code, text, page, _ = self.report(self.log(START, name, END))
        self.assertEqual(code, 1)
        for out in (text, page):
            self.assertIn(r"a\xff\xed\xa0\x80", out)
            self.assertIn("log.jsonl:2: text that is not UTF-8", out)


class Depth(HostileTest):
    def test_of_a_report_is_bounded_in_one_line(self):
        for where in ('"x":{}', '"findings":[{{"kind":"deadlock","x":{}}}]', '"dump":{{"x":{}}}'):
            for bracket in ("[]", '{"a":'):
                deep = bracket[0] * 100_000 + "]" * 100_000 if bracket == "[]" else bracket * 100_000 + "1" + "}" * 100_000
                path = self.folder / "deep.json"
                path.write_text('{"version":1,"outcomes":[{"name":"a","verdict":"as-expected",' + where.format(deep) + "}]}")
                code, _, _, err = self.report(path)
                self.assertEqual(code, 2)
                self.assert_one_line(err, "deep.json", "nested deeper than 64 levels")

    def test_of_a_log_costs_its_line_only(self):
        deep = '{"record":"finding","kind":"deadlock","x":' + "[" * 100_000 + "]" * 100_000 + "}\n"
        code, text, _, err = self.report(self.log(START, deep, finding(file="a.cc"), END))
        self.assertEqual(code, 2)
        self.assertIn("misuse-unlock-free", text)
        self.assertIn("log.jsonl:2: nested deeper than 64 levels", err)

    def test_suppressions_that_are_too_large_or_no_file_are_one_line(self):
        path = self.folder / "large.supp"
        path.write_text("lock:a\n" * 200_000)
        for file in (path, "/dev/zero"):
            code, _, _, err = self.report(self.log(START, END), "--suppressions", file)
            self.assertEqual(code, 2)
            self.assert_one_line(err, "suppressions: cannot read")


if __name__ == "__main__":
    support.main()
