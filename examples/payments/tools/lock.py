# SPDX-License-Identifier: Apache-2.0
"""Reads requirements.lock: `name==version --hash=sha256:…`, one package a line."""

import re

LINE = re.compile(r"(?P<name>[A-Za-z0-9._-]+)==(?P<version>\S+)(?P<rest>.*)")


def packages_in(text):
    """[(name, version, has_hash)], or None in place of a line that pins nothing."""
    lines = [line.split("#")[0].strip() for line in text.replace("\\\n", " ").split("\n")]
    matches = [LINE.fullmatch(line) for line in lines if line]
    return [
        match and (match["name"].lower(), match["version"], "--hash=sha256:" in match["rest"])
        for match in matches
    ]
