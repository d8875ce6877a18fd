"""The installed wheel works outside the checkout: data, templates and bundles travel with it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.xdist_group("wheel")  # built once

ROOT = Path(__file__).parents[2]
DIST = ROOT / "web/nrm_web/static/dist"
FOLDERS = ("nrm", "api", "web", "bpmn", "config")
FILES = ("pyproject.toml", "hatch_build.py", "README.md", "LICENSE", ".gitignore")
TRY = """
import nrm, pathlib, sys
home = pathlib.Path(nrm.__file__).parent
assert "site-packages" in str(home), home
assert (home / "_shipped/bpmn").is_dir() and (home / "_shipped/config").is_dir()
from importlib.metadata import version
print(version("nrm"))
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel from a copy of the checkout, with the bundles that stand there if they are fresh."""
    pytest.importorskip("hatchling", reason="the build backend is not installed here")
    source = tmp_path_factory.mktemp("source")
    skip = shutil.ignore_patterns("node_modules", "__pycache__", ".git")
    for name in FOLDERS:
        shutil.copytree(ROOT / name, source / name, ignore=skip)
    for name in FILES:
        shutil.copy(ROOT / name, source / name)
    out = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(out)]
    run(build, source, NRM_SKIP_ASSETS="1")
    return next(out.glob("*.whl"))


def run(command: list[str], folder: Path, **more: str) -> str:
    """Run a command in a folder without this checkout on its path; return what it printed."""
    environment = {k: v for k, v in os.environ.items() if k not in {"PYTHONPATH", "VIRTUAL_ENV"}} | more
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=300,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return done.stdout


def test_the_wheel_holds_what_it_needs_and_no_more(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert "nrm/__init__.py" in names
    assert "nrm/py.typed" in names
    tops = {name.split("/")[0] for name in names}
    assert {t for t in tops if not t.endswith(".dist-info")} <= {"nrm", "nrm_api", "nrm_web"}
    assert not [n for n in names if "node_modules" in n or "/tests/" in n or n.endswith(".pyc")]
    for folder in ("bpmn", "config"):
        have = {p.relative_to(ROOT).as_posix() for p in (ROOT / folder).rglob("*") if p.is_file()}
        assert {f"nrm/_shipped/{n}" for n in have} <= set(names)
    if (DIST / ".vite/manifest.json").exists():
        assert "nrm_web/static/dist/.vite/manifest.json" in names
        assert "nrm_web/static/dist/licences.md" in names  # of what the bundles contain
        assert [n for n in names if n.startswith("nrm_web/static/dist/assets/editor-")]


def test_the_installed_wheel_works_outside_the_checkout(wheel: Path, tmp_path: Path) -> None:
    """Dependencies are lent by this environment through a path file; the product is the wheel's."""
    run([sys.executable, "-m", "venv", "--without-pip", str(tmp_path / "env")], tmp_path)
    python = tmp_path / "env/bin/python"
    ask = "import sysconfig; print(sysconfig.get_path('purelib'))"
    site = Path(run([str(python), "-c", ask], tmp_path).strip())
    lent = Path(run([sys.executable, "-c", ask], tmp_path).strip())
    zipfile.ZipFile(wheel).extractall(site)
    (site / "lent.pth").write_text(f"{lent}\n", encoding="utf-8")
    assert run([str(python), "-c", TRY], tmp_path).strip()
    if "nrm/entrypoints/cli.py" in zipfile.ZipFile(wheel).namelist():
        start = "import sys; from nrm.entrypoints.cli import main; sys.argv = ['nrm', '--version']; main()"
        assert run([str(python), "-c", start], tmp_path).strip()
