#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Installs Gridlock as README.md says, and uses it in a project that has nothing else.

  installed_test.py --cxx CXX [--launcher LAUNCHER] --source ROOT --work DIR [--built BUILD]   BUILD: where CXX has built it already,
                                                                                               or may have

Where it has, README.md's commands configure it once more and build the library alone; they build all of it where not, and
without --built.
"""

import argparse
import pathlib
import re
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
HIDDEN = [f"-DCMAKE_DISABLE_FIND_PACKAGE_{name}=ON" for name in ("Boost", "nlohmann_json", "CLI11")]
TESTS_ONLY = [f"-DCMAKE_DISABLE_FIND_PACKAGE_{name}=ON" for name in ("benchmark", "GTest")]


def fail(message):
    sys.exit(f"installed_test.py: {message}")


def check(truth, message):
    if not truth:
        fail(message)


def run(*command, codes=(0,), cwd=None):
    print("+", *command, flush=True)
    result = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False, cwd=cwd,
                            timeout=1200)
    if codes and result.returncode not in codes:
        fail(f"exit code {result.returncode}: {command[0]}\n{result.stdout}\n{result.stderr}")
    return result


def build_as_readme_says(options, build, *targets):
    """The commands of README.md, in a folder of the test and with the compiler under test."""
    # Compiled like the preset `gcc`, so that ccache may have it; not what is compiled eight files at a time, which lie in the tree.
    same = [f"-DCMAKE_CXX_COMPILER={options.cxx}", "-G", "Ninja", "-DGRIDLOCK_WERROR=ON"]
    if options.launcher:
        same.append(f"-DCMAKE_CXX_COMPILER_LAUNCHER={options.launcher}")
    run("cmake", "--preset", "install", "-B", build, *same, *TESTS_ONLY, cwd=options.source)
    run("cmake", "--build", build, "--parallel", "2", *targets)


def what_is_built(options):
    """The folder to install from; DIR/gridlock leads there."""
    build = options.work / "gridlock"
    if options.built and (options.built / "build.ninja").is_file():
        if options.cxx == "g++":
            build_as_readme_says(options, options.work / "readme", "--target", "gridlock")
            run("cmake", "--build", options.built)  # of another preset than this test's: perhaps of an earlier day
        build.symlink_to(options.built)
    else:
        build_as_readme_says(options, build)
    return build


def install(options):
    build, prefix = what_is_built(options), options.work / "prefix"
    run("cmake", "--install", build, "--prefix", prefix)
    moved = options.work / "moved"  # it is not told where it will be
    prefix.rename(moved)
    return moved


def check_files(prefix):
    for pattern in ("bin/gridlock", "include/gridlock/gridlock.h", "lib*/**/libgridlock.a", "lib*/**/libgridlock_watch.so",
                    "lib*/**/GridlockDiscoverScenarios.cmake", "lib*/pkgconfig/gridlock.pc", "share/man/man1/gridlock.1",
                    "share/bash-completion/completions/gridlock", "share/zsh/site-functions/_gridlock",
                    "share/fish/vendor_completions.d/gridlock.fish", "share/gridlock/schema/report.v1.schema.json",
                    "share/doc/gridlock/README.md", "share/doc/gridlock/docs/findings.md",
                    "share/doc/gridlock/examples/gridlock.supp"):
        check(list(prefix.glob(pattern)), f"not installed: {pattern}")
    if list(prefix.glob("lib*/**/libgridlock_explore.a")):  # of clang
        check(list(prefix.glob("lib*/**/libgridlock_controlled.a")), "not installed: the primitives under chosen schedules")
        check(list(prefix.glob("lib*/**/libgridlock_whole_program.so")), "not installed: what explores programs as they are")
    command = prefix / "bin/gridlock"
    check("gridlock 0." in run(command, "--version").stdout, "the installed command does not run")
    refused = run(command, "run", codes=(2,)).stderr
    check("gridlock::main" in refused and refused.count("\n") == 1, f"`run` without scenarios says: {refused}")
    check("gridlock::main" in run(command, "list").stdout, "`list` without scenarios says nothing of use")
    example = next(prefix.glob("share/doc/gridlock/examples/gridlock.supp"))
    (prefix / "empty.jsonl").write_text('{"record":"start","v":1,"pid":1,"tsan":false}\n{"record":"end","pid":1}\n')
    result = run(command, "report", prefix / "empty.jsonl", "--suppressions", example)
    check("matched nothing" in result.stderr, f"the example was not read: {result.stderr}")


def check_language_level(options, prefix):
    """Each public header, for a compiler that is told C++17: one error, which says what is missing. name.h is for any program."""
    headers = sorted(path.name for path in (prefix / "include/gridlock").glob("*.h") if path.name != "name.h")
    check(len(headers) > 30, f"few headers: {headers}")
    source = options.work / "old.cc"
    for header in headers:
        source.write_text(f"#include <gridlock/{header}>\nint main() {{}}\n")
        result = run(options.cxx, "-std=c++17", "-fsyntax-only", f"-I{prefix / 'include'}", source, codes=None)
        errors = [line for line in result.stderr.splitlines() if "error" in line and not line.lstrip().startswith(("#", "|"))]
        errors = [line for line in errors if re.search(r": (fatal )?error: ", line)]
        check(result.returncode != 0 and len(errors) == 1 and "Gridlock needs C++20" in errors[0],
              f"<gridlock/{header}> as C++17: {errors or result.stderr or 'no error'}")


class Consumer:
    def __init__(self, options, prefix):
        self.source, self.build, self.prefix = options.work / "project", options.work / "build", prefix
        shutil.copytree(HERE / "installed", self.source)
        launcher = [f"-DCMAKE_CXX_COMPILER_LAUNCHER={options.launcher}"] if options.launcher else []
        self.configure = ["cmake", "-S", self.source, "-B", self.build, "-G", "Ninja",
                          f"-DCMAKE_CXX_COMPILER={options.cxx}", f"-DCMAKE_PREFIX_PATH={prefix}", *launcher, *HIDDEN]

    def compile(self):
        run(*self.configure)
        run("cmake", "--build", self.build, "--parallel", "2")

    def log_of(self, program):
        log = self.build / f"{program}.jsonl"
        log.unlink(missing_ok=True)
        run("env", f"GRIDLOCK_OPTIONS=log_path={log}", self.build / program, codes=(0, 1, 66))
        check(log.is_file(), f"{program} wrote no log")
        return log

    def report(self, log, *more):
        return run(self.prefix / "bin/gridlock", "report", log, *more, codes=(0, 1)).stdout

    def suppressed(self, log, entry):
        file = self.build / "entry.supp"
        file.write_text(entry + "\n")
        return "matched nothing" not in run(self.prefix / "bin/gridlock", "report", log, "--suppressions", file,
                                            codes=(0, 1)).stderr

    def line(self, name, words):
        text = (self.source / name).read_text().splitlines()
        return next(number for number, line in enumerate(text, start=1) if words in line)


def check_places(consumer):
    here = consumer.line("last_call.cc", "/* here */")
    log = consumer.log_of("with_lines")
    text = consumer.report(log, "-v")
    check("[misuse-unlock-not-owner]" in text, text)
    check(f"with_lines.cc:{here}" in text, f"the line of the last call is not shown:\n{text}")
    check("not known" not in text and "debug information" not in text, text)
    check(consumer.suppressed(log, "site:with_lines.cc"), "the user's line is no site")

    lost = consumer.log_of("last_calls_lost")
    text = consumer.report(lost, "-v")
    check("not known" in text, f"a place that is lost is not said to be so:\n{text}")
    check(f"last_calls_lost.cc:{here}" not in text, text)

    for log_of_it, text in ((log, consumer.report(log, "-v")), (lost, text)):
        for ours in ("findings.cc", "thread.h:", "lock.cc", "main.cc:4"):
            check(ours not in text, f"a line of ours is shown ({ours}):\n{text}")
        for entry in ("site:findings.cc", "site:*/gridlock/*.h", "site:thread.h", "site:*harness*", "site:gridlock::*"):
            check(not consumer.suppressed(log_of_it, entry), f"{entry} matches")


def check_without_debug_information(consumer):
    text = consumer.report(consumer.log_of("without_lines"))
    notes = [line for line in text.splitlines() if "-g" in line and "debug information" in line]
    check(len(notes) == 1 and "without_lines" in notes[0], f"nothing says that -g is missing:\n{text}")


def check_rebuilt(consumer):
    log = consumer.log_of("rebuilt")
    here = consumer.line("last_call.cc", "/* here */")
    check(f"rebuilt.cc:{here}" in consumer.report(log, "-v"), "the line is not shown")
    source = consumer.source / "last_call.cc"
    source.write_text("int unrelated() { return 1; }" + "\n" * 5 + source.read_text())
    consumer.compile()
    text = consumer.report(log, "-v")
    notes = [line for line in text.splitlines() if "was rebuilt since this log" in line]
    check(len(notes) == 1 and "rebuilt" in notes[0], f"nothing says that the program is another one:\n{text}")
    check(not re.search(r"rebuilt\.cc:\d", text) and "unrelated" not in text, f"a wrong line is shown:\n{text}")
    new = consumer.report(consumer.log_of("rebuilt"), "-v")
    check(f"rebuilt.cc:{here + 5}" in new and "was rebuilt" not in new, f"of the new build:\n{new}")
    (consumer.build / "rebuilt").unlink()
    text = consumer.report(log, "-v")
    check("no longer there" in text and not re.search(r"rebuilt\.cc:\d", text), text)


def check_unoptimised(consumer):
    text = consumer.report(consumer.log_of("unoptimised"), "-v")
    def shown(words):
        check(f"unoptimised.cc:{consumer.line('unoptimised.cc', words)}" in text, f"'{words}' is not shown:\n{text}")

    shown("one release too many is here")
    shown("the future is made here")
    shown("one is made here")
    shown("the first release is here")
    shown("the get under a lock is here")
    check("[lock-order-cycle]" in text and "[misuse-unlock-free]" in text, text)
    for foreign in ("std_mutex.h", "guard.h", "executor.h", "unique_ptr.h", "stl_construct.h", "unique_lock.h", "invoke.h"):
        check(foreign not in text, f"a line of a header is shown ({foreign}):\n{text}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cxx", required=True)
    parser.add_argument("--launcher", default="")
    for name in ("--source", "--work"):
        parser.add_argument(name, required=True, type=pathlib.Path)
    parser.add_argument("--built", type=pathlib.Path)
    options = parser.parse_args()
    shutil.rmtree(options.work, ignore_errors=True)
    options.work.mkdir(parents=True)
    prefix = install(options)
    check_files(prefix)
    check_language_level(options, prefix)
    consumer = Consumer(options, prefix)
    consumer.compile()
    check_places(consumer)
    check_without_debug_information(consumer)
    check_unoptimised(consumer)
    check_rebuilt(consumer)
    print(f"installed with {options.cxx}: as a user expects")


if __name__ == "__main__":
    main()
