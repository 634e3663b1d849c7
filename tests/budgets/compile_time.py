#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Holds what roam/roam.hpp costs to compile, as a ratio to what soci/soci.h costs.

usage: compile_time.py ROAMS_FILE SOCIS_FILE COMPILER [ARGUMENT...]

Both files are compiled in turn, RUNS times each; the medians of the compiler's user time and peak
memory are compared. Bare seconds would say more about the machine than about Roam.
"""

import os
import statistics
import sys

RUNS = 5
BUDGETS = {
    "-O0": {"user time": 3.0, "peak memory": 3.0},
    "-O2": {"user time": 3.0, "peak memory": 3.0},
}


def compile_once(command, source):
    """Returns the compiler's user seconds and peak memory in KiB, those of its children included."""
    arguments = [*command, "-c", source, "-o", os.devnull]
    environment = {**os.environ, "CCACHE_DISABLE": "1"}
    child = os.posix_spawnp(arguments[0], arguments, environment)
    _, status, usage = os.wait4(child, 0)
    if status != 0:
        sys.exit(f"{source} does not compile")
    return usage.ru_utime, usage.ru_maxrss


def measure(sources, command):
    """Returns each source's medians, as (user time, peak memory)."""
    runs = {source: [] for source in sources}
    for _ in range(RUNS):
        for source in sources:
            runs[source].append(compile_once(command, source))
    return [[statistics.median(column) for column in zip(*runs[source])] for source in sources]


def main(ours, theirs, *command):
    failed = 0
    for level, budget in BUDGETS.items():
        roam, soci = measure([ours, theirs], [*command, level])
        for what, limit, used, compared in zip(budget, budget.values(), roam, soci):
            ratio = used / compared
            kept = ratio <= limit
            failed += not kept
            print(f"{level} {what}: {ratio:.2f} of soci/soci.h, budget {limit}"
                  f"{'' if kept else ': EXCEEDED'}")
    cases = sum(len(budget) for budget in BUDGETS.values())
    print(f"cases: {cases - failed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
