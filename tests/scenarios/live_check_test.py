"""tools/live_check: what it says of a workspace that behaves as assumed, and of one for each other known way.

It promises to read only, to remove what it made, and to name exactly the variants that the workspace has.
"""

import concurrent.futures
import json
import os
import signal
import subprocess
import sys
import time

import support

TOOL = os.path.join(support.SOURCE_DIR, "tools", "live_check")
HOME = "/Users/admin@example.com"
# What the sample cannot show: nothing is wrong there, no right is missing, and there is little of everything.
NOT_TOLD = {"error.denied", "tree.trash", "clusters.full-page", "error.feature-disabled", "error.retry-after"}
DELAY = "--read-after-write-delay-ms 1000"
INTERRUPTIONS = ((signal.SIGINT, "instance-pools/create"), (signal.SIGTERM, "global-init-scripts"),
                 (signal.SIGINT, "import-file"))
# Variants that show only beside others, and what is reported then.
BESIDE = {
    "--variant feature-disabled-400": (["--variant", "jobs-disabled"], {"--variant jobs-disabled"}),
    "--variant rate-without-retry-after": (["--rate", "jobs/get=1"], set()),
    "--variant late-in-list": (["--read-after-write-delay-ms", "2000"], {DELAY}),
    DELAY: (["--read-after-write-delay-ms", "2000"], set()),
}


class LiveCheck(support.Story):
    @classmethod
    def setUpClass(cls):
        """What takes long (five requests a second) begins now, all at once; the tests wait for what is theirs."""
        cls.stage = cls("test_text_for_people")
        cls.stage.setUp()
        cls.threads = concurrent.futures.ThreadPoolExecutor(200)
        cls.listed = json.loads(subprocess.run([sys.executable, TOOL, "--list", "--json"], capture_output=True,
                                               check=True).stdout)
        by_reading = {option for check in cls.listed["checks"] if not check["writes"] for way in check["otherwise"]
                      for option in way["options"]}
        stage, submit = cls.stage, cls.threads.submit
        cls.early = {option: submit(stage.one_variant, option, True) for option in cls.listed["options"]
                     if option not in by_reading}
        cls.early.update({path: submit(stage.interrupted, number, path) for number, path in INTERRUPTIONS})
        cls.early["sample"] = submit(stage.written, "written-sample", "--sample", "small")
        cls.early["empty"] = submit(stage.written, "written-empty")
        cls.early["not removed"] = submit(stage.not_removed)
        cls.early["text"] = submit(stage.text_for_people)
        cls.early.update({option: submit(stage.one_variant, option, False) for option in by_reading})

    @classmethod
    def tearDownClass(cls):
        cls.threads.shutdown()
        cls.stage.doCleanups()

    def result(self, name):
        return LiveCheck.early[name].result()

    def words(self, profile, *options):
        return [sys.executable, TOOL, "--profile", profile, *options]

    def live_check(self, profile, *options, code=0, **extra):
        done = self.run_words(self.words(profile, *options), **extra)
        self.assertEqual(done.code, code, str(done))
        for token in ("dapi-admin", "dapi-user"):
            self.assertNotIn(token, done.text + done.errors, "a token was printed")
        return done

    def outcomes(self, document):
        return {check["name"]: check["outcome"] for check in document["checks"]}

    # --- a workspace as assumed

    def test_a_workspace_as_assumed_is_only_read(self):
        source = self.source()
        began = time.monotonic()
        done = self.live_check("primary", "--json")
        document = done.json()
        self.assertEqual(document["schema"], "dbxark.live_check.v1")
        outcomes = self.outcomes(document)
        self.assertEqual({name for name, outcome in outcomes.items() if outcome == "not_told"}, NOT_TOLD)
        self.assertEqual(set(outcomes.values()), {"as_assumed", "not_told"})
        self.assertGreater(document["counts"]["as_assumed"], 45)
        self.assertEqual(document["emulator"], "dbxark-emulator")
        self.assertLessEqual(set(source.methods()), {"GET", "HEAD"})
        requests = source.requests()
        self.assertEqual(requests["total"], document["requests"])
        self.assertLess(requests["total"], 100)
        self.assertEqual(requests["highest_concurrency"], 1)
        self.assertGreaterEqual(time.monotonic() - began, (requests["total"] - 1) * 0.2)

    def written(self, label, *options):
        """A run with --write: the report, what the workspace was before and after, and what was asked of it."""
        emulator = self.workspace(label, *options)
        before = self.state(emulator)
        document = self.live_check(label, "--write", "--json").json()
        return document, before, self.state(emulator), emulator.requests()["log"]

    def test_what_is_written_is_removed(self):
        """Nothing but counters is otherwise afterwards; also where there is no /tmp in DBFS yet."""
        for label, untold in (("sample", NOT_TOLD), ("empty", None)):
            document, before, after, log = self.result(label)
            outcomes = self.outcomes(document)
            self.assertEqual(set(outcomes.values()), {"as_assumed", "not_told"})
            # In an empty workspace there is less to look at, and nothing else.
            not_told = {name for name, outcome in outcomes.items() if outcome == "not_told"}
            self.assertTrue(not_told == untold if untold else not_told > set(), not_told)
            self.assertEqual(document["left_behind"], [])
            self.assertSameState(after, before)
            changes = [line for line in log if line["method"] not in ("GET", "HEAD")]
            self.assertGreater(len(changes), 40)
            for line in changes:
                self.assertRegex(line["path"] + line.get("body", ""),
                                 "dbxark-live-check-|handle|_id|/global-init-scripts/|\"/tmp\"|workspace/import$", line)
                self.assertNotRegex(line["path"], "run-now|runs/submit|/api/2../clusters/")

    def state(self, emulator):
        """Of the workspace, but for what ids and new records are counted with. As lines, which differ quickly."""
        state = emulator.get("/emulator/state")

        def without_counters(value):
            if isinstance(value, dict):
                return {key: without_counters(member) for key, member in value.items()
                        if key not in ("random", "last_sequence")}
            return [without_counters(element) for element in value] if isinstance(value, list) else value

        return json.dumps(without_counters(state), indent=1).splitlines()

    def assertSameState(self, state, before):
        self.assertTrue(state == before, "\n".join(sorted(set(state) ^ set(before))[:40]))

    def text_for_people(self):
        self.workspace("people", "--sample", "small", "--variant", "jobs-21-limit-26",
                       "--variant", "notebook-times-omitted")
        return self.live_check("people", code=10)

    def test_text_for_people(self):
        done = self.result("text")
        lines = done.text.splitlines()
        self.assertIn("reads only", lines[1])
        self.assertEqual(lines[-1], "dbxark-emulator --variant notebook-times-omitted --variant jobs-21-limit-26")
        self.assertRegex(lines[-2], r"^\d+ as assumed, 2 as a variant of the emulator, 0 in a way nobody foresaw, ")
        self.assertIn('"taken", which the emulator calls --variant jobs-21-limit-26', done.text)
        self.assertEqual(done.errors, "exit 10: differences found\n")

    # --- each way to differ

    def test_each_variant_is_recognised(self):
        """One emulator for each: exactly that variant is reported, and nothing that nobody foresaw."""
        options = LiveCheck.listed["options"]
        self.assertGreater(len(options), 80)
        known = subprocess.run([os.path.join(support.BIN_DIR, "dbxark-emulator"), "--list-variants"],
                               capture_output=True, text=True, check=True).stdout
        names = {"--variant " + line.split()[0] for line in known.splitlines()}
        self.assertEqual(set(options) - names, {DELAY})
        for option in options:
            with self.subTest(option):
                expected, document, text = self.result(option)
                seen = {option for check in document["checks"] for option in check["options"]}
                self.assertEqual(seen, expected, text)
                self.assertEqual([check for check in document["checks"] if check["outcome"] == "unforeseen"], [])
                self.assertEqual(document["left_behind"], [])

    def one_variant(self, option, write):
        """What is expected, and what was reported, of a workspace with that variant."""
        more, others = BESIDE.get(option, ([], set()))
        label = option.split()[1] if option != DELAY else "delay"
        chosen = [] if option == DELAY else option.split()
        emulator = self.workspace(label, "--sample", "small", *chosen, *more)
        self.prepare(label, emulator)
        emulator.clear_requests()
        profile = label + "-user" if label == "denied-customer-unauthorized" else label
        done = self.run_words(self.words(profile, "--json", *(["--write"] if write else [])))
        emulator.stop()
        return {option} | others, done.json(), str(done)

    def prepare(self, label, emulator):
        if label == "page-size-lowered":
            for _ in range(15):
                emulator.post("/api/2.1/clusters/create", {"cluster_name": "one of many", "num_workers": 1,
                                                           "spark_version": "15.4.x-scala2.12",
                                                           "node_type_id": "i3.xlarge"})
        if label == "trash-hidden":
            emulator.post("/api/2.0/workspace/mkdirs", {"path": HOME + "/Trash"})

    def test_what_nobody_foresaw_is_shown_without_its_contents(self):
        source = self.source()
        strange = {"error_code": "SOME_NEW_CODE", "message": "of ana@example.com with dapi0123456789abcdef"}
        strange_node = {"path": "/Shared/x", "object_type": "HOLOGRAM"}
        source.post("/emulator/faults", [
            {"match": {"path": "/api/2.2/jobs/get"}, "times": -1,
             "action": {"status": 418, "body": json.dumps(strange)}},
            {"match": {"path": "/api/2.0/policy-families"}, "times": -1,
             "action": {"status": 200, "body": json.dumps({"families": [{"title": "secret plans"}]})}},
            {"match": {"path": "/api/2.0/workspace/list", "query_contains": "Shared"}, "times": -1,
             "action": {"status": 200, "body": json.dumps({"objects": [strange_node]})}}])
        done = self.live_check("primary", "--json", code=10)
        seen = {check["name"]: check["seen"] for check in done.json()["checks"] if check["outcome"] == "unforeseen"}
        self.assertEqual(seen["jobs.missing"], "418 SOME_NEW_CODE: of [address] with [token]")
        self.assertEqual(seen["tree.types"], "also HOLOGRAM")
        self.assertNotIn("secret plans", done.text)

    # --- what goes wrong

    def test_wrong_words_and_profiles(self):
        self.workspace("primary")
        self.assertIn("it has primary", self.live_check("prmary", code=5).errors)
        self.live_check("primary", "--no-such-option", code=2)
        self.live_check("primary", "--folder", "/", code=2)
        done = self.run_words([sys.executable, TOOL, "--write"])
        self.assertEqual(done.code, 2, str(done))
        self.assertIn("--profile", done.errors)
        with open(self.config, "a") as config:
            config.write("[two]\nhost = https://example.invalid\n token = dapi-user\n"
                         "[plain]\nhost = http://example.invalid\ntoken = dapi-user\n")
        self.assertIn("indented", self.live_check("two", code=1).errors)
        self.assertIn("unencrypted", self.live_check("plain", code=2).errors)
        elsewhere = {"DATABRICKS_HOST": "https://example.invalid"}
        done = self.run_words([sys.executable, TOOL], environment=elsewhere)
        self.assertEqual(done.code, 2, str(done))
        self.assertIn("no token for it", done.errors)

    def test_a_wrong_token(self):
        for variant in ((), ("--variant", "invalid-token-401")):
            emulator = self.emulator(*variant)
            self.profile("wrong" + "".join(variant), emulator.url, "dapi-somebody-else")
            done = self.live_check("wrong" + "".join(variant), code=7)
            self.assertIn("not authenticated", done.errors)
            self.assertNotIn("dapi-somebody-else", done.text + done.errors)
            self.assertEqual(emulator.requests()["total"], 1)

    def test_a_login_page_in_place_of_the_workspace(self):
        for number, action in enumerate(({"status": 200, "body": "<html><title>Databricks - Sign In</title></html>"},
                                         {"status": 404, "body": "<html><title>Nothing here</title></html>"})):
            emulator = self.workspace("page%d" % number)
            emulator.post("/emulator/faults", [{"match": {"method": "GET"}, "times": -1,
                                                "action": dict(action, content_type="text/html")}])
            self.live_check("page%d" % number, code=(7, 1)[number])

    def test_a_folder_that_is_not_there(self):
        """Nothing is made then, also no parent."""
        emulator = self.workspace("primary")
        document = self.live_check("primary", "--write", "--json", "--folder", "/Shared/none").json()
        self.assertIn("--folder", {check["name"]: check["seen"] for check in document["checks"]}["source.text"])
        self.assertNotIn("objects", emulator.get("/api/2.0/workspace/list?path=/Shared"))

    def test_a_host_that_cannot_be_reached(self):
        gone = self.workspace("gone")
        gone.stop()
        done = self.live_check("gone", code=1)
        self.assertIn("no answer from " + gone.url, done.errors)
        document = self.live_check("gone", "--json", code=1).json()
        self.assertEqual((document["exit_code"], document["checks"]), (1, []))

    def test_an_untrusted_certificate(self):
        certificate, key = self.path("cert.pem"), self.path("key.pem")
        made = self.run_words(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-keyout", key,
                               "-out", certificate, "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"])
        self.assertEqual(made.code, 0, str(made))
        self.workspace("tls", "--tls-cert", certificate, "--tls-key", key)
        self.assertRegex(self.live_check("tls", code=1).errors, "(?i)certificate")
        trusted = self.live_check("tls", "--json", environment={"SSL_CERT_FILE": certificate})
        self.assertTrue(trusted.json()["complete"])

    def interrupted(self, number, path):
        """A run with --write that gets a signal while its request to `path` is under way, and has effect after all."""
        label = path.replace("/", "-")
        emulator = self.workspace(label)
        before = self.state(emulator)
        emulator.post("/emulator/faults", [{"match": {"method": "POST", "path": "*" + path + "*"},
                                            "action": {"delay_ms": 1500}}])
        process = subprocess.Popen(self.words(label, "--write", "--json"), env=self.environment, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, text=True)
        self.wait_for(emulator, path)
        process.send_signal(number)
        out, errors = process.communicate(timeout=120)
        return process.returncode, json.loads(out), errors, before, self.state(emulator)

    def test_an_interruption_in_the_middle_leaves_nothing(self):
        for number, path in INTERRUPTIONS:
            with self.subTest(path):
                code, document, errors, before, after = self.result(path)
                self.assertEqual(code, 128 + number, errors)
                self.assertEqual((document["complete"], document["left_behind"]), (False, []))
                self.assertSameState(after, before)

    def wait_for(self, emulator, path):
        end = time.monotonic() + 240
        while not any(route.startswith("POST") and path in route for route in emulator.requests()["counts"]):
            self.assertLess(time.monotonic(), end, path + " was never called")
            time.sleep(0.1)

    def not_removed(self):
        emulator = self.workspace("keeper")
        emulator.post("/emulator/faults", [{"match": {"path": "/api/2.0/instance-pools/delete"}, "times": -1,
                                            "action": {"status": 403}}])
        done = self.live_check("keeper", "--write", code=3)
        return done, emulator.get("/api/2.0/instance-pools/list")["instance_pools"]

    def test_what_cannot_be_removed_is_named(self):
        done, left = self.result("not removed")
        self.assertRegex(done.errors, r"not removed: pool \S+-pool-\S+ \(403")
        self.assertEqual(len(left), 1)
        self.assertIn(left[0]["instance_pool_id"], done.errors)


if __name__ == "__main__":
    support.main()
