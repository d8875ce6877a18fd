"""goal:S17: what code may not do, and the few named places that may; what we build on is pinned by its digest."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.house.test_layers import ROOT, modules, parsed
from tests.support.goals import Reached

SAYS_SQL = {
    "nrm/records/connection.py", "nrm/records/dumps.py", "nrm/records/erasing.py", "nrm/records/schema.py",
    "nrm/records/unit.py",
    "nrm/entrypoints/demo/tampering.py",  # shows in the demo what an altered database looks like
}
"""Beside tables (conditions of indexes) and migrations: who writes SQL as text."""
COMPOSES_SQL = {
    "nrm/records/connection.py": "pragmas of this file", "nrm/records/erasing.py": "names of our tables",
    "nrm/records/schema.py": "the number of a lock", "nrm/entrypoints/demo/tampering.py": "names of our triggers",
}
"""Where it is not one literal, and what is put in; never a value that somebody sent."""
REACHES_OUT = {
    "nrm/notices/anchor_places.py", "nrm/notices/mail_server.py",
    "nrm/documents/scanning.py",  # a socket of this machine
    "nrm/entrypoints/server.py",  # listens
}
STARTS_PROGRAMS = {
    "nrm/documents/aside.py", "nrm/documents/forking.py", "nrm/records/dumps.py", "nrm/entrypoints/server.py",
}
NETWORK = {"aiohttp", "ftplib", "http.client", "httpx", "requests", "smtplib", "socket", "ssl", "telnetlib",
           "urllib.request", "urllib3", "websockets", "xmlrpc"}
PROGRAMS = {"pexpect", "pty", "subprocess"}
STARTS = {"fork", "popen", "system", "execv", "execve", "execvp", "posix_spawn", "spawnl", "spawnv"}
LEVELS = {"debug", "info", "warning", "error", "exception", "critical", "log"}
LOGGED = re.compile(
    r"type\(.+\)\.__name__|error\.code|name|case_id|line\.id|kind_and_place\(\w+(\[1\])?\)|request\.endpoint"
    r"|response\.status_code|done\.(cases|rungs|sent|failed)"
)
"""What may stand in a line of the log: kinds, codes, opaque ids, counts; no text of a request or an error."""
Call = tuple[str, int, ast.Call]


@cache
def trees() -> tuple[tuple[Path, ast.Module], ...]:
    """Every module of the product, read once."""
    return tuple(parsed())


def calls() -> Iterator[Call]:
    """Every call of the product, but for migrations."""
    for path, tree in trees():
        if "versions" not in path.parts:
            yield from ((path.as_posix(), node.lineno, node) for node in ast.walk(tree) if isinstance(node, ast.Call))


def owner_and_name(call: ast.Call) -> tuple[str, str]:
    """What is called, and on what: ``log.info`` -> log, info."""
    if isinstance(call.func, ast.Attribute):
        return ast.unparse(call.func.value), call.func.attr
    return "", call.func.id if isinstance(call.func, ast.Name) else ""


def imported(tree: ast.Module) -> Iterator[str]:
    """The modules that a module imports, at its top or inside."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (one.name for one in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (node.module or "", *(f"{node.module}.{one.name}" for one in node.names))


def sql(call: ast.Call) -> ast.expr | None:
    """The SQL of a call that takes it as text, else nothing."""
    owner, name = owner_and_name(call)
    if not call.args or not (name == "exec_driver_sql" or (name == "text" and not owner) or name == "execute"):
        return None
    said = call.args[0]
    is_text = isinstance(said, ast.JoinedStr) or (isinstance(said, ast.Constant) and isinstance(said.value, str))
    return said if is_text or name != "execute" else None


def test_sql_is_written_as_text_in_named_modules_only() -> None:
    found = [(path, line, said) for path, line, call in calls() if (said := sql(call)) is not None]
    elsewhere = [f"{path}:{line}" for path, line, _ in found
                 if path not in SAYS_SQL and not path.startswith("nrm/records/tables/")]
    composed = [f"{path}:{line} {ast.unparse(said)}" for path, line, said in found
                if not isinstance(said, ast.Constant) and path not in COMPOSES_SQL]
    assert (elsewhere, composed) == ([], [])
    assert {path for path, _, _ in found} >= SAYS_SQL, "whoever writes none any more leaves the list"


def test_a_line_of_the_log_holds_kinds_codes_ids_and_counts_only() -> None:
    said = [(path, line, call) for path, line, call in calls()
            if owner_and_name(call)[1] in LEVELS and re.search(r"log(ger|ging)?$", owner_and_name(call)[0])]
    loose = [f"{path}:{line} {ast.unparse(call)}" for path, line, call in said
             if not isinstance(call.args[0], ast.Constant) or call.keywords
             or not all(LOGGED.fullmatch(ast.unparse(one)) for one in call.args[1:])]
    assert said
    assert loose == []


@pytest.mark.parametrize(("what", "may"), [(NETWORK, REACHES_OUT), (PROGRAMS, STARTS_PROGRAMS)],
                         ids=["reach another machine", "start a program"])
def test_few_modules_can(what: set[str], may: set[str]) -> None:
    assert {path.as_posix() for path, tree in trees() if what & set(imported(tree))} == may


def test_no_other_way_to_start_a_program_is_taken() -> None:
    found = {path for path, _, call in calls() if owner_and_name(call)[0] == "os" and owner_and_name(call)[1] in STARTS}
    assert found == {"nrm/documents/forking.py"}


def test_every_exception_to_the_rules_of_safety_says_why() -> None:
    """ruff's flake8-bandit rules hold for the whole product; where one is set aside, the reason stands beside it."""
    rules = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["ruff"]["lint"]
    assert "S" in rules["select"]
    assert [rule for rule in rules["ignore"] if re.fullmatch(r"S\d+", rule)] == ["S101"]
    aside = {files for files, those in rules["per-file-ignores"].items() if re.search(r"\bS(\d|\b)", " ".join(those))}
    assert aside == {"tests/**", "bench/**", "hatch_build.py"}
    lines = [f"{path}: {line.strip()}" for path in modules()
             for line in (ROOT / path).read_text(encoding="utf-8").splitlines() if re.search(r"noqa: .*\bS\d{3}", line)]
    assert [line for line in lines if not re.search(r"noqa: [A-Z0-9, ]+ - \w+", line)] == []


def locked() -> list[dict[str, object]]:
    """The packages of the lock file, ours aside."""
    packages = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))["package"]
    return [one for one in packages if one["name"] != "nrm"]


def test_every_package_is_pinned_by_the_digest_of_its_files(reached: Reached) -> None:
    files = [(one["name"], file) for one in locked() for file in [one.get("sdist"), *one.get("wheels", [])] if file]
    assert [name for name, file in files if not re.fullmatch(r"sha256:[0-9a-f]{64}", file.get("hash", ""))] == []
    assert {name for name, _ in files} == {one["name"] for one in locked()}
    scripts = json.loads((ROOT / "web/frontend/package-lock.json").read_text(encoding="utf-8"))["packages"]
    assert [name for name, one in scripts.items() if name and not one.get("integrity", "").startswith("sha512-")] == []
    reached("S17", f"{len(modules())} modules: 0 uses of what is forbidden; {len(locked())} Python packages of "
                   f"{len(files)} files and {len(scripts) - 1} packages of scripts pinned by digest")


def test_scripts_write_under_no_key_that_somebody_chose() -> None:
    """ASVS 15.3.6: without such a write no name of a person's can become one of a prototype."""
    source = ROOT / "web/frontend/src"
    wrote = re.compile(r"\w\]\s*=[^=>]|__proto__|\.prototype\b|for \((const|let) \w+ in |Object\.assign\((?!this, )")
    found = [f"{path.relative_to(source)}: {line.strip()}" for path in sorted(source.rglob("*.js"))
             for line in path.read_text(encoding="utf-8").splitlines()
             if wrote.search(line) and not re.match(r"\s*(const|let|for) \(?(const )?\[", line)]
    assert found == []


def test_the_list_of_parts_names_every_package() -> None:
    uv = Path(sys.executable).with_name("uv")
    command = [uv, "export", "--format", "cyclonedx1.5", "--all-extras", "--frozen", "--quiet", "--offline"]
    made = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True)
    parts = json.loads(made.stdout)
    assert (parts["bomFormat"], parts["specVersion"]) == ("CycloneDX", "1.5")
    assert {one["name"] for one in parts["components"]} == {one["name"] for one in locked()}
