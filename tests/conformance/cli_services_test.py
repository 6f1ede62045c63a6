"""The service classes of the vendor's legacy command line judge what is old: jobs 2.0 and 2.1, clusters 2.0.

They have no classes for what is read: answers are compared as they came.
"""

import base64
import time
import warnings

import requests
from databricks_cli.sdk import service
from databricks_cli.sdk.api_client import ApiClient
from databricks_cli.version import version

import judge

SEEN = judge.Witness("databricks-cli %s" % version)
NODE, VERSION = "i3.xlarge", "15.4.x-scala2.12"
SPEC = {"cluster_name": "old", "spark_version": VERSION, "node_type_id": NODE, "num_workers": 2,
        "spark_conf": {"a": "b"}, "custom_tags": {"t": "v"}, "spark_env_vars": {"E": "1"},
        "autotermination_minutes": 30, "enable_elastic_disk": True, "driver_node_type_id": "m5.large",
        "cluster_log_conf": {"dbfs": {"destination": "dbfs:/logs"}},
        "ssh_public_keys": ["ssh-rsa A"]}


def client(emulator, token=judge.ADMIN, **more):
    made = ApiClient(host=emulator.url, token=token, **more)
    # It leaves the port out of a host.
    made.url = emulator.url + "/api/"
    SEEN.watch(made.session)
    return made


class Base(judge.Judged):
    witnesses = (SEEN,)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.api = client(cls.emulator)

    def refused(self, status, code, call, *words, **named):
        with self.assertRaises(requests.HTTPError) as caught:
            call(*words, **named)
        self.assertEqual((caught.exception.response.status_code, caught.exception.response.json()["error_code"]),
                         (status, code))


class Jobs20(Base):
    """The form of one task, and the version that a command line speaks when nobody tells it."""

    def setUp(self):
        self.jobs = service.JobsService(self.api)

    def forms(self):
        common = dict(libraries=[{"jar": "dbfs:/a.jar"}, {"pypi": {"package": "p"}}], timeout_seconds=7, max_retries=2,
                      min_retry_interval_millis=9, retry_on_timeout=True, max_concurrent_runs=3,
                      email_notifications={"on_failure": ["a@example.com"]},
                      schedule={"quartz_cron_expression": "0 0 3 * * ?", "timezone_id": "UTC",
                                "pause_status": "PAUSED"})
        cluster = {name: value for name, value in SPEC.items() if name != "cluster_name"}
        cluster["init_scripts"] = [{"dbfs": {"destination": "dbfs:/databricks/init/a.sh"}}]
        yield dict(common, name="notebook", new_cluster=cluster,
                   notebook_task={"notebook_path": "/Shared/n", "base_parameters": {"a": "b"}})
        existing = service.ClusterService(self.api).create_cluster(**SPEC)["cluster_id"]
        yield dict(common, name="jar", existing_cluster_id=existing,
                   spark_jar_task={"main_class_name": "M", "parameters": ["a"]})
        yield dict(common, name="python", new_cluster=cluster,
                   spark_python_task={"python_file": "dbfs:/a.py", "parameters": ["a"]})
        yield dict(common, name="submit", new_cluster=cluster, spark_submit_task={"parameters": ["--class", "M"]})

    def test_each_form_is_read_as_it_was_written(self):
        made = []
        for form in self.forms():
            with self.subTest(form["name"]):
                job_id = self.jobs.create_job(**form)["job_id"]
                made.append(job_id)
                job = self.jobs.get_job(job_id)
                self.assertEqual(job["job_id"], job_id)
                self.assertHolds(job["settings"], form)
                self.assertEqual(job["settings"]["format"], "SINGLE_TASK")
                later = self.jobs.get_job(job_id, version="2.1")["settings"]
                self.assertEqual((later["format"], len(later["tasks"])), ("MULTI_TASK", 1))
                changed = dict(form, name=form["name"] + " reset", timeout_seconds=8)
                self.jobs.reset_job(job_id, changed)
                self.assertHolds(self.jobs.get_job(job_id)["settings"], changed)
                self.jobs.update_job(job_id, new_settings={"name": "updated"}, fields_to_remove=["schedule"])
                settings = self.jobs.get_job(job_id)["settings"]
                self.assertEqual(settings["name"], "updated")
                self.assertNotIn("schedule", settings)
        listed = self.jobs.list_jobs()
        self.assertEqual([job["job_id"] for job in listed["jobs"]], made[::-1])
        self.assertHolds(listed["jobs"][-1]["settings"]["notebook_task"], {"notebook_path": "/Shared/n"})
        part = self.jobs.list_jobs(limit=3, offset=1)
        self.assertEqual([job["job_id"] for job in part["jobs"]], made[::-1][1:4])
        run = self.jobs.run_now(job_id=made[0], notebook_params={"a": "c"})
        self.assertEqual([found["run_id"] for found in self.jobs.list_runs(job_id=made[0])["runs"]], [run["run_id"]])
        for job_id in made:
            self.jobs.delete_job(job_id)
        self.assertEqual(self.jobs.list_jobs().get("jobs", []), [])

    def test_refusals(self):
        self.refused(400, "INVALID_PARAMETER_VALUE", self.jobs.get_job, 17)
        self.refused(400, "INVALID_PARAMETER_VALUE", self.jobs.create_job, name="none", existing_cluster_id="0-0-none",
                     notebook_task={"notebook_path": "/n"})
        self.refused(403, "PERMISSION_DENIED",
                     service.JobsService(client(self.emulator, judge.USER)).get_job, 17)


class Jobs21(Base):
    def test_every_call(self):
        jobs = service.JobsService(client(self.emulator, jobs_api_version="2.1"))
        form = dict(name="tasks", tags={"a": "b"}, job_clusters=[{"job_cluster_key": "c", "new_cluster": {
            "spark_version": VERSION, "node_type_id": NODE, "num_workers": 1}}],
            git_source={"git_url": "https://example.com/r", "git_provider": "gitHub", "git_branch": "main"},
            tasks=[{"task_key": "a", "job_cluster_key": "c", "notebook_task": {"notebook_path": "n", "source": "GIT"}},
                   {"task_key": "b", "depends_on": [{"task_key": "a"}], "sql_task": {
                       "warehouse_id": "w", "query": {"query_id": "q"}}}])
        made = [jobs.create_job(**form)["job_id"] for _ in range(30)]
        self.assertHolds(jobs.get_job(made[0])["settings"], form)
        listed, offset = [], 0
        while True:
            page = jobs.list_jobs(limit=25, offset=offset, expand_tasks=True)
            listed += page.get("jobs", [])
            if not page["has_more"]:
                break
            offset = len(listed)
        self.assertEqual([job["job_id"] for job in listed], made[::-1])
        self.assertHolds(listed[0]["settings"], form)
        self.assertEqual(len(jobs.list_jobs(name="TASKS", limit=5)["jobs"]), 5)
        self.refused(400, "INVALID_PARAMETER_VALUE", jobs.list_jobs, limit=27)
        jobs.reset_job(made[0], dict(form, name="reset"))
        jobs.update_job(made[0], new_settings={"tags": {"c": "d"}}, fields_to_remove=["tasks/b"])
        settings = jobs.get_job(made[0])["settings"]
        self.assertEqual((settings["name"], settings["tags"], len(settings["tasks"])), ("reset", {"c": "d"}, 1))
        runs = [jobs.run_now(job_id=made[1])["run_id"] for _ in range(3)]
        self.assertEqual([run["run_id"] for run in jobs.list_runs(job_id=made[1], limit=2)["runs"]], runs[:0:-1])
        jobs.delete_job(made[0])
        self.refused(400, "INVALID_PARAMETER_VALUE", jobs.get_job, made[0])


class Clusters20(Base):
    def wait(self, clusters, cluster_id, state):
        deadline = time.monotonic() + 20
        while clusters.get_cluster(cluster_id)["state"] != state:
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.03)

    def test_every_call(self):
        clusters = service.ClusterService(self.api)
        made = clusters.create_cluster(**SPEC)["cluster_id"]
        self.assertHolds(clusters.get_cluster(made), SPEC)
        self.wait(clusters, made, "RUNNING")
        clusters.resize_cluster(made, num_workers=4)
        self.wait(clusters, made, "RUNNING")
        clusters.restart_cluster(made)
        self.wait(clusters, made, "RUNNING")
        edited = dict(SPEC, cluster_name="edited", num_workers=1)
        clusters.edit_cluster(made, **edited)
        self.wait(clusters, made, "RUNNING")
        self.assertHolds(clusters.get_cluster(made), edited)
        clusters.delete_cluster(made)
        self.wait(clusters, made, "TERMINATED")
        clusters.start_cluster(made)
        self.refused(400, "INVALID_STATE", clusters.start_cluster, made)
        clusters.pin_cluster(made)
        clusters.unpin_cluster(made)
        events = clusters.get_events(made, limit=3)
        self.assertEqual(len(events["events"]), 3)
        following = clusters.get_events(**events["next_page"])
        self.assertLess(following["events"][0]["timestamp"], events["events"][0]["timestamp"])
        self.assertEqual(following["total_count"], events["total_count"])
        many = [clusters.create_cluster(**dict(SPEC, cluster_name="c%d" % number))["cluster_id"]
                for number in range(25)]
        listed = clusters.list_clusters()
        self.assertEqual([cluster["cluster_id"] for cluster in listed["clusters"]], many[::-1] + [made])
        self.assertNotIn("next_page_token", listed, "2.0 has no pages")
        clusters.permanent_delete_cluster(made)
        self.refused(400, "INVALID_PARAMETER_VALUE", clusters.get_cluster, made)
        self.assertIn(VERSION, [item["key"] for item in clusters.list_spark_versions()["versions"]])
        self.assertIn(NODE, [item["node_type_id"] for item in clusters.list_node_types()["node_types"]])
        zones = clusters.list_available_zones()
        self.assertIn(zones["default_zone"], zones["zones"])

    def test_libraries(self):
        libraries = service.ManagedLibraryService(self.api)
        made = service.ClusterService(self.api).create_cluster(**SPEC)["cluster_id"]
        given = [{"jar": "dbfs:/a.jar"}, {"maven": {"coordinates": "g:a:1"}}]
        libraries.install_libraries(made, given)
        self.assertEqual([status["library"] for status in libraries.cluster_status(made)["library_statuses"]], given)
        self.assertIn(made, [status["cluster_id"] for status in libraries.all_cluster_statuses()["statuses"]])
        libraries.uninstall_libraries(made, given[:1])
        self.assertEqual(libraries.cluster_status(made)["library_statuses"][0]["status"], "UNINSTALL_ON_RESTART")


class Others(Base):
    def test_policies_and_pools(self):
        policies, pools = service.PolicyService(self.api), service.InstancePoolService(self.api)
        made = policies.create_policy(name="old", definition="{}")["policy_id"]
        policies.edit_policy(made, name="edited", definition='{"a": {"type": "fixed", "value": "b"}}')
        self.assertHolds(policies.get_policy(made), {"name": "edited", "policy_id": made,
                                                     "definition": '{"a": {"type": "fixed", "value": "b"}}'})
        self.assertIn(made, [policy["policy_id"] for policy in policies.list_policies()["policies"]])
        policies.delete_policy(made)
        self.refused(404, "RESOURCE_DOES_NOT_EXIST", policies.get_policy, made)
        form = dict(instance_pool_name="old", node_type_id=NODE, min_idle_instances=1, max_capacity=3,
                    aws_attributes={"availability": "ON_DEMAND", "zone_id": "us-west-2a"}, custom_tags={"a": "b"},
                    idle_instance_autotermination_minutes=5, preloaded_spark_versions=[VERSION])
        made = pools.create_instance_pool(**form)["instance_pool_id"]
        self.assertHolds(pools.get_instance_pool(made), form)
        pools.edit_instance_pool(instance_pool_id=made, instance_pool_name="edited", node_type_id=NODE, max_capacity=4)
        self.assertHolds(pools.list_instance_pools()["instance_pools"][0],
                         {"instance_pool_name": "edited", "max_capacity": 4})
        pools.delete_instance_pool(made)

    def test_tree_and_dbfs(self):
        tree, dbfs = service.WorkspaceService(self.api), service.DbfsService(self.api)
        tree.mkdirs("/Shared/old")
        source = base64.b64encode(b"# Databricks notebook source\nprint(1)").decode()
        tree.import_workspace("/Shared/old/n", format="SOURCE", language="PYTHON", content=source, overwrite=True)
        self.assertEqual(tree.export_workspace("/Shared/old/n", format="SOURCE")["content"], source)
        self.assertEqual([item["path"] for item in tree.list("/Shared/old")["objects"]], ["/Shared/old/n"])
        self.assertEqual(tree.get_status("/Shared/old/n")["language"], "PYTHON")
        tree.delete("/Shared/old", recursive=True)
        dbfs.mkdirs("/old")
        handle = dbfs.create("/old/a")["handle"]
        for block in (b"one", b"two"):
            dbfs.add_block(handle, base64.b64encode(block).decode())
        dbfs.close(handle)
        self.assertEqual(base64.b64decode(dbfs.read("/old/a", offset=1, length=4)["data"]), b"netw")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)  # It never closes that file.
            dbfs.put("/old/form", src_path=__file__, overwrite=True)
        with open(__file__, "rb") as this:
            self.assertEqual(base64.b64decode(dbfs.read("/old/form", length=1048576)["data"]), this.read())
        dbfs.move("/old/form", "/old/moved")
        self.assertEqual([item["path"] for item in dbfs.list("/old")["files"]], ["/old/a", "/old/moved"])
        self.assertEqual(dbfs.get_status("/old/a")["file_size"], 6)
        dbfs.delete("/old", recursive=True)
        self.refused(404, "RESOURCE_DOES_NOT_EXIST", dbfs.get_status, "/old")


if __name__ == "__main__":
    judge.main(SEEN)
