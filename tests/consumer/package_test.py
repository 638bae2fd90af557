#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the Debian package, installs it into a bare Debian, and uses it there and from outside.

  package_test.py --build BUILD --work DIR     BUILD: configured with the preset `install`, and built

The bare Debian has the packages that ours depends on, those that they depend on, a shell, and nothing else.
"""

import argparse
import os
import pathlib
import re
import shutil
import subprocess
import sys

import shells

HERE = pathlib.Path(__file__).resolve().parent
ESSENTIAL = ["dash", "libc-bin"]  # of those that every Debian has: what the package's own scripts use
COMMANDS = ("list", "run", "report", "history", "exec", "explore", "replay", "merge", "why")


def check(truth, message):
    if not truth:
        sys.exit(f"package_test.py: {message}")


def run(*words, codes=(0,), **extra):
    print("+", *words, flush=True)
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, timeout=300, check=False, **extra)
    check(done.returncode in codes, f"exit code {done.returncode}: {words}\n{done.stdout}\n{done.stderr}")
    return done


def as_root(*words):
    return list(words) if os.geteuid() == 0 else ["unshare", "--map-root-user", *words]


def make_package(options):
    run("cpack", "-G", "DEB", "--config", options.build / "CPackConfig.cmake", "-B", options.work)
    packages = list(options.work.glob("*.deb"))
    check(len(packages) == 1, f"not one package: {packages}")
    return packages[0]


def with_dependencies(names):
    """The installed packages that these are, and that they depend on, through any number of steps."""
    found, open_names = [], list(names)
    while open_names:
        name = open_names.pop()
        if name in found:
            continue
        found.append(name)
        text = run("dpkg-query", "-W", "-f", "${Depends}, ${Pre-Depends}", name).stdout
        for clause in text.split(","):
            words = [re.split(r"[ :(]", word.strip())[0] for word in clause.split("|")]
            there = [word for word in words if word and subprocess.run(["dpkg-query", "-W", word], capture_output=True,
                                                                      check=False).returncode == 0]
            open_names += there[:1]
    return sorted(found)


def make_root(root, package):
    depends = run("dpkg-deb", "-f", package, "Depends").stdout
    names = [re.split(r"[ (]", clause.strip())[0] for clause in depends.split(",")]
    for name in ("libc6", "libstdc++6", "libdw1", "libsqlite3-0"):
        check(name in names, f"the package does not depend on {name}: {names}")
    for folder in ("usr/bin", "usr/sbin", "usr/lib", "usr/lib64", "var/lib/dpkg/info", "var/lib/dpkg/updates",
                   "var/lib/dpkg/triggers", "etc", "tmp", "proc", "dev"):
        (root / folder).mkdir(parents=True)
    for folder in ("bin", "sbin", "lib", "lib64"):
        (root / folder).symlink_to(f"usr/{folder}")
    packages = with_dependencies(names + ESSENTIAL)
    print("bare Debian:", *packages)
    for name in packages:
        for path in run("dpkg-query", "-L", name).stdout.splitlines():
            there = pathlib.Path(path)
            if path.startswith("/usr/share") or not (there.is_file() or there.is_symlink()) or there.is_dir():
                continue
            here = root / path.lstrip("/")
            here.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(there, here, follow_symlinks=False)
    (root / "var/lib/dpkg/status").write_text("".join(run("dpkg-query", "-s", name).stdout + "\n" for name in packages))


def way_in(root):
    """The command that makes `root` the root folder, with a /proc of its own; None where a container does not allow that."""
    enter = ["unshare", "--mount", "--pid", "--fork", f"--mount-proc={root}/proc", "chroot", root]
    for words in (as_root(*enter), ["unshare", "--map-root-user", *enter]):
        if subprocess.run([*words, "ldconfig", "-V"], capture_output=True, check=False, timeout=60).returncode == 0:
            return words
    print("not permitted to enter the bare root: the package is used from outside", flush=True)
    return None


def inside(way, root, *words, codes=(0,)):
    if way is not None:
        return run(*way, *words, codes=codes, env={"PATH": "/usr/bin:/usr/sbin", "TMPDIR": "/tmp"})
    there = [root / word.lstrip("/") if word.startswith("/") else word for word in words]
    return run(*there, codes=codes, env={"PATH": f"{root}/usr/bin:/usr/bin", "LD_LIBRARY_PATH": f"{root}/usr/lib", "TMPDIR": f"{root}/tmp"})


def check_in_bare_debian(options, package):
    root = options.work / "root"
    make_root(root, package)
    if subprocess.run(as_root("chroot", root, "ldconfig", "-V"), capture_output=True, check=False, timeout=60).returncode == 0:
        run(*as_root("dpkg", f"--root={root}", "--log=/dev/null", "-i", package))
        status = run("dpkg-query", f"--admindir={root}/var/lib/dpkg", "-W", "-f", "${Status}", "gridlock").stdout
        check(status == "install ok installed", f"the package is {status}")
    else:
        print("not permitted to change the root: the package is unpacked", flush=True)
        run("dpkg-deb", "-x", package, root)
    way = way_in(root)
    if way is not None:
        check("libgridlock_watch.so.0" in inside(way, root, "ldconfig", "-p").stdout, "the dynamic linker does not know the library")
    check("gridlock 0." in inside(way, root, "gridlock", "--version").stdout, "the command does not run")

    source, plain, linked = HERE / "watch/bank.cc", root / "tmp/plain", root / "tmp/linked"
    compile_it = ["g++", "-std=c++20", "-g", "-O1", "-pthread", source, "-o"]
    run(*compile_it, plain)
    libs = run("pkg-config", "--libs", "gridlock-watch", env=pkg_config(root)).stdout.split()
    run(*compile_it, linked, *libs)
    for words in (["gridlock", "exec", "/tmp/plain"], ["/tmp/linked"], ["gridlock", "exec", "--", "/tmp/linked"]):
        found = inside(way, root, *words, "broken", codes=(7,)).stderr
        check("[lock-order-cycle]" in found and "SUMMARY" in found, f"{words}: {found}")
        check("bank.cc:" in found, f"there are no lines, although elfutils are there: {found}")
        silent = inside(way, root, *words, "fixed", codes=(7,)).stderr
        check(silent == "", f"{words} of the fixed one: {silent}")
    return root


def pkg_config(root):
    return {**os.environ, "PKG_CONFIG_PATH": str(root / "usr/lib/pkgconfig")}


def check_consumers(options, root):
    """Built against the package where it lies, with pkg-config and with CMake."""
    words = run("pkg-config", "--cflags", "--libs", "gridlock", env=pkg_config(root)).stdout.split()
    program = options.work / "transfer"
    run("g++", "-std=c++20", "-g", HERE / "find_package/transfer.cc", "-o", program, *words)
    log = options.work / "transfer.jsonl"
    run(program, "broken", codes=(66,), env={**os.environ, "GRIDLOCK_OPTIONS": f"log_path={log}"})
    report = run(root / "usr/bin/gridlock", "report", log, codes=(1,)).stdout
    check("[lock-order-cycle]" in report and "transfer.cc:" in report, report)
    run(program, "fixed")

    build = options.work / "bank"
    run("cmake", "-S", HERE / "watch", "-B", build, "-G", "Ninja", "-DCMAKE_CXX_COMPILER=g++", f"-DCMAKE_PREFIX_PATH={root}/usr")
    run("cmake", "--build", build)
    check("[lock-order-cycle]" in run(build / "bank", "broken", codes=(7,)).stderr, "the bank is not watched")


def options_of(command, name):
    """As --help shows them, which is not made from the table that the pages are made from."""
    text = run(command, *name, "--help").stdout.split("Subcommands:")[0]
    found = []
    for line in text.splitlines():
        words = re.match(r"  (-[-a-z,]+)", line)
        found += words[1].split(",") if words else []
    check("--help" in found, f"--help of {name} is not understood: {text}")
    return found


def check_manual(prefix):
    page = prefix / "share/man/man1/gridlock.1"
    done = run("man", "--warnings", "-l", page, env={**os.environ, "MANWIDTH": "500", "LC_ALL": "C.UTF-8"})
    check(done.stderr == "", f"man complains: {done.stderr}")
    for name in COMMANDS:
        section = re.search(rf"^   {name}$(.*?)^(   )?\S", done.stdout, re.MULTILINE | re.DOTALL)
        check(section, f"the man page does not have {name}:\n{done.stdout}")
        for option in options_of(prefix / "bin/gridlock", [name]):
            if option not in ("-h", "--help"):
                check(re.search(rf"(^|, | ){option}\b", section[1], re.MULTILINE), f"the man page of {name} lacks {option}")
    for part in ("EXIT CODES", "ENVIRONMENT", "GRIDLOCK_OPTIONS", "on_deadlock (report, throw or abort; default report)"):
        check(part in done.stdout, f"the man page lacks {part}:\n{done.stdout}")


def check_completions(options, prefix):
    folder = options.work / "completing"
    folder.mkdir()
    (folder / "log one.jsonl").touch()
    for complete in (shells.bash, shells.fish):
        def completed(*words, by=complete):
            return by(prefix, words, folder)
        name = complete.__name__
        check(set(COMMANDS) <= set(completed("gridlock", "")), f"{name}: {completed('gridlock', '')}")
        for command in COMMANDS:
            expected = {option for option in options_of(prefix / "bin/gridlock", [command]) if option.startswith("--")}
            found = set(completed("gridlock", command, "--"))
            check(expected <= found, f"{name}: of {command}: {expected - found} missing in {found}")
        check("add" in completed("gridlock", "history", "a"), f"{name}: no history add")
        check(completed("gridlock", "exec", "--on-deadlock", "le") == ["leave"], f"{name}: not leave")
        check(completed("gridlock", "why", "--core", "lo")[0].replace("\\", "") == "log one.jsonl", f"{name}: no file")
        check("--html" not in completed("gridlock", "exec", "cat", "--"), f"{name}: our options for another program")
    check(shells.bash(prefix, ["gridlock", "exec", "--on-deadlock", "=", ""], folder) == ["end", "leave", "abort"], "bash: =")
    zsh = shells.Zsh(prefix, folder)
    zsh.completes("gridlock exec --on-deadlock=le", "gridlock exec --on-deadlock=leave")
    zsh.completes("gridlock repo", "gridlock report")
    zsh.completes("gridlock why --core=log", "gridlock why --core=log\\ one.jsonl")
    zsh.end()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("--build", "--work"):
        parser.add_argument(name, required=True, type=pathlib.Path)
    options = parser.parse_args()
    shutil.rmtree(options.work, ignore_errors=True)
    options.work.mkdir(parents=True)
    root = check_in_bare_debian(options, make_package(options))
    check_consumers(options, root)
    check_manual(root / "usr")
    check_completions(options, root / "usr")
    print("the package: as a user expects")


if __name__ == "__main__":
    main()
