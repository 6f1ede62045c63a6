"""What is printed: a line for each check as it is done, the counts, and the emulator that behaves likewise."""

import json
import sys

from livecheck.check import AS_ASSUMED, NOT_TOLD, UNFORESEEN, VARIANT, options_of, variants_of
from livecheck.connection import printable

SCHEMA = "dbxark.live_check.v1"
WORDS = {AS_ASSUMED: "as assumed", VARIANT: "differs", UNFORESEEN: "differs", NOT_TOLD: "not told"}


def command_of(findings):
    """The emulator that behaves like this workspace, as far as was seen."""
    options = list(dict.fromkeys(option for finding in findings for option in finding.options))
    return " ".join(["dbxark-emulator", *options])


def list_checks(checks, as_json):
    """--list: every check, and what it can tell apart."""
    if as_json:
        json.dump({"schema": SCHEMA, "checks": [
            {"name": check.name, "assumption": check.assumption, "how": check.how, "writes": check.needs_write,
             "otherwise": [{"seen": seen, "options": list(options_of(text))} for seen, text in check.otherwise.items()]}
            for check in checks], "options": variants_of(checks)}, sys.stdout, indent=1)
        print()
        return 0
    for check in checks:
        print("%-28s %s%s" % (check.name, check.assumption, " (--write)" if check.needs_write else ""))
        for seen, text in check.otherwise.items():
            print("%-28s   otherwise: %s: %s" % ("", seen, " ".join(options_of(text))))
    return 0


class Report:
    def __init__(self, as_json):
        self.as_json = as_json
        self.findings, self.left_behind = [], []
        self.connection = self.service = self.world = None
        self.complete = False

    def count(self, outcome):
        return sum(1 for finding in self.findings if finding.outcome == outcome)

    def begin(self):
        if self.as_json:
            return
        admin = {True: ", an administrator", False: ", no administrator", None: ""}[self.world.admin]
        print("%s  workspace %s" % (self.connection.host, self.service.workspace_id or "without a number"))
        print("as %s%s (%s, token), %s" % (printable(self.world.user), admin, self.connection.source,
                                           "writes in %s/%s" % (self.world.home, self.world.name)
                                           if self.service.write else "reads only"), flush=True)

    def add(self, finding):
        self.findings.append(finding)
        if self.as_json:
            return
        check = finding.check
        line = "%-10s  %-22s  " % (WORDS[finding.outcome], check.name)
        if finding.outcome == AS_ASSUMED:
            line += check.assumption
        elif finding.outcome == NOT_TOLD:
            line += finding.seen
        elif finding.outcome == VARIANT:
            options = " ".join(finding.options)
            line += '%s: "%s", which the emulator calls %s' % (check.assumption, finding.seen, options)
        else:
            line += "%s: in a way nobody foresaw: %s" % (check.assumption, finding.seen)
        print(line, flush=True)

    def end(self, code, reason, not_told):
        if self.as_json:
            self._print_json(code, reason)
        elif self.findings:
            print("%d as assumed, %d as a variant of the emulator, %d in a way nobody foresaw, %d not to be told here; "
                  "%d requests" % (self.count(AS_ASSUMED), self.count(VARIANT), self.count(UNFORESEEN), not_told,
                                   self.service.requests))
            print(command_of(self.findings), flush=True)
        for what in self.left_behind:
            print("not removed: " + what, file=sys.stderr)
        if code:
            print("exit %d: %s" % (code, reason), file=sys.stderr)

    def _print_json(self, code, reason):
        document = {"schema": SCHEMA, "exit_code": code, "reason": reason, "complete": self.complete}
        if self.world:
            document.update({"host": self.connection.host, "workspace_id": self.service.workspace_id,
                             "user": self.world.user, "admin": self.world.admin, "wrote": self.service.write,
                             "requests": self.service.requests})
        document["counts"] = {outcome: self.count(outcome) for outcome in WORDS}
        document["checks"] = [
            {"name": finding.check.name, "assumption": finding.check.assumption, "how": finding.check.how,
             "outcome": finding.outcome, "seen": finding.seen, "options": list(finding.options)}
            for finding in self.findings]
        document["emulator"] = command_of(self.findings)
        document["left_behind"] = self.left_behind
        json.dump(document, sys.stdout, indent=1)
        print(flush=True)
