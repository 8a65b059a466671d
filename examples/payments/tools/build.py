# SPDX-License-Identifier: Apache-2.0
"""Puts the package into dist/payments.pyz, one file that python3 runs. The same source makes the
same bytes, so that a digest means something: no times, no compression that a library may change."""

import hashlib
import json
import os
import zipfile

from .files import files_below

#: The earliest time a zip archive can hold.
NO_TIME = (1980, 1, 1, 0, 0, 0)
START = b"from payments.__main__ import main\n\nmain()\n"


def digest_of(content):
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def contents():
    """{path in the archive: bytes} of the package."""
    paths = [f"payments/{path}" for path in files_below("payments") if path.endswith(".py")]
    found = {"__main__.py": START}
    for path in paths:
        with open(path, "rb") as file:
            found[path] = file.read()
    return found


def main():
    files = contents()
    digests = {path: digest_of(content) for path, content in files.items()}
    digest = digest_of(json.dumps(digests, sort_keys=True).encode())
    files["payments/BUILD"] = digest[: len("sha256:") + 12].encode()
    os.makedirs("dist", exist_ok=True)
    with zipfile.ZipFile("dist/payments.pyz", "w", zipfile.ZIP_STORED) as archive:
        for path, content in sorted(files.items()):
            archive.writestr(zipfile.ZipInfo(path, NO_TIME), content)
    with open("dist/build-info.json", "w", encoding="utf-8") as file:
        json.dump({"name": "payments", "digest": digest, "files": digests}, file, indent=2)
        file.write("\n")
    print(f"built {len(files)} files, {digest}")


if __name__ == "__main__":
    main()
