"""Notebooks as they lie in a folder, through a workspace, an archive, another workspace, and back into a folder."""

import json
import os

import support

HEADERS = {".py": "# Databricks notebook source\n", ".sql": "-- Databricks notebook source\n",
           ".scala": "// Databricks notebook source\n", ".r": "# Databricks notebook source\n"}

CELLS = {
    ".py": "# MAGIC %md\n# MAGIC # Title\n\n# COMMAND ----------\n\nprint('caf\u00e9 \u4e2d\u6587')\n\n# COMMAND ----------\n\n# MAGIC %sql select 1",
    ".sql": "select 1\n\n-- COMMAND ----------\n\n-- MAGIC %python\n-- MAGIC print(1)",
    ".scala": "val x = 1\n\n// COMMAND ----------\n\ndisplay(x)",
    ".r": "x <- 1\n\n# COMMAND ----------\n\nprint(x)",
}


class RoundTrip(support.Story):
    def write(self, name, text):
        path = self.path("notebooks", name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8", newline="") as file:
            file.write(text)

    def folder_of_notebooks(self):
        for extension, header in HEADERS.items():
            self.write("plain_" + extension[1:] + extension, header + CELLS[extension])
            self.write("deep/er/same name" + extension.upper().replace(".", "_") + extension, header + CELLS[extension])
        self.write("one_cell.py", HEADERS[".py"] + "print(1)")
        self.write("dir with spaces/\u4e2d\u6587 caf\u00e9.py", HEADERS[".py"] + "x = '%'\n")
        self.write("not_a_notebook.py", "print('a plain file')\n")
        self.write("data.json", json.dumps({"a": [1, 2.50]}))
        self.write("empty.txt", "")

    def files_below(self, folder):
        contents = {}
        for parent, _, names in os.walk(folder):
            for name in names:
                path = os.path.join(parent, name)
                with open(path, "rb") as file:
                    contents[os.path.relpath(path, folder)] = file.read()
        return contents

    def test_every_notebook_comes_back_byte_for_byte(self):
        self.folder_of_notebooks()
        self.workspace("primary", "--org-id", support.SOURCE_ORG, "--import-dir", self.path("notebooks") + ":/Shared/in")
        self.target()
        self.export()
        self.dbxark("extract", "a.tar.zst", "-C", "first")
        self.restore()
        self.dbxark("export", "--profile", "secondary", "-o", "b.tar.zst")
        self.dbxark("extract", "b.tar.zst", "-C", "second")
        expected = self.files_below(self.path("notebooks"))
        for folder in ("first", "second"):
            found = {path.split("/Shared/in/", 1)[1]: data for path, data in self.files_below(self.path(folder)).items()
                     if "/Shared/in/" in "/" + path}
            self.assertEqual(sorted(found), sorted(expected), folder)
            for name, data in expected.items():
                with self.subTest(folder + ": " + name):
                    self.assertEqual(found[name], data)

    def restore(self):
        self.dbxark("restore", "a.tar.zst", "--profile", "secondary", "--yes")


if __name__ == "__main__":
    support.main()
