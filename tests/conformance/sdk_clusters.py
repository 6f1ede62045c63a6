"""Clusters and libraries through the vendor's SDK."""

import dataclasses
import time
import unittest.mock

from databricks.sdk.service import compute
from databricks.sdk.service.compute import ClusterSpec, State

import current
import samples

NODE = "i3.xlarge"
VERSION = "15.4.x-scala2.12"

# What excludes one another, or needs another object, is left to a test of its own.
APART = dict(autoscale=None, azure_attributes=None, gcp_attributes=None, instance_pool_id=None,
             driver_instance_pool_id=None, policy_id=None, apply_policy_default_values=None, init_scripts=None,
             cluster_log_conf=None)


def rich(**given):
    """A specification with every field that can stand together, on AWS."""
    values = dict(APART, cluster_name="rich", spark_version=VERSION, node_type_id=NODE, driver_node_type_id="m5.large",
                  autotermination_minutes=45)
    values.update(given)
    return samples.filled(ClusterSpec, **values)


def plain(name, **more):
    return dict(cluster_name=name, spark_version=VERSION, node_type_id=NODE, num_workers=1, **more)


def init_scripts():
    """One of each kind that the vendor's class knows, and each with all that can be said of it."""
    places = {"abfss": "abfss://box@account.dfs.core.windows.net/a.sh", "dbfs": "dbfs:/a.sh", "file": "file:/a.sh",
              "gcs": "gs://bucket/a.sh", "s3": "s3://bucket/a.sh", "volumes": "/Volumes/a/b/c/a.sh",
              "workspace": "/Shared/a.sh"}
    scripts = []
    for field in dataclasses.fields(compute.InitScriptInfo):
        place = getattr(samples.filled(compute.InitScriptInfo), field.name)
        place.destination = places[field.name]
        scripts.append(compute.InitScriptInfo(**{field.name: place}))
    return scripts


def log_confs():
    whole = samples.filled(compute.ClusterLogConf)
    return [compute.ClusterLogConf(**{field.name: getattr(whole, field.name)})
            for field in dataclasses.fields(compute.ClusterLogConf)]


def specs():
    """Specifications that together use every field of the vendor's class."""
    yield "aws", rich()
    yield "azure", rich(aws_attributes=None, azure_attributes=samples.filled(compute.AzureAttributes))
    yield "gcp", rich(aws_attributes=None, gcp_attributes=samples.filled(compute.GcpAttributes))
    yield "autoscale", rich(num_workers=None, autoscale=compute.AutoScale(min_workers=2, max_workers=5))
    yield "init scripts", rich(init_scripts=init_scripts())
    for conf in log_confs():
        yield "logs in " + next(iter(conf.as_dict())), rich(cluster_log_conf=conf)
    for cls, field, put in [(ClusterSpec, "data_security_mode", lambda v: {"data_security_mode": v}),
                            (ClusterSpec, "runtime_engine", lambda v: {"runtime_engine": v}),
                            (ClusterSpec, "dependency_mode", lambda v: {"dependency_mode": v}),
                            (compute.AwsAttributes, "availability", lambda v: {
                                "aws_attributes": compute.AwsAttributes(availability=v)}),
                            (compute.AwsAttributes, "ebs_volume_type", lambda v: {
                                "aws_attributes": compute.AwsAttributes(ebs_volume_type=v, ebs_volume_count=1)}),
                            (compute.AzureAttributes, "availability", lambda v: {
                                "aws_attributes": None,
                                "azure_attributes": compute.AzureAttributes(availability=v)}),
                            (compute.GcpAttributes, "availability", lambda v: {
                                "aws_attributes": None, "gcp_attributes": compute.GcpAttributes(availability=v)})]:
        for value in samples.enum_of(cls, field):
            yield "%s.%s=%s" % (cls.__name__, field, value.value), rich(**put(value))


class Clusters(current.Judged):
    def read_equals(self, cluster_id, spec):
        details = self.w.clusters.get(cluster_id)
        self.assertEqual(details.spec.as_dict(), spec.as_dict())
        self.assertHolds(details.as_dict(), {name: value for name, value in spec.as_dict().items()
                                             if name != "apply_policy_default_values"})
        return details

    def test_every_field_is_read_as_it_was_written(self):
        fields = set()
        for name, spec in specs():
            with self.subTest(name):
                made = self.w.clusters.create(**samples.arguments(spec))
                self.read_equals(made.cluster_id, spec)
                self.w.clusters.permanent_delete(made.cluster_id)
            fields |= set(spec.as_dict())
        self.assertEqual(set(samples.filled(ClusterSpec).as_dict()) - fields,
                         {"instance_pool_id", "driver_instance_pool_id", "policy_id", "apply_policy_default_values"})

    def test_pool_and_policy(self):
        pool = self.w.instance_pools.create(instance_pool_name="of clusters", node_type_id=NODE).instance_pool_id
        policy = self.w.cluster_policies.create(
            name="of clusters", definition='{"spark_conf.fixed": {"type": "fixed", "value": "1"},'
                                           ' "autotermination_minutes": {"type": "range", "maxValue": 90,'
                                           ' "defaultValue": 30}}')
        spec = ClusterSpec(cluster_name="of pool", spark_version=VERSION, num_workers=0, instance_pool_id=pool,
                           driver_instance_pool_id=pool, policy_id=policy.policy_id, apply_policy_default_values=True)
        made = self.w.clusters.create(**samples.arguments(spec)).cluster_id
        details = self.w.clusters.get(made)
        self.assertEqual(details.spec.as_dict(), spec.as_dict())
        self.assertEqual(details.spark_conf["fixed"], "1")
        self.assertEqual(details.autotermination_minutes, 30)
        self.assertEqual((details.node_type_id, details.num_workers), (NODE, 0))
        self.assertEqual([found.cluster_id for found in self.w.clusters.list(
            filter_by=compute.ListClustersFilterBy(policy_id=policy.policy_id))], [made])

    def test_edit_replaces_and_update_changes_what_it_names(self):
        made = self.w.clusters.create(**samples.arguments(rich())).cluster_id
        self.w.clusters.delete(made).result()
        edited = ClusterSpec(cluster_name="edited", spark_version=VERSION, node_type_id="m5.large", num_workers=3,
                             spark_conf={"a": "b"})
        self.w.clusters.edit(made, **samples.arguments(edited))
        details = self.read_equals(made, edited)
        self.assertEqual(details.state, State.TERMINATED)
        self.assertFalse(details.spark_env_vars)
        self.w.clusters.update(made, "cluster_name,autoscale,spark_conf", cluster=compute.UpdateClusterResource(
            cluster_name="updated", autoscale=compute.AutoScale(min_workers=1, max_workers=2)))
        self.read_equals(made, ClusterSpec(cluster_name="updated", spark_version=VERSION, node_type_id="m5.large",
                                           autoscale=compute.AutoScale(min_workers=1, max_workers=2)))
        whole = rich(apply_policy_default_values=None, cluster_name="all of it")
        values = {field.name: getattr(whole, field.name) for field in dataclasses.fields(compute.UpdateClusterResource)}
        self.w.clusters.update(made, "*", cluster=compute.UpdateClusterResource(**values))
        self.read_equals(made, whole)

    def test_clone(self):
        made = self.w.clusters.create(**plain("origin")).cluster_id
        library = compute.Library(pypi=compute.PythonPyPiLibrary(package="p"))
        self.w.libraries.install(made, [library])
        origin = compute.CloneCluster(source_cluster_id=made)
        clone = self.w.clusters.create(**plain("clone", clone_from=origin)).cluster_id
        self.assertEqual(self.w.clusters.get(clone).cluster_name, "clone")
        self.assertEqual([status.library for status in self.w.libraries.cluster_status(clone)], [library])

    def test_change_owner(self):
        made = self.w.clusters.create(**plain("owned")).cluster_id
        self.w.clusters.delete(made).result()
        self.w.clusters.change_owner(made, "somebody@example.com")
        self.assertEqual(self.w.clusters.get(made).creator_user_name, "somebody@example.com")


class ClusterPages(current.Judged):
    def test_lists_page_and_filter(self):
        made = [self.w.clusters.create(**plain("c%03d" % number)).cluster_id for number in range(45)]
        # The last page is not full, and no page is missing; 0 asks for the usual size.
        for size in (None, 7, 20, 100):
            listed = [details.cluster_id for details in self.w.clusters.list(page_size=size)]
            self.assertEqual(sorted(listed), sorted(made), size)
        by_name = compute.ListClustersSortBy(field=compute.ListClustersSortByField.CLUSTER_NAME,
                                             direction=compute.ListClustersSortByDirection.ASC)
        self.assertEqual([details.cluster_id for details in self.w.clusters.list(page_size=10, sort_by=by_name)], made)
        by_name.direction = compute.ListClustersSortByDirection.DESC
        self.assertEqual([details.cluster_id for details in self.w.clusters.list(page_size=10, sort_by=by_name)],
                         made[::-1])
        self.w.clusters.pin(made[3])
        self.w.clusters.pin(made[7])
        self.w.clusters.unpin(made[7])

        def filtered(**given):
            return [details.cluster_id
                    for details in self.w.clusters.list(filter_by=compute.ListClustersFilterBy(**given))]

        self.assertEqual(filtered(is_pinned=True), [made[3]])
        self.assertEqual(len(filtered(is_pinned=False)), 44)
        self.assertEqual(len(filtered(cluster_sources=[compute.ClusterSource.API, compute.ClusterSource.UI])), 45)
        self.assertEqual(filtered(cluster_sources=[compute.ClusterSource.JOB]), [])
        self.w.clusters.delete(made[0]).result()
        self.w.clusters.permanent_delete(made[1])
        self.assertEqual(filtered(cluster_states=[State.TERMINATED]), [made[0]])
        self.assertEqual(len(list(self.w.clusters.list(page_size=100))), 44)


class ClusterStates(current.Judged):
    """The vendor's waiters, against states that move with the clock."""

    def setUp(self):
        super().setUp()
        sleep = time.sleep
        patch = unittest.mock.patch.object(compute.time, "sleep", lambda seconds: sleep(seconds / 10))
        patch.start()
        self.addCleanup(patch.stop)

    def test_a_life(self):
        w, states = self.w, []
        details = w.clusters.create(**plain("lives")).result(callback=lambda seen: states.append(seen.state))
        self.assertEqual(details.state, State.RUNNING)
        # How often the waiter saw PENDING, which lasts 200 ms, is the machine's affair.
        self.assertLessEqual(set(states), {State.PENDING, State.RUNNING})
        made = details.cluster_id
        self.assertEqual(len(details.executors), 1)
        self.assertTrue(details.driver.private_ip)
        self.assertEqual(w.clusters.resize_and_wait(made, num_workers=3).num_workers, 3)
        self.assertEqual(w.clusters.restart_and_wait(made).state, State.RUNNING)
        self.assertEqual(w.clusters.edit_and_wait(made, **plain("edited")).state, State.RUNNING)
        ended = w.clusters.delete_and_wait(made)
        self.assertEqual(ended.state, State.TERMINATED)
        self.assertEqual(ended.termination_reason.code, compute.TerminationReasonCode.USER_REQUEST)
        self.assertEqual(w.clusters.start_and_wait(made).state, State.RUNNING)
        w.clusters.delete_and_wait(made)
        w.clusters.ensure_cluster_is_running(made)
        self.assertEqual(w.clusters.get(made).state, State.RUNNING)
        w.clusters.ensure_cluster_is_running(made)
        w.clusters.delete(made)
        w.clusters.ensure_cluster_is_running(made)
        self.assertEqual(w.clusters.get(made).state, State.RUNNING)

        happened = list(w.clusters.events(made))
        kinds = [event.type for event in happened]
        self.assertNotIn(None, kinds, "an event of a type that the SDK does not know")
        for kind in (compute.EventType.CREATING, compute.EventType.RUNNING, compute.EventType.TERMINATING,
                     compute.EventType.STARTING, compute.EventType.RESTARTING, compute.EventType.EDITED,
                     compute.EventType.RESIZING):
            self.assertIn(kind, kinds)
        times = [event.timestamp for event in happened]
        self.assertEqual(times, sorted(times, reverse=True))
        upwards = list(w.clusters.events(made, order=compute.GetEventsOrder.ASC, limit=3))
        self.assertEqual([event.timestamp for event in upwards], times[::-1], "all pages, oldest first")
        some = list(w.clusters.events(made, event_types=[compute.EventType.CREATING]))
        self.assertEqual([event.type for event in some], [compute.EventType.CREATING])

    def test_catalogues(self):
        self.assertIn(self.w.clusters.select_spark_version(long_term_support=True),
                      [version.key for version in self.w.clusters.spark_versions().versions])
        self.assertIn(self.w.clusters.select_node_type(local_disk=True, min_memory_gb=16),
                      [kind.node_type_id for kind in self.w.clusters.list_node_types().node_types])
        self.assertIn(self.w.clusters.list_zones().default_zone, self.w.clusters.list_zones().zones)


class Libraries(current.Judged):
    def test_each_kind_is_installed_and_uninstalled(self):
        whole = samples.filled(compute.Library)
        libraries = [compute.Library(**{field.name: getattr(whole, field.name)})
                     for field in dataclasses.fields(compute.Library)]
        for library in libraries:
            for field in ("jar", "egg", "whl", "requirements"):
                if getattr(library, field):
                    ending = {"requirements": "txt"}.get(field, field)
                    setattr(library, field, "/Volumes/a/b/c/some.%s" % ending)
        made = self.w.clusters.create(**plain("with libraries")).result().cluster_id
        self.w.libraries.install(made, libraries)
        deadline = time.monotonic() + 20
        while True:
            found = list(self.w.libraries.cluster_status(made))
            if all(status.status == compute.LibraryInstallStatus.INSTALLED for status in found):
                break
            self.assertLess(time.monotonic(), deadline, found)
            time.sleep(0.05)
        self.assertEqual([status.library.as_dict() for status in found], [library.as_dict() for library in libraries])
        everywhere = {status.cluster_id: status for status in self.w.libraries.all_cluster_statuses()}
        self.assertEqual(len(everywhere[made].library_statuses), len(libraries))
        self.w.libraries.uninstall(made, libraries[:1])
        self.assertEqual(next(iter(self.w.libraries.cluster_status(made))).status,
                         compute.LibraryInstallStatus.UNINSTALL_ON_RESTART)
        self.w.clusters.restart_and_wait(made)
        self.assertEqual(len(list(self.w.libraries.cluster_status(made))), len(libraries) - 1)
