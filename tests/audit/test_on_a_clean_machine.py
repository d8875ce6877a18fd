"""An auditor checks a bundle with one file and a bare Python, also a bundle that means harm (goal:A7: verify.py)."""

from __future__ import annotations

import ast
import io
import json
import os
import shutil
import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

import nrm.verify
from nrm.commands.export_bundle_writing import zipped
from nrm.verify import ALTERED, INTACT, UNREADABLE
from tests.audit.pasts import Bundle, Key, past
from tests.audit.test_tampering import repacked

PROGRAM = Path(nrm.verify.__file__)


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run the program as an auditor does: alone in a folder, without site packages, environment or our checkout."""
    program = folder / "verify.py"
    shutil.copy(PROGRAM, program)
    return subprocess.run(
        [sys.executable, "-I", "-S", str(program), *words], cwd=folder, env={}, capture_output=True, text=True,
        timeout=60, check=False, encoding="utf-8",
    )


def to_zip(files: Bundle, path: Path) -> Path:
    """Write a bundle as the product writes it."""
    with path.open("wb") as file, zipped(file) as place:
        for name, data in files.items():
            place.write(name, [data])
    return path


def to_folder(files: Bundle, path: Path) -> Path:
    """Write a bundle as a folder."""
    path.mkdir()
    for name, data in files.items():
        (path / name).write_bytes(data)
    return path


def test_the_program_imports_the_standard_library_alone() -> None:
    tree = ast.parse(PROGRAM.read_text(encoding="utf-8"))
    named = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    named |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.partition(".")[0] for name in named} <= sys.stdlib_module_names


@pytest.mark.parametrize("write", [to_zip, to_folder])
def test_it_runs_without_us(write: Callable[[Bundle, Path], Path], tmp_path: Path) -> None:
    made = past(1)
    note = tmp_path / "kept.txt"
    note.write_text(made.key.note(made.checkpoints[2]), encoding="utf-8")
    bundle = write(made.bundle(), tmp_path / "bundle")
    done = run(tmp_path, str(bundle), "--anchor", str(note), "--key", str(made.key.public))
    assert (done.returncode, done.stderr) == (INTACT, "")
    assert "INTACT." in done.stdout
    assert "Agrees: kept.txt" in done.stdout


def test_it_says_what_was_altered_and_answers_programs(tmp_path: Path) -> None:
    made = past(1)
    made.rows[5]["actor"] = "u-other"
    bundle = to_zip(made.bundle(), tmp_path / "bundle.zip")
    done = run(tmp_path, str(bundle), "--json")
    said = json.loads(done.stdout)
    assert (done.returncode, said["code"], said["first_bad"]["position"]) == (ALTERED, ALTERED, 5)


@pytest.mark.parametrize("words", [("nothing-here.zip",), ("verify.py",), ("bundle", "--anchor", "nothing-here")])
def test_what_it_cannot_read_it_says_so(words: tuple[str, ...], tmp_path: Path) -> None:
    to_folder(past(1).bundle(), tmp_path / "bundle")
    done = run(tmp_path, *words)
    assert (done.returncode, done.stderr) == (UNREADABLE, "")
    assert "CANNOT BE READ" in done.stdout


def test_a_key_file_is_no_bundle(tmp_path: Path) -> None:
    (tmp_path / "key").write_text(str(Key().public), encoding="ascii")
    assert run(tmp_path, "key").returncode == UNREADABLE


# -- bundles that mean harm ---------------------------------------------------------------------------


def deep_json(files: Bundle) -> Bundle:
    return repacked({**files, "entries.jsonl": b"[" * 500_000 + b"\n"})


def long_line(files: Bundle) -> Bundle:
    return repacked({**files, "entries.jsonl": b'"' + b"a" * (4 * 2**20) + b'"\n'})


def large_number(files: Bundle) -> Bundle:
    return repacked({**files, "anchors.jsonl": b'{"at":"","place":"","receipt":0,"size":' + b"9" * 10_000 + b"}\n"})


def steering_words(files: Bundle) -> Bundle:
    return {**files, "manifest.json": files["manifest.json"].replace(b"installation", b"installation\\u001b[2J")}


def endless_proofs(files: Bundle) -> Bundle:
    return repacked({**files, "leaves.txt": b"00" * 32 + b"\n" + (b"00" * 32 + b"\n") * 50_000})


HARMFUL = {
    "nested without end": deep_json, "a line without end": long_line, "a number without end": large_number,
    "words that steer a terminal": steering_words, "leaves nobody signed": endless_proofs,
}


@pytest.mark.parametrize("harm", HARMFUL.values(), ids=HARMFUL.keys())
def test_a_harmful_bundle_is_refused_in_peace(harm: Callable[[Bundle], Bundle], tmp_path: Path) -> None:
    done = run(tmp_path, str(to_zip(harm(past(1).bundle()), tmp_path / "bundle.zip")))
    assert done.returncode in (ALTERED, UNREADABLE)
    assert done.stderr == ""
    assert "\x1b" not in done.stdout


def test_a_zip_unpacks_nothing(tmp_path: Path) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()
    to_zip({**past(1).bundle(), "../outside.txt": b"x", "folder/inside.txt": b"x"}, inner / "bundle.zip")
    assert run(inner, "bundle.zip").returncode == INTACT, "what is no part of it is not looked at"
    assert sorted(one.name for one in tmp_path.rglob("*")) == ["bundle.zip", "inner", "verify.py"]


def test_a_zip_bomb_costs_no_memory(tmp_path: Path) -> None:
    path = tmp_path / "bundle.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as packed:
        for name, data in past(1).bundle().items():
            packed.writestr(name, bytes(2**28) if name == "entries.jsonl" else data)
    done = run(tmp_path, str(path))
    assert (done.returncode, done.stderr) == (UNREADABLE, "")
    assert "too long" in done.stdout


def test_a_name_that_stands_twice_is_refused(tmp_path: Path) -> None:
    path = to_zip(past(1).bundle(), tmp_path / "bundle.zip")
    with pytest.warns(UserWarning, match="Duplicate"), zipfile.ZipFile(path, "a") as packed:
        packed.writestr("entries.jsonl", b"")
    assert run(tmp_path, str(path)).returncode == UNREADABLE


@pytest.mark.parametrize("seed", range(12))
def test_a_damaged_zip_ends_in_a_sentence(seed: int, tmp_path: Path) -> None:
    raw = bytearray(to_zip(past(1).bundle(), tmp_path / "whole.zip").read_bytes())
    directory = raw.rindex(b"PK\x05\x06") - 400
    for at in range(directory + seed * 31, directory + seed * 31 + 7):
        raw[at] ^= struct.pack("B", seed * 37 % 255 + 1)[0]
    (tmp_path / "bundle.zip").write_bytes(raw)
    done = run(tmp_path, "bundle.zip")
    assert done.stderr == "", done.stderr
    assert done.returncode in (INTACT, ALTERED, UNREADABLE)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no such files here")
def test_a_folder_with_odd_files_does_not_hang(tmp_path: Path) -> None:
    bundle = to_folder(past(1).bundle(), tmp_path / "bundle")
    (bundle / "anchors.jsonl").unlink()
    os.mkfifo(bundle / "anchors.jsonl")
    assert run(tmp_path, str(bundle)).returncode == UNREADABLE


def test_the_same_contents_are_the_same_bytes() -> None:
    made = []
    for _ in range(2):
        file = io.BytesIO()
        with zipped(file) as place:
            place.write("a.txt", [b"one", b"two"])
        made.append(file.getvalue())
    assert made[0] == made[1]
