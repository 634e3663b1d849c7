#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Counts test cases in Meson's testlog.json files and prints `N passed, N failed` last.

A test that prints a line `cases: N passed, N failed, N skipped` counts as that many cases; any other counts
as one. A test that fails without a failed case, by a crash or a timeout, adds one. The status is 0 only if
something ran of each log and nothing failed.
"""

import json
import os
import re
import sys

CASES = re.compile(r"^cases: (\d+) passed, (\d+) failed, (\d+) skipped$", re.MULTILINE)


def count(test):
    """Returns the passed, failed and skipped cases of one test of the log."""
    result = test["result"]
    if result == "SKIP":
        return 0, 0, 1
    good = result in ("OK", "EXPECTEDFAIL")
    lines = CASES.findall(test.get("stdout") or "")
    if not lines:
        return int(good), int(not good), 0
    passed, failed, skipped = map(int, lines[-1])
    if not good and failed == 0:
        failed = 1
    return passed, failed, skipped


def main(paths):
    passed = failed = skipped = 0
    complete = True
    for path in paths:
        if not os.path.exists(path) or os.path.getsize(path) == 0:
            print(f"nothing ran: there is no {path}")
            complete = False
            continue
        with open(path, encoding="utf-8") as log:
            for test in map(json.loads, log):
                p, f, s = count(test)
                passed, failed, skipped = passed + p, failed + f, skipped + s
                if f:
                    print(f"failed: {test['name']} ({test['result'].lower()})")
    print(f"skipped, each with its reason in the log: {skipped}")
    print(f"{passed} passed, {failed} failed")
    return 0 if complete and passed > 0 and failed == 0 else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
