"""Objects of the check's own, made when a check first needs them, and removed in the end.

Everything lies in one folder of the tree and one of DBFS, or has a name that begins with the run's own; nothing else is
ever changed. What was made is found again by that name, also where an answer was lost.
"""

import base64
import functools
import json
import time

from livecheck.check import NotTold
from livecheck.connection import Stop
from livecheck.world import availability, needed

SETTLE_SECONDS = 10  # how long a new object may take to show up
LIMIT = 10_485_760
HEADER = "# Databricks notebook source\n"
PLAIN = HEADER + "# MAGIC %md\n# MAGIC # Title\n# MAGIC\n# MAGIC text\n\n# COMMAND ----------\n\nprint(1)"
ENDED = HEADER + "print(1)\n"
BYTES = bytes(range(256)) + b"\r\n# Databricks notebook source\n"
AS_SOURCE = {"format": "SOURCE", "language": "PYTHON"}
CONTENTS = {
    "plain": (PLAIN, AS_SOURCE),
    "ended": (ENDED, AS_SOURCE),
    "windows": (HEADER.replace("\n", "\r\n") + "print(1)\r\nprint(2)\r\n", AS_SOURCE),
    "spaced": (HEADER + "print(1)\n# COMMAND ----------\nprint(2)\n", AS_SOURCE),
    "auto.py": (ENDED, {"format": "AUTO"}),
    "py/raw.py": (ENDED, {"format": "RAW"}),
    "ipynb/raw.ipynb": (json.dumps({"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}),
                        {"format": "RAW"}),
    "plain.txt": ("one\n", {"format": "RAW"}),
    "bytes.bin": (BYTES, {"format": "RAW"}),
}
TASKS = [{"task_key": key, "condition_task": {"op": "EQUAL_TO", "left": "1", "right": "1"}} for key in ("z", "a")]


def once(make):
    """A property that is made when it is first looked at; where that fails, it fails in the same way each time."""
    slot = "_once_" + make.__name__

    @functools.wraps(make)
    def read(self):
        if slot not in self.__dict__:
            try:
                self.__dict__[slot] = (make(self), None)
            except NotTold as reason:
                self.__dict__[slot] = (None, str(reason))
        value, reason = self.__dict__[slot]
        if reason is not None:
            raise NotTold(reason)
        return value

    return property(read)


def text64(text):
    return base64.b64encode(text if isinstance(text, bytes) else text.encode()).decode()


class Workbench:
    def __init__(self, world):
        self.world, self.service, self.name = world, world.service, world.name
        self.folder = world.home.rstrip("/") + "/" + self.name
        self.dbfs_folder = "/tmp/" + self.name
        self.made = {"job": [], "init script": [], "pool": [], "policy": []}
        self.begun = set()  # kinds of which a create was sent
        self.open = False  # a create's answer is still to come

    # --- requests

    def create(self, kind, path, body):
        """The answer to a create; what it made is remembered."""
        self.begun.add(kind)
        self.open = True
        answer = self.service.post(path, body)
        self.open = False
        made = next((answer.fields[key] for key in ("job_id", "script_id", "instance_pool_id", "policy_id")
                     if key in answer.fields), None)
        if answer.ok and made is not None and kind in self.made:
            self.made[kind].append(made)
        return answer

    def settled(self, ask, there=lambda answer: answer.ok):
        """Asks until it is there, for some seconds: what is new may not be seen at once."""
        end = time.monotonic() + SETTLE_SECONDS
        while True:
            answer = ask()
            if there(answer) or time.monotonic() > end:
                return answer
            time.sleep(0.3)

    # --- the tree

    @once
    def folder_made(self):
        # A parent that came with it would stay behind.
        if not self.status(self.world.home).ok:
            raise NotTold("the folder %s is not there; --folder names another one" % self.world.home)
        self.begun.add("folder")
        answer = self.service.post("/api/2.0/workspace/mkdirs", {"path": self.folder})
        needed(answer, "a folder of its own cannot be made")
        return answer

    def path(self, name):
        self.folder_made
        return self.folder + "/" + name

    def load(self, name, content, **more):
        body = {"path": self.path(name), "content": text64(content), **more}
        return self.service.post("/api/2.0/workspace/import", body)

    @once
    def imported(self):
        """The answer to each import: all of them first, as what is new may not be seen at once."""
        for folder in ("py", "ipynb"):
            self.service.post("/api/2.0/workspace/mkdirs", {"path": self.path(folder)})
        return {name: self.load(name, content, **more) for name, (content, more) in CONTENTS.items()}

    def loaded(self, name):
        """That this import succeeded, else the answer tells nothing else."""
        needed(self.imported[name], "an import")
        return self.path(name)

    def status(self, path):
        return self.service.get("/api/2.0/workspace/get-status", path=path)

    def one_of(self, *names):
        """The first of these nodes that is there."""
        end = time.monotonic() + SETTLE_SECONDS
        while time.monotonic() < end:
            for name in names:
                answer = self.status(self.path(name))
                if answer.ok:
                    return answer.fields
            time.sleep(0.3)
        raise NotTold("none of %s appeared" % ", ".join(names))

    def export(self, path, **more):
        """The bytes, whether they come as they are or in JSON."""
        self.settled(lambda: self.status(path))
        answer = self.service.get("/api/2.0/workspace/export", path=path, direct_download="true", **more)
        needed(answer, "an export")
        if set(answer.fields) == {"content", "file_type"} or answer.fields.keys() == {"content"}:
            return base64.b64decode(answer.fields["content"])
        return answer.body

    def source(self, name):
        """The source of a notebook that was imported."""
        return self.export(self.loaded(name), format="SOURCE").decode("utf-8", "replace")

    @once
    def plain(self):
        return self.source("plain")

    @once
    def file(self):
        """A small file that is there."""
        self.loaded("plain.txt")
        return self.one_of("plain.txt")

    @once
    def large_file(self):
        """The answer to an upload of one byte more than exports give."""
        path = self.path("large.bin")
        return self.service.send("POST", "/api/2.0/workspace-files/import-file" + path, {"overwrite": "false"},
                                 b"0" * (LIMIT + 1), "application/octet-stream")

    # --- DBFS

    @once
    def dbfs_made(self):
        needed(self.world.dbfs_root, "DBFS")
        self.had_tmp = self.service.get("/api/2.0/dbfs/get-status", path="/tmp").ok
        self.begun.add("dbfs")
        needed(self.service.post("/api/2.0/dbfs/put", {"path": self.dbfs_folder + "/small", "contents": text64("one\n"),
                                                       "overwrite": False}), "a DBFS file cannot be made")
        return self.settled(lambda: self.service.get("/api/2.0/dbfs/get-status", path=self.dbfs_folder + "/small"))

    # --- policies and pools

    @once
    def policy(self):
        if availability(self.world.policies, self.world) != "answers":
            raise NotTold("there are no policies")
        body = {"name": self.name, "definition": "{}"}
        needed(self.create("policy", "/api/2.0/policies/clusters/create", body), "a policy cannot be made")
        return body

    def catalogue(self, call, member):
        path = "/api/%s/clusters/%s" % (self.world.clusters_version, call)
        return needed(self.service.get(path), call).get(member) or []

    @once
    def node_type(self):
        kinds = [kind for kind in self.catalogue("list-node-types", "node_types")
                 if not kind.get("is_deprecated") and not kind.get("is_hidden")]
        if not kinds:
            raise NotTold("there are no node types")
        return min(kinds, key=lambda kind: (kind.get("num_cores", 0), kind.get("memory_mb", 0)))["node_type_id"]

    @once
    def runtime(self):
        keys = sorted(version["key"] for version in self.catalogue("spark-versions", "versions"))
        plain = [key for key in keys if key[:1].isdigit() and key.count("-") == 1]
        if not plain:
            raise NotTold("there are no runtime versions")
        return plain[-1]

    @once
    def pool(self):
        if availability(self.world.pools, self.world) != "answers":
            raise NotTold("there are no instance pools")
        body = {"instance_pool_name": self.name, "node_type_id": self.node_type, "min_idle_instances": 0,
                "max_capacity": 1, "idle_instance_autotermination_minutes": 10}
        needed(self.create("pool", "/api/2.0/instance-pools/create", body), "a pool cannot be made")
        return body

    # --- jobs; none has a schedule, so that none ever runs

    def job(self, **settings):
        """The answer to a create of a job of our name."""
        body = {"name": self.name, "max_concurrent_runs": 1, "tasks": TASKS, **settings}
        return self.create("job", "/api/%s/jobs/create" % self.world.jobs_version, body)

    def own_jobs(self, **query):
        """Of our name, as the service lists them."""
        return needed(self.service.get("/api/%s/jobs/list" % self.world.jobs_version, name=self.name, **query), "jobs")

    def await_listed(self, job_id):
        self.settled(lambda: self.own_jobs(limit=25),
                     lambda jobs: job_id in [job["job_id"] for job in jobs.get("jobs", [])])

    def read_job(self, job_id):
        return self.service.get("/api/%s/jobs/get" % self.world.jobs_version, job_id=job_id)

    @once
    def first_job(self):
        """How the first job that was made came back: its settings, and whether it was seen at once."""
        if availability(self.world.newest_jobs if self.world.jobs_version == "2.2" else self.world.jobs,
                        self.world) != "answers":
            raise NotTold("there are no jobs")
        job_id = needed(self.job(), "a job cannot be made")["job_id"]
        at_once = self.read_job(job_id)
        listed = [job["job_id"] for job in self.own_jobs().get("jobs", [])]
        read = needed(self.settled(lambda: self.read_job(job_id)), "the new job never appeared")
        return {"id": job_id, "settings": read["settings"], "read": at_once.ok, "listed": job_id in listed}

    def task_on(self, **compute):
        self.first_job  # without it, a refusal would say nothing
        return {"tasks": [{"task_key": "main", "notebook_task": {"notebook_path": self.path("plain")}, **compute}]}

    def on_new_cluster(self, **spec):
        cluster = {"spark_version": self.runtime, "num_workers": 1, **spec}
        if "instance_pool_id" not in spec:
            cluster.setdefault("node_type_id", self.node_type)
        return {**self.task_on(job_cluster_key="own"),
                "job_clusters": [{"job_cluster_key": "own", "new_cluster": cluster}]}

    @once
    def job_cluster(self):
        """That a job with a plain cluster of its own is taken: else the refusal of another one says nothing."""
        return needed(self.job(**self.on_new_cluster()), "a job with a cluster of its own is refused")

    def taken(self, settings):
        """Whether such a job is taken."""
        answer = self.job(**settings)
        if answer.ok:
            return "taken"
        if answer.status in (400, 403, 404):
            return "refused"
        raise NotTold("neither taken nor refused: " + answer.outcome)

    # --- global init scripts, always disabled

    def script(self):
        return self.create("init script", "/api/2.0/global-init-scripts",
                           {"name": self.name, "script": text64("#!/bin/sh\nexit 0\n"), "enabled": False})

    @once
    def first_script(self):
        if availability(self.world.scripts, self.world) != "answers":
            raise NotTold("there are no global init scripts")
        return needed(self.script(), "a global init script cannot be made")["script_id"]

    # --- the end

    def clean_up(self):
        """Removes all that was made, and names what could not be."""
        self.service.cleaning = True
        if self.open:
            time.sleep(2)  # what was asked for last may still be on its way
        left = []
        for kind, remove in (("job", self._remove_jobs), ("init script", self._remove_scripts),
                             ("pool", self._remove_pools), ("policy", self._remove_policies),
                             ("dbfs", self._remove_dbfs), ("folder", self._remove_folder)):
            if kind in self.begun:
                try:
                    left += remove()
                except (Stop, NotTold, ValueError, KeyError, TypeError) as error:
                    left.append("%s of the name %s: %s" % (kind, self.name, self.service.masked(error)))
        return left

    def _remove_each(self, kind, listed, remove):
        left = []
        for one in dict.fromkeys([*self.made[kind], *listed]):
            answer = remove(one)
            if not answer.ok and answer.status != 404 and "does not exist" not in answer.message:
                left.append("%s %s (%s)" % (kind, one, answer.outcome))
        return left

    def _ours(self, path, member, name, identifier, **query):
        """The ids of listed objects that bear our name, and of no others."""
        return [element[identifier] for element in needed(self.service.get(path, **query), path).get(member) or []
                if str(element.get(name, "")).startswith(self.name)]

    def _remove_jobs(self):
        root = "/api/%s/jobs/" % self.world.jobs_version
        listed = [job["job_id"] for job in self.own_jobs(limit=25).get("jobs") or []
                  if job["settings"]["name"] == self.name]
        return self._remove_each("job", listed, lambda one: self.service.post(root + "delete", {"job_id": one}))

    def _remove_scripts(self):
        listed = self._ours("/api/2.0/global-init-scripts", "scripts", "name", "script_id")
        return self._remove_each("init script", listed,
                                 lambda one: self.service.send("DELETE", "/api/2.0/global-init-scripts/" + one))

    def _remove_pools(self):
        listed = self._ours("/api/2.0/instance-pools/list", "instance_pools", "instance_pool_name", "instance_pool_id")
        return self._remove_each("pool", listed, lambda one: self.service.post(
            "/api/2.0/instance-pools/delete", {"instance_pool_id": one}))

    def _remove_policies(self):
        listed = self._ours("/api/2.0/policies/clusters/list", "policies", "name", "policy_id")
        return self._remove_each("policy", listed, lambda one: self.service.post(
            "/api/2.0/policies/clusters/delete", {"policy_id": one}))

    def _remove_dbfs(self):
        answer = self.service.post("/api/2.0/dbfs/delete", {"path": self.dbfs_folder, "recursive": True})
        if not self.had_tmp:
            # It came with our folder; if others use it meanwhile, it is not empty and stays.
            self.service.post("/api/2.0/dbfs/delete", {"path": "/tmp", "recursive": False})
        return [] if answer.ok else ["dbfs:%s (%s)" % (self.dbfs_folder, answer.outcome)]

    def _remove_folder(self):
        answer = self.service.post("/api/2.0/workspace/delete", {"path": self.folder, "recursive": True})
        return [] if answer.ok or answer.status == 404 else ["%s (%s)" % (self.folder, answer.outcome)]


def form(fields, name, content):
    """multipart/form-data: (content type, body)."""
    boundary = "dbxark-live-check-boundary"
    parts = ["--%s\r\nContent-Disposition: form-data; name=\"%s\"\r\n\r\n%s\r\n" % (boundary, key, value)
             for key, value in fields.items()]
    parts.append("--%s\r\nContent-Disposition: form-data; name=\"%s\"; filename=\"%s\"\r\n"
                 "Content-Type: application/octet-stream\r\n\r\n" % (boundary, name, name))
    body = "".join(parts).encode() + content + ("\r\n--%s--\r\n" % boundary).encode()
    return "multipart/form-data; boundary=" + boundary, body

