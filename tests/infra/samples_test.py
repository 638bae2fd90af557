# SPDX-License-Identifier: Apache-2.0
"""What samples.py leaves out of a report, and what it keeps."""
import unittest

from samples import sample, samples_of, with_samples

PRINTED = """as expected  a/b  (starvation, 0.01 s)
  why:      found starvation

  1. Starvation [starvation]
    bank.cc:9: ann (T2) waits.
    Processes:
      main (P1), pid 4711, parent 4000: running

    ann (T2), blocked: holds nothing
      waiting:
        ... 3 library frames
        /home/user/x/bank.cc:9  pay()
          > slots.acquire();
        /home/user/harness/cli/main.cc:4  main
        ... 1 outer frame

    Where they come from
      ann (T2) was started:
        /home/user/x/bank.cc:3  start()

    What ann (T2) did last:
      start ann (T2)

    To fix it: Release it.

  2. Starvation [starvation]
    another one
"""
SHOWN = """1. Starvation [starvation]
  bank.cc:9: ann (T2) waits.
  Processes:
    main (P1), pid PID, parent PID: running

  ann (T2), blocked: holds nothing
    waiting:
      bank.cc:9  pay()
        > slots.acquire();

  To fix it: Release it.
"""
DOCUMENT = "## a\n<!-- sample: a/b -->\n```\nold\n```\n<!-- sample: c/d (ThreadSanitizer) -->\n```text\nrace\n```\n"


class Samples(unittest.TestCase):
    def test_keep_the_finding_and_leave_out_what_differs_between_machines(self):
        self.assertEqual(sample(PRINTED), SHOWN)

    def test_are_none_where_nothing_was_found(self):
        self.assertIsNone(sample("as expected  a/b  (no finding, 0.01 s)\n"))

    def test_are_read_and_written_between_the_markers(self):
        self.assertEqual(samples_of(DOCUMENT), [("a/b", False, "old\n"), ("c/d", True, "race\n")])
        changed = with_samples(DOCUMENT, {"a/b": "new\n"})
        self.assertEqual(samples_of(changed), [("a/b", False, "new\n"), ("c/d", True, "race\n")])
        self.assertEqual(changed.replace("new", "old"), DOCUMENT)


if __name__ == "__main__":
    unittest.main()
