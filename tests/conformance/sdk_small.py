"""Policies and their families, instance pools and global init scripts through the vendor's SDK."""

import base64
import json

from databricks.sdk.service import compute
from databricks.sdk.service.compute import GetInstancePool

import current
import samples

NODE = "i3.xlarge"
# A request has no class of its own; of what is read, this nobody writes.
READ_ONLY = dict(instance_pool_id=None, default_tags=None, state=None, stats=None, status=None)
RULES = {"spark_version": {"type": "allowlist", "values": ["15.4.x-scala2.12"], "defaultValue": "15.4.x-scala2.12"},
         "num_workers": {"type": "range", "minValue": 1, "maxValue": 5}}


class Policies(current.Judged):
    def test_by_definition(self):
        asked = dict(name="by definition", definition=json.dumps(RULES, indent=1), description="said",
                     libraries=[compute.Library(jar="/Volumes/a/b/c/d.jar"),
                                compute.Library(pypi=compute.PythonPyPiLibrary(package="p==1", repo="http://r"))],
                     max_clusters_per_user=3)
        made = self.w.cluster_policies.create(**asked).policy_id
        read = self.w.cluster_policies.get(made)
        for name, value in asked.items():
            self.assertEqual(getattr(read, name), value, name)
        self.assertEqual((read.creator_user_name, read.is_default), (self.w.current_user.me().user_name, False))
        self.assertGreater(read.created_at_timestamp, 1.6e12)
        self.w.cluster_policies.edit(made, name="renamed", definition="{}")
        edited = self.w.cluster_policies.get(made)
        self.assertEqual((edited.name, edited.definition, edited.description, edited.libraries,
                          edited.max_clusters_per_user), ("renamed", "{}", None, [], None), "an edit replaces all")
        self.w.cluster_policies.delete(made)
        self.assertNotIn(made, [policy.policy_id for policy in self.w.cluster_policies.list()])

    def test_by_family(self):
        families = list(self.w.policy_families.list(max_results=2))
        self.assertGreater(len(families), 2, "several pages")
        self.assertEqual(families, list(self.w.policy_families.list()))
        for family in families:
            self.assertEqual(self.w.policy_families.get(family.policy_family_id), family)
            json.loads(family.definition)
        overrides = json.dumps({"autotermination_minutes": {"type": "fixed", "value": 17}})
        made = self.w.cluster_policies.create(name="by family", policy_family_id=families[0].policy_family_id,
                                              policy_family_definition_overrides=overrides).policy_id
        read = self.w.cluster_policies.get(made)
        self.assertEqual((read.policy_family_id, read.policy_family_definition_overrides),
                         (families[0].policy_family_id, overrides))
        merged = json.loads(read.definition)
        self.assertEqual(merged, {**json.loads(families[0].definition), **json.loads(overrides)})

    def test_list_is_sorted_as_asked(self):
        for name in ("b", "a", "c"):
            self.w.cluster_policies.create(name="sorted " + name, definition="{}")
        columns, orders = compute.ListSortColumn, compute.ListSortOrder

        def names(column, order):
            return [policy.name for policy in self.w.cluster_policies.list(sort_column=column, sort_order=order)
                    if policy.name.startswith("sorted ")]

        self.assertEqual(names(columns.POLICY_NAME, orders.ASC), ["sorted a", "sorted b", "sorted c"])
        self.assertEqual(names(columns.POLICY_NAME, orders.DESC), ["sorted c", "sorted b", "sorted a"])
        self.assertEqual(names(columns.POLICY_CREATION_TIME, orders.ASC), ["sorted b", "sorted a", "sorted c"])
        self.assertEqual(names(None, None), ["sorted c", "sorted a", "sorted b"])
        self.assertTrue([policy for policy in self.w.cluster_policies.list() if policy.is_default])


class Pools(current.Judged):
    def read_equals(self, made, asked):
        self.assertHolds(self.w.instance_pools.get(made).as_dict(), asked.as_dict())
        listed = {pool.instance_pool_id: pool for pool in self.w.instance_pools.list()}
        self.assertHolds(listed[made].as_dict(), asked.as_dict())

    def test_every_field_is_read_as_it_was_written(self):
        clouds = dict(aws_attributes=None, azure_attributes=None, gcp_attributes=None)
        numbers = dict(min_idle_instances=2, max_capacity=9, idle_instance_autotermination_minutes=33)
        for cloud in clouds:
            with self.subTest(cloud):
                whole = samples.filled(GetInstancePool)
                disks = compute.DiskSpec(disk_count=1, disk_size=100, disk_type=compute.DiskType(
                    ebs_volume_type=compute.DiskTypeEbsVolumeType.GENERAL_PURPOSE_SSD))
                asked = samples.filled(GetInstancePool, **dict(clouds, **{cloud: getattr(whole, cloud)}), **numbers,
                                       **READ_ONLY, instance_pool_name="pool " + cloud, node_type_id=NODE,
                                       disk_spec=disks)
                made = self.w.instance_pools.create(**samples.arguments(asked)).instance_pool_id
                self.read_equals(made, asked)
                read = self.w.instance_pools.get(made)
                self.assertEqual((read.state, read.stats.idle_count), (compute.InstancePoolState.ACTIVE, 2))
                self.assertEqual(read.default_tags["DatabricksInstancePoolId"], made)
                self.w.instance_pools.edit(made, "edited " + cloud, NODE, custom_tags={"a": "b"}, max_capacity=4,
                                           idle_instance_autotermination_minutes=5, min_idle_instances=0)
                edited = self.w.instance_pools.get(made)
                self.assertEqual((edited.instance_pool_name, edited.custom_tags, edited.max_capacity,
                                  edited.idle_instance_autotermination_minutes, edited.min_idle_instances),
                                 ("edited " + cloud, {"a": "b"}, 4, 5, 0))
                self.w.instance_pools.delete(made)
        self.assertEqual(list(self.w.instance_pools.list()), [])

    def test_every_value_of_an_enumeration(self):
        for cls, block in ((compute.InstancePoolAwsAttributes, "aws_attributes"),
                           (compute.InstancePoolAzureAttributes, "azure_attributes"),
                           (compute.InstancePoolGcpAttributes, "gcp_attributes")):
            field = next(name for name in ("availability", "gcp_availability") if hasattr(cls, name))
            for value in samples.enum_of(cls, field):
                with self.subTest(value):
                    asked = GetInstancePool(instance_pool_id=None, instance_pool_name=str(value), node_type_id=NODE,
                                            **{block: cls(**{field: value})})
                    made = self.w.instance_pools.create(**samples.arguments(asked)).instance_pool_id
                    self.read_equals(made, asked)
                    self.w.instance_pools.delete(made)


class InitScripts(current.Judged):
    def test_a_script_through_its_life(self):
        api = self.w.global_init_scripts
        text = base64.b64encode("#!/bin/sh\necho 1 é\n".encode()).decode()
        first = api.create("first", text, enabled=True).script_id
        second = api.create("second", text, position=0).script_id
        third = api.create("third", text, enabled=False, position=7).script_id
        read = api.get(first)
        self.assertEqual((read.script_id, read.name, read.script, read.enabled, read.position),
                         (first, "first", text, True, 1))
        me = self.w.current_user.me().user_name
        self.assertEqual((read.created_by, read.updated_by), (me, me))
        self.assertEqual([(script.script_id, script.position) for script in api.list()],
                         [(second, 0), (first, 1), (third, 2)])
        other = base64.b64encode(b"echo 2").decode()
        api.update(third, "renamed", other, enabled=True, position=0)
        read = api.get(third)
        self.assertEqual((read.name, read.script, read.enabled, read.position), ("renamed", other, True, 0))
        self.assertGreaterEqual(read.updated_at, read.created_at)
        api.delete(second)
        self.assertEqual([(script.script_id, script.position) for script in api.list()], [(third, 0), (first, 1)])
