#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compiles each public header alone, included twice, with warnings as errors.

usage: check.py INCLUDE_FOLDER COMPILER [ARGUMENT...]
"""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

FLAGS = ["-fsyntax-only", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-x", "c++", "-"]


def complaint(command, header):
    """Returns what the compiler says against a header: nothing when all is well."""
    source = f"#include <{header}>\n" * 2
    run = subprocess.run([*command, *FLAGS], input=source, capture_output=True, text=True)
    return "" if run.returncode == 0 else run.stderr or f"status {run.returncode}"


def main(folder, *command):
    headers = sorted(str(path.relative_to(folder)) for path in Path(folder).rglob("*.hpp"))
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        complaints = list(pool.map(lambda header: complaint(command, header), headers))
    failed = 0
    for header, text in zip(headers, complaints):
        if text:
            failed += 1
            print(f"{header}:\n{text}")
    print(f"cases: {len(headers) - failed} passed, {failed} failed, 0 skipped")
    return 0 if headers and not failed else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
