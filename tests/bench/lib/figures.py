# SPDX-License-Identifier: GPL-2.0
"""What is measured, and what it has to come to."""


class Figure:
    """One line of the table.

    name    of the figure, and of what the measuring program prints for it
    bar     the ratio of ours to stock that has to be reached; None: for information
    aim     the ratio that is wanted
    raw     the figure of the disk below that both sides are taken over
    client  what the measuring program is asked for to get it
    """

    more_is_better = False

    def __init__(self, group, name, title, bar=None, aim=None, raw=None, client=None):
        self.group, self.name, self.title = group, name, title
        self.bar, self.aim, self.raw = bar, aim, raw
        self.client = client or name

    def values(self, values):
        """(raw, stock, ours, ratio), or None while one is missing."""
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
    Figure("data", "striped1-read1m", "striped, one stripe, 64 KiB chunks, 1 MiB read, added",
           0.30, 0.10, "read1m"),
    Figure("data", "striped2-read1m", "striped, two stripes, 64 KiB chunks, 1 MiB read, added",
           0.60, 0.50, "read1m"),
    Figure("data", "zero-read", "zero target, 4 KiB read, whole call", 0.85, 0.80),
    Figure("data", "clone-read", "clone path (unstriped), 4 KiB read, added", 0.80, 0.65, "read"),
    Figure("control", "load1000", "load of 1000 linear targets by path, per target", 0.25, 0.10),
    Figure("control", "load10000", "load of 10,000, per target", 0.25, 0.10),
    Figure("control", "load50000", "load of 50,000, per target", 0.25, 0.10),
    Figure("control", "resume50000", "resume with 50,000 targets", 0.50, 0.25,
           client="load50000"),
    Figure("control", "create", "create", client="verbs"),
    Figure("control", "load", "first load, one target", client="verbs"),
    Figure("control", "resume", "first resume", client="verbs"),
    Figure("control", "suspend", "suspend", 0.30, 0.10, client="verbs"),
    Figure("control", "resume-again", "resume after it", client="verbs"),
    Figure("control", "swap", "load and swap", 0.35, 0.15, client="verbs"),
    Figure("control", "remove", "remove", 0.80, 0.50, client="verbs"),
    Figure("control", "status", "DEV_STATUS", 1.0, 0.8),
    Figure("control", "table-status", "TABLE_STATUS with a 16 KiB buffer", 0.40, 0.10,
           client="status"),
    Figure("control", "list", "LIST_DEVICES with 500 devices, per device", 1.0, 0.6),
    Figure("memory", "target50000-memory", "memory per target, of 50,000 (bytes)", 1.0, 1.0,
           client="load50000"),
    Figure("memory", "device-memory", "memory per idle device, of 1000 (bytes)", 1.0, 1.0,
           client="devices"),
]
for _what in ("create", "load-at", "resume-at", "look-up", "list", "remove"):
    for _number in (100, 1000, 10000):
        FIGURES.append(Figure("devices", "%s%d" % (_what, _number),
                              "%s, where there are %d devices" % (_what, _number),
                              client="devices"))
