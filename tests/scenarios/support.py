"""What command-line stories share: emulated workspaces over real sockets, profiles, and runs of dbxark.

Python's standard library alone. A story is a unittest.TestCase in a file X_test.py, run as
`python3 X_test.py FOLDER-OF-THE-BINARIES`.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest
import urllib.request

SOURCE_DIR = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BIN_DIR = ""

SOURCE_ORG, TARGET_ORG = "1111111111111111", "2222222222222222"


class Emulator:
    """One emulated workspace, at `listen`. `options` go to dbxark-emulator."""

    def __init__(self, *options, token="dapi-admin", second_token="dapi-user", listen="127.0.0.1:0"):
        self.token, self.second_token = token, second_token
        self.process = subprocess.Popen(
            [os.path.join(BIN_DIR, "dbxark-emulator"), "--listen", listen, "--token", token,
             "--second-token", second_token, *options],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        if not line.startswith("listening on "):
            raise RuntimeError("the emulator did not start: " + line)
        self.url = line.split()[-1]

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(30)
        self.process.stdout.close()

    def get(self, path):
        request = urllib.request.Request(self.url + path, headers={"Authorization": "Bearer " + self.token})
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)

    def post(self, path, body, method="POST"):
        request = urllib.request.Request(
            self.url + path, data=json.dumps(body).encode(), method=method,
            headers={"Authorization": "Bearer " + self.token, "Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)

    def requests(self):
        return self.get("/emulator/requests")

    def clear_requests(self):
        request = urllib.request.Request(self.url + "/emulator/requests", method="DELETE")
        urllib.request.urlopen(request, timeout=60).close()

    def methods(self):
        """The methods of all requests so far, with their counts."""
        counts = {}
        for route, count in self.requests()["counts"].items():
            method = route.split()[0]
            counts[method] = counts.get(method, 0) + count
        return counts


class Run:
    """How a command ended."""

    def __init__(self, words, code, out, err):
        self.words, self.code, self.out, self.err = words, code, out, err

    @property
    def text(self):
        return self.out.decode("utf-8", "replace")

    @property
    def errors(self):
        return self.err.decode("utf-8", "replace")

    def json(self):
        """The document; events come before it."""
        try:
            return json.loads(self.out)
        except json.JSONDecodeError:
            return json.loads(self.out.splitlines()[-1])

    def __str__(self):
        return "%s\nexit %d\n%s\n%s" % (" ".join(self.words), self.code, self.text[-4000:], self.errors[-4000:])


class Story(unittest.TestCase):
    """A folder of its own, with a .databrickscfg that `profile` adds to, and no other configuration in sight."""

    maxDiff = 4000

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="dbxark-story-")
        self.addCleanup(shutil.rmtree, self.folder, True)
        self.config = self.path(".databrickscfg")
        self.environment = {
            key: value for key, value in os.environ.items()
            if not key.startswith(("DATABRICKS_", "DBXARK_", "ARM_", "XDG_")) and not key.lower().endswith("_proxy")
        }
        self.environment.update(HOME=self.folder, DATABRICKS_CONFIG_FILE=self.config, NO_COLOR="1",
                                XDG_STATE_HOME=self.path("state"),
                                PATH=BIN_DIR + os.pathsep + os.environ.get("PATH", "/usr/bin:/bin"))

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def not_here(self, reason):
        """Skips where people run this; the CI has to be able to."""
        if os.environ.get("CI"):
            self.fail(reason)
        raise unittest.SkipTest(reason)

    def emulator(self, *options, **tokens):
        emulator = Emulator(*options, **tokens)
        self.addCleanup(emulator.stop)
        return emulator

    def profile(self, name, host, token):
        with open(self.config, "a") as config:
            config.write("[%s]\nhost = %s\ntoken = %s\n\n" % (name, host, token))
        os.chmod(self.config, 0o600)

    def workspace(self, name, *options):
        """An emulated workspace with a profile of that name; NAME-user is somebody who is no administrator."""
        emulator = self.emulator(*options)
        self.profile(name, emulator.url, emulator.token)
        self.profile(name + "-user", emulator.url, emulator.second_token)
        return emulator

    def source(self, *options):
        return self.workspace("primary", "--sample", "small", "--seed", "1", "--org-id", SOURCE_ORG, *options)

    def target(self, *options):
        return self.workspace("secondary", "--seed", "2", "--org-id", TARGET_ORG, *options)

    def run_words(self, words, **extra):
        environment = dict(self.environment, **extra.pop("environment", {}))
        done = subprocess.run(words, cwd=self.folder, env=environment, stdin=subprocess.DEVNULL, capture_output=True,
                              timeout=extra.pop("timeout", 600))
        return Run(words, done.returncode, done.stdout, done.stderr)

    def dbxark(self, *words, code=0, **extra):
        """Runs dbxark, and expects that exit code. No workspace of ours has a rate to be kept, unless it is given."""
        unhurried = words and words[0] in ("export", "restore", "cutover", "freeze", "drill", "diff")
        if unhurried and "--requests-per-second" not in words and "--help" not in words:
            words += ("--requests-per-second", "0")
        done = self.run_words([os.path.join(BIN_DIR, "dbxark"), *words], **extra)
        self.assertEqual(done.code, code, str(done))
        for profile_token in ("dapi-admin", "dapi-user"):
            self.assertNotIn(profile_token.encode(), done.out + done.err, "a token was printed")
        return done

    def export(self, archive="a.tar.zst", *words, **extra):
        return self.dbxark("export", "--profile", "primary", "-o", archive, *words, **extra)


def main():
    global BIN_DIR
    if len(sys.argv) < 2:
        sys.exit("usage: %s FOLDER-OF-THE-BINARIES [TEST]..." % sys.argv[0])
    BIN_DIR = os.path.abspath(sys.argv.pop(1))
    unittest.main(verbosity=2)
