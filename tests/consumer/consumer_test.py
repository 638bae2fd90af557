#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Builds one of the projects in this folder as a user would, runs its programs, and checks what they find.

  consumer_test.py PROJECT --cxx CXX [--launcher LAUNCHER] --source ROOT --build BUILD --work DIR

  PROJECT   find_package, add_subdirectory or fetch
  BUILD     a configured and built tree of Gridlock without sanitizer; find_package installs from it
  DIR       scratch; emptied first
"""

import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
TSAN_EXIT = 66
FOUND_EXIT = 66  # the option exit_code

# What a program is called with -> the kinds it must find, and the exit codes that fit. A race ends the program with
# ThreadSanitizer's own exit code.
PROGRAMS = {
    "find_package": [("transfer", "broken", {"data-race", "lock-order-cycle"}, {TSAN_EXIT}),
                     ("transfer", "fixed", set(), {0})],
    "add_subdirectory": [],
    "fetch": [("pool", "broken", {"misuse-release-over-bound"}, {FOUND_EXIT}), ("pool", "fixed", set(), {0})],
}
# Commands made with gridlock::main -> their scenarios; each declares what it shows.
COMMANDS = {
    "find_package": [("bank_scenarios", {"deposit/unsafe": "data-race", "deposit/lock": None})],
    "add_subdirectory": [("dinner", {"dinner/two-orders": "lock-order-cycle", "dinner/one-order": None})],
    "fetch": [],
}


def fail(message):
    print(f"consumer_test.py: {message}", file=sys.stderr)
    sys.exit(1)


def run(*command, env=None, codes=(0,)):
    print("+", *command, flush=True)
    result = subprocess.run([str(word) for word in command], env=env, capture_output=True, text=True, check=False)
    if result.returncode not in codes:
        print(result.stdout, result.stderr, sep="\n")
        fail(f"exit code {result.returncode}, not {' or '.join(str(code) for code in sorted(codes))}: {command[0]}")
    return result


def configure_and_build(options, build):
    # Compiled with the options of the `release` preset and of `gcc`: where those were built, ccache has the objects.
    # Makefiles are what CMake writes unless it is told otherwise, and in them a target alone has only what it is said to depend on.
    by_make = options.project == "fetch"
    arguments = [f"-DCMAKE_CXX_COMPILER={options.cxx}", "-DCMAKE_BUILD_TYPE=RelWithDebInfo", "-G", "Unix Makefiles" if by_make else "Ninja",
                 "-DGRIDLOCK_WERROR=ON", "-DGRIDLOCK_DEBUG_INFO=-g1"]
    if options.launcher:
        arguments.append(f"-DCMAKE_CXX_COMPILER_LAUNCHER={options.launcher}")
    if options.project == "find_package":
        prefix = options.work / "prefix"
        run("cmake", "--install", options.build, "--prefix", prefix)
        arguments.append(f"-DCMAKE_PREFIX_PATH={prefix}")
    elif options.project == "add_subdirectory":
        # The command is compiled anew here; that it is optimised is seen elsewhere, and takes twice as long.
        arguments += [f"-DGRIDLOCK_SOURCE_DIR={options.source}", "-DGRIDLOCK_TOOL_OPTIMISATION=-O0"]
    else:
        # A program alone needs no library: what the others need is not there.
        arguments.append(f"-DFETCHCONTENT_SOURCE_DIR_GRIDLOCK={options.source}")
        arguments += [f"-DCMAKE_DISABLE_FIND_PACKAGE_{name}=ON" for name in ("Boost", "nlohmann_json", "CLI11")]
    run("cmake", "-S", HERE / options.project, "-B", build, *arguments)
    targets = sorted({name for name, *_ in PROGRAMS[options.project]}) if by_make else ["all"]
    run("cmake", "--build", build, "--parallel", "2", "--target", *targets)


def check_program(build, name, form, kinds, codes):
    log = build / f"{name}-{form}.jsonl"
    env = {**os.environ, "GRIDLOCK_OPTIONS": f"log_path={log}"}
    env.pop("TSAN_OPTIONS", None)
    run(build / name, form, env=env, codes=codes)
    if not log.is_file():
        fail(f"{name} {form}: wrote no log, so the runtime was not there")
    records = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    found = {record["kind"] for record in records if record["record"] == "finding"}
    if found != kinds:
        fail(f"{name} {form}: found {sorted(found) or 'nothing'}, not {sorted(kinds) or 'nothing'}")


def check_ctest(build, scenarios):
    """gridlock_discover_scenarios() is there after find_package, and ctest runs what it finds."""
    listed = run("ctest", "--test-dir", build, "-N").stdout
    for scenario in scenarios:
        if f"scenario.{scenario}" not in listed:
            fail(f"ctest does not know {scenario}:\n{listed}")
    run("ctest", "--test-dir", build)


def check_command(build, name, scenarios):
    listed = run(build / name, "list").stdout
    report = build / f"{name}.json"
    run(build / name, "run", "--json", report)
    outcomes = {outcome["name"]: outcome for outcome in json.loads(report.read_text(encoding="utf-8"))["outcomes"]}
    if set(outcomes) != set(scenarios):
        fail(f"{name} run: ran {sorted(outcomes)}, not {sorted(scenarios)}")
    for scenario, kind in scenarios.items():
        if scenario not in listed:
            fail(f"{name} list: does not name {scenario}")
        outcome = outcomes[scenario]
        found = sorted({finding["kind"] for finding in outcome.get("findings", [])})
        if outcome["verdict"] != "as-expected" or found != ([kind] if kind else []):
            fail(f"{name} run: {scenario} is {outcome['verdict']} and found {found or 'nothing'}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("project", choices=sorted(PROGRAMS))
    parser.add_argument("--cxx", required=True)
    parser.add_argument("--launcher", default="", help="as CMAKE_CXX_COMPILER_LAUNCHER: the one of BUILD")
    for name in ("--source", "--build", "--work"):
        parser.add_argument(name, required=True, type=pathlib.Path)
    options = parser.parse_args()
    shutil.rmtree(options.work, ignore_errors=True)
    build = options.work / "build"
    configure_and_build(options, build)
    for program in PROGRAMS[options.project]:
        check_program(build, *program)
    for command in COMMANDS[options.project]:
        check_command(build, *command)
        check_ctest(build, command[1])
    print(f"{options.project} with {options.cxx}: as a user expects")


if __name__ == "__main__":
    main()
