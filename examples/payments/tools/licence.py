# SPDX-License-Identifier: Apache-2.0
"""Checks licences: every source file says the one of pyproject.toml in its first line, and every
locked package has one that dependencies.json accepts."""

import json
import re
import sys

from .files import files_below, read, report
from .lock import packages_in


def licence_of(pyproject):
    """The SPDX name in pyproject.toml, or None."""
    match = re.search(r'^license = "([\w.+-]+)"$', pyproject, re.MULTILINE)
    return match and match[1]


def findings_in(licence, sources, packages, lists):
    """Findings for `sources` given as [(path, text)]."""
    if licence is None:
        return ['pyproject.toml: say license = "…" with its SPDX name']
    header = f"# SPDX-License-Identifier: {licence}"
    found = [
        f"{path}:1: must say {header}"
        for path, text in sources
        if text.split("\n", 1)[0] != header
    ]
    for name, version, _ in filter(None, packages):
        theirs = lists["allow"].get(name, {}).get("licence", "none said")
        if theirs not in lists["licences"]:
            found.append(f"{name}=={version}: its licence is not accepted: {theirs}")
    return found


if __name__ == "__main__":
    python = [(path, read(path)) for path in files_below() if path.endswith(".py")]
    findings = findings_in(
        licence_of(read("pyproject.toml")),
        python,
        packages_in(read("requirements.lock")),
        json.loads(read("dependencies.json")),
    )
    sys.exit(report("licence", findings, f"{len(python)} files"))
