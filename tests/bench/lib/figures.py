# SPDX-License-Identifier: GPL-2.0
"""What is measured, what it has to come to, and the values that were found."""
import re
import statistics


class Results:
    """The values by (figure, core), and what could not be measured."""

    def __init__(self):
        self.values = {}
        self.spread = {}
        self.pairs = {}         # of fio: number of the pair: {core: I/Os a second}
        self.failed = []
        self.lines = []

    def take(self, line):
        """Whether the line, which a guest printed, says something of a figure."""
        match = re.match(r"@ (\S+) (\S+) ([0-9.]+) ([0-9.]+) ([0-9.]+)$", line)
        if match:
            key = match.group(1), match.group(2)
            self.values[key] = float(match.group(3))
            self.spread[key] = (float(match.group(4)), float(match.group(5)))
        elif re.match(r"= \d+ \w+ [0-9.]+$", line):
            _, pair, core, value = line.split()
            self.pairs.setdefault(int(pair), {})[core] = float(value)
        elif line.startswith("! "):
            self.failed.append(line[2:])
        else:
            return False
        self.lines.append(line)
        return True


class Figure:
    """One line of the table: ours against stock.

    name    of the figure, and of what the measuring program prints for it
    bar     the ratio of ours to stock that has to be reached; None: for information
    aim     the ratio that is wanted
    raw     the figure of the disk below that both sides are taken over
    client  what the measuring program is asked for to get it
    """

    more_is_better = False
    form = "%.0f"

    def __init__(self, group, name, title, bar=None, aim=None, raw=None, client=None):
        self.group, self.name, self.title = group, name, title
        self.bar, self.aim, self.raw = bar, aim, raw
        self.client = client or name

    def values(self, results):
        """(raw, stock, ours, ratio), or None while one is missing."""
        values = results.values
        stock, ours = values.get((self.name, "stock")), values.get((self.name, "ours"))
        raw = values.get((self.raw, "raw")) if self.raw else 0.0
        if None in (stock, ours, raw):
            return None
        return (raw or None, stock - raw, ours - raw, (ours - raw) / (stock - raw))

    def verdict(self, ratio):
        if self.bar is None:
            return ""
        sign = -1 if self.more_is_better else 1
        if sign * ratio <= sign * self.aim:
            return "aim"
        return "bar" if sign * ratio <= sign * self.bar else "missed"


class Growth(Figure):
    """Not against stock: one figure of ours against another, whole calls."""

    form = "%.3f"

    def __init__(self, group, name, title, bar, aim, large, small):
        super().__init__(group, name, title, bar, aim, client="%s %s" % (large, small))
        self.large, self.small = large, small

    def values(self, results):
        growth = []
        for core in ("stock", "ours"):
            large = results.values.get((self.large, core))
            small = results.values.get((self.small, core))
            if None in (large, small):
                return None
            growth.append(large / small)
        return (None, growth[0], growth[1], growth[1])


class Throughput(Figure):
    """I/Os a second; the ratio is the median of those of the pairs."""

    more_is_better = True
    PAIRS = 11

    def ratios(self, results):
        return sorted(pair["ours"] / pair["stock"] for pair in results.pairs.values()
                      if "ours" in pair and "stock" in pair)

    def values(self, results):
        ratios = self.ratios(results)
        raw = [pair["raw"] for pair in results.pairs.values() if "raw" in pair]
        if not raw or len(ratios) < 7:
            return None
        median = {core: statistics.median(pair[core] for pair in results.pairs.values()
                                          if core in pair) for core in ("stock", "ours")}
        return (raw[0], median["stock"], median["ours"], statistics.median(ratios))


FIGURES = [
    Figure("data", "linear-read", "linear, 4 KiB read, added", 0.50, 0.40, "read"),
    Figure("data", "linear-write", "linear, 4 KiB write, added", 0.50, 0.40, "write"),
    Figure("data", "linear2-read", "linear on linear, 4 KiB read, added", 0.50, 0.40, "read"),
    Figure("data", "striped1-read", "striped, one stripe, 4 KiB read, added", 0.55, 0.45, "read"),
    Figure("data", "striped2-read", "striped, two stripes, 4 KiB read, added",
           0.55, 0.45, "read"),
    Figure("data", "segments1024-read", "1024 segments, 4 KiB read, added", 0.55, 0.42, "read"),
    Figure("data", "segments50000-read", "50,000 segments, 4 KiB read, added",
           0.55, 0.42, "read"),
    Growth("data", "search", "a read with 50,000 segments over one with one segment", 1.10, 1.10,
           "segments50000-read", "linear-read"),
    Figure("data", "striped1-read1m", "striped, one stripe, 64 KiB chunks, 1 MiB read, added",
           0.30, 0.10, "read1m"),
    Figure("data", "striped2-read1m", "striped, two stripes, 64 KiB chunks, 1 MiB read, added",
           0.60, 0.50, "read1m"),
    Figure("data", "zero-read", "zero, 4 KiB read, whole call", 0.85, 0.80),
    Figure("data", "clone-read", "clone path (unstriped), 4 KiB read, added", 0.80, 0.65, "read"),
    Figure("control", "load1000", "load of 1000 targets by path, per target", 0.25, 0.10),
    Figure("control", "load10000", "load of 10,000 targets, per target", 0.25, 0.10),
    Figure("control", "load50000", "load of 50,000 targets, per target", 0.25, 0.10),
    Figure("control", "resume50000", "resume with 50,000 targets", 0.50, 0.25,
           client="load50000"),
    Figure("control", "create", "create", client="verbs"),
    Figure("control", "load", "first load, one target", client="verbs"),
    Figure("control", "resume", "first resume", client="verbs"),
    Figure("control", "suspend", "suspend", 0.30, 0.10, client="verbs"),
    Figure("control", "resume-again", "resume after it", client="verbs"),
    Figure("control", "swap", "load and swap", 0.35, 0.15, client="verbs"),
    Figure("control", "remove", "remove", 0.80, 0.50, client="verbs"),
    Figure("control", "version", "DM_VERSION"),
    Figure("control", "status", "DEV_STATUS", 1.0, 0.8),
    Figure("control", "table-status", "TABLE_STATUS with a 16 KiB buffer", 0.40, 0.10),
    Figure("control", "list", "LIST_DEVICES with 500 devices, per device", 1.0, 0.6),
    Figure("memory", "target50000-memory", "memory of a target, of 50,000, bytes", 1.0, 1.0,
           client="load50000"),
    Figure("memory", "device-memory", "memory of an idle device, of 1000, bytes", 1.0, 1.0,
           client="devices"),
    Throughput("fio", "fio", "two CPUs, linear, queue depth 32, I/Os a second", 1.05, 1.20),
]

CROWDS = (100, 1000, 10000)
LIVES = (("create", "create"), ("load-at", "load"), ("resume-at", "resume"),
         ("look-up", "look-up"), ("list", "list, per device"), ("remove", "remove"))
for _name, _title in LIVES:
    for _number in CROWDS:
        FIGURES.append(Figure("devices", "%s%d" % (_name, _number),
                              "%s, where there are %d devices" % (_title, _number),
                              client="devices"))

# What the floor driver adds, for the report.
FLOOR = ("floor-bare-read", "floor-hook-read", "floor-hook-read1m")
