#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Holds the samples' SARIF against the schema of SARIF 2.1.0, as a package of npm brings it.

  check_sarif.py FOLDER SCHEMA      exit code 0 good, 1 not, 77 there is no schema or no python3-jsonschema
"""

import copy
import json
import pathlib
import sys

try:
    import jsonschema
except ImportError:
    print("skipped: needs Debian's python3-jsonschema")
    sys.exit(77)


def broken_forms(log):
    """(what is wrong, log) for logs that the schema must refuse."""

    def change(what, edit):
        form = copy.deepcopy(log)
        edit(form, form["runs"][0], form["runs"][0]["results"][0])
        return what, form

    yield change("another version", lambda log, run, result: log.update(version="2.0.0"))
    yield change("no tool", lambda log, run, result: run.pop("tool"))
    yield change("no message", lambda log, run, result: result.pop("message"))
    yield change("an unknown level", lambda log, run, result: result.update(level="fatal"))
    yield change("a member that is none", lambda log, run, result: result.update(surprise=1))
    yield change("a line 0", lambda log, run, result: result["locations"][0]["physicalLocation"]["region"].update(startLine=0))
    yield change("a state that is none", lambda log, run, result: result.update(baselineState="old"))
    yield change("an edge from nowhere", lambda log, run, result: result["graphs"][0]["edges"][0].pop("sourceNodeId"))
    yield change("a flow without threads", lambda log, run, result: result["codeFlows"][0].update(threadFlows=[]))
    yield change("a suppression of no kind", lambda log, run, result: result.update(suppressions=[{"justification": "x"}]))


def main():
    folder, schema_file = map(pathlib.Path, sys.argv[1:])
    if not schema_file.exists():
        print(f"skipped: there is no {schema_file}: npm could not install it")
        return 77
    schema = json.loads(schema_file.read_text(encoding="utf-8-sig"))
    validator = jsonschema.validators.validator_for(schema)(schema, format_checker=jsonschema.FormatChecker())
    validator.check_schema(schema)
    bad = 0
    files = sorted(folder.glob("*.sarif"))
    for file in files:
        log = json.loads(file.read_text(encoding="utf-8"))
        for error in validator.iter_errors(log):
            print(f"{file.name}: {'/'.join(map(str, error.absolute_path))}: {error.message[:300]}")
            bad += 1
    log = json.loads((folder / "lock_order_cycle.sarif").read_text(encoding="utf-8"))
    for what, form in broken_forms(log):
        if validator.is_valid(form):
            print(f"the schema accepts {what}")
            bad += 1
    print(f"{len(files)} logs checked, {bad} problems")
    return 1 if bad or not files else 0


if __name__ == "__main__":
    sys.exit(main())
