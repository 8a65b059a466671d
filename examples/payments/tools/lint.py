# SPDX-License-Identifier: Apache-2.0
"""Static analysis without a package to install: Python compiles every file, then come a few rules
of ours, each of which has broken a service once."""

import ast
import sys

from .files import files_below, read, report

LINE_COLUMNS_MAX = 100
MUTABLE = (ast.List, ast.Dict, ast.Set)


def complaints_of(path, text):
    """Complaints about one file, as `path:line: what`."""
    try:
        tree = ast.parse(text, path)
        compile(tree, path, "exec")
    except SyntaxError as error:
        return [f"{path}:{error.lineno}: {error.msg}"]
    found = [
        (number, "line is too long")
        for number, line in enumerate(text.split("\n"), 1)
        if len(line) > LINE_COLUMNS_MAX
    ]
    found += unused_imports(path, tree)
    for node in ast.walk(tree):
        found += [(node.lineno, what) for what in problems_of(node, path)]
    return [f"{path}:{line}: {what}" for line, what in sorted(found)]


def problems_of(node, path):
    """What is wrong with one node of the tree."""
    if isinstance(node, ast.ExceptHandler) and node.type is None:
        yield "a bare except also catches the wish to stop"
    if isinstance(node, ast.FunctionDef):
        if any(isinstance(default, MUTABLE) for default in node.args.defaults):
            yield "a default that can change is shared by all calls"
    if isinstance(node, ast.Compare) and isinstance(node.ops[0], (ast.Eq, ast.NotEq)):
        if isinstance(node.comparators[0], ast.Constant) and node.comparators[0].value is None:
            yield "compare with None by is"
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        if node.func.id in ("eval", "exec"):
            yield "text is never run as code"
        if node.func.id == "print" and path.startswith("payments"):
            yield "use log(), which writes JSON"
    if isinstance(node, ast.Assert) and path.startswith("payments"):
        yield "an assert is gone under -O; raise"


def unused_imports(path, tree):
    """Names that are imported and never used; a package's __init__ may pass them on."""
    imported = {}
    for node in ast.walk(tree):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            for name in node.names:
                imported[(name.asname or name.name).split(".")[0]] = node.lineno
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    unused = [] if path.endswith("__init__.py") else sorted(set(imported) - used)
    return [(imported[name], f"{name} is imported and never used") for name in unused]


if __name__ == "__main__":
    paths = [path for path in files_below() if path.endswith(".py")]
    complaints = [line for path in paths for line in complaints_of(path, read(path))]
    sys.exit(report("lint", complaints, f"{len(paths)} files"))
