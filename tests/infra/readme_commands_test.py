# SPDX-License-Identifier: Apache-2.0
"""Each command that README.md shows is one that something runs."""

import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import readme_commands  # noqa: E402  (the path must be set first)


def read(name):
    return (ROOT / name).read_text(encoding="utf-8")


class ReadmeCommands(unittest.TestCase):
    def test_each_command_is_known(self):
        shown = readme_commands.commands(read("README.md"))
        self.assertIn("./quickstart", shown)
        unknown = [c for c in shown if c not in readme_commands.PROVED_BY and readme_commands.run_here(c) is None]
        self.assertEqual(unknown, [], "add them to tests/infra/readme_commands.py with what runs them")

    def test_what_proves_a_command_still_runs_it(self):
        for command, (file, words) in readme_commands.PROVED_BY.items():
            self.assertIn(words, read(file), f"{file} no longer runs what proves `{command}`")

    def test_cheap_commands_do_what_the_readme_says(self):
        build = os.environ.get("GRIDLOCK_BUILD_DIR", str(ROOT / "build/dev"))
        for command in readme_commands.commands(read("README.md")):
            codes = readme_commands.run_here(command)
            if codes is None:
                continue
            with self.subTest(command=command), tempfile.TemporaryDirectory() as folder:
                result = subprocess.run(readme_commands.in_tree(command, build), shell=True, cwd=folder, check=False,
                                        capture_output=True, text=True, timeout=100)
                self.assertIn(result.returncode, codes, result.stdout + result.stderr)
                self.assertNotEqual(result.stdout, "")


class Parsing(unittest.TestCase):
    def test_only_sh_blocks_are_read(self):
        text = "```sh\n./a\n```\ntext\n```cpp\nint x;\n```\n```sh\n./b\n```\n"
        self.assertEqual(readme_commands.commands(text), ["./a", "./b"])

    def test_prompts_comments_and_continuations_are_understood(self):
        text = "```sh\n# what it does\n$ ./a --b \\\n    --c   # why\n\n```\n"
        self.assertEqual(readme_commands.commands(text), ["./a --b --c"])

    def test_a_command_that_nobody_runs_is_unknown(self):
        self.assertIsNone(readme_commands.run_here("make install"))
        self.assertIsNone(readme_commands.run_here("build/tsan/gridlock frobnicate"))

    def test_the_tree_under_test_stands_in_for_the_preset(self):
        self.assertEqual(readme_commands.in_tree("build/tsan/bin/gridlock list", "/x/y"), "/x/y/bin/gridlock list")


if __name__ == "__main__":
    unittest.main()
