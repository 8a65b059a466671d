# SPDX-License-Identifier: Apache-2.0
"""The pipeline's own tools find what they are there for."""

import io
import unittest

from tools import dependency_scan, junit, licence, lint, migration_lint, secret_scan
from tools.lock import packages_in

LISTS = {
    "licences": ["MIT"],
    "allow": {"good": {"versions": ["1.0"], "licence": "MIT"}},
    "deny": {"bad": {"versions": ["*"], "reason": "steals"}},
}


class ToolsTest(unittest.TestCase):
    def test_lint(self):
        def complaints(text):
            return lint.complaints_of("payments/x.py", text)

        self.assertEqual(complaints("import os\nos.getpid()\n"), [])
        unused = "payments/x.py:1: os is imported and never used"
        self.assertEqual(complaints("import os\n"), [unused])
        self.assertEqual(len(complaints("x = = 1\n")), 1)
        self.assertEqual(len(complaints("try:\n  f()\nexcept:\n  print(a == None)\n")), 3)
        self.assertEqual(len(complaints("def f(a=[]):\n  assert eval('a')\n")), 3)

    def test_secrets_are_found_and_not_repeated(self):
        key = "AKIA" + "Q" * 16
        found = secret_scan.secrets_in("x.py", f"a = 1\nkey = '{key}'")
        self.assertEqual(len(found), 1)
        self.assertTrue(found[0].startswith("x.py:2: may be a secret (AWS access key)"))
        self.assertNotIn(key, found[0])
        self.assertEqual(len(secret_scan.secrets_in("x", "x://" + "me:hunter22@db")), 1)

    def test_dependencies(self):
        def scan(text):
            return dependency_scan.findings_in(packages_in(text), LISTS)

        self.assertEqual(scan("# nothing\ngood==1.0 \\\n  --hash=sha256:00\n"), [])
        self.assertIn("has no hash", scan("good==1.0")[0])
        self.assertIn("not in dependencies.json", scan("good==1.1 --hash=sha256:00")[0])
        self.assertIn("denied: steals", scan("bad==2")[0])
        self.assertIn("pins nothing", scan("good>=1")[0])

    def test_licences(self):
        def findings(text, packages="", lists=LISTS):
            return licence.findings_in("MIT", [("x.py", text)], packages_in(packages), lists)

        self.assertEqual(licence.licence_of('a = 1\nlicense = "MIT"\n'), "MIT")
        self.assertEqual(findings("# SPDX-License-Identifier: MIT\n", "good==1.0"), [])
        self.assertEqual(len(findings("import os\n", "odd==1.0")), 2)
        self.assertEqual(len(licence.findings_in(None, [], [], LISTS)), 1)

    def test_migrations(self):
        drop = "alter table charges drop column note;"
        self.assertIn("drops", migration_lint.findings_in([("0001-a.sql", drop)])[0])
        self.assertEqual(migration_lint.findings_in([("0001-a.sql", f"{drop} -- contract: x")]), [])
        self.assertEqual(len(migration_lint.findings_in([("0002-a.sql", ""), ("b.sql", "")])), 2)

    def test_the_report_says_what_failed(self):
        class Sample(unittest.TestCase):
            def test_good(self):
                pass

            def test_bad(self):
                self.assertEqual(1, 2)

            def test_odd(self):
                raise KeyError("<&>")

            @unittest.skip("not today")
            def test_skipped(self):
                pass

        suite = unittest.defaultTestLoader.loadTestsFromTestCase(Sample)
        runner = unittest.TextTestRunner(io.StringIO(), resultclass=junit.Recorder)
        (root,) = junit.document(runner.run(suite).cases).getroot()
        counts = [root.get(name) for name in ("tests", "failures", "errors", "skipped")]
        self.assertEqual(counts, ["4", "1", "1", "1"])
        messages = {case.get("name"): [end.get("message") for end in case] for case in root}
        self.assertEqual(messages["test_bad"], ["AssertionError: 1 != 2"])
        self.assertEqual(messages["test_odd"], ["KeyError: '<&>'"])
        self.assertEqual(messages["test_good"], [])
