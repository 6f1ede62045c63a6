"""A release of the vendor's SDK between the others judges previews that came and went, and that the emulator takes."""

import json
import logging

from databricks.sdk import WorkspaceClient
from databricks.sdk.core import Config
from databricks.sdk.service import compute, jobs
from databricks.sdk.version import __version__

import judge
import samples

SEEN = judge.Witness("databricks-sdk %s" % __version__)
NODE = "i3.xlarge"
# That the emulator says nothing at /.well-known/databricks-config is worth a warning to the SDK.
logging.getLogger("databricks.sdk").setLevel(logging.ERROR)


def plain(thing):
    """As JSON: the SDK leaves objects inside of maps what they are."""
    return json.loads(json.dumps(thing.as_dict(), default=lambda inner: inner.as_dict()))


class Previews(judge.Judged):
    witnesses = (SEEN,)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.w = WorkspaceClient(config=Config(host=cls.emulator.url, token=judge.ADMIN, auth_type="pat"))
        SEEN.watch(cls.w.api_client._api_client._session)

    def test_tasks(self):
        whole = samples.filled(jobs.Task)
        for kind in ("agentic_task", "genie_task"):
            with self.subTest(kind):
                task = jobs.Task(task_key="a", **{kind: getattr(whole, kind)})
                self.assertTrue(task.as_dict()[kind])
                made = self.w.jobs.create(name=kind, tasks=[task]).job_id
                self.assertHolds(plain(self.w.jobs.get(made).settings.tasks[0]), plain(task))

    def test_a_pool(self):
        made = self.w.instance_pools.create("p", NODE, enable_auto_alternate_node_types=True).instance_pool_id
        self.assertTrue(self.w.instance_pools.get(made).enable_auto_alternate_node_types)
        self.w.instance_pools.edit(made, "p", NODE, enable_auto_alternate_node_types=False)
        self.assertFalse(self.w.instance_pools.get(made).enable_auto_alternate_node_types)

    def test_a_policy(self):
        config = getattr(samples.filled(compute.Policy), "auto_enforcement_config")
        made = self.w.cluster_policies.create(name="p", definition="{}", auto_enforcement_config=config).policy_id
        self.assertEqual(self.w.cluster_policies.get(made).auto_enforcement_config, config)


if __name__ == "__main__":
    judge.main(SEEN)
