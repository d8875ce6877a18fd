"""Where the shipped diagrams and configuration are: in a country's own copy, a wheel, or a checkout."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import nrm
from nrm.vocabulary.errors import ConfigurationRefused

_OVERRIDES = {"bpmn": "NRM_BPMN_DIR", "config": "NRM_CONFIG_DIR"}


def shipped(name: str, environ: Mapping[str, str] | None = None) -> Path:
    """Return the folder ``bpmn`` or ``config``.

    Order: ``NRM_BPMN_DIR`` / ``NRM_CONFIG_DIR``, the copy in the installed package
    (``nrm/_shipped``), the checkout the package lies in.
    """
    if name not in _OVERRIDES:
        raise ValueError(f"{name!r} is not shipped")
    values = os.environ if environ is None else environ
    chosen = values.get(_OVERRIDES[name])
    if chosen:
        return _existing(Path(chosen), _OVERRIDES[name])
    package = Path(nrm.__file__).parent
    for folder in (package / "_shipped" / name, package.parent / name):
        if folder.is_dir():
            return folder
    raise ConfigurationRefused(f"the folder {name!r} was not found", file=name)


def _existing(folder: Path, variable: str) -> Path:
    if not folder.is_dir():
        raise ConfigurationRefused(f"{variable} names a folder that does not exist", file=variable)
    return folder
