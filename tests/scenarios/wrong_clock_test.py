"""A clock that is a day off, behind or ahead: everything works, nothing sleeps for a day, and archives say how far off.

The machine's clock is Debian's faketime's; the workspace's is right.
"""

import email.utils
import os
import time

import exact
import support

DAY_S = 86400
FAST = ("--requests-per-second", "0", "--exclude", "notebooks:/Shared/big/**", "--exclude",
        "dbfs_files:/FileStore/tables/weather.bin")
OFF = {"a day behind": "-1d", "a day ahead": "+1d"}


class WrongClock(exact.ExactStory):
    def setUp(self):
        super().setUp()
        if not exact.runs(["faketime", "-f", "+0d"]):
            self.not_here("there is no faketime here")
        tried = self.run_words([*self.at("+0d"), os.path.join(support.BIN_DIR, "dbxark"), "--version"])
        if "runtime does not come first" in tried.errors:
            self.skipTest("a sanitizer cannot live with a preloaded library")
        self.assertEqual(tried.code, 0, str(tried))

    def at(self, offset):
        return ["faketime", "--exclude-monotonic", "-f", offset]

    def run_at(self, offset, *words, code=0, at_most_s=120, **extra):
        began = time.monotonic()
        done = self.run_words([*self.at(offset), os.path.join(support.BIN_DIR, "dbxark"), *words], timeout=300, **extra)
        self.assertEqual(done.code, code, str(done))
        self.assertLess(time.monotonic() - began, at_most_s, str(done))
        return done

    def test_export_and_restore(self):
        self.source()
        self.target()
        self.export("right.tar.zst", *FAST)
        for label, offset in OFF.items():
            with self.subTest(label):
                archive = "%s.tar.zst" % offset
                self.run_at(offset, "export", "--profile", "primary", "-o", archive, *FAST)
                self.dbxark("verify", archive)
                skew = self.dbxark("info", "--json", archive).json()["manifest"]["crawl"]["clock_skew_s"]
                self.assertAlmostEqual(skew, -int(offset[:-1]) * DAY_S, delta=60)
                self.dbxark("diff", "right.tar.zst", archive, "--exit-code")
        # The same journal, from one clock to the other and back: nothing is made twice.
        self.run_at("-1d", "restore", "-1d.tar.zst", "--profile", "secondary", "--yes", *FAST, code=3)
        self.dbxark("export", "--profile", "secondary", "-o", "first.tar.zst", *FAST)
        for label, offset in OFF.items():
            with self.subTest(label):
                self.run_at(offset, "restore", "-1d.tar.zst", "--profile", "secondary", "--yes", *FAST, code=3)
                self.dbxark("export", "--profile", "secondary", "-o", "again%s.tar.zst" % offset, *FAST)
                self.dbxark("diff", "first.tar.zst", "again%s.tar.zst" % offset, "--exit-code")

    def test_a_refusal_until_a_time_of_day(self):
        source = self.source()
        for label, offset in OFF.items():
            with self.subTest(label):
                in_3_s = email.utils.formatdate(time.time() + 3, usegmt=True)
                source.post("/emulator/faults", [{"match": {"path": "/api/2.2/jobs/list"}, "times": 1,
                                                  "action": {"status": 429, "retry_after": in_3_s}}])
                began = time.monotonic()
                archive = "429%s.tar.zst" % offset
                self.run_at(offset, "export", "--profile", "primary", "-o", archive, "--include", "jobs:nightly-etl")
                self.assertGreater(time.monotonic() - began, 1.5)
                self.assertEqual(source.get("/emulator/faults")[0]["fired"], 1)

    def test_a_certificate_of_tomorrow(self):
        source = self.emulator(*self.certificate(*exact.OF_THE_EMULATOR))
        self.profile("tls", source.url, source.token)
        for offset, what in (("-2d", "certificate is not yet valid"), ("+2d", "certificate has expired")):
            with self.subTest(what):
                said = "ADDRESS: SSL certificate problem: %s: or this machine's clock is wrong\n" % what
                self.export_ends("tls", 7, exact.DENIED + exact.ME + said, behind=self.at(offset),
                                 environment={"SSL_CERT_FILE": self.path("cert.pem")})


if __name__ == "__main__":
    support.main()
