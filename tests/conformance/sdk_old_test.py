"""The last SDK of the vendor's that speaks clusters 2.0, and jobs 2.1, judges these versions."""

import time
import unittest.mock

from databricks.sdk import WorkspaceClient
from databricks.sdk.core import Config
from databricks.sdk.errors import BadRequest, ResourceDoesNotExist
from databricks.sdk.service import compute, jobs
from databricks.sdk.service.compute import ClusterSpec, State
from databricks.sdk.service.jobs import JobSettings, Task
from databricks.sdk.version import __version__

import judge
import samples

SEEN = judge.Witness("databricks-sdk %s" % __version__)
NODE, VERSION = "i3.xlarge", "15.4.x-scala2.12"
ALONE = dict(autoscale=None, azure_attributes=None, gcp_attributes=None, instance_pool_id=None,
             driver_instance_pool_id=None, policy_id=None, apply_policy_default_values=None, init_scripts=None,
             cluster_log_conf=None, spark_version=VERSION, node_type_id=NODE, driver_node_type_id=NODE,
             autotermination_minutes=30)


def plain(name, workers=1):
    return dict(cluster_name=name, spark_version=VERSION, node_type_id=NODE, num_workers=workers)


class Base(judge.Judged):
    witnesses = (SEEN,)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.w = WorkspaceClient(config=Config(host=cls.emulator.url, token=judge.ADMIN, auth_type="pat"))
        SEEN.watch(cls.w.api_client._session)

    def setUp(self):
        sleep = time.sleep
        patch = unittest.mock.patch.object(compute.time, "sleep", lambda seconds: sleep(seconds / 10))
        patch.start()
        self.addCleanup(patch.stop)


class Clusters(Base):
    def test_every_field_is_read_as_it_was_written(self):
        spec = samples.filled(ClusterSpec, **ALONE)
        made = self.w.clusters.create(**samples.arguments(spec)).cluster_id
        details = self.w.clusters.get(made)
        self.assertHolds(details.as_dict(), spec.as_dict())
        self.assertEqual(details.spec.as_dict(), spec.as_dict())
        self.assertHolds(next(iter(self.w.clusters.list())).as_dict(), spec.as_dict())

    def test_a_life(self):
        w = self.w
        made = w.clusters.create_and_wait(**plain("old")).cluster_id
        self.assertEqual(w.clusters.resize_and_wait(made, num_workers=3).num_workers, 3)
        self.assertEqual(w.clusters.restart_and_wait(made).state, State.RUNNING)
        self.assertEqual(w.clusters.edit_and_wait(made, **plain("edited", 2)).cluster_name, "edited")
        self.assertEqual(w.clusters.delete_and_wait(made).state, State.TERMINATED)
        w.clusters.change_owner(made, "somebody@example.com")
        self.assertEqual(w.clusters.get(made).creator_user_name, "somebody@example.com")
        w.clusters.ensure_cluster_is_running(made)
        with self.assertRaises(BadRequest) as caught:
            w.clusters.start(made)
        self.assertEqual(caught.exception.error_code, "INVALID_STATE")
        w.clusters.pin(made)
        w.clusters.unpin(made)
        events = list(w.clusters.events(made, limit=4))
        self.assertGreater(len(events), 8, "several pages")
        self.assertNotIn(None, [event.type for event in events])
        times = [event.timestamp for event in events]
        self.assertEqual(times, sorted(times, reverse=True))
        self.assertIn(VERSION, [version.key for version in w.clusters.spark_versions().versions])
        self.assertTrue(w.clusters.select_node_type(local_disk=True))
        self.assertIn(w.clusters.list_zones().default_zone, w.clusters.list_zones().zones)
        w.clusters.permanent_delete(made)
        with self.assertRaises(ResourceDoesNotExist):
            w.clusters.get(made)


class ClusterList(Base):
    def test_all_at_once(self):
        made = [self.w.clusters.create(**plain("c%d" % number)).cluster_id for number in range(25)]
        self.assertEqual([cluster.cluster_id for cluster in self.w.clusters.list()], made[::-1])


class Jobs(Base):
    def settings(self):
        types = [name for name in Task.__dataclass_fields__ if name.endswith("_task")]
        common = samples.filled(Task, **dict.fromkeys(types), existing_cluster_id=None, new_cluster=None,
                                environment_key=None, depends_on=None, job_cluster_key="shared", libraries=[
                                    compute.Library(jar="dbfs:/a.jar")]).as_dict()
        contents = {
            "condition_task": jobs.ConditionTask(op=jobs.ConditionTaskOp.EQUAL_TO, left="1", right="1"),
            "dbt_task": samples.filled(jobs.DbtTask),
            "notebook_task": samples.filled(jobs.NotebookTask, notebook_path="/Shared/n"),
            "pipeline_task": samples.filled(jobs.PipelineTask),
            "python_wheel_task": samples.filled(jobs.PythonWheelTask),
            "spark_jar_task": samples.filled(jobs.SparkJarTask),
            "spark_python_task": samples.filled(jobs.SparkPythonTask, source=jobs.Source.WORKSPACE),
            "spark_submit_task": samples.filled(jobs.SparkSubmitTask),
            "sql_task": samples.filled(jobs.SqlTask, dashboard=None, alert=None, file=None)}
        tasks = [Task.from_dict({**common, "task_key": kind, kind: content.as_dict()})
                 for kind, content in contents.items()]
        tasks.append(Task(task_key="each", for_each_task=jobs.ForEachTask(
            inputs="[1]", task=Task(task_key="inner", notebook_task=contents["notebook_task"]))))
        return samples.filled(
            JobSettings, name="old", tasks=tasks, continuous=None, trigger=None, format=jobs.Format.MULTI_TASK,
            schedule=jobs.CronSchedule("0 0 3 * * ?", "UTC", jobs.PauseStatus.PAUSED),
            job_clusters=[jobs.JobCluster("shared", samples.filled(ClusterSpec, **ALONE))],
            git_source=jobs.GitSource("https://example.com/r", jobs.GitProvider.GIT_LAB, git_tag="v1"),
            deployment=jobs.JobDeployment(jobs.JobDeploymentKind.BUNDLE),
            run_as=jobs.JobRunAs(user_name="somebody@example.com"))

    def test_every_field_is_read_as_it_was_written(self):
        settings = self.settings()
        made = self.w.jobs.create(**samples.arguments(settings)).job_id
        self.assertHolds(self.w.jobs.get(made).settings.as_dict(), settings.as_dict())
        listed = next(iter(self.w.jobs.list(expand_tasks=True)))
        self.assertHolds(listed.settings.as_dict(), settings.as_dict())
        settings.name = "reset"
        self.w.jobs.reset(made, settings)
        self.w.jobs.update(made, new_settings=JobSettings(timeout_seconds=99), fields_to_remove=["tasks/sql_task"])
        read = self.w.jobs.get(made).settings
        self.assertEqual((read.name, read.timeout_seconds), ("reset", 99))
        self.assertNotIn("sql_task", [task.task_key for task in read.tasks])
        runs = [self.w.jobs.run_now(made).response.run_id for _ in range(23)]
        self.assertEqual([run.run_id for run in self.w.jobs.list_runs(job_id=made)], runs[::-1])
        self.w.jobs.delete(made)
        with self.assertRaises(ResourceDoesNotExist):
            self.w.jobs.get(made)

    def test_pages(self):
        made = [self.w.jobs.create(name="page").job_id for _ in range(53)]
        for limit in (None, 25):
            self.assertEqual([job.job_id for job in self.w.jobs.list(name="page", limit=limit)], made[::-1])


if __name__ == "__main__":
    judge.main(SEEN)
