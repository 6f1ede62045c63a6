"""The vendor's current SDK as a judge: clients that are watched, data classes that are strict, and what is excused."""

import logging

from databricks.sdk import WorkspaceClient
from databricks.sdk.clock import RealClock
from databricks.sdk.core import ApiClient, Config
from databricks.sdk.service import compute, files, iam, jobs, workspace
from databricks.sdk.version import __version__

import judge
import strict

# That a host says nothing of itself at /.well-known/databricks-config, as older ones do, is worth a warning to the SDK.
logging.getLogger("databricks.sdk").setLevel(logging.ERROR)

TYPED = judge.Witness("databricks-sdk %s" % __version__)
# What is sent with the client's own untyped request, because no class of its has a method for it.
UNTYPED = judge.Witness("databricks-sdk %s untyped" % __version__)

SEEN = "undocumented, and kept out of restores by public tools that saw it in answers"

# (class, member) or (method, path) -> why an answer has it although the vendor's class does not. One that is not needed
# any more is a failure.
EXCUSED = {
    ("ClusterDetails", "driver_healthy"): SEEN,
    ("ClusterDetails", "driver_instance_source"): SEEN,
    ("ClusterDetails", "effective_spark_version"): SEEN,
    ("ClusterDetails", "init_scripts_safe_mode"): SEEN,
    ("ClusterDetails", "instance_source"): SEEN,
    ("ListPoliciesResponse", "total_count"): "in the reference of the Cluster Policies API 2.0, and in no class",
    **{(method, "/api/2.0/preview/scim/v2/%s/{}" % kind): "RFC 7644 allows the resource as the answer; the SDK drops it"
       for method in ("PATCH", "PUT") for kind in ("Users", "Groups", "ServicePrincipals")},
    ("ObjectInfo", "object_type"): "MLFLOW_EXPERIMENT nodes, which older workspaces list and later SDKs do not know",
}

# Answers that the vendor's iterators read member by member, and the class that the vendor's own description gives them.
ENVELOPES = {
    ("GET", "/api/2.0/policies/clusters/list"): compute.ListPoliciesResponse,
    ("GET", "/api/2.0/policy-families"): compute.ListPolicyFamiliesResponse,
    ("GET", "/api/2.0/instance-pools/list"): compute.ListInstancePools,
    ("GET", "/api/2.0/global-init-scripts"): compute.ListGlobalInitScriptsResponse,
    ("GET", "/api/2.0/libraries/all-cluster-statuses"): compute.ListAllClusterLibraryStatusesResponse,
    ("GET", "/api/2.0/libraries/cluster-status"): compute.ClusterLibraryStatuses,
    ("GET", "/api/2.1/clusters/list"): compute.ListClustersResponse,
    ("POST", "/api/2.1/clusters/events"): compute.GetEventsResponse,
    ("GET", "/api/2.2/jobs/list"): jobs.ListJobsResponse,
    ("GET", "/api/2.2/jobs/runs/list"): jobs.ListRunsResponse,
    ("GET", "/api/2.0/dbfs/list"): files.ListStatusResponse,
    ("GET", "/api/2.0/workspace/list"): workspace.ListResponse,
    ("GET", "/api/2.0/preview/scim/v2/Users"): iam.ListUsersResponse,
    ("GET", "/api/2.0/preview/scim/v2/Groups"): iam.ListGroupsResponse,
    ("GET", "/api/2.0/preview/scim/v2/ServicePrincipals"): iam.ListServicePrincipalResponse,
}

FINDINGS = strict.Findings(EXCUSED, ENVELOPES)
for module in (compute, files, iam, jobs, workspace):
    strict.make_strict(module, FINDINGS)
strict.watch_answers(ApiClient, FINDINGS)


class PatientClock(RealClock):
    """Notes how long the SDK wanted to sleep, and sleeps a hundredth of it."""

    def __init__(self):
        self.naps = []

    def sleep(self, seconds):
        self.naps.append(seconds)
        super().sleep(seconds / 100)


def connect(emulator, token=judge.ADMIN, witness=TYPED, **settings):
    """A client of the vendor's, which `witness` watches."""
    clock = PatientClock()
    client = WorkspaceClient(config=Config(host=emulator.url, token=token, auth_type="pat", clock=clock, **settings))
    client.naps = clock.naps
    client.api_client.may_be_untyped = witness is not TYPED
    if witness:
        witness.watch(client.api_client._api_client._session)
    return client


class Judged(judge.Judged):
    """Tests on one emulator with an administrator's client `w` and that of somebody else, `other`."""

    witnesses = (TYPED, UNTYPED)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.w = connect(cls.emulator)
        cls.other = connect(cls.emulator, judge.USER)

    def setUp(self):
        self.addCleanup(self.nothing_was_lost)

    def nothing_was_lost(self):
        found = FINDINGS.take()
        self.assertFalse(found, "the SDK cannot take what the emulator answered:\n  " + "\n  ".join(sorted(set(found))))

    def assertRaisesOf(self, error, code, call, *words, **named):
        """That the call raises just that class, not one above it, with that code."""
        with self.assertRaises(error) as caught:
            call(*words, **named)
        self.assertIs(type(caught.exception), error, repr(caught.exception))
        self.assertEqual(caught.exception.error_code, code, repr(caught.exception))
        self.assertTrue(str(caught.exception), "an error says something")
        return caught.exception
