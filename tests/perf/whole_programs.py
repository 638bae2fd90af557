#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What `gridlock exec` costs whole programs, in processor time and in wall time.

  whole_programs.py GRIDLOCK [--rounds N] [--scale X] [--only NAME,...] [--no-helgrind]

Each program runs alone and watched, in turns, N times; the medians are shown. Helgrind (valgrind) runs a load that is as many times
shorter as SHORTER says, once, beside one run alone of that load. What is not installed is left out with a line. Processor time is that
of the process and its children (user and system); it says more than wall time on a machine that has other work.
"""

import argparse
import os
import pathlib
import random
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
SHORTER = 10


class Missing(Exception):
    """What a load needs is not there."""


def need(*programs):
    for program in programs:
        if shutil.which(program) is None:
            raise Missing(program)


def measure(words, folder, meanwhile=None):
    """Seconds of processor and of wall time of one run. `meanwhile(process)` drives a server, and its time is the wall time."""
    with open(folder / "output", "wb") as output:
        begin = time.monotonic()
        process = subprocess.Popen([str(word) for word in words], stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd=folder)
        wall = meanwhile(process) if meanwhile else None
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise RuntimeError(f"{words}: exit code {process.returncode}:\n{(folder / 'output').read_text(errors='replace')[-2000:]}")
    return used.ru_utime + used.ru_stime, wall if wall is not None else time.monotonic() - begin


def compiled(folder, source, library, compiler):
    """The program, in `folder`; libraries where the compiler looks for them (CPATH, LIBRARY_PATH)."""
    need(compiler)
    program = folder / source.split(".")[0]
    if not program.exists():
        done = subprocess.run([compiler, "-O2", "-g", *(["-std=c++20"] if source.endswith(".cc") else []), str(HERE / source), "-o",
                               str(program), library, "-pthread"], capture_output=True, text=True)
        if done.returncode != 0:
            raise Missing(f"{library}: {done.stderr.splitlines()[0] if done.stderr else ''}")
    return program


def some_text(folder, size):
    """A file with text that can be packed."""
    file = folder / f"text-{size}"
    if not file.exists():
        source = random.Random(1)
        words = [bytes(source.randrange(97, 123) for _ in range(source.randrange(2, 10))) for _ in range(5000)]
        text = bytearray()
        while len(text) < size:
            text += source.choice(words) + b" "
        file.write_bytes(text[:size])
    return file


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Redis:
    name = "`redis-server`, 2 I/O threads, `redis-benchmark -t set,get -c 20 -P 16`"

    def run(self, folder, before, scale):
        need("redis-server", "redis-benchmark", "redis-cli")
        port = str(free_port())

        def drive(process):
            for _ in range(1200):
                if process.poll() is not None or subprocess.run(["redis-cli", "-p", port, "ping"], capture_output=True).stdout == b"PONG\n":
                    break
                time.sleep(0.1)
            begin = time.monotonic()
            subprocess.run(["redis-benchmark", "-p", port, "-q", "-t", "set,get", "-c", "20", "-P", "16", "-n", str(int(400000 * scale))], check=True,
                           capture_output=True)
            took = time.monotonic() - begin
            subprocess.run(["redis-cli", "-p", port, "shutdown", "nosave"], capture_output=True)
            return took

        return measure([*before, "redis-server", "--port", port, "--save", "", "--io-threads", "2", "--io-threads-do-reads", "yes"], folder,
                       drive)


class Sqlite:
    name = "sqlite3, 4 threads on one connection, inserts and selects"

    def run(self, folder, before, scale):
        program = compiled(folder, "sqlite_load.c", "-lsqlite3", "cc")
        return measure([*before, program, int(40000 * scale)], folder)


class Xz:
    name = "`xz -2 -T2` of text"

    def run(self, folder, before, scale):
        need("xz")
        return measure([*before, "xz", "-2", "-T2", "--block-size=1MiB", "--keep", "--force", some_text(folder, int(16e6 * scale))], folder)


class Ffmpeg:
    name = "`ffmpeg`, an encode by x264, 4 threads"

    def run(self, folder, before, scale):
        need("ffmpeg")
        return measure([*before, "ffmpeg", "-nostdin", "-loglevel", "error", "-y", "-f", "lavfi", "-i",
                        f"testsrc=size=640x360:rate=30:duration={10 * scale}", "-c:v", "libx264", "-threads", "4", folder / "out.mp4"], folder)


class Leveldb:
    name = "LevelDB, 4 threads, puts and gets"

    def run(self, folder, before, scale):
        program = compiled(folder, "leveldb_load.cc", "-lleveldb", "c++")
        shutil.rmtree(folder / "db", ignore_errors=True)
        return measure([*before, program, folder / "db", int(60000 * scale)], folder)


LOADS = [Redis(), Sqlite(), Xz(), Ffmpeg(), Leveldb()]


def ratio(one, other):
    return f"{one / other:.2f}" if other > 0 else "-"


def look_at(load, options, folder):
    watched_words = [options.gridlock, "exec", "--"]
    runs = {"plain": [], "watched": []}
    load.run(folder, [], options.scale)  # so that files are in memory
    for number in range(options.rounds):
        turns = [("plain", []), ("watched", watched_words)]
        for name, before in turns if number % 2 == 0 else reversed(turns):
            runs[name].append(load.run(folder, before, options.scale))
    medians = {name: [statistics.median(run[i] for run in runs[name]) for i in (0, 1)] for name in runs}
    row = [load.name]
    for i in (0, 1):
        plain, watched = medians["plain"][i], medians["watched"][i]
        row += [f"{plain:.2f}", f"{watched:.2f}", ratio(watched, plain)]
    if options.helgrind and shutil.which("valgrind"):
        short = options.scale / SHORTER
        alone = load.run(folder, [], short)
        slow = load.run(folder, ["valgrind", "--tool=helgrind", "--quiet", f"--log-file={folder / 'helgrind'}"], short)
        row += [ratio(slow[0], alone[0]), ratio(slow[1], alone[1])]
    else:
        row += ["-", "-"]
    return row


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("gridlock")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--only", default="")
    parser.add_argument("--no-helgrind", dest="helgrind", action="store_false")
    options = parser.parse_args()
    options.gridlock = os.path.abspath(options.gridlock)
    wanted = [word.lower() for word in options.only.split(",") if word]
    print("| program | CPU s, plain | watched | ratio | wall s, plain | watched | ratio | Helgrind, CPU | wall |")
    print("|---|---|---|---|---|---|---|---|---|")
    failed = False
    for load in LOADS:
        if wanted and type(load).__name__.lower() not in wanted:
            continue
        with tempfile.TemporaryDirectory(prefix="whole-programs-") as folder:
            try:
                print("| " + " | ".join(look_at(load, options, pathlib.Path(folder))) + " |", flush=True)
            except Missing as what:
                print(f"| {load.name} | not there: {what} |", flush=True)
            except RuntimeError as error:
                failed = True
                print(f"| {load.name} | failed |\n{error}", flush=True)
    sys.exit(failed)


if __name__ == "__main__":
    main()
