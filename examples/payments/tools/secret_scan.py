# SPDX-License-Identifier: Apache-2.0
"""Looks for keys and passwords in the files of this service, before they leave the building.
A finding is printed without the secret: logs travel further than code."""

import os
import re
import sys

from .files import files_below, read, report

#: Anything larger is data, and not where people paste keys.
FILE_BYTES_MAX = 1024 * 1024
PATTERNS = (
    ("private key", r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----"),
    ("AWS access key", r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"),
    ("GitHub token", r"\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_\w{50,})"),
    ("Slack token", r"\bxox[abprs]-[\w-]{10,}"),
    ("Stripe live key", r"\b[rs]k_live_[A-Za-z0-9]{20,}"),
    ("JSON web token", r"\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}"),
    ("password in an address", r"\b[a-z][a-z+]*://[^\s:/@'\"]+:[^\s:/@'\"$]{4,}@"),
    (
        "secret in a setting",
        r"(?i)\b(?:password|passwd|secret|api_?key)['\"]?\s*[:=]\s*['\"][^'\"\s$]{8,}['\"]",
    ),
)


def secrets_in(path, text):
    """Findings in one file, as `path:line: what`."""
    return [
        f"{path}:{number}: may be a secret ({what}): revoke it, then take it out"
        for number, line in enumerate(text.split("\n"), 1)
        for what, pattern in PATTERNS
        if re.search(pattern, line)
    ]


if __name__ == "__main__":
    paths = [path for path in files_below() if os.path.getsize(path) <= FILE_BYTES_MAX]
    findings = [line for path in paths for line in secrets_in(path, read(path))]
    sys.exit(report("secret scan", findings, f"{len(paths)} files"))
