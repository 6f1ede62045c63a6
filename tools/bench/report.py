"""The table that a benchmark prints: what was measured, the limit, their ratio, and whether the promise is kept."""

import sys

UNITS = {"s": 1, "ms": 1e-3, "MiB": 2 ** 20, "MB/s": 1e6, "GB/s": 1e9, "requests/s": 1, "%": 0.01, "": 1}


class Report:
    """Rows come out as they are known. `end` is the exit code: 1 where a limit was missed."""

    def __init__(self, title):
        self.missed = 0
        print("%s\n%-54s %12s %12s %7s" % (title, "", "measured", "limit", "ratio"), flush=True)

    def at_most(self, what, measured, limit, unit="", note=""):
        self._row(what, measured, limit, unit, measured <= limit, note)

    def at_least(self, what, measured, limit, unit="", note=""):
        self._row(what, measured, limit, unit, measured >= limit, note)

    def told(self, what, measured, unit="", note=""):
        """Without a limit of its own: for comparison."""
        print("  %-52s %12s %12s %7s  %s" % (what, shown(measured, unit), "-", "-", note), flush=True)

    def unmeasured(self, what, why):
        print("  %-52s %12s %12s %7s  %s" % (what, "-", "-", "-", "not measured: " + why), flush=True)

    def _row(self, what, measured, limit, unit, kept, note):
        self.missed += not kept
        ratio = "%.2f" % (measured / limit) if limit else "-"
        print("  %-52s %12s %12s %7s  %s  %s" % (what, shown(measured, unit), shown(limit, unit), ratio,
                                                 "pass" if kept else "MISS", note), flush=True)

    def end(self):
        print("%d missed" % self.missed if self.missed else "all kept", flush=True)
        return 1 if self.missed else 0


def shown(value, unit):
    number = value / UNITS[unit]
    text = "{:,.0f}".format(number) if abs(number) >= 1000 or number == int(number) else "%.3g" % number
    return (text + " " + unit).rstrip()


def stop(message):
    sys.exit("bench: " + message)
