"""Reading an archive: without a workspace, with selectors, into pipes, past damage, and with the tools that everybody has."""

import os
import shutil
import subprocess
import tarfile
import unittest

import support


class Reading(support.Story):
    archive = None

    def setUp(self):
        super().setUp()
        if Reading.archive is None:
            self.source()
            self.export()
            with open(self.path("a.tar.zst"), "rb") as file:
                Reading.archive = file.read()
        self.put("a.tar.zst", Reading.archive)
        # Reading needs no workspace.
        if os.path.exists(self.config):
            os.unlink(self.config)

    def put(self, name, data):
        with open(self.path(name), "wb") as file:
            file.write(data)

    def test_info_ls_show_verify(self):
        self.assertIn(support.SOURCE_ORG, self.dbxark("info", "a.tar.zst").text.replace(",", ""))
        everything = self.dbxark("ls", "a.tar.zst").text
        jobs = self.dbxark("ls", "a.tar.zst", "jobs").text
        self.assertTrue(jobs)
        self.assertLess(len(jobs), len(everything))
        self.assertIn('"job_id"', self.dbxark("show", "a.tar.zst", "jobs").text)
        self.dbxark("verify", "a.tar.zst")
        self.dbxark("verify", "--quick", "a.tar.zst")
        # The sample has a job on a cluster that is long gone.
        self.assertIn("orphan", self.dbxark("verify", "--restorable", "a.tar.zst", code=3).text)

    def test_json_has_a_schema(self):
        self.assertIn("schema", self.dbxark("info", "--json", "a.tar.zst").json())
        self.assertIn('"schema"', self.dbxark("ls", "--json", "a.tar.zst").text)
        self.assertIn('"schema"', self.dbxark("verify", "--json", "a.tar.zst").text)

    def test_a_selector_that_matches_nothing(self):
        self.dbxark("show", "a.tar.zst", "jobs:there is no such job", code=5)
        self.dbxark("ls", "a.tar.zst", "jobs:there is no such job", code=5)
        self.assertIn("jobs", self.dbxark("ls", "a.tar.zst", "jbos", code=2).errors)

    def test_an_archive_that_is_not_there(self):
        self.assertIn("b.tar.zst", self.dbxark("info", "b.tar.zst", code=5).errors)

    def test_what_is_no_archive_or_a_damaged_one(self):
        data = Reading.archive
        middle = len(data) // 2
        for name, damaged in {"empty": b"", "text": b"hello\n" * 1000, "cut": data[:middle], "short": data[:-1],
                              "flipped": data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1:],
                              "longer": data + b"x"}.items():
            with self.subTest(name):
                self.put("d.tar.zst", damaged)
                verdict = self.dbxark("verify", "d.tar.zst", code=4)
                self.assertIn("exit 4", verdict.errors)

    def test_a_damaged_part_costs_only_its_own(self):
        data = bytearray(Reading.archive)
        data[len(data) // 3] ^= 0x10
        self.put("d.tar.zst", bytes(data))
        self.dbxark("extract", "d.tar.zst", "-C", "out", "--keep-going", code=4)
        self.assertTrue(os.listdir(self.path("out")))

    def test_a_reader_that_goes_away_early(self):
        script = 'set -o pipefail; dbxark ls a.tar.zst | head -n 1'
        done = self.run_words(["bash", "-c", script])
        self.assertEqual(len(done.text.splitlines()), 1, str(done))
        self.assertIn(done.code, (0, 141), str(done))
        self.assertEqual(done.errors, "")
        script = "dbxark show a.tar.zst notebooks | head -c 1 >/dev/null; echo ${PIPESTATUS[0]}"
        done = self.run_words(["bash", "-c", script])
        self.assertIn(done.text.strip(), ("0", "141"), str(done))
        self.assertEqual(done.errors, "")

    def test_extract_writes_what_the_archive_holds(self):
        self.dbxark("extract", "a.tar.zst", "-C", "out")
        files = [os.path.join(folder, name) for folder, _, names in os.walk(self.path("out")) for name in names]
        self.assertTrue(any("/out/workspace/" in file for file in files), files[:20])

    @unittest.skipUnless(shutil.which("zstd") and shutil.which("tar"), "needs tar and zstd")
    def test_tar_and_zstd_open_it(self):
        for locale in ("C", "C.UTF-8"):
            with self.subTest(locale):
                os.mkdir(self.path("tar-" + locale))
                done = self.run_words(["tar", "--zstd", "-xf", "a.tar.zst", "-C", "tar-" + locale],
                                      environment={"LC_ALL": locale})
                self.assertEqual((done.code, done.errors), (0, ""), str(done))
                self.assertTrue(os.listdir(self.path("tar-" + locale)))
        self.assertEqual(self.run_words(["zstd", "-tq", "a.tar.zst"]).code, 0)
        plain = subprocess.run(["zstd", "-dcq", self.path("a.tar.zst")], capture_output=True, check=True).stdout
        self.put("a.tar", plain)
        with tarfile.open(self.path("a.tar")) as tar:
            self.assertGreater(len(tar.getmembers()), 10)

    @unittest.skipUnless(shutil.which("bsdtar"), "needs bsdtar")
    def test_bsdtar_opens_it(self):
        os.mkdir(self.path("bsd"))
        done = self.run_words(["bsdtar", "-xf", "a.tar.zst", "-C", "bsd"], environment={"LC_ALL": "C.UTF-8"})
        self.assertEqual((done.code, done.errors), (0, ""), str(done))


if __name__ == "__main__":
    support.main()
