"""The workspace tree and DBFS through the vendor's SDK: forms, formats, streams and blocks."""

import base64
import io
import json
import zipfile

from databricks.sdk.errors import ResourceDoesNotExist
from databricks.sdk.service.workspace import ExportFormat, ImportFormat, Language, ObjectType

import current

BASE = "/Shared/conformance"
MARKS = {Language.PYTHON: ("#", "py"), Language.SQL: ("--", "sql"), Language.SCALA: ("//", "scala"),
         Language.R: ("#", "r")}
LIMIT = 10 * 1024 * 1024


def notebook(language, lines=1):
    """A notebook's source, of two cells."""
    mark = MARKS[language][0]
    text = ("%s Databricks notebook source\n" % mark + "%s first é\n" % mark * lines
            + "\n%s COMMAND ----------\n\n%s second" % (mark, mark))
    return text.encode()


JUPYTER = json.dumps({
    "nbformat": 4, "nbformat_minor": 0, "metadata": {"language_info": {"name": "python"}},
    "cells": [{"cell_type": "code", "execution_count": 1, "metadata": {}, "source": ["print('é')"],
               "outputs": [{"output_type": "stream", "name": "stdout", "text": ["é\n"]}]}]}).encode()


class Tree(current.Judged):
    def setUp(self):
        super().setUp()
        self.w.workspace.mkdirs(BASE)
        self.addCleanup(self.w.workspace.delete, BASE, recursive=True)

    def paths(self, recursive=False):
        return sorted(found.path for found in self.w.workspace.list(BASE, recursive=recursive))

    def exported(self, path, form):
        return base64.b64decode(self.w.workspace.export(path, format=form).content or "")

    def test_a_notebook_of_each_language(self):
        for language, (mark, extension) in MARKS.items():
            with self.subTest(language):
                path, source = "%s/%s" % (BASE, language.value), notebook(language)
                self.w.workspace.import_(path, content=base64.b64encode(source).decode(), format=ImportFormat.SOURCE,
                                         language=language)
                status = self.w.workspace.get_status(path)
                self.assertEqual((status.object_type, status.language, status.path),
                                 (ObjectType.NOTEBOOK, language, path))
                self.assertEqual(self.w.workspace.export(path).file_type, extension)
                self.assertEqual(self.exported(path, ExportFormat.SOURCE), source)
                self.assertEqual(self.w.workspace.download(path).read(), source)
        self.assertEqual(len(self.paths()), 4)

    def test_every_form_comes_back_as_the_same_notebook(self):
        source = notebook(Language.PYTHON)
        self.w.workspace.upload(BASE + "/origin.py", source)
        self.assertEqual(self.paths(), [BASE + "/origin.py"], "SOURCE keeps the name")
        forms = {form for form in ExportFormat if form not in (ExportFormat.AUTO, ExportFormat.RAW)}
        self.assertEqual({form.value for form in forms} | {"AUTO", "RAW"}, {form.value for form in ImportFormat})
        for form in forms:
            with self.subTest(form):
                content = self.w.workspace.download(BASE + "/origin.py", format=form).read()
                self.assertEqual(self.exported(BASE + "/origin.py", form), content, "streamed and as JSON alike")
                path = "%s/from_%s" % (BASE, form.value)
                self.w.workspace.upload(path, io.BytesIO(content), format=ImportFormat(form.value),
                                        language=Language.PYTHON if form == ExportFormat.SOURCE else None)
                status = self.w.workspace.get_status(path)
                self.assertEqual(status.object_type, ObjectType.NOTEBOOK)
                # R Markdown is R's; what it holds of Python is cells of another language.
                if form != ExportFormat.R_MARKDOWN:
                    self.assertEqual(status.language, Language.PYTHON)
                    self.assertEqual(self.exported(path, ExportFormat.SOURCE).strip(), source.strip())

    def test_jupyter_keeps_outputs(self):
        self.w.workspace.upload(BASE + "/j.ipynb", JUPYTER, format=ImportFormat.AUTO)
        self.assertEqual(self.paths(), [BASE + "/j"], "AUTO drops a notebook's extension")
        for form in (ExportFormat.JUPYTER, ExportFormat.AUTO):
            read = json.loads(self.w.workspace.download(BASE + "/j", format=form).read())
            self.assertEqual(read["cells"][0]["outputs"][0]["text"], ["é\n"])
        self.w.workspace.upload(BASE + "/k", JUPYTER, format=ImportFormat.JUPYTER)
        self.assertEqual(self.w.workspace.get_status(BASE + "/k").language, Language.PYTHON)

    def test_auto_tells_notebooks_from_files(self):
        self.w.workspace.upload(BASE + "/n.py", notebook(Language.PYTHON), format=ImportFormat.AUTO)
        self.w.workspace.upload(BASE + "/f.py", b"print(1)\n", format=ImportFormat.AUTO)
        self.w.workspace.upload(BASE + "/data.bin", bytes(range(256)), format=ImportFormat.AUTO)
        self.w.workspace.upload(BASE + "/raw.py", notebook(Language.PYTHON), format=ImportFormat.RAW)
        kinds = {found.path: found.object_type for found in self.w.workspace.list(BASE)}
        self.assertEqual(kinds, {BASE + "/n": ObjectType.NOTEBOOK, BASE + "/f.py": ObjectType.FILE,
                                 BASE + "/data.bin": ObjectType.FILE, BASE + "/raw.py": ObjectType.FILE})
        for form in (ExportFormat.AUTO, ExportFormat.RAW, ExportFormat.SOURCE):
            self.assertEqual(self.w.workspace.download(BASE + "/data.bin", format=form).read(), bytes(range(256)))
        self.assertEqual(self.w.workspace.download(BASE + "/raw.py", format=ExportFormat.AUTO).read(),
                         notebook(Language.PYTHON))
        size = next(found.size for found in self.w.workspace.list(BASE) if found.path == BASE + "/data.bin")
        self.assertEqual(size, 256)

    def test_overwrite_keeps_the_id(self):
        self.w.workspace.upload(BASE + "/o.txt", b"one", format=ImportFormat.AUTO)
        before = self.w.workspace.get_status(BASE + "/o.txt")
        self.w.workspace.upload(BASE + "/o.txt", b"two", format=ImportFormat.AUTO, overwrite=True)
        after = self.w.workspace.get_status(BASE + "/o.txt")
        self.assertEqual(before.object_id, after.object_id)
        self.assertEqual(self.w.workspace.download(BASE + "/o.txt", format=ExportFormat.AUTO).read(), b"two")
        self.assertEqual((after.resource_id, after.created_at), (str(after.object_id), before.created_at))

    def test_big_ones(self):
        big = (bytes(range(256)) * (LIMIT // 256))[:LIMIT]
        self.w.workspace.upload(BASE + "/big.bin", io.BytesIO(big), format=ImportFormat.AUTO)
        self.assertEqual(self.w.workspace.download(BASE + "/big.bin", format=ExportFormat.AUTO).read(), big)
        source = notebook(Language.PYTHON, lines=900000)
        self.assertGreater(len(source), LIMIT - 1024 * 1024)
        self.w.workspace.upload(BASE + "/long.py", source)
        self.assertEqual(self.w.workspace.download(BASE + "/long.py").read(), source)

    def test_folders_as_archives(self):
        self.w.workspace.mkdirs(BASE + "/a/b")
        self.w.workspace.upload(BASE + "/a/b/n.py", notebook(Language.PYTHON), format=ImportFormat.AUTO)
        self.w.workspace.upload(BASE + "/a/s.sql", notebook(Language.SQL), format=ImportFormat.AUTO)
        self.w.workspace.upload(BASE + "/a/f.txt", b"text", format=ImportFormat.AUTO)
        everything = [BASE + "/a/b/n", BASE + "/a/f.txt", BASE + "/a/s"]
        self.assertEqual(self.paths(recursive=True), everything)
        for form, names in ((ExportFormat.SOURCE, {"n.py", "s.sql"}), (ExportFormat.AUTO, {"n.py", "s.sql", "f.txt"}),
                            (ExportFormat.DBC, {"n.python", "s.sql"})):
            with zipfile.ZipFile(io.BytesIO(self.w.workspace.download(BASE + "/a", format=form).read())) as archive:
                self.assertEqual({name.split("/")[-1] for name in archive.namelist() if not name.endswith("/")}, names)
        dbc = self.w.workspace.download(BASE + "/a", format=ExportFormat.DBC)
        self.w.workspace.upload(BASE + "/copy", dbc.read(), format=ImportFormat.DBC)
        source = self.w.workspace.download(BASE + "/a")
        self.w.workspace.upload(BASE + "/source", source.read(), format=ImportFormat.SOURCE)
        for copy in ("/copy", "/source"):
            # DBC keeps cells and not whether a line end follows the last one.
            self.assertEqual(self.exported(BASE + copy + "/b/n", ExportFormat.SOURCE).strip(),
                             notebook(Language.PYTHON))
            self.assertEqual(self.w.workspace.get_status(BASE + copy + "/s").language, Language.SQL)

    def test_listing(self):
        self.assertEqual(self.paths(), [], "an empty folder")
        self.w.workspace.mkdirs(BASE + "/x/y")
        self.w.workspace.upload(BASE + "/x/n.py", notebook(Language.PYTHON))
        self.assertEqual([found.path for found in self.w.workspace.list(BASE + "/x/n.py")], [BASE + "/x/n.py"])
        modified = self.w.workspace.get_status(BASE + "/x/n.py").modified_at
        for after, expected in ((modified, 2), (modified + 1, 1)):
            self.assertEqual(len(list(self.w.workspace.list(BASE + "/x", notebooks_modified_after=after))), expected)
        self.w.workspace.delete(BASE + "/x/n.py")
        with self.assertRaises(ResourceDoesNotExist):
            self.w.workspace.get_status(BASE + "/x/n.py")
        spelled = "/Workspace" + BASE + "/x"
        self.assertEqual(self.w.workspace.get_status(spelled).path, spelled)

    def test_workspace_files_of_any_size(self):
        """The vendor's command line reaches these by path; no SDK has a method or a class for them."""
        api = current.connect(self.emulator, witness=current.UNTYPED).api_client
        place = "%s/%s" % (BASE.lstrip("/"), "z.bin")
        big = bytes(range(256)) * (LIMIT // 256 + 1)
        for content in (b"one", big):
            answer = api.do("POST", "/api/2.0/workspace-files/import-file/" + place, query={"overwrite": "true"},
                            data=io.BytesIO(content), headers={"Content-Type": "application/octet-stream"})
            self.assertEqual(answer, {})
            self.assertEqual(self.w.workspace.get_status("/" + place).size, len(content))
            self.assertEqual(api.do("GET", "/api/2.0/workspace-files/" + place, raw=True)["contents"].read(), content)


class Sample(current.Judged):
    """A whole tree, with every kind of node."""

    options = ("--sample", "small")

    def test_the_whole_tree_is_walked(self):
        found = list(self.w.workspace.list("/", recursive=True))
        self.assertGreater(len(found), 30)
        self.assertIn(ObjectType.NOTEBOOK, {item.object_type for item in found})
        for item in found:
            self.assertEqual(self.w.workspace.get_status(item.path).object_id, item.object_id)
        # Iterators come to an end, and each object is what a read of its own says.
        for cluster in self.w.clusters.list(page_size=3):
            self.assertEqual(self.w.clusters.get(cluster.cluster_id).cluster_name, cluster.cluster_name)
        for job in self.w.jobs.list(limit=5):
            self.assertEqual(self.w.jobs.get(job.job_id).settings.name, job.settings.name)
        for policy in self.w.cluster_policies.list():
            self.assertEqual(self.w.cluster_policies.get(policy.policy_id), policy)
        for pool in self.w.instance_pools.list():
            self.assertEqual(self.w.instance_pools.get(pool.instance_pool_id).as_dict(), pool.as_dict())
        for script in self.w.global_init_scripts.list():
            self.assertEqual(self.w.global_init_scripts.get(script.script_id).name, script.name)
        self.assertTrue(list(self.w.libraries.all_cluster_statuses()))
        self.assertTrue(list(self.w.dbfs.list("/", recursive=True)))


class Dbfs(current.Judged):
    def test_blocks(self):
        content = bytes(range(256)) * 10000 + b"tail"
        with self.w.dbfs.open("/conformance/a.bin", write=True) as file:
            for begin in range(0, len(content), 700000):
                file.write(content[begin:begin + 700000])
        with self.w.dbfs.open("/conformance/a.bin", read=True) as file:
            self.assertEqual(file.read(), content)
        self.w.dbfs.upload("dbfs:/conformance/b.bin", io.BytesIO(content))
        self.assertEqual(self.w.dbfs.download("/conformance/b.bin").read(), content)
        self.w.dbfs.upload("/conformance/b.bin", io.BytesIO(b"short"), overwrite=True)
        self.assertEqual(self.w.dbfs.get_status("/conformance/b.bin").file_size, 5)
        self.w.dbfs.copy("/conformance/a.bin", "/conformance/c.bin")
        self.assertEqual(self.w.dbfs.download("/conformance/c.bin").read(), content)
        self.w.dbfs.upload("/conformance/empty", io.BytesIO(b""))
        self.assertEqual(self.w.dbfs.download("/conformance/empty").read(), b"")
        part = self.w.dbfs.read("/conformance/a.bin", offset=2559990, length=100)
        self.assertEqual((base64.b64decode(part.data), part.bytes_read), (content[2559990:], 14))
        end = self.w.dbfs.read("/conformance/a.bin", offset=len(content) + 5, length=100)
        self.assertEqual((end.bytes_read, end.data or ""), (0, ""))
        usual = self.w.dbfs.read("/conformance/a.bin")
        self.assertEqual(usual.bytes_read, 512 * 1024)

    def test_files_and_folders(self):
        api = self.w.dbfs
        api.put("/tree/one", contents=base64.b64encode(b"1").decode())
        api.put("/tree/one", contents=base64.b64encode(b"22").decode(), overwrite=True)
        api.mkdirs("/tree/deep/er")
        api.put("/tree/deep/er/two", contents=base64.b64encode(b"2").decode())
        self.assertEqual([(found.path, found.is_dir, found.file_size) for found in api.list("/tree")],
                         [("/tree/deep", True, 0), ("/tree/one", False, 2)])
        self.assertEqual(sorted(found.path for found in api.list("/tree", recursive=True)),
                         ["/tree/deep/er/two", "/tree/one"])
        self.assertEqual([found.path for found in api.list("/tree/one")], ["/tree/one"])
        self.assertGreater(api.get_status("/tree/one").modification_time, 1.6e12)
        self.assertTrue(api.exists("/tree/deep"))
        api.move("/tree/deep", "/tree/moved")
        self.assertFalse(api.exists("/tree/deep"))
        self.assertTrue(api.exists("/tree/moved/er/two"))
        api.move_("/tree/moved/er/two", "/tree/two")
        self.assertTrue(api.exists("/tree/two"))
        api.mkdirs("/copied")
        api.copy("/tree", "/copied", recursive=True)
        self.assertEqual(api.download("/copied/tree/one").read(), b"22")
        api.delete("/tree/one")
        with self.assertRaises(IOError):
            api.delete("/tree")
        api.delete("/tree", recursive=True)
        self.assertFalse(api.exists("/tree"))
        with self.assertRaises(ResourceDoesNotExist):
            list(api.list("/tree"))
