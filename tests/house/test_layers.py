"""The arrows between the layers, and the few places that may do what nobody else may."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
PRODUCT = ("nrm", "api/nrm_api", "web/nrm_web")
BANNED_NAMES = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "service"}
MODULE_STOP = 400
FUNCTION_STOP = 100
RUNS_TEXT = {("", "eval"), ("", "exec"), ("", "compile"), ("", "__import__")}
UNSAFE_MODULES = {"pickle", "marshal", "shelve", "dill", "cloudpickle"}
CLOCK = Path("nrm/vocabulary/clock.py")
READS_TIME = {
    ("datetime", "now"), ("datetime", "utcnow"), ("datetime", "today"), ("date", "today"),
    ("time", "time"), ("time", "time_ns"), ("time", "localtime"), ("time", "gmtime"),
}
PARSER = Path("nrm/documents/xml.py")
PARSES = {"parse", "fromstring", "XML", "XMLParser", "iterparse", "HTMLParser", "XMLPullParser"}
COMMITS = Path("nrm/records/unit.py")
ONE_FILE = Path("nrm/verify.py")
"""An auditor carries it alone to another machine: it is as long as what it checks."""


def modules() -> list[Path]:
    """Every Python module of the product, relative to the root."""
    found = (p for top in PRODUCT for p in (ROOT / top).rglob("*.py"))
    return sorted(p.relative_to(ROOT) for p in found)


def calls(tree: ast.AST) -> Iterator[tuple[int, str, str]]:
    """Yield line, the name before the last dot (or ""), and the name called."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        called = node.func
        if isinstance(called, ast.Name):
            yield node.lineno, "", called.id
        elif isinstance(called, ast.Attribute):
            before = called.value
            owner = before.id if isinstance(before, ast.Name) else getattr(before, "attr", "")
            yield node.lineno, owner, called.attr


def parsed() -> Iterator[tuple[Path, ast.Module]]:
    for path in modules():
        yield path, ast.parse((ROOT / path).read_text(encoding="utf-8"), str(path))


def test_the_layers_hold() -> None:
    # In a process of its own: it silences every logger of the one it runs in.
    linted = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True))"
    ways = os.pathsep.join(map(str, (ROOT, ROOT / "api", ROOT / "web")))
    done = subprocess.run(
        [sys.executable, "-c", linted], cwd=ROOT, env={**os.environ, "PYTHONPATH": ways},
        capture_output=True, text=True, check=False,
    )
    assert done.returncode == 0, done.stdout


def test_no_module_is_named_for_nothing() -> None:
    assert [p.as_posix() for p in modules() if p.stem in BANNED_NAMES] == []


def test_modules_and_functions_stay_readable() -> None:
    long = []
    for path, tree in parsed():
        if "versions" in path.parts:
            continue  # a migration is as long as what it makes
        lines = len((ROOT / path).read_text(encoding="utf-8").splitlines())
        if lines > MODULE_STOP and path != ONE_FILE:
            long.append(f"{path}: {lines} lines")
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef) and (node.end_lineno or 0) - node.lineno > FUNCTION_STOP:
                long.append(f"{path}:{node.lineno} {node.name}")
    assert long == []


def test_every_module_says_what_it_is_for() -> None:
    silent = [p.as_posix() for p, tree in parsed() if tree.body and ast.get_docstring(tree) is None]
    assert silent == []


def test_only_the_unit_of_work_commits() -> None:
    found = [
        f"{path}:{line} {owner}.{name}()"
        for path, tree in parsed()
        if path != COMMITS and "migrations" not in path.parts
        for line, owner, name in calls(tree)
        if name == "commit" and owner
    ]
    assert found == []


def test_only_the_clock_reads_the_time() -> None:
    found = [
        f"{path}:{line} {owner}.{name}()"
        for path, tree in parsed()
        if path != CLOCK
        for line, owner, name in calls(tree)
        if (owner, name) in READS_TIME
    ]
    assert found == []


def test_nothing_stored_or_sent_runs_as_code() -> None:
    found = []
    for path, tree in parsed():
        found += [f"{path}:{line} {name}()" for line, of, name in calls(tree) if (of, name) in RUNS_TEXT]
        found += [
            f"{path}:{line} {owner}.{name}()"
            for line, owner, name in calls(tree)
            if owner == "yaml" and name in {"load", "load_all", "unsafe_load", "full_load"}
        ]
        for node in ast.walk(tree):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            found += [f"{path}:{node.lineno} import {n}" for n in names if n.split(".")[0] in UNSAFE_MODULES]
    assert found == []


def test_only_one_module_parses_xml() -> None:
    found = [
        f"{path}:{line} {owner}.{name}()"
        for path, tree in parsed()
        if path != PARSER
        for line, owner, name in calls(tree)
        if owner in {"etree", "ElementTree", "ET", "minidom", "sax"} and name in PARSES
    ]
    assert found == []


def test_tests_neither_sleep_nor_mock() -> None:
    found = []
    for path in sorted((ROOT / "tests").rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        found += [
            f"{path.relative_to(ROOT)}:{line} sleeps"
            for line, owner, name in calls(tree)
            if (owner, name) == ("time", "sleep")
        ]
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("unittest"):
                found.append(f"{path.relative_to(ROOT)}:{node.lineno} imports {node.module}")
    assert found == []
