#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks JSON reports against the schema, and that the schema refuses what it should.

  check_schema.py SCHEMA WRITE_SAMPLES      exit code 0 good, 1 not, 77 python3-jsonschema is missing
"""

import copy
import json
import pathlib
import subprocess
import sys
import tempfile

try:
    import jsonschema
except ImportError:
    print("skipped: needs Debian's python3-jsonschema")
    sys.exit(77)


def broken_forms(report):
    """(what is wrong, report) for reports that the schema must refuse."""

    def change(what, edit):
        form = copy.deepcopy(report)
        edit(form)
        return what, form

    yield change("a version of the future", lambda r: r.update(version=2))
    yield change("no outcomes", lambda r: r.pop("outcomes"))
    yield change("a member that nobody wrote", lambda r: r.update(surprise=1))
    yield change("an unknown verdict", lambda r: r["outcomes"][0].update(verdict="fine"))
    yield change("an unknown kind", lambda r: r["outcomes"][0]["findings"][0].update(kind="fine"))
    yield change("a mode of an edge that is none", lambda r: r["outcomes"][0]["findings"][0]["edges"][0].update(held_mode="loose"))
    yield change("a line that is text", lambda r: r["outcomes"][0]["findings"][0]["edges"][0]["held_stack"][0].update(line="8"))


def broken_frames(report):
    """The same for a large report, whose stacks are numbers."""

    def change(what, edit):
        form = copy.deepcopy(report)
        edit(form)
        return what, form

    first = report["outcomes"][0]["findings"][0]
    assert isinstance(first["edges"][0]["held_stack"][0], int), "many.json is not large enough"
    report["outcomes"][0]["findings"] = [first]
    yield change("frames that are no list", lambda r: r.update(frames={}))
    yield change("no frames at all in the list of frames", lambda r: r.update(frames=[]))
    yield change("a negative number of a frame", lambda r: r["outcomes"][0]["findings"][0]["edges"][0].update(held_stack=[-1]))
    yield change("a frame that is text", lambda r: r["outcomes"][0]["findings"][0]["edges"][0].update(held_stack=["1"]))


def broken_facts(report):
    """The same for what a report has besides findings."""

    def change(what, path, **members):
        form = copy.deepcopy(report)
        place = form
        for step in path:
            place = place[step]
        place.update(members)
        return what, form

    first = ("outcomes", 0)
    safe, contention = (*first, "infeasible_cycles", 0), (*first, "contention", 0)
    yield change("an unknown reason of an infeasible cycle", safe, reason="luck")
    yield change("an id with a letter that no object has", safe, object="X1")
    yield change("an infeasible cycle with a surprise", safe, surprise=1)
    yield change("a negative number of dropped cycles", first, infeasible_cycles_dropped=-1)
    yield change("a cost that is no number", first, watching={"misses": "many"})
    yield change("waits that are no number", contention, waits="many")
    yield change("readers that are no number", contention, overtaken="many")
    yield change("an act with a surprise", (*first, "suppressed", 0), acts=[{"operation": "unlock", "surprise": 1}])
    yield change("an order without an end", (*first, "learned_order", 0), to=None)
    yield change("a suppressed finding of no kind", (*first, "suppressed", 0), kind="fine")
    yield change("a process of no number", first, processes=[{"id": "consumer"}])
    yield change("a process in no state", first, processes=[{"id": "P1", "state": "asleep"}])
    yield change("a suppression on line 0", ("suppressions", 0), line=0)
    yield change("suppressions that are no list", (), suppressions={})


def main():
    if len(sys.argv) != 3:
        print(__doc__, file=sys.stderr)
        return 2
    schema = json.loads(pathlib.Path(sys.argv[1]).read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    bad = 0
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.argv[2], folder], check=True)
        files = sorted(file for file in pathlib.Path(folder).glob("*.json") if not file.name.endswith(".trace.json"))
        for file in files:
            for error in validator.iter_errors(json.loads(file.read_text(encoding="utf-8"))):
                where = "/".join(map(str, error.absolute_path))
                print(f"{file.name}: {where}: {error.message}")
                bad += 1
        report = json.loads((pathlib.Path(folder) / "lock_order_cycle.json").read_text(encoding="utf-8"))
        facts = json.loads((pathlib.Path(folder) / "lock_facts.json").read_text(encoding="utf-8"))
        many = json.loads((pathlib.Path(folder) / "many.json").read_text(encoding="utf-8"))
        for what, form in [*broken_forms(report), *broken_facts(facts), *broken_frames(many)]:
            if validator.is_valid(form):
                print(f"the schema accepts {what}")
                bad += 1
    print(f"{len(files)} reports checked, {bad} problems")
    return 1 if bad or not files else 0


if __name__ == "__main__":
    sys.exit(main())
