# SPDX-License-Identifier: Apache-2.0
"""The gate must refuse each way in which an observer can become visible, and accept its nearest harmless form.

  CXX=clang++-19 check_observer_symbols_test.py      compiles each object on the fly
"""

import contextlib
import io
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import check_observer_symbols  # noqa: E402  (the path must be set first)

CXX = os.environ.get("CXX", "clang++-19")
FLAGS = ["-std=c++20", "-O2", "-fno-builtin", "-fno-exceptions", "-fno-rtti", "-c"]


class ObserverGate(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)

    def compile(self, text, *flags, name="a"):
        source, target = self.root / f"{name}.cc", self.root / f"{name}.o"
        source.write_text(text, encoding="utf-8")
        subprocess.run([CXX, *FLAGS, *flags, str(source), "-o", str(target)], check=True)
        return str(target)

    def gate(self, *files):
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = check_observer_symbols.main(list(files))
        return code, out.getvalue() + err.getvalue()

    def assert_refused(self, text, symbol, reason, *flags):
        code, output = self.gate(self.compile(text, *flags))
        self.assertEqual(code, 1, output)
        lines = [line for line in output.splitlines() if symbol in line]
        self.assertEqual(len(lines), 1, f"one line for {symbol} in:\n{output}")
        self.assertIn(reason, lines[0])

    def assert_accepted(self, text, *flags):
        code, output = self.gate(self.compile(text, *flags))
        self.assertEqual(code, 0, output)
        self.assertIn("1 objects are invisible", output)

    def test_malloc_is_refused(self):
        self.assert_refused("#include <cstdlib>\nvoid* f() { return std::malloc(8); }", "malloc", "allocates")

    def test_operator_new_is_refused(self):
        self.assert_refused("int* f() { return new int(1); }", "operator new", "allocates")

    def test_memcpy_is_refused(self):
        self.assert_refused("#include <cstring>\nvoid f(char* a, char* b, long n) { memcpy(a, b, n); }", "memcpy",
                            "intercepted as an access")

    def test_a_loop_instead_of_memcpy_is_accepted(self):
        self.assert_accepted("void f(char* a, const char* b, long n) { for (long i = 0; i < n; ++i) a[i] = b[i]; }")

    def test_a_mutex_is_refused(self):
        self.assert_refused("#include <pthread.h>\nvoid f(pthread_mutex_t* m) { pthread_mutex_lock(m); }",
                            "pthread_mutex_lock", "synchronises")

    def test_a_magic_static_is_refused(self):
        self.assert_refused("int g();\nint f() { static int x = g(); return x; }\nint g() { return 1; }\n",
                            "__cxa_guard_acquire", "magic static", "-fno-inline", "-O0")

    def test_a_constinit_static_is_accepted(self):
        self.assert_accepted("int f() { static constinit int x = 1; return ++x; }")

    def test_a_std_function_is_refused(self):
        self.assert_refused("#include <stdexcept>\nvoid f() { std::__throw_length_error(\"x\"); }",
                            "__throw_length_error", "std:: function")

    def test_an_inline_function_is_refused(self):
        self.assert_refused("inline int twice(int x) { return 2 * x; }\nint (*f())(int) { return &twice; }", "twice",
                            "weak definition")

    def test_an_always_inlined_function_is_accepted(self):
        self.assert_accepted("__attribute__((always_inline)) inline int twice(int x) { return 2 * x; }\n"
                             "int f(int x) { return twice(x); }")

    def test_an_inline_variable_is_refused(self):
        self.assert_refused("inline int shared = 1;\nint& f() { return shared; }", "shared", "weak definition")

    def test_a_global_with_a_constructor_that_runs_is_refused(self):
        self.assert_refused("volatile int source = 1;\nint start = source;\nint& f() { return start; }", "_GLOBAL__sub_I",
                            "dynamic initialisation")

    def test_a_constinit_global_is_accepted(self):
        self.assert_accepted("struct Table { int* data = nullptr; bool full = false; };\nconstinit Table table;\nTable& f() { return table; }")

    def test_an_instrumented_object_is_refused(self):
        self.assert_refused("int x;\nvoid f() { x = 1; }", "__tsan_write4", "-fsanitize=thread", "-fsanitize=thread")

    def test_a_strong_annotation_is_refused(self):
        self.assert_refused('extern "C" void __tsan_acquire(void*);\nvoid f(void* p) { __tsan_acquire(p); }',
                            "__tsan_acquire", "declare it weak")

    def test_a_weak_annotation_is_accepted(self):
        self.assert_accepted('extern "C" __attribute__((weak)) void __tsan_acquire(void*);\n'
                             "void f(void* p) { if (&__tsan_acquire != nullptr) __tsan_acquire(p); }")

    def test_a_wrapper_of_a_system_call_is_refused(self):
        self.assert_refused("#include <unistd.h>\nlong f() { return write(2, \"x\", 1); }", "write", "use raw_syscall")

    def test_a_call_upwards_is_refused(self):
        self.assert_refused("namespace gridlock { void run(); }\nvoid f() { gridlock::run(); }", "gridlock::run",
                            "only calls down")

    def test_a_call_between_two_objects_of_the_observer_is_accepted(self):
        caller = self.compile("namespace gridlock { void run(); }\nvoid f() { gridlock::run(); }")
        callee = self.compile("namespace gridlock { void run() {} }", name="b")
        archive = str(self.root / "lib.a")
        subprocess.run(["ar", "rcs", archive, caller, callee], check=True)
        code, output = self.gate(archive)
        self.assertEqual(code, 0, output)
        self.assertIn("2 objects", output)

    def test_the_member_of_an_archive_is_named(self):
        archive = str(self.root / "lib.a")
        bad = self.compile("#include <cstdlib>\nvoid* f() { return std::malloc(8); }", name="culprit")
        subprocess.run(["ar", "rcs", archive, bad], check=True)
        code, output = self.gate(archive)
        self.assertEqual(code, 1)
        self.assertTrue(output.startswith("culprit.o: malloc: "), output)

    def test_an_unknown_function_is_refused_until_someone_gives_a_reason(self):
        self.assert_refused('extern "C" void frobnicate();\nvoid f() { frobnicate(); }', "frobnicate", "with a reason")

    def test_an_empty_input_is_no_pass(self):
        archive = str(self.root / "empty.a")
        subprocess.run(["ar", "rcs", archive], check=True, capture_output=True)
        code, output = self.gate(archive)
        self.assertEqual(code, 2, output)

    def test_a_missing_file_is_a_usage_error(self):
        code, output = self.gate(str(self.root / "none.a"))
        self.assertEqual(code, 2)
        self.assertIn("none.a", output)


if __name__ == "__main__":
    unittest.main()
