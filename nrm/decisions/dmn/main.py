"""The main decision of a file, as the engine and the pages use it: columns, rules, evaluated over facts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from nrm.decisions.dmn.boxed import Boxed, TableBox, Typed
from nrm.decisions.dmn.decided import Decided
from nrm.decisions.dmn.graph import Decision, InputData
from nrm.decisions.dmn.model import LIMITS, Model
from nrm.decisions.dmn.tables import DecisionTable, InputColumn, OutputColumn, Rule
from nrm.decisions.dmn.wording import rows
from nrm.decisions.feel import Limits


@dataclass(frozen=True, slots=True)
class MainDecision:
    """The one decision of a file that no other requires. Where its logic is no table, it has no rules."""

    model: Model
    decision: Decision

    @property
    def table(self) -> DecisionTable | None:
        """Its table, if that is its logic."""
        return table_of(self.decision.logic)

    @property
    def id(self) -> str:
        """Its id in the file."""
        return self.decision.id

    @property
    def name(self) -> str:
        """Its name."""
        return self.decision.name

    @property
    def doc(self) -> str:
        """Its description."""
        return self.decision.doc

    @property
    def hit_policy(self) -> str:
        """U A P F R O C C+ C< C> C#; empty where it is no table."""
        return self.table.hit_policy if self.table else ""

    @property
    def inputs(self) -> tuple[InputColumn, ...]:
        """The input columns of its table."""
        return self.table.inputs if self.table else ()

    @property
    def outputs(self) -> tuple[OutputColumn, ...]:
        """What it decides: the output columns of its table, else its variable."""
        if self.table:
            return self.table.outputs
        return (OutputColumn(self.decision.variable, self.decision.label),)

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules of its table."""
        return self.table.rules if self.table else ()

    @property
    def tables(self) -> Iterator[tuple[Decision, DecisionTable]]:
        """Every table that is the logic of a decision it rests on, its own last."""
        for key in self.model.graph.order((self.decision.key,)):
            element = self.model.graph.elements[key]
            table = table_of(element.logic) if isinstance(element, Decision) else None
            if isinstance(element, Decision) and table is not None:
                yield element, table

    @property
    def names(self) -> frozenset[str]:
        """The names of facts that it may read: those of its tables' cells and the inputs it needs."""
        graph = self.model.graph
        needed = [graph.elements[key] for key in graph.order((self.decision.key,))]
        inputs = {one.name for one in needed if isinstance(one, InputData)}
        own = {one.variable if isinstance(one, Decision) else one.name for one in needed} - inputs
        read = frozenset(inputs).union(*(table.names for _, table in self.tables))
        return read - (own - {self.decision.variable})

    def evaluate(
        self, facts: Mapping[str, object], *, limits: Limits = LIMITS, moment: datetime | None = None
    ) -> Decided:
        """Decide on ``facts`` (name -> value, ``None`` or missing = not known), what it requires first; never
        raises.
        """
        return self.model.decide(self.decision.name, facts, limits=limits, moment=moment)

    def as_rows(self) -> dict[str, object]:
        """The table for a page: hit policy in words, heads, and for each rule its texts and words
        (JSON-ready).
        """
        return {"id": self.id, "name": self.name, "doc": self.doc, **rows(self.table, self.decision)}


def table_of(logic: Boxed) -> DecisionTable | None:
    """The table that a piece of logic is, if it is one."""
    bare = logic.boxed if isinstance(logic, Typed) else logic
    return bare.table if isinstance(bare, TableBox) else None
