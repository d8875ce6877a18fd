"""Writes the document that is committed: ``python -m nrm_api.writing FILE``."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from flask import Flask

from nrm.deployment.settings import Settings
from nrm.records.keys import make_key_file
from nrm.wiring.system import build_system
from nrm_api.application import document_of, register
from nrm_api.document import text_of


def main(target: Path) -> None:
    """Write the document to ``target``; it depends on no installation, so a passing one is enough."""
    with tempfile.TemporaryDirectory() as folder:
        make_key_file(Path(folder) / "demo.key")
        app = Flask("nrm_api")
        register(app, build_system(Settings.read(Path(folder), {})))
        target.write_text(text_of(document_of(app)), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "api/openapi.json"))
