"""The checks that need objects of their own (--write). What they are given is a Workbench."""

import secrets

from livecheck.check import Check, NotTold, Unforeseen
from livecheck.workbench import BYTES, ENDED, LIMIT, PLAIN, TASKS, Workbench, form, text64
from livecheck.world import denied, told

__all__ = ["WRITING", "Workbench"]


# --- the tree

def empty_success(bench):
    body = bench.folder_made.body.strip()
    return {b"{}": "{}", b"": "nothing"}.get(body, "something else: " + told(bench.folder_made, bench.world))


def lines_of(text):
    return [line.rstrip() for line in text.splitlines() if line.strip()]


def source_text(bench):
    return "the same" if lines_of(bench.plain) == lines_of(PLAIN) else "%d lines of %d differ" % (
        sum(a != b for a, b in zip(lines_of(bench.plain), lines_of(PLAIN))), len(lines_of(PLAIN)))


def final_newline(bench):
    ended = bench.source("ended")
    return {(False, True): "as imported", (True, True): "always there", (False, False): "never there"}.get(
        (bench.plain.endswith("\n"), ended.endswith("\n")), "the reverse")


def magic_lines(bench):
    empty = [line for line in bench.plain.splitlines() if line.strip() == "# MAGIC"]
    if len(empty) != 1:
        raise Unforeseen("%d empty lines of magic, where one was imported" % len(empty))
    return "as imported" if empty[0] == "# MAGIC" else "with a space" if empty[0] == "# MAGIC " else "otherwise"


def line_ends(bench):
    text = bench.source("windows")
    return "as imported" if "print(1)\r\nprint(2)" in text else "\\n" if "print(1)\nprint(2)" in text else "otherwise"


def separators(bench):
    text = bench.source("spaced")
    if "print(1)\n# COMMAND ----------\nprint(2)" in text:
        return "as imported"
    return "one empty line each" if "print(1)\n\n# COMMAND ----------\n\nprint(2)" in text else "otherwise"


def auto_extension(bench):
    bench.loaded("auto.py")
    node = bench.one_of("auto", "auto.py")
    if node["object_type"] != "NOTEBOOK":
        return "a " + node["object_type"]
    return "dropped" if node["path"].endswith("/auto") else "kept"


def raw_files(bench):
    kinds = {bench.one_of(name, name.rpartition(".")[0])["object_type"]
             for name in ("py/raw.py", "ipynb/raw.ipynb") if bench.loaded(name)}
    return {("FILE",): "files", ("NOTEBOOK",): "notebooks"}.get(tuple(kinds), "some of each")


def import_again(bench):
    bench.file
    answer = bench.load("plain.txt", "two\n", format="RAW")
    return answer.outcome


def import_without_parent(bench):
    return bench.load("nowhere/plain.txt", "one\n", format="RAW").outcome


def import_over_other(bench):
    bench.file
    return bench.load("plain.txt", ENDED, format="SOURCE", language="PYTHON", overwrite=True).outcome


def overwrite_id(bench):
    before = bench.file["object_id"]
    answer = bench.load("plain.txt", "three\n", format="RAW", overwrite=True)
    if not answer.ok:
        return told(answer, bench.world)
    return "the same" if bench.status(bench.path("plain.txt")).fields["object_id"] == before else "another"


def file_bytes(bench):
    return "the same" if bench.export(bench.loaded("bytes.bin"), format="AUTO") == BYTES else "others"


def large_upload(bench):
    answer = bench.large_file
    return "taken" if answer.ok else "refused" if answer.status in (400, 413) else told(answer, bench.world)


def require_large_file(bench):
    if not bench.large_file.ok:
        raise NotTold("no file over 10 MB could be made")
    bench.settled(lambda: bench.status(bench.path("large.bin")))


def large_read(bench):
    require_large_file(bench)
    answer = bench.service.get("/api/2.0/workspace-files" + bench.path("large.bin"), most=LIMIT + 2)
    if answer.no_endpoint:
        raise NotTold("there is no such endpoint")
    if answer.ok:
        return "given" if len(answer.body) == LIMIT + 1 else "%d bytes of %d" % (len(answer.body), LIMIT + 1)
    return "refused" if answer.status in (400, 413) else told(answer, bench.world)


def large_export(bench):
    require_large_file(bench)
    answer = bench.service.get("/api/2.0/workspace/export", path=bench.path("large.bin"), format="AUTO",
                               direct_download="true")
    if answer.ok:
        return "given"
    if denied(answer) or "disabled" in answer.message:
        raise NotTold("exports are not allowed: " + answer.outcome)
    for words in ("Notebook size exceeded", "File size imported is", "Size exceeds"):
        if words in answer.message:
            return words
    return told(answer, bench.world)


def large_import(bench):
    kind, body = form({"path": bench.path("too large.bin"), "format": "RAW", "overwrite": "false"}, "content",
                      b"0" * (LIMIT + 1))
    answer = bench.service.send("POST", "/api/2.0/workspace/import", {}, body, kind)
    return "413" if answer.status == 413 else answer.outcome


# --- DBFS

def dbfs_read_end(bench):
    bench.dbfs_made
    answer = bench.service.get("/api/2.0/dbfs/read", path=bench.dbfs_folder + "/small", offset=4, length=16)
    return "nothing" if answer.ok and not answer.fields.get("bytes_read") else told(answer, bench.world)


def dbfs_open_file(bench):
    bench.dbfs_made
    path = bench.dbfs_folder + "/blocks"
    opened = bench.service.post("/api/2.0/dbfs/create", {"path": path, "overwrite": False})
    if not opened.ok:
        raise NotTold("a file cannot be written in blocks: " + opened.outcome)
    seen = bench.service.get("/api/2.0/dbfs/get-status", path=path)
    handle = opened.fields["handle"]
    bench.service.post("/api/2.0/dbfs/add-block", {"handle": handle, "data": text64("one\n")})
    closed = bench.service.post("/api/2.0/dbfs/close", {"handle": handle})
    if not closed.ok:
        return told(closed, bench.world)
    return "there" if seen.ok else "not there"


def dbfs_not_empty(bench):
    bench.dbfs_made
    return bench.service.post("/api/2.0/dbfs/delete", {"path": bench.dbfs_folder, "recursive": False}).outcome


# --- policies and pools

def policy_taken(bench):
    return bench.create("policy", "/api/2.0/policies/clusters/create", bench.policy).outcome


def policy_unknown_field(bench):
    body = dict(bench.policy, name=bench.name + "-2", dbxark_live_check=True)
    answer = bench.create("policy", "/api/2.0/policies/clusters/create", body)
    return "tolerated" if answer.ok else "refused" if answer.status == 400 else told(answer, bench.world)


def pool_taken(bench):
    return bench.create("pool", "/api/2.0/instance-pools/create", bench.pool).outcome


# --- jobs

def job_seen(bench):
    return "at once" if bench.first_job["read"] else "later"


def job_listed(bench):
    if bench.first_job["listed"]:
        return "at once"
    return "later, as it is read later" if not bench.first_job["read"] else "later than it is read"


def job_same_name(bench):
    bench.first_job
    return bench.taken({})


def job_unknown_field(bench):
    bench.first_job
    return {"taken": "tolerated"}.get(bench.taken({"dbxark_live_check": True}), "refused")


def job_tasks(bench):
    keys = [task["task_key"] for task in bench.first_job["settings"]["tasks"]]
    sent = [task["task_key"] for task in TASKS]
    return "as sent" if keys == sent else "by key" if keys == sorted(sent) else "otherwise"


def job_git_provider(bench):
    bench.first_job
    source = {"git_url": "https://github.com/example/none", "git_provider": "gitHub", "git_branch": "main"}
    answer = bench.job(git_source=source)
    if not answer.ok:
        raise NotTold("a job with a git_source is refused: " + answer.outcome)
    read = bench.settled(lambda: bench.read_job(answer.fields["job_id"])).fields
    provider = read["settings"]["git_source"]["git_provider"]
    return {"gitHub": "as sent", "github": "in lower case"}.get(provider, "otherwise")


def job_queue(bench):
    return "on" if bench.first_job["settings"].get("queue", {}).get("enabled") else "off"


def job_pages(bench):
    """A page of the newest of our jobs; one more is made; then the page behind it."""
    bench.first_job
    before = bench.job().fields["job_id"]
    bench.await_listed(before)
    first = bench.own_jobs(limit=1)
    shown = [job["job_id"] for job in first.get("jobs", [])]
    if shown != [before] or not first.get("next_page_token"):
        raise NotTold("jobs are not listed newest first")
    added = bench.job().fields["job_id"]
    bench.await_listed(added)
    behind = bench.own_jobs(limit=1, page_token=first["next_page_token"]).get("jobs", [])
    return "the next one" if behind and behind[0]["job_id"] not in (before, added) else "the same again"


def job_run_job(bench):
    bench.first_job
    task = {"task_key": "main", "run_job_task": {"job_id": (1 << 61) + secrets.randbits(60)}}
    return bench.taken({"tasks": [task]})


def job_existing_cluster(bench):
    return bench.taken(bench.task_on(existing_cluster_id="0101-000000-" + bench.world.nonsense))


def job_run_as(bench):
    bench.first_job
    return bench.taken({"run_as": {"user_name": bench.name + "@example.invalid"}})


def job_policy(bench):
    bench.job_cluster
    return bench.taken(bench.on_new_cluster(policy_id="0123456789ABCDEF"))


def job_pool_clash(bench):
    bench.job_cluster, bench.pool
    return bench.taken(bench.on_new_cluster(instance_pool_id=bench.made["pool"][0], node_type_id=bench.node_type))


def job_foreign_cloud(bench):
    bench.job_cluster
    azure = "azuredatabricks" in bench.service.connection.host
    other = {"aws_attributes": {"availability": "ON_DEMAND"}} if azure else {
        "azure_attributes": {"availability": "ON_DEMAND_AZURE"}}
    return bench.taken(bench.on_new_cluster(**other))


def docker_password(bench):
    bench.job_cluster
    image = {"url": "registry.example.invalid/none:1", "basic_auth": {"username": "nobody", "password": bench.name}}
    answer = bench.job(**bench.on_new_cluster(docker_image=image))
    if not answer.ok:
        raise NotTold("a cluster with a docker image is refused: " + answer.outcome)
    job = bench.settled(lambda: bench.read_job(answer.fields["job_id"])).fields
    read = job["settings"]["job_clusters"][0]["new_cluster"]["docker_image"].get("basic_auth", {})
    if "password" not in read:
        return "left out"
    return "shown" if read["password"] == bench.name else "something else in its place"


# --- global init scripts

def script_same_name(bench):
    bench.first_script
    answer = bench.script()
    return "a second one" if answer.ok else "refused" if answer.status in (400, 409) else told(answer, bench.world)


def script_patch(bench):
    path = "/api/2.0/global-init-scripts/" + bench.first_script
    before = bench.settled(lambda: bench.service.get(path)).fields
    answer = bench.service.post(path, {"enabled": False}, "PATCH")
    if not answer.ok:
        return "refused" if answer.status == 400 else told(answer, bench.world)
    after = bench.service.get(path).fields
    same = all(before.get(member) == after.get(member) for member in ("name", "script", "position"))
    return "stays" if same else "is lost"


def write_check(name, assumption, how, observe, assumed, otherwise=None):
    return Check(name, assumption, how, observe, (assumed,), otherwise or {}, True)


NOTEBOOK = "POST workspace/import as SOURCE, GET workspace/export"
WRITING = [
    write_check("write.empty-success", "an empty success is {}", "POST workspace/mkdirs", empty_success, "{}",
                {"nothing": "empty-success-body"}),
    write_check("source.text", "a notebook's source comes back", NOTEBOOK, source_text, "the same"),
    write_check("source.final-newline", "a source ends as it was imported", NOTEBOOK, final_newline, "as imported",
                {"always there": "source-final-newline", "never there": "source-no-final-newline"}),
    write_check("source.magic", "an empty line of magic comes back as it was imported", NOTEBOOK, magic_lines,
                "as imported", {"with a space": "magic-trailing-space"}),
    write_check("source.line-ends", "line ends come back as they were imported", NOTEBOOK, line_ends, "as imported",
                {"\\n": "crlf-normalised"}),
    write_check("source.separators", "empty lines around separators come back as they were imported", NOTEBOOK,
                separators, "as imported", {"one empty line each": "separators-normalised"}),
    write_check("import.auto", "AUTO makes a notebook of a .py file with the header, without its extension",
                "POST workspace/import as AUTO", auto_extension, "dropped", {"kept": "auto-extension-kept"}),
    write_check("import.raw", "RAW makes files, also of what looks like a notebook", "POST workspace/import as RAW",
                raw_files, "files", {"notebooks": "raw-as-auto"}),
    write_check("import.bytes", "a file's bytes come back", "POST workspace/import as RAW, GET workspace/export",
                file_bytes, "the same"),
    write_check("import.again", "an import does not overwrite: 400 RESOURCE_ALREADY_EXISTS",
                "POST workspace/import, twice", import_again, "400 RESOURCE_ALREADY_EXISTS"),
    write_check("import.no-parent", "an import makes no parent: 404 RESOURCE_DOES_NOT_EXIST", "POST workspace/import",
                import_without_parent, "404 RESOURCE_DOES_NOT_EXIST"),
    write_check("import.other-type", "a notebook is not imported over a file: 400 INVALID_PARAMETER_VALUE",
                "POST workspace/import with overwrite", import_over_other, "400 INVALID_PARAMETER_VALUE",
                {"400 RESOURCE_ALREADY_EXISTS": "type-mismatch-exists"}),
    write_check("import.overwrite-id", "an import over an object keeps its object_id",
                "POST workspace/import with overwrite", overwrite_id, "the same", {"another": "overwrite-new-id"}),
    write_check("large.upload", "files over 10 MB can be uploaded", "POST workspace-files/import-file", large_upload,
                "taken", {"refused": "import-file-limit-10mb"}),
    write_check("large.read", "files over 10 MB can be read", "GET workspace-files/{path}", large_read, "given",
                {"refused": "workspace-files-limit-10mb"}),
    write_check("large.export", "an export over 10 MB is refused in these words: Size exceeds",
                "GET workspace/export", large_export, "Size exceeds",
                {"Notebook size exceeded": "export-limit-notebook-size",
                 "File size imported is": "export-limit-as-import"}),
    write_check("large.import", "an import over 10 MB is 400 MAX_NOTEBOOK_SIZE_EXCEEDED",
                "POST workspace/import as a form", large_import, "400 MAX_NOTEBOOK_SIZE_EXCEEDED",
                {"400 BAD_REQUEST": "import-limit-bad-request", "413": "request-body-10mb"}),

    write_check("dbfs.read-end", "a read at a file's end gives nothing", "GET dbfs/read", dbfs_read_end, "nothing"),
    write_check("dbfs.open-file", "a file is not there before it is closed", "POST dbfs/create, GET dbfs/get-status",
                dbfs_open_file, "not there", {"there": "dbfs-visible-at-create"}),
    write_check("dbfs.not-empty", "a folder that is not empty is not deleted: 400 IO_ERROR", "POST dbfs/delete",
                dbfs_not_empty, "400 IO_ERROR", {"400 BAD_REQUEST": "dbfs-not-empty-bad-request"}),

    write_check("policies.taken", "a policy's name that is taken is 400 INVALID_PARAMETER_VALUE",
                "POST policies/clusters/create, twice", policy_taken, "400 INVALID_PARAMETER_VALUE",
                {"409 RESOURCE_ALREADY_EXISTS": "already-exists-409"}),
    write_check("policies.unknown-field", "a create tolerates a field that it does not know",
                "POST policies/clusters/create", policy_unknown_field, "tolerated",
                {"refused": "strict-unknown-fields"}),
    write_check("pools.taken", "a pool's name that is taken is 400 RESOURCE_ALREADY_EXISTS",
                "POST instance-pools/create, twice", pool_taken, "400 RESOURCE_ALREADY_EXISTS",
                {"409 RESOURCE_ALREADY_EXISTS": "already-exists-409",
                 "400 INVALID_PARAMETER_VALUE": "already-exists-invalid-parameter"}),

    write_check("jobs.seen", "a new job can be read at once", "POST jobs/create, GET jobs/get", job_seen, "at once",
                {"later": "--read-after-write-delay-ms 1000"}),
    write_check("jobs.listed", "a new job is listed at once", "POST jobs/create, GET jobs/list", job_listed,
                "at once", {"later, as it is read later": "late-in-list"}),
    write_check("jobs.same-name", "a second job may have the same name", "POST jobs/create, twice", job_same_name,
                "taken"),
    write_check("jobs.unknown-field", "a create tolerates a field that it does not know", "POST jobs/create",
                job_unknown_field, "tolerated", {"refused": "strict-unknown-fields"}),
    write_check("jobs.tasks-order", "tasks are read in the order in which they were sent",
                "POST jobs/create, GET jobs/get", job_tasks, "as sent", {"by key": "tasks-sorted"}),
    write_check("jobs.git-provider", "git_provider is read as it was sent", "POST jobs/create, GET jobs/get",
                job_git_provider, "as sent", {"in lower case": "git-provider-lower-case"}),
    write_check("jobs.queue", "a job made without queue has none", "POST jobs/create, GET jobs/get", job_queue, "off",
                {"on": "queue-default-on"}),
    write_check("jobs.pages-shift", "a job made meanwhile does not shift the pages",
                "GET jobs/list, POST jobs/create", job_pages, "the next one",
                {"the same again": "jobs-pages-by-offset"}),
    write_check("jobs.run-job", "a job that calls one that is not there is refused", "POST jobs/create", job_run_job,
                "refused", {"taken": "run-job-unchecked"}),
    write_check("jobs.existing-cluster", "a job on a cluster that is not there is refused", "POST jobs/create",
                job_existing_cluster, "refused", {"taken": "existing-cluster-unchecked"}),
    write_check("jobs.run-as", "a job may run as somebody who is not there", "POST jobs/create", job_run_as, "taken",
                {"refused": "run-as-checked"}),
    write_check("jobs.policy", "a job whose cluster has a policy that is not there is refused", "POST jobs/create",
                job_policy, "refused", {"taken": "job-compute-unchecked"}),
    write_check("jobs.pool-clash", "a node type beside a pool is refused", "POST jobs/create", job_pool_clash,
                "refused", {"taken": "pool-clash-ignored"}),
    write_check("jobs.foreign-cloud", "another cloud's attributes are tolerated", "POST jobs/create",
                job_foreign_cloud, "taken", {"refused": "foreign-cloud-refused"}),
    write_check("jobs.docker-password", "a docker image's password is read as it was sent",
                "POST jobs/create, GET jobs/get", docker_password, "shown", {"left out": "docker-password-omitted"}),

    write_check("init-scripts.same-name", "a second global init script may have the same name",
                "POST global-init-scripts, twice", script_same_name, "a second one",
                {"refused": "init-script-names-unique"}),
    write_check("init-scripts.patch", "what a change does not name stays", "PATCH global-init-scripts/{id}",
                script_patch, "stays", {"refused": "init-script-patch-whole"}),
]
