# SPDX-License-Identifier: GPL-2.0
"""docs/performance.md and its plot, from what was measured.

The text of that page is written by hand. What stands between a line
"<!-- bench KERNEL -->" and the next "<!-- end -->" is replaced; where a kernel has
no such place, it gets one at the end.
"""
import os
import re
import subprocess

from figures import CROWDS, FIGURES, LIVES

NAMES = {"data": "Data path, instructions", "control": "Control calls, instructions",
         "memory": "Memory", "fio": "Throughput"}


def number(value, form="%.0f"):
    text = form % value
    whole, dot, rest = text.partition(".")
    return re.sub(r"(?<=\d)(?=(\d{3})+$)", ",", whole) + dot + rest


def ratio_cell(figure, ratio):
    text = "%.3f" % ratio
    return {"aim": "**%s**", "missed": "*%s*"}.get(figure.verdict(ratio), "%s") % text


def figure_rows(figures, results):
    lines = []
    for figure in figures:
        found = figure.values(results)
        if found is None:
            lines.append("| %s | | | not measured | | | |" % figure.title)
            continue
        _, stock, ours, ratio = found
        if figure.bar is None:
            lines.append("| %s | %s | %s | %.3f | | | |" % (
                figure.title, number(stock, figure.form), number(ours, figure.form), ratio))
        else:
            lines.append("| %s | %s | %s | %s | %.2f | %.2f | %s |" % (
                figure.title, number(stock, figure.form), number(ours, figure.form),
                ratio_cell(figure, ratio), figure.bar, figure.aim, figure.verdict(ratio)))
    return lines


def main_tables(figures, results):
    lines = []
    for group, title in NAMES.items():
        some = [f for f in figures if f.group == group]
        if not some:
            continue
        lines += ["| %s | stock | ours | ours / stock | bar | aim | |" % title,
                  "|---|--:|--:|--:|--:|--:|---|", *figure_rows(some, results), ""]
        if group == "fio":
            ratios = some[0].ratios(results)
            if ratios:
                lines += ["%d pairs of runs; their ratios from lowest to highest: %s." %
                          (len(ratios), ", ".join("%.3f" % r for r in ratios)), ""]
    return lines


def floor_table(results):
    """What the raw disk costs, and a driver that does next to nothing."""
    values = results.values
    rows = [("the raw disk, 4 KiB read, whole call", "read", None),
            ("the raw disk, 4 KiB write, whole call", "write", None),
            ("the raw disk, 1 MiB read, whole call", "read1m", None),
            ("bare remap, 4 KiB read, added", "floor-bare-read", "read"),
            ("remap with completion hook and accounting, 4 KiB read, added",
             "floor-hook-read", "read"),
            ("the same, 1 MiB read, added", "floor-hook-read1m", "read1m")]
    lines = ["| What nobody can go below | instructions |", "|---|--:|"]
    for title, name, base in rows:
        if (name, "raw") in values and (not base or (base, "raw") in values):
            value = values[name, "raw"] - (values[base, "raw"] if base else 0)
            lines.append("| %s | %s |" % (title, number(value)))
    return lines + [""] if len(lines) > 2 else []


def crowd_table(results):
    """How calls depend on the number of devices."""
    values = results.values
    if ("remove%d" % CROWDS[0], "ours") not in values:
        return []
    head = " | ".join("%s, %s" % (core, number(n)) for core in ("stock", "ours") for n in CROWDS)
    lines = ["| A device among so many, instructions | %s |" % head,
             "|---|" + "--:|" * (2 * len(CROWDS))]
    for name, title in LIVES:
        cells = [number(values.get(("%s%d" % (name, n), core), 0))
                 for core in ("stock", "ours") for n in CROWDS]
        lines.append("| %s | %s |" % (title, " | ".join(cells)))
    return lines + [""]


def kernel_section(top, kernel, figures, results, plot):
    def said(*command):
        out = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False, cwd=top)
        return out.stdout.strip()

    cache = said(os.path.join(top, "scripts", "kernel"), kernel)
    with open(os.path.join(cache, "release"), encoding="ascii") as f:
        release = f.read().strip()
    lines = ["Measured on %s." % release, "",
             "![added cost of an I/O](%s)" % os.path.basename(plot), ""]
    lines += main_tables(figures, results)
    lines += floor_table(results)
    lines += crowd_table(results)
    return "\n".join(lines).rstrip() + "\n"


def section_put(page, kernel, text):
    begin, end = "<!-- bench %s -->\n" % kernel, "<!-- end -->\n"
    at = page.find(begin)
    if at < 0:
        return "%s\n## On the kernel %s\n\n%s%s%s" % (page.rstrip() + "\n", kernel, begin, text, end)
    stop = page.find(end, at)
    return page[:at] + begin + text + page[stop if stop >= 0 else len(page):]


# Names of the bars, the figure of the table, and what it is measured over.
BARS_SMALL = [("linear", "linear-read"), ("linear,\\nwrite", "linear-write"),
              ("linear on\\nlinear", "linear2-read"), ("striped,\\none", "striped1-read"),
              ("striped,\\ntwo", "striped2-read"), ("1024\\nsegments", "segments1024-read"),
              ("50,000\\nsegments", "segments50000-read"), ("unstriped\\n(clone)", "clone-read")]
BARS_LARGE = [("one stripe", "striped1-read1m"), ("two stripes", "striped2-read1m")]

GNUPLOT = """
set terminal svg size 1000,460 font 'sans-serif,13' background '#ffffff'
set output '%(out)s'
set style fill solid 1 noborder
set border 3 lc '#888888'
set tics nomirror scale 0.4
set ytics format "%%'.0f"
set grid y lc '#dddddd' lt 1
set key top right reverse Left samplen 1 opaque
set bmargin 3.5
set multiplot
set origin 0,0
set size 0.72,1
set title '4 KiB, added instructions for each I/O' font ',14'
set xrange [-0.6:%(small_end)s]
set yrange [0:*]
plot %(small)s
set origin 0.72,0
set size 0.28,1
set title '1 MiB, 64 KiB chunks' font ',14'
set xrange [-0.6:%(large_end)s]
unset key
plot %(large)s
unset multiplot
"""

COLOURS = {"raw": "#333333", "floor": "#b8b8b8", "ours": "#1f77b4", "stock": "#e08030"}


def plot_block(bars, results, floors):
    """The rows of data of one group of bars."""
    rows, by_name = [], {figure.name: figure for figure in FIGURES}
    for at, (title, name) in enumerate(bars):
        found = by_name[name].values(results)
        if found:
            floor = floors.get(name, floors[None])
            rows.append((at, title, floor or 0, found[2], found[1]))
    return rows


def plot_write(results, path):
    values = results.values

    def added(name, base):
        if (name, "raw") in values and (base, "raw") in values:
            return values[name, "raw"] - values[base, "raw"]
        return None

    small_floor, large_floor = added("floor-hook-read", "read"), added("floor-hook-read1m",
                                                                       "read1m")
    floors = {None: small_floor, "linear2-read": small_floor and 2 * small_floor}
    text = ["set encoding utf8"]
    commands = {}
    for block, bars, these in (("small", BARS_SMALL, floors),
                               ("large", BARS_LARGE, {None: large_floor})):
        rows = plot_block(bars, results, these)
        if not rows:
            return None
        text.append("$%s << EOD" % block)
        text += ['%d "%s" %.0f %.0f %.0f' % row for row in rows]
        text.append("EOD")
        parts = ["0 with lines lc '%s' lw 3 title 'the raw disk, which all are over'" %
                 COLOURS["raw"]]
        for place, (who, column) in enumerate((("floor", 3), ("ours", 4), ("stock", 5))):
            shift = "($1 %+.2f)" % (0.27 * (place - 1))
            title = "floor: remap, hook, accounting" if who == "floor" else who
            label = ":xtic(2)" if place == 1 else ""
            parts.append("$%s using %s:%d:(0.25)%s with boxes lc '%s' title '%s'" %
                         (block, shift, column, label, COLOURS[who], title))
            parts.append("$%s using %s:%d:(sprintf('%%.0f', $%d)) with labels offset 0,0.5 "
                         "font ',9' notitle" % (block, shift, column, column))
        commands[block] = ", ".join(parts)
        commands[block + "_end"] = "%.1f" % (len(bars) - 0.4)
    script = "\n".join(text) + GNUPLOT % dict(commands, out=path)
    made = subprocess.run(["gnuplot"], input=script, text=True, check=False)
    if made.returncode:
        return None
    with open(path, encoding="utf-8") as f:
        image = f.read()
    mark = "<!-- SPDX-License-Identifier: GPL-2.0 -->\n"
    with open(path, "w", encoding="utf-8") as f:
        f.write(re.sub(r"(<\?xml[^>]*\?>\s*)", lambda m: m.group(1) + mark, image, count=1))
    return path


def write(top, kernel, figures, results):
    """Write the page and the plot; returns the paths written."""
    page = os.path.join(top, "docs", "performance.md")
    plot = os.path.join(top, "docs", "performance%s.svg" % ("" if kernel == "6.1" else "-" + kernel))
    paths = [page]
    if plot_write(results, plot):
        paths.append(plot)
    with open(page, encoding="utf-8") as f:
        text = f.read()
    text = section_put(text, kernel, kernel_section(top, kernel, figures, results, plot))
    with open(page, "w", encoding="utf-8") as f:
        f.write(text)
    return paths
