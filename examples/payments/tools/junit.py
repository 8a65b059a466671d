# SPDX-License-Identifier: Apache-2.0
"""Runs the tests and writes what happened as JUnit XML: python3 -m tools.junit junit.xml"""

import sys
import time
import unittest
from xml.etree import ElementTree


class Recorder(unittest.TextTestResult):
    """The ordinary text result, which also remembers each test, its time and its end."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.cases = []

    def startTest(self, test):
        super().startTest(test)
        self.ends = []
        self.began = time.monotonic()

    def stopTest(self, test):
        super().stopTest(test)
        self.cases.append((test, time.monotonic() - self.began, self.ends))

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self.ends.append(("failure", self.failures[-1][1]))

    def addError(self, test, err):
        super().addError(test, err)
        # A class or module that cannot even be set up never starts a test.
        if isinstance(test, unittest.TestCase):
            self.ends.append(("error", self.errors[-1][1]))
        else:
            self.cases.append((test, 0.0, [("error", self.errors[-1][1])]))

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err is not None:
            self.ends.append(("failure", self._exc_info_to_string(err, test)))

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self.ends.append(("skipped", reason))


def document(cases):
    """The XML tree of [(test, seconds, [(kind, text)])]."""
    count = {
        kind: sum(1 for _, _, ends in cases if any(kind == end for end, _ in ends))
        for kind in ("failure", "error", "skipped")
    }
    suite = ElementTree.Element(
        "testsuite",
        name="payments",
        tests=str(len(cases)),
        failures=str(count["failure"]),
        errors=str(count["error"]),
        skipped=str(count["skipped"]),
        time=f"{sum(seconds for _, seconds, _ in cases):.3f}",
    )
    for test, seconds, ends in cases:
        group, _, name = test.id().rpartition(".")
        case = ElementTree.SubElement(
            suite, "testcase", classname=group, name=name, time=f"{seconds:.3f}"
        )
        for kind, text in ends:
            last = text.strip().rpartition("\n")[2]
            ElementTree.SubElement(case, kind, message=last).text = text
    root = ElementTree.Element("testsuites")
    root.append(suite)
    return ElementTree.ElementTree(root)


if __name__ == "__main__":
    tests = unittest.defaultTestLoader.discover("tests", top_level_dir=".")
    result = unittest.TextTestRunner(resultclass=Recorder, verbosity=2).run(tests)
    document(result.cases).write(sys.argv[1], encoding="utf-8", xml_declaration=True)
    sys.exit(0 if result.wasSuccessful() and result.cases else 1)
