"""Real programs, started and measured: dbxark, workspaces for it, and whatever else is compared with it."""

import argparse
import collections
import http.client
import json
import os
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.parse

from bench.report import stop

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TOKEN = "dapi-benchmark"

# `seconds` by the wall, `processor` user and system time, `peak` of memory in bytes. A child starts with the peak of
# this interpreter, so that `peak` is never below some 15 MiB.
Run = collections.namedtuple("Run", "code seconds processor peak text errors")


def arguments(description, **more):
    """The options that all benchmarks have; `more` are further ones: name=(default, help)."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--bin", default=os.path.join(ROOT, "build", "bin"), help="the folder of the programs")
    parser.add_argument("--work", help="a folder for what is made meanwhile (a temporary one)")
    parser.add_argument("--quick", action="store_true", help="smaller: for trying out, not for figures")
    for name, (default, text) in more.items():
        parser.add_argument("--" + name.replace("_", "-"), type=type(default), default=default, help=text)
    given = parser.parse_args()
    given.bin = os.path.abspath(given.bin)
    for program in ("dbxark", "dbxark-emulator"):
        if not os.access(os.path.join(given.bin, program), os.X_OK):
            stop("no %s in %s: build it first, or say --bin" % (program, given.bin))
    return given


class Folder:
    """A folder for a benchmark's files, which goes when it is done, and the environment of the programs in it."""

    def __init__(self, given):
        self.bin = given.bin
        self.path = tempfile.mkdtemp(prefix="dbxark-bench-", dir=given.work)
        self.environment = {"PATH": os.environ["PATH"], "HOME": self.path, "LANG": "C.UTF-8",
                            "XDG_STATE_HOME": self("state"), "TMPDIR": self.path}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.path, ignore_errors=True)

    def __call__(self, *names):
        return os.path.join(self.path, *names)

    def remove(self, *names):
        for name in names:
            path = self(name)
            shutil.rmtree(path, ignore_errors=True) if os.path.isdir(path) else os.path.exists(path) and os.unlink(path)

    def run(self, words, environment=None, code=0):
        """Ends the benchmark where the program ends with another code: figures of a failure say nothing."""
        with tempfile.TemporaryFile(dir=self.path) as out, tempfile.TemporaryFile(dir=self.path) as errors:
            began = time.monotonic()
            child = subprocess.Popen(words, cwd=self.path, stdin=subprocess.DEVNULL, stdout=out, stderr=errors,
                                     env={**self.environment, **(environment or {})})
            _, status, usage = os.wait4(child.pid, 0)
            seconds = time.monotonic() - began
            child.returncode = os.waitstatus_to_exitcode(status)
            texts = []
            for file in (out, errors):
                size = file.tell()
                file.seek(max(0, size - 2 ** 20))  # ls of a large archive says more than anybody reads
                texts.append(file.read().decode("utf-8", "replace"))
        if code is not None and child.returncode != code:
            stop("%s ended with %d\n%s%s" % (" ".join(words), child.returncode, texts[0][-2000:], texts[1][-2000:]))
        return Run(child.returncode, seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024, *texts)

    def dbxark(self, *words, workspace=None, code=0):
        return self.run([os.path.join(self.bin, "dbxark"), *words],
                        workspace.access if workspace is not None else None, code)


class Workspace:
    """An emulated one, from its start on. `access` is the environment with which dbxark reaches it."""

    def __init__(self, folder, *options):
        words = [os.path.join(folder.bin, "dbxark-emulator"), "--listen", "127.0.0.1:0", "--token", TOKEN, *options]
        self._child = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        line = self._child.stdout.readline()
        if not line.startswith("listening on "):
            stop("%s did not start" % " ".join(words))
        self.use(line.split()[-1])
        self.port = urllib.parse.urlsplit(self.url).port

    def use(self, url, **environment):
        self.url = url
        self.access = {"DATABRICKS_HOST": url, "DATABRICKS_TOKEN": TOKEN, **environment}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._child.kill()  # its state is not wanted, and there may be gigabytes of it
        self._child.wait()
        self._child.stdout.close()

    def call(self, method, path, body=None, connection=None):
        """The answer's JSON; over `connection`, which stays open, where one is given."""
        own = connection or http.client.HTTPConnection("127.0.0.1", self.port, timeout=600)
        own.request(method, path, json.dumps(body) if body is not None else None, {"Authorization": "Bearer " + TOKEN})
        answer = own.getresponse()
        text = answer.read()
        if connection is None:
            own.close()
        if answer.status != 200:
            stop("%s %s answered %d" % (method, path, answer.status))
        return json.loads(text)

    def requests(self):
        """Total, counts by route and by status, since `forget`.

        Beside them stands the log with all bodies. A process of its own reads it: what this one once took would count as
        the peak of every program that it starts.
        """
        told = subprocess.run([sys.executable, "-c", REQUESTS, "http://127.0.0.1:%d/emulator/requests" % self.port],
                              stdout=subprocess.PIPE, check=True)
        return json.loads(told.stdout)

    def forget(self):
        self.call("DELETE", "/emulator/requests")

    def processor(self):
        """User and system seconds so far: whether the emulator or dbxark is what a figure measures."""
        with open("/proc/%d/stat" % self._child.pid) as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Proxy:
    """nginx before a workspace: TLS and HTTP/2, as the real service speaks. Moves the workspace's address to itself."""

    def __init__(self, folder, workspace):
        self._workspace, self._plain = workspace, (workspace.url, dict(workspace.access))
        key, certificate = folder("key.pem"), folder("certificate.pem")
        folder.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                    "-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", certificate])
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        with open(folder("nginx.conf"), "w") as file:
            file.write(CONFIGURATION % {"folder": folder.path, "port": port, "target": workspace.port})
        self._child = subprocess.Popen([self.program(), "-p", folder.path, "-c", folder("nginx.conf")],
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        workspace.use("https://localhost:%d" % port, SSL_CERT_FILE=certificate)
        context = ssl.create_default_context(cafile=certificate)
        for _ in range(100):
            try:
                http.client.HTTPSConnection("localhost", port, context=context, timeout=5).connect()
                return
            except OSError:
                time.sleep(0.1)
        stop("nginx did not start: " + folder("error.log"))

    @staticmethod
    def program():
        return shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._child.terminate()
        self._child.wait()
        self._workspace.use(self._plain[0])

    # The requests' protocols, as the access log has them.
    @staticmethod
    def protocols(folder):
        with open(folder("access.log")) as file:
            return set(line.strip() for line in file)


REQUESTS = """
import json, sys, urllib.request
answer = json.load(urllib.request.urlopen(sys.argv[1]))
print(json.dumps({name: answer[name] for name in ("total", "highest_concurrency", "counts", "by_status")}))
"""

CONFIGURATION = """
daemon off;
pid %(folder)s/nginx.pid;
error_log %(folder)s/error.log;
worker_processes 1;
events { worker_connections 1024; }
http {
  log_format protocol '$server_protocol';
  access_log %(folder)s/access.log protocol;
  client_body_temp_path %(folder)s/nginx-body;
  proxy_temp_path %(folder)s/nginx-proxy;
  fastcgi_temp_path %(folder)s/nginx-fastcgi;
  uwsgi_temp_path %(folder)s/nginx-uwsgi;
  scgi_temp_path %(folder)s/nginx-scgi;
  client_max_body_size 0;
  upstream workspace { server 127.0.0.1:%(target)d; keepalive 128; keepalive_requests 1000000; }
  server {
    listen 127.0.0.1:%(port)d ssl http2;
    keepalive_requests 1000000;
    ssl_certificate %(folder)s/certificate.pem;
    ssl_certificate_key %(folder)s/key.pem;
    location / { proxy_pass http://workspace; proxy_http_version 1.1; proxy_set_header Connection ""; }
  }
}
"""


def sample(objects, *more):
    return ("--sample", "large", "--objects", str(objects), *more)


def counts(folder, archive):
    """Objects by kind, from the archive itself."""
    return json.loads(folder.dbxark("info", "--json", archive).text)["manifest"]["counts"]
