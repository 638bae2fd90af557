#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Opens an HTML report in headless chromium and proves that it is quiet and complete.

  check_page.py PAGE [--chromium PATH] [--expect TEXT]...    exit code 0 good, 1 not, 2 usage
  check_page.py --self-test [--chromium PATH]                the checks must fail on bad pages

Checked: no message on the console; no network request and no file but the page itself; the DOM has no script but the
page's own and no element that the report's escaping should have disarmed; every link leads to a place in the page; and
all that is true with scripts switched off too, with the same DOM but for what the script adds for comfort.
"""

import argparse
import html.parser
import json
import pathlib
import re
import shutil
import sys
import tempfile

import devtools

FLAGS = [
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-default-apps", "--disable-extensions", "--disable-dev-shm-usage",
    "--enable-logging=stderr", "--v=0",
]
# Chromium phones home from a new profile in spite of the flags above; what it asks for itself is not the page's.
OWN_HOSTS = re.compile(r"https?://([a-z0-9-]+\.)*(google|googleapis|gstatic|gvt1|gvt2)\.com(:\d+)?/", re.I)
FORBIDDEN = {"iframe", "object", "embed", "form", "base", "img", "audio", "video"}


class Outline(html.parser.HTMLParser):
    """What the checks need to know of a DOM."""

    def __init__(self):
        super().__init__()
        self.tags, self.ids, self.links, self.handlers, self.text, self.sources = [], [], [], [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        for name, value in attrs:
            if tag == "script":
                self.sources.append(value)
            if name == "id":
                self.ids.append(value)
            elif name in ("href", "src"):
                self.links.append(value)
            elif name.startswith("on"):
                self.handlers.append(f"{tag} {name}")

    def handle_data(self, data):
        self.text.append(data)


def open_page(chromium, page, scripts):
    """(DOM as text, console lines, URLs asked for) of one visit."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        net_log = pathlib.Path(folder) / "net.json"
        stderr = pathlib.Path(folder) / "stderr"
        command = [chromium, *FLAGS, f"--user-data-dir={folder}/profile", f"--log-net-log={net_log}"]
        with devtools.Browser(command, stderr) as browser:
            dom = browser.dom_of(page.as_uri(), scripts)
        console = [line for line in stderr.read_text(errors="replace").splitlines() if "CONSOLE" in line]
        return dom, console, urls_of(net_log) | browser.requests


def urls_of(log):
    """Every URL in the network log, as far as chromium got to write it."""
    text = log.read_text(errors="replace")
    try:
        events = json.loads(text)["events"]
    except ValueError:  # cut off at the end
        events = json.loads(text.rstrip().rstrip(",") + "]}")["events"]
    urls = set()
    for event in events:
        url = event.get("params", {}).get("url")
        if isinstance(url, str):
            urls.add(url)
    return urls


def problems_of_visit(page, console, urls):
    problems = [f"console: {line[-300:]}" for line in console]
    for url in sorted(urls):
        is_page = url.split("#")[0] == page.as_uri()
        if not is_page and not url.startswith(("data:", "chrome", "about:")) and not OWN_HOSTS.match(url):
            problems.append(f"asks for {url}")
    return problems


def problems_of_dom(dom, expected):
    outline = Outline()
    outline.feed(dom)
    problems = [f"has a <{tag}>" for tag in sorted(FORBIDDEN.intersection(outline.tags))]
    if outline.tags.count("script") > 1 or outline.sources:
        problems.append("has a script that is not its own")
    problems += [f"has the handler {handler}" for handler in outline.handlers]
    for link in outline.links:
        if not link.startswith(("#", "data:")) or (link.startswith("#") and link[1:] not in outline.ids):
            problems.append(f"the link {link} leads nowhere in the page")
    problems += [f"the id {name} is there twice" for name in set(outline.ids) if outline.ids.count(name) > 1]
    text = "".join(outline.text)
    problems += [f"does not show {what!r}" for what in expected if what not in text]
    if "h1" not in outline.tags or "main" not in outline.tags:
        problems.append("has no <h1> or no <main>: is it a report?")
    return problems


def without_comfort(dom):
    """What the script of a report adds is left out: the search box, buttons, and that chips can be pressed."""
    dom = re.sub(r'<p class="steps">.*?</p>', "", dom, flags=re.DOTALL)
    dom = re.sub(r" <button [^>]*>[^<]*</button>", "", dom)
    dom = re.sub(r'(data-q="[^"]*") tabindex="0" role="button"', r"\1", dom)
    return dom.replace(' hidden=""', "")


def problems_of(chromium, page, expected):
    problems = []
    doms = []
    for scripts in (True, False):
        dom, console, urls = open_page(chromium, page, scripts)
        if page.as_uri() not in urls:
            raise RuntimeError("chromium does not report the request for the page itself: it proves nothing")
        found = problems_of_visit(page, console, urls) + problems_of_dom(dom, expected)
        problems += found if scripts else [f"without scripts: {problem}" for problem in found]
        doms.append(dom)
    if without_comfort(doms[0]) != without_comfort(doms[1]):
        problems.append("the page is another one when scripts are off")
    return problems


GOOD = '<!DOCTYPE html><link rel="icon" href="data:,"><main><h1>Hello</h1></main>'
BAD = {
    "an external image": ('<img src="http://192.0.2.1/x.png">', "asks for http://192.0.2.1/x.png"),
    "a console message": ("<script>console.error('oops')</script>", "console: "),
    "two scripts": ("<script></script><script></script>", "has a script that is not its own"),
    "a script from elsewhere": ('<script src="data:,"></script>', "has a script that is not its own"),
    "a handler": ('<p onclick="f()">x</p>', "has the handler p onclick"),
    "a dead link": ('<a href="#nowhere">x</a>', "the link #nowhere"),
    "text made by a script": ("<p id=p></p><script>p.textContent='late'</script>", "another one when scripts are off"),
}


def self_test(chromium):
    """The nearest good page passes, and each defect is found by the check that is meant for it."""
    failures = 0
    with tempfile.TemporaryDirectory() as folder:
        page = pathlib.Path(folder) / "page.html"
        page.write_text(GOOD, encoding="utf-8")
        for problem in problems_of(chromium, page, ["Hello"]):
            print(f"a good page is refused: {problem}")
            failures += 1
        for name, (markup, message) in BAD.items():
            page.write_text(GOOD + markup, encoding="utf-8")
            found = problems_of(chromium, page, [])
            if not any(message in problem for problem in found):
                print(f"{name} is not noticed; found only {found}")
                failures += 1
    print(f"self-test: {len(BAD) + 1} pages, {failures} failures")
    return failures


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("page", nargs="?", type=pathlib.Path)
    parser.add_argument("--chromium", default=shutil.which("chromium"))
    parser.add_argument("--expect", action="append", default=[], metavar="TEXT")
    parser.add_argument("--self-test", action="store_true")
    arguments = parser.parse_args()
    if not arguments.chromium:
        parser.error("no chromium found; name it with --chromium")
    if arguments.self_test:
        return 1 if self_test(arguments.chromium) else 0
    if arguments.page is None or not arguments.page.is_file():
        parser.error(f"no such page: {arguments.page}")
    problems = problems_of(arguments.chromium, arguments.page.resolve(), arguments.expect)
    for problem in problems:
        print(f"{arguments.page}: {problem}")
    print(f"{arguments.page.name}: {'good' if not problems else f'{len(problems)} problems'}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
