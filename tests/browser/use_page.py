#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Uses the pages of a folder of samples as a reader does, in headless chromium.

  use_page.py FOLDER [--chromium PATH]      exit code 0 good, 1 not
"""

import argparse
import base64
import pathlib
import shutil
import sys
import tempfile
import unittest

import check_page
import devtools

AUDIT = (pathlib.Path(__file__).parent / "audit.js").read_text(encoding="utf-8")
ARGUMENTS = argparse.Namespace(folder=None, chromium=None)
VISIBLE = "[...document.querySelectorAll('.scenario')].filter(e => !e.hidden).map(e => e.querySelector('h2').textContent)"
TYPE = "(q => {{ const box = document.getElementById('q'); box.value = q; box.dispatchEvent(new Event('input')); }})({!r})"


class Page(unittest.TestCase):
    def setUp(self):
        self.refused = 0
        self.temporary = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        folder = self.temporary.name
        command = [ARGUMENTS.chromium, *check_page.FLAGS, f"--user-data-dir={folder}/profile"]
        self.stderr = pathlib.Path(folder) / "stderr"
        self.browser = devtools.Browser(command, self.stderr)
        self.browser.__enter__()

    def tearDown(self):
        self.browser.__exit__(None, None, None)
        messages = [line for line in self.stderr.read_text(errors="replace").splitlines() if "CONSOLE" in line]
        self.temporary.cleanup()
        self.assertEqual(len(messages), self.refused, messages)

    def open(self, name, fragment="", scripts=True):
        self.url = (ARGUMENTS.folder / f"{name}.html").as_uri() + fragment
        self.session = self.browser.open(self.url, scripts)

    def ask(self, expression):
        return self.browser.evaluate(self.session, expression)

    def test_search_narrows_by_token_and_by_word_and_is_kept_in_the_address(self):
        self.open("mixed")
        every = self.ask(VISIBLE)
        self.assertGreater(len(every), 4)
        self.ask(TYPE.format("kind:lock-order-cycle lock:acc"))
        found = self.ask(VISIBLE)
        self.assertIn("bank/one-order", found)
        self.assertLess(len(found), len(every))
        self.assertEqual(self.ask("location.hash"), "#q=kind%3Alock-order-cycle%20lock%3Aacc")
        self.browser.wait_for_load(self.session, "Page.reload")
        self.assertEqual(self.ask(VISIBLE), found)
        self.ask(TYPE.format("verdict:missed"))
        self.assertEqual(self.ask(VISIBLE), ["bank/missed"])
        self.ask(TYPE.format("no such word anywhere"))
        self.assertEqual(self.ask(VISIBLE), [])
        self.ask(TYPE.format(""))
        self.assertEqual(self.ask(VISIBLE), every)

    def test_a_click_on_a_chip_searches_for_its_like(self):
        self.open("mixed")
        self.ask("document.querySelector('[data-q=\"verdict:timed out\"]').click()")
        self.assertEqual(self.ask(VISIBLE), ["bank/timeout"])

    def test_a_link_to_a_finding_leads_there_and_opens_what_is_folded(self):
        self.open("mixed", "#f-0123456789abcdef")
        self.assertTrue(self.ask("document.querySelector(':target').checkVisibility()"))
        self.assertEqual(self.ask("document.querySelector(':target').className"), "finding")
        folded = self.ask("document.querySelector('details.passed').id")
        self.assertFalse(self.ask(f"document.getElementById('{folded}').open"))
        self.ask(f"location.hash = '#{folded}'; new Promise(done => setTimeout(done, 50))")
        self.assertTrue(self.ask(f"document.getElementById('{folded}').open"))

    def test_the_steps_can_be_walked_with_buttons_and_keys(self):
        self.open("misuse", "#f-none")
        self.ask("document.querySelectorAll('details.passed').forEach(e => e.open = true)")
        later = "document.querySelectorAll('.lanes tr.later').length"
        rows = self.ask("document.querySelectorAll('.lanes tbody tr').length")
        self.assertGreater(rows, 1)
        self.assertEqual(self.ask(later), 0)
        self.ask("document.querySelector('.steps button').click()")
        self.assertEqual(self.ask(later), rows - 1)
        self.ask("document.querySelector('.lanes').parentElement.focus()")
        self.browser.press(self.session, "ArrowDown")
        self.assertEqual(self.ask(later), rows - 2)

    def test_slash_goes_to_the_search_box_and_j_to_a_finding(self):
        self.open("mixed")
        self.browser.press(self.session, "j")
        self.assertIn("finding", self.ask("document.activeElement.className"))
        self.browser.press(self.session, "/")
        self.assertEqual(self.ask("document.activeElement.id"), "q")

    def test_it_prints(self):
        self.open("mixed")
        pdf = base64.b64decode(self.browser.call("Page.printToPDF", self.session)["data"])
        self.assertTrue(pdf.startswith(b"%PDF"))
        self.assertLess(pdf.count(b"/Type /Page\n"), 20)

    def test_no_reader_is_left_out(self):
        for name in ("mixed", "data_race", "lock_facts", "processes", "empty", "baseline", "past", "history", "explored", "lock_graph", "twins"):
            for scheme in ("light", "dark"):
                for width in (1200, 400):
                    with self.subTest(page=name, scheme=scheme, width=width):
                        self.open(name)
                        self.browser.call("Emulation.setEmulatedMedia", self.session,
                                          features=[{"name": "prefers-color-scheme", "value": scheme}])
                        self.browser.call("Emulation.setDeviceMetricsOverride", self.session, width=width, height=900,
                                          deviceScaleFactor=1, mobile=False)
                        self.ask("document.querySelectorAll('details').forEach(e => e.open = true)")
                        self.assertEqual(self.ask(AUDIT), [])

    def test_the_audit_finds_what_it_is_for(self):
        self.open("empty")
        for markup, words in (("<p data-css='color:#777;background:#888'>x", "contrast"), ("<h5>x</h5>", "heading of level 5"),
                              ("<input>", "without a label"), ("<p id=top>", "id top twice"), ("<table><th>x", "without a scope"),
                              ("<div data-css='width:9999px'>x", "wide on a screen"), ("<svg role=img></svg>", "drawing")):
            self.ask(f"document.body.insertAdjacentHTML('beforeend', `<div id=more>{markup}</div>`)")
            self.ask("document.querySelectorAll('#more [data-css]').forEach(e => e.style.cssText = e.dataset.css)")
            problems = self.ask(AUDIT)
            self.assertTrue(any(words in problem for problem in problems), f"{markup}: {problems}")
            self.ask("document.getElementById('more').remove()")

    def test_a_foreign_script_does_not_run(self):
        self.open("empty")
        ran = self.ask("(() => { const s = document.createElement('script'); s.textContent = 'window.ran = 1'; "
                       "document.body.append(s); return window.ran === 1; })()")
        self.assertFalse(ran)
        self.refused = 1  # the browser says so


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--chromium", default=shutil.which("chromium"))
    ARGUMENTS, rest = parser.parse_known_args()
    ARGUMENTS.folder = ARGUMENTS.folder.resolve()
    if not ARGUMENTS.chromium:
        parser.error("no chromium found; name it with --chromium")
    unittest.main(argv=[sys.argv[0], *rest])
