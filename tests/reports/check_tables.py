#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Holds the schema, and what the runtime writes, against the tables that each is made from.

  check_tables.py SCHEMA WRITE_SAMPLES      exit code 0 good, 1 not

  members      the one description of findings and reports (harness/scenario/*_members.h) and the schema
               have the same members, of the same types; what has to be there is written always
  observer     the runtime, and that of chosen schedules, which write by hand, leave none out; the runtime uses no other name
  kinds        finding_kinds.def, in its order
  types        object_types.def: names and letters, where the schema has words for them and in its patterns
  operations   operations.def has every operation that the schema names
"""

import json
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
PUBLIC = ROOT / "harness/include/gridlock"
RUNTIME = ROOT / "harness/runtime"
CHOSEN = ROOT / "harness/tsan_abi"

# What a reader fills in, from the debug information or by counting; the runtime does not know it.
OF_THE_READER = {"finding": {"fingerprint", "suppressed_by", "reports", "confirmation", "execution"},
                 "execution": {"replay", "number", "seed", "steps", "switches", "path"}, "confirmation": {"verdict", "runs", "tried"},
                 "infeasible_cycle": {"fingerprint"}, "frame": {"inlined"}}
# Members of records that become no part of a finding (docs/design/wire.md).
OF_THE_WIRE = {"record", "run", "pid", "v", "tsan", "program", "arguments", "off", "path", "build_id", "size", "changed_ns",
               "kind", "count", "undecided", "infeasible_cycles_dropped"}
# A call of the writer of JSON, or of a helper that takes the name of a member: json.text("name", ...), write_stack(json, "stack", ...).
WRITES = re.compile(r'(?:json_?|json\(\))\.(?:text|number|boolean|id|id_in|raw|open_array|open_object)\(\s*"(\w+)"'
                    r'|\b(?:write_(?!state|act)\w+|record\.\w+|[ls]ine\.\w+)\((?:[\w.]+(?:\(\))?, )?"(\w+)"')
LITERAL = re.compile(r'\.text\(\s*"(\w+)",\s*([^;]*?)\);')


def rows(table):
    """The words of each row: enumerator, then what stands in quotes or by its name."""
    found = re.findall(r"^GRIDLOCK_\w+\((k\w+, .*)", table.read_text(encoding="utf-8"), re.MULTILINE)
    return [re.findall(r'"[^"]*"|\'.\'|\w+', row) for row in found]


def unquoted(word):
    return word.strip("\"'")


def resolved(schema, part):
    """(definition's name or None, the definition)"""
    if "$ref" in part:
        name = part["$ref"].removeprefix("#/$defs/")
        return name, resolved(schema, schema["$defs"][name])[1]
    return None, part


def items_of(part):
    """Of a list; of a stack the frame, not its number in the list of frames."""
    return part["items"].get("anyOf", [part["items"]])[0]


def members_that_differ(schema, part, described, where):
    """What an object of the schema and its description do not have in common."""
    properties = part.get("properties", {})
    for name in sorted(set(properties) ^ {member["name"] for member in described}):
        yield f"{where}.{name}: only in the {'schema' if name in properties else 'description'}"
    if part.get("additionalProperties") is not False:
        yield f"{where}: the schema allows members of any name"
    required = set(part.get("required", ()))
    for member in described:
        name, here = member["name"], f"{where}.{member['name']}"
        if name not in properties:
            continue
        if member["presence"] == "required" and name not in required:
            yield f"{here}: cannot be read without it, and the schema does not ask for it"
        if member["presence"] == "optional" and name in required:
            yield f"{here}: the schema asks for it, and it is not always written"
        yield from types_that_differ(schema, properties[name], member, here)


def types_that_differ(schema, part, member, where):
    definition, found = resolved(schema, part)
    if found.get("type") == "array":
        if not member["is_list"]:
            yield f"{where}: a list in the schema only"
            return
        definition, found = resolved(schema, items_of(found))
    elif member["is_list"]:
        yield f"{where}: no list in the schema"
        return
    type_ = found.get("type", "string" if "enum" in found else "integer" if isinstance(found.get("const"), int) else None)
    if type_ == "array" and definition is None:
        yield f"{where}: a list of lists"
    expected = {"kind": "string", "verdict": "string", "texts": "object"}.get(member["type"], member["type"])
    if type_ != expected:
        yield f"{where}: {type_} in the schema, {expected} in the description"
    if "values" in member and found.get("enum") != member["values"]:
        yield f"{where}: the schema has {found.get('enum')}, the code {member['values']}"
    if member["members"]:
        yield from members_that_differ(schema, found, member["members"], where)


def objects_of(schema, part, described, name):
    """(definition's name, its described members) of an object and all that is in it."""
    yield name, described
    for member in described:
        if member["members"] and member["name"] in part["properties"]:
            inner, found = resolved(schema, part["properties"][member["name"]])
            if found.get("type") == "array":
                inner, found = resolved(schema, items_of(found))
            yield from objects_of(schema, found, member["members"], inner)


def observer_that_differs(schema, described):
    """Names that only the runtime, or only the description of what is in a log has."""
    text = "\n".join(file.read_text(encoding="utf-8") for file in sorted(RUNTIME.rglob("*.cc")))
    written = {name for groups in WRITES.findall(text) for name in groups if name}
    if len(written) < 50:
        yield f"of the runtime's names only {sorted(written)} were found: mend this test"
    # In literals of C++: "\"number\":"
    chosen = "\n".join(file.read_text(encoding="utf-8") for file in sorted(CHOSEN.glob("wire_*.cc"))).replace('\\"', '"')
    outcome = next(member for member in described if member["name"] == "outcomes")["members"]
    parts = schema["$defs"]["outcome"]["properties"]
    known = set()
    for member in outcome:
        if member["name"] not in ("findings", "infeasible_cycles", "contention", "watching", "learned_order", "processes",
                                  "dump"):
            continue
        name, found = resolved(schema, parts[member["name"]].get("items", parts[member["name"]]))
        for inner, members in objects_of(schema, found, member["members"], name):
            names = {one["name"] for one in members}
            known |= names
            for missing in sorted(names - OF_THE_READER.get(inner, set()) - written):
                if f'"{missing}"' not in text and f'"{missing}"' not in chosen:
                    yield f"{inner}.{missing}: described, and the runtime does not write it"
    for name in sorted(written - known - OF_THE_WIRE):
        yield f"the runtime writes '{name}', and no finding or record is described to have it"
    yield from values_that_differ(schema, text)


def values_that_differ(schema, text):
    """Words that the runtime writes into a member for which the schema lists them."""
    lists = {}
    for part in schema["$defs"].values():
        for name, found in part.get("properties", {}).items():
            if "enum" in found:
                lists.setdefault(name, set()).update(found["enum"])
    for name, values in LITERAL.findall(text):
        if name in ("held_mode", "wanted_mode"):
            for value in re.findall(r'"([^"]*)"', values):
                if value not in lists[name]:
                    yield f"the runtime writes {name} '{value}', and the schema does not know it"
    reasons = re.findall(r'case InfeasibleReason::\w+:\s*return "([^"]+)"', text)
    if set(reasons) != lists["reason"]:
        yield f"reasons of infeasible cycles: the runtime has {sorted(reasons)}, the schema {sorted(lists['reason'])}"


def tables_that_differ(schema):
    definitions = schema["$defs"]
    kinds = [unquoted(row[1]) for row in rows(PUBLIC / "finding_kinds.def")]
    if definitions["kind"]["enum"] != kinds:
        yield f"finding_kinds.def has {kinds}, the schema {definitions['kind']['enum']}"
    types = [(unquoted(row[1]), unquoted(row[2]), row[4]) for row in rows(PUBLIC / "object_types.def")]
    described = definitions["object"]["properties"]
    named = re.findall(r"\b[A-Z]\w+", described["type"]["description"])
    if sorted(named) != sorted(name for name, _, _ in types):
        yield f"types: object_types.def has {sorted(name for name, _, _ in types)}, the schema names {sorted(named)}"
    letters = re.findall(r"\b([A-Z])1\b", described["id"]["description"])
    if sorted(set(letters)) != sorted({letter for _, letter, _ in types}):
        yield f"letters: object_types.def has {sorted({letter for _, letter, _ in types})}, the schema names {sorted(set(letters))}"
    # What can be a gate, give an order or be waited for: everything but what Gridlock does not see into.
    inside = "".join(dict.fromkeys(letter for _, letter, span in types if span != "kPrograms"))
    for pattern in sorted(set(re.findall(r'"pattern": "[^"]*\[([A-Z]+)\]', json.dumps(schema)))):
        if pattern != inside:
            yield f"a pattern of ids has the letters {pattern}; object_types.def has {inside}"
    operations = {unquoted(row[1]) for row in rows(ROOT / "harness/trace/operations.def")}
    for definition in ("wanted", "record"):
        for name in re.findall(r"\b[a-z_]+\b", definitions[definition]["properties"]["operation"]["description"]):
            if name not in operations:
                yield f"the schema names the operation {name}, and operations.def does not have it"


def main():
    if len(sys.argv) != 3:
        print(__doc__, file=sys.stderr)
        return 2
    schema = json.loads(pathlib.Path(sys.argv[1]).read_text(encoding="utf-8"))
    described = json.loads(subprocess.run([sys.argv[2], "--members"], check=True, capture_output=True).stdout)
    differences = [*members_that_differ(schema, schema, described, "report"), *observer_that_differs(schema, described),
                   *tables_that_differ(schema)]
    for difference in dict.fromkeys(differences):
        print(difference)
    print(f"{len(differences)} differences")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
