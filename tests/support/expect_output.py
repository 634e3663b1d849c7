#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs a program in an empty folder and compares what it prints with a file.

usage: expect_output.py EXPECTED PROGRAM [ARGUMENT...]
"""

import difflib
import os
import subprocess
import sys
import tempfile


def main(expected_path, program, *arguments):
    expected = open(expected_path, encoding="utf-8").read()
    with tempfile.TemporaryDirectory() as folder:
        run = subprocess.run([os.path.abspath(program), *arguments], cwd=folder,
                             stdout=subprocess.PIPE, text=True, encoding="utf-8")
    if run.returncode != 0:
        print(run.stdout, end="")
        return f"{program} ended with status {run.returncode}"
    sys.stdout.writelines(difflib.unified_diff(
        expected.splitlines(keepends=True), run.stdout.splitlines(keepends=True),
        expected_path, "printed"))
    return 0 if run.stdout == expected else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
