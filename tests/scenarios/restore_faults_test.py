"""Faults on the way of a restore: for every kind of request, all that a network and a service can do to its answer.

What may come of it stands in restore_outcome.py. Every fault proves that it fired. A slice of the cases, unless
DBXARK_SWEEP is `all`.
"""

import functools

import export_outcome
import restore_outcome
import support

# The service does its work, and its answer is another one, or comes to nobody. (A 503 with an error body of
# the service says that nothing was done.)
LOST = {
    "500 with the effect": {"status": 500, "effect": True},
    "503 with the effect": {"status": 503, "effect": True, "html": True},
    "504 with the effect": {"status": 504, "effect": True, "html": True},
    "effect in half a second": {"delay_effect_ms": 500},
    "effect in two seconds": {"delay_effect_ms": 2000},
}
# What happens to all answers of a kind.
ALWAYS = {
    "429 for good": {"status": 429, "retry_after": "0"},
    "500 for good": {"status": 500},
    "reset for good, with the effect": {"reset": "after"},
    "403 for good": {"status": 403, "body": {"error_code": "PERMISSION_DENIED", "message": "no"}},
    "quota": {"status": 400, "body": {"error_code": "QUOTA_EXCEEDED", "message": "no more"}},
}
# An answer that says nothing, of what nobody looks at again: that it is empty tells nobody that nothing was done.
SAYS_NOTHING = ("/api/2.0/libraries/install", "/api/2.1/clusters/pin", "/api/2.2/jobs/reset")
EXPIRED = {"status": 403, "body": {"error_code": "INVALID_ACCESS_TOKEN", "message": "expired"}}
REQUESTS_BEFORE = (1, 5, 40, 60, 80, 110)


class Faults(restore_outcome.RestoreOutcome):
    def one(self, method, path, action, times, skip=0):
        match = {"path": path} if method == "*" else {"method": method, "path": path}
        code, fired, unknown = self.outcome([{"match": match, "skip": skip, "times": times, "action": action}])
        self.assertGreater(fired[0], 0, "the fault did not fire")
        return code, fired, unknown

    def check(self, actions_of, times, stride):
        every = [("%s %s: %s" % (method, path, label), functools.partial(self.one, method, path, action, times))
                 for method, path in self.routes for label, action in actions_of(method, path).items()]
        self.check_all(every[::1 if export_outcome.whole_sweep() else stride])

    def test_once(self):
        def actions(method, path):
            told = {**export_outcome.once(path), **(LOST if method != "GET" else {})}
            if path in SAYS_NOTHING:
                del told["empty 200"]
            return told
        self.check(actions, 1, 83)

    def test_for_good(self):
        self.check(lambda method, path: ALWAYS, -1, 47)

    def expired(self, before):
        code, fired, unknown = self.one("*", "*", EXPIRED, -1, before)
        self.assertEqual(code, 7)
        return code, fired, unknown

    def test_a_token_that_expires_on_the_way(self):
        self.check_all([("after %d" % before, functools.partial(self.expired, before)) for before in REQUESTS_BEFORE])


if __name__ == "__main__":
    support.main()
