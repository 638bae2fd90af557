#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""scenarios/README.md is what `gridlock list --markdown` prints. The catalogue is in GRIDLOCK_CATALOGUE."""

import os
import pathlib
import re
import subprocess
import unittest

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "scenarios"
PAGE = FOLDER / "README.md"


class Readme(unittest.TestCase):
    def setUp(self):
        command = [os.environ["GRIDLOCK_CATALOGUE"], "list", "--markdown"]
        self.made = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True).stdout

    def test_is_what_the_command_prints(self):
        if self.made != PAGE.read_text(encoding="utf-8"):
            self.fail("it is out of date; run: build/dev/scenarios/gridlock list --markdown > scenarios/README.md")

    def test_links_to_files_that_exist(self):
        links = re.findall(r"\]\(([^)]+)\)", self.made)
        self.assertGreater(len(links), 50)
        for link in links:
            self.assertTrue((FOLDER / link).is_file(), link)


if __name__ == "__main__":
    unittest.main()
