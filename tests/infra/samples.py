# SPDX-License-Identifier: Apache-2.0
"""What the tool prints, as the documents show it.

A document has `<!-- sample: NAME -->` in front of a fenced block. The block is the first finding of scenario NAME as
`gridlock run NAME -v` prints it (of README.md's program: as `gridlock exec` does), without what differs from machine to
machine or is of no use in a document: directories, process numbers, library frames, the frames of main() in the command and below it,
where threads and objects come from, and what the threads did last.
"""

import re

BLOCK = re.compile(r"(<!-- sample: (\S+)(?: \((ThreadSanitizer)\))? -->\n```(?:text)?\n)(.*?)(```\n)", re.DOTALL)
LEFT_OUT = re.compile(r"^\s*\.\.\. \d+ (library|outer) frames?$|^\s*main\.cc:\d+  main$"
                      r"|^\s*\|\s+#\d+ (main main\.cc|gridlock::internal::|__libc_start_call_main )")
SECTION = re.compile(r"^ {4}(Where they come from|What .* did last:)$")


def stable(line):
    line = re.sub(r"(?:/[\w.+-]+)+/([\w.+-]+:\d+)", r"\1", line)
    line = re.sub(r"lambda at (?:/[\w.+-]+)+/", "lambda at ", line)
    line = re.sub(r" \((?:/?[\w.+-]+)+\+0x[0-9a-f]+\)(?: \(BuildId: [0-9a-f]+\))?", "", line)
    line = re.sub(r"^( *)(?:(at .*), )?fingerprint [0-9a-f]{16}.*$", lambda m: m[1] + m[2] if m[2] else "    ... 0 library frames", line)
    line = re.sub(r"\bpid[ =]\d+", "pid PID", line)
    line = re.sub(r"\bparent \d+", "parent PID", line)
    return re.sub(r"0x[0-9a-f]{4,}", "0xADDRESS", line)


def sample(output):
    """The first finding of a text report, for a document; None if there is none."""
    lines = output.splitlines()
    start = next((i for i, line in enumerate(lines) if re.match(r"^  1\. ", line)), None)
    if start is None:
        return None
    kept, hidden, fixed = [], False, False
    for line in lines[start:]:
        if fixed and not line.strip():  # the advice may have several lines
            break
        fix = line.startswith("    To fix it: ")
        fixed = fixed or fix
        if SECTION.match(line):
            hidden = True
        elif fix or (hidden and line.strip() and len(line) - len(line.lstrip()) <= 4):
            hidden = False
        short = stable(line)
        if not hidden and not LEFT_OUT.match(short):
            kept.append(short[2:] if short.startswith("  ") else short)
    text = "\n".join(kept) + "\n"
    return re.sub(r"\n{3,}", "\n\n", text)


def samples_of(document):
    """(name, needs ThreadSanitizer, text) of each block."""
    return [(match[2], match[3] is not None, match[4]) for match in BLOCK.finditer(document)]


def with_samples(document, printed):
    """The document with each block that `printed` (by name) has."""
    return BLOCK.sub(lambda m: m[1] + printed.get(m[2], m[4]) + m[5], document)
