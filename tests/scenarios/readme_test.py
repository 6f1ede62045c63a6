"""Every command that README.md shows is run, in order, as its reader would run it.

A fenced block that begins with ```sh is run line by line, ending at the first command that does not end as it should.
What cannot be run in a test (the two scripts, a build) is told apart by its first word.
"""

import os
import re
import shlex

import support

# What installs, builds and tests: run by people and by the CI, not from within a test.
NOT_HERE = ("tools/quickstart", "tools/test", "cmake", "git", "sudo", "apt-get")


def blocks_of(text):
    return re.findall(r"^```sh\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def commands_of(block):
    """The commands of a block, with continued lines joined and comments left out."""
    for line in block.replace("\\\n", " ").splitlines():
        if line.strip() and not line.lstrip().startswith("#"):
            yield line.strip()


class Readme(support.Story):
    def test_every_command_runs(self):
        with open(os.path.join(support.SOURCE_DIR, "README.md"), encoding="utf-8") as file:
            commands = [command for block in blocks_of(file.read()) for command in commands_of(block)]
        ran = 0
        self.assertTrue(commands)
        self.source()
        self.target()
        # The reader's own ~/.databrickscfg: HOME is the story's folder.
        self.environment.pop("DATABRICKS_CONFIG_FILE")
        for command in commands:
            first = shlex.split(command, comments=True)[0]
            if first in NOT_HERE:
                self.assertTrue(first not in ("tools/quickstart", "tools/test") or
                                os.access(os.path.join(support.SOURCE_DIR, first), os.X_OK), command)
                continue
            with self.subTest(command):
                # The reader stands in the clone, the story in a folder of its own.
                if first.startswith("tools/"):
                    command = command.replace(first, shlex.quote(os.path.join(support.SOURCE_DIR, first)), 1)
                done = self.run_words(["bash", "-o", "pipefail", "-c", command])
                self.assertIn(done.code, self.expected(command), str(done))
                ran += 1
        self.assertGreater(ran, 10)

    def expected(self, command):
        """A command that is meant to end otherwise says so: `# exit 3`. The sample has jobs that cannot be restored."""
        match = re.search(r"#.*\bexit (\d+)", command)
        if match:
            return (int(match.group(1)),)
        return (3,) if " restore " in command and "--dry-run" not in command else (0,)

    def test_every_command_and_exit_code_is_in_it(self):
        with open(os.path.join(support.SOURCE_DIR, "README.md"), encoding="utf-8") as file:
            text = file.read()
        usage = self.dbxark("--help").text
        commands = re.findall(r"^  ([a-z]+)\s{2,}", usage.split("ubcommands")[-1].split("SUBCOMMANDS")[-1], re.MULTILINE)
        self.assertGreaterEqual(len(commands), 7, usage)
        for command in commands:
            self.assertRegex(text, r"\| `%s\b" % command)
        with open(os.path.join(support.SOURCE_DIR, "src", "cli", "exit_code.h"), encoding="utf-8") as file:
            for code in re.findall(r"k\w+ = (\d+),", file.read()):
                self.assertRegex(text, r"(?m)^\| (\d+, )?%s[ ,]" % code, "exit code " + code)


if __name__ == "__main__":
    support.main()
