"""Which facts of a case somebody sees: by the questions that set them, or as what a table decided."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from nrm.queries.case_reader import CaseReader
from nrm.queries.startable import current_processes
from nrm.records.facts import current_facts
from nrm.vocabulary.categories import Category
from nrm.vocabulary.facts import Dictionary
from nrm.wiring.library import Published

_DECIDED = frozenset({Category.RISK, Category.NARRATIVE, Category.DECISION})
_OF_A_FEW = frozenset({Category.SELF_HARM, Category.STAY})


@dataclass(frozen=True, slots=True)
class FactSeen:
    """One fact of the case in words."""

    name: str
    title: Mapping[str, str]
    value: object


@dataclass
class FactSight:
    """Which facts one reader of a case may see.

    A fact a form sets is seen by who sees that question's category; one a table decides by who sees risk,
    story and decisions. Without the process no fact is seen. Who checks the history without seeing the case
    (``checks``: the auditor) reads reasons of decisions, but for those that rest on what only a few may read.
    """

    reader: CaseReader
    checks: bool = False

    def sees(self, names: Iterable[str]) -> bool:
        """Whether the reader sees all of these facts."""
        return all(self._sees(name) for name in names)

    def _sees(self, name: str) -> bool:
        fact = self.dictionary.get(name)
        if fact is None:
            return False
        decided = _DECIDED if fact.sensitivity == "sensitive" else frozenset({Category.PROCESS})
        behind = self._behind.get(name, decided)
        if self.checks:
            return not behind & _OF_A_FEW
        return self.reader.sees_process and all(self.reader.sees_all(category) for category in behind)

    @cached_property
    def dictionary(self) -> Dictionary:
        """Return every fact that a process in force knows."""
        return {name: fact for published in self._processes for name, fact in published.dictionary.items()}

    @cached_property
    def _processes(self) -> tuple[Published, ...]:
        return current_processes(self.reader.unit, self.reader.system.library)

    @cached_property
    def _behind(self) -> Mapping[str, frozenset[Category]]:
        """Return fact name -> the data categories of the questions that set it."""
        found: dict[str, set[Category]] = {}
        for published in self._processes:
            for form_id in published.bundle.form_ids:
                for name, fields in published.form(form_id).facts.items():
                    found.setdefault(name, set()).update(field.category for field in fields)
        return {name: frozenset(categories) for name, categories in found.items()}


def facts_seen(reader: CaseReader) -> tuple[FactSeen, ...]:
    """Return the facts of the case that the reader may see."""
    if not reader.sees_process:
        return ()
    sight = FactSight(reader)
    return tuple(
        FactSeen(name, sight.dictionary[name].label, value)
        for name, (value, _) in sorted(current_facts(reader.unit.conn, reader.case_id).items())
        if value is not None and sight.sees((name,))
    )
