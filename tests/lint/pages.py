#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks the pages for readers: relative links lead somewhere, and shown code is code that is compiled.

usage: pages.py ROOT

`<!-- sample: NAME -->` before a code block: the block is samples/NAME.cpp without its licence line.
`<!-- output: NAME -->` before a code block: the block is samples/expected/NAME.txt.
"""

import re
import sys
from pathlib import Path

FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ +(.+?) *$", re.MULTILINE)
BLOCK = re.compile(r"^<!-- (sample|output): *(\S+?) *-->\n+```\w*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
MARK = re.compile(r"^<!-- (?:sample|output):", re.MULTILINE)


def anchors(text):
    """Returns the names that GitHub gives to the headings of a page."""
    headings = HEADING.findall(FENCE.sub("", text))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def broken_links(root, page, text):
    for target in LINK.findall(FENCE.sub("", text)):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        path = (page.parent / name) if name else page
        if not path.exists():
            yield f"the link {target} leads nowhere"
        elif anchor and path.suffix == ".md" and anchor not in anchors(path.read_text(encoding="utf-8")):
            yield f"the link {target} names no heading"


def shown(root, kind, name):
    """Returns the text that a marked block must have."""
    name = name.removesuffix(".cpp").removesuffix(".txt")
    if kind == "output":
        return (root / "samples/expected" / f"{name}.txt").read_text(encoding="utf-8")
    code = (root / "samples" / f"{name}.cpp").read_text(encoding="utf-8")
    return re.sub(r"\A// SPDX-License-Identifier: MIT\n\n*", "", code)


def stale_blocks(root, page, text):
    blocks = BLOCK.findall(text)
    if len(blocks) != len(MARK.findall(text)):
        yield "a mark for a sample is not followed by a code block"
    for kind, name, block in blocks:
        try:
            if block != shown(root, kind, name):
                yield f"the block is not the {kind} {name}"
        except FileNotFoundError:
            yield f"there is no {kind} {name}"


def complaints(root):
    pages = [*sorted(root.glob("*.md")), *sorted((root / "docs").rglob("*.md"))]
    for page in pages:
        text = page.read_text(encoding="utf-8")
        for check in (broken_links, stale_blocks):
            for sentence in check(root, page, text):
                yield f"{page.relative_to(root)}: {sentence}"


def main(root):
    found = list(complaints(Path(root)))
    print(*found, f"{len(found)} complaints", sep="\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
