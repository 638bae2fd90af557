# SPDX-License-Identifier: Apache-2.0
"""The configuration files parse, and say the same thing where they speak of the same thing."""

import json
import pathlib
import re
import shutil
import subprocess
import unittest

# Plain ./quickstart installs neither; ./quickstart test, and so CI, installs both.
if shutil.which("clang-format-19") is None or shutil.which("clang-tidy-19") is None:
    print("no clang-format-19 or clang-tidy-19: ./quickstart test installs them")
    raise SystemExit(77)

import yaml  # noqa: E402  (a dependency of clang-tidy-19)

ROOT = pathlib.Path(__file__).resolve().parents[2]
WORKFLOW = ROOT / ".github/workflows/ci.yml"


def read(name):
    return (ROOT / name).read_text(encoding="utf-8")


def run(*command):
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


class ConfigFiles(unittest.TestCase):
    def test_clang_format_accepts_its_file(self):
        result = run("clang-format-19", "--style=file:.clang-format", "--dump-config")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(yaml.safe_load(result.stdout)["ColumnLimit"], 100)

    def test_clang_tidy_accepts_its_file_and_each_check_exists(self):
        result = run("clang-tidy-19", "--verify-config")
        self.assertEqual((result.returncode, result.stderr.strip()), (0, ""), result.stdout)

    def test_cmake_accepts_the_presets(self):
        result = run("cmake", "--list-presets=all")
        self.assertEqual(result.returncode, 0, result.stderr)

    def test_each_preset_configures_builds_and_tests_under_one_name(self):
        presets = json.loads(read("CMakePresets.json"))
        names = [preset["name"] for preset in presets["configurePresets"] if not preset.get("hidden")]
        self.assertIn("tsan", names)
        names.remove("install")  # has nothing to test: tests/consumer installs from it
        self.assertIn("install", [preset["name"] for preset in presets["buildPresets"]])
        for kind in ("buildPresets", "testPresets", "workflowPresets"):
            shown = [preset for preset in presets[kind] if not preset.get("hidden")]
            # One with a test configuration of its own runs what a plain run leaves out, in the tree of another preset.
            plain = [preset["name"] for preset in shown if "configuration" not in preset and preset["name"] != "install"]
            self.assertEqual(plain, names, kind)
            self.assertLessEqual({preset["configurePreset"] for preset in shown if "configuration" in preset}, set(names))
        for workflow in presets["workflowPresets"]:
            steps = [(step["type"], step["name"]) for step in workflow["steps"]]
            self.assertEqual(steps, [(kind, workflow["name"]) for kind in ("configure", "build", "test")])

    def test_quickstart_uses_only_presets_that_exist(self):
        presets = json.loads(read("CMakePresets.json"))
        names = {preset["name"] for preset in presets["configurePresets"] if not preset.get("hidden")}
        used = set(re.findall(r"(?:--preset|build|build_and_test) ([a-z]+)$", read("quickstart"), re.MULTILINE))
        self.assertGreaterEqual(len(used), 4)
        self.assertLessEqual(used, names)

    def test_each_folder_of_tests_is_in_a_preset_that_quickstart_tests(self):
        tested = set(re.findall(r"(?:build_and_test|ctest --preset) ([a-z]+)\b", read("quickstart"), re.MULTILINE))
        self.assertIn("tsan", tested)
        variables = {preset["name"]: preset.get("cacheVariables", {})
                     for preset in json.loads(read("CMakePresets.json"))["configurePresets"]}
        run_by_ci = {folder for name in tested for folder in variables[name]["GRIDLOCK_TESTS"].split(";")}
        folders = {path.parent.name for path in (ROOT / "tests").glob("*/CMakeLists.txt")}
        # What other folders use has no tests; these two come with an option each, which `release` sets.
        self.assertEqual(folders - {"support", "consumer", "perf"}, run_by_ci)
        for option in ("GRIDLOCK_CONSUMER_TESTS", "GRIDLOCK_BUILD_PERF"):
            self.assertTrue(any(variables[name].get(option) == "ON" for name in tested), option)

    def test_the_workflow_runs_the_script_that_everyone_can_run(self):
        workflow = yaml.safe_load(WORKFLOW.read_text(encoding="utf-8"))
        (job,) = workflow["jobs"].values()
        self.assertTrue(job["container"].startswith("debian:12"), job["container"])
        self.assertIn(".ci/run", [step.get("run", "").strip() for step in job["steps"]])

    def test_the_workflow_keeps_the_report_when_the_script_fails(self):
        workflow = yaml.safe_load(WORKFLOW.read_text(encoding="utf-8"))
        (job,) = workflow["jobs"].values()
        upload = [step for step in job["steps"] if "upload-artifact" in step.get("uses", "")]
        self.assertEqual([(step["if"], step["with"]["path"]) for step in upload], [("always()", "report/")])

    def test_scripts_can_be_executed(self):
        for name in ("quickstart", ".ci/run", "cmake/check_includes.py", "cmake/check_tree.py", "cmake/check_tidy.py",
                     "tests/gate/check_observer_symbols.py", "tests/infra/bare_debian.sh"):
            self.assertTrue((ROOT / name).stat().st_mode & 0o100, name)


class Quickstart(unittest.TestCase):
    def test_help_says_what_it_does(self):
        result = run("./quickstart", "--help")
        self.assertEqual(result.returncode, 0)
        self.assertIn("report/index.html", result.stdout)

    def test_an_unknown_argument_is_one_line_and_code_2(self):
        result = run("./quickstart", "frobnicate")
        self.assertEqual((result.returncode, result.stdout), (2, ""))
        self.assertEqual(result.stderr, "quickstart: unknown argument 'frobnicate'; ./quickstart --help\n")

    def test_a_second_argument_is_one_line_and_code_2(self):
        result = run("./quickstart", "test", "tsan")
        self.assertEqual((result.returncode, result.stdout, result.stderr.count("\n")), (2, "", 1))


if __name__ == "__main__":
    unittest.main()
