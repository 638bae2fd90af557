# SPDX-License-Identifier: Apache-2.0
"""Every command and option with values that cannot be: one line that names what and where, and exit code 2."""

import json
import os
import pathlib
import re
import subprocess
import unittest

import support
from support import FIXTURE, CommandTest

LONG = "x" * 5000
NUMBERS = ["", "-1", "0", "many", "2.5", "0x2", "02", "1e2", "2 ", " 2", "9" * 30, LONG, "--verbose"]


class Mistakes(CommandTest):
    def refused(self, *arguments, parts=(), **extra):
        code, out, err = self.command(*arguments, **extra)
        with self.subTest(arguments=[word[:60] for word in map(str, arguments)]):
            self.assertEqual((code, out), (2, ""), err)
            self.assert_one_line(err, "gridlock: ", *parts)
            self.assertLess(len(err), 800, err)
            self.assertNotRegex(err, r"[\x00-\x09\x0b-\x1f\x7f]")
            self.assertFalse(err.startswith("gridlock: internal error"), err)

    def accepted(self, *arguments, **extra):
        code, out, err = self.command(*arguments, **extra)
        with self.subTest(arguments=arguments):
            self.assertEqual(code, 0, out + err)
        return out


class PlaceLinks(Mistakes):
    """Addresses that places in the page lead to: each bad one is refused before anything is done, each good one is escaped."""

    PATH = "/home/me/bank/src/a \"'<b>&{line}.cc"
    BOTH = ["", "file", "vscode://file/", "https://x/{line}", "{path}", "{path}:x", ":{path}", "/{path}", "//x/{path}", "x y:{path}",
            "1a:{path}", "a_b:{path}", "javascript:{path}", "JavaScript:alert(1)//{path}", "javascript://x/%0aalert({line})//{path}",
            "java\tscript:{path}", "java\nscript:{path}", " javascript:{path}", "\x01javascript:{path}", "data:text/html,{path}",
            "vbscript:{path}", "blob:{path}", "about:{path}", "filesystem:{path}", "https://x/\"onclick=\"{path}", "https://x/'{path}",
            "https://x/</script><script>alert(1)</script>{path}", "https://x/>{path}", "https://x/`{path}", "https://x/ {path}",
            "https://x/\n{path}", "https://x/\x1b[31m{path}", "https://x/\u202e{path}", "https://x/\u00e9{path}", "https://x/\x7f{path}",
            "https://x/\\{path}", "https://x/^{path}", "https://x/|{path}", "https://" + "x" * 1000 + "/{path}", LONG]
    WEB = ["vscode://file/{path}:{line}", "file:///{path}", "ftp://x/{path}", "HTTPS://x/{path}", "https:{path}", "http:/{path}"]

    def page(self, *options, path=PATH):
        """Of a report with one finding, whose place is in a file of this name."""
        stack = [{"function": "pay()", "file": path, "line": 9}]
        edges = [{"from": one, "to": other, "thread": thread, "held_stack": stack, "wanted_stack": stack}
                 for one, other, thread in (("M1", "M2", "T1"), ("M2", "M1", "T2"))]
        finding = {"kind": "lock-order-cycle", "fingerprint": "0" * 15 + "1", "cycle": ["M1", "M2"], "edges": edges}
        report = {"version": 1, "project": "/home/me/bank", "sources": {},
                  "outcomes": [{"name": "x", "verdict": "unexpected", "findings": [finding]}]}
        (self.folder / "r.json").write_text(json.dumps(report))
        code, out, err = self.command("report", "r.json", "--html", "p.html", *options)
        self.assertEqual((code, out, err), (1, "", ""))
        return (self.folder / "p.html").read_text()

    def links(self, *options, **more):
        return set(re.findall(r'<a href="((?!#)[^"]*)"', self.page(*options, **more)))

    def test_that_are_none_are_refused(self):
        self.page()
        (self.folder / "p.html").unlink()
        for option, words in (("--editor-url", [*self.BOTH, "auto"]), ("--code-url", [*self.BOTH, *self.WEB])):
            for word in words:
                self.refused("report", "r.json", "--html", "p.html", option, word, parts=[option])
                self.assertFalse((self.folder / "p.html").exists(), word)
            for command, name in (("report", "r.json"), ("run", "good/silent")):
                self.refused(command, option, "javascript:{path}", name, parts=[option, "'javascript:{path}'"])
                self.refused(command, name, option, parts=[option, "missing"])
                self.refused(command, option + "=", name, parts=[option, "missing"])
                self.refused(command, option, "https://x/{path}", option, "https://y/{path}", name, parts=[option, "more than once"])

    def test_that_are_good_stand_escaped_in_the_page(self):
        path = "home/me/bank/src/a%20%22%27%3Cb%3E%26%7Bline%7D.cc"
        self.assertEqual(self.links(), set())
        for url, link in (("vscode://file/{path}:{line}", f"vscode://file/{path}:9"),
                          ("idea://open?file={path}&line={line}", f"idea://open?file=/{path}&amp;line=9"),
                          ("x-a.b+c:{path}", f"x-a.b+c:/{path}"), ("zed://file/{path}", f"zed://file/{path}"),
                          ("https://x/{line}/{path}/{path}&lt;", f"https://x/9/{path}/{path}&amp;lt;"),
                          ("e://{pat}{line}{path}", "e://{pat}9/" + path)):
            self.assertEqual(self.links("--editor-url", url), {link}, url)
        inside = path.removeprefix("home/me/bank/")
        for url, link in (("https://git.example.com/bank/{path}#L{line}", f"https://git.example.com/bank/{inside}#L9"),
                          ("http://x:80/?f={path}&l={line}&q=%22", f"http://x:80/?f={inside}&amp;l=9&amp;q=%22")):
            self.assertEqual(self.links("--code-url", url), {link}, url)
        self.assertEqual(self.links("--editor-url", "e:{path}", "--code-url", "https://x/{path}"), {f"e:/{path}", f"https://x/{inside}"})
        for word in ("never", "auto"):
            self.assertEqual(self.links("--code-url", word), set())
        self.assertEqual(self.links("--editor-url", "never"), set())

    def test_of_a_hostile_path_lead_nowhere_else(self):
        for path in ("javascript:alert(1)", "/home/me/bank/</script><script>alert(1)</script>.cc", "/home/me/bank/\u202e\x1b[31m.cc",
                     "/home/me/bank/../../evil.cc", "//evil.example.com/x.cc", "\"onmouseover=\"alert(1)"):
            page = self.page("--editor-url", "vscode://file/{path}:{line}", "--code-url", "https://git.example.com/{path}", path=path)
            self.assertEqual(page.count("</script>"), 1, path)
            self.assertNotRegex(page, "[\x1b\u202e]|onmouseover=\"")
            for link in re.findall(r'<a href="((?!#)[^"]*)"', page):
                self.assertRegex(link, r"^(vscode://file/|https://git\.example\.com/)[\w.~%/-]*(:9)?$")
                self.assertFalse(link.startswith("https://") and ".." in link, link)


class Arguments(Mistakes):
    def test_numbers_that_are_none_are_refused(self):
        for option in ("--jobs", "--timeout", "--hang", "--repeat"):
            for word in NUMBERS:
                if option == "--timeout" and word in ("2.5", "02", "1e2"):
                    continue  # these are numbers of seconds
                self.refused("run", option, word, "good/silent", parts=[option])
            self.refused("run", "good/silent", option, parts=[option, "missing"])
            self.refused("run", option + "=", "good/silent", parts=[option, "missing"])
            self.refused("run", option, "2", option, "3", "good/silent", parts=[option, "more than once"])
        for word in ("nan", "inf", "-inf", "1e-9", "1e99", "0"):
            self.refused("run", "--timeout", word, "good/silent", parts=["--timeout", word])
        self.refused("run", "--jobs", "1025", "good/silent", parts=["1 to 1024"])
        self.refused("run", "-j", parts=["--jobs", "missing"])
        self.accepted("run", "-j2", "--timeout", "2.5", "--repeat=2", "good/silent", "--hang", "30")

    def test_choices_are_listed(self):
        for command, option, choice in (("run", "--color", "never"), ("run", "--on-deadlock", "report"),
                                        ("report", "--color", "always")):
            for word in ("", "x", LONG, choice.upper(), "--verbose"):
                self.refused(command, option, word, "good/silent", parts=[option, choice])
            self.refused(command, "good/silent", option, parts=[option, "missing"])
            self.refused(command, option, choice, option, choice, "good/silent", parts=[option, "more than once"])

    def test_names_of_files_are_checked_before_anything_runs(self):
        (self.folder / "file").write_text("")
        (self.folder / "loop").symlink_to("loop")
        for command, options in (("run", ("--json", "--report", "--suppressions")),
                                 ("report", ("--json", "--html", "--suppressions"))):
            for option in options:
                for word in ("", "--verbose", "-", LONG, "/".join(["y"] * 3000), "file/x", "loop", "/proc/no/x"):
                    self.refused(command, option, word, "good/silent", parts=[option.strip("-")])
                self.refused(command, "good/silent", option, parts=[option, "missing"])
                self.refused(command, option + "=", "good/silent", parts=[option, "missing"])
                self.refused(command, option, "a", option, "b", "good/silent", parts=[option, "more than once"])
                if option != "--report":
                    self.refused(command, option, self.folder, "good/silent", parts=["directory"])
        self.refused("run", "--json", "no/", "good/silent", parts=["--json"])
        self.assertFalse((self.folder / "a").exists())

    def test_a_history_to_ask_is_one_file(self):
        self.accepted("run", "good/silent", "--json", "result.json")
        for word in ("", "--verbose", "-", LONG, "/proc/no/x", "loop\n\x1b[1m"):
            self.refused("report", "result.json", "--history", word, parts=["history"])
        self.refused("report", "result.json", "--history", parts=["--history", "missing"])
        self.refused("report", "result.json", "--history=", parts=["--history", "missing"])
        self.refused("report", "--history", "a", "--history", "b", "result.json", parts=["--history", "more than once"])

    def test_an_output_is_a_format_and_a_file(self):
        for command in ("run", "report"):
            for word, why in (("json", "FORMAT=FILE"), ("", "FORMAT=FILE"), ("xml=a", "json, text, html"), ("=a", "no format"),
                              ("jsn=a", "did you mean 'json'?"), ("JSON=a", "no format"), ("json=", "empty"), (LONG, "FORMAT=FILE"),
                              (LONG + "=a", "no format"), ("json=--verbose", "looks like an option"), ("html=no/", "names no file"),
                              ("text=/proc/no/x", "--output"), (f"json={self.folder}", "directory"), ("a\nb\x1b=c", "no format")):
                self.refused(command, "--output", word, "good/silent", parts=["--output", why])
            self.refused(command, "good/silent", "--output", parts=["--output", "missing"])
            self.refused(command, "--output=", "good/silent", parts=["--output", "missing"])
            self.refused(command, "--output", "json=a", "--output", "html=./a", "good/silent", parts=["--output", "'./a'", "twice"])
            self.refused(command, "--json", "a", "--output", "html=a", "good/silent", parts=["'a'", "twice"])
        self.assertFalse((self.folder / "a").exists())

    def test_an_output_may_be_named_for_each_format_and_more_than_once(self):
        out = self.accepted("run", "good/silent", "--output", "json=a.json", "--output=text=a.txt", "--output", "html=a.html",
                            "--json", "b.json", "--output", "json=/dev/null", "--output", "text=/dev/null", "--report", "folder")
        self.assertIn("SUMMARY", out)
        for mine, its in (("a.json", "report.json"), ("a.txt", "report.txt"), ("a.html", "index.html"), ("b.json", "report.json")):
            self.assertEqual((self.folder / mine).read_bytes(), (self.folder / "folder" / its).read_bytes(), mine)
        self.assertTrue((self.folder / "a.html").read_text().startswith("<!DOCTYPE html>"))

    def test_a_report_prints_its_text_unless_somebody_reads_it_in_a_file(self):
        self.accepted("run", "good/silent", "--json", "result.json")
        for options, printed in (([], True), (["--json", "b"], True), (["--output", "json=b"], True), (["--html", "c"], False),
                                 (["--output", "html=c"], False), (["--output", "text=d"], False),
                                 (["--output", "text=d", "--text"], True)):
            self.assertEqual("SUMMARY" in self.accepted("report", "result.json", *options), printed, options)
        self.assertIn("SUMMARY", (self.folder / "d").read_text())

    def test_input_that_cannot_be_read_is_named_with_the_reason(self):
        os.mkfifo(self.folder / "fifo")
        for name, why in (("none", "No such file"), (".", "directory"), ("fifo", "no regular file"),
                          ("/dev/zero", "no regular file"), ("", "empty"), (LONG, "too long"), ("a\nb\x1b[1m", "No such")):
            self.refused("report", name, parts=[why])
            if name:
                self.refused("run", "--suppressions", name, "good/silent", parts=[why])
        if os.geteuid() != 0:
            (self.folder / "closed").touch(mode=0)
            self.refused("report", "closed", parts=["closed", "Permission denied"])

    def test_a_setting_is_one_word_and_what_follows_is_a_name(self):
        for words in (["--set", "hang=5"], ["--set=hang=5"], ["--set", "hang=5", "--set", "predict=0"]):
            self.assertIn("good/silent", self.accepted("run", *words, "good/silent", "good/prints"))
            self.assertIn("good/silent", self.accepted("run", "good/silent", *words))
            self.assertIn("good/silent", self.accepted("run", *words, "--", "good/silent"))
        self.refused("run", "--set", "a=b", "good/silent", parts=["--set", "'a'"])
        self.refused("run", "--set", "hang=5", "nonsense", parts=["no scenario", "'nonsense'"])
        for word in ("", "hang", "hang=", "=5", "hang=-1", "hang=x", "hang=5:predict=0", LONG, "hang=" + "9" * 400):
            self.refused("run", "--set", word, "good/silent", parts=["--set"])
        self.refused("run", "--set=", "good/silent", parts=["--set", "missing"])
        self.refused("run", "good/silent", "--set", parts=["--set", "missing"])

    def test_a_filter_is_one_word_and_what_follows_is_a_name(self):
        out = self.accepted("run", "--filter", "good/s*", "good/prints")
        self.assertIn("good/prints", out)
        self.refused("run", "--filter", "good/s*", "goood/prints", parts=["no scenario is called"])
        self.assertIn("good/silent", self.accepted("run", "--filter", "[g]ood/silen[t]"))
        self.assertIn("good/silent", self.accepted("list", "--filter", "[g-h]ood/silent", "--filter", "good/p*"))
        for word in ("", "none*", "[", LONG, "--json"):
            self.refused("list", "--filter", word, parts=["--filter"])

    def test_words_that_are_known_nowhere_or_elsewhere(self):
        for word in ("", "nonsense", LONG, "a\x1b[31mb\nc"):
            self.refused(word, parts=["no command is called"])
            self.refused("run", word, parts=["no scenario is called"])
            self.refused("list", word, parts=["no scenario is called"])
        self.refused(parts=["list, run, report, history, exec, explore, replay, merge or why"])
        self.refused("run", "--version", parts=["--version", "stands alone"])
        self.refused("--jobs", "2", "run", parts=["--jobs", "'run'"])
        self.refused("list", "--repeat", "2", parts=["--repeat", "'run'"])
        self.refused("report", "--markdown", "x", parts=["--markdown", "'list'"])
        self.refused("run", "--" + LONG, parts=["no option is called"])
        self.refused("run", "--verbose=3", "good/silent", parts=["--verbose", "no value"])
        self.refused("list", "--json", "--markdown", parts=["--json", "--markdown"])
        self.refused("report", parts=["FILE"])

    def test_child_of_no_scenario_is_a_mistake_and_no_crash(self):
        self.refused("child", "NOSUCH", parts=["'NOSUCH'"])
        self.refused("child", "good/silnt", parts=["did you mean 'good/silent'?"])
        for word in ("", "--help", "good/*", LONG):
            self.refused("child", word, parts=["no scenario is called"])
        self.refused("child", parts=["child NAME"])
        self.refused("child", "good/silent", "good/prints", parts=["child NAME"])
        self.accepted("child", "good/silent")


class TemporaryDirectory(Mistakes):
    """TMPDIR."""

    def test_one_that_cannot_be_used_is_named_with_the_reason(self):
        (self.folder / "file").write_text("")
        for name, why in (("/no/such/folder", "No such file"), ("no such", "No such file"), ("relative", "No such file"),
                          (self.folder / "file", "Not a directory"), (self.folder / "file" / "x", "Not a directory"),
                          ("/" + LONG, "too long"), ("/proc", "/proc"), ("/no\nsuch\x1b", "No such file")):
            self.refused("run", "good/silent", TMPDIR=str(name), parts=["TMPDIR", why])

    def test_one_that_is_not_writable_is_named(self):
        if os.geteuid() == 0:
            self.skipTest("root writes everywhere")
        os.chmod(self.tmp, 0o555)
        self.refused("run", "good/silent", parts=["TMPDIR", str(self.tmp), "Permission denied"])

    def test_one_that_is_relative_works(self):
        (self.folder / "relative").mkdir()
        self.accepted("run", "good/silent", TMPDIR="relative")
        self.assertEqual(list((self.folder / "relative").iterdir()), [])

    def test_one_that_cannot_be_the_value_of_an_option_is_told_in_one_line(self):
        deep = self.folder
        for _ in range(5):
            deep = deep / ("d" * 200)
        for folder in (self.folder / "a b", self.folder / "a\nb", self.folder / "a:b", deep):
            folder.mkdir(parents=True)
            code, _, err = self.command("run", "good/silent", TMPDIR=str(folder))
            self.assertEqual(code, 0, err)
            self.assert_one_line(err, "TMPDIR", "using /tmp")
            self.assertEqual(list(folder.iterdir()), [])


class Output(CommandTest):
    """What is printed has arrived, or the exit code says that it has not."""

    COMMANDS = [["list"], ["list", "--json"], ["list", "--markdown"], ["--help"], ["run", "--help"], ["--version"],
                ["--help-options"], ["--help-options-markdown"], ["run", "good/silent"], ["run", "bad/missed"],
                ["run", "tsan/race"], ["report", "result.json"], ["report", "result.json", "-v"]]

    def setUp(self):
        super().setUp()
        self.run_json("good/silent")

    def device(self, name):
        """A link to it: whatever a mistake does to a name, it does to the link, also for root."""
        link = self.folder / ("to-" + name)
        if not link.exists():
            link.symlink_to("/dev/" + name)
        return str(link)

    def result(self, command, stdout, **extra):
        done = subprocess.run([FIXTURE, *command], stdout=stdout, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL,
                              env=self.environment(), cwd=self.folder, timeout=support.BOUND, check=False, **extra)
        return done.returncode, done.stderr.decode()

    def test_a_full_disk_is_told(self):
        for command in self.COMMANDS:
            with self.subTest(command), open("/dev/full", "wb") as full:
                code, err = self.result(command, full)
                self.assertEqual(code, 2, err)
                self.assert_one_line(err, "stdout", "No space left on device")
                self.assertEqual(list(self.tmp.iterdir()), [])

    def test_a_closed_descriptor_is_told(self):
        for command in self.COMMANDS:
            with self.subTest(command):
                code, err = self.result(["-c", '"$0" "$@" >&-', FIXTURE, *command], None, executable="/bin/sh")
                self.assertEqual(code, 2, err)
                self.assert_one_line(err, "stdout", "Bad file descriptor")

    def test_a_reader_that_went_away_ends_it_by_the_signal(self):
        for command in self.COMMANDS:
            ours, theirs = os.pipe()
            os.close(ours)
            with self.subTest(command):
                self.assertEqual(self.result(command, theirs), (-13, ""))
                code, err = self.result(command, theirs, restore_signals=False)  # ignored, as Python has it
                self.assertEqual(code, 2)
                self.assert_one_line(err, "stdout", "Broken pipe")
            os.close(theirs)

    def test_the_files_are_written_although_nobody_reads(self):
        with open("/dev/full", "wb") as full:
            code, _ = self.result(["run", "good/silent", "--report", "page", "--json", "other.json"], full)
        self.assertEqual(code, 2)
        self.assertEqual(len(list((self.folder / "page").iterdir())), 9)
        self.assertTrue((self.folder / "other.json").exists())

    def test_closed_standard_descriptors_lend_their_numbers_to_no_file(self):
        for which in ("<&-", "2>&-", "<&- 2>&-", "<&- >/dev/null 2>&-"):
            with self.subTest(which):
                command = ["-c", '"$0" "$@" ' + which, FIXTURE, "run", "good/prints", "--json", "other.json"]
                code, _ = self.result(command, subprocess.DEVNULL, executable="/bin/sh")
                self.assertEqual(code, 0)
                self.assertTrue((self.folder / "other.json").read_text().startswith("{"))

    def test_an_output_file_on_a_full_disk_is_told(self):
        for option in (["run", "good/silent", "--json"], ["report", "result.json", "--html"],
                       ["report", "result.json", "--json"]):
            code, err = self.result([*option, self.device("full")], subprocess.DEVNULL)
            self.assertEqual(code, 2)
            self.assert_one_line(err, "to-full", "No space left on device")

    @unittest.skipIf(os.geteuid() != 0, "mounts a small disk")
    def test_a_disk_that_fills_up_leaves_the_file_that_was_there(self):
        small = self.folder / "small"
        small.mkdir()
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "none", small], check=False).returncode != 0:
            self.skipTest("may not mount")
        self.addCleanup(subprocess.run, ["umount", small], check=False)
        (small / "result.json").write_text("before")
        (small / "fill").write_bytes(b"x" * 56 * 1024)
        code, err = self.result(["report", "result.json", "--html", "small/result.json"], subprocess.DEVNULL)
        self.assertEqual(code, 2)
        self.assert_one_line(err, "small/result.json", "No space left on device")
        self.assertEqual((small / "result.json").read_text(), "before")
        self.assertEqual(len(list(small.iterdir())), 2)

    def test_devices_and_links_stay_what_they_are(self):
        target = self.folder / "target.json"
        target.write_text("")
        (self.folder / "link.json").symlink_to(target)
        self.assertEqual(self.result(["run", "good/silent", "--json", "link.json"], subprocess.DEVNULL)[0], 0)
        self.assertTrue((self.folder / "link.json").is_symlink())
        self.assertTrue(target.read_text().startswith("{"))
        null = self.device("null")
        self.assertEqual(self.result(["run", "good/silent", "--json", null], subprocess.DEVNULL)[0], 0)
        self.assertTrue(pathlib.Path(null).is_symlink() and pathlib.Path("/dev/null").is_char_device())
        with open(self.folder / "both", "wb") as both:
            self.assertEqual(self.result(["report", "result.json", "--json", self.device("stdout")], both)[0], 0)
        text = (self.folder / "both").read_text()
        self.assertIn("SUMMARY", text)
        self.assertTrue(text.rstrip().endswith("}"), "behind what was printed")
        os.mkfifo(self.folder / "fifo")
        code, err = self.result(["report", "result.json", "--json", "fifo"], subprocess.DEVNULL)
        self.assertEqual(code, 2)
        self.assert_one_line(err, "fifo", "No such device")


if __name__ == "__main__":
    support.main()
