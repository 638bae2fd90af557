#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A public header as Doxygen is to read it (docs/Doxyfile): python3 cmake/reference_filter.py HEADER

What is written on top of a header is its contract, and becomes the description of the file: text as text, lists as lists,
examples and tables as they stand there. The table of the kinds of findings becomes an enumeration, each kind with its title.
Every line stays on its line, so that a warning names the right one.
"""

import pathlib
import re
import sys

TABLE = "#include <gridlock/finding_kinds.def>"
ROW = re.compile(r'^GRIDLOCK_FINDING_KIND\(\s*(k\w+),\s*"[^"]*",\s*"([^"]*)"', re.M)
ITEM = re.compile(r" +- ")  # in a <pre> Doxygen would make a list of it, too


def escaped(line):
    """The line without what Doxygen would take for a command or a tag; code in backticks as it is."""
    parts = line.split("`")
    parts[::2] = [re.sub(r"[\\@&$#<>%]", r"\\\g<0>", part) for part in parts[::2]]
    return "`".join(parts) if len(parts) % 2 else escaped(line.replace("`", "'"))


def preformatted(line):
    """The line for a <pre>, where nothing but entities and commands count."""
    line = line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r"[\\@#%]", r"\\\g<0>", line)


def described(lines):
    """The comment on top, from the first line to the one before #pragma once, as a description of the file."""
    result = ["/// @file"]
    blocks = []  # lists of lines; an empty line ends text and lists, but not an example or table
    for line in lines[1:]:
        text = line.removeprefix("//").removeprefix(" ")
        same = blocks and (text.startswith(" ") or text == "") and blocks[-1][0].startswith(" ")
        if same and blocks[-1][-1] == "" and (ITEM.match(text) or ITEM.match(blocks[-1][0])):
            same = False
        same = same or (blocks and text and not text.startswith(" ") and blocks[-1][-1] and not blocks[-1][0].startswith(" "))
        blocks[-1].append(text) if same else blocks.append([text])
    for block in blocks:
        if not block[0].startswith(" ") or ITEM.match(block[0]):
            result += [f"/// {escaped(text)}".rstrip() for text in block]
            continue
        end = max(at for at, text in enumerate(block) if text)  # empty lines behind it are not part of it
        shown = [preformatted(text) for text in block]
        shown[0] = "<pre>" + shown[0]
        shown[end] += "</pre>"
        result += [f"/// {text}".rstrip() for text in shown]
    return result


def filtered(text, table=""):
    lines = text.split("\n")
    if "#pragma once" in lines:
        top = lines.index("#pragma once")
        lines[:top] = described(lines[:top])
    if TABLE in lines:
        lines[lines.index(TABLE)] = " ".join(f"{kind} /**< {escaped(title)} */," for kind, title in ROW.findall(table))
    return "\n".join(lines)


if __name__ == "__main__":
    header = pathlib.Path(sys.argv[1])
    kinds = header.with_name("finding_kinds.def")
    sys.stdout.write(filtered(header.read_text(), kinds.read_text() if kinds.exists() else ""))
