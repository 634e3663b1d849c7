#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Shows each rule a file that breaks it and one that does not, so that a silent rule is noticed."""

import sys
import tempfile
from pathlib import Path, PurePosixPath

import pages
import rules

HEADER = "// SPDX-License-Identifier: MIT\n#pragma once\n"
SOURCE = "// SPDX-License-Identifier: MIT\n"

# path, text, part of the only complaint or None
FILES = [
    ("include/roam/sql/a.hpp", HEADER, None),
    ("include/roam/sql/a.hpp", HEADER.replace("MIT", "BSD"), "must begin with"),
    ("src/sql/a.cpp", "\n" + SOURCE, "must begin with"),
    ("tests/check.py", "#!/usr/bin/env python3\n# SPDX-License-Identifier: MIT\n", None),
    ("tests/check.py", "#!/usr/bin/env python3\n", "must begin with"),
    ("include/roam/sql/a.hpp", SOURCE + "#include <vector>\n#pragma once\n", "#pragma once"),
    ("src/sql/a.cpp", SOURCE + "\n" * 599, None),
    ("src/sql/a.cpp", SOURCE + "\n" * 600, "more than 600 lines"),
    ("include/roam/sql/a.hpp", HEADER + "#include <roam/mapping/b.hpp>\n#include <roam/error.hpp>\n", None),
    ("include/roam/sql/a.hpp", HEADER + "#include <roam/backend/b.hpp>\n", "sql must not know backend"),
    ("include/roam/sql/a.hpp", HEADER + '#include "../session/b.hpp"\n', "sql must not know session"),
    ("include/roam/sql/a.hpp", HEADER + '#include "detail/b.hpp"\n', None),
    ("include/roam/sql/detail/a.hpp", HEADER + "#include <roam/session/b.hpp>\n", "sql must not know"),
    ("include/roam/record/a.hpp", HEADER + "#include <roam/schema/b.hpp>\n", "record must not know schema"),
    ("include/roam/record/a.hpp", HEADER + "#include <roam/session/target.hpp>\n", None),
    ("include/roam/record/a.hpp", HEADER + "#include <roam/session/session.hpp>\n", "is reached by its target"),
    ("src/schema/a.cpp", SOURCE + '#include "session/pool.hpp"\n', "is reached by its target"),
    ("codegen/a.cpp", SOURCE + "#include <roam/session/database.hpp>\n", "is reached by its target"),
    ("include/roam/sql/a.hpp", HEADER + "#include <roam/roam.hpp>\n", "is for users"),
    ("include/roam/error.hpp", HEADER + "#include <roam/sql/a.hpp>\n", "serves every layer"),
    ("include/roam/roam.hpp", HEADER + "#include <roam/record/a.hpp>\n", None),
    ("src/backend/sqlite/a.cpp", SOURCE + "#include <roam/session/b.hpp>\n", "backend must not know session"),
    ("src/backend/sqlite/a.cpp", SOURCE + '#include "session/b.hpp"\n', "backend must not know session"),
    ("src/backend/sqlite/a.cpp", SOURCE + "#include <sqlite3.h>\n", None),
    ("samples/a.cpp", SOURCE + "#include <roam/sql/detail/a.hpp>\n", "is not API"),
    ("include/roam/backend/a.hpp", HEADER + "#include <sqlite3.h>\n", "must not include sqlite3.h"),
    ("include/roam/backend/a.hpp", HEADER + "# include <soci/soci.h>\n", "must not include soci/soci.h"),
    ("include/roam/backend/a.hpp", HEADER + "#include <libpq-fe.h>\n", "must not include libpq-fe.h"),
    ("include/roam/backend/native.hpp", HEADER + "#include <sqlite3.h>\n", None),
    ("include/roam/backend/soci.hpp", HEADER + "#include <soci/soci.h>\n", None),
    ("include/roam/mapping/detail/a.hpp", HEADER + "#include <boost/pfr/core.hpp>\n", None),
    ("include/roam/mapping/detail/a.hpp", HEADER + "#include <boost/pfr.hpp>\n", "only boost/pfr/core.hpp"),
    ("include/roam/mapping/a.hpp", HEADER + "#include <boost/pfr/core.hpp>\n", "mapping/detail only"),
]

# text of a page beside samples/a.cpp, part of the only complaint or None
PAGES = [
    ("[a](samples/a.cpp) [b](https://example.org) [c](#a-heading)\n# A heading\n", None),
    ("[a](samples/b.cpp)\n", "leads nowhere"),
    ("[a](#another)\n# A heading\n", "names no heading"),
    ("<!-- sample: a -->\n```cpp\nint main() {}\n```\n", None),
    ("<!-- sample: a.cpp -->\n```cpp\nint main() { }\n```\n", "is not the sample a"),
    ("<!-- sample: b -->\n```cpp\n```\n", "no sample b"),
    ("<!-- sample: a -->\ntext\n", "not followed by a code block"),
    ("<!-- output: a -->\n```\nhello\n```\n", None),
    ("<!-- output: a -->\n```\nbye\n```\n", "is not the output a"),
]


def page_complaints(text):
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "samples/expected").mkdir(parents=True)
        (root / "samples/a.cpp").write_text(SOURCE + "\nint main() {}\n")
        (root / "samples/expected/a.txt").write_text("hello\n")
        (root / "README.md").write_text(text)
        return list(pages.complaints(root))


def unlisted_complaints():
    with tempfile.TemporaryDirectory() as folder:
        area = Path(folder) / "src/sql"
        area.mkdir(parents=True)
        (area / "meson.build").write_text("roam_sources += files('a.cpp')\n")
        (area / "a.cpp").write_text(SOURCE)
        (area / "b.cpp").write_text(SOURCE)
        return list(rules.unlisted(Path(folder)))


def wrong(found, expected):
    return found != [] if expected is None else len(found) != 1 or expected not in found[0]


def main():
    results = [(rules.complaints(PurePosixPath(path), text), expected, path) for path, text, expected in FILES]
    results += [(page_complaints(text), expected, text) for text, expected in PAGES]
    results += [(unlisted_complaints(), "src/sql/b.cpp", "a source that is not built")]
    failed = 0
    for found, expected, subject in results:
        if wrong(found, expected):
            failed += 1
            print(f"{subject}: expected {expected!r}, found {found}")
    print(f"cases: {len(results) - failed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
