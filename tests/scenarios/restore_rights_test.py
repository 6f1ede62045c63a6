"""Rights that are too small for a plan are found by reads, before the first change."""

import support


class Rights(support.Story):
    def setUp(self):
        super().setUp()
        self.source()
        self.export("a.tar.zst", "-q")

    def restore(self, profile, *words, **extra):
        return self.dbxark("restore", "a.tar.zst", "--profile", profile, "--yes", "--settle", "3", *words, **extra)

    def changes(self, target):
        return {method: count for method, count in target.methods().items() if method != "GET"}

    def test_what_only_administrators_can_make_ends_it_before_the_first_change(self):
        target = self.target()
        done = self.restore("secondary-user", code=7)
        last = done.errors.strip().splitlines()[-1]
        self.assertTrue(last.startswith("exit 7: "), str(done))
        for words in ("is no administrator of the target", "cluster policies", "--exclude cluster_policies"):
            self.assertIn(words, last)
        self.assertEqual(self.changes(target), {})
        planned = self.restore("secondary-user", "--dry-run")
        self.assertIn("is no administrator of the target", planned.errors)
        self.assertEqual(self.changes(target), {})
        # An administrator goes on from there.
        self.restore("secondary", code=3)

    def test_what_may_be_refused_is_a_warning(self):
        target = self.target()
        done = self.restore("secondary-user", "--include", "notebooks:/Users/**", "--include", "notebooks:/Shared/**", code=3)
        self.assertIn("in homes of others, which may be refused", done.errors)
        self.assertGreater(self.changes(target).get("POST", 0), 0)
        # Each that was refused is named.
        self.assertIn("PERMISSION_DENIED", done.text)

    def test_an_administrator_whose_groups_are_not_told(self):
        self.target("--variant", "me-without-groups")
        done = self.restore("secondary", code=3)
        self.assertNotIn("is no administrator of the target", done.errors)
        self.dbxark("diff", "a.tar.zst", "live:secondary", "--exit-code", "-q")

    def test_a_token_that_expires_before_the_first_change(self):
        target = self.target()
        target.post("/emulator/faults", [{"match": {"method": method, "path": "*"}, "skip": skip, "times": -1, "action": {
            "status": 403, "body": {"error_code": "INVALID_ACCESS_TOKEN", "message": "expired"}}}
            for method, skip in (("GET", 20), ("POST", 0))])
        done = self.restore("secondary", code=7)
        self.assertIn("not accepted any more", done.errors)
        target.post("/emulator/faults", [])
        self.assertEqual(target.get("/api/2.2/jobs/list"), {"has_more": False})


if __name__ == "__main__":
    support.main()
