# SPDX-License-Identifier: Apache-2.0
"""Plain programs, one situation a process: what is found in them, and that they do what they do without it.

They are compiled by two compilers, with and without optimisation; none of them knows of Gridlock. Each compiler and each
level is there once every day, and each situation is run in one of these builds in turns; in all four with GRIDLOCK_LONG
(ctest -C long -L long).
"""

import json
import os
import pathlib
import re
import unittest

from support import LONG, ExecTest, builds_of

PROGRAMS = [pathlib.Path(name) for name in os.environ.get("GRIDLOCK_PLAIN_PROGRAMS", "").split(":")
            if name.endswith(("O0", "O2") if LONG else ("_GXX_O2", "_CLANGXX_O0"))]

SHARING = [program for program in PROGRAMS if program.name.startswith("processes_")]
PERMITS = [program for program in PROGRAMS if program.name.startswith("permits_")]
KEPT = [program for program in PROGRAMS if program.name.startswith("kept_")]

# What is found in a program that goes on to its end: for each the nearest one in which there is nothing.
LUCKY = {
    "addresses": {
        "notified": None,
        "without-lock": None,
        "latch-full": None,
        "barrier-rounds": None,
        "semaphores": None,
        "futures": None,
        "ping-pong": None,
        "behind-future": None,
        "beside-future": "lock-order-cycle",
        "behind-value": None,
        "for-handler": None,
        "for-other-process": None,
        "beside-sleeper": None,
        "beside-reader": None,
        "beside-one-with-limit": None,
        "idle-at-exit": None,
        "results": None,
        "moved": None,
        "interrupted": None,
    },
    "locks": {
        "pthread-cycle": "lock-order-cycle",
        "pthread-one-order": None,
        "pthread-joined-between": None,
        "std-cycle": "lock-order-cycle",
        "std-scoped": None,
        "std-gate": None,
        "std-timed": None,
        "self-recursive": None,
        "self-errorcheck": None,
        "self-robust": None,
        "reused-memory": None,
        "published-under-lock": None,
        "published-before": "lock-order-cycle",
        "rwlock-cycle": "lock-order-cycle",
        "rwlock-readers": None,
        "rwlock-refused": None,
        "spin-cycle": "lock-order-cycle",
        "spin-one-order": None,
        "unlock-of-another": "misuse-unlock-not-owner",
        "unlock-of-another-orders-nothing": "misuse-unlock-not-owner",
        "unlock-of-nobody": "misuse-unlock-free",
        "destroyed-held": "misuse-destroy-held",
        "spin-destroyed-held": "misuse-destroy-held",
        "spin-destroyed-free": None,
        "used-after-destroy": "misuse-use-after-destroy",
        "exit-holding": "misuse-thread-exit-holding",
        "static-destructor": None,
    },
    "mutexes": {
        "only-tried": None,
        "tried-then-asked": "lock-order-cycle",
        "asked-then-tried": "lock-order-cycle",
        "copied": None,
        "not-copied": "lock-order-cycle",
        "fields": None,
        "fields-beside-waiter": None,
    },
    "onces": {
        "under-lock-lucky": "lock-order-cycle",
        "before-lock": None,
        "under-lock-nothing-inside": None,
        "behind-body": None,
        "beside-body": "lock-order-cycle",
        "throws": None,
        "throws-under-lock": "lock-order-cycle",
        "throws-through-two": None,
        "ends-inside": None,
        "raced": None,
        "forked": None,
        "static-behind": None,
        "static-beside": "lock-order-cycle",
        "static-throws-under-lock": None,
        "static-throws-then-under-lock": "lock-order-cycle",
        "static-raced": None,
    },
    "permits": {
        "permit-before-mutex": None,
        "poster-that-is-late": None,
        "one-that-posts": None,
        "one-that-reads": None,
        "parent-behind-a-child": None,
        "handler-that-posts": None,
        "handler-that-interrupts": None,
        "named-and-opened-late": None,
    },
    "kept": {
        "read-by-both": None,
        "released-behind-another-child": None,
        "released-after-looks": None,
        "asked-with-limit": None,
        "released-by-handler": None,
        "released-by-thread": None,
    },
    "processes": {
        "opposite-in-one-process": "lock-order-cycle",
        "behind-shared-gate": None,
        "holder-that-ended": None,
        "handed-over": None,
        "program-that-gives-up": None,
        "taken-over": None,
        "reader-beside-reader": None,
        "writer-behind-another-reader": None,
    },
    "robust": {
        "cycle": "lock-order-cycle",
        "one-order": None,
        "waits-for-ended": None,
        "lost": None,
        "types": None,
        "condition": None,
        "made-again": None,
        "shared": None,
        "shared-waits": None,
    },
    "rwlocks": {
        "reader-leaves": None,
        "come-and-go": None,
        "read-twice": None,
        "destroyed-read": "misuse-destroy-held",
        "destroyed-free": None,
        "unlock-of-nobody": "misuse-unlock-free",
        "unlock-of-reader": "misuse-unlock-not-owner",
        "exit-reading": "misuse-thread-exit-holding",
        "known-then-nested": "lock-order-cycle",
        "known-then-one-order": None,
        "known-read-then-nested": "lock-order-cycle",
        "known-read-then-written": "lock-order-cycle",
        "known-read-then-one-order": None,
        "read-once-more-then-nested": "lock-order-cycle",
        "read-once-more-then-behind": None,
    },
    "shared": {
        "mutexes-one-order": None,
        "mutexes-opposite-orders": None,
        "mutexes-hang-with-limit": None,
        "mutex-waits-for-child": None,
        "condition-of-child": None,
        "condition-with-limit": None,
        "rwlock-of-child": None,
        "barrier-of-both": None,
        "spin-of-both": None,
        "semaphore-of-child": None,
        "robust-of-dead-child": None,
        "named-semaphore": None,
    },
    "waits": {
        "join-under-lock-lucky": "lock-order-cycle",
        "join-behind-lock": None,
        "join-self": None,
        "condition-kept": None,
        "condition-limits": None,
        "condition-many": None,
        "condition-destroyed": None,
        "semaphore-counts": None,
        "semaphore-in-handler": None,
        "semaphore-left-by-jump": None,
        "barrier-rounds": None,
        "futures": None,
        "cancelled": None,
        "exits": None,
        "forks": None,
        "c11": None,
        "many-threads": None,
    },
}

# What hangs: it is found, and the program ended.
HANGS = {
    "addresses": {
        "never": "starvation",
        "never-small": "starvation",
        "not-notified": "starvation",
        "under-lock": "starvation",
        "latch-short": "starvation",
        "barrier-short": "starvation",
        "semaphore-never": "starvation",
        "future-never": "starvation",
        "future-each-other": "starvation",
        "last-one-ends": "starvation",
    },
    "locks": {
        "std-hang": "deadlock",
        "self-deadlock": "self-deadlock",
        "rwlock-hang": "deadlock",
        "rwlock-upgrade": "self-deadlock",
        "spin-hang": "deadlock",
        "spin-self": "self-deadlock",
    },
    "onces": {
        "cycle": "deadlock",
        "self": "self-deadlock",
        "self-plain": "self-deadlock",
        "self-c11": "self-deadlock",
        "under-lock": "deadlock",
        "body-never-ends": "starvation",
        "static-cycle": "deadlock",
        "static-self": "self-deadlock",
        "static-under-lock": "deadlock",
    },
    "processes": {
        "hang": "deadlock",
        "hang-in-threads": "deadlock",
        "hang-in-one-process": "deadlock",
        "hang-behind-condition": "deadlock",
        "twice": "self-deadlock",
        "reader-behind-writer": "deadlock",
        "writer-behind-reader": "deadlock",
        "reads-and-writes": "self-deadlock",
    },
    "robust": {
        "hang": "deadlock",
        "self": "self-deadlock",
    },
    "rwlocks": {
        "writer-behind-reader": "deadlock",
        "writer-behind-two-readers": "deadlock",
        "reader-behind-writer": "deadlock",
    },
    "waits": {
        "join-under-lock": "deadlock",
        "condition-lost": "lost-wakeup",
        "condition-never": "starvation",
        "condition-under-lock": "starvation",
        "semaphore-never": "starvation",
        "semaphore-cycle": "deadlock",
        "barrier-never": "starvation",
        "c11-self": "self-deadlock",
    },
}

# Frames of an acquisition that was not seen by the unwinder lead out of the C++ library's own functions only where the
# program keeps frame pointers: unoptimised.
PLACES = {"locks": {"std-cycle": 4, "pthread-cycle": 4}}


def situations(table):
    """(program, situation, kind) of each situation of a table."""
    for name in sorted({program.name.split("_")[0] for program in PROGRAMS}):
        builds = [program for program in PROGRAMS if program.name.split("_")[0] == name]
        for number, (situation, kind) in enumerate(table.get(name, {}).items()):
            for program in builds_of(number, builds):
                yield program, situation, kind


class Situations(ExecTest):
    def test_each_program_that_goes_on(self):
        self.assertEqual({program.name.split("_")[0] for program in PROGRAMS} - set(LUCKY), set())
        for program, situation, kind in situations(LUCKY):
            with self.subTest(program=program.name, situation=situation):
                plain = self.run_program([program, situation])
                done, kinds = self.watch([program, situation])
                self.assertEqual(kinds, [kind] if kind else [], done.stderr)
                self.assertEqual((done.returncode, done.stdout), (plain.returncode, plain.stdout), done.stderr)
                if kind is None:
                    self.assertEqual(done.stderr, "")

    def test_what_one_process_gives_another_is_no_hang_also_when_both_are_watched(self):
        for program, situation, kind in situations({name: LUCKY[name] for name in ("shared", "permits", "processes", "kept")}):
            if kind is not None:
                continue
            with self.subTest(program=program.name, situation=situation):
                plain = self.run_program([program, situation])
                done, kinds = self.watch([program, situation], "--follow", "--hang", 5)
                self.assertEqual((done.returncode, done.stdout, done.stderr, kinds), (plain.returncode, plain.stdout, "", []))

    def test_processes_that_hang_in_each_other_end_and_nobody_else(self):
        for program in SHARING:
            with self.subTest(program=program.name):
                done, kinds = self.watch([program, "hang-of-children"])
                self.assertEqual((kinds, done.returncode, done.stdout), (["deadlock"], 7, "1\n1\nend\n"), done.stderr)

    def test_what_waits_behind_such_a_hang_ends_with_it(self):
        for program in SHARING:
            for situation in ("hang-before-another", "hang-of-three"):
                with self.subTest(program=program.name, situation=situation):
                    done, kinds = self.watch([program, situation])
                    self.assertEqual((kinds, done.returncode, done.stdout), (["deadlock"], 7, "1\n1\n1\nend\n"), done.stderr)

    def test_what_no_process_that_is_left_will_post_is_a_hang(self):
        ends = {"permit-behind-mutex": "1\n1\nend\n", "poster-that-ended": "", "each-for-the-other": "1\n1\nend\n"}
        for program in PERMITS:
            for situation, output in ends.items():
                with self.subTest(program=program.name, situation=situation):
                    done, kinds = self.watch([program, situation])
                    self.assertEqual((kinds, done.stdout), (["starvation"], output), done.stderr)
        self.assert_nothing_left()

    def test_a_lock_that_is_kept_by_one_that_waits_for_its_waiter_is_a_hang(self):
        asleep = "holds it and sleeps until a thread that waits goes on."
        ended = "ended and still holds it."
        ends = {"kept-for-child": ("1\nend\n", asleep), "kept-beside-wait": ("1\nend\n", asleep), "written-for-child": ("1\nend\n", asleep),
                "read-for-child": ("1\nend\n", asleep), "left-by-ended": ("3\n", ended), "left-by-program": ("", ended)}
        for program in KEPT:
            for situation, (output, text) in ends.items():
                with self.subTest(program=program.name, situation=situation):
                    done, kinds = self.watch([program, situation])
                    self.assertEqual((kinds, done.stdout), (["starvation"], output), done.stderr)
                    self.assertIn(text, " ".join(done.stderr.split()))
        self.assert_nothing_left()

    def test_of_a_hang_at_a_semaphore_each_waiter_is_shown_where_it_is(self):
        report = self.folder / "both.json"
        for program in PERMITS:
            with self.subTest(program=program.name):
                self.watch([program, "permit-behind-mutex"], "--output", f"json={report}")
                [finding] = json.loads(report.read_text())["outcomes"][0]["findings"]
                self.assertEqual([process["id"] for process in finding["processes"]], ["P2", "P3"])
                types = {thing["id"]: thing["type"] for thing in finding["objects"] if thing["id"][0] in "KL"}
                self.assertEqual(types, {"K1": "ProcessSemaphore", "L1": "ProcessLock"})

    def test_a_hang_with_a_program_that_was_started_is_found_where_that_is_followed(self):
        for program in SHARING:
            with self.subTest(program=program.name):
                done, kinds = self.watch([program, "hang-with-program"], "--follow", "--error-exitcode", 5)
                self.assertEqual((kinds, done.returncode, done.stdout), (["deadlock"], 5, ""), done.stderr)
        self.assert_nothing_left()

    def test_a_hang_of_two_processes_shows_where_both_are_and_where_they_hold(self):
        report = self.folder / "both.json"
        for program in SHARING:
            with self.subTest(program=program.name):
                self.watch([program, "hang"], "--output", f"json={report}")
                [finding] = json.loads(report.read_text())["outcomes"][0]["findings"]
                self.assertEqual([process["id"] for process in finding["processes"]], ["P1", "P2"])
                self.assertEqual(sorted(finding["cycle"]), ["L1", "L2"])
                self.assertEqual(sorted(edge["thread"] for edge in finding["edges"]), ["P1.T1", "P2.T1"])
                types = {thing["type"] for thing in finding["objects"] if thing["id"].startswith("L")}
                self.assertEqual(types, {"ProcessLock"})
                for edge in finding["edges"]:
                    for stack in ("held_stack", "wanted_stack"):
                        files = [frame.get("file", "") for frame in edge[stack]]
                        self.assertTrue(any(file.endswith("processes.cc") for file in files), (stack, files))

    def test_each_program_that_hangs(self):
        for program, situation, kind in situations(HANGS):
            with self.subTest(program=program.name, situation=situation):
                done, kinds = self.watch([program, situation], "--error-exitcode", 5)
                self.assertEqual(kinds, [kind], done.stderr)
                self.assertEqual((done.returncode, done.stdout), (5, ""))
        self.assert_nothing_left()

    def test_each_site_of_a_cycle_is_in_the_program(self):
        for program in PROGRAMS:
            for situation, sites in PLACES.get(program.name.split("_")[0], {}).items():
                with self.subTest(program=program.name, situation=situation):
                    done, _ = self.watch([program, situation], "-v")
                    self.assertNotIn("not known", done.stderr)
                    places = re.findall(r"/locks\.cc:\d+ ", done.stderr)
                    self.assertGreaterEqual(len(places), sites, done.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
