"""A bundle made ready to run: parsed once, kept by digest, shared by all its runs and all threads."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Protocol

from nrm.diagrams.model import Process
from nrm.engine.building import build
from nrm.engine.language import Table
from nrm.engine.steps import ProcessSpec
from nrm.vocabulary.errors import BundleRejected

_KEPT = 64
"""Programs kept in memory; the one used longest ago goes first."""


class Bundle(Protocol):
    """What the engine needs of a bundle (`nrm.diagrams.bundle.Bundle` is one)."""

    @property
    def digest(self) -> str:
        """Names its content."""
        ...

    @property
    def files(self) -> Mapping[str, bytes]:
        """File name to content."""
        ...

    def process(self) -> Process:
        """The diagram."""
        ...

    def decision(self, table_id: str) -> Table:
        """One decision table, read once."""
        ...


@dataclass(frozen=True, eq=False)
class Program:
    """A runnable process. Stateless: nothing in it changes while runs go through it."""

    digest: str
    process: Process
    spec: ProcessSpec
    inner: Mapping[str, ProcessSpec]


def compile_bundle(bundle: Bundle) -> Program:
    """Make a program without the cache; raises BundleRejected for what cannot be run."""

    def table(table_id: str) -> Table:
        if f"tables/{table_id}.dmn" not in bundle.files:
            raise BundleRejected(f"The decision table “{table_id}” is not in the bundle.")
        return bundle.decision(table_id)

    process = bundle.process()
    spec, inner = build(process, table)
    return Program(bundle.digest, process, spec, inner)


class ProgramCache:
    """Programs by bundle digest."""

    def __init__(self) -> None:
        self._programs: OrderedDict[str, Program] = OrderedDict()
        self._lock = Lock()

    def program(self, bundle: Bundle) -> Program:
        """The program of the bundle, compiled at the first asking."""
        with self._lock:
            found = self._programs.get(bundle.digest)
            if found is not None:
                self._programs.move_to_end(bundle.digest)
                return found
        made = compile_bundle(bundle)
        with self._lock:
            self._programs[bundle.digest] = made
            while len(self._programs) > _KEPT:
                self._programs.popitem(last=False)
        return made


_CACHE = ProgramCache()


def load(bundle: Bundle) -> Program:
    """The program of a bundle, compiled once per digest.

    Raises BundleRejected (what cannot be run), DocumentRefused (what cannot be read).
    """
    return _CACHE.program(bundle)
