"""What stands in the checkout, and what must never stand in it."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TOP_FOLDERS = ("api", "bench", "bpmn", "config", "docs", "docs/adr", "nrm", "tests", "web", "web/frontend")
ROOT_FILES = ("LICENSE", "README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "uv.lock", "Makefile")
MACHINE_PATH = re.compile(r"(?<![\w.])/(?:root|home|work|Users)/[A-Za-z.]")
# Spelled apart, so that this file does not name what it looks for.
HOSTS = (("registry", "npmjs"), ("pypi", "org"), ("files", "pythonhosted"), ("deb", "debian"))
REGISTRIES = tuple(".".join(parts) for parts in HOSTS)
BUILT = ("web/nrm_web/static/dist/", "web/frontend/node_modules/", ".venv/", "dist/")


def committed() -> list[Path]:
    """Every file that git knows, relative to the root; skips where there is no git."""
    try:
        listing = subprocess.run(
            ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
        )
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a git checkout")
    return [Path(name) for name in listing.stdout.split("\0") if name and (ROOT / name).is_file()]


def texts() -> list[tuple[Path, str]]:
    """Every committed text but the locks of the package managers."""
    found = []
    for path in committed():
        data = (ROOT / path).read_bytes()
        if path.name not in {"uv.lock", "package-lock.json"} and b"\0" not in data[:4096]:
            found.append((path, data.decode("utf-8", errors="replace")))
    return found


@pytest.mark.parametrize("name", ROOT_FILES)
def test_the_house_has_its_papers(name: str) -> None:
    assert (ROOT / name).is_file()


@pytest.mark.parametrize("name", TOP_FOLDERS)
def test_each_folder_states_its_law(name: str) -> None:
    text = (ROOT / name / "README.md").read_text(encoding="utf-8")
    assert text.startswith("# ")
    assert len(text.split()) > 20


def test_nothing_built_is_committed() -> None:
    assert [p.as_posix() for p in committed() if p.as_posix().startswith(BUILT)] == []


def test_no_path_of_one_machine_is_committed() -> None:
    found = [
        f"{path}: {match.group()}" for path, text in texts() for match in MACHINE_PATH.finditer(text)
        if path != Path("tests/house/test_checkout.py")
    ]
    assert found == []


def test_no_package_registry_is_named_outside_the_lock() -> None:
    found = [f"{path}: {host}" for path, text in texts() for host in REGISTRIES if host in text]
    assert found == []


def test_the_locks_name_the_public_default_only() -> None:
    """A uv lock cannot be without addresses; npm's can, and is."""
    uv = (ROOT / "uv.lock").read_text(encoding="utf-8")
    assert set(re.findall(r'https?://([^/"]+)', uv)) == {REGISTRIES[1], REGISTRIES[2] + ".org"}
    assert re.findall(r'(?:path|editable|directory) = "(?!\.")[^"]*"', uv) == []
    assert '"resolved"' not in (ROOT / "web/frontend/package-lock.json").read_text(encoding="utf-8")


def test_install_scripts_of_npm_packages_stay_off() -> None:
    assert "ignore-scripts=true" in (ROOT / "web/frontend/.npmrc").read_text(encoding="utf-8").splitlines()
    assert '"--ignore-scripts"' in (ROOT / "hatch_build.py").read_text(encoding="utf-8")
