#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The observer's objects must not be able to touch what ThreadSanitizer watches (harness/README.md).

Whatever the observer calls in libc or libstdc++ may be intercepted: the interceptor makes ThreadSanitizer see accesses
and synchronisation that the program under test does not have, and a real race is hidden. An inline function of the
observer that an instrumented file has too is merged by the linker, and the instrumented copy may win. Both show in the
symbol table, so this looks there:

  - an undefined symbol that no object of the observer defines must be in ALLOWED below;
  - ThreadSanitizer's functions must be referenced weakly, and must be annotations, never instrumentation;
  - nothing may be defined weak;
  - nothing may be initialised when the program starts: the observer is up before that, in a table that would be made anew.

  check_observer_symbols.py [--nm NM] [--in-front] FILE...       FILE: an object or a static library
                                                                 --in-front: those of harness/interpose are among them
  exit code 0 clean, 1 violations (one line for each symbol), 2 usage
"""

import argparse
import collections
import re
import shutil
import subprocess
import sys

# What may be called outside the observer, and why it is harmless.
ALLOWED = [
    (r"_Unwind_\w+", "the unwinder: not intercepted; slow paths only, inside TsanBlind"),
    (r"dl_iterate_phdr", "module list: intercepted, called inside TsanBlind"),
    (r"dladdr|_dl_find_object", "module of an address: not intercepted"),
    (r"dlopen", "pins the own module while it is being loaded, once: intercepted, called inside TsanBlind"),
    (r"__libc_stack_end", "a variable of the loader, read only"),
    (r"pthread_self|pthread_getattr_np|pthread_attr_\w+", "reads of the caller's own thread: no synchronisation"),
    (r"pthread_create|pthread_join|pthread_detach|pthread_kill|pthread_sigmask",
     "gridlock::Thread: ThreadSanitizer must see these, they order the user's threads"),
    (r"fork", "gridlock::Process: libc and ThreadSanitizer have locks of their own to bring through; orders no threads"),
    (r"pthread_setname_np|pthread_atfork|__register_atfork", "called once, order nothing that matters"),
    (r"pthread_key_create|pthread_setspecific|pthread_getspecific", "end-of-thread hook: no synchronisation"),
    (r"getenv|__environ|environ|secure_getenv|getauxval", "read during start-up: not intercepted"),
    (r"__errno_location", "address of a thread-local variable: intercepted, but touches no memory"),
    (r"atexit|at_quick_exit|__cxa_at_quick_exit|__cxa_atexit|__dso_handle|__cxa_thread_atexit(_impl)?", "registered during start-up, or once a thread"),
    (r"on_exit|exit", "registered during start-up; the end of the process"),
    (r"__interceptor__exit", "a sanitizer's own _exit, which ours calls in the end"),
    (r"__sigaction", "sigaction under the name that is not intercepted"),
    (r"_ZN8gridlock8internal\d+throw_\w+", "throw.cc: throwing needs the C++ library, and ends the observer's work"),
    (r"sigaction|sigaltstack|sigemptyset|raise|abort", "crash handler: set up once, and the end of the process"),
    (r"__tls_get_addr|_GLOBAL_OFFSET_TABLE_|__tls_guard", "made by the linker for thread-local variables"),
    (r"__stack_chk_fail", "compiler's stack protector"),
    (r"__rseq_(size|offset)", "variables of the C library, read only"),
    (r"clock_gettime", "the vDSO: intercepted as a write to the caller's own stack only"),
]

# What the part of it that stands in front of libc may call besides (harness/interpose). All else that it calls of what it
# stands in front of goes through a table of the real functions.
IN_FRONT = [
    (r"dlsym|dlvsym|gnu_get_libc_version", "finds the real functions, before the program runs"),
    (r"pthread_mutexattr_getpshared", "reads what the caller has: no synchronisation"),
    (r"getrlimit", "read during start-up: not intercepted"),
    (r"__libc_single_threaded", "a variable of libc, read only"),
    (r"__sigsetjmp|__pthread_(un)?register_cancel|__pthread_unwind_next|pthread_setcanceltype",
     "cancellation of a thread that sleeps here: its own state"),
]

# Why a refused symbol is dangerous: the first pattern that matches gives the reason.
REASONS = [
    (r"malloc|calloc|realloc|free|posix_memalign|aligned_alloc|_Zn[aw].*|_Zd[al].*",
     "allocates: shared with the program under test, and intercepted; use harness/platform/pages.h"),
    (r"(mem|str|wcs)\w+|bcopy|bzero|__(mem|str)\w+_chk", "libc text or memory function: intercepted as an access; write the loop"),
    (r"pthread_(mutex|cond|rwlock|spin|barrier|once)\w*|sem_\w+|call_once",
     "synchronises: ThreadSanitizer would see an order the program does not have; use harness/platform/futex.h"),
    (r"__cxa_guard_\w+", "function-local static with a guard (magic static): synchronises; make it constinit"),
    (r"__cxa_\w+|__gxx_personality_v0|_ZTI.*|_ZTV.*", "exceptions or run-time types: the observer is built without"),
    (r"_Z\w*St\w*|_ZNK?St.*", "std:: function: may be merged with an instrumented copy; use the observer's own"),
    (r"write|read|open(at)?|close|fcntl|mmap|munmap|madvise|poll|select|dup\d?|fsync|ioctl|usleep|nanosleep|syscall",
     "libc's wrapper of a system call: intercepted (a descriptor synchronises); use raw_syscall"),
    (r"_ZNK?8gridlock.*|_Z.*8gridlock.*", "defined outside the observer: instrumented code; the observer only calls down"),
]

# Functions of ThreadSanitizer that say what a primitive means, or ask for a report. Everything else of __tsan_* is
# what the compiler inserts, and proves that the file was instrumented.
ANNOTATIONS = re.compile(
    r"__tsan_(mutex_\w+|acquire|release|ignore_thread_begin|ignore_thread_end|get_report_\w+|get_current_report"
    r"|locate_address|get_alloc_stack|(create|switch_to|destroy|get_current)_fiber|set_fiber_name|external_\w+"
    r"|init|flush_memory|testonly_\w+)"
    r"|Annotate\w+|__sanitizer_\w+")

# What an operation on one of our objects touches, in its caller's name (platform/tsan.h). The compiler inserts no such
# call.
TOLD = re.compile(r"__tsan_(read4|write4)_pc")

# Weak so that the user's own wins (runtime/findings/tsan_defaults.cc). It touches no memory.
MAY_BE_REPLACED = {"__tsan_default_options"}

Symbol = collections.namedtuple("Symbol", "object name kind")


class ToolError(Exception):
    """nm could not do its work."""


def read_symbols(nm, path):
    """Symbols of an object or archive, in nm's POSIX format: 'name kind [value size]', 'lib.a[member]:' before each."""
    result = subprocess.run([nm, "-P", path], capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise ToolError(result.stderr.strip().splitlines()[-1] if result.stderr.strip() else f"{nm} failed on {path}")
    current = path
    for line in result.stdout.splitlines():
        member = re.fullmatch(r"(?:.*\[(.+)\]|(.+\.o\w*)):", line)
        if member:
            current = member.group(1) or member.group(2)
            continue
        words = line.split()
        if len(words) >= 2 and len(words[1]) == 1:
            yield Symbol(current, words[0], words[1])


def matches(table, name):
    return next((reason for pattern, reason in table if re.fullmatch(pattern, name)), None)


def problem_of(symbol, defined):
    """Why one symbol is refused, or None."""
    if symbol.kind in "WVu" and symbol.name not in MAY_BE_REPLACED:
        return "weak definition: an instrumented copy could replace it; define it in a .cc file or as GRIDLOCK_INLINE"
    if symbol.name.startswith("_GLOBAL__sub_I"):
        return "dynamic initialisation: it runs after the observer is up, and wipes out what is there; make it constinit"
    if symbol.kind not in "Uwv" or symbol.name in defined:
        return None
    if symbol.name.startswith(("__tsan_", "Annotate", "__sanitizer_")):
        if TOLD.fullmatch(symbol.name) and symbol.kind in "wv":
            return None
        if not ANNOTATIONS.fullmatch(symbol.name):
            return "instrumentation: this file was compiled with -fsanitize=thread"
        if symbol.kind == "U":
            return "strong reference: a program without ThreadSanitizer would not link; declare it weak"
        return None
    if matches(ALLOWED, symbol.name):
        return None
    return matches(REASONS, symbol.name) or "not in this script's list of what the observer may call; add it with a reason"


def demangler():
    tool = shutil.which("llvm-cxxfilt-19") or shutil.which("c++filt")

    def demangle(name):
        if tool is None or not name.startswith("_Z"):
            return name
        text = subprocess.run([tool, name], capture_output=True, text=True, check=False).stdout.strip()
        return f"{text} [{name}]" if text and text != name else name

    return demangle


def check(nm, paths):
    symbols = [symbol for path in paths for symbol in read_symbols(nm, path)]
    if not symbols:
        raise ToolError(f"{' '.join(paths)}: no symbols at all; nothing was checked")
    defined = {symbol.name for symbol in symbols if symbol.kind not in "Uwv"}
    demangle = demangler()
    problems = []
    for symbol in sorted(set(symbols)):
        problem = problem_of(symbol, defined)
        if problem:
            problems.append(f"{symbol.object}: {demangle(symbol.name)}: {problem}")
    return problems, len({symbol.object for symbol in symbols})


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nm", default=shutil.which("llvm-nm-19") or "nm")
    parser.add_argument("files", nargs="+", metavar="FILE")
    parser.add_argument("--in-front", action="store_true")
    options = parser.parse_args(arguments)
    if options.in_front:
        ALLOWED.extend(IN_FRONT)
    try:
        problems, objects = check(options.nm, options.files)
    except (ToolError, OSError) as error:
        print(f"check_observer_symbols.py: {error}", file=sys.stderr)
        return 2
    print("\n".join(problems) if problems else f"observer: {objects} objects are invisible to ThreadSanitizer")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
