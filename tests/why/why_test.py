# SPDX-License-Identifier: Apache-2.0
"""`gridlock why` over programs that hang, live and from a core file, and over some that only wait."""

import json
import os
import pathlib
import resource
import signal
import subprocess
import tempfile
import time
import unittest

COMMAND = os.environ["GRIDLOCK_COMMAND"]
HANGS = os.environ["GRIDLOCK_HANGS"]
BOUND = 100  # seconds

# What is claimed of each form, and words of the text. None: nothing is claimed.
FORMS = {
    "two-mutexes": ("deadlock", ["holds alice (M", "waits for bob (M", "holds bob (M", "waits for alice (M"]),
    "beside-one-that-runs": ("deadlock", ["alice", "bob", "running"]),
    "mutex-twice": ("self-deadlock", ["holds alice (M1); waits for alice (M1)"]),
    "recursive": ("deadlock", ["again (M", "alice (M"]),
    "writer": ("deadlock", ["holds book (M", "waits for book (M"]),
    "reader": ("starvation", ["waits for book (M", "it is held by 1 reader"]),
    "holder-ended": ("starvation", ["waits for alice (M1)"]),
    "join-under-lock": ("deadlock", ["holds alice (M1); waits for the end of T2"]),
    "notification": ("starvation", ["waits for a notification of changed (C1)"]),
    "notification-in-time": (None, ["a notification of changed (C1)"]),
    "semaphore": ("starvation", ["seats"]),
    "posix-semaphore": ("starvation", ["posix_seats (S1)"]),
    "atomic": ("starvation", []),
    "future": ("starvation", []),
    "barrier": ("starvation", ["hut (B1)", "1 of 2 have arrived"]),
    "once": ("starvation", ["made (O1)"]),
    "sleeps": (None, ["waits for the end of T2", "asleep in pause"]),
}
# A core file does not say which memory other processes share, and these sleep as if some did.
CLAIM_NEEDS_MAPS = {"semaphore", "atomic", "future"}


def calls_of(pid):
    """Of each thread: what it sleeps in ("running": it does not)."""
    lines = []
    for task in sorted(pathlib.Path(f"/proc/{pid}/task").iterdir()):
        try:
            lines.append((task / "syscall").read_text(encoding="ascii"))
        except OSError:
            lines.append("gone")
    return lines


class Hang:
    """A form that stands still by now: each thread has slept in the same call for a while, or runs on purpose."""

    def __init__(self, form):
        self.process = subprocess.Popen([HANGS, form], stdout=subprocess.DEVNULL, preexec_fn=self.allow_core)
        end = time.monotonic() + 30
        before, same = None, 0
        while same < 5 and time.monotonic() < end:
            now = [line if not line.startswith("running") else "running" for line in calls_of(self.process.pid)]
            asleep = all(not line.startswith(("running", "gone")) for line in now) or form == "beside-one-that-runs"
            same = same + 1 if asleep and now == before and (form != "beside-one-that-runs" or len(now) == 4) else 0
            before = now
            time.sleep(0.05)

    @staticmethod
    def allow_core():
        _, hard = resource.getrlimit(resource.RLIMIT_CORE)
        resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))

    def __enter__(self):
        return self.process

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()


class WhyTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def why(self, *arguments, **more):
        return subprocess.run([COMMAND, "why", *map(str, arguments)], capture_output=True, text=True, timeout=BOUND,
                              check=False, cwd=more.pop("cwd", self.folder), **more)

    def check(self, form, done, report):
        kind, words = FORMS[form]
        found = [finding["kind"] for outcome in report["outcomes"] for finding in outcome.get("findings", [])]
        self.assertEqual(found, [kind] if kind else [], done.stdout + done.stderr)
        self.assertEqual(done.returncode, 1 if kind else 0)
        for word in words:
            self.assertIn(word, done.stdout)
        self.assertIn("hangs.cc:", done.stdout)

    def test_says_of_a_process_what_it_waits_for(self):
        for form in FORMS:
            with self.subTest(form), Hang(form) as process:
                out = self.folder / "why.json"
                done = self.why(process.pid, "--json", out)
                self.check(form, done, json.loads(out.read_text(encoding="utf-8")))
                self.assertIn("the process stood still for", done.stdout)
                self.assertIsNone(process.poll(), "it goes on as it was")

    def test_leaves_the_process_as_it_was(self):
        with Hang("two-mutexes") as process:
            before = calls_of(process.pid)
            for _ in range(5):
                self.assertEqual(self.why(process.pid).returncode, 1)
            self.assertEqual([line.split()[:2] for line in calls_of(process.pid)], [line.split()[:2] for line in before])
            status = pathlib.Path(f"/proc/{process.pid}/status").read_text(encoding="ascii")
            self.assertIn("TracerPid:\t0", status)
            self.assertNotIn("State:\tT", status)

    def test_says_of_a_core_file_the_same(self):
        pattern = pathlib.Path("/proc/sys/kernel/core_pattern").read_text(encoding="ascii").strip()
        if pattern != "core" or resource.getrlimit(resource.RLIMIT_CORE)[1] == 0:
            self.skipTest("core files go elsewhere here")
        here = pathlib.Path.cwd()
        self.addCleanup(os.chdir, here)
        for form in FORMS:
            if form in CLAIM_NEEDS_MAPS:
                continue
            with self.subTest(form):
                os.chdir(self.folder)
                with Hang(form) as process:
                    process.send_signal(signal.SIGABRT)
                    process.wait()
                cores = list(self.folder.glob("core*"))
                self.assertEqual(len(cores), 1)
                out = self.folder / "why.json"
                done = self.why("--core", cores[0], "--json", out)
                self.check(form, done, json.loads(out.read_text(encoding="utf-8")))
                cores[0].unlink()

    def test_writes_the_page(self):
        with Hang("two-mutexes") as process:
            self.why(process.pid, "--html", "why.html")
        page = (self.folder / "why.html").read_text(encoding="utf-8")
        for word in ("alice", "bob", "<svg", "hangs.cc"):
            self.assertIn(word, page)

    def test_says_in_one_line_what_is_wrong(self):
        (self.folder / "text").write_text("no core", encoding="utf-8")
        for arguments, words in (
            ([], "name a process by its number, or --core FILE"),
            (["bank"], "'bank' is not the number of a process"),
            (["12x"], "'12x' is not the number of a process"),
            (["0"], "'0' is not the number of a process"),
            (["99999999"], "there is no process 99999999"),
            (["--core", "text"], "text: is no core file"),
            (["--core", "missing"], "missing: No such file or directory"),
            (["--core", "."], ".: is no file"),
            ([str(os.getpid()), "--html", "/proc/page.html"], "'/proc' cannot be written"),
        ):
            with self.subTest(arguments):
                done = self.why(*arguments)
                self.assertEqual((done.returncode, done.stdout), (2, ""))
                self.assertIn(words, done.stderr)
                self.assertEqual(done.stderr.count("\n"), 1)

    def test_reads_no_cut_core_file_as_a_whole_one(self):
        program = pathlib.Path(HANGS).read_bytes()
        header = bytearray(program[:64])
        header[16] = 4  # e_type: a core file
        for size in (20, 64):
            (self.folder / "cut").write_bytes(bytes(header[:size]))
            done = self.why("--core", "cut")
            self.assertEqual(done.returncode, 2, done.stdout)
            self.assertEqual(done.stderr.count("\n"), 1)

    def test_says_what_to_do_without_permission(self):
        if os.geteuid() != 0:
            self.skipTest("needs root, to be somebody else")
        with Hang("two-mutexes") as process:
            done = subprocess.run(["setpriv", "--reuid=65534", "--clear-groups", COMMAND, "why", str(process.pid)],
                                  capture_output=True, text=True, timeout=BOUND, check=False, cwd="/")
            if "Permission denied" in done.stderr and "gridlock" not in done.stderr:
                self.skipTest("the command lies where nobody else may go")
            self.assertEqual(done.returncode, 2, done.stderr)
            self.assertIn("may not be looked at: run this as", done.stderr)


if __name__ == "__main__":
    unittest.main()
