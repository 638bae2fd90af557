# SPDX-License-Identifier: Apache-2.0
"""Which commands README.md shows, and what proves that each works.

A command is proved either by a file that runs it (PROVED_BY: the file must contain the text), or by being run here
(RUN_HERE), against the build tree. A command that is neither is an error: a README that nobody runs goes stale.
"""

import re

# command as the README writes it -> (file that runs it, the words in that file that do)
PROVED_BY = {
    "./quickstart": ("tests/infra/bare_debian.sh", "./quickstart ${run#quickstart}"),
    "./quickstart test": (".ci/run", "quickstart\" test"),
    ".ci/run": (".github/workflows/ci.yml", "run: .ci/run"),
    "cmake --preset tsan": ("quickstart", "cmake --preset tsan"),
    "cmake --build --preset tsan": ("quickstart", "cmake --build --preset tsan"),
    "ctest --preset tsan": ("quickstart", "ctest --preset tsan"),
    "cmake --build --preset tsan --target report": ("quickstart", "cmake --build --preset tsan --target report"),
    "cmake --workflow --preset dev": ("tests/infra/config_files_test.py", "def test_each_preset_configures_builds_and_tests"),
    "cmake --preset install && cmake --build --preset install":
        ("tests/consumer/installed_test.py", '"cmake", "--preset", "install"'),
    "cmake --install build/install --prefix ~/.local": ("tests/consumer/installed_test.py", '"cmake", "--install"'),
    "(cd build/install && cpack -G DEB)": ("tests/consumer/package_test.py", '"cpack", "-G", "DEB"'),
    "tests/infra/bare_debian.sh": ("CONTRIBUTING.md", "tests/infra/bare_debian.sh"),
}

# Cheap commands: run for real, `build/PRESET` replaced by the tree under test, in an empty folder. -> exit codes that
# are right.
RUN_HERE = [
    (r"build/\w+/\S*gridlock (list|--help|--version|--help-options)\b.*", {0}),
    (r"build/\w+/\S*gridlock run\b.*", {0, 77}),
]


def commands(text):
    """Every command of every ```sh block: one a line; comments and a leading '$ ' dropped, '\\' joins lines."""
    found = []
    for block in re.findall(r"^```sh\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        for line in block.replace("\\\n", " ").splitlines():
            command = re.sub(r"(^|\s)#.*$", "", line.strip()).removeprefix("$ ").strip()
            if command:
                found.append(" ".join(command.split()))
    return found


def run_here(command):
    """The right exit codes if the command is cheap enough to run here, else None."""
    return next((codes for pattern, codes in RUN_HERE if re.fullmatch(pattern, command)), None)


def in_tree(command, build):
    """The command with the tree under test in place of the preset's."""
    return re.sub(r"\bbuild/\w+/", f"{build}/", command)
