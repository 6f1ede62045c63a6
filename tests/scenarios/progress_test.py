"""What is seen while a command works: on terminals of several kinds, where there is none, and by machines."""

import fcntl
import json
import os
import pty
import re
import struct
import subprocess
import termios

import support

THROTTLED = [{"match": {"path": "/api/2.0/workspace/export"}, "skip": 12, "action": {"status": 429, "retry_after": "3"}}]


class Progress(support.Story):
    def on_terminal(self, words, columns, term, **environment):
        """What a terminal of that kind and width is sent on standard error."""
        try:
            ours, theirs = pty.openpty()
        except OSError:
            self.not_here("there are no terminals here: /dev/pts is missing")
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
        process = subprocess.Popen([os.path.join(support.BIN_DIR, "dbxark"), *words], cwd=self.folder,
                                   env=dict(self.environment, TERM=term, **environment), stdin=subprocess.DEVNULL,
                                   stdout=subprocess.DEVNULL, stderr=theirs)
        os.close(theirs)
        seen = b""
        while True:
            try:
                piece = os.read(ours, 65536)
            except OSError:  # how Linux tells that the other end is closed
                break
            if not piece:
                break
            seen += piece
        os.close(ours)
        self.assertEqual(process.wait(60), 0, seen)
        return seen.decode()

    def test_a_line_is_written_over_and_says_what_it_waits_for(self):
        for columns in (80, 200):
            with self.subTest(columns):
                source = self.workspace("p%d" % columns, "--sample", "small", "--latency-ms", "30", "--org-id", "11")
                source.post("/emulator/faults", THROTTLED)
                seen = self.on_terminal(["export", "--profile", "p%d" % columns, "-o", "%d.tar.zst" % columns], columns, "xterm")
                self.assertEqual([fault["fired"] for fault in source.get("/emulator/faults")], [1])
                lines = re.findall(r"\r\x1b\[K([^\r\n]*)", seen)
                self.assertLess(max(len(line) for line in lines), columns)
                self.assertTrue(any(re.match(r"list  \d+ so far  ", line) for line in lines), lines)
                self.assertTrue(any(re.match(r"read  \[#+-*\]  +\d+ %  \d+ of 114  notebooks", line) for line in lines), lines)
                waits = [line for line in lines if re.search(r"throttled by the server, resuming in [123] s$", line)]
                self.assertTrue(waits, lines)
                # What stays is a line for each phase.
                stays = [line.split("\r\x1b[K")[-1] for line in seen.replace("\r\n", "\n").split("\n")]
                self.assertEqual([line.split()[0] for line in stays if line], ["from", "list", "read"], stays)

    def test_a_terminal_that_cannot_go_back_is_written_to_like_a_file(self):
        self.source("--latency-ms", "10")
        seen = self.on_terminal(["export", "--profile", "primary", "-o", "a.tar.zst"], 80, "dumb")
        self.assertNotIn("\x1b", seen)
        self.assertNotIn("\r", seen.replace("\r\n", ""))
        self.assertEqual([line.split()[0] for line in seen.splitlines()], ["from", "list", "read"])

    def test_where_there_is_no_terminal_a_phase_is_a_line(self):
        self.source()
        seen = self.export().errors
        self.assertNotIn("\r", seen)
        self.assertNotIn("\x1b", seen)
        self.assertEqual([line.split()[0] for line in seen.splitlines()], ["from", "list", "read"])

    def test_machines_get_events_and_last_the_document(self):
        self.source("--latency-ms", "40", "--variant", "unreadable-403")
        self.target("--latency-ms", "10")
        exported = self.export("a.tar.zst", "--json", "--json-file", "events.ndjson", "--workers", "2")
        self.assertEqual([line.split()[0] for line in exported.errors.splitlines()], ["from"])
        with open(self.path("events.ndjson"), "rb") as file:
            self.assertEqual(file.read(), exported.out)
        *events, report = [json.loads(line) for line in exported.text.splitlines()]
        self.assertEqual(report["schema"], "dbxark.export.v1")
        self.assertEqual({event["schema"] for event in events}, {"dbxark.event.v1"})
        self.assertEqual([(event["event"], event["phase"]) for event in events if event["event"] != "progress"],
                         [("phase", "list"), ("phase_end", "list"), ("phase", "read"), ("phase_end", "read")])
        self.assertGreater(len([event for event in events if event["event"] == "progress"]), 1)
        ends = {event["phase"]: event for event in events if event["event"] == "phase_end"}
        self.assertEqual(ends["read"]["done"], sum(report["counts"].values()))
        self.assertEqual(ends["list"]["done"], ends["read"]["total"])

        restored = self.dbxark("restore", "a.tar.zst", "--profile", "secondary", "--yes", "--json-file", "steps.ndjson", code=3)
        self.assertIn("Done: ", restored.text)
        with open(self.path("steps.ndjson")) as file:
            *events, report = [json.loads(line) for line in file]
        self.assertEqual(report["schema"], "dbxark.restore.v1")
        outcomes = {}
        for event in events:
            if event["event"] == "step":
                outcomes[event["outcome"]] = outcomes.get(event["outcome"], 0) + 1
        self.assertEqual(outcomes, {name: count for name, count in report["counts"].items() if name})

    def test_a_file_for_events_that_cannot_be_made_is_told_at_once(self):
        self.source()
        done = self.export("a.tar.zst", "--json-file", "no/such/events", code=1)
        self.assertIn("--json-file no/such/events: No such file or directory", done.errors)
        self.assertFalse(os.path.exists(self.path("a.tar.zst")))


if __name__ == "__main__":
    support.main()
