"""What is asked once and looked at by several checks."""

import functools
import random
import string

from livecheck.check import NotTold, Unforeseen
from livecheck.connection import Stop
from livecheck.service import shape

MOST_FOLDERS = 8  # that are listed in search of notebooks and files
ME = "/api/2.0/preview/scim/v2/Me"


def denied(answer):
    return answer.status in (401, 403) or answer.code in ("PERMISSION_DENIED", "CUSTOMER_UNAUTHORIZED")


def is_login(answer):
    """A login page in place of an answer, or the way to one."""
    page = answer.body[:4096].lower()
    return (300 <= answer.status < 400 and "login" in answer.headers.get("Location", "")) or (
        answer.status == 200 and page.lstrip().startswith(b"<") and (b"login" in page or b"sign in" in page))


def availability(answer, world):
    """"answers", "no such endpoint", "switched off": what a family of endpoints is to dbxark."""
    if answer.ok:
        return "answers"
    if answer.no_endpoint:
        return "no such endpoint"
    if answer.disabled:
        return "switched off"
    if denied(answer):
        raise NotTold("refused to this caller (%s)" % answer.outcome)
    raise Unforeseen(told(answer, world))


def told(answer, world):
    """An answer in one line, with contents cut."""
    if answer.json is not None and answer.ok:
        return "%d %s" % (answer.status, shape(answer.json))
    return "%s: %s" % (answer.outcome, world.service.masked(answer.message))


def needed(answer, what):
    if not answer.ok:
        raise NotTold("%s: %s" % (what, answer.outcome))
    return answer.fields


class World:
    def __init__(self, service, folder=None):
        self.service = service
        self.nonsense = "".join(random.SystemRandom().choices(string.ascii_lowercase + string.digits, k=10))
        self.name = "dbxark-live-check-" + self.nonsense
        me = service.get(ME)
        if denied(me) or is_login(me):
            raise Stop(7, "not authenticated: GET %s answers %s: %s" % (ME, me.outcome, service.masked(me.message)))
        user = me.fields.get("userName") or me.fields.get("applicationId")
        if not me.ok or not isinstance(user, str):
            raise Stop(1, "GET %s answers %s: is this a workspace's own address?" % (ME, told(me, self)))
        self.me, self.user = me.fields, user
        self.home = folder or "/Users/" + user

    @property
    def admin(self):
        """Whether the caller says so: None where the answer names no groups."""
        groups = self.me.get("groups")
        return None if not isinstance(groups, list) else any(group.get("display") == "admins" for group in groups)

    # --- the families, each asked once

    @functools.cached_property
    def jobs(self):
        answer = self.service.get("/api/2.2/jobs/list", limit=100)
        return answer if answer.ok or not answer.no_endpoint else self.service.get("/api/2.1/jobs/list", limit=25)

    @functools.cached_property
    def jobs_version(self):
        return "2.2" if not self.newest_jobs.no_endpoint else "2.1"

    @functools.cached_property
    def newest_jobs(self):
        return self.service.get("/api/2.2/jobs/list", limit=20, expand_tasks="true")

    @functools.cached_property
    def clusters_21(self):
        return self.service.get("/api/2.1/clusters/list", page_size=100)

    @functools.cached_property
    def clusters(self):
        return self.clusters_21 if not self.clusters_21.no_endpoint else self.service.get("/api/2.0/clusters/list")

    @property
    def clusters_version(self):
        return "2.0" if self.clusters_21.no_endpoint else "2.1"

    @functools.cached_property
    def policies(self):
        return self.service.get("/api/2.0/policies/clusters/list")

    @functools.cached_property
    def pools(self):
        return self.service.get("/api/2.0/instance-pools/list")

    @functools.cached_property
    def scripts(self):
        return self.service.get("/api/2.0/global-init-scripts")

    @functools.cached_property
    def dbfs_root(self):
        return self.service.get("/api/2.0/dbfs/list", path="/")

    def of(self, answer, member, what):
        """The elements of a list; NotTold where it cannot be had or is empty."""
        elements = needed(answer, what).get(member) or []
        if not elements:
            raise NotTold("there are no %s to look at" % what)
        return elements

    # --- the tree, a little of it

    def list(self, folder):
        return self.service.get("/api/2.0/workspace/list", path=folder)

    @functools.cached_property
    def nodes(self):
        """Nodes of a few folders: the caller's home, /Shared, and what lies right below."""
        nodes, open_folders, listed = [], list(dict.fromkeys([self.home, "/Shared"])), 0
        while open_folders and listed < MOST_FOLDERS:
            answer = self.list(open_folders.pop(0))
            listed += 1
            for node in answer.fields.get("objects", []) if answer.ok else []:
                nodes.append(node)
                git = node.get("directory_info", {}).get("is_git_folder")
                if node.get("object_type") == "DIRECTORY" and not git and not node["path"].endswith("/Trash"):
                    open_folders.append(node["path"])
        return nodes

    def nodes_of(self, object_type):
        nodes = [node for node in self.nodes if node.get("object_type") == object_type]
        if not nodes:
            raise NotTold("no %s among the %d nodes looked at" % (object_type, len(self.nodes)))
        return nodes

    @functools.cached_property
    def a_notebook(self):
        return self.nodes_of("NOTEBOOK")[0]["path"]

    @functools.cached_property
    def a_file(self):
        return self.nodes_of("FILE")[0]["path"]

    @functools.cached_property
    def downloads(self):
        """The same export as JSON and as a download, of a notebook's source."""
        return tuple(self.service.get("/api/2.0/workspace/export", path=self.a_notebook, format="SOURCE", **more)
                     for more in ({}, {"direct_download": "true"}))

    @functools.cached_property
    def downloads_of_file(self):
        return self.service.get("/api/2.0/workspace/export", path=self.a_file, format="AUTO", direct_download="true",
                                most=1024)
