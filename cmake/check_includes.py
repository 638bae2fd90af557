#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks which file includes which.

The layers of harness/README.md are a promise: a reader who knows the table knows what a file cannot depend on. This
script holds the same table, compares it with the README's, and checks every #include of the tree against it.

  check_includes.py [--root DIR] [FILE...]      exit code 0 clean, 1 violations (one line each), 2 usage
"""

import argparse
import pathlib
import re
import sys

PUBLIC = "include/gridlock"

# layer under harness/ -> layers it may include besides itself and the system's headers.
TABLE = {
    PUBLIC: set(),
    "platform": {PUBLIC},
    "trace": {PUBLIC, "platform"},
    "analysis": {PUBLIC, "platform"},
    "runtime": {PUBLIC, "platform", "trace", "analysis"},
    "primitives": {PUBLIC, "platform", "runtime"},
    "interpose": {PUBLIC, "platform", "runtime"},
    "schedule": {PUBLIC, "platform"},
    "tsan_abi": {PUBLIC, "platform", "schedule"},
    "controlled": {PUBLIC, "platform", "runtime", "schedule", "tsan_abi"},
    "whole_program": {PUBLIC, "platform", "schedule", "tsan_abi"},
    "composed": {PUBLIC, "platform", "runtime", "primitives"},
    "scenario": {PUBLIC, "platform", "runtime"},
    "why": {PUBLIC, "platform", "scenario"},
    "history": {PUBLIC},
    "cli": {PUBLIC, "scenario", "why", "history", "schedule", "platform"},
    "gtest": {PUBLIC},
}

# The rooms of harness/runtime/, bottom to top: each may include those below it. The files in harness/runtime/ itself
# are above all rooms. Where a room has to ask one above it, it owns a header that the other one implements.
ROOMS = ["core", "registry", "orders", "waits", "steering", "findings", "programs", "process_tree"]

# Outside the harness: folder -> layers it may include. None: everything.
OUTSIDE = {"reports": {PUBLIC}, "scenarios": {PUBLIC}, "tests": None}

# Slow to compile or not always installed: one .cc each, never a header, never the observer, never a scenario.
HEAVY = ("nlohmann/", "CLI/", "boost/", "sqlite3.h")
FORWARD = {"nlohmann/json_fwd.hpp"}  # declarations only: cheap anywhere
OBSERVER = {"platform", "trace", "analysis", "runtime", "primitives", "interpose", "composed"}
# Boost.Stacktrace resolves a full stack inside the process (design rule 7); only the platform layer touches it.
# Boost.Interprocess maps what the user shares between processes (shared.cc, which is compiled like user code).
HEAVY_EXCEPTIONS = {("platform", "boost/stacktrace"), ("composed", "boost/interprocess")}

INCLUDE = re.compile(r'^\s*#\s*include\s*(?:<([^>]+)>|"([^"]+)")')
SOURCE = (".h", ".cc", ".def", ".inc")

# What decides when a thread goes on: a primitive asks runtime/core/control.h for it.
DECIDES = re.compile(r"\b(futex_(?:wait|wake)\w*|now_ns|cpu_relax|(?:SYS_)?sched_yield|this_thread::(?:yield|sleep_\w+)|nanosleep)\b")


def layer_of(path):
    """The layer of a path relative to the root, or None if the table has nothing to say about it."""
    parts = pathlib.PurePosixPath(path).parts
    if len(parts) > 1 and parts[0] == "harness":
        if parts[1] == "include":
            return PUBLIC
        return parts[1] if len(parts) > 2 else None
    return parts[0] if len(parts) > 1 and parts[0] in OUTSIDE else None


def room_of(path):
    """The room of a path in harness/runtime/; len(ROOMS) stands for above all of them; None if it is elsewhere."""
    parts = pathlib.PurePosixPath(path).parts
    if parts[:2] != ("harness", "runtime"):
        return None
    return ROOMS.index(parts[2]) if len(parts) > 3 and parts[2] in ROOMS else len(ROOMS)


def check_rooms(path, quoted):
    """What is wrong with an #include between two rooms, or None."""
    here, there = room_of(path), room_of(quoted or "")
    if here is None or there is None or there <= here:
        return None
    below = ", ".join(ROOMS[:here + 1])
    return f'harness/runtime/{ROOMS[here]} may not include "{quoted}"; allowed: {below}'


def included_layer(angled, quoted):
    """The layer an #include reaches into, or None for a header that is not ours."""
    if angled:
        return PUBLIC if angled.startswith("gridlock/") else None
    return layer_of(quoted)


def allowed(layer):
    """The layers a layer may include besides itself; None if everything."""
    return OUTSIDE[layer] if layer in OUTSIDE else TABLE[layer]


def spell(layers):
    def one(layer):
        return "<gridlock/...>" if layer == PUBLIC else f'"{layer}/..."' if layer in OUTSIDE else f'"harness/{layer}/..."'

    return ", ".join(one(layer) for layer in sorted(layers, key=(list(TABLE) + list(OUTSIDE)).index))


def check_heavy(path, layer, target):
    if not target.startswith(HEAVY) or target in FORWARD or layer == "tests":
        return None
    if not path.endswith(".h") and any(layer == where and target.startswith(what) for where, what in HEAVY_EXCEPTIONS):
        return None
    library = target.split("/")[0]
    if path.endswith(".h"):
        return f"<{target}>: {library} is for .cc files; a header would make every includer pay for it"
    if layer in OBSERVER or layer == "scenarios":
        return f"<{target}>: {layer} does not use {library} (harness/README.md)"
    return None


def check_line(path, layer, angled, quoted):
    """What is wrong with one #include, or None."""
    target = angled or quoted
    if quoted and "/" not in quoted:
        return f'"{quoted}": write the path from the root of the repository, or <gridlock/...> for a public header'
    if quoted and quoted.startswith(("harness/include/", "gridlock/")):
        return f'"{quoted}": a public header is written <gridlock/...>'
    if angled and angled.startswith(("harness/", "reports/", "scenarios/", "tests/")):
        return f'<{angled}>: a private header is written "{angled}"'
    heavy = check_heavy(path, layer, target)
    if heavy:
        return heavy
    reached = included_layer(angled, quoted)
    may = allowed(layer)
    if reached == layer == "runtime":
        return check_rooms(path, quoted)
    if reached is None or reached == layer or may is None or reached in may:
        return None
    written = f"<{angled}>" if angled else f'"{quoted}"'
    return f"{layer} may not include {written}; allowed: {spell(may | {layer})}"


def check_file(root, path):
    layer = layer_of(path)
    if layer is None:
        return []
    if layer not in TABLE and layer not in OUTSIDE:
        return [f"{path}:1: harness/{layer}/ is not in the table of harness/README.md and cmake/check_includes.py"]
    parts = pathlib.PurePosixPath(path).parts
    if layer == "runtime" and len(parts) > 3 and (parts[2] not in ROOMS or len(parts) > 4):
        return [f"{path}:1: harness/runtime/{'/'.join(parts[2:-1])}/ is not among the rooms of harness/README.md and cmake/check_includes.py"]
    problems = []
    text = (root / path).read_text(encoding="utf-8", errors="replace")
    for number, line in enumerate(text.splitlines(), start=1):
        match = INCLUDE.match(line)
        problem = match and check_line(path, layer, *match.groups())
        decides = layer in ("primitives", "composed") and DECIDES.search(line.split("//")[0])
        if decides:
            problem = f"{decides.group(1)}: a primitive sleeps, wakes, reads the clock and yields through harness/runtime/core/control.h"
        if problem:
            problems.append(f"{path}:{number}: {problem}")
    return problems


def readme_table(text):
    """The table of harness/README.md, in the form of TABLE."""
    table = {}
    for row in re.finditer(r"^\| `([^`]+?)/?` \|[^|]*\|([^|]*)\|\s*$", text, re.MULTILINE):
        words = [word.strip() for word in row.group(2).split(",")]
        if words == ["only each other"]:
            words = []
        table[row.group(1)] = {PUBLIC if word == "public" else word for word in words}
    return table


def check_readme(root):
    path = "harness/README.md"
    table = readme_table((root / path).read_text(encoding="utf-8"))
    problems = []
    rooms = [name.removeprefix("runtime/") for name in table if name.startswith("runtime/")]
    if rooms != ROOMS:
        problems.append(f"{path}: the rooms of runtime/ are {rooms}, cmake/check_includes.py says {ROOMS}")
    table = {name: may for name, may in table.items() if not name.startswith("runtime/")}
    for layer in sorted(set(TABLE) | set(table)):
        if table.get(layer) != TABLE.get(layer):
            said, held = (sorted(t[layer]) if layer in t else "no row" for t in (table, TABLE))
            problems.append(f"{path}: `{layer}/` may include {said}, cmake/check_includes.py says {held}")
    return problems


def sources(root):
    for folder in ("harness", *OUTSIDE):
        for path in sorted((root / folder).rglob("*")):
            if path.suffix in SOURCE and path.is_file():
                yield path.relative_to(root).as_posix()


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parent.parent)
    parser.add_argument("files", nargs="*", metavar="FILE", help="relative to the root; default: all")
    options = parser.parse_args(arguments)
    files = options.files or list(sources(options.root))
    for file in files:
        if not (options.root / file).is_file():
            print(f"check_includes.py: {file}: no such file", file=sys.stderr)
            return 2
    problems = check_readme(options.root)
    for file in files:
        problems += check_file(options.root, file)
    print("\n".join(problems) if problems else f"includes: {len(files)} files follow the table of harness/README.md")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
