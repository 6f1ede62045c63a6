"""Refusals raise the vendor's own exception classes, and what is passing is retried."""

import base64
import io
import json

from databricks.sdk.core import DatabricksError
from databricks.sdk.errors import (BadRequest, InvalidParameterValue, InvalidState, NotFound, PermissionDenied,
                                   RequestLimitExceeded, ResourceAlreadyExists, ResourceConflict, ResourceDoesNotExist,
                                   TemporarilyUnavailable, Unauthenticated)
from databricks.sdk.service import compute, jobs
from databricks.sdk.service.files import DbfsAPI
from databricks.sdk.service.workspace import ExportFormat, ImportFormat, Language

import current

NODE, VERSION = "i3.xlarge", "15.4.x-scala2.12"
TEXT = base64.b64encode(b"text").decode()
PARAMETER = (InvalidParameterValue, "INVALID_PARAMETER_VALUE")
MISSING = (ResourceDoesNotExist, "RESOURCE_DOES_NOT_EXIST")
# The vendor's overrides read these 400s as what they mean: nothing is there.
LIE = (ResourceDoesNotExist, "INVALID_PARAMETER_VALUE")
TAKEN = (ResourceAlreadyExists, "RESOURCE_ALREADY_EXISTS")
DENIED = (PermissionDenied, "PERMISSION_DENIED")
STATE = (InvalidState, "INVALID_STATE")
NOBODY = "0000-000000-nobody000"


class Missing(current.Judged):
    """What is not there."""

    def test_each_family(self):
        w, none = self.w, "0123456789ABCDEF"
        cases = [
            (MISSING, w.workspace.get_status, "/Shared/none"),
            (MISSING, w.workspace.export, "/Shared/none"),
            (MISSING, w.workspace.download, "/Shared/none"),
            (MISSING, lambda: list(w.workspace.list("/Shared/none")), ),
            (MISSING, w.workspace.delete, "/Shared/none"),
            (MISSING, lambda: w.workspace.upload("/Shared/no/parent.py", b"x", language=Language.PYTHON), ),
            (MISSING, w.dbfs.get_status, "/none"),
            (MISSING, w.dbfs.read, "/none"),
            (MISSING, w.dbfs.download, "/none"),
            (MISSING, w.dbfs.move, "/none", "/other"),
            (MISSING, w.dbfs.add_block, 17, TEXT),
            (MISSING, w.dbfs.close, 17),
            (LIE, w.clusters.get, NOBODY),
            (PARAMETER, w.clusters.start, NOBODY),
            (PARAMETER, w.clusters.delete, NOBODY),
            (PARAMETER, w.clusters.permanent_delete, NOBODY),
            (PARAMETER, w.clusters.pin, NOBODY),
            (MISSING, w.cluster_policies.get, none),
            (MISSING, w.cluster_policies.delete, none),
            (MISSING, w.policy_families.get, none),
            (MISSING, w.instance_pools.get, none),
            (MISSING, w.instance_pools.delete, none),
            (LIE, w.jobs.get, 17),
            (PARAMETER, w.jobs.delete, 17),
            (PARAMETER, w.jobs.run_now, 17),
            (PARAMETER, w.jobs.reset, 17, jobs.JobSettings(name="n")),
            (MISSING, w.global_init_scripts.get, none),
            (MISSING, w.global_init_scripts.delete, none),
            (MISSING, w.global_init_scripts.update, none, "n", TEXT),
        ]
        for (error, code), call, *words in cases:
            with self.subTest("%s %s" % (getattr(call, "__qualname__", call), words)):
                self.assertRaisesOf(error, code, call, *words)
        for api in (w.users, w.groups, w.service_principals):
            for call in (api.get, api.delete):
                with self.subTest(call.__qualname__):
                    self.scim_refuses(NotFound, 404, call, "17")
        self.assertIsNone(w.dbfs.delete("/none"), "of DBFS, what is not there is deleted without a word")

    def scim_refuses(self, error, status, call, *words, **named):
        with self.assertRaises(error) as caught:
            call(*words, **named)
        self.assertIs(type(caught.exception), error)
        # SCIM has no codes: the SDK makes one of the status.
        self.assertEqual(caught.exception.error_code, "SCIM_%d" % status)
        self.assertTrue(str(caught.exception))

    def test_principals_twice(self):
        w = self.w
        w.users.create(user_name="twice@example.com")
        self.scim_refuses(ResourceConflict, 409, w.users.create, user_name="twice@example.com")
        w.groups.create(display_name="twice")
        self.scim_refuses(ResourceConflict, 409, w.groups.create, display_name="twice")
        other = w.groups.create(display_name="other")
        self.scim_refuses(ResourceConflict, 409, w.groups.update, other.id, display_name="twice")
        made = w.service_principals.create(display_name="twice", application_id="00000000-0000-4000-8000-000000000001")
        self.scim_refuses(ResourceConflict, 409, w.service_principals.create, application_id=made.application_id)
        self.scim_refuses(BadRequest, 400, lambda: list(w.users.list(filter="nonsense")))
        self.scim_refuses(PermissionDenied, 403, self.other.users.create, user_name="else@example.com")

    def test_no_such_endpoint(self):
        with self.assertRaises(NotFound) as caught:
            current.connect(self.emulator, witness=None).api_client.do("GET", "/api/2.0/there-is-no-such-thing")
        self.assertEqual(caught.exception.error_code, "ENDPOINT_NOT_FOUND")


class Twice(current.Judged):
    def test_what_is_unique(self):
        w = self.w
        w.workspace.mkdirs("/Shared/twice")
        w.workspace.upload("/Shared/twice/n.py", b"x")
        w.dbfs.put("/twice", contents=TEXT)
        w.cluster_policies.create(name="twice", definition="{}")
        w.instance_pools.create(instance_pool_name="twice", node_type_id=NODE)
        cases = [
            (TAKEN, lambda: w.workspace.upload("/Shared/twice/n.py", b"y")),
            (TAKEN, lambda: w.workspace.mkdirs("/Shared/twice/n.py")),
            (TAKEN, lambda: w.dbfs.put("/twice", contents=TEXT)),
            (TAKEN, lambda: w.dbfs.create("/twice")),
            (TAKEN, lambda: w.dbfs.mkdirs("/twice")),
            # Which code a policy's name gets is unconfirmed: each is a variant of the emulator.
            (PARAMETER, lambda: w.cluster_policies.create(name="twice", definition="{}")),
            (TAKEN, lambda: w.instance_pools.create(instance_pool_name="twice", node_type_id=NODE)),
        ]
        for (error, code), call in cases:
            with self.subTest(code):
                self.assertRaisesOf(error, code, call)
        w.workspace.mkdirs("/Shared/twice")
        w.dbfs.mkdirs("/twice folder")
        w.dbfs.mkdirs("/twice folder")
        self.assertNotEqual(w.jobs.create(name="twice").job_id, w.jobs.create(name="twice").job_id)


class Wrong(current.Judged):
    """Wrong parameters, states, callers."""

    def cluster(self, name="c", **more):
        return self.w.clusters.create(cluster_name=name, spark_version=VERSION, node_type_id=NODE,
                                      **dict({"num_workers": 1}, **more))

    def test_parameters(self):
        w = self.w
        w.dbfs.put("/full/file", contents=TEXT)
        w.workspace.mkdirs("/Shared/full/inner")
        w.workspace.upload("/Shared/a file", b"x", format=ImportFormat.AUTO)
        w.workspace.upload("/Shared/a notebook.py", b"x")
        pool = w.instance_pools.create(instance_pool_name="p", node_type_id=NODE).instance_pool_id
        default = next(policy for policy in w.cluster_policies.list() if policy.is_default)
        big = io.BytesIO(bytes(10 * 1024 * 1024 + 1))
        notebook = jobs.NotebookTask(notebook_path="/Shared/n")

        def job(**more):
            return lambda: w.jobs.create(name="wrong", **more)

        def tasks(*given):
            return job(tasks=[jobs.Task(**task) for task in given])

        cases = [
            ((DatabricksError, "INVALID_PARAMETER_VALUE"), lambda: w.workspace.upload("/Shared/x", b"x")),
            (PARAMETER, lambda: w.workspace.import_("/Shared/x", content=TEXT, format=ImportFormat.SOURCE)),
            (PARAMETER, lambda: w.workspace.import_("/Shared/a file", content=TEXT, language=Language.PYTHON,
                                                    format=ImportFormat.SOURCE, overwrite=True)),
            (PARAMETER, lambda: w.workspace.import_("/Shared/x", content=TEXT, format=ImportFormat.DBC,
                                                    overwrite=True)),
            (PARAMETER, lambda: w.workspace.import_("/Shared/x", content=TEXT, format=ImportFormat.JUPYTER)),
            ((BadRequest, "MAX_NOTEBOOK_SIZE_EXCEEDED"), lambda: w.workspace.upload(
                "/Shared/x.bin", big, format=ImportFormat.AUTO)),
            ((BadRequest, "BAD_REQUEST"), lambda: w.workspace.export("/Shared/a file", format=ExportFormat.JUPYTER)),
            ((BadRequest, "BAD_REQUEST"), lambda: w.workspace.export("/Shared", format=ExportFormat.HTML)),
            ((BadRequest, "DIRECTORY_NOT_EMPTY"), lambda: w.workspace.delete("/Shared/full")),
            ((BadRequest, "DIRECTORY_PROTECTED"), lambda: w.workspace.delete("/Shared", recursive=True)),
            # The SDK's own delete looks first whether it is a folder.
            ((BadRequest, "IO_ERROR"), lambda: DbfsAPI(w.api_client).delete("/full")),
            ((BadRequest, "MAX_READ_SIZE_EXCEEDED"), lambda: w.dbfs.read("/full/file", length=1048577)),
            (PARAMETER, lambda: w.dbfs.read("/full/file", offset=-1)),
            (PARAMETER, lambda: w.dbfs.read("/full")),
            ((BadRequest, "MAX_BLOCK_SIZE_EXCEEDED"), lambda: w.dbfs.put(
                "/big", contents=base64.b64encode(bytes(1048577)).decode())),
            (PARAMETER, lambda: self.cluster(autoscale=compute.AutoScale(min_workers=1, max_workers=2))),
            (PARAMETER, lambda: self.cluster(autotermination_minutes=5)),
            (PARAMETER, lambda: self.cluster(custom_tags={str(number): "x" for number in range(46)})),
            (PARAMETER, lambda: self.cluster(instance_pool_id=pool)),
            (PARAMETER, lambda: self.cluster(num_workers=-1)),
            (PARAMETER, lambda: w.cluster_policies.create(name="bad", definition="[")),
            (PARAMETER, lambda: w.cluster_policies.create(name="x" * 101, definition="{}")),
            (PARAMETER, lambda: w.cluster_policies.create(name="zero", definition="{}", max_clusters_per_user=0)),
            (PARAMETER, lambda: w.cluster_policies.create(name="both", definition="{}",
                                                          policy_family_id="personal-vm")),
            (PARAMETER, lambda: w.cluster_policies.delete(default.policy_id)),
            (PARAMETER, lambda: w.instance_pools.create(instance_pool_name="x" * 101, node_type_id=NODE)),
            (PARAMETER, lambda: w.instance_pools.edit(pool, "p", "m5.large")),
            (PARAMETER, lambda: w.global_init_scripts.create("big", base64.b64encode(bytes(65537)).decode())),
            (PARAMETER, job(max_concurrent_runs=1001)),
            (PARAMETER, job(tags={str(number): "x" for number in range(26)})),
            (PARAMETER, job(schedule=jobs.CronSchedule(quartz_cron_expression="daily", timezone_id="UTC"))),
            (PARAMETER, job(continuous=jobs.Continuous(), schedule=jobs.CronSchedule(
                quartz_cron_expression="0 0 3 * * ?", timezone_id="UTC"))),
            (PARAMETER, tasks({"task_key": "a", "notebook_task": notebook},
                              {"task_key": "a", "notebook_task": notebook})),
            (PARAMETER, tasks({"task_key": "a"})),
            (PARAMETER, tasks({"task_key": "a", "notebook_task": notebook, "existing_cluster_id": NOBODY})),
            (PARAMETER, tasks({"task_key": "a", "notebook_task": notebook, "job_cluster_key": "none"})),
            (PARAMETER, tasks({"task_key": "a", "run_job_task": jobs.RunJobTask(job_id=17)})),
            (PARAMETER, tasks({"task_key": "a", "notebook_task": notebook,
                               "depends_on": [jobs.TaskDependency(task_key="b")]})),
            (PARAMETER, lambda: list(w.jobs.list(limit=101))),
            (PARAMETER, lambda: list(w.jobs.list(offset=1025))),
        ]
        for place, ((error, code), call) in enumerate(cases):
            with self.subTest(place=place, code=code):
                self.assertRaisesOf(error, code, call)

    def test_a_quota(self):
        policy = self.w.cluster_policies.create(name="one each", definition="{}", max_clusters_per_user=1).policy_id
        self.cluster(policy_id=policy)
        self.assertRaisesOf(BadRequest, "QUOTA_EXCEEDED", lambda: self.cluster(policy_id=policy))

    def test_a_policy_is_kept_to(self):
        policy = self.w.cluster_policies.create(name="strict", definition=json.dumps({
            "num_workers": {"type": "range", "maxValue": 2}, "node_type_id": {"type": "allowlist", "values": [NODE]},
            "spark_conf.x": {"type": "forbidden"}, "custom_tags.team": {"type": "fixed", "value": "a"}})).policy_id
        for wrong in (dict(num_workers=3), dict(spark_conf={"x": "1"}), dict(custom_tags={"team": "b"})):
            with self.subTest(wrong):
                self.assertRaisesOf(*PARAMETER, lambda: self.cluster(policy_id=policy, **wrong))
        made = self.cluster(policy_id=policy).cluster_id
        self.assertEqual(self.w.clusters.get(made).custom_tags["team"], "a")

    def test_states(self):
        w = self.w
        made = self.cluster("states").result().cluster_id

        def edit():
            w.clusters.edit(made, spark_version=VERSION, node_type_id=NODE, num_workers=1)

        def resize():
            w.clusters.resize(made, num_workers=3)

        for call in (lambda: w.clusters.start(made), lambda: w.clusters.change_owner(made, "a@example.com")):
            with self.subTest("running"):
                self.assertRaisesOf(*STATE, call)
        w.clusters.delete(made)
        # TERMINATING lasts 100 ms: where this machine was slower, the edit was allowed.
        try:
            edit()
        except InvalidState as error:
            self.assertEqual(error.error_code, "INVALID_STATE")
        w.clusters.wait_get_cluster_terminated(made)
        for call in (lambda: w.clusters.restart(made), resize):
            with self.subTest("terminated"):
                self.assertRaisesOf(*STATE, call)

    def test_one_who_is_no_administrator(self):
        w, other = self.w, self.other
        made = self.cluster("not yours").cluster_id
        job = w.jobs.create(name="not yours").job_id
        policy = w.cluster_policies.create(name="not yours", definition="{}").policy_id
        pool = w.instance_pools.create(instance_pool_name="not yours", node_type_id=NODE).instance_pool_id
        cases = [
            lambda: other.clusters.get(made), lambda: other.clusters.delete(made), lambda: other.clusters.pin(made),
            lambda: other.clusters.create(spark_version=VERSION, node_type_id=NODE, num_workers=1),
            lambda: other.cluster_policies.create(name="mine", definition="{}"),
            lambda: other.cluster_policies.get(policy), lambda: other.cluster_policies.delete(policy),
            lambda: other.instance_pools.get(pool),
            lambda: other.instance_pools.create(instance_pool_name="mine", node_type_id=NODE),
            lambda: other.jobs.get(job), lambda: other.jobs.get(17), lambda: other.jobs.delete(job),
            lambda: list(other.global_init_scripts.list()), lambda: other.global_init_scripts.create("mine", TEXT),
        ]
        for place, call in enumerate(cases):
            with self.subTest(place):
                self.assertRaisesOf(*DENIED, call)
        self.assertEqual(list(other.clusters.list()), [])
        self.assertEqual(list(other.jobs.list()), [])
        self.assertEqual(list(other.instance_pools.list()), [])
        mine = other.jobs.create(name="mine").job_id
        self.assertEqual([found.job_id for found in other.jobs.list()], [mine])

    def test_tokens(self):
        stranger = current.connect(self.emulator, token="dapi-wrong", witness=None)
        self.assertRaisesOf(PermissionDenied, "INVALID_ACCESS_TOKEN", stranger.clusters.get, NOBODY)
        with self.assertRaises(PermissionDenied):
            stranger.current_user.me()
        nobody = current.connect(self.emulator, witness=None)
        nobody.config._header_factory = dict
        self.assertRaisesOf(Unauthenticated, "UNAUTHENTICATED", nobody.clusters.get, NOBODY)


class Retries(current.Judged):
    def script(self, *faults):
        self.emulator.post("/emulator/faults", [
            {"match": {"method": method, "path": path}, "times": times, "action": action}
            for method, path, times, action in faults])

    def fired(self):
        return [fault["fired"] for fault in self.emulator.get("/emulator/faults")]

    def setUp(self):
        super().setUp()
        self.addCleanup(self.script)
        self.w.naps.clear()

    def test_too_many_requests_and_unavailable(self):
        self.script(("GET", "/api/2.0/workspace/list", 2, {"status": 429, "retry_after": "3"}),
                    ("POST", "/api/2.2/jobs/create", 2, {"status": 503, "retry_after": "5"}),
                    ("GET", "/api/2.1/clusters/list", 1, {"status": 429}),
                    ("POST", "/api/2.0/dbfs/put", 1, {"status": 503, "retry_after": "later"}))
        self.assertTrue(list(self.w.workspace.list("/")))
        made = self.w.jobs.create(name="once").job_id
        self.assertEqual([job.job_id for job in self.w.jobs.list()], [made], "a refused create had no effect")
        self.assertEqual(list(self.w.clusters.list()), [])
        self.w.dbfs.put("/retried", contents=TEXT)
        self.assertEqual(self.fired(), [2, 2, 1, 1])
        # Retry-After, and a second where there is none or it is no number.
        self.assertEqual([int(nap) for nap in self.w.naps], [3, 3, 5, 5, 1, 1])

    def test_a_reset_connection(self):
        self.script(("GET", "/api/2.0/dbfs/list", 1, {"reset": "before"}))
        self.assertEqual([found.path for found in self.w.dbfs.list("/") if found.path == "/none"], [])
        self.assertEqual(self.fired(), [1])

    def test_streams(self):
        self.script(("POST", "/api/2.0/workspace/import", 1, {"status": 503, "retry_after": "1"}),
                    ("GET", "/api/2.0/workspace/export", 1, {"status": 429, "retry_after": "1"}))
        content = bytes(range(256)) * 5000
        # A form is not sent again by the SDK, and a refused one leaves nothing behind.
        with self.assertRaises(TemporarilyUnavailable):
            self.w.workspace.upload("/Shared/stream.bin", content, format=ImportFormat.AUTO)
        self.w.workspace.upload("/Shared/stream.bin", content, format=ImportFormat.AUTO)
        self.assertEqual(self.w.workspace.download("/Shared/stream.bin", format=ExportFormat.AUTO).read(), content)
        self.assertEqual(self.fired(), [1, 1])

    def test_what_is_not_retried(self):
        self.script(("GET", "/api/2.0/instance-pools/list", 1, {"status": 500}))
        with self.assertRaises(DatabricksError):
            list(self.w.instance_pools.list())
        self.assertEqual(self.fired(), [1])
        self.assertEqual(self.w.naps, [])


class Rates(current.Judged):
    options = ("--rate", "dbfs=2")

    def test_a_rate_is_kept_by_waiting(self):
        patient = current.connect(self.emulator)
        for _ in range(5):
            patient.dbfs.mkdirs("/rate")
        self.assertTrue(patient.naps, "a limit was met")
        self.assertEqual({int(nap) for nap in patient.naps}, {1})
        self.assertGreaterEqual(self.emulator.requests()["by_status"]["429"], len(patient.naps))

    def test_patience_ends(self):
        self.emulator.post("/emulator/faults", [{"match": {"path": "/api/2.1/clusters/list"}, "times": -1,
                                                 "action": {"status": 429, "retry_after": "1"}}])
        impatient = current.connect(self.emulator, retry_timeout_seconds=1)
        with self.assertRaises(TimeoutError) as caught:
            list(impatient.clusters.list())
        self.assertIs(type(caught.exception.__cause__), RequestLimitExceeded)
        self.assertGreater(self.emulator.get("/emulator/faults")[0]["fired"], 1)


