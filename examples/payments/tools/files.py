# SPDX-License-Identifier: Apache-2.0
"""The files of this service, and how the tools beside this one report."""

import os

#: What is made here and never committed. A runner's checkout has no git to ask.
MADE = {".git", "__pycache__", "dist", "junit.xml"}


def files_below(folder="."):
    """Paths of all files, relative to the folder, in a fixed order."""
    found = []
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(set(folders) - MADE)
        found += [os.path.relpath(os.path.join(place, name), folder) for name in names]
    return sorted(path for path in found if os.path.basename(path) not in MADE)


def read(path):
    """A file's text; bytes that are no UTF-8 are shown as such and never raise."""
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read()


def report(what, findings, looked):
    """Prints the findings and returns the exit code."""
    for finding in findings:
        print(finding)
    print(f"{what}: {looked}, {len(findings)} findings")
    return 1 if findings else 0
