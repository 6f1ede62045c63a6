"""Other forms in which a service may word its answers, as the emulator's variants have them: the SDK reads each."""

import json

from databricks.sdk.core import DatabricksError
from databricks.sdk.errors import NotFound, PermissionDenied, ResourceDoesNotExist, Unauthenticated
from databricks.sdk.service import jobs

import current
import judge
import support

NONE = "0123456789ABCDEF"


class Shapes(current.Judged):
    def variant(self, *names, token=judge.ADMIN):
        options = [word for name in names for word in ("--variant", name)]
        emulator = support.Emulator(*options)
        self.addCleanup(emulator.stop)
        client = current.connect(emulator, token or "none", witness=None)
        if not token:
            client.config._header_factory = dict
        return client

    def raised(self, call, *words):
        with self.assertRaises(DatabricksError) as caught:
            call(*words)
        return caught.exception

    def test_errors(self):
        for variant, error, code in (("error-details", ResourceDoesNotExist, "RESOURCE_DOES_NOT_EXIST"),
                                     ("error-plain-text", ResourceDoesNotExist, "RESOURCE_DOES_NOT_EXIST"),
                                     # What has no code is told by its status.
                                     ("error-code-integer", NotFound, "404"), ("error-html", NotFound, None)):
            with self.subTest(variant):
                raised = self.raised(self.variant(variant).cluster_policies.get, NONE)
                self.assertIs(type(raised), error)
                if code:
                    self.assertEqual(str(raised.error_code), code)
                self.assertIn(NONE, str(raised))
        raised = self.raised(self.variant("error-details").cluster_policies.get, NONE)
        self.assertEqual(raised.get_error_details().error_info.reason, "RESOURCE_DOES_NOT_EXIST")

    def test_scim_without_a_word(self):
        raised = self.raised(self.variant("scim-detail-null").users.get, "17")
        self.assertEqual((type(raised), raised.error_code), (NotFound, "SCIM_404"))

    def test_no_credential(self):
        for variant in ("unauthenticated-empty-body", "unauthenticated-text"):
            with self.subTest(variant):
                self.assertIs(type(self.raised(self.variant(variant, token="").clusters.get, NONE)), Unauthenticated)
        for variant, error in (("invalid-token-401", Unauthenticated), ("error-details", PermissionDenied)):
            with self.subTest(variant):
                self.assertIs(type(self.raised(self.variant(variant, token="dapi-wrong").clusters.get, NONE)), error)

    def test_not_found_and_taken(self):
        self.assertIsInstance(self.raised(self.variant("job-not-found-404").jobs.get, 17), ResourceDoesNotExist)
        for variant, code in (("already-exists-409", 409), ("already-exists-invalid-parameter", 400)):
            with self.subTest(variant):
                w = self.variant(variant)
                w.instance_pools.create(instance_pool_name="p", node_type_id="i3.xlarge")
                raised = self.raised(lambda: w.instance_pools.create(instance_pool_name="p", node_type_id="i3.xlarge"))
                self.assertIn("already exists", str(raised))
                self.assertEqual("INVALID_PARAMETER_VALUE" == raised.error_code, code == 400)

    def test_answers_without_a_body_or_without_what_is_false(self):
        w = self.variant("empty-success-body", "booleans-omitted", "zeros-omitted")
        w.dbfs.mkdirs("/a")
        w.workspace.mkdirs("/Shared/a")
        made = w.clusters.create(cluster_name="c", spark_version="15.4.x-scala2.12", node_type_id="i3.xlarge",
                                 num_workers=0).cluster_id
        details = w.clusters.get(made)
        self.assertEqual((details.num_workers or 0, details.cluster_name), (0, "c"))
        w.clusters.delete(made).result()
        policy = w.cluster_policies.create(name="p", definition="{}").policy_id
        self.assertFalse(w.cluster_policies.get(policy).is_default)

    def test_pages_of_another_shape(self):
        w = self.variant("jobs-pages-arrays-only", "jobs-oldest-first", "scim-count-100", "tasks-sorted")
        notebook = jobs.NotebookTask(notebook_path="/Shared/n")
        made = w.jobs.create(name="many", tasks=[jobs.Task(task_key="t%03d" % number, notebook_task=notebook)
                                                 for number in range(210, 0, -1)]).job_id
        read = w.jobs.get(made).settings
        self.assertEqual([task.task_key for task in read.tasks], ["t%03d" % number for number in range(1, 211)])
        for number in range(105):
            w.users.create(user_name="u%d@example.com" % number)
        self.assertEqual(len(list(w.users.list(filter='userName sw "u"', count=1000))), 105)


class Strictness(current.Judged):
    """That the judge sees what the SDK does not say."""

    def test_what_is_dropped_or_of_another_type_is_found(self):
        # An answer that was made up vouches for no route.
        w = current.connect(self.emulator, witness=None)
        for body, told in (({"no_such_member": 1}, "ClusterDetails.no_such_member"),
                           ({"state": "NO_SUCH_STATE"}, "ClusterDetails.state"),
                           ({"num_workers": "2"}, "ClusterDetails.num_workers"),
                           ({"cluster_id": 17}, "ClusterDetails.cluster_id"),
                           ({"spark_conf": {"a": 1}}, "ClusterDetails.spark_conf"),
                           ({"autoscale": {"min_workers": 1, "most": 2}}, "AutoScale.most"),
                           ({"init_scripts": [{"floppy": {"destination": "a:"}}]}, "InitScriptInfo.floppy")):
            with self.subTest(told):
                self.emulator.post("/emulator/faults", [{"match": {"path": "/api/2.1/clusters/get"}, "action": {
                    "status": 200, "body": json.dumps(body), "content_type": "application/json"}}])
                w.clusters.get(NONE)
                found = current.FINDINGS.take()
                self.assertTrue(any(line.startswith(told + ":") for line in found), found)
        self.emulator.post("/emulator/faults", [{"match": {"path": "/api/2.1/clusters/pin"}, "action": {
            "status": 200, "body": '{"pinned": true}', "content_type": "application/json"}}])
        w.clusters.pin(NONE)
        self.assertIn("POST./api/2.1/clusters/pin", current.FINDINGS.take()[0])

    def test_a_call_past_the_typed_methods_is_refused(self):
        with self.assertRaises(AssertionError):
            self.w.api_client.do("GET", "/api/2.0/workspace/list", query={"path": "/"})
