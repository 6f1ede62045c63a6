"""What an export does to the world, and how it ends when the world does something to it."""

import os
import socket
import subprocess
import time

import support


class Export(support.Story):
    def test_only_reads_are_sent(self):
        source = self.source()
        self.export()
        methods = source.methods()
        self.assertTrue(methods)
        self.assertLessEqual(set(methods), {"GET", "HEAD"}, methods)

    def test_an_existing_file_is_never_overwritten(self):
        source = self.source()
        with open(self.path("a.tar.zst"), "wb") as file:
            file.write(b"precious")
        source.clear_requests()
        refused = self.export(code=6)
        self.assertIn("a.tar.zst", refused.errors)
        self.assertEqual(source.methods(), {})
        with open(self.path("a.tar.zst"), "rb") as file:
            self.assertEqual(file.read(), b"precious")

    def test_the_archive_does_not_depend_on_the_number_of_workers(self):
        self.source()
        same = ["--archive-id", "01890000-0000-7000-8000-000000000001"]
        clock = {"SOURCE_DATE_EPOCH": "1763702340"}
        for workers in ("1", "16"):
            self.export("w%s.tar.zst" % workers, "--workers", workers, *same, environment=clock)
        with open(self.path("w1.tar.zst"), "rb") as one, open(self.path("w16.tar.zst"), "rb") as sixteen:
            self.assertTrue(one.read() == sixteen.read(), "the archives differ")

    def test_somebody_who_is_no_administrator_makes_a_partial_view(self):
        self.source()
        partial = self.dbxark("export", "--profile", "primary-user", "-o", "a.tar.zst", code=3)
        self.assertIn("exit 3", partial.text + partial.errors)
        self.assertIn("no administrator", partial.text + partial.errors)
        self.dbxark("verify", "a.tar.zst")
        # What somebody else may not even list is a failure still, unless it is left out on purpose.
        self.dbxark("export", "--profile", "primary-user", "-o", "b.tar.zst", "--partial-ok", code=3)
        self.dbxark("export", "--profile", "primary-user", "-o", "c.tar.zst", "--partial-ok", "--exclude",
                    "global_init_scripts")

    def test_an_object_that_cannot_be_read_is_listed_and_alarms_until_it_is_accepted(self):
        source = self.source()
        source.post("/emulator/faults", [{"match": {"method": "GET", "path": "/api/2.0/instance-pools/get"},
                                          "times": -1, "action": {"status": 403, "body": {
                                              "error_code": "PERMISSION_DENIED", "message": "no"}}}])
        failed = self.export(code=3)
        self.assertIn("instance_pool", failed.text + failed.errors)
        self.assertIn("exit 3", failed.text + failed.errors)
        listed = self.dbxark("info", "--failed", "a.tar.zst")
        self.assertIn("instance_pool", listed.text)
        self.dbxark("verify", "a.tar.zst")
        names = [gap["natural_key"] for gap in self.export("b.tar.zst", "--json", code=3).json()["failed"]]
        self.assertTrue(names)
        with open(self.path("accepted"), "w") as accepted:
            accepted.write("# known\n" + "".join("instance_pool %s\n" % name for name in names))
        self.export("c.tar.zst", "--accept", "accepted")

    def test_a_profile_that_is_not_there(self):
        self.source()
        missing = self.dbxark("export", "--profile", "primry", "-o", "a.tar.zst", code=5)
        self.assertIn("primry", missing.errors)
        self.assertFalse(os.path.exists(self.path("a.tar.zst")))

    def test_a_wrong_token(self):
        source = self.source()
        self.profile("wrong", source.url, "dapi-user-of-long-ago")
        refused = self.run_words([os.path.join(support.BIN_DIR, "dbxark"), "export", "--profile", "wrong", "-o", "a.tar.zst"])
        self.assertEqual(refused.code, 7, str(refused))
        self.assertNotIn("dapi-user-of-long-ago", refused.text + refused.errors)
        self.assertFalse(os.path.exists(self.path("a.tar.zst")))

    def test_a_host_that_nobody_answers_at(self):
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            self.profile("nobody", "http://127.0.0.1:%d" % unused.getsockname()[1], "dapi-admin")
            unreached = self.dbxark("export", "--profile", "nobody", "-o", "a.tar.zst", "--patience", "1", code=1)
        self.assertIn("127.0.0.1", unreached.errors)
        self.assertFalse(os.path.exists(self.path("a.tar.zst")))

    def test_a_mistyped_command_or_option_names_the_likely_one(self):
        self.assertIn("export", self.dbxark("exprot", code=2).errors)
        self.assertIn("--profile", self.dbxark("export", "--profil", "x", "-o", "a", code=2).errors)
        self.dbxark(code=2)

    def test_a_kind_that_does_not_exist(self):
        self.source()
        self.assertIn("jobs", self.export("a.tar.zst", "--include", "jbos", code=2).errors)

    def test_only_what_is_selected_is_saved_and_the_rest_is_said_to_be_left_out(self):
        self.source()
        report = self.export("a.tar.zst", "--include", "jobs", "--include", "clusters", "--json").json()
        self.assertLessEqual({kind for kind, count in report["counts"].items() if count}, {"jobs", "clusters"})
        listed = self.dbxark("ls", "a.tar.zst").text
        self.assertNotIn("notebook", listed)

    def test_a_kill_leaves_nothing_under_the_final_name(self):
        self.source("--latency-ms", "40")
        for wait in (0.2, 0.6, 1.0):
            killed = subprocess.Popen([os.path.join(support.BIN_DIR, "dbxark"), "export", "--profile", "primary", "-o",
                                       "a.tar.zst", "--workers", "1"], cwd=self.folder, env=self.environment,
                                      stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(wait)
            self.assertIsNone(killed.poll(), "the export was too fast to be killed")
            killed.kill()
            killed.wait()
            self.assertFalse(os.path.exists(self.path("a.tar.zst")))
        # What a killed run left behind is in nobody's way.
        self.export("a.tar.zst", "--include", "jobs")

    def test_an_interruption_says_so_and_leaves_nothing(self):
        self.source("--latency-ms", "40")
        interrupted = subprocess.Popen([os.path.join(support.BIN_DIR, "dbxark"), "export", "--profile", "primary", "-o",
                                        "a.tar.zst", "--workers", "1"], cwd=self.folder, env=self.environment,
                                       stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        time.sleep(0.7)
        began = time.monotonic()
        interrupted.send_signal(2)
        output = interrupted.communicate(timeout=60)[0].decode()
        self.assertEqual(interrupted.returncode, 130, output)
        self.assertLess(time.monotonic() - began, 5)
        self.assertEqual([name for name in os.listdir(self.folder) if "a.tar.zst" in name], [])


if __name__ == "__main__":
    support.main()
