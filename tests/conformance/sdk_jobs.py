"""Jobs and their runs through the vendor's SDK."""

import dataclasses

from databricks.sdk.service import compute, jobs
from databricks.sdk.service.jobs import JobSettings, Task

import current
import samples

NODE = "i3.xlarge"
VERSION = "15.4.x-scala2.12"
TYPES = [field.name for field in dataclasses.fields(Task) if field.name.endswith("_task")]
WAYS = ("existing_cluster_id", "new_cluster", "job_cluster_key", "environment_key")
STARTERS = ("schedule", "trigger", "continuous", "triggers")


def one_each(cls, **given):
    """Objects of a class of which just one field may be given."""
    whole = samples.filled(cls, **given)
    for field in dataclasses.fields(cls):
        if field.name not in given:
            yield cls(**{field.name: getattr(whole, field.name)}, **given)


def new_cluster():
    return samples.filled(compute.ClusterSpec, autoscale=None, azure_attributes=None, gcp_attributes=None,
                          instance_pool_id=None, driver_instance_pool_id=None, policy_id=None, cluster_log_conf=None,
                          init_scripts=None, spark_version=VERSION, node_type_id=NODE, driver_node_type_id=NODE,
                          autotermination_minutes=45, apply_policy_default_values=None)


def contents(kind, called):
    """Every form of a type of task."""
    cls = type(getattr(samples.filled(Task), kind)) if kind != "for_each_task" else jobs.ForEachTask
    if kind == "for_each_task":
        inner = Task(task_key="inner", notebook_task=samples.filled(jobs.NotebookTask, notebook_path="/Shared/n"))
        return [jobs.ForEachTask(inputs="[1, 2]", concurrency=3, task=inner)]
    whole = samples.filled(cls)
    if kind == "notebook_task":
        whole.notebook_path = "/Shared/n"
    if kind == "run_job_task":
        whole.job_id = called
    if kind == "sql_task":
        ways = ("query", "dashboard", "alert", "file")
        return [dataclasses.replace(whole, **{way: None for way in ways if way != kept}) for kept in ways]
    return [whole]


def tasks_of_every_type(called, existing):
    """Tasks that together use every field of the vendor's class."""
    common = samples.filled(Task, **{name: None for name in (*TYPES, *WAYS)}, depends_on=None,
                            libraries=list(one_each(compute.Library)))
    for kind in TYPES:
        for number, content in enumerate(contents(kind, called)):
            key = "%s_%d" % (kind, number)
            yield dataclasses.replace(common, task_key=key, **{kind: content})
    notebook = jobs.NotebookTask(notebook_path="/Shared/n")
    for run_if in jobs.RunIf:
        yield Task(task_key="after_" + run_if.value, notebook_task=notebook, run_if=run_if,
                   depends_on=[jobs.TaskDependency(task_key="condition_task_0", outcome="true"),
                               jobs.TaskDependency(task_key="notebook_task_0")])
    yield Task(task_key="on_existing", notebook_task=notebook, existing_cluster_id=existing)
    yield Task(task_key="on_new", notebook_task=notebook, new_cluster=new_cluster())
    yield Task(task_key="on_shared", notebook_task=notebook, job_cluster_key="shared")
    yield Task(task_key="in_environment", environment_key="environment",
               spark_python_task=jobs.SparkPythonTask(python_file="/Shared/a.py"))


def starters():
    """Every way in which a job starts, each with all of its fields."""
    for starter, cls in (("schedule", jobs.CronSchedule), ("continuous", jobs.Continuous)):
        whole = samples.filled(cls, pause_status=jobs.PauseStatus.PAUSED)
        if starter == "schedule":
            whole.quartz_cron_expression = "0 0 3 * * ?"
        yield {starter: whole}
    for trigger in one_each(jobs.TriggerSettings, pause_status=jobs.PauseStatus.PAUSED):
        yield {"trigger": trigger}
    for trigger in one_each(jobs.TriggerConfiguration, pause_status=jobs.PauseStatus.PAUSED):
        yield {"triggers": [trigger]}
    yield {"schedule": jobs.CronSchedule(quartz_cron_expression="0 0 3 * * ?", timezone_id="UTC",
                                         pause_status=jobs.PauseStatus.UNPAUSED)}


def wanted(settings):
    """What a read shows of settings, in the vendor's own words of what is not given back or is put in order."""
    shown = settings.as_dict()
    # "The path is returned as `path`" of the job and not among its settings.
    shown.pop("parent_path", None)
    for task in shown.get("tasks", []):
        if "depends_on" in task:
            task["depends_on"].sort(key=lambda on: on["task_key"])
    return shown


class JobsBase(current.Judged):
    def create(self, settings):
        return self.w.jobs.create(**samples.arguments(settings)).job_id

    def read_equals(self, job_id, settings):
        job = self.w.jobs.get(job_id)
        self.assertHolds(job.settings.as_dict(), wanted(settings))
        return job


class Jobs(JobsBase):
    def test_every_field_is_read_as_it_was_written(self):
        called = self.create(JobSettings(name="called"))
        existing = self.w.clusters.create(cluster_name="e", spark_version=VERSION, node_type_id=NODE, num_workers=1)
        tasks = list(tasks_of_every_type(called, existing.cluster_id))
        used = set().union(*(task.as_dict() for task in tasks))
        self.assertEqual({field.name for field in dataclasses.fields(Task)} - used, set())
        settings = samples.filled(
            JobSettings, **{name: None for name in STARTERS}, tasks=tasks, name="rich", format=jobs.Format.MULTI_TASK,
            deployment=jobs.JobDeployment(kind=jobs.JobDeploymentKind.BUNDLE, metadata_file_path="/a/b"),
            git_source=jobs.GitSource(git_url="https://example.com/r", git_provider=jobs.GitProvider.GIT_HUB,
                                      git_branch="main"),
            job_clusters=[jobs.JobCluster(job_cluster_key="shared", new_cluster=new_cluster())],
            environments=[jobs.JobEnvironment(environment_key="environment",
                                              spec=samples.filled(compute.Environment))],
            run_as=jobs.JobRunAs(user_name="somebody@example.com"))
        made = self.create(settings)
        job = self.read_equals(made, settings)
        self.assertEqual(job.creator_user_name, self.w.current_user.me().user_name)
        self.assertEqual(job.run_as_user_name, "somebody@example.com")
        listed = next(iter(self.w.jobs.list(name="RICH", expand_tasks=True)))
        self.assertHolds(listed.settings.as_dict(), wanted(settings))
        brief = next(iter(self.w.jobs.list(name="rich")))
        for array in ("tasks", "job_clusters", "environments", "parameters"):
            self.assertNotIn(array, brief.settings.as_dict())

        changed = dataclasses.replace(settings, name="reset", tags={"a": "b"})
        self.w.jobs.reset(made, changed)
        self.read_equals(made, changed)
        self.w.jobs.reset(made, JobSettings(name="bare"))
        bare = self.w.jobs.get(made).settings.as_dict()
        self.assertNotIn("tags", bare, "a reset replaces all")
        self.assertEqual(bare["run_as"], {"user_name": "somebody@example.com"}, "but who runs it")
        self.w.jobs.delete(made)
        self.assertNotIn(made, [job.job_id for job in self.w.jobs.list()])

    def test_every_value_of_an_enumeration(self):
        def job(**more):
            return JobSettings(name="of a value", **more)

        url = "https://example.com/r"
        cases = [job(git_source=jobs.GitSource(git_url=url, git_provider=value, git_tag="v1"))
                 for value in jobs.GitProvider]
        cases += [job(edit_mode=value) for value in jobs.JobEditMode]
        cases += [job(performance_target=value) for value in jobs.PerformanceTarget]
        cases += [job(health=jobs.JobsHealthRules(rules=[jobs.JobsHealthRule(
            metric=metric, op=jobs.JobsHealthOperator.GREATER_THAN, value=5)])) for metric in jobs.JobsHealthMetric]
        cases += [job(tasks=[Task(task_key="c", condition_task=jobs.ConditionTask(op=op, left="1", right="2"))])
                  for op in jobs.ConditionTaskOp]
        cases += [job(queue=jobs.QueueSettings(enabled=value)) for value in (True, False)]
        cases += [job(git_source=jobs.GitSource(git_url=url, git_provider=jobs.GitProvider.GIT_LAB,
                                                git_commit="c0ffee"))]
        cases += [job(max_concurrent_runs=0), job(timeout_seconds=0), job(description="")]
        for settings in cases:
            with self.subTest(str(settings.as_dict())):
                self.read_equals(self.create(settings), settings)

    def test_every_way_to_start(self):
        seen = set()
        for starter in starters():
            settings = JobSettings(name="starts", **starter)
            with self.subTest(str(settings.as_dict())):
                self.read_equals(self.create(settings), settings)
            seen |= set(starter)
        self.assertEqual(seen, set(STARTERS))
        said_nothing = self.create(JobSettings(name="silent", continuous=jobs.Continuous()))
        self.assertEqual(self.w.jobs.get(said_nothing).settings.continuous.pause_status, jobs.PauseStatus.UNPAUSED)

    def test_update_merges_by_key(self):
        notebook = jobs.NotebookTask(notebook_path="/Shared/n")
        made = self.create(JobSettings(name="merged", tags={"a": "1"}, timeout_seconds=9, tasks=[
            Task(task_key="one", notebook_task=notebook), Task(task_key="two", notebook_task=notebook)]))
        self.w.jobs.update(made, new_settings=JobSettings(name="updated", tasks=[
            Task(task_key="two", description="changed", notebook_task=notebook),
            Task(task_key="three", notebook_task=notebook)]))
        read = self.w.jobs.get(made).settings
        self.assertEqual([(task.task_key, task.description) for task in read.tasks],
                         [("one", None), ("two", "changed"), ("three", None)])
        self.assertEqual((read.name, read.tags, read.timeout_seconds), ("updated", {"a": "1"}, 9))
        self.w.jobs.update(made, fields_to_remove=["tags", "tasks/one"])
        read = self.w.jobs.get(made).settings
        self.assertEqual(([task.task_key for task in read.tasks], read.tags), (["two", "three"], None))

    def test_permissions_given_at_creation_are_no_settings(self):
        made = self.w.jobs.create(name="shared", access_control_list=[
            jobs.JobAccessControlRequest(user_name="somebody@example.com",
                                         permission_level=jobs.JobPermissionLevel.CAN_VIEW)]).job_id
        self.assertEqual(self.w.jobs.get(made).settings.name, "shared")


class JobPages(JobsBase):
    def test_all_jobs_and_all_arrays(self):
        made = [self.create(JobSettings(name="j%03d" % number)) for number in range(45)]
        for limit in (None, 7, 45, 100):
            self.assertEqual([job.job_id for job in self.w.jobs.list(limit=limit)], made[::-1], limit)
        self.assertEqual([job.job_id for job in self.w.jobs.list(offset=40)], made[:5][::-1])
        many = JobSettings(
            name="many", tasks=[Task(task_key="t%03d" % number, job_cluster_key="c%03d" % (number % 120),
                                     notebook_task=jobs.NotebookTask(notebook_path="/Shared/n"))
                                for number in range(250)],
            job_clusters=[jobs.JobCluster(job_cluster_key="c%03d" % number, new_cluster=compute.ClusterSpec(
                spark_version=VERSION, node_type_id=NODE, num_workers=1)) for number in range(120)],
            parameters=[jobs.JobParameterDefinition(name="p%03d" % number, default="d") for number in range(101)],
            environments=[jobs.JobEnvironment(environment_key="e%03d" % number, spec=compute.Environment(
                environment_version="2")) for number in range(130)])
        big = self.create(many)
        # The SDK joins the pages itself.
        self.read_equals(big, many)
        listed = next(job for job in self.w.jobs.list(expand_tasks=True) if job.job_id == big)
        self.assertEqual(len(listed.settings.tasks), 250)


class Runs(JobsBase):
    def test_runs_are_listed_newest_first(self):
        made = self.create(JobSettings(name="runs"))
        other = self.create(JobSettings(name="runs too"))
        runs = [self.w.jobs.run_now(made).response.run_id for _ in range(30)]
        self.w.jobs.run_now(other)
        listed = list(self.w.jobs.list_runs(job_id=made, limit=7))
        self.assertEqual([run.run_id for run in listed], runs[::-1])
        self.assertEqual({run.job_id for run in listed}, {made})
        self.assertEqual(listed[0].run_name, "runs")
        self.assertEqual(listed[0].trigger, jobs.TriggerType.ONE_TIME)
        self.assertEqual(len(list(self.w.jobs.list_runs())), 31)
        self.assertEqual(len(list(self.w.jobs.list_runs(active_only=True))), 31)
        self.assertEqual(list(self.w.jobs.list_runs(completed_only=True)), [])
        twice = [self.w.jobs.run_now(made, idempotency_token="once").response.run_id for _ in range(2)]
        self.assertEqual(twice[0], twice[1])
