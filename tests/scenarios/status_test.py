"""How far a restore has come, asked at every stage of it."""

import support


class Status(support.Story):
    RESTORE = ("restore", "a.tar.zst", "--profile", "secondary")

    def status(self, code):
        document = self.dbxark(*self.RESTORE, "--status", "--json", code=code).json()
        counts = {name: len(items) for name, items in document.items() if isinstance(items, list)}
        self.assertEqual(sum(counts.values()), self.objects)
        return counts, document

    def setUp(self):
        super().setUp()
        self.primary, self.secondary = self.source(), self.target()
        self.export()
        self.objects = sum(self.dbxark("info", "--json", "a.tar.zst").json()["manifest"]["counts"].values())

    def test_from_the_beginning_to_the_end(self):
        refused = self.dbxark(*self.RESTORE, "--status", code=5)
        self.assertIn("no restore of this archive's workspace has begun there", refused.errors)
        # The answer to one job is lost and cannot be looked for; one script is refused; the rest goes on.
        self.secondary.post("/emulator/faults", [
            {"match": {"method": "POST", "path": "/api/2.2/jobs/create", "body_contains": "landing-files"}, "times": -1,
             "action": {"reset": "before"}},
            {"match": {"method": "POST", "path": "/api/2.0/global-init-scripts"}, "times": 1,
             "action": {"status": 403, "body": {"error_code": "PERMISSION_DENIED", "message": "no"}}}])
        self.dbxark(*self.RESTORE, "--yes", "--settle", "0", "--patience", "1", code=3)
        self.assertEqual([fault["fired"] > 0 for fault in self.secondary.get("/emulator/faults")], [True, True])
        self.secondary.clear_requests()
        counts, document = self.status(3)
        self.assertLessEqual(set(self.secondary.methods()), {"GET"})
        self.assertFalse(document["settled"])
        self.assertEqual([item["natural_key"] for item in document["unknown"]], ["landing-files"])
        self.assertEqual([item["kind"] for item in document["failed"]], ["global_init_script"])
        self.assertGreater(counts["done"], 20)
        self.assertGreaterEqual(counts["blocked"], 3)
        text = self.dbxark(*self.RESTORE, "--status", code=3)
        self.assertIn("unknown 1:\n  job  landing-files  ", text.text)
        self.assertRegex(text.text, r"failed 1:\n  global_init_script  .*PERMISSION_DENIED: no \(")

        self.secondary.post("/emulator/faults", [])
        self.dbxark(*self.RESTORE, "--yes", "--retry-unknown", code=3)
        counts, document = self.status(3)
        self.assertEqual((counts["open"], counts["unknown"], counts["failed"], counts["blocked"]), (0, 0, 0, 3))
        # The journal alone is enough.
        by_file = self.dbxark("restore", "a.tar.zst", "--status", "--journal", document["journal"], code=3)
        self.assertIn(" done, 3 blocked", by_file.text)


if __name__ == "__main__":
    support.main()
