"""What decision tables came to in a case, and what they advise now: with reasons, as far as a reader may see them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Row

from nrm.decisions.dmn import MainDecision, recorded
from nrm.queries.case_reader import CaseReader
from nrm.queries.facts_seen import FactSight
from nrm.records.facts import current_facts
from nrm.records.history import open_payload
from nrm.records.keys import KeyGone, SealBroken
from nrm.records.tables.history import History
from nrm.vocabulary.errors import NotFound
from nrm.vocabulary.phrases import read_phrase
from nrm.wiring.library import Published

MADE = "decision.made"
MOST_LOOKED_AT = 100


@dataclass(frozen=True, slots=True)
class Result:
    """One thing that was decided: its fact, what its column is called, its value (several where many rules count)."""

    name: str
    label: str
    value: object


@dataclass(frozen=True, slots=True)
class DecisionTold:
    """What a decision came to. ``at``: when it was made; None for advice, which is of now and decides nothing.

    Its sentences are phrases where they can be told in another language.
    """

    table: str
    name: str
    at: datetime | None
    results: tuple[Result, ...]
    reasons: tuple[str, ...]
    closest: tuple[str, ...]
    """The rules that came nearest, and what kept them from applying."""
    problem: str
    hidden: bool
    """Whether something is kept from this reader: it rests on answers that others see."""


def decisions_made(reader: CaseReader) -> tuple[DecisionTold, ...]:
    """Return the decisions made in a case, the last of each table, the newest first."""
    rows = reader.unit.conn.execute(_made(reader.case_id).limit(MOST_LOOKED_AT)).all()
    newest = {row.object: row for row in reversed(rows)}
    told = tuple(_of_entries(reader, FactSight(reader), sorted(newest.values(), key=lambda row: -row.seq)))
    return tuple(one for _, one in told if one.results or one.reasons)


def reasons_of(reader: CaseReader, seqs: Sequence[int], *, checks: bool = False) -> Mapping[int, DecisionTold]:
    """Return number of the entry -> what was decided, for those of the entries in which a table decided."""
    if not seqs:
        return {}
    rows = reader.unit.conn.execute(_made(reader.case_id).where(History.seq.in_(seqs))).all()
    return dict(_of_entries(reader, FactSight(reader, checks), rows)) if rows else {}


def advice(reader: CaseReader, published: Published, element: str, run_id: str) -> tuple[DecisionTold, ...]:
    """Return what the tables that a task names as advice say now, of the facts of its run."""
    task = published.elements[element].task
    if task is None or not task.advice:
        return ()
    facts = {name: value for name, (value, _) in current_facts(reader.unit.conn, reader.case_id, run_id).items()}
    sight = FactSight(reader)
    decisions = ((table, published.decision(table)) for table in task.advice)
    return tuple(
        _told(table, decision, recorded(decision.evaluate({**published.initial_facts, **facts})), sight, None)
        for table, decision in decisions
    )


def _made(case_id: str) -> Any:
    return select(History.seq, History.at, History.object, History.bundle, History.sealed).where(
        History.chain == case_id, History.act == MADE,
    ).order_by(History.seq.desc())


def _of_entries(
    reader: CaseReader, sight: FactSight, rows: Sequence[Row[Any]]
) -> Iterator[tuple[int, DecisionTold]]:
    for row in rows:
        table = row.object.removeprefix("table:")
        try:
            payload, _ = open_payload(reader.unit.keys, reader.case_id, row.seq, row.sealed)
            decision = reader.system.library.published(reader.unit.conn, row.bundle).decision(table)
        except (KeyGone, SealBroken, NotFound):  # erased, or altered: the check of the history says which
            continue
        told = _told(table, decision, payload, sight, row.at)
        yield row.seq, told


def _told(
    table: str, decision: MainDecision, told: Mapping[str, Any], sight: FactSight, at: datetime | None
) -> DecisionTold:
    outputs = told.get("outputs") or {}
    labels = {column.name: column.label for column in decision.outputs}
    results = tuple(
        Result(name, labels.get(name, name), value) for name, value in outputs.items()
        if at is None or sight.sees((name,))
    )
    reasons = tuple(_seen_reasons(decision, told, sight))
    all_seen = sight.sees(decision.names)
    return DecisionTold(
        table, decision.name, at, results, reasons,
        tuple(read_phrase(one) for one in told.get("closest", ())) if all_seen else (),
        read_phrase(told.get("problem", "")) if all_seen else "",
        len(results) < len(outputs) or len(reasons) < len(told.get("reasons", ())),
    )


def _seen_reasons(decision: MainDecision, told: Mapping[str, Any], sight: FactSight) -> Iterator[str]:
    """Yield the reasons that rest on facts the reader sees: those of a rule on the columns that the rule asks."""
    matched, reasons = told.get("matched", ()), told.get("reasons", ())
    asked = {
        rule.id: frozenset().union(*(
            column.expression.names | test.names
            for column, test in zip(one.inputs, rule.tests, strict=True) if not test.any_value
        ))
        for _, one in decision.tables for rule in one.rules
    }
    for place, sentence in enumerate(reasons):
        rule = matched[place] if place < len(matched) else ""
        if sight.sees(asked.get(rule, decision.names)):
            yield read_phrase(sentence)
