#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Passes when the compiler rejects a program with the message that its first lines announce.

usage: check.py SOURCE COMPILER [ARGUMENT...]

The source says `// expect: REGULAR EXPRESSION` near its top, or `// expect nothing` when it must compile.
"""

import re
import subprocess
import sys


def main(source, *command):
    with open(source, encoding="utf-8") as file:
        top = "".join(file.readlines()[:5])
    run = subprocess.run([*command, "-fsyntax-only", source], capture_output=True, text=True)
    compiled = run.returncode == 0
    if re.search(r"^// expect nothing$", top, re.MULTILINE):
        print(run.stderr, end="")
        return 0 if compiled else "a valid program was rejected"
    expected = re.search(r"^// expect: (.+)$", top, re.MULTILINE)
    if not expected:
        return f"{source} does not say what to expect in its first five lines"
    if compiled:
        return "the compiler accepted it"
    if not re.search(expected[1], run.stderr):
        print(run.stderr, end="")
        return f"rejected, but not with: {expected[1]}"
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
