#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks what the compiler does not: licence lines, lengths, and who includes whom.

usage: rules.py ROOT

A rule takes the path of a file, relative to the root, and its lines, and yields (line number, sentence).
"""

import re
import sys
from pathlib import Path, PurePosixPath

FOLDERS = ["include", "src", "codegen", "samples", "tests", "benchmarks"]
ROOT_FILES = ["dev", "meson.build", "meson_options.txt", ".ci/run"]
MAX_LINES = 600
LICENCE = "SPDX-License-Identifier: MIT"

# A layer includes itself and what is listed for it; record and schema do not know each other.
LAYERS = {
    "mapping": [],
    "sql": ["mapping"],
    "backend": ["mapping", "sql"],
    "session": ["mapping", "sql", "backend"],
    "record": ["mapping", "sql", "backend", "session"],
    "schema": ["mapping", "sql", "backend", "session"],
}
# What is above the sessions reaches one by its target alone, which is where routes, scopes and owners are asked for:
# none of these can lease a session by itself, or keep one.
DOORS = [f"session/{name}.hpp" for name in
         ("execution", "interleaved", "local_execution", "pipeline", "route_request", "statement_slot", "target")]
BEHIND_DOORS = ["record", "schema"]

# The headers for users; any other beside them, such as error.hpp, serves every layer and knows none.
UMBRELLAS = ["roam.hpp", "threads.hpp"]

DRIVERS = re.compile(r"(soci/|soci-|sqlite3|libpq|postgresql/|postgres_ext|mysql|mariadb|sql\.h|sqlext\.h)")
DRIVER_HEADERS = ["include/roam/backend/native.hpp", "include/roam/backend/soci.hpp"]

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


def is_cpp(path):
    return path.suffix in (".hpp", ".cpp")


def includes(path, lines):
    """Yields line number and name of each include; a quoted name is seen from the root of its tree."""
    for number, line in enumerate(lines, 1):
        match = INCLUDE.match(line)
        if not match:
            continue
        name = match[2]
        if match[1] == '"' and path.parts[:2] == ("include", "roam") and not name.startswith("roam/"):
            parts = []
            for part in [*path.parent.parts[1:], *PurePosixPath(name).parts]:
                parts = parts[:-1] if part == ".." else parts + [part]
            name = "/".join(parts)
        yield number, name


def layer_of(path):
    """Returns the layer that a file belongs to, or None."""
    parts = path.parts[2:] if path.parts[:2] == ("include", "roam") else path.parts[1:]
    in_layers = path.parts[0] in ("include", "src")
    return parts[0] if in_layers and len(parts) > 1 and parts[0] in LAYERS else None


def licence_line(path, lines):
    comment = "// " if is_cpp(path) else "# "
    first = lines[1:2] if lines and lines[0].startswith("#!") else lines[:1]
    if first != [comment + LICENCE]:
        yield 1, f"the file must begin with '{comment}{LICENCE}'"


def pragma_once(path, lines):
    code = [line for line in lines if line and not line.startswith("//")]
    if path.suffix == ".hpp" and code[:1] != ["#pragma once"]:
        yield 1, "'#pragma once' must come before any code"


def length(path, lines):
    if len(lines) > MAX_LINES:
        yield len(lines), f"more than {MAX_LINES} lines: split the file by subject"


def include_direction(path, lines):
    layer = layer_of(path)
    common = (path.parts[:2] == ("include", "roam") and len(path.parts) == 3
              and path.name not in UMBRELLAS)
    if layer is None and not common:
        return
    for number, name in includes(path, lines):
        parts = name.split("/")
        if parts[0] == "roam" and len(parts) == 2 and parts[1] in UMBRELLAS:
            yield number, f"<{name}> is for users: include the header that is meant"
        if parts[0] == "roam":
            parts = parts[1:]
        if len(parts) < 2 or parts[0] not in LAYERS or parts[0] == layer:
            continue
        if common:
            yield number, f"{path.name} serves every layer, so it must not include {name}"
        elif parts[0] not in LAYERS[layer]:
            yield number, f"{layer} must not know {parts[0]}, but includes {name}"


def one_door(path, lines):
    generated = path.parts[0] == "codegen"
    if not generated and layer_of(path) not in BEHIND_DOORS:
        return
    for number, name in includes(path, lines):
        name = name.removeprefix("roam/")
        if name.startswith("session/") and name not in DOORS:
            yield number, f"a session is reached by its target: {name} must not be included"


def detail_is_private(path, lines):
    if path.parts[0] not in ("samples", "benchmarks", "codegen"):
        return
    for number, name in includes(path, lines):
        if name.startswith("roam/") and "/detail/" in name:
            yield number, f"{name} is not API"


def driver_headers(path, lines):
    if path.parts[:2] != ("include", "roam") or str(path) in DRIVER_HEADERS:
        return
    for number, name in includes(path, lines):
        if not name.startswith("roam/") and DRIVERS.match(name):
            yield number, f"a public header must not include {name}"


def pfr(path, lines):
    for number, name in includes(path, lines):
        if not name.startswith("boost/pfr"):
            continue
        if name != "boost/pfr/core.hpp":
            yield number, f"of PFR only boost/pfr/core.hpp is included, not {name}"
        elif path.parts[:4] != ("include", "roam", "mapping", "detail"):
            yield number, "PFR is included in mapping/detail only"


RULES = [licence_line, pragma_once, length, include_direction, one_door, detail_is_private, driver_headers, pfr]


def complaints(path, text):
    """Returns what the rules say of one file."""
    lines = text.splitlines()
    return [f"{path}:{number}: {sentence}" for rule in RULES for number, sentence in rule(path, lines)]


def files(root):
    for name in ROOT_FILES:
        if (root / name).is_file():
            yield root / name
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*")):
            script = path.is_file() and not path.suffix and path.read_bytes().startswith(b"#!")
            if script or is_cpp(path) or path.suffix == ".py" or path.name == "meson.build":
                yield path


def unlisted(root):
    """Yields the sources that no build file from their folder upwards names: they would never be built."""
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*.cpp")):
            builds = [parent / "meson.build" for parent in path.parents if parent.is_relative_to(root / folder)]
            text = "".join(build.read_text(encoding="utf-8") for build in builds if build.is_file())
            if not re.search(rf"['/]{re.escape(path.stem)}(\.cpp)?'", text):
                yield f"{path.relative_to(root)}:1: no meson.build lists this file"


def main(root):
    root = Path(root)
    found = list(unlisted(root))
    checked = 0
    for path in files(root):
        checked += 1
        found += complaints(PurePosixPath(path.relative_to(root)), path.read_text(encoding="utf-8"))
    print(*found, f"{checked} files checked, {len(found)} complaints", sep="\n")
    return 0 if checked and not found else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
