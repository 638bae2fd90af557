# SPDX-License-Identifier: Apache-2.0
"""The catalogue as a whole: each kind of finding has a broken and a fixed form, and what is said of scenarios is true."""

import json
import os
import pathlib
import re
import subprocess
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
KIND = re.compile(r'^GRIDLOCK_FINDING_KIND\(\s*k\w+\s*,\s*"([^"]+)"', re.MULTILINE)


def kinds():
    return KIND.findall((ROOT / "harness/include/gridlock/finding_kinds.def").read_text(encoding="utf-8"))


def sections():
    """docs/findings.md as {kind: its paragraph "See it"}; the rest of the project checks that the sections are there."""
    page = (ROOT / "docs/findings.md").read_text(encoding="utf-8")
    parts = re.split(r"^## (.+)$", page, flags=re.MULTILINE)
    return {parts[i].strip(): re.search(r"\*\*See it\.\*\*(.*?)\n\n", parts[i + 1], re.DOTALL).group(1)
            for i in range(1, len(parts), 2)}


class Catalogue(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        listing = subprocess.run([os.environ["GRIDLOCK_CATALOGUE"], "list", "--json"], check=True, capture_output=True,
                                 timeout=30).stdout
        cls.scenarios = {scenario["name"]: scenario for scenario in json.loads(listing)}

    def test_table_of_kinds_was_read(self):
        self.assertIn("data-race", kinds())

    def test_each_kind_has_a_broken_form_with_a_clean_twin(self):
        for kind in kinds():
            broken = [scenario for scenario in self.scenarios.values() if scenario["expects"] == [kind]]
            fixed = [scenario["twin"] for scenario in broken
                     if scenario.get("twin") and not self.scenarios[scenario["twin"]]["expects"]]
            self.assertTrue(fixed, f"{kind}: no scenario expects it alone and has a clean twin")

    def test_findings_page_names_a_broken_form_and_its_clean_twin(self):
        for kind, text in sections().items():
            names = re.findall(r"`([\w-]+/[\w-]+)`", text)
            self.assertEqual(len(names), 2, f"{kind}: names {names}")
            for name in names:
                self.assertIn(name, self.scenarios, f"docs/findings.md, {kind}: there is no scenario {name}")
            broken, fixed = (self.scenarios[name] for name in names)
            self.assertEqual(broken["expects"], [kind], f"{kind}: {names[0]} expects something else")
            self.assertEqual(fixed["expects"], [], f"{kind}: {names[1]} is not clean")

    def test_stories_and_pages_name_only_scenarios_that_exist(self):
        groups = "|".join(sorted({re.escape(name.split("/")[0]) for name in self.scenarios}))
        name_in_text = re.compile(rf"(?<![\w/-])(?:{groups})/[\w-]+")
        for path in [ROOT / "docs/findings.md", *sorted((ROOT / "scenarios").glob("*/*.cc"))]:
            for name in name_in_text.findall(path.read_text(encoding="utf-8")):
                self.assertIn(name, self.scenarios, f"{path.relative_to(ROOT)}: there is no scenario {name}")

    def test_each_is_described_and_named_after_its_group(self):
        for name, scenario in self.scenarios.items():
            self.assertRegex(name, r"^[a-z-]+/[a-z-]+$")
            self.assertTrue(scenario["summary"], f"{name} has no summary")


if __name__ == "__main__":
    unittest.main()
