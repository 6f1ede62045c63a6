"""How the reading checks look at the caller, at errors, at the tree and at DBFS: words for what is seen."""

from livecheck.check import NotTold, Unforeseen
from livecheck.world import ME, availability, denied, needed, told

KNOWN_TYPES = {"DIRECTORY", "NOTEBOOK", "FILE", "REPO", "LIBRARY", "DASHBOARD", "MLFLOW_EXPERIMENT"}


# --- who asks, and how the service says no

def me_groups(world):
    if world.admin is None:
        return "no groups"
    return "names the caller's groups"


def no_token(world):
    answer = world.service.get(ME, token="")
    location = answer.headers.get("Location", "")
    page = answer.body.lstrip()[:1] == b"<"
    if 300 <= answer.status < 400 and "login" in location:
        return "redirect to a login page"
    if answer.status == 200 and page:
        return "200 with a login page"
    if answer.status == 401 and answer.json == {}:
        return "401 with {}"
    if answer.status == 401 and answer.fields:
        return "401 with an error in JSON"
    if answer.status == 401 and (page or error_form(world) in ("a page", "plain text")):
        raise NotTold("every error is %s here" % error_form(world))
    if answer.status == 401:
        return "401 with text" if answer.body else "401 with nothing"
    return told(answer, world)


def wrong_token(world):
    answer = world.service.get(ME, token="dapi" + "0" * 32)
    return str(answer.status) if answer.status in (401, 403) else told(answer, world)


def missing_path(world):
    if not hasattr(world, "_missing_path"):
        world._missing_path = world.service.get("/api/2.0/workspace/get-status", path="/" + world.name)
    return world._missing_path


def error_form(world):
    answer = missing_path(world)
    if answer.body.lstrip()[:1] == b"<":
        return "a page"
    if not isinstance(answer.json, dict):
        return "plain text"
    if isinstance(answer.json.get("error_code"), int):
        return "JSON with a number for error_code"
    if "error_code" not in answer.json or "message" not in answer.json:
        raise Unforeseen(told(answer, world))
    return "JSON with details" if answer.json.get("details") else "JSON with error_code and message"


def missing_path_status(world):
    return missing_path(world).outcome


def no_such_api(world):
    answer = world.service.get("/api/2.0/" + world.name)
    return "404, no such endpoint" if answer.status == 404 and answer.no_endpoint else told(answer, world)


def refused_right(world):
    if world.admin is not False:
        raise NotTold("the caller is an administrator" if world.admin else "whether the caller is one is not told")
    if world.scripts.ok:
        raise NotTold("nothing was refused")
    return world.scripts.outcome


def names_itself(world):
    return "X-Databricks-Org-Id" if world.service.workspace_id.isdigit() else "nothing, or no number"


def scim_lists(world):
    answer = world.service.get("/api/2.0/preview/scim/v2/Groups", count=1, attributes="id")
    world.scim_disabled = answer.disabled
    return availability(answer, world)


def scim_detail(world):
    answer = world.service.get("/api/2.0/preview/scim/v2/Groups/0")
    if answer.disabled or "detail" not in answer.fields:
        raise NotTold("no SCIM error with a detail to look at (%s)" % answer.outcome)
    return "null" if answer.fields["detail"] == "null" else "a text"


# --- the tree

def root_paths(world):
    plain = [node["path"] for node in needed(world.list("/"), "the root").get("objects", [])]
    if "/Users" not in plain:
        raise Unforeseen("/Users is not among the %d nodes of /" % len(plain))
    prefixed = [node["path"] for node in needed(world.list("/Workspace"), "/Workspace").get("objects", [])]
    if sorted(prefixed) == sorted("/Workspace" + path for path in plain):
        return "bare, and with the prefix where it is asked with it"
    return "bare in both" if sorted(prefixed) == sorted(plain) else "two different lists"


def node_types(world):
    strange = sorted({str(node.get("object_type")) for node in world.nodes} - KNOWN_TYPES)
    if not world.nodes:
        raise NotTold("the folders looked at are empty")
    return "known ones" if not strange else "also " + ", ".join(strange)


def notebook_times(world):
    shown = {"modified_at" in node for node in world.nodes_of("NOTEBOOK")}
    return {(True,): "shown", (False,): "left out"}.get(tuple(shown), "shown for some")


def file_sizes(world):
    files = world.nodes_of("FILE")
    if any("size" in node for node in files):
        return "shown"
    # An empty file has no size to show.
    for node in files[:5]:
        if world.service.get("/api/2.0/workspace/export", path=node["path"], format="AUTO", direct_download="true",
                             most=1024).body:
            return "left out"
    raise NotTold("all files looked at are empty")


def trash(world):
    if world.home != "/Users/" + world.user:
        raise NotTold("--folder is no home")
    if not world.service.get("/api/2.0/workspace/get-status", path=world.home + "/Trash").ok:
        raise NotTold("the caller's home has no Trash")
    listed = [node["path"] for node in needed(world.list(world.home), "the home").get("objects", [])]
    return "listed" if world.home + "/Trash" in listed else "not listed"


def git_folders(world):
    """A few of the nodes two levels below /Repos, which are Git folders and nothing else."""
    seen = set()
    owners = [node["path"] for node in needed(world.list("/Repos"), "/Repos").get("objects", [])]
    for owner in owners[:3]:
        for node in world.list(owner).fields.get("objects", [])[:3]:
            if node.get("object_type") == "REPO" or node.get("directory_info", {}).get("is_git_folder"):
                seen.add("marked")
            elif node.get("object_type") == "DIRECTORY":
                status = world.service.get("/api/2.0/workspace/get-status", path=node["path"], return_git_info="true")
                seen.add("a plain DIRECTORY" if "git_info" in status.fields else "no Git folder")
    seen.discard("no Git folder")
    if not seen:
        raise NotTold("no Git folder below /Repos among those looked at")
    return " and ".join(sorted(seen))


def export_allowed(world):
    answer = world.downloads[0]
    return "200" if answer.ok else answer.outcome


def export_json(world):
    answer = world.downloads[0]
    needed(answer, "an export")
    return "content and file_type" if set(answer.fields) <= {"content", "file_type"} else told(answer, world)


def export_direct(world):
    answer = world.downloads[1]
    needed(answer, "an export")
    if set(answer.fields) == {"content", "file_type"}:
        return "JSON all the same"
    return "the bytes"


def download_header(world):
    if export_direct(world) != "the bytes":
        raise NotTold("direct_download is not known here")
    return "there" if world.downloads[1].headers.get("Content-Disposition") else "not there"


def download_type(world):
    if export_direct(world) != "the bytes":
        raise NotTold("direct_download is not known here")
    kind = world.downloads[1].headers.get_content_type()
    return kind if kind == "application/octet-stream" else "one of its content"


def notebook_header(world):
    answer = world.downloads[1]
    needed(answer, "an export")
    if export_direct(world) != "the bytes":
        raise NotTold("direct_download is not known here")
    first = answer.body.split(b"\n", 1)[0].rstrip(b"\r").split(b" ", 1)
    return "there" if first[1:] == [b"Databricks notebook source"] else "not there"


def jupyter_layout(world):
    answer = world.service.get("/api/2.0/workspace/export", path=world.a_notebook, format="JUPYTER",
                               direct_download="true", outputs="NONE", most=4096)
    needed(answer, "an export as JUPYTER")
    if set(answer.fields) == {"content", "file_type"}:
        raise NotTold("direct_download is not known here")
    return "indented" if answer.body.startswith((b"{\n", b"{\r\n")) else "on one line"


def file_as_source(world):
    if not world.downloads_of_file.ok:
        raise NotTold("the file cannot be exported at all: " + world.downloads_of_file.outcome)
    answer = world.service.get("/api/2.0/workspace/export", path=world.a_file, format="SOURCE", direct_download="true",
                               most=1024)
    return "200" if answer.ok else str(answer.status)


def workspace_files(world):
    # Whether there is such an endpoint is seen at a file that is not there.
    answer = world.service.get("/api/2.0/workspace-files/" + world.name)
    if answer.no_endpoint:
        return "no such endpoint"
    return "an endpoint" if answer.status == 404 else told(answer, world)


# --- DBFS

def dbfs(world):
    answer = world.dbfs_root
    if denied(answer):
        return "refused"
    return availability(answer, world)
