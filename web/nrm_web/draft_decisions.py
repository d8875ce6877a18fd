"""Decision tables of a draft: how each stands, and beside the version that the draft began from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from nrm.checking.decision_tests import check_decision
from nrm.decisions.dmn import MainDecision
from nrm.decisions.dmn.proving import ProvingRefused
from nrm.diagrams.bundle import TESTS, Bundle
from nrm.queries.decisions import DecisionView, view_of
from nrm.queries.process_drafts import DraftView
from nrm.vocabulary.errors import DocumentRefused
from nrm.vocabulary.findings import Finding
from nrm_web.decision_sheets import Sheet, SheetPair, paired, sheets_of
from nrm_web.decision_words import TestLine, test_lines
from nrm_web.words import Words


@dataclass(frozen=True, slots=True)
class Drafted:
    """A decision of a draft. ``view``: None where it cannot be read; ``findings`` say why."""

    table: str
    view: DecisionView | None
    findings: tuple[Finding, ...]

    def sheets(self, words: Words) -> tuple[Sheet, ...]:
        """Return its tables in words."""
        return sheets_of(self.view.decision, words) if self.view else ()

    def pairs_since(self, base: Bundle, words: Words) -> tuple[SheetPair, ...]:
        """Return it beside the version of a bundle, where that has it and both can be read and differ."""
        before = _decision(base, self.table)
        if self.view is None or before is None:
            return ()
        found = paired(before, self.view.decision, words)
        return found if any(one.is_changed for one in found) else ()


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A decision that a draft changes, as the second person reads it. ``name``: empty where it was taken out."""

    table: str
    name: str
    pairs: tuple[SheetPair, ...]
    sheets: tuple[Sheet, ...]
    tests: tuple[TestLine, ...]


def drafted(bundle: Bundle, table: str, number: int) -> Drafted:
    """Return a decision as it stands in a bundle that may be unfinished. Raises NotFound."""
    data, tests = bundle.table(table), bundle.files.get(f"tables/{table}{TESTS}")
    found = tuple(check_decision(table, data, tests, f"tables/{table}", bundle.dictionary()))
    return Drafted(table, _view(bundle, table, number), found)


def reviewed(draft: DraftView, words: Words) -> Iterator[Reviewed]:
    """Yield the decisions whose tables or tests a draft changes."""
    for table in sorted({*draft.base.table_ids, *draft.bundle.table_ids}):
        names = [f"tables/{table}{ending}" for ending in (".dmn", TESTS)]
        if all(draft.base.files.get(name) == draft.bundle.files.get(name) for name in names):
            continue
        view = _view(draft.bundle, table, draft.base_number) if table in draft.bundle.table_ids else None
        if view is None:
            yield Reviewed(table, "", (), (), ())
            continue
        made = Drafted(table, view, ())
        yield Reviewed(table, view.decision.name, made.pairs_since(draft.base, words),
                       made.sheets(words) if table not in draft.base.table_ids else (), test_lines(view, words))


def _view(bundle: Bundle, table: str, number: int) -> DecisionView | None:
    try:
        return view_of(bundle, table, number)
    except ProvingRefused:
        return _view(bundle.with_files({f"tables/{table}{TESTS}": None}), table, number)
    except DocumentRefused:
        return None


def _decision(bundle: Bundle, table: str) -> MainDecision | None:
    return bundle.decision(table) if table in bundle.table_ids else None
