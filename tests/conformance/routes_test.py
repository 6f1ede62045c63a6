"""Every route of the emulator is vouched for by a client that others wrote. Runs after the suites of this folder.

It reads what a complete and successful run of each suite leaves in coverage/ beside the clients' environments, and
leaves coverage.txt there: each route with its clients.
"""

import json
import os
import sys
import unittest

import judge
import support

# Routes that no client has a typed method for, and who knows them; a client sends them with its own untyped request.
UNTYPED = {
    "POST /api/2.0/workspace-files/import-file/{*}": "the vendor's command line (libs/filer) sends it by path",
    "GET /api/2.0/workspace-files/{*}": "the vendor's command line (libs/testserver) answers it",
}


def coverage():
    """route -> the clients that called it; what was measured with another emulator does not count."""
    folder = judge.coverage_folder()
    found, digest = {}, judge.emulator_digest()
    for name in sorted(os.listdir(folder)) if os.path.isdir(folder) else []:
        if not name.endswith(".json"):
            continue
        with open(os.path.join(folder, name)) as text:
            measured = json.load(text)
        if measured["emulator"] != digest:
            print("%s is of another emulator, and does not count" % name, file=sys.stderr)
            continue
        for route in measured["routes"]:
            found.setdefault(route, []).append(measured["client"])
    return found


def table(vouchers):
    """The table of the emulator's README: which clients vouch for which endpoints."""
    groups = {}
    for route, clients in vouchers.items():
        groups.setdefault(", ".join(sorted(clients)), []).append(route)
    lines = ["| clients | endpoints |", "| --- | --- |"]
    for clients in sorted(groups):
        lines.append("| %s | %s |" % (clients, ", ".join("`%s`" % route for route in sorted(groups[clients]))))
    return "\n".join(lines) + "\n"


class Routes(unittest.TestCase):
    def test_each_is_vouched_for(self):
        emulator = support.Emulator()
        self.addCleanup(emulator.stop)
        routes = ["%s %s" % (route["method"], route["path"]) for route in emulator.get("/emulator/routes")]
        self.assertEqual(len(routes), len(set(routes)))
        found = coverage()
        lines, apart, uncovered = [], [], []
        for route in routes:
            typed = [client for client in found.get(route, []) if not client.endswith(" untyped")]
            untyped = route in UNTYPED and found.get(route)
            if typed:
                self.assertNotIn(route, UNTYPED, "a client has a method for it by now")
                lines.append("%-60s %s" % (route, ", ".join(typed)))
            elif untyped:
                apart.append("%-60s %s: %s" % (route, ", ".join(found[route]), UNTYPED[route]))
            else:
                uncovered.append(route)
        self.assertLessEqual(set(UNTYPED), set(routes))
        os.makedirs(judge.coverage_folder(), exist_ok=True)
        with open(os.path.join(judge.coverage_folder(), "coverage.txt"), "w") as text:
            text.write("\n".join([*lines, *apart]) + "\n")
        print("\n" + "\n".join(lines))
        print("Without a typed method in any client:\n" + "\n".join(apart))
        print("routes covered: %d of %d" % (len(lines) + len(apart), len(routes)), flush=True)
        self.assertFalse(uncovered, "no client called these with success: " + ", ".join(uncovered))
        wanted = table({route: found[route] for route in routes})
        with open(os.path.join(support.SOURCE_DIR, "tools", "emulator", "README.md"), encoding="utf-8") as text:
            self.assertTrue(wanted in text.read(), "the table in tools/emulator/README.md should be\n" + wanted)


if __name__ == "__main__":
    judge.main()
