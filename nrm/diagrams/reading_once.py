"""Called aside by ``received``: reads every file of a bundle to its end and finds nothing but that."""

from __future__ import annotations

from contextlib import suppress

from nrm.decisions.dmn.proving import read_tests
from nrm.diagrams.bundle import TESTS, Bundle
from nrm.vocabulary.errors import NrmError


def read(data: bytes) -> None:
    """Read the files of a zipped bundle, as the web process will; what it refuses has been read."""
    bundle = Bundle.from_zip(data)
    for name in bundle.files:
        with suppress(NrmError):
            _read_one(bundle, name)


def _read_one(bundle: Bundle, name: str) -> None:
    if name == bundle.diagram_name:
        bundle.process()
    elif name.endswith(TESTS):
        read_tests(bundle.file(name))
    elif name.startswith("forms/"):
        bundle.form(name.removeprefix("forms/").removesuffix(".json"))
    elif name.startswith("tables/"):
        bundle.decision(name.removeprefix("tables/").removesuffix(".dmn"))
