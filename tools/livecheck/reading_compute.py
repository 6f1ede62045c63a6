"""How the reading checks look at jobs, clusters, policies, pools and init scripts: words for what is seen."""

import secrets

from livecheck.check import NotTold, Unforeseen
from livecheck.world import availability, denied, needed, told

BUILT_IN = {"Personal Compute", "Power User Compute", "Shared Compute", "Job Compute", "Legacy Shared Compute"}


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
    answer = world.service.get("/api/%s/clusters/get" % world.clusters_version,
                               cluster_id="0101-000000-" + world.nonsense)
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
