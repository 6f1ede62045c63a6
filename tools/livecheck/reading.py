"""The checks that only read."""

import secrets

from livecheck.check import Check, NotTold, Unforeseen
from livecheck.world import ME, availability, denied, needed, told

KNOWN_TYPES = {"DIRECTORY", "NOTEBOOK", "FILE", "REPO", "LIBRARY", "DASHBOARD", "MLFLOW_EXPERIMENT"}
BUILT_IN = {"Personal Compute", "Power User Compute", "Shared Compute", "Job Compute", "Legacy Shared Compute"}


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


# --- jobs

def jobs_of(version):
    def observe(world):
        return availability(world.newest_jobs if version == "2.2" else
                            world.service.get("/api/%s/jobs/list" % version, limit=1), world)
    return observe


def jobs_order(world):
    times = [job["created_time"] for job in world.of(world.jobs, "jobs", "jobs")]
    if len(set(times)) < 2:
        raise NotTold("there are not two jobs to compare")
    return {(True, False): "newest first", (False, True): "oldest first"}.get(
        (times == sorted(times, reverse=True), times == sorted(times)), "in no order of time")


def jobs_limit(world):
    answer = world.service.get("/api/2.1/jobs/list", limit=26)
    if answer.no_endpoint or answer.disabled or denied(answer):
        raise NotTold("there are no jobs of 2.1 (%s)" % answer.outcome)
    return "taken" if answer.ok else "refused" if answer.status == 400 else told(answer, world)


def jobs_paged(world):
    first = needed(world.service.get("/api/%s/jobs/list" % world.jobs_version, limit=1), "jobs")
    if not first.get("next_page_token"):
        raise NotTold("there are not two jobs")
    second = needed(world.service.get("/api/%s/jobs/list" % world.jobs_version, limit=1,
                                      page_token=first["next_page_token"]), "the second page of jobs")
    ids = [job["job_id"] for page in (first, second) for job in page.get("jobs", [])]
    return "another job" if len(set(ids)) == 2 else "%d jobs on two pages of one" % len(set(ids))


def missing_job(world):
    number = (1 << 61) + secrets.randbits(60)
    answer = world.service.get("/api/%s/jobs/get" % world.jobs_version, job_id=number)
    if answer.disabled or denied(answer):
        raise NotTold("jobs cannot be read (%s)" % answer.outcome)
    if "does not exist" not in answer.message:
        return told(answer, world)
    return answer.outcome


def wide_job(world):
    """The id of a job with more than 100 tasks, among the newest."""
    for job in world.of(world.newest_jobs, "jobs", "jobs"):
        if job.get("has_more"):
            return job["job_id"]
    raise NotTold("none of the newest jobs has more than 100 tasks")


def wide_job_pages(world):
    job = wide_job(world)
    first = needed(world.service.get("/api/2.2/jobs/get", job_id=job), "a job")
    if not first.get("next_page_token"):
        raise Unforeseen("the first page of a long job has no next_page_token")
    second = needed(world.service.get("/api/2.2/jobs/get", job_id=job, page_token=first["next_page_token"]),
                    "the second page of a job")
    settings = set(second.get("settings", {})) - {"tasks", "job_clusters", "environments", "parameters"}
    return "all settings" if settings else "the arrays alone"


def wide_job_in_21(world):
    answer = world.service.get("/api/2.1/jobs/get", job_id=wide_job(world))
    if answer.no_endpoint:
        raise NotTold("there are no jobs of 2.1")
    if not answer.ok:
        return "refused"
    return "%d tasks" % len(answer.fields["settings"].get("tasks", []))


def multi_task_in_20(world):
    jobs = [job for job in world.of(world.newest_jobs, "jobs", "jobs") if len(job["settings"].get("tasks", [])) > 1]
    if not jobs:
        raise NotTold("none of the newest jobs has two tasks")
    answer = world.service.get("/api/2.0/jobs/get", job_id=jobs[0]["job_id"])
    if answer.no_endpoint or answer.disabled:
        raise NotTold("there are no jobs of 2.0")
    if not answer.ok:
        return "refused"
    return "shown with its tasks" if "tasks" in answer.fields["settings"] else "shown without its tasks"


# --- clusters, libraries, policies, pools

def clusters_21(world):
    return availability(world.clusters_21, world)


def pins(world):
    """Whether lists know the filter, and whether they name who pinned."""
    clusters = world.of(world.clusters, "clusters", "clusters")
    path = "/api/%s/clusters/list" % world.clusters_version
    pinned, others = ([cluster["cluster_id"] for cluster in needed(world.service.get(
        path, page_size=100, **{"filter_by.is_pinned": value}), "a filtered list").get("clusters", [])]
        for value in ("true", "false"))
    named = "named" if any("pinned_by_user_name" in cluster for cluster in clusters) else "not named"
    if pinned and pinned == others:
        return "filter ignored, pinner " + named
    if set(pinned) & set(others):
        return "filter half known, pinner " + named
    if not pinned:
        raise NotTold("no cluster is pinned")
    return "filter known, pinner " + named


def large_page(world):
    if world.clusters_version == "2.0" or not world.clusters.ok:
        raise NotTold("there are no clusters of 2.1")
    answer = world.service.get("/api/2.1/clusters/list", page_size=101)
    return "lowered" if answer.ok else "refused" if answer.status == 400 else told(answer, world)


def full_page(world):
    if world.clusters_version == "2.0":
        raise NotTold("there are no clusters of 2.1")
    count, more = len(world.of(world.clusters, "clusters", "clusters")), world.clusters.fields.get("next_page_token")
    if not more:
        if count > 20:
            return "100"
        raise NotTold("there are not more clusters than fit any page (%d)" % count)
    return str(count)


def cluster_names(world):
    names = [cluster.get("cluster_name") for cluster in world.of(world.clusters, "clusters", "clusters")]
    if all(names):
        raise NotTold("every cluster has a name")
    return "empty" if all(name is not None for name in names) else "left out"


def cluster_spec(world):
    own = [cluster for cluster in world.of(world.clusters, "clusters", "clusters")
           if cluster.get("cluster_source") in ("UI", "API")]
    if not own:
        raise NotTold("no cluster was made by a person")
    read = needed(world.service.get("/api/%s/clusters/get" % world.clusters_version, cluster_id=own[0]["cluster_id"]),
                  "a cluster")
    return "there" if isinstance(read.get("spec"), dict) else "not there"


def missing_cluster(world):
    if not world.clusters.ok:
        raise NotTold("clusters cannot be read (%s)" % world.clusters.outcome)
    answer = world.service.get("/api/%s/clusters/get" % world.clusters_version, cluster_id="0101-000000-" + world.nonsense)
    return answer.outcome if "does not exist" in answer.message else told(answer, world)


def libraries(world):
    if not world.clusters.ok:
        raise NotTold("there are no clusters (%s)" % world.clusters.outcome)
    return availability(world.service.get("/api/2.0/libraries/all-cluster-statuses"), world)


def policies(world):
    return availability(world.policies, world)


def policies_order(world):
    times = [policy["created_at_timestamp"] for policy in world.of(world.policies, "policies", "policies")]
    if len(set(times)) < 2:
        raise NotTold("there are not two policies of different times")
    return {(True, False): "newest first", (False, True): "oldest first"}.get(
        (times == sorted(times, reverse=True), times == sorted(times)), "in no order of time")


def policies_count(world):
    world.of(world.policies, "policies", "policies")
    return "there" if "total_count" in world.policies.fields else "not there"


def built_in_policies(world):
    names = {policy["name"] for policy in world.of(world.policies, "policies", "policies") if policy.get("is_default")}
    if world.admin is False:
        raise NotTold("the caller does not see every policy")
    if names == BUILT_IN:
        return "the five known ones"
    return "only " + " and ".join(sorted(names)) if names < BUILT_IN else "%d, of which %d are known" % (
        len(names), len(names & BUILT_IN))


def policy_families(world):
    if not world.policies.ok:
        raise NotTold("there are no policies (%s)" % world.policies.outcome)
    return availability(world.service.get("/api/2.0/policy-families", max_results=1), world)


def pools(world):
    return availability(world.pools, world)


# --- global init scripts

def scripts(world):
    return availability(world.scripts, world)


def scripts_order(world):
    positions = [script.get("position", 0) for script in world.of(world.scripts, "scripts", "global init scripts")]
    if len(positions) < 2:
        raise NotTold("there are not two global init scripts")
    return "by position" if positions == sorted(positions) else "not by position"


# --- what answers leave out

def _shown(pairs, what):
    """Over (place, whether it is shown): all, none, or which."""
    shown = {place for place, there in pairs if there}
    hidden = {place for place, there in pairs if not there}
    if not shown and not hidden:
        raise NotTold("nothing that is %s was seen" % what)
    if not hidden or not shown:
        return "shown" if shown else "left out"
    return "left out of some: " + ", ".join(sorted(hidden - shown) or ["parts of " + ", ".join(sorted(hidden))])


def _elements(answer, member):
    return answer.fields.get(member) or [] if answer.ok else []


def false_booleans(world):
    places = [("policy.is_default", world.policies, "policies", "is_default"),
              ("cluster.enable_local_disk_encryption", world.clusters, "clusters", "enable_local_disk_encryption"),
              ("global_init_script.enabled", world.scripts, "scripts", "enabled")]
    # What is true says nothing about what is false.
    return _shown([(place, name in element) for place, answer, member, name in places
                   for element in _elements(answer, member) if element.get(name) is not True], "false")


def zeros(world):
    pairs = [("job.settings.timeout_seconds", "timeout_seconds" in job["settings"])
             for job in _elements(world.jobs, "jobs") if not job["settings"].get("timeout_seconds")]
    pairs += [("instance_pool.min_idle_instances", "min_idle_instances" in pool)
              for pool in _elements(world.pools, "instance_pools") if not pool.get("min_idle_instances")]
    pairs += [("cluster.autotermination_minutes", "autotermination_minutes" in cluster)
              for cluster in _elements(world.clusters, "clusters") if not cluster.get("autotermination_minutes")]
    return _shown(pairs, "zero")


# --- what the whole run saw; these come last

def disabled_status(world):
    if not world.service.disabled_statuses:
        raise NotTold("nothing that was asked for is switched off")
    return " and ".join(sorted({str(status) for status in world.service.disabled_statuses}))


def retry_after(world):
    if not world.service.put_off:
        raise NotTold("no request was put off")
    return "there" if all(world.service.put_off) else "not there"


def _availability_check(name, what, how, observe, absent, disabled):
    return Check(name, what + " can be asked for", how, observe, ("answers",),
                 {words: variant for words, variant in (("no such endpoint", absent), ("switched off", disabled)) if variant})


READING = [
    Check("me.groups", "Me names the groups of the caller, so that an administrator is known", "GET " + ME, me_groups,
          ("names the caller's groups",), {"no groups": "me-without-groups"}),
    Check("org-id", "an answer names the workspace's id", "any answer's headers", names_itself, ("X-Databricks-Org-Id",)),
    Check("error.form", "an error is JSON with error_code and message", "GET workspace/get-status of nothing", error_form,
          ("JSON with error_code and message",),
          {"JSON with a number for error_code": "error-code-integer", "JSON with details": "error-details",
           "a page": "error-html", "plain text": "error-plain-text"}),
    Check("error.missing-path", "a path that is not there is 404 RESOURCE_DOES_NOT_EXIST",
          "GET workspace/get-status of nothing", missing_path_status, ("404 RESOURCE_DOES_NOT_EXIST",)),
    Check("error.no-endpoint", "an endpoint that is not there is 404 ENDPOINT_NOT_FOUND", "GET an API of a made-up name",
          no_such_api, ("404, no such endpoint",)),
    Check("error.denied", "a right that is missing is 403 PERMISSION_DENIED", "GET global-init-scripts, as no administrator",
          refused_right, ("403 PERMISSION_DENIED",), {"400 CUSTOMER_UNAUTHORIZED": "denied-customer-unauthorized"}),
    Check("auth.no-token", "a request without token is 401 with an error in JSON", "GET Me without token", no_token,
          ("401 with an error in JSON",),
          {"401 with {}": "unauthenticated-empty-body", "401 with text": "unauthenticated-text",
           "200 with a login page": "login-redirect", "redirect to a login page": "login-redirect"}),
    Check("auth.wrong-token", "a wrong token is 403", "GET Me with a made-up token", wrong_token, ("403",),
          {"401": "invalid-token-401"}),
    Check("scim.lists", "SCIM lists can be asked for", "GET Groups?count=1&attributes=id", scim_lists, ("answers",),
          {"switched off": "scim-disabled"}),
    Check("scim.detail", "a SCIM error says in detail what is wrong", "GET Groups/0", scim_detail, ("a text",),
          {"null": "scim-detail-null"}),

    Check("tree.paths", "lists name paths as they were asked for: without /Workspace, unless asked with it",
          "GET workspace/list of / and /Workspace", root_paths, ("bare, and with the prefix where it is asked with it",)),
    Check("tree.types", "nodes are of known types", "GET workspace/list of a few folders", node_types, ("known ones",)),
    Check("tree.notebook-times", "notebooks are shown with modified_at", "GET workspace/list of a few folders",
          notebook_times, ("shown",), {"left out": "notebook-times-omitted"}),
    Check("tree.file-size", "files are shown with size", "GET workspace/list of a few folders", file_sizes, ("shown",),
          {"left out": "file-size-omitted"}),
    Check("tree.trash", "a home's Trash is listed like any folder", "GET workspace/list of the home", trash, ("listed",),
          {"not listed": "trash-hidden"}),
    Check("tree.git-folders", "Git folders say that they are such", "GET workspace/list below /Repos", git_folders,
          ("marked",), {"a plain DIRECTORY": "git-folders-unmarked"}),
    Check("export.allowed", "exports are allowed", "GET workspace/export of a notebook", export_allowed, ("200",),
          {"403 PERMISSION_DENIED": "export-disabled", "400 BAD_REQUEST": "export-disabled-bad-request"}),
    Check("export.json", "an export is JSON with content and file_type", "GET workspace/export of a notebook", export_json,
          ("content and file_type",)),
    Check("export.direct", "direct_download=true gives the bytes", "GET workspace/export of a notebook", export_direct,
          ("the bytes",), {"JSON all the same": "direct-download-ignored"}),
    Check("export.disposition", "a direct download has a Content-Disposition", "GET workspace/export of a notebook",
          download_header, ("there",), {"not there": "download-without-disposition"}),
    Check("export.content-type", "a direct download's Content-Type is application/octet-stream",
          "GET workspace/export of a notebook", download_type, ("application/octet-stream",),
          {"one of its content": "download-content-type"}),
    Check("export.header", "a notebook's source begins with its header", "GET workspace/export of a notebook",
          notebook_header, ("there",)),
    Check("export.jupyter-layout", "JUPYTER exports are on one line", "GET workspace/export as JUPYTER", jupyter_layout,
          ("on one line",), {"indented": "jupyter-indented"}),
    Check("export.file-as-source", "a file can be exported as SOURCE", "GET workspace/export of a file", file_as_source,
          ("200",), {"400": "export-source-rejects-files"}),
    Check("workspace-files.read", "files over 10 MB have an endpoint of their own", "GET workspace-files/{a made-up name}",
          workspace_files, ("an endpoint",), {"no such endpoint": "workspace-files-absent"}),

    Check("dbfs", "the DBFS root can be listed", "GET dbfs/list of /", dbfs, ("answers",), {"refused": "dbfs-disabled"}),

    _availability_check("jobs.2.2", "jobs of 2.2", "GET jobs/list", jobs_of("2.2"), "jobs-22-absent", "jobs-disabled"),
    _availability_check("jobs.2.1", "jobs of 2.1", "GET jobs/list", jobs_of("2.1"), "jobs-21-absent", "jobs-disabled"),
    _availability_check("jobs.2.0", "jobs of 2.0", "GET jobs/list", jobs_of("2.0"), "jobs-20-absent", "jobs-disabled"),
    Check("jobs.order", "jobs are listed newest first", "GET jobs/list", jobs_order, ("newest first",),
          {"oldest first": "jobs-oldest-first"}),
    Check("jobs.limit", "2.1 refuses a page of 26 jobs", "GET 2.1/jobs/list?limit=26", jobs_limit, ("refused",),
          {"taken": "jobs-21-limit-26"}),
    Check("jobs.pages", "the next page begins where this one ends", "GET jobs/list?limit=1, twice", jobs_paged,
          ("another job",)),
    Check("jobs.missing", "a job that is not there is 400 INVALID_PARAMETER_VALUE", "GET jobs/get of a made-up id",
          missing_job, ("400 INVALID_PARAMETER_VALUE",), {"404 RESOURCE_DOES_NOT_EXIST": "job-not-found-404"}),
    Check("jobs.long-pages", "later pages of a long job repeat its other settings", "GET 2.2/jobs/get, twice",
          wide_job_pages, ("all settings",), {"the arrays alone": "jobs-pages-arrays-only"}),
    Check("jobs.long-in-2.1", "2.1 refuses a job of more than 100 tasks", "GET 2.1/jobs/get", wide_job_in_21, ("refused",),
          {"100 tasks": "jobs-21-truncates"}),
    Check("jobs.tasks-in-2.0", "2.0 drops the tasks of a job that has several", "GET 2.0/jobs/get", multi_task_in_20,
          ("shown without its tasks",), {"refused": "jobs-20-multi-task-fails"}),

    _availability_check("clusters.2.1", "clusters of 2.1", "GET clusters/list", clusters_21, "clusters-21-absent",
                        "clusters-disabled"),
    Check("clusters.pins", "lists can be filtered for pinned clusters, and do not name who pinned",
          "GET clusters/list?filter_by.is_pinned", pins, ("filter known, pinner not named",),
          {"filter ignored, pinner named": "pinned-by-user-name", "filter known, pinner named": "pinned-by-user-name-too",
           "filter ignored, pinner not named": "pin-filter-unknown"}),
    Check("clusters.large-page", "a page_size above 100 is lowered", "GET clusters/list?page_size=101", large_page,
          ("lowered",), {"refused": "page-size-refused"}),
    Check("clusters.full-page", "a page has 100 clusters where asked for", "GET clusters/list?page_size=100", full_page,
          ("100",), {"20": "page-size-lowered"}),
    Check("clusters.no-name", "a cluster without a name is shown with an empty one", "GET clusters/list", cluster_names,
          ("empty",), {"left out": "cluster-name-omitted"}),
    Check("clusters.spec", "a cluster is read with what was last sent, as `spec`", "GET clusters/get", cluster_spec,
          ("there",), {"not there": "no-cluster-spec"}),
    Check("clusters.missing", "a cluster that is not there is 400 INVALID_PARAMETER_VALUE", "GET clusters/get of a made-up id",
          missing_cluster, ("400 INVALID_PARAMETER_VALUE",)),
    _availability_check("libraries", "libraries", "GET libraries/all-cluster-statuses", libraries, "libraries-absent",
                        "libraries-disabled"),
    _availability_check("policies", "cluster policies", "GET policies/clusters/list", policies, "policies-absent",
                        "policies-disabled"),
    Check("policies.order", "policies are listed newest first", "GET policies/clusters/list", policies_order,
          ("newest first",), {"oldest first": "lists-oldest-first"}),
    Check("policies.total-count", "the list of policies counts them", "GET policies/clusters/list", policies_count,
          ("there",), {"not there": "no-total-count"}),
    Check("policies.built-in", "five policies are built in", "GET policies/clusters/list", built_in_policies,
          ("the five known ones",), {"only Personal Compute": "few-built-in-policies"}),
    _availability_check("policy-families", "policy families", "GET policy-families", policy_families,
                        "policy-families-absent", ""),
    _availability_check("pools", "instance pools", "GET instance-pools/list", pools, "pools-absent", "pools-disabled"),
    _availability_check("init-scripts", "global init scripts", "GET global-init-scripts", scripts, "init-scripts-absent",
                        "init-scripts-disabled"),
    Check("init-scripts.order", "global init scripts are listed by position", "GET global-init-scripts", scripts_order,
          ("by position",), {"not by position": "init-scripts-unordered"}),
    Check("answers.false", "answers name booleans that are false", "the lists above", false_booleans, ("shown",),
          {"left out": "booleans-omitted"}),
    Check("answers.zero", "answers name numbers that are zero", "the lists above", zeros, ("shown",),
          {"left out": "zeros-omitted"}),
]

AT_THE_END = [
    Check("error.feature-disabled", "what is switched off is 404 FEATURE_DISABLED", "all answers", disabled_status, ("404",),
          {"400": "feature-disabled-400"}),
    Check("error.retry-after", "429 says how long to wait", "all answers", retry_after, ("there",),
          {"not there": "rate-without-retry-after"}),
]
