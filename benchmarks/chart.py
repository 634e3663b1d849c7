# SPDX-License-Identifier: MIT
"""Draws instructions over raw C, per workload and subject, as an SVG of dots.

    benchmarks/report ... --svg FILE        draws what it has measured
    python3 benchmarks/chart.py JSON FILE   draws what `report --json` has written

The axis is logarithmic, so that twice and half are equally far from one. Text and lines are of a grey
that can be read on white and on black, the background is left to the page, and subjects differ in
shape as well as in colour.
"""

import html
import json
import math
import pathlib
import sys

GREY = "#768390"
PANELS = {"memory": "SQLite in memory, all work", "file": "SQLite in a WAL file, all work",
          "postgresql": "PostgreSQL, the client's work"}
# Subject -> the series it belongs to; whatever else is raw is one series.
SERIES_OF = {"roam": "Roam", "soci_sqlite3": "SOCI", "soci_postgresql": "SOCI",
             "soci_orm_sqlite3": "SOCI, type_conversion", "soci_orm_postgresql": "SOCI, type_conversion",
             "sqlitecpp": "SQLiteCpp or libpqxx", "libpqxx": "SQLiteCpp or libpqxx"}
OTHER_RAW = "raw C, other ways"
# Series -> colour and shape; drawn in this order, the last on top.
SERIES = {OTHER_RAW: (GREY, "ring"), "SQLiteCpp or libpqxx": ("#3b82f6", "square"),
          "SOCI": ("#a855f7", "diamond"), "SOCI, type_conversion": ("#16a34a", "triangle"),
          "Roam": ("#f97316", "circle")}

WIDTH, MARGIN, LEFT, RIGHT, ROW, HEAD = 880, 12, 268, 64, 22, 54
FONT = "font-family='system-ui, sans-serif'"


def text(x, y, words, size=12, anchor="start", colour=GREY, weight="normal"):
    return (f"<text x='{x:.1f}' y='{y:.1f}' font-size='{size}' text-anchor='{anchor}' fill='{colour}' "
            f"font-weight='{weight}'>{html.escape(words)}</text>")


def line(x1, y1, x2, y2, opacity):
    return (f"<line x1='{x1:.1f}' y1='{y1:.1f}' x2='{x2:.1f}' y2='{y2:.1f}' stroke='{GREY}' "
            f"stroke-opacity='{opacity}'/>")


def mark(series, x, y, title=""):
    colour, shape = SERIES[series]
    told = f"<title>{html.escape(title)}</title>" if title else ""
    if shape in ("circle", "ring"):
        fill = f"fill='{colour}'" if shape == "circle" else f"fill='none' stroke='{colour}' stroke-width='1.5'"
        return f"<circle cx='{x:.1f}' cy='{y:.1f}' r='{5.5 if shape == 'circle' else 3.5}' {fill}>{told}</circle>"
    points = {"square": [(-4, -4), (4, -4), (4, 4), (-4, 4)], "diamond": [(0, -5.5), (5.5, 0), (0, 5.5), (-5.5, 0)],
              "triangle": [(0, -5), (5, 4), (-5, 4)]}[shape]
    joined = " ".join(f"{x + dx:.1f},{y + dy:.1f}" for dx, dy in points)
    return f"<polygon points='{joined}' fill='{colour}'>{told}</polygon>"


def series_of(subject):
    return SERIES_OF.get(subject, OTHER_RAW)


def axis(rows):
    """The powers of two about all ratios and 1, and where a ratio lies between them."""
    ratios = [row["instructions_ratio"] for row in rows] + [1]
    low, high = math.floor(math.log2(min(ratios))), math.ceil(math.log2(max(ratios)))
    high = max(high, low + 1)
    place = lambda ratio: LEFT + (WIDTH - LEFT - RIGHT) * (math.log2(ratio) - low) / (high - low)
    return [2.0 ** power for power in range(low, high + 1)], place


def panel(rows, backend, top):
    """The elements of one backend's workloads, and where they end."""
    ticks, place = axis(rows)
    workloads = dict.fromkeys(row["workload"] for row in rows)
    bottom = top + HEAD + ROW * len(workloads)
    drawn = [text(MARGIN, top + 20, f"{PANELS[backend]}, over {rows[0]['baseline']}", 14, weight="600"),
             text(WIDTH - MARGIN, top + 40, "Roam", 12, "end", SERIES["Roam"][0], "600")]
    for tick in ticks:
        name = f"{tick:g}" if tick >= 1 else f"1/{1 / tick:g}"
        drawn.append(text(place(tick), top + 40, name, 11, "middle"))
        drawn.append(line(place(tick), top + 46, place(tick), bottom, 0.9 if tick == 1 else 0.2))
    order = list(SERIES)
    for number, workload in enumerate(workloads):
        y = top + HEAD + ROW * number + ROW / 2
        here = [row for row in rows if row["workload"] == workload]
        drawn.append(text(MARGIN, y + 4, workload, weight="600"))
        drawn.append(text(MARGIN + 56, y + 4, here[0]["title"]))
        drawn.append(line(LEFT, y, WIDTH - RIGHT, y, 0.12))
        for row in sorted(here, key=lambda row: order.index(series_of(row["subject"]))):
            if row["subject"] == row["baseline"]:
                continue
            said = f"{row['subject']}: {row['instructions_ratio']:.3f}"
            drawn.append(mark(series_of(row["subject"]), place(row["instructions_ratio"]), y, said))
            if row["subject"] == "roam":
                drawn.append(text(WIDTH - MARGIN, y + 4, f"{row['instructions_ratio']:.2f}", 12, "end",
                                  SERIES["Roam"][0]))
    return drawn, bottom


def legend(rows, y):
    drawn, x = [], MARGIN + 6
    shown = {series_of(row["subject"]) for row in rows if row["subject"] != row["baseline"]}
    for name in reversed([name for name in SERIES if name in shown]):
        drawn += [mark(name, x, y), text(x + 11, y + 4, name)]
        x += 34 + 7 * len(name)
    return drawn


def draw(result):
    """The SVG of what `report --json` writes; None where no instructions were counted."""
    rows = [row for row in result["rows"] if row["instructions_ratio"]]
    if not rows:
        return None
    drawn = [text(MARGIN, 24, "Instructions over raw C in the same run; left of 1 is fewer", 16, weight="600")]
    drawn += legend(rows, 48)
    y = 58
    for backend in PANELS:
        here = [row for row in rows if row["backend"] == backend]
        if here:
            more, y = panel(here, backend, y + 6)
            drawn += more
    for note in result["notes"][:2]:
        y += 20
        drawn.append(text(MARGIN, y, note, 10.5))
    body = "\n".join(drawn)
    return (f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {WIDTH} {y + 10:.0f}' "
            f"width='{WIDTH}' height='{y + 10:.0f}' {FONT}>\n{body}\n</svg>\n")


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    svg = draw(json.loads(pathlib.Path(sys.argv[1]).read_text()))
    if svg is None:
        sys.exit("chart: no instructions in these results (was it --no-callgrind?)")
    pathlib.Path(sys.argv[2]).write_text(svg)


if __name__ == "__main__":
    main()
