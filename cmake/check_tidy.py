#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs clang-tidy over every source of a configured build tree, in parallel, and skips what did not change.

A source that came out clean is remembered under BUILD/tidy by a hash of everything of ours that its result depends on:
the text of the source and of our headers it includes, its compile command, .clang-tidy, and clang-tidy's version. Where
LLVM's headers are installed (llvm-19-dev, libclang-19-dev) a plugin keeps the checks to our code, which is several times
faster (our_code_only.cc); the findings are the same.

  check_tidy.py BUILD [FILE...]                 FILE: relative to the root; default: all
  check_tidy.py BUILD --besides OTHER_BUILD...  those that the other trees do not have
  exit code 0 clean, 1 findings, 2 usage
"""

import argparse
import concurrent.futures
import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
UNITY = re.compile(r"/Unity/unity_\d+_cxx\.cxx$")
INCLUDE = re.compile(rb'^\s*#\s*include\s*(?:<(gridlock/[^>]+)>|"([^"]+)")', re.MULTILINE)


def our_includes(path, seen):
    """`path` and, through any number of steps, the files of ours that it includes."""
    if path in seen or not path.is_file():
        return
    seen.add(path)
    for public, private in INCLUDE.findall(path.read_bytes()):
        name = (public or private).decode()
        for folder in ("harness/include", "harness/gtest/include") if public else (".",):
            our_includes(ROOT / folder / name, seen)


def fingerprint(source, command, common):
    files = set()
    our_includes(source, files)
    digest = hashlib.sha256(common + command.encode())
    for path in sorted(files):
        digest.update(str(path).encode() + path.read_bytes())
    return digest.hexdigest()


def plugin_for(tidy, folder):
    """The option that loads our_code_only.cc into `tidy`, compiled once into `folder`; nothing if that cannot be done."""
    source = pathlib.Path(__file__).resolve().parent / "our_code_only.cc"
    version = re.search(r"-(\d+)$", tidy)
    config = shutil.which(f"llvm-config-{version[1]}") if version else None
    if config is None:
        return []
    text = hashlib.sha256(source.read_bytes()).hexdigest()[:16]
    plugin = folder / f"our_code_only-{version[1]}-{text}.so"
    if not plugin.exists():
        flags = subprocess.run([config, "--cppflags"], capture_output=True, text=True, check=True).stdout.split()
        command = [f"clang++-{version[1]}", "-shared", "-fPIC", "-fno-rtti", "-std=c++20", *flags, str(source), "-o",
                   str(plugin)]
        made = subprocess.run(command, capture_output=True, text=True, check=False)
        if made.returncode != 0:
            print(f"check_tidy.py: without {source.name}, slower: {made.stderr.strip().splitlines()[0]}", file=sys.stderr)
            return []
    return [f"--load={plugin}"]


def run_one(tidy, commands, source, stamp):
    """`commands`: the folder of compile_commands.json."""
    if stamp.exists():
        return source, 0, "", 0.0
    start = time.monotonic()
    # The launcher and GCC's own warning options are not clang-tidy's business. Findings in headers depend on the working
    # directory: from there clang-tidy takes the HeaderFilterRegex.
    command = [*tidy, "-p", str(commands), "--quiet", "--extra-arg=-Wno-unknown-warning-option", str(source)]
    result = subprocess.run(command, cwd=source.parent, capture_output=True, text=True, check=False)
    if result.returncode == 0:
        stamp.touch()
    # stderr only counts warnings that were not shown, unless the tool itself failed
    said = result.stdout if result.stdout.strip() else result.stderr
    return source, result.returncode, said, time.monotonic() - start


def one_by_one(entries):
    """Compile commands, and in place of a file that CMake wrote to compile several sources at a time one for each of those."""
    for entry in entries:
        if not UNITY.search(entry["file"]):
            yield entry
            continue
        for source in re.findall(r'^#include "(.+)"$', pathlib.Path(entry["file"]).read_text(encoding="utf-8"), re.MULTILINE):
            yield entry | {"file": source, "command": entry["command"].replace(entry["file"], source)}


def sources_of(build, wanted):
    """(source, compile command) of each source of ours, once."""
    entries = {}
    for entry in one_by_one(json.loads((build / "compile_commands.json").read_text(encoding="utf-8"))):
        path = pathlib.Path(entry["directory"], entry["file"]).resolve()
        ours = path.is_relative_to(ROOT) and not path.is_relative_to(ROOT / "build") and not path.is_relative_to(build)
        if ours and path.is_file() and (not wanted or path in wanted):
            entries.setdefault(path, entry.get("command", ""))
    return sorted(entries.items())


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("files", nargs="*", metavar="FILE")
    parser.add_argument("--besides", type=pathlib.Path, nargs="+", default=[], metavar="OTHER_BUILD",
                        help="leave out what one of these trees has, too")
    parser.add_argument("--tidy", default="clang-tidy-19")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--times", action="store_true", help="also print what each source took")
    options = parser.parse_intermixed_args(arguments)
    build = options.build.resolve()
    for tree in (options.build, *options.besides):
        if not (tree / "compile_commands.json").is_file():
            print(f"check_tidy.py: {tree}: no compile_commands.json; configure this tree first", file=sys.stderr)
            return 2
    wanted = {(ROOT / file).resolve() for file in options.files}
    entries = sources_of(build, wanted)
    for file in sorted(wanted - {source for source, _ in entries}):
        print(f"check_tidy.py: {file}: not compiled in {options.build}", file=sys.stderr)
        return 2
    for other in options.besides:
        elsewhere = dict(sources_of(other.resolve(), wanted))
        entries = [entry for entry in entries if entry[0] not in elsewhere]

    version = subprocess.run([options.tidy, "--version"], capture_output=True, check=True).stdout
    common = version + (ROOT / ".clang-tidy").read_bytes()
    stamps = build / "tidy"
    stamps.mkdir(exist_ok=True)
    commands = [{"directory": str(build), "command": command, "file": str(source)} for source, command in entries]
    (stamps / "compile_commands.json").write_text(json.dumps(commands), encoding="utf-8")
    tidy = [options.tidy, *plugin_for(options.tidy, stamps)]
    failed = checked = 0
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        jobs = [pool.submit(run_one, tidy, stamps, source, stamps / fingerprint(source, command, common))
                for source, command in entries]
        for job in concurrent.futures.as_completed(jobs):
            source, code, output, seconds = job.result()
            checked += seconds > 0
            if code != 0:
                failed += 1
                print(output, flush=True)
            if options.times and seconds > 0:
                print(f"{seconds:6.1f} s  {source.relative_to(ROOT)}", flush=True)
    print(f"clang-tidy: {len(entries)} sources, {checked} checked now, {failed} with findings")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
