#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Holds what Roam costs to compile, as a ratio to what soci/soci.h costs.

usage: compile_time.py ROAMS_FILE SOCIS_FILE COMPILER [ARGUMENT...]

ROAMS_FILE is an ordinary file of a program; a larger one, a data model of 20 records with 100
queries, is made here. All are compiled in turn, and the least user time and peak memory of the
compiler are compared: what else runs on the machine only ever adds to them, by a third and more.
Bare seconds would say more about the machine than about Roam. The code that ROAMS_FILE becomes, which does
not depend on the machine's load, is held to bytes.
"""

import os
import pathlib
import subprocess
import sys
import tempfile

RUNS = {"file": 7, "model": 3}
BUDGETS = {
    ("file", "-O0"): {"user time": 3.0, "peak memory": 1.6},
    ("file", "-O2"): {"user time": 3.0, "peak memory": 1.6},
    ("model", "-O0"): {"user time": 10.0, "peak memory": 3.2},
}
CODE_LEVEL = "-O2"
CODE_KIB = 30  # of an optimised object file, unwinding tables and constants included

MODEL_RECORD = """struct record_{0} {{
    std::int64_t id = 0;
    std::int64_t other_id = 0;
    std::string title;
    int copies = 0;
    std::optional<std::string> isbn;
    double price = 0;
    bool lent = false;
    std::chrono::sys_seconds since{{}};
}};
"""
MODEL_QUERIES = [
    "roam::select<{0}>().where(col<&{0}::copies> < 3).order_by(col<&{0}::title>).all()",
    'roam::select<{0}>().where(col<&{0}::title>.like("L%") && col<&{0}::price> > 2.5).first()',
    "roam::select<{0}>().where(col<&{0}::lent> == true).count()",
    "roam::update<{0}>().set(col<&{0}::copies> = 0).where(col<&{0}::id> == 7).run()",
    "roam::select(col<&{0}::title>, roam::count()).group_by(col<&{0}::title>).all()",
]


def model():
    lines = ["#include <roam/roam.hpp>", "#include <string>", "using roam::col;"]
    for record in range(20):
        lines.append(MODEL_RECORD.format(record))
        for number, query in enumerate(MODEL_QUERIES):
            called = query.format(f"record_{record}")
            lines.append(f"auto query_{record}_{number}() {{ return {called}; }}")
    return "\n".join(lines) + "\n"


def compile_once(command, source):
    """Returns the compiler's user seconds and peak memory in KiB, those of its children included."""
    arguments = [*command, "-c", source, "-o", os.devnull]
    environment = {**os.environ, "CCACHE_DISABLE": "1"}
    child = os.posix_spawnp(arguments[0], arguments, environment)
    _, status, usage = os.wait4(child, 0)
    if status != 0:
        sys.exit(f"{source} does not compile")
    return usage.ru_utime, usage.ru_maxrss


def code_size(command, source, folder):
    """Returns the bytes of code and constants of the source's object file."""
    made = pathlib.Path(folder) / "made.o"
    subprocess.run([*command, "-c", source, "-o", str(made)], check=True)
    sizes = subprocess.run(["size", str(made)], check=True, capture_output=True, text=True).stdout
    return int(sizes.splitlines()[1].split()[0])


def measure(sources, runs, command):
    """Returns each source's least user time and peak memory."""
    taken = {source: [] for source in sources}
    for _ in range(runs):
        for source in sources:
            taken[source].append(compile_once(command, source))
    return [[min(column) for column in zip(*taken[source])] for source in sources]


def main(ours, theirs, *command):
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        made = pathlib.Path(folder) / "model.cpp"
        made.write_text(model())
        sources = {"file": ours, "model": str(made)}
        for (what, level), budget in BUDGETS.items():
            roam, soci = measure([sources[what], theirs], RUNS[what], [*command, level])
            for cost, limit, used, compared in zip(budget, budget.values(), roam, soci):
                ratio = used / compared
                kept = ratio <= limit
                failed += not kept
                print(f"{what} {level} {cost}: {ratio:.2f} of soci/soci.h, budget {limit}"
                      f"{'' if kept else ': EXCEEDED'}")
        size = code_size([*command, CODE_LEVEL], ours, folder) / 1024
        kept = size <= CODE_KIB
        failed += not kept
        print(f"file {CODE_LEVEL} code: {size:.1f} KiB, budget {CODE_KIB}{'' if kept else ': EXCEEDED'}")
    cases = sum(len(budget) for budget in BUDGETS.values()) + 1
    print(f"cases: {cases - failed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
