# SPDX-License-Identifier: Apache-2.0
"""Compares the lock file with dependencies.json: every package must be allowed by name and version
and carry its hash. With nothing installed there is nothing to find, and the first package that
somebody adds meets this check."""

import json
import sys

from .files import read, report
from .lock import packages_in


def findings_in(packages, lists):
    """Findings for what packages_in() read."""
    found = []
    for package in packages:
        if package is None:
            found.append("requirements.lock: a line pins nothing; write name==version --hash=…")
            continue
        name, version, has_hash = package
        denied = lists["deny"].get(name)
        allowed = lists["allow"].get(name, {"versions": []})
        if denied and (version in denied["versions"] or "*" in denied["versions"]):
            found.append(f"{name}=={version}: denied: {denied['reason']}")
        elif version not in allowed["versions"]:
            found.append(f"{name}=={version}: not in dependencies.json; have it reviewed, add it")
        elif not has_hash:
            found.append(f"{name}=={version}: has no hash; lock it with --generate-hashes")
    return found


if __name__ == "__main__":
    locked = packages_in(read("requirements.lock"))
    findings = findings_in(locked, json.loads(read("dependencies.json")))
    sys.exit(report("dependency scan", findings, f"{len(locked)} packages"))
