"""What the suites of this folder share: emulators under a client's eyes, what it saw, and which routes it called.

A route counts as covered where a client called it through a typed method of its own, and was answered with success.
Which client vouches for which route is written to coverage/CLIENT.json beside the environments that `clients` makes;
routes_test.py merges these. A suite is run as `ENVIRONMENT/bin/python X_test.py FOLDER-OF-THE-BINARIES [TEST]...`.
"""

import hashlib
import json
import os
import shutil
import sys
import tempfile
import unittest
from urllib.parse import urlsplit

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "scenarios"))

import support  # noqa: E402

ADMIN, USER = "dapi-admin", "dapi-user"


def matches(pattern, path):
    """Whether a route's pattern, where {} is one segment and {*} the rest, is that of a path."""
    wanted, given = pattern.split("/"), path.split("/")
    for place, segment in enumerate(wanted):
        if segment == "{*}":
            return len(given) > place and given[place] != ""
        if place >= len(given) or (segment != given[place] and not (segment == "{}" and given[place])):
            return False
    return len(given) == len(wanted)


class Witness:
    """What one client called, on every emulator that it was given."""

    def __init__(self, client):
        self.client = client
        self.answers = {}  # (method, path) -> the statuses that came
        self.covered = set()

    def watch(self, session):
        """Notes each answer that comes through a session of `requests`."""
        session.hooks["response"].append(lambda response, *_, **__: self.note(response))

    def note(self, response):
        key = (response.request.method, urlsplit(response.request.url).path)
        self.answers.setdefault(key, set()).add(response.status_code)

    def settle(self, emulator):
        """Maps what was answered with success onto the emulator's routes; the emulator's own log must agree."""
        counts = emulator.requests()["counts"]
        routes = emulator.get("/emulator/routes")
        exact = {(route["method"], route["path"]) for route in routes}
        for (method, path), statuses in self.answers.items():
            if not any(200 <= status < 300 for status in statuses):
                continue
            for route in routes:
                if route["method"] != method or not matches(route["path"], path):
                    continue
                if (method, path) in exact and route["path"] != path:
                    continue
                name = "%s %s" % (method, route["path"])
                if not counts.get(name):
                    raise AssertionError("%s called %s, which the emulator's log does not know" % (self.client, name))
                self.covered.add(name)
        self.answers.clear()

    def path(self):
        return os.path.join(coverage_folder(), "%s.json" % self.client.replace(" ", "-"))

    def forget(self):
        """What an earlier run covered does not count for this one."""
        if os.path.exists(self.path()):
            os.remove(self.path())

    def save(self):
        os.makedirs(coverage_folder(), exist_ok=True)
        with open(self.path(), "w") as text:
            json.dump({"client": self.client, "emulator": emulator_digest(), "routes": sorted(self.covered)}, text)


def coverage_folder():
    return os.path.join(os.path.dirname(sys.prefix), "coverage")


def emulator_digest():
    """Coverage holds for the emulator that it was measured with, and no other."""
    with open(os.path.join(support.BIN_DIR, "dbxark-emulator"), "rb") as binary:
        return hashlib.sha256(binary.read()).hexdigest()


def without_configuration():
    """No profile, token or proxy of the person who runs this may reach a client."""
    for name in list(os.environ):
        if name.startswith(("DATABRICKS_", "ARM_", "AZURE_", "GOOGLE_")) or name.lower().endswith("_proxy"):
            del os.environ[name]
    os.environ["HOME"] = tempfile.mkdtemp(prefix="dbxark-conformance-")
    return os.environ["HOME"]


class Judged(unittest.TestCase):
    """One emulator for all tests of a class; `witnesses` are the suite's."""

    maxDiff = 4000
    witnesses = ()
    options = ()

    @classmethod
    def setUpClass(cls):
        cls.emulator = support.Emulator("--org-id", support.SOURCE_ORG, *cls.options)
        cls.addClassCleanup(cls.emulator.stop)

    @classmethod
    def tearDownClass(cls):
        for witness in cls.witnesses:
            witness.settle(cls.emulator)

    def assertHolds(self, whole, part, where=""):
        """That every member of `part` is in `whole` with that very value; `whole` may have more."""
        if isinstance(part, dict):
            self.assertIsInstance(whole, dict, where)
            for name, value in part.items():
                self.assertIn(name, whole, where)
                self.assertHolds(whole[name], value, "%s.%s" % (where, name))
        elif isinstance(part, list):
            self.assertIsInstance(whole, list, where)
            self.assertEqual(len(whole), len(part), where)
            for place, value in enumerate(part):
                self.assertHolds(whole[place], value, "%s[%d]" % (where, place))
        else:
            self.assertEqual(whole, part, where)


def main(*witnesses):
    """Runs the tests, then writes what each witness covered; only a whole run counts."""
    if len(sys.argv) < 2:
        sys.exit("usage: %s FOLDER-OF-THE-BINARIES [TEST]..." % sys.argv[0])
    if sys.prefix == sys.base_prefix:
        sys.exit("run this with the Python of an environment that tests/conformance/clients made")
    support.BIN_DIR = os.path.abspath(sys.argv.pop(1))
    whole = len(sys.argv) == 1
    home = without_configuration()
    for witness in witnesses if whole else ():
        witness.forget()
    try:
        done = unittest.main(verbosity=2, exit=False)
    finally:
        shutil.rmtree(home, ignore_errors=True)
    if whole and done.result.wasSuccessful():
        for witness in witnesses:
            witness.save()
    sys.exit(not done.result.wasSuccessful())
