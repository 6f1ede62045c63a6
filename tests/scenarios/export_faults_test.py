"""Faults on the way of an export: for every kind of request, all that a network and a service can do to its answer.

What may come of it stands in export_outcome.py. Every fault proves that it fired. A slice of the cases, unless
DBXARK_SWEEP is `all`.
"""

import functools

import export_outcome
import support

# What happens to all answers of a kind.
ALWAYS = {
    "429 for good": {"status": 429, "retry_after": "0"},
    "500 for good": {"status": 500},
    "503 for good": {"status": 503, "retry_after": "0"},
    "reset for good": {"reset": "after"},
    "reset after the headers for good": {"reset": "headers"},
    "page for good": {"status": 200, "html": True},
    "empty for good": {"status": 200, "empty": True},
    "403 for good": {"status": 403, "body": {"error_code": "PERMISSION_DENIED", "message": "no"}},
    "404 for good": {"status": 404, "body": {"error_code": "RESOURCE_DOES_NOT_EXIST", "message": "no"}},
}
# What happens to every request, of whatever kind, from the one after so many on.
EXPIRED = {"status": 403, "body": {"error_code": "INVALID_ACCESS_TOKEN", "message": "expired"}}
REQUESTS_BEFORE = (1, 5, 40, 90, 130)


class Faults(export_outcome.ExportOutcome):
    def one(self, route, action, times, skip=0):
        code, fired = self.outcome([{"match": {"method": "GET", "path": route}, "skip": skip, "times": times,
                                     "action": action}])
        self.assertGreater(fired[0], 0, "the fault did not fire")
        return code

    def check(self, actions_of, times):
        every = [("%s: %s" % (route, label), functools.partial(self.one, route, action, times))
                 for route in self.routes for label, action in actions_of(route).items()]
        stride = 1 if export_outcome.whole_sweep() else 29
        self.check_all(every[::stride])

    def test_once(self):
        self.check(export_outcome.once, 1)

    def test_for_good(self):
        self.check(lambda route: ALWAYS, -1)

    def test_a_token_that_expires_on_the_way(self):
        for before in REQUESTS_BEFORE:
            with self.subTest(before):
                self.assertIn(self.one("*", EXPIRED, -1, before), (3, 7))


if __name__ == "__main__":
    support.main()
