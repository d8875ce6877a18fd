"""Published bundles by digest: read once per process and kept, because a bundle never changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from sqlalchemy import select
from sqlalchemy.engine import Connection

from nrm import engine
from nrm.decisions.dmn import MainDecision
from nrm.deployment.ladders import ladders_from_yaml
from nrm.deployment.limits import limits_from_yaml
from nrm.diagrams.bundle import Bundle
from nrm.diagrams.forms import Form
from nrm.diagrams.model import Element, Process
from nrm.records.tables.bundle import BundleRow
from nrm.rules.ladders import Ladder
from nrm.rules.limits import CASE_OPENED, TimeLimit
from nrm.vocabulary.errors import NotFound
from nrm.vocabulary.facts import Dictionary, FactType


@dataclass(frozen=True)
class Published:
    """One published bundle with everything read from it that an act needs."""

    bundle: Bundle

    @cached_property
    def program(self) -> engine.Program:
        """Return what the engine runs; made when first needed."""
        return engine.load(self.bundle)

    @property
    def digest(self) -> str:
        """Return the bundle's digest, its name."""
        return self.bundle.digest

    @cached_property
    def process(self) -> Process:
        """Return the diagram as a model."""
        return self.bundle.process()

    @cached_property
    def elements(self) -> Mapping[str, Element]:
        """Return the diagram's elements by id."""
        return self.process.by_id

    @cached_property
    def collections(self) -> frozenset[str]:
        """Return the collections that multi-instance elements run over."""
        return frozenset(element.each for element in self.process.elements if element.each)

    @cached_property
    def limits(self) -> Mapping[str, TimeLimit]:
        """Return the time limits the bundle was published with."""
        return limits_from_yaml(self.bundle.file("limits.yaml"))

    @cached_property
    def starting_dates(self) -> frozenset[str]:
        """Return the dates that start a run when they become known: those its limit events are counted from."""
        if "date" not in self.process.starts:
            return frozenset()
        limits = (self.limits.get(event.limit.name) for event in self.process.elements if event.limit)
        return frozenset(limit.starts for limit in limits if limit and limit.starts not in ("", CASE_OPENED))

    @cached_property
    def ladders(self) -> Mapping[str, Ladder]:
        """Return the ladders the bundle was published with."""
        return ladders_from_yaml(self.bundle.file("ladders.yaml"))

    @cached_property
    def dictionary(self) -> Dictionary:
        """Return the facts the bundle knows."""
        return self.bundle.dictionary()

    @cached_property
    def initial_facts(self) -> Mapping[str, object]:
        """Return the facts that have a value before anyone has set one."""
        return {name: fact.initial for name, fact in self.dictionary.items() if fact.initial is not None}

    def fact(self, name: str) -> FactType | None:
        """Return one fact's type, or None where the bundle does not know it."""
        return self.dictionary.get(name)

    def decision(self, table_id: str) -> MainDecision:
        """Return a decision of the bundle. Raises NotFound."""
        return self.bundle.decision(table_id)

    def form(self, form_id: str) -> Form:
        """Return a form of the bundle."""
        return self.bundle.form(form_id)


class Library:
    """Reads bundles from the database once and keeps them; asks which one is current each time."""

    def __init__(self) -> None:
        self._published: dict[str, Published] = {}

    def published(self, conn: Connection, digest: str) -> Published:
        """Return a published bundle by its digest. Raises NotFound where there is none."""
        known = self._published.get(digest)
        if known is not None:
            return known
        row = conn.execute(select(BundleRow.files).where(BundleRow.digest == digest)).first()
        if row is None:
            raise NotFound(f"There is no published process version {digest[:12]}.")
        bundle = Bundle.from_zip(row.files)
        published = Published(bundle)
        self._published[digest] = published
        return published

    def current(self, conn: Connection, process: str) -> Published:
        """Return the bundle that new runs of a process use now."""
        digest = conn.execute(
            select(BundleRow.digest).where(BundleRow.process == process, BundleRow.status == "current")
        ).scalar()
        if digest is None:
            raise NotFound(f"There is no published process named {process}.")
        return self.published(conn, digest)
