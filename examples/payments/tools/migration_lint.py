# SPDX-License-Identifier: Apache-2.0
"""Checks `migrations/NNNN-name.sql`, if there are any: numbered without gaps, and nothing that the
release before could not live with, because a canary and its baseline share one database."""

import os
import re
import sys

from .files import read, report

NAME = re.compile(r"(\d{4})-[a-z0-9-]+\.sql")
#: A line that ends so was thought about: the contract step, after nobody reads the old shape.
CONTRACT = "-- contract:"
BREAKING = (
    (r"\bdrop\s+(table|column|schema|view)\b", "drops what the release before may still read"),
    (r"\brename\s+(to|column)\b", "renames what the release before may still read"),
    (r"\bset\s+not\s+null\b", "refuses what the release before may still write"),
    (r"\badd\s+column\b(?=.*\bnot\s+null\b)(?!.*\bdefault\b)", "needs a default for old writers"),
    (r"\bcreate\s+(unique\s+)?index\b(?!\s+concurrently)", "locks the table; do it concurrently"),
)


def findings_in(migrations):
    """Findings for [(name, text)], in the order of their names."""
    found = []
    for number, (name, text) in enumerate(migrations, 1):
        match = NAME.fullmatch(name)
        if match is None:
            found.append(f"{name}: is not named like 0001-what-it-does.sql")
            continue
        if int(match[1]) != number:
            found.append(f"{name}: number {number} was expected")
        found += [
            f"{name}:{at}: {what}"
            for at, line in enumerate(text.split("\n"), 1)
            for pattern, what in BREAKING
            if CONTRACT not in line and re.search(pattern, line, re.IGNORECASE)
        ]
    return found


if __name__ == "__main__":
    names = sorted(os.listdir("migrations")) if os.path.isdir("migrations") else []
    findings = findings_in([(name, read(f"migrations/{name}")) for name in names])
    looked = f"{len(names)} migrations" if names else "no migrations here"
    sys.exit(report("migration lint", findings, looked))
