"""`cmake --install` puts everything where it belongs."""

import os
import subprocess

import support


class Install(support.Story):
    def test_binaries_and_documents_are_installed(self):
        build = os.path.dirname(support.BIN_DIR)
        subprocess.run(["cmake", "--install", build, "--prefix", self.path("usr")], check=True, capture_output=True)
        for name in ("dbxark", "dbxark-emulator"):
            done = self.run_words([self.path("usr", "bin", name), "--help"])
            self.assertEqual(done.code, 0, str(done))
        documents = self.path("usr", "share", "doc", "dbxark")
        for name in ("README.md", "LICENSE", "CHANGELOG.md", "format/archive_format.md"):
            self.assertTrue(os.path.getsize(os.path.join(documents, name)) > 0, name)
        with open(os.path.join(support.SOURCE_DIR, "format", "archive_format.md"), "rb") as ours:
            with open(os.path.join(documents, "format", "archive_format.md"), "rb") as installed:
                self.assertEqual(ours.read(), installed.read())

    def test_the_version_names_the_libraries_too(self):
        version = self.dbxark("--version").text
        self.assertTrue(version.startswith("dbxark "), version)
        for library in ("curl", "simdjson", "libarchive", "zstd", "OpenSSL", "xxHash", "CLI11"):
            self.assertIn(library.lower(), version.lower())


if __name__ == "__main__":
    support.main()
